"""Every time that skin was rolled: uses that the cases have logged, and sessions at a clinic.

A session at a clinic may be in the diary, in the log of each case that was told
of it, or in both; it has one token, and counts once.
"""

from dataclasses import dataclass, replace

from rollcore import events, policy, state
from rollcore.events import CASE_EPOCH, Event
from rollcore.policy import Policy
from rollcore.state import State
from rollhost.database import diary
from rollhost.database.archive import Archive, Case
from rollhost.history.logs import Zones, in_time
from rollhost.history.rules import rules_in_force
from rollhost.history.timeline import Placed


@dataclass(frozen=True)
class Use:
    """What the log of a case tells of a use at home.

    `began` and `end` are None where the log does not have them: a use that was
    told afterwards has no beginning, one that lost its power no end. `early_s`
    is how much of its rest (s) was left when it was started all the same.
    `disinfected` is the soak before it, and `cleaned` the one after it, which
    began `cleaned_after_s` (s) after its end; None where there was none.
    """

    case_id: int
    began: Placed | None
    end: Placed | None
    seconds: int | None
    how: int
    early_s: int
    rules: Policy
    disinfected: Placed | None
    cleaned: Placed | None = None
    cleaned_after_s: int | None = None

    @property
    def early(self) -> bool:
        """Whether it was started against the rest."""
        return self.early_s > 0

    @property
    def soaked_before(self) -> bool | None:
        """Whether the roller was soaked before it; None if the rules did not ask for that."""
        return self.disinfected is not None if self.rules.soak_before_s else None

    @property
    def cleaned_in_time(self) -> bool | None:
        """Whether the soak after it began in time; None if the rules did not ask for one."""
        if not self.rules.soak_after_s:
            return None
        return self.cleaned_after_s is not None and self.cleaned_after_s <= self.rules.overdue_s


@dataclass(frozen=True)
class Session:
    """One session. `ended` (Unix s) is the latest that it can have been, as far as is known.

    `key` names it among all others, always the same; `zone` is None where it is
    not known; `needle_um` is in micrometres, 0 where it is not known. `use` is
    None for a session at a clinic.
    """

    key: str
    ended: int
    needle_um: int
    zone: str | None
    use: Use | None = None

    @property
    def at_clinic(self) -> bool:
        """Whether it was at a clinic, and not at home."""
        return self.use is None


def sessions(archive: Archive) -> list[Session]:
    """Return every session, the oldest first. Uses too short to count are none."""
    found: list[Session] = []
    clinics: dict[str, Session] = {}
    for entry in archive.diary.entries():
        if entry.kind == diary.CLINIC:
            key = f"clinic {entry.token}"
            clinics[key] = Session(key, entry.at, entry.number("needle_um"), entry.zone)
    for case in archive.cases():
        for log_id in archive.logs(case.id):
            for one in in_log(archive, case, log_id):
                if one.at_clinic:
                    clinics.setdefault(one.key, one)
                else:
                    found.append(one)
    return sorted([*found, *clinics.values()], key=lambda one: (one.ended, one.key))


def in_log(archive: Archive, case: Case, log_id: int) -> list[Session]:
    """Return the sessions in one log of a case, in its order."""
    return read(archive, case, log_id).found


def read(archive: Archive, case: Case, log_id: int) -> "Reader":
    """Return what one log of a case tells."""
    reader = Reader(archive, case, log_id)
    for placed in in_time(archive, case, log_id):
        reader.read(placed)
    return reader


