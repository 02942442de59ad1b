"""Sessions: uses that the cases have logged, and treatments at a clinic.

A clinic session may be in the diary, in the log of each case that was told of it, or in
both. Its token is the same everywhere, and it counts once.

The page in a browser runs this file too, under MicroPython.
"""

from rollcore import events, state
from rollcore.events import CASE_EPOCH, Event
from rollcore.memory import DISINFECTED, HEAD_SINCE, NEVER, State
from rollcore.rest import rested_at
from rollcore.uses import walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Protocol

    from rollcore.policy import Policy
    from rollcore.uses import Step
    from rollcore.uses import Use as LoggedUse
    from rollhost.database.diary import Entry
    from rollhost.history.timeline import Placed

    class Ruling(Protocol):
        """What knows which policy rules in a state."""

        def ruling(self, state: State) -> Policy: ...

    class Device(Protocol):
        """A case."""

        @property
        def id(self) -> int: ...
        @property
        def device(self) -> str: ...

    class Milestone(Protocol):
        """What is known of the records before one."""

        @property
        def seq(self) -> int: ...

    class Log(Protocol):
        """A log as `rollhost.history.logs.Log` has it, which says what each of these is."""

        @property
        def case(self) -> Device: ...
        @property
        def name(self) -> str: ...
        @property
        def milestone(self) -> Milestone | None: ...
        @property
        def kept(self) -> int: ...
        @property
        def going_on(self) -> Sequence[Event]: ...
        @property
        def goes_on_from(self) -> State: ...
        @property
        def told(self) -> dict[int, State]: ...
        @property
        def placed(self) -> Sequence[Placed]: ...
        @property
        def zones(self) -> Sequence[str | None]: ...
        @property
        def disinfected_before(self) -> Placed | None: ...
        @property
        def inherited(self) -> "Reader | None": ...
        @property
        def assumed_um(self) -> int: ...
        @property
        def content(self) -> "Reader": ...


