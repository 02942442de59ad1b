"""The logs of a case: their order, their records in true time, and the zone of each record."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from rollcore import events, policy
from rollcore.events import Event
from rollcore.memory import FOREVER, State
from rollcore.state import apply, has_started
from rollcore.uses import state_before
from rollhost.database.archive import Archive, Case, LogFacts
from rollhost.database.diary import derived_token
from rollhost.history import lineage, milestones, sessions, timeline
from rollhost.history.lineage import Origin, Start
from rollhost.history.milestones import Milestone, NotKept
from rollhost.history.policies import Policies
from rollhost.history.state_fields import lacks
from rollhost.history.timeline import Placed
from rollhost.history.verify import count_missing
from rollhost.history.zones import Zones


def all_along_token(log: "Log", needle_um: int) -> int:
    """Return the token of the records that uses before the first policy were with these (um)."""
    return derived_token("needle", log.case.device, log.name, str(needle_um))


def mark_of(event: Event) -> int:
    """Return the token of the entry that a record is about, 0 if it is about none."""
    if event.kind == events.CARRIED and event.data["what"] == events.CARRIED_CLINIC:
        return event.data["origin"]
    return event.data.get("token", 0)


class Log:
    """One log of a case, with its records decoded. They are placed when that is first needed.

    `facts` is what is known of the log besides its records, `raw` has the bytes of each
    record. `quarantine` has those that cannot be read: seq, bytes, chain, reason. `start` is where
    its chain starts, `flipped` the bytes as they came of records that were put right, by
    seq. With a `milestone` the records before that are only those that it has kept. Raises
    `RecordError` for a record that this version cannot read.
    """

    def __init__(
        self,
        case: Case,
        log_id: int,
        facts: LogFacts,
        raw: Sequence[bytes],
        quarantine: Sequence[tuple[int, bytes, int, str]],
        start: Start,
        flipped: Mapping[int, bytes],
        policies: Policies,
        milestone: Milestone | None = None,
    ) -> None:
        self.case = case
        self.id = log_id
        self.name = facts.name
        self.facts = facts
        self.raw = raw
        self.events = [events.decode(record) for record in raw]
        self.quarantine = quarantine
        self.start = start
        self.flipped = flipped
        self.milestone = milestone
        self.told = lineage.told_states(facts)
        """The states that the case told, by the seq of the last record that each has seen."""
        self.newest: Log | None = None
        """The log that the case has now, None if this is that log."""
        self.parent: Log | None = None
        """The log that this one goes on from, None if it is not here."""
        self.origin: Origin | None = None
        """How it goes on from `parent`."""
        self._policies = policies

    @cached_property
    def missing(self) -> int:
        """How many records before the last one the case has written, and are not here."""
        return self.missing_before(FOREVER)

    def missing_before(self, seq: int) -> int:
        """Return as `missing` how many are before record `seq`, which is here or after the last."""
        records = {
            event.seq: raw
            for event, raw in zip(self.going_on, self.raw[self.kept :], strict=True)
            if event.seq <= seq
        }
        told = {seen for seen, _ in self.facts.states}
        stone = self.milestone
        if stone is None:
            return count_missing(records, self.quarantine, self.start, told)
        start = Start(stone.seq - 1, stone.crc)
        if count_missing(records, self.quarantine, start, told):
            raise NotKept  # the chain may go on from any record before the milestone
        return stone.missing

    @property
    def records(self) -> int:
        """How many records are here; those in quarantine are not among them."""
        stone = self.milestone
        return len(self.raw) if stone is None else stone.records + len(self.raw) - len(stone.kept)

    @property
    def going_on(self) -> list[Event]:
        """The records from the milestone on; without one all of them."""
        return self.events[self.kept :]

    @property
    def kept(self) -> int:
        """How many of `events` are before the milestone; 0 without one."""
        return 0 if self.milestone is None else len(self.milestone.kept)

    @property
    def goes_on_from(self) -> State:
        """The state before the first record of `going_on`."""
        return self.begins if self.milestone is None else self.milestone.state

    @cached_property
    def placed(self) -> list[Placed]:
        """The records in true time.

        All of them happened before the case last answered; those of an earlier log before
        the log that the case has now began. A new log may begin in the middle of a run.
        """
        until = None if self.is_met_unsure else self.case.met_at
        if self.newest is not None:
            first = self.newest.placed[:1]
            if first and first[0].latest is not None:
                until = first[0].latest
        if self.milestone is None:
            before = self._run_before()
            return timeline.place([*before, *self.events], until)[len(before) :]
        times = zip(self.milestone.kept, self.events, strict=False)
        kept = [Placed(event, known.earliest, known.latest) for known, event in times]
        run = self.run_and_after
        if not milestones.still_holds(self.milestone, run):
            raise NotKept
        return [*kept, *timeline.place(run, until)[len(run) - len(self.going_on) :]]

    @property
    def run_and_after(self) -> list[Event]:
        """The records that are placed anew: `going_on`, after those of the same run before."""
        before = milestones.run_before(self.events[: self.kept], self.going_on)
        return [*before, *self.going_on]

    @property
    def disinfected_before(self) -> Placed | None:
        """The end of the last complete soak before the first record of `going_on`, or None.

        It may be in a log that this one goes on from.
        """
        seq = self.milestone.disinfected if self.milestone else None
        if seq is None:
            return self.inherited.disinfected if self.inherited else None
        return next(placed for placed in self.placed if placed.event.seq == seq)

    @property
    def is_met_unsure(self) -> bool:
        """Whether the computer that met it last was not sure of its clock, and none before it.

        A sync tells the case the time, and so the log has it.
        """
        return timeline.is_met_unsure(self.events)

    def _run_before(self) -> list[Event]:
        """Return the records of the parent's last run, if this log begins in it."""
        if self.parent is None or self.origin is None or not self.events:
            return []
        first, before = self.events[0], self.origin.before or FOREVER
        stone = self.parent.milestone
        if stone is not None and before < stone.seq:
            raise NotKept
        earlier = [event for event in self.parent.events if event.seq < before]
        if not earlier or has_started(earlier[-1].boot, first):
            return []
        run = [event for event in earlier if event.boot == first.boot]
        if stone is not None and run[0].seq < stone.seq:
            raise NotKept
        return run

    @property
    def begins_in_a_run(self) -> bool:
        """Whether its first record is of the same run as the last one of the log before."""
        return bool(self._run_before())

    @cached_property
    def begins(self) -> State:
        """The state before the first record that is here."""
        first = self.events[0].seq if self.events else FOREVER
        told = [seq for seq in self.told if seq < first]
        if told:
            return self.told[max(told)]
        is_fork = self.origin is not None and self.origin.is_fork
        return self.inherited.folded if is_fork and self.inherited else State()

    def folded(self, before: int | None = None) -> State:
        """Return what the records with a seq below `before` add up to, None: all of them.

        No record is placed for that, and none of a log that has begun with a told state is read.
        """
        first = self.events[0].seq if self.events else FOREVER
        if self.milestone is not None:
            if before is not None and before < self.milestone.seq:
                raise NotKept
            state = self.milestone.state.copy()
        elif any(seq < first for seq in self.told) or self.parent is None or self.origin is None:
            state = self.begins.copy()
        else:
            state = self.parent.folded(self.origin.before)
        for event in self.going_on:
            if before is None or event.seq < before:
                known = state_before(event, state, self.told)
                state = known if known is state else known.copy()
                apply(state, event)
        later = [seq for seq in self.told if seq > state.seq and (before is None or seq < before)]
        return self.told[max(later)].copy() if later else state

    @property
    def begins_alone(self) -> State | None:
        """The state that the log begins with, if nothing that led to it is here; else None."""
        return self.begins if self.told and self.parent is None else None

    @cached_property
    def inherited(self) -> "sessions.Reader | None":
        """What the records add up to from which this log goes on; None if there are none here."""
        if self.parent is None or self.origin is None:
            return None
        if self.origin.before is None:
            return self.parent.content
        stone, before = self.parent.milestone, self.origin.before
        if stone is not None and before < stone.seq:
            raise NotKept
        return sessions.read(self.parent, self._policies, before)

    @cached_property
    def zones(self) -> list[str | None]:
        """The name of the zone of each record at its time; see `Zones.of`."""
        zones = Zones(self._policies, self.goes_on_from, self.told)
        kept = zip(self.milestone.kept if self.milestone else (), self.events, strict=False)
        return [
            *(zones.under(known.digest, event) for known, event in kept),
            *(zones.of(event) for event in self.going_on),
        ]

    @cached_property
    def assumed_um(self) -> int:
        """The length (um) of the needles with which a use counts from before anybody said one.

        It is the default's, unless the person has said that it was another all along.
        """
        for event in self.events:
            if event.kind == events.CORRECTED and event.data["field"] == events.CORRECTED_NEEDLE:
                needle_um = event.data["value"]
                if event.data["token"] == all_along_token(self, needle_um):
                    return needle_um
        return policy.DEFAULT_NEEDLE_UM

    @cached_property
    def tokens(self) -> set[int]:
        """The tokens of the entries that the case was told of, by its records.

        Those in the records that this log goes on from are among them.
        """
        return {mark_of(event) for event in self.every_event()} - {0}

    @cached_property
    def corrected(self) -> set[int]:
        """The tokens of the entries that the case was told are taken back; else as `tokens`."""
        return {
            event.data["token"] for event in self.every_event() if event.kind == events.CORRECTED
        }

    def originals_before(self, before: int | None) -> set[int]:
        """Return the tokens of the entries whose own records are here, as in `tokens`.

        Those with a seq from `before` on are left out, None: none is.
        """
        return {
            mark_of(event) for event in self.every_event(before) if event.kind != events.CORRECTED
        } - {0}

    def every_event(self, before: int | None = None) -> Iterator[Event]:
        """Yield the records with a seq below `before`, None: all, and those it goes on from."""
        for event in self.events:
            if before is None or event.seq < before:
                yield event
        if self.parent is not None and self.origin is not None:
            yield from self.parent.every_event(self.origin.before)

    def included(self) -> dict[int, int | None]:
        """Return the ids of the logs whose records this log goes on from.

        With each comes the seq below which they are in its state, None: all of them.
        """
        found: dict[int, int | None] = {}
        log = self
        while log.parent is not None and log.origin is not None:
            found[log.parent.id] = log.origin.before
            log = log.parent
        return found

    @cached_property
    def content(self) -> "sessions.Reader":
        """What the records add up to: the state, the sessions."""
        return sessions.read(self, self._policies)

    @property
    def heads(self) -> "list[sessions.HeadSpan]":
        """The heads in the log, the oldest first. Raises `NotKept` where it has a milestone."""
        if self.milestone is not None:
            raise NotKept
        return self.content.heads