class Reader:
    """Finds the sessions in a log of a case, one record after the other.

    `found` holds them in the log's order, `folded` is what its `records` add up
    to, and `disinfected` is where the last soak was done.
    """

    def __init__(self, archive: Archive, case: Case, log_id: int) -> None:
        self.found: list[Session] = []
        self.folded = State()
        self.records = 0
        self.disinfected: Placed | None = None
        self._archive = archive
        self._case = case
        self._log = archive.log_name(log_id)
        self._rules: dict[int, Policy] = {}
        self._zones = Zones(archive)
        self._soak: Placed | None = None
        """Where the soak began that is under way."""
        self._prepared: Placed | None = None
        """Where the soak was done that counts for the next use, if the case says that one does."""
        self._began: Placed | None = None
        """Where the use began that is under way."""
        self._began_in: str | None = None
        """Its zone."""
        self._early_s = 0
        self._last: int | None = None
        """Which of `found` is the last use."""

    @property
    def uses(self) -> list[Session]:
        """The uses at home among the sessions."""
        return [one for one in self.found if not one.at_clinic]

    def read(self, placed: Placed) -> None:
        """Take the next record."""
        self.records += 1
        event = placed.event
        before, self.folded = self.folded, state.fold(self.folded, event)
        zone = self._zones.of(event)
        dirty = before.dirty
        if event.kind == events.BOOT or event.boot != before.boot:
            self._soak = None
            if self._began is not None:
                # Power was lost in it; also where the record of the start itself was lost.
                self._used(placed, before, self._began_in, cut=True)
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
            self._began_in = zone
            self._started(placed, before)
        elif event.kind == events.USE_ENDED:
            if event.data["how"] != events.CANCELLED:
                self._used(placed, before, zone, cut=False)
            self._began = None
        elif event.kind == events.CLINIC:
            self.found.append(self._clinic(event, zone))

    def _rules_of(self, folded: State) -> Policy:
        digest = folded.policy_digest
        if digest not in self._rules:
            self._rules[digest] = rules_in_force(self._archive, folded)
        return self._rules[digest]

    def _started(self, placed: Placed, before: State) -> None:
        self._began = placed
        self._early_s = 0
        event = placed.event
        if event.data["how"] == events.OVERRIDE:
            rules = self._rules_of(before)
            rested = state.rested_at(before, rules, min(event.zone, len(rules.zones) - 1))
            self._early_s = max(rested - event.time, 1)
            dry = before.at[state.DISINFECTED] + rules.dry_before_s
            if event.time >= dry + rules.ready_s:
                self._prepared = None  # too long ago, and nothing asked for another

    def _cleaned(self, done: Placed) -> None:
        """The last use's soak is done."""
        if self._last is None:
            return  # of a use whose records were lost
        session = self.found[self._last]
        assert session.use is not None
        if session.use.cleaned is not None:
            return  # the same
        after_s = max((self._soak or done).last - session.ended, 0)
        use = replace(session.use, cleaned=done, cleaned_after_s=after_s)
        self.found[self._last] = replace(session, use=use)

    def _used(self, placed: Placed, before: State, zone: str | None, cut: bool) -> None:
        """A use has just come to its end, or was `cut` off by the loss of power."""
        event, began = placed.event, self._began
        seq, ended = event.seq, placed.last
        if cut:
            assert began is not None
            # A record can end a use of its own and tell that power was lost in the one before.
            seq = began.event.seq
            # That was at some time during it, and power came back at any time later.
            ended = min(ended, began.last + state.USE_LIMIT_S)
        told = {} if cut else event.data
        how = told.get("how", 0)
        # One that was ready when its lid was opened had been soaked.
        soaked = before.soaked == events.BEFORE_USE or how == events.AFTERWARDS
        use = Use(
            self._case.id,
            None if how == events.AFTERWARDS else began,  # that is when it was told
            None if cut else placed,
            told.get("seconds"),
            how,
            self._early_s if began is not None else 0,
            self._rules_of(before),
            self._prepared if soaked else None,
        )
        self._last = len(self.found)
        self.found.append(
            Session(
                f"use {self._case.device} {self._log} {seq}",
                ended,
                (before.needle_um if began is None else before.use_needle)
                or policy.DEFAULT_NEEDLE_UM,
                zone,
                use,
            )
        )
        self._began = self._prepared = None

    def _clinic(self, event: Event, zone: str | None) -> Session:
        token = event.data["token"] or f"{self._log} {event.seq}"
        at = event.data["at"] + CASE_EPOCH
        return Session(f"clinic {token}", at, event.data["needle_um"], zone)
