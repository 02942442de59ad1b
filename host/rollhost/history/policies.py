"""Which policy ruled at a record, which rules a case now, and which will after its next sync."""

from collections.abc import Mapping, Sequence

from rollcore import policy
from rollcore.memory import State
from rollcore.policy import Policy
from rollhost.database.archive import Archive, Case
from rollhost.history import lineage


class Policies:
    """The policies in the database, and which of them were set in each case.

    `known` has every policy, by digest; `waiting` those that wait for a case's next sync,
    by the case's id. `settings` has, by the case's id, digest and needle length
    (micrometres) of each policy that was set in the log that the case has now, or in those that
    it goes on from, oldest first.
    """

    def __init__(
        self,
        known: Mapping[int, Policy],
        waiting: Mapping[int, Policy],
        settings: Mapping[int, Sequence[tuple[int, int]]],
    ) -> None:
        self._known = known
        self._waiting = waiting
        self._settings = settings

    @property
    def all(self) -> list[Policy]:
        """Every policy that was ever seen, by digest."""
        return [self._known[digest] for digest in sorted(self._known)]

    def with_digest(self, digest: int) -> Policy | None:
        """Return the policy with this digest; None if it was never seen."""
        return self._known.get(digest)

    def zones_after_sync(self) -> list[str]:
        """Return every zone that will be in the policy of a case after its next sync."""
        zones: list[str] = []
        for case_id in self._settings:
            zones += [zone for zone in self._after_sync(case_id).zones if zone not in zones]
        return zones or list(policy.DEFAULT_ZONES)

    def has_several_zones(self) -> bool:
        """Return whether any policy that was ever seen names more than one zone."""
        return any(len(known.zones) > 1 for known in self._known.values())

    def ruling(self, state: State) -> Policy:
        """Return the policy that rules in this state; the default for its needles if not known."""
        known = self.with_digest(state.policy_digest)
        if known is not None:
            return known
        return _default_for(state.needle_um)

    def chosen(self, case: Case) -> Policy | None:
        """Return the policy that the owner chose last for a case, by its log.

        None if the owner chose none, or if that policy was never seen. Older firmware that
        had lost its policy set the default, of revision 0: the owner did not choose that.
        """
        return self._chosen(case.id)

    def now(self, case: Case) -> Policy:
        """Return the policy that the owner chose last for a case, else the default in force."""
        return self._now(case.id)

    def waiting(self, case: Case) -> Policy | None:
        """Return the policy that waits for the case's next sync; None if there is none."""
        return self._waiting.get(case.id)

    def after_sync(self, case: Case) -> Policy:
        """Return the policy after the case's next sync: the waiting one, else the present one."""
        return self._after_sync(case.id)

    def _chosen(self, case_id: int) -> Policy | None:
        for digest, needle_um in reversed(self._settings[case_id]):
            if not policy.is_default(digest, needle_um):
                return self.with_digest(digest)
        return None

    def _now(self, case_id: int) -> Policy:
        settings = self._settings[case_id]
        return self._chosen(case_id) or _default_for(settings[-1][1] if settings else 0)

    def _after_sync(self, case_id: int) -> Policy:
        return self._waiting.get(case_id) or self._now(case_id)


def _default_for(needle_um: int) -> Policy:
    """Return the default policy for needles of this length (micrometres; 0: not known)."""
    try:
        return policy.for_needle(needle_um or policy.DEFAULT_NEEDLE_UM)
    except policy.PolicyError:
        # No policy allows such needles: take the one with the longest rest.
        return policy.for_needle(policy.MAX_NEEDLE_UM)


def read_policies(archive: Archive) -> Policies:
    """Return the policies in the database. Of the records, only ``policy_set`` ones are read."""
    return Policies(
        {known.digest: known for known in archive.policies()},
        archive.pending_policies(),
        {case.id: _settings_of(archive, case) for case in archive.cases()},
    )


def _settings_of(archive: Archive, case: Case) -> list[tuple[int, int]]:
    """Return the settings of the log that a case has now, as in `Policies`."""
    if case.log_id is None:
        return []
    known = lineage.origins(archive, case.id)
    settings: list[tuple[int, int]] = []
    log_id, before = case.log_id, 1 << 32
    while True:
        told = lineage.told_states(archive.log_facts(log_id))
        rows = archive.policy_settings(log_id)
        # A log may begin with a state: what was set before it is in no record here.
        rows += [
            (seq, state.policy_digest, state.needle_um)
            for seq, state in told.items()
            if state.policy_digest
        ]
        settings = [row[1:] for row in sorted(rows) if row[0] < before] + settings
        origin = known.get(log_id)
        if origin is None:
            return settings
        log_id, before = origin.log_id, origin.before or 1 << 32
