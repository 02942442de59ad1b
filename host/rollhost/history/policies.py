"""Which policy ruled at a record, which rules a case now, and which will after its next sync."""

from collections.abc import Collection, Mapping, Sequence
from itertools import dropwhile
from typing import NamedTuple

from rollcore import policy
from rollcore.memory import State
from rollcore.policy import Policy
from rollhost.database.archive import Archive, Case
from rollhost.database.diary import ME, POLICY, Entry, standing
from rollhost.history import lineage


class Setting(NamedTuple):
    """A policy that was set in a case: record `seq` of the log with the name `log`.

    Or the state that the case told after that record says that it was in force then. `needle_um`
    is the length of its needles (micrometres).
    """

    log: str
    seq: int
    digest: int
    needle_um: int


class Policies:
    """The policies in the database, and which of them were set in each case.

    `known` has every policy, by digest; `written` the entry of the policy that was chosen last
    here, by the case's id. `settings` has, by the case's id, each policy that was set in the log
    that the case has now, or in those that it goes on from, oldest first; `logs` the names of
    these logs, oldest first.
    """

    def __init__(
        self,
        known: Mapping[int, Policy],
        written: Mapping[int, Entry],
        settings: Mapping[int, Sequence[Setting]],
        logs: Mapping[int, Sequence[str]],
    ) -> None:
        self._known = known
        self._written = written
        self._settings = settings
        self._logs = logs

    @property
    def all(self) -> list[Policy]:
        """Every policy that was ever seen, by digest."""
        return [self._known[digest] for digest in sorted(self._known)]

    def with_digest(self, digest: int) -> Policy | None:
        """Return the policy with this digest; None if it was never seen."""
        return self._known.get(digest)

    def of_cases(self, ids: Collection[int]) -> "Policies":
        """Return what is known of the policies of these cases alone."""
        return Policies(
            self._known,
            {case_id: entry for case_id, entry in self._written.items() if case_id in ids},
            {case_id: found for case_id, found in self._settings.items() if case_id in ids},
            {case_id: logs for case_id, logs in self._logs.items() if case_id in ids},
        )

    def zones_after_sync(self) -> list[str]:
        """Return every zone that will be in the policy of a case after its next sync."""
        zones: list[str] = []
        for case_id in self._settings:
            zones += [zone for zone in self._after_sync(case_id).zones if zone not in zones]
        return zones or list(policy.DEFAULT_ZONES)

    def longest_needle_after_sync(self) -> int:
        """Return the longest needles (micrometres) of a case after its next sync; 0: no case."""
        needles = [self._after_sync(case_id).needle_um for case_id in self._settings]
        return max(needles, default=0)

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
        return self._waiting(case.id)

    def written(self, case: Case) -> Entry | None:
        """Return the entry of the policy that was chosen last here for a case; None: none was."""
        return self._written.get(case.id)

    def overtaken(self, case: Case) -> Entry | None:
        """Return the entry of the policy that was chosen last here, if the case does not get it.

        So it is where somebody, elsewhere, has put another one into the case after that. None if
        it waits, or was in force.
        """
        entry = self._written.get(case.id)
        if entry is None:
            return None
        since = self._chosen_since(entry)
        return entry if since and self._digest_of(policy_of(entry)) not in since else None

    def after_sync(self, case: Case) -> Policy:
        """Return the policy after the case's next sync: the waiting one, else the present one."""
        return self._after_sync(case.id)

    def _chosen(self, case_id: int) -> Policy | None:
        for setting in reversed(self._settings[case_id]):
            if self._is_chosen(setting):
                return self.with_digest(setting.digest)
        return None

    def _now(self, case_id: int) -> Policy:
        settings = self._settings[case_id]
        return self._chosen(case_id) or _default_for(settings[-1].needle_um if settings else 0)

    def _waiting(self, case_id: int) -> Policy | None:
        entry = self._written.get(case_id)
        if entry is None or self._chosen_since(entry):
            return None
        waiting = policy_of(entry)
        return None if waiting.text == self._now(case_id).text else waiting

    def _chosen_since(self, entry: Entry) -> list[int]:
        """Return the digests of the policies that were set in a case after this entry, in order."""
        assert entry.case_id is not None
        chosen = [setting for setting in self._settings[entry.case_id] if self._is_chosen(setting)]
        if not {"log", "seq"} <= entry.data.keys():
            # Written by an older version, which does not say after which record.
            now = chosen[-1].digest if chosen else None
            is_in_force = now == self._digest_of(policy_of(entry))
            is_based_on_it = entry.basis is None or now in (None, entry.basis)
            return [now] if now is not None and (is_in_force or not is_based_on_it) else []
        names = self._logs[entry.case_id]
        log = str(entry.data["log"])
        place = (names.index(log) if log in names else -1, entry.number("seq"))
        later = [
            setting.digest for setting in chosen if (names.index(setting.log), setting.seq) > place
        ]
        # A case that has lost the policy is told it again, and a new log begins with it.
        return list(dropwhile(lambda digest: digest == entry.basis, later))

    def _after_sync(self, case_id: int) -> Policy:
        return self._waiting(case_id) or self._now(case_id)

    def _is_chosen(self, setting: Setting) -> bool:
        """Return whether somebody chose a policy that was set.

        Older firmware that had lost its policy set the default, of revision 0.
        """
        try:
            default = policy.for_needle(setting.needle_um)
        except policy.PolicyError:
            return True
        known = self.with_digest(setting.digest)
        return known.text != default.text if known else setting.digest != default.digest

    def _digest_of(self, rules: Policy) -> int:
        """Return the digest of a policy, which is computed only if it was never seen."""
        seen = (digest for digest, known in self._known.items() if known.text == rules.text)
        return next(seen, None) or rules.digest