class _Fields:
    """Values that are equal where all of their fields are."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __repr__(self) -> str:
        return type(self).__name__ + repr(self.__dict__)


class Use(_Fields):
    """What the log of a case says of a use at home.

    `began` is None if that record is lost, or if the case was told of the use afterwards.
    `end` and `seconds` are None if the loss of power cut it off. `how` is how it ended
    (`use_ended.how`; 0 if cut off). `early_s` is how much of the rest (s) was left when
    it began. `disinfected` is the end of the soak before it, `cleaned` that of the soak
    after it, which began `cleaned_after_s` (s) after the use; None if there was none.
    """

    def __init__(
        self,
        case_id: int,
        began: "Placed | None",
        end: "Placed | None",
        seconds: int | None,
        how: int,
        early_s: int,
        policy: "Policy",
        disinfected: "Placed | None",
        cleaned: "Placed | None" = None,
        cleaned_after_s: int | None = None,
    ) -> None:
        self.case_id = case_id
        self.began = began
        self.end = end
        self.seconds = seconds
        self.how = how
        self.early_s = early_s
        self.policy = policy
        self.disinfected = disinfected
        self.cleaned = cleaned
        self.cleaned_after_s = cleaned_after_s

    @property
    def early(self) -> bool:
        """Whether the use began before the rest was over."""
        return self.early_s > 0

    @property
    def soaked_before(self) -> bool | None:
        """Whether the roller was soaked before the use; None if the policy did not ask for it."""
        return self.disinfected is not None if self.policy.soak_before_s else None

    @property
    def cleaned_in_time(self) -> bool | None:
        """Whether the soak after the use began in time; None if the policy asked for no soak."""
        if not self.policy.soak_after_s:
            return None
        return self.cleaned_after_s is not None and self.cleaned_after_s <= self.policy.overdue_s


class Session(_Fields):
    """One session. `ended` (Unix s) is the latest moment at which it can have ended.

    `key` identifies it, the same at every reading. `zone` is None if not known;
    `needle_um` is in micrometres, 0 if not known. `use` is None for a clinic session.
    `seq` is that of the record in its log that tells of it, 0 if it is in no log. `day` (ISO 8601)
    is what was said of a clinic session without a time, None if a time was.
    """

    def __init__(
        self,
        key: str,
        ended: int,
        needle_um: int,
        zone: str | None,
        use: "Use | None" = None,
        seq: int = 0,
        day: str | None = None,
    ) -> None:
        self.key = key
        self.ended = ended
        self.needle_um = needle_um
        self.zone = zone
        self.use = use
        self.seq = seq
        self.day = day

    @property
    def at_clinic(self) -> bool:
        """Whether the session was at a clinic, not at home."""
        return self.use is None


def uses_of(sessions: "Iterable[Session]") -> list[Session]:
    """Return the sessions that were uses at home."""
    return [session for session in sessions if not session.at_clinic]


class HeadSpan(_Fields):
    """One head in a log: in use from `since` (Unix s) on, for `uses` uses.

    `since` is its first use, or when the person said that it was new. `replaced_at`
    (Unix s) is None for the last head of the log. `policy` ruled last. `earlier` is how many of
    the uses the log began with; None if the head is newer than the log. `known` is how many the
    case knows of: more, if it was told of those in other logs. `out` is why it was out at the end
    (a number of `head_out.reason`), None if it was not.
    """

    def __init__(
        self,
        since: int,
        replaced_at: int | None,
        uses: int,
        policy: "Policy",
        earlier: int | None = None,
        known: int = 0,
        out: int | None = None,
    ) -> None:
        self.since = since
        self.replaced_at = replaced_at
        self.uses = uses
        self.policy = policy
        self.earlier = earlier
        self.known = known
        self.out = out


def merged(
    entries: "Iterable[Entry]", logs: "Iterable[Log]", undone: "Iterable[int]" = ()
) -> list[Session]:
    """Return every session, the oldest first. A use that was too short to count is none.

    `entries` are those of sessions at a clinic. One that was taken back is no session, by its token
    in `undone`.
    """
    left_out = {f"clinic {token}" for token in undone}
    uses: list[Session] = []
    clinics: dict[str, Session] = {}
    for entry in entries:
        key = f"clinic {entry.token}"
        needle_um = entry.number("needle_um")
        clinics[key] = Session(key, entry.at, needle_um, entry.zone, day=entry.day)
    for log in logs:
        uses += log.content.uses
        for session in log.content.sessions:
            if session.at_clinic and session.key not in left_out:
                clinics.setdefault(session.key, session)
    return sorted(uses + list(clinics.values()), key=lambda session: (session.ended, session.key))


def read(log: "Log", policies: "Ruling", before: int | None = None) -> "Reader":
    """Return a reader that has taken the records of a log.

    Those with a seq from `before` on, of those after its milestone, are left out; None: no record.
    """
    reader = Reader(log, policies)
    chosen = [event for event in log.going_on if before is None or event.seq < before]
    for step in walk(chosen, log.goes_on_from, log.told):
        reader.take(step)
    last = chosen[-1].seq if chosen else log.goes_on_from.seq
    later = [seq for seq in log.told if seq >= last and (before is None or seq < before)]
    if later:
        reader.folded = log.told[max(later)]
    return reader


class Reader:
    """Finds the sessions and the heads in a log, one record after the other.

    In a log with a milestone these are the uses and heads that came after it.
    `sessions` and `heads` are in the log's order. `folded` is the state that the records
    add up to, `disinfected` the record of the end of the last complete soak, also before the log.
    """

    def __init__(self, log: "Log", policies: "Ruling") -> None:
        self.sessions: list[Session] = []
        self.folded = log.goes_on_from
        # Not the log itself: it keeps its reader, and two that keep each other stay in memory.
        self._case, self._name, self._assumed_um = log.case, log.name, log.assumed_um
        self._placed: Sequence[Placed] = log.placed[log.kept :]
        self._zones: Sequence[str | None] = log.zones[log.kept :]
        self._policies = policies
        self._heads: list[HeadSpan] = []
        since = self.folded.at[HEAD_SINCE]
        self._head_since = None if since == NEVER else since + CASE_EPOCH
        self._uses_before_head = self.folded.uses - self.folded.head_uses
        self._earlier_uses: int | None = None if since == NEVER else self.folded.head_uses
        """How many uses of the present head the log began with; None if this head is newer."""
        self._soak: Placed | None = None
        """The beginning of the soak that is under way."""
        self._prepared: Placed | None = None
        """The end of the last soak before a use, until the next use."""
        self.disinfected = log.disinfected_before
        if log.milestone is not None:
            self.sessions = [
                self._clinic(log.placed[place].event, log.zones[place])
                for place in range(log.kept)
                if log.placed[place].event.kind == events.CLINIC
            ]
        elif log.inherited is not None:
            self._soak, self._prepared = log.inherited._soak, log.inherited._prepared
        self._early_s = 0
        self._last: int | None = None
        """The index of the last use in `sessions`."""

    @property
    def is_calm(self) -> bool:
        """Whether nothing is under way: no soak, no use, and no use that was prepared."""
        state = self.folded
        return not (self._soak or self._prepared or state.soaking or state.using)

    @property
    def uses(self) -> list[Session]:
        """The uses at home among the sessions."""
        return uses_of(self.sessions)

    @property
    def heads(self) -> list[HeadSpan]:
        """The heads in the log, the oldest first; with a milestone, those that came after it."""
        if self._head_since is None:
            return self._heads
        present = self._head_until(None, self.folded.uses, self.folded)
        return self._heads + [present]  # noqa: RUF005 (MicroPython knows no star in a list)

    def take(self, step: "Step") -> None:
        """Add the next record of the log."""
        self.folded = step.after
        event, placed = step.event, self._placed[step.place]
        dirty = step.before.dirty
        if step.starts:
            self._soak = None
        if step.cut is not None:
            # Power was lost during a use. Without the record of the start, `before` is not dirty.
            self._used(step, step.cut)
            dirty = True
        if event.kind == events.SOAK_STARTED:
            self._soak = placed
        elif event.kind == events.SOAK_ENDED:
            if event.data["how"] == events.SOAK_DONE:
                self.disinfected = placed
                if event.data["purpose"] == events.BEFORE_USE:
                    self._prepared = placed
                elif dirty:
                    self._cleaned(placed)
            self._soak = None
        elif event.kind == events.USE_STARTED:
            self._started(event, step.before)
        elif event.kind == events.CLINIC:
            self.sessions.append(self._clinic(event, self._zones[step.place]))
        if step.ended is not None and step.ended.counts:
            self._used(step, step.ended)
        self._see_head(step, placed)

    def _see_head(self, step: "Step", placed: "Placed") -> None:
        if self._head_since is None and step.after.uses > self._uses_before_head:
            self._head_since = placed.last
        if step.event.kind == events.HEAD_NEW:
            if self._head_since is not None:
                self._heads.append(self._head_until(placed.last, step.after.uses, step.before))
            self._head_since, self._uses_before_head = placed.last, step.after.uses
            self._earlier_uses = None
        elif step.event.kind == events.CORRECTED and step.event.data["field"] == HEAD_SINCE:
            since = step.after.at[HEAD_SINCE]
            self._head_since = None if since == NEVER else since + CASE_EPOCH

    def _head_until(self, at: int | None, uses_by_then: int, ruled: State) -> HeadSpan:
        """Return the head that was replaced at `at` (Unix s), with the policy of state `ruled`."""
        assert self._head_since is not None
        uses = uses_by_then - self._uses_before_head
        ruling = self._policies.ruling(ruled)
        out = ruled.head_out - 1 if ruled.head_out else None
        known = ruled.head_uses
        return HeadSpan(self._head_since, at, uses, ruling, self._earlier_uses, known, out)

    def _started(self, event: Event, before: State) -> None:
        self._early_s = 0
        if event.data["how"] == events.OVERRIDE:
            ruling = self._policies.ruling(before)
            rested = rested_at(before, ruling, min(event.zone, len(ruling.zones) - 1))
            self._early_s = max(rested - event.time, 1)
            dry = before.at[DISINFECTED] + ruling.dry_before_s
            if not before.override_asked and event.time >= dry + ruling.ready_s:
                self._prepared = None  # too old; in older logs an override needed no new soak

    def _cleaned(self, done: "Placed") -> None:
        """Note that the soak after the last use is done."""
        if self._last is None:
            return  # the records of that use were lost
        session = self.sessions[self._last]
        assert session.use is not None
        if session.use.cleaned is not None:
            return  # a second soak after the same use
        session.use.cleaned = done
        session.use.cleaned_after_s = max((self._soak or done).last - session.ended, 0)

    def _used(self, step: "Step", use: "LoggedUse") -> None:
        """Add a use that has ended, or that was cut off by the loss of power."""
        before = step.before
        began = None if use.began is None else self._placed[use.began]
        end = None if use.ended is None else self._placed[use.ended]
        if end is None:
            assert began is not None
            assert use.began is not None
            # Not from the step's record: it may be of a use of its own, after the start.
            seq, zone = began.event.seq, self._zones[use.began]
            # Power was lost during the use, and came back at any time later.
            back = self._placed[step.place].latest
            longest = began.last + state.USE_LIMIT_S
            ended = longest if back is None else min(back, longest)
        else:
            seq, zone, ended = end.event.seq, self._zones[step.place], end.last
        # A use told afterwards began in phase ready, so the roller had been soaked.
        soaked = before.soaked == events.BEFORE_USE or use.how == events.AFTERWARDS
        needle_um = before.needle_um
        if needle_um and began is not None:
            needle_um = before.use_needle
        self._last = len(self.sessions)
        self.sessions.append(
            Session(
                f"use {self._case.device} {self._name} {seq}",
                ended,
                needle_um or self._assumed_um,
                zone,
                Use(
                    self._case.id,
                    None if use.how == events.AFTERWARDS else began,  # when the case was told
                    end,
                    None if end is None else end.event.data["seconds"],
                    use.how,
                    self._early_s if began is not None else 0,
                    self._policies.ruling(before),
                    self._prepared if soaked else None,
                ),
                seq,
            )
        )
        self._prepared = None

    def _clinic(self, event: Event, zone: str | None) -> Session:
        token = event.data["token"] or f"{self._name} {event.seq}"
        at = event.data["at"] + CASE_EPOCH
        return Session(f"clinic {token}", at, event.data["needle_um"], zone, seq=event.seq)
