"""The logs of a case: their order, their records in true time, and whose skin each is about."""

from collections.abc import Sequence
from functools import cached_property

from rollcore import events, policy
from rollcore.events import Event
from rollhost.database.archive import Archive, Case
from rollhost.history import sessions, timeline
from rollhost.history.policies import Policies
from rollhost.history.timeline import Placed

OF_A_ZONE = (
    events.USE_STARTED,
    events.USE_ENDED,
    events.REFUSED,
    events.CLINIC,
    events.REACTION,
    events.CARRIED,
    events.REACTION_OPENED,
    events.REACTION_CLOSED,
)
"""Kinds of records that are about an area of skin; the zone of others says nothing."""


class Log:
    """One log of a case: its records, in order, decoded; placed when they are first asked for.

    `raw` are the records as the case wrote them, `missing` is how many are not here up
    to the last one, `quarantine` those that cannot be read: seq, bytes, chain, reason.
    `newest` is the log that the case has now, None if this is that log. Raises
    `RecordError` for a record that this version cannot read.
    """

    def __init__(
        self,
        case: Case,
        log_id: int,
        name: str,
        raw: Sequence[bytes],
        missing: int,
        quarantine: Sequence[tuple[int, bytes, int, str]],
        policies: Policies,
        newest: "Log | None",
    ) -> None:
        self.case = case
        self.id = log_id
        self.name = name
        self.raw = raw
        self.events = [events.decode(record) for record in raw]
        self.missing = missing
        self.quarantine = quarantine
        self._policies = policies
        self._newest = newest

    @cached_property
    def placed(self) -> list[Placed]:
        """The records in true time.

        All of it had happened when the case was last met, or when it had begun the
        log that it has now.
        """
        until = self.case.met_at
        if self._newest is not None:
            first = self._newest.placed[:1]
            if first and first[0].latest is not None:
                until = first[0].latest
        return timeline.place(self.events, until)

    @cached_property
    def zones(self) -> list[str | None]:
        """The name that the zone of each record had then; see `Zones.of`."""
        zones = Zones(self._policies)
        return [zones.of(event) for event in self.events]

    @cached_property
    def tokens(self) -> set[int]:
        """The tokens of the entries that the case was told of for this log, and has logged."""
        return {event.data["token"] for event in self.events if "token" in event.data}

    @cached_property
    def told(self) -> "sessions.Reader":
        """What the records add up to: the state, the sessions, the heads."""
        return sessions.read(self, self._policies)


def read_logs(archive: Archive, case: Case, policies: Policies) -> list[Log]:
    """Return the logs of a case, the oldest first; the one that it has now is the last.

    They came into the database in any order: from syncs, and from other databases.
    """
    newest: Log | None = None
    earlier: list[Log] = []
    for log_id in sorted(archive.logs(case.id), key=lambda log_id: log_id != case.log_id):
        log = Log(
            case,
            log_id,
            archive.log_name(log_id),
            archive.raw_records(log_id),
            archive.missing(log_id),
            archive.quarantine_of(log_id),
            policies,
            newest,
        )
        if log_id == case.log_id:
            newest = log
        else:
            earlier.append(log)
    if len(earlier) > 1:
        earlier.sort(key=lambda log: (log.placed[0].last if log.placed else 0, log.id))
    return [*earlier, *([newest] if newest else [])]


class Zones:
    """Names the zones of the records of a log, told one after the other.

    A use belongs to the list of zones by which it began, whatever comes meanwhile.
    """

    def __init__(self, policies: Policies) -> None:
        self._policies = policies
        self._names: dict[tuple[int, int], str | None] = {}
        self._boot = 0
        self._digest = 0
        self._use_digest = 0
        self._untold = False
        """Whether nobody has said whose skin the use is on that is under way."""

    def of(self, event: Event) -> str | None:
        """Return the name of a record's zone.

        It is None for a record that is about no zone, where nobody knows the name any
        more, and for a use of which nobody has said where it was.
        """
        if event.kind == events.BOOT or event.boot != self._boot:
            self._use_digest, self._untold = 0, False
        self._boot = event.boot
        if event.kind == events.POLICY_SET:
            self._digest = event.data["digest"]
        if event.kind == events.USE_STARTED:
            self._use_digest = event.data["digest"] or self._digest
            self._untold = event.data["how"] == events.OVERRIDE
            return self._of_use(event)
        if event.kind == events.USE_ENDED:
            self._untold = self._untold or event.data["how"] == events.AFTERWARDS
            name = self._of_use(event)
            self._use_digest, self._untold = 0, False
            return name
        if event.kind not in OF_A_ZONE:
            return None
        return self._name(event.data.get("digest") or self._digest, event.zone)

    def _of_use(self, event: Event) -> str | None:
        digest = self._use_digest or self._digest
        several = self._name(digest, 1) is not None
        return None if self._untold and several else self._name(digest, event.zone)

    def _name(self, digest: int, zone: int) -> str | None:
        """Return what the policy with this digest calls a zone; None if the policy is unknown."""
        if (digest, zone) not in self._names:
            known = self._policies.with_digest(digest) if digest else None
            zones = policy.DEFAULT_ZONES if not digest else known.zones if known else ()
            self._names[digest, zone] = zones[zone] if zone < len(zones) else None
        return self._names[digest, zone]
