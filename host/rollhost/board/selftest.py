"""The self-test of a case: its parts by a person's hand and eye, then its line, clock and flash.

It is for a case that is nobody's yet. It never touches the log of a person:

- It runs only where the state of the case is that of a new one, but for what a case does by itself
  and what a soak without a use leaves (`is_nobodys`), and looks again before each sync: what it
  fetches goes into a database that is thrown away, and what is acknowledged the case may delete.
- What it has the case log changes no state: a soak that is broken off, and holds that are said to
  be over, of which there is none. So even if it is stopped anywhere, no rest, hold or head is
  another, and the case works.
- At the end the case begins a new log by its own means, which no power cut can hurt, with what it
  knows: nothing of skin. The records of the test go with the old log.

Nothing is programmed past the firmware: the records are to lie where a person's records would,
written in the same way. What is read raw, over MicroPython's prompt, is read alone.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple, Protocol

from rollcore import events, slots, snapshot
from rollcore.events import Event
from rollcore.memory import DISINFECTED, LID_OPEN, NEVER, SOAK_START, State
from rollcore.messages import Message
from rollcore.state import PREPARE, SOAKING
from rollhost.board import rescue
from rollhost.board.clock_drift import Drift, Reading, Tick, drift, ticks
from rollhost.board.repl import Repl
from rollhost.case.connection import Line, NoAnswer, plain
from rollhost.case.discovery import candidates, greet
from rollhost.case.shown import Shown, shown
from rollhost.case.sync import HowSure, Outcome, sync
from rollhost.database.archive import Archive
from rollhost.errors import CaseError, PortError, RollcaseError
from rollhost.history.sure_clocks import Meeting
from rollhost.now import current_case_time

VIRTUAL = "virtual"
"""The board of a virtual case, which has no prompt."""

PERSON_S = 90.0
"""How long (s) a person has for what they are asked to do (own)."""

BACK_S = 30.0
"""How long (s) a case may take until it answers again after it was restarted (own)."""

LOOK_S = 0.2
"""Time (s) between two looks while a person does something (own)."""

NEW_LOG_TRIES = 3
"""How often the case is asked for the new log (own): each time somebody has pressed its button."""

MOST_PPM = 200
"""How far off (ppm) a clock with a crystal can be (own): 30 are usual, and so for a computer."""

FAULT = "fault"
"""What the lamp shows when the case cannot do its work."""

RELEASED = 0
"""The reason of a hold that is over."""


class Plan(NamedTuple):
    """How much is done."""

    syncs: int
    records: int
    clock_s: float
    """How long (s) the clock is measured."""
    ticks: int
    """How many changes of the second are looked for at each end of that."""


FULL = Plan(syncs=200, records=1000, clock_s=600, ticks=10)
QUICK = Plan(syncs=10, records=150, clock_s=10, ticks=3)
"""More records than one block of flash holds."""


class Result(Enum):
    """What came of a step."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


Fact = int | float | str
Facts = dict[str, Fact]


class Done(NamedTuple):
    """A step that is over. `why` says in words why it failed or was skipped."""

    step: str
    result: Result
    facts: Facts
    seconds: float
    why: str = ""


class Person(Protocol):
    """Who stands at the case."""

    def do(self, act: str) -> None:
        """Tell the person to do one of `PRESS`, `LONG_PRESS`, `CABLE` and `POWER`."""

    def sees(self, phase: str, stage: int, clock_set: bool) -> bool:
        """Return whether the person picks what the lamp should show from three messages."""


PRESS, LONG_PRESS, CABLE, POWER = "press", "long press", "cable out and in", "power out and in"
NEW_LOG = "new log"


class Owned(RollcaseError):
    """The case knows something about a person."""


class Failed(RollcaseError):
    """Something was not as it has to be."""


class _Skip(Exception):
    """The step does not apply; its text says why."""