def policy_of(entry: Entry) -> Policy:
    """Return the policy in an entry of that kind."""
    return policy.parse(str(entry.data["policy"]))


def chosen_for(entry: Entry, owners: Mapping[str, int | None]) -> int | None:
    """Return the person for whose skin the policy in an entry was chosen, None if nobody has said.

    It is the person whom the log is about that the case had then, whoever has been named since.
    `owners` has the person of each log of the case, by the log's name.
    """
    log = entry.data.get("log")
    if log is None and len(set(owners.values())) == 1:
        (person,) = set(owners.values())  # chosen before the first sync, or by an older version
        return person
    return owners.get(str(log), entry.person)


def _default_for(needle_um: int) -> Policy:
    """Return the default policy for needles of this length (micrometres; 0: not known)."""
    try:
        return policy.for_needle(needle_um or policy.DEFAULT_NEEDLE_UM)
    except policy.PolicyError:
        # No policy allows such needles: take the one with the longest rest.
        return policy.for_needle(policy.MAX_NEEDLE_UM)


def read_policies(archive: Archive) -> Policies:
    """Return the policies in the database. Of the records, only ``policy_set`` ones are read."""
    found = [_settings_of(archive, case) for case in archive.cases()]
    return Policies(
        archive.policies(),
        _written(archive),
        {case.id: settings for case, settings, _ in found},
        {case.id: logs for case, _, logs in found},
    )


def _written(archive: Archive) -> dict[int, Entry]:
    """Return the entry of the policy that was chosen last for each case, by the person it has now.

    The policy of somebody who has lent the case since is not among them.
    """
    owners = {
        case.id: {
            facts.name: facts.person for facts in map(archive.log_facts, archive.logs(case.id))
        }
        for case in archive.cases()
    }
    now = {
        case.id: ME if case.log_id is None else archive.log_facts(case.log_id).person
        for case in archive.cases()
    }
    return {
        entry.case_id: entry
        for entry in standing(archive.diary.everything(), [POLICY])
        if entry.case_id is not None
        and chosen_for(entry, owners[entry.case_id]) == now[entry.case_id]
    }


def _settings_of(archive: Archive, case: Case) -> tuple[Case, list[Setting], list[str]]:
    """Return a case, its settings and the names of its logs, as in `Policies`."""
    known = lineage.origins(archive, case.id)
    settings: list[Setting] = []
    logs: list[str] = []
    log_id, before = case.log_id, 1 << 32
    while log_id is not None:
        facts = archive.log_facts(log_id)
        # A log may begin with a state: what was set before it is in no record here.
        rows = [
            *(Setting(facts.name, *row) for row in archive.policy_settings(log_id)),
            *(
                Setting(facts.name, seq, state.policy_digest, state.needle_um)
                for seq, state in lineage.told_states(facts).items()
                if state.policy_digest
            ),
        ]
        rows.sort(key=lambda setting: setting.seq)
        settings = [setting for setting in rows if setting.seq < before] + settings
        logs.insert(0, facts.name)
        origin = known.get(log_id)
        log_id = None if origin is None else origin.log_id
        before = (origin.before if origin is not None else None) or 1 << 32
    return case, settings, logs
