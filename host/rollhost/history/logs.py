"""The logs of a case: their order, their records in true time, and the zone of each record."""

from collections.abc import Sequence
from functools import cached_property

from rollcore import events, policy
from rollcore.events import Event
from rollcore.state import has_started
from rollhost.database.archive import Archive, Case, LogFacts
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
"""Kinds of records that are about a zone; the zone in records of other kinds means nothing."""


class Log:
    """One log of a case, with its records decoded. They are placed when that is first needed.

    `facts` is what is known of the log besides its records, `raw` has the bytes of each
    record. `missing` is how many records before the last are not in the database.
    `quarantine` has those that cannot be read: seq, bytes, chain, reason. `newest` is the
    log that the case has now, None if this is that log. Raises `RecordError` for a record
    that this version cannot read.
    """

    def __init__(
        self,
        case: Case,
        log_id: int,
        facts: LogFacts,
        raw: Sequence[bytes],
        missing: int,
        quarantine: Sequence[tuple[int, bytes, int, str]],
        policies: Policies,
        newest: "Log | None",
    ) -> None:
        self.case = case
        self.id = log_id
        self.name = facts.name
        self.facts = facts
        self.raw = raw
        self.events = [events.decode(record) for record in raw]
        self.missing = missing
        self.quarantine = quarantine
        self._policies = policies
        self._newest = newest

    @cached_property
    def placed(self) -> list[Placed]:
        """The records in true time.

        All of them happened before the case last answered; those of an earlier log before
        the log that the case has now began.
        """
        until = self.case.met_at
        if self._newest is not None:
            first = self._newest.placed[:1]
            if first and first[0].latest is not None:
                until = first[0].latest
        return timeline.place(self.events, until)

    @cached_property
    def zones(self) -> list[str | None]:
        """The name of the zone of each record at its time; see `Zones.of`."""
        zones = Zones(self._policies)
        return [zones.of(event) for event in self.events]

    @cached_property
    def tokens(self) -> set[int]:
        """The tokens in the records: of the entries that the case was told of."""
        return {event.data["token"] for event in self.events if "token" in event.data}

    @cached_property
    def content(self) -> "sessions.Reader":
        """What the records add up to: the state, the sessions, the heads."""
        return sessions.read(self, self._policies)


def read_logs(archive: Archive, case: Case, policies: Policies) -> list[Log]:
    """Return the logs of a case, the oldest first; the log that it has now is the last.

    Syncs and imports may have added them to the database in any order.
    """
    newest: Log | None = None
    earlier: list[Log] = []
    for log_id in sorted(archive.logs(case.id), key=lambda log_id: log_id != case.log_id):
        log = Log(
            case,
            log_id,
            archive.log_facts(log_id),
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
    """Names the zone of each record of a log, which it is given in the log's order.

    The zone of a use is named by the policy that ruled when it began, also if another
    policy is set before it ends.
    """

    def __init__(self, policies: Policies) -> None:
        self._policies = policies
        self._names: dict[tuple[int, int], str | None] = {}
        self._boot = 0
        self._digest = 0
        self._use_digest = 0
        self._zone_unknown = False
        """Whether a use is under way for which the person did not choose the zone."""

    def of(self, event: Event) -> str | None:
        """Return the name of a record's zone.

        None if the record is about no zone, or if the policy that named it is not known. None
        also for an override or a use told afterwards, if the policy has several zones: the
        person did not choose one.
        """
        if has_started(self._boot, event):
            self._use_digest, self._zone_unknown = 0, False
        self._boot = event.boot
        if event.kind == events.POLICY_SET:
            self._digest = event.data["digest"]
        if event.kind == events.USE_STARTED:
            self._use_digest = event.data["digest"] or self._digest
            self._zone_unknown = event.data["how"] == events.OVERRIDE
            return self._of_use(event)
        if event.kind == events.USE_ENDED:
            self._zone_unknown = self._zone_unknown or event.data["how"] == events.AFTERWARDS
            name = self._of_use(event)
            self._use_digest, self._zone_unknown = 0, False
            return name
        if event.kind not in OF_A_ZONE:
            return None
        return self._name(event.data.get("digest") or self._digest, event.zone)

    def _of_use(self, event: Event) -> str | None:
        digest = self._use_digest or self._digest
        several = self._name(digest, 1) is not None
        return None if self._zone_unknown and several else self._name(digest, event.zone)

    def _name(self, digest: int, zone: int) -> str | None:
        """Return a zone's name in the policy with this digest; None if either is not known.

        Digest 0 stands for a case that was never given a policy.
        """
        if (digest, zone) not in self._names:
            known = self._policies.with_digest(digest) if digest else None
            zones = policy.DEFAULT_ZONES if not digest else known.zones if known else ()
            self._names[digest, zone] = zones[zone] if zone < len(zones) else None
        return self._names[digest, zone]