def is_nobodys(state: State) -> bool:
    """Return whether nothing in this state came from a person, but for soaks without a use.

    Whatever is not listed here counts as a person's, also what a later version adds.
    """
    rest = state.copy()
    new = State()
    for name in _BY_ITSELF:
        setattr(rest, name, getattr(new, name))
    for moment in (SOAK_START, DISINFECTED, LID_OPEN):
        rest.at[moment] = NEVER
    return rest == new


_BY_ITSELF = (
    "seq", "boot", "time", "clock_set", "sure", "loose", "clamped", "clamped_to", "heard",
    "heard_ahead", "faults", "asked", "soaking", "soaked", "token",
)  # fmt: skip
"""What a case without an owner has in its state; `token` is of the test's own records."""


class SelfTest:
    """One run, on the case that `line` leads to; the line is closed. `port` is where the case is.

    `archive` is an empty database that is thrown away. Without a `person`, only the steps that
    need none are done. `how_sure` says why this computer is sure of its time, as in a sync.
    Raises `Owned` if the case is somebody's, and `CaseError` if it is being prepared for a use.
    """

    def __init__(
        self, line: Line, archive: Archive, plan: Plan, how_sure: HowSure, person: Person | None
    ) -> None:
        self.port, self.device, self.board, self.firmware = (
            line.name, line.device, line.board, line.firmware,
        )  # fmt: skip
        self._archive = archive
        self._plan = plan
        self._how_sure = how_sure
        self._person = person
        self._sure: int | None = None
        self.micropython = self.machine = ""
        """What the board says of itself at MicroPython's prompt; empty if it was not asked."""
        self.progress: rescue.Progress = lambda done, total: None
        """Called with how much of a long step is done, and of how much."""
        self.has_written = False
        """Whether the log may have records of the test."""
        with line:
            self._refuse_if_owned(line)
            phase = _phase(line)
            self.fault = plain(line.ask("status").word("fault"))
        if phase not in (PREPARE, FAULT):
            raise CaseError(
                f"The case is being prepared for a use: its lamp says {phase}.",
                "Wait until it is blue again, within the hour, or keep the button down for two"
                " seconds to break a soak off.",
            )

    def steps(self) -> list[tuple[str, Callable[[], Facts]]]:
        """Return every step by name, in order. The last one begins a new log."""
        return [
            ("lamp", self._lamp),
            (PRESS, self._press),
            (LONG_PRESS, self._long_press),
            (CABLE, self._cable),
            (POWER, self._power),
            ("sync", self._first_sync),
            ("syncs", self._syncs),
            ("records", self._records),
            ("clock", self._clock),
            ("flash", self._flash),
            (NEW_LOG, self.new_log),
        ]

    def do(self, name: str, step: Callable[[], Facts]) -> Done:
        """Do a step; return what came of it.

        Raises `Owned` where somebody has begun to use the case meanwhile: their log goes on.
        """
        start = time.monotonic()
        facts: Facts = {}
        result, why = Result.PASSED, ""
        if name in BY_HAND and self._person is None:
            return Done(name, Result.SKIPPED, facts, 0, "nobody was there to do it")
        try:
            facts = step()
        except _Skip as skip:
            result, why = Result.SKIPPED, str(skip)
        except Owned:
            raise
        except RollcaseError as error:
            result, why = Result.FAILED, self._without_names(error.sentence)
        return Done(name, result, facts, time.monotonic() - start, why)

    def _without_names(self, sentence: str) -> str:
        """Return a sentence without what it may say of this computer: port and folder."""
        return sentence.replace(self.port, "its port").replace(
            str(self._archive.path), "the database"
        )

    # By hand.

    def _lamp(self) -> Facts:
        with self._meet() as line:
            self._look_at_lamp(line)
        return {}

    def _press(self) -> Facts:
        with self._meet() as line:
            self._make(line, PRESS, events.SOAK_STARTED)
            self._look_at_lamp(line, SOAKING)
        return {}

    def _long_press(self) -> Facts:
        with self._meet() as line:
            if _phase(line) != SOAKING:
                raise Failed("There is no soak to break off: the press before was not seen.")
            self._make(line, LONG_PRESS, events.SOAK_ENDED)
            self._look_at_lamp(line, PREPARE)
        return {}

    def _cable(self) -> Facts:
        with self._meet() as line:
            before = line.ask("status").integer("boot")
            after = self._come_and_go(line, CABLE)
        return {"starts": after.integer("boot") - before}

    def _power(self) -> Facts:
        with self._meet() as line:
            before = line.ask("status").integer("boot")
            self._make(line, PRESS, events.SOAK_STARTED)
            after = self._come_and_go(line, POWER)
        starts = after.integer("boot") - before
        if not starts:
            raise Failed("The case ran on: it has a battery, which was still in.")
        with self._meet() as line:
            phase = _phase(line)
        if phase != PREPARE:
            raise Failed(f"A soak that lost its power is to be over, and the case says {phase}.")
        return {"starts": starts}

    def _look_at_lamp(self, line: Line, phase: str | None = None) -> None:
        """Have the person say what they see. Raises `Failed` if it is not what it should be."""
        assert self._person
        now = _shown(line)
        if phase is not None and now.phase != phase:
            raise Failed(f"The lamp is to say {phase}, and the case says {now.phase}.")
        if not self._person.sees(now.phase, now.stage, now.clock_set):
            raise Failed(f"The lamp shows {now.phase}, and was not seen so.")

    def _make(self, line: Line, act: str, kind: int) -> None:
        """Have the person make a gesture, and wait for the record that it leads to."""
        assert self._person
        seq = line.ask("status").integer("next")
        self.has_written = True
        self._person.do(act)
        came: list[str] = []
        deadline = time.monotonic() + PERSON_S
        while time.monotonic() < deadline:
            end = line.ask("status").integer("next")
            for event in _events(line, seq, end):
                if event.kind == kind:
                    return
                came.append(events.KINDS[event.kind].name)
            seq = end
            time.sleep(LOOK_S)
        others = f" It logged: {', '.join(came)}." if came else ""
        raise Failed(f"The case has seen no {act} within {PERSON_S:.0f} s.{others}")

    def _come_and_go(self, line: Line, act: str) -> Message:
        """Have the person take something out and put it in; return the status afterwards."""
        assert self._person
        before = line.ask("status").integer("boot")
        self._person.do(act)
        deadline = time.monotonic() + PERSON_S
        while time.monotonic() < deadline:
            try:
                status = line.ask("status")
            except CaseError:  # the port is gone, or silent
                line.close()
                with self._meet(deadline - time.monotonic()) as again:
                    return again.ask("status")
            if status.integer("boot") != before:
                return status
            time.sleep(LOOK_S)
        raise Failed(f"The case was there all the time: no {act} within {PERSON_S:.0f} s.")

    # By itself.

    def _first_sync(self) -> Facts:
        outcome, seconds = self._sync()
        with self._meet() as line:
            end = line.ask("status").integer("next")
        last = self._archive.highest_seq(outcome.log_id)
        if last != end - 1:
            raise Failed(f"The case has {end - 1} records, and {last} of them came home.")
        return {"records": last, "ms": 1000 * seconds, "sure": outcome.clock_sure}

    def _syncs(self) -> Facts:
        times: list[float] = []
        broken: list[str] = []
        for number in range(self._plan.syncs):
            self.progress(number, self._plan.syncs)
            try:
                times.append(self._sync()[1])
            except (CaseError, PortError) as error:
                broken.append(error.sentence)
        if broken:
            raise Failed(f"{len(broken)} of {self._plan.syncs} syncs broke off: {broken[0]}")
        return {"syncs": len(times), **_spread(times)}

    def _records(self) -> Facts:
        """Have the case log records, each under a random number; compare what comes home."""
        tokens = [secrets.randbelow(0xFFFFFFFF) + 1 for _ in range(self._plan.records)]
        times: list[float] = []
        with self._meet() as line:
            self._refuse_if_owned(line)
            self.has_written = True
            first = line.ask("status").integer("next")
            for number, token in enumerate(tokens):
                self.progress(number, len(tokens))
                start = time.monotonic()
                # Of a hold for another reason, which never was, the case is told that it is over.
                line.ask("hold", token=token, reason=RELEASED, until=events.OTHER)
                times.append(time.monotonic() - start)
        outcome, _ = self._sync()
        raw = self._archive.raw_records_since(outcome.log_id, first, [])
        home = [events.decode(record) for record in raw]
        came = [event.data["token"] for event in home if event.kind == events.HOLD_SET]
        if came != tokens:
            right = sum(a == b for a, b in zip(came, tokens, strict=False))
            raise Failed(f"Of {len(tokens)} records {len(came)} came home, {right} of them right.")
        return {"records": len(tokens), **_spread(times)}

    def _clock(self) -> Facts:
        with self._meet() as line:
            start = time.monotonic()
            first = self._ticks(line)
            while (passed := time.monotonic() - start) < self._plan.clock_s:
                self.progress(int(passed), int(self._plan.clock_s))
                time.sleep(min(1.0, self._plan.clock_s - passed))
                line.ask("status")
            last = self._ticks(line)
        try:
            measured: Drift = drift(first, last)
        except ValueError:
            raise Failed("The case has started again meanwhile, or its clock was set.") from None
        if abs(measured.ppm) - measured.plus_minus > MOST_PPM:
            raise Failed(
                f"It is {abs(measured.ppm):.0f} ppm off, more than a crystal can be, or this"
                " computer's is."
            )
        return measured._asdict()

    def _flash(self) -> Facts:
        """Read every block of the log twice, past firmware and file system, and look at each."""
        if self.board == VIRTUAL:
            raise _Skip("a virtual case has no MicroPython prompt")
        outcome, _ = self._sync()  # what is on the flash is home
        with Repl(self.port) as repl:
            self.micropython = plain(repl.text("sys.version"))
            self.machine = plain(repl.text("getattr(sys.implementation, '_machine', '')"))
            first = rescue.read(repl, self.progress)
            second = rescue.read(repl, self.progress)
        with self._meet(BACK_S):
            pass  # it has started again
        log = first.logs.current
        if log is None or self.device != first.device:
            raise Failed("On the flash is no log of this case.")
        facts: Facts = {
            "blocks": len(first.blocks),
            "records": log.count(slots.WHOLE, slots.CORRECTED),
            "torn": log.count(slots.TORN),
            "put_right": log.count(slots.CORRECTED) + log.corrected,
            "damaged": log.count(slots.DAMAGED) + len(first.logs.unreadable),
            "without_file": len(first.missing),
        }
        if (first.blocks, first.files) != (second.blocks, second.files):
            raise Failed("The flash was read twice, and did not say the same.")
        home = self._archive.raw_records(outcome.log_id)
        if [slot.raw for slot in log.slots if slot.is_record] != home:
            raise Failed("The records on the flash are not those that came home.")
        wrong = [f"{name.replace('_', ' ')} {facts[name]}" for name in _FAULTS if facts[name]]
        if wrong:
            raise Failed(f"Not as it was written: {', '.join(wrong)}.")
        return facts

    def new_log(self) -> Facts:
        """Have the case begin a new log in place of the test's. Raises `Owned` if it is used."""
        for _ in range(NEW_LOG_TRIES):
            self._sync()  # a case begins a new log once all is home
            with self._meet() as line:
                self._refuse_if_owned(line)
                log = line.ask("status").word("log")
                try:
                    new = line.ask("newlog", log=log, keep=1).word("log")
                except NoAnswer:
                    raise
                except CaseError as error:
                    why = error.sentence
                    continue
            self.has_written = False
            if new == log:
                raise Failed("The case was asked for a new log, and goes on with the old one.")
            return {}
        raise Failed(f"The case has begun no new log. {why}")

    # Asking.

    def _meet(self, wait_s: float = BACK_S) -> Line:
        """Return a line to the case, wherever it is plugged in. Raises `CaseError` after `wait_s`.

        A case that was plugged in again may be on another port.
        """
        deadline = time.monotonic() + wait_s
        while True:
            for port in self._places():
                line, _ = greet(port, starts=port == self.port)
                if line and line.device == self.device:
                    self.port = port
                    return line
                if line:
                    line.close()
            if time.monotonic() > deadline:
                raise CaseError("The case does not answer any more.", "Unplug it, plug it in.")
            time.sleep(LOOK_S)

    def _places(self) -> Iterator[str]:
        yield self.port
        yield from (port for port in candidates() if port != self.port)

    def _sync(self) -> tuple[Outcome, float]:
        """Sync into the database that is thrown away; return the outcome, and how long it took (s).

        That is from the greeting's end on. Raises `Owned` where somebody has begun to use the case.
        """
        with self._meet() as line:
            self._refuse_if_owned(line)
            start = time.monotonic()
            outcome = sync(line, self._archive, current_case_time, how_sure=self._how_sure_once)
            seconds = time.monotonic() - start
        if outcome.quarantined:
            raise Failed(f"Records that came home damaged: {outcome.quarantined}.")
        return outcome, seconds

    def _how_sure_once(self, meeting: Meeting) -> int:
        if self._sure is None:
            self._sure = self._how_sure(meeting)  # this may ask the person
        return self._sure

    def _refuse_if_owned(self, line: Line) -> None:
        if not is_nobodys(_state(line)):
            raise Owned(
                "This case knows something about a person: a use, a hold, rules, a head.",
                "The test is for a case that nobody uses yet. This one was left as it is.",
            )

    def _ticks(self, line: Line) -> list[Tick]:
        """Return the next changes of the case's second. Raises `Failed` if it stands still."""
        found: list[Tick] = []
        for tick in ticks(_readings(line)):
            found.append(tick)
            if len(found) == self._plan.ticks:
                return found
        raise Failed("The case's clock stands still.")