def read_logs(
    archive: Archive, case: Case, policies: Policies, from_milestones: bool = False
) -> list[Log]:
    """Return the logs of a case, the oldest first; the log that it has now is the last.

    Syncs and imports may have added them to the database in any order. With
    `from_milestones` each is read from its milestone on, where it has one, and asking for what
    that has not kept raises `NotKept`, here already for some logs.
    """
    origins = lineage.origins(archive, case.id)
    logs = {
        log_id: _read_log(archive, case, log_id, origins, policies, from_milestones)
        for log_id in archive.logs(case.id)
    }
    newest = None if case.log_id is None else logs.get(case.log_id)
    for log in logs.values():
        log.origin = origins.get(log.id)
        log.parent = None if log.origin is None else logs[log.origin.log_id]
        log.newest = None if log is newest else newest
    for log in logs.values():
        if not _may_go_on(log):
            log.origin = log.parent = None
    earlier = [log for log in logs.values() if log is not newest]
    if len(earlier) > 1:
        earlier.sort(key=lambda log: (log.placed[0].last if log.placed else 0, log.name))
    return [*earlier, *([newest] if newest else [])]


def _read_log(
    archive: Archive,
    case: Case,
    log_id: int,
    origins: Mapping[int, Origin],
    policies: Policies,
    from_milestones: bool,
) -> Log:
    quarantine = archive.quarantine_of(log_id)
    row = archive.milestone(log_id) if from_milestones and not quarantine else None
    stone = None if row is None else milestones.unpack(*row)
    if stone is not None:
        seqs = [known.seq for known in stone.kept]
        raw = archive.raw_records_since(log_id, stone.seq, seqs)
        if [events.seq_of(record) for record in raw[: len(seqs)]] != seqs:
            stone = None  # somebody has edited it
    if stone is None:
        raw = archive.raw_records(log_id)
    return Log(
        case,
        log_id,
        archive.log_facts(log_id),
        raw,
        quarantine,
        lineage.start_of(archive, log_id, origins),
        archive.flipped(log_id),
        policies,
        stone,
    )


def _may_go_on(log: Log) -> bool:
    """Return whether a log may go on from all of its parent that is here.

    It does not if it begins with less. Then the flash was put back from a copy, another computer
    has asked for this log, and the records in between are there. What the parent has is told anew.
    """
    if log.parent is None or log.origin is None or log.origin.is_fork or log.parent.quarantine:
        return True
    return not lacks(log.begins, log.parent.folded(log.origin.before))