TAKES_LONG = ("syncs", "records", "clock", "flash")
BY_HAND = ("lamp", PRESS, LONG_PRESS, CABLE, POWER)
_FAULTS = ("put_right", "damaged", "without_file")
"""What a flash is not to have; a torn record is what a power cut may leave."""

STILL_S = 5.0
"""How long (s) a case's second may last (own)."""

QUIET_S = 0.9
"""How long (s) nothing is asked once a second has changed (own): the next change is later."""


def _readings(line: Line) -> Iterator[Reading]:
    """Yield what the case says of its uptime, again and again; end if it stands still."""
    last, since = -1, time.monotonic()
    while True:
        asked = time.monotonic()
        uptime = line.ask("status").integer("uptime")
        answered = time.monotonic()
        yield Reading(asked, answered, uptime)
        if uptime == last + 1:
            time.sleep(QUIET_S)
        elif answered - since > STILL_S:
            return
        if uptime != last:
            last, since = uptime, answered


def _shown(line: Line) -> Shown:
    """Return what the lamp shows by what the case answers; its phase is `FAULT` for a fault."""
    found = shown(line)
    if found is None:
        raise CaseError("The case speaks of what is not known here.", "Update the older of both.")
    return found._replace(phase=found.phase or FAULT)


def _phase(line: Line) -> str:
    return _shown(line).phase


def _state(line: Line) -> State:
    raw = line.ask("state", seq=0).raw("raw")
    if not snapshot.is_snapshot(raw):
        raise CaseError("The case speaks of what is not known here.", "Update the older of both.")
    return snapshot.unpack(raw)


def _events(line: Line, first: int, end: int) -> list[Event]:
    """Return what the readable records from `first` to before `end` say."""
    found: list[Event] = []
    for _, _, raw in line.blocks(first, end):
        for at in range(0, len(raw), events.RECORD_SIZE):
            try:
                found.append(events.decode(raw[at : at + events.RECORD_SIZE]))
            except events.RecordError:
                continue
    return found


def _spread(times: list[float]) -> Facts:
    """Return the median and the longest of some times (s), in ms."""
    ordered = sorted(times)
    return {"median_ms": 1000 * ordered[len(ordered) // 2], "longest_ms": 1000 * ordered[-1]}
