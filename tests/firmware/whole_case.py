"""A whole case without hardware: the app, a hand on its button, a clock that the test moves.

The log is on a flash in memory, the policy in real files in a folder. Time passes as on a board:
the app is stepped when it asks to be, and not more often, so that a wrong `idle_ms` shows as a late
event. When nothing happens the upkeep is done, as `rollcase.loop` does it.
"""

from binascii import crc32
from collections.abc import Callable
from pathlib import Path

from tests.firmware.fakes import FakeTimeChip
from tests.firmware.memory_flash import Ground

from rollcase import lamp
from rollcase.app import App
from rollcase.block_store import RESERVE
from rollcase.clock import TICKS_MASK
from rollcase.journal import Journal
from rollcore import blocks, events, policy, slots, state
from rollcore.blocks import (
    CHECKPOINT,
    FORMAT,
    MARK_AT,
    MARK_SIZE,
    OPENING_AT,
    OPENING_SIZE,
    PAGE_SIZE,
    PAGES,
)
from rollcore.events import Event
from rollcore.policy import Policy

LOG_ID = bytes(range(1, 9))

MINUTE, DAY = 60, 86400

NOW = 205_000_000
"""A case time (s) in 2026, for a clock that is set."""

SHORT = policy.for_needle(250).changed(rest_h=72, short_rest=1)
"""The policy with the shortest rest that there is."""

FIRST_TICK = (1 << 30) - 1000
"""The tick counter starts again one second after every power-up in these tests."""


SETTLE_MS = 50
"""A level that has stayed this long counts."""

GESTURES = ("press", "long press", "very long press")

ON_RELEASE_MS = 2100 + 45
"""After how many ms of a touch of 2.1 s the case knows that it is over."""

UNDERSTOOD_MS = {"press": 200 + 45, "long press": 2000, "very long press": 10000}
"""After how many ms of a touch the case knows the gesture; a long press on release as above."""


class WholeCase:
    """A case on `ground`, with its policy in `directory`, switched on.

    `switch_on` again is a power cut.
    """

    def __init__(
        self, directory: Path, chip: FakeTimeChip | None = None, ground: Ground | None = None
    ) -> None:
        directory.mkdir(exist_ok=True)
        self.directory = directory
        self.ground = ground or Ground()
        self.flash, self.files = self.ground.flash, self.ground.files
        self._logs = 0
        self.chip = chip
        self.said: list[str] = []
        """The lines that the app traced since it was switched on."""
        self.ms = 0
        """The milliseconds that the case has lived, over all power cuts."""
        self.shown: list[tuple[int, int]] = []
        """Every colour of the lamp, with the ms of its start."""
        self.lid_open = False
        self.switch_on()

    def switch_on(self, cause: int = events.POWER_ON, first_tick: int = FIRST_TICK) -> None:
        """Start again from what is on the flash; the memory is lost."""
        self.said = []
        self._ticks = first_tick
        journal = Journal(self.flash, self.files, self._make_id)
        self.app = App(
            str(self.directory), journal, cause, self._ticks, self.said.append, self.chip
        )
        self.app.start()
        self.tick(0, False)

    @property
    def phase(self) -> str:
        """The phase that the lamp shows, by the last line traced."""
        return self.said_last("lamp")[1].replace("_", " ")

    def said_last(self, word: str) -> list[str]:
        """Return the words of the last traced line that begins with `word`."""
        return [line.split() for line in self.said if line.startswith(word + " ")][-1]

    def wait_ms(self, ms: int, down: bool = False) -> None:
        """Let time pass with the button as it is."""
        while ms:
            hop = min(ms, max(1, self.app.idle_ms()), max(1, self.app.lamp_ms()))
            ms -= hop
            self.tick(hop, down)

    def wait(self, seconds: int) -> None:
        """Let seconds pass without stepping for the lamp."""
        ms = seconds * 1000
        while ms:
            hop = min(ms, max(1, self.app.idle_ms()))
            ms -= hop
            self.tick(hop, False)

    def tick(self, ms: int, down: bool) -> None:
        """Let `ms` pass at once, step the app, and do the upkeep that is due, if any is."""
        self.ms += ms
        self._ticks = (self._ticks + ms) & TICKS_MASK
        self._step(down)
        while self.app.tend():
            self._step(down)

    def _step(self, down: bool) -> None:
        self.colour = self.app.step(self._ticks, down, self.lid_open)
        if not self.shown or self.shown[-1][1] != self.colour:
            self.shown.append((self.ms, self.colour))

    def _make_id(self) -> bytes:
        """Return the id of the next log that is begun: `LOG_ID` for the first."""
        self._logs += 1
        return log_id(self._logs)

    def touch(self, ms: int) -> None:
        """Keep the button down for `ms`, then release it."""
        self.tick(0, True)
        self.wait_ms(ms, True)
        self.tick(0, False)
        self.wait_ms(SETTLE_MS)

    def press(self) -> None:
        """Press the button, as a person does."""
        self.touch(200)

    def long_press(self) -> None:
        """Keep the button down for 2.1 s."""
        self.touch(2100)

    def very_long_press(self) -> None:
        """Keep the button down for 10.1 s; in most phases it is a long press on the way."""
        self.touch(10100)

    def move_lid(self, lid_open: bool) -> None:
        """Open the lid or close it, and leave it so."""
        self.lid_open = lid_open
        self.tick(0, False)
        self.wait_ms(SETTLE_MS)

    def begin(self, gesture: str) -> None:
        """Touch the button until the case understands this gesture."""
        self.tick(0, True)
        if gesture == "press":
            self.wait_ms(200, True)
            self.tick(0, False)
            self.wait_ms(45)
        elif gesture == "long press" and self._on_release:
            self.wait_ms(2100, True)
            self.tick(0, False)
            self.wait_ms(45)
        else:
            self.wait_ms(UNDERSTOOD_MS[gesture], True)

    def understood_ms(self, gesture: str) -> int:
        """Return after how many ms of `begin` the case knows the gesture in its phase of now."""
        if gesture == "long press" and self._on_release:
            return ON_RELEASE_MS
        return UNDERSTOOD_MS[gesture]

    @property
    def _on_release(self) -> bool:
        """Whether a long press acts on release now. In safe mode it does not act at all."""
        zones = len(self.app.policy.zones)
        return not self.app.safe and state.acts_on_release(self.app.standing.phase, zones)

    def lit_before(self, ms: int) -> bool:
        """Say whether a plain LED was on just before `ms` of the case's life."""
        before = [colour for since, colour in self.shown if since < ms]
        return bool(before) and lamp.is_lit(before[-1])

    def edge_after(self, ms: int) -> int:
        """Return how long after `ms` a plain LED goes on or off for the first time; -1 if never."""
        lit = self.lit_before(ms)
        for since, colour in self.shown:
            if since >= ms and lamp.is_lit(colour) != lit:
                return since - ms
        return -1

    def watch(self, ms: int) -> list[tuple[int, int]]:
        """Let time pass and return what the lamp did: colours, each with its ms."""
        seen: list[tuple[int, int]] = []
        while ms:
            hop = min(ms, max(1, self.app.lamp_ms()))
            colour, before = self.colour, seen.pop() if seen else (self.colour, 0)
            if before[0] != colour:
                seen.append(before)
                before = (colour, 0)
            seen.append((colour, before[1] + hop))
            ms -= hop
            self.tick(hop, False)
        return seen

    def log(self) -> list[Event]:
        """Return the whole log, read from flash."""
        return events_of(self.app.journal)

    def news(self, since: int) -> list[tuple[str, dict[str, int]]]:
        """Return what was logged after record `since`: names and fields."""
        return [(event.name, event.data) for event in self.log() if event.seq > since]

    @property
    def last_seq(self) -> int:
        """The last record's number."""
        return self.app.journal.state.seq


def log_id(number: int) -> bytes:
    """Return the id of the log that a case begins as its first, second, …"""
    return LOG_ID[:-1] + bytes([LOG_ID[-1] + number - 1])


def events_of(journal: Journal) -> list[Event]:
    """Return the records of a log that are whole, read from flash."""
    found: list[Event] = []
    seq = 1
    while True:
        first, chain, raw = journal.read(seq, 1000)
        if not raw:
            return found
        walked, _ = slots.walk(raw, first, chain)
        found += [events.decode(slot.raw) for slot in walked if slot.is_record]
        seq = first + len(raw) // 32


def with_zones(rules: Policy, *zones: str) -> Policy:
    """Return the policy with other zones."""
    return Policy(policy.numbers_of(rules), zones)


FOREIGN = ("format of the marks", "format of the states")


def make_foreign(case: WholeCase, what: str = FOREIGN[0]) -> None:
    """Change the format of what is on flash, as another firmware version would have it."""
    flash = case.flash
    for name in case.files.names():
        block = case.files.block_of(name)

        def seal(at: int, size: int, format_at: int, seed: int, block: int = block) -> None:
            raw = bytearray(flash.read(block, at, size))
            raw[format_at] += 1
            flash.replace(block, at, blocks.sealed(bytes(raw[:-4]), seed))

        mark = flash.read(block, MARK_AT, MARK_SIZE)
        if what == FOREIGN[0]:
            assert mark[4] == FORMAT
            seal(MARK_AT, MARK_SIZE, 4, 0)
        elif mark[5] != CHECKPOINT:
            if flash.read(block, OPENING_AT, OPENING_SIZE).count(b"\xff") < OPENING_SIZE:
                seal(OPENING_AT, OPENING_SIZE, 12, blocks.crc_of(mark))
        else:
            for page in range(1, PAGES):
                if flash.read(block, page * PAGE_SIZE, 1) != b"\xff":
                    seal(page * PAGE_SIZE, PAGE_SIZE, 28, crc32(LOG_ID))


SMALLEST = 2 + RESERVE + 2 + 3
"""Blocks of a flash with the root of littlefs, the reserve, two checkpoints and a short log."""


def fill(case: WholeCase, left: int) -> None:
    """Tell the case of no hold until `left` slots of its log are empty, and do the upkeep."""
    journal = case.app.journal
    while journal.left > left:
        assert tell(case, events.HOLD_SET, reason=events.NO_HOLD, until=0) == ""
        if journal.left % 16 == 0:
            case.wait(2)
    case.wait(2)


def lose_policy(case: WholeCase, damage: bytes | None = None) -> None:
    """Remove both files of the policy, or put these bytes in their place."""
    found = list(case.directory.glob("?/policy-*"))
    assert len(found) == 2
    for path in found:
        if damage is None:
            path.unlink()
        else:
            path.write_bytes(damage)


def with_rules(case: WholeCase, **numbers: int) -> None:
    """Set a policy with the shortest rest, and with these numbers."""
    assert case.app.set_policy(SHORT.changed(**numbers)) == ""


def roll(case: WholeCase, seconds: int = 120) -> None:
    """Start a use and end it."""
    case.press()
    case.wait(seconds)
    case.press()


def tell(case: WholeCase, kind: int, zone: int = 0, **data: int) -> str:
    """Tell the case an entry, with a token of its own; return why it was not taken, or nothing."""
    return case.app.tell(kind, {**data, "token": case.last_seq + 1000}, zone)


def soak(case: WholeCase) -> None:
    """Start a soak, and wait until it is done."""
    case.press()
    case.wait(600)


def ask_early(case: WholeCase) -> None:
    """Bring a case that rests to *prepare*, against the rest."""
    case.very_long_press()
    assert (case.phase, case.app.standing.override) == (state.PREPARE, True)


def bring_to(case: WholeCase, phase: str) -> None:
    """Bring a new case into a phase, by what a person does."""
    way: dict[str, Callable[[], None]] = {
        state.PREPARE: lambda: None,
        state.SOAKING: lambda: case.press(),
        state.DRYING: lambda: soak(case),
        state.READY: lambda: _ready(case),
        state.ASKING: lambda: _asking(case),
        state.IN_USE: lambda: _in_use(case),
        state.CLEAN_ME: lambda: _clean_me(case),
        state.RESTING: lambda: _rest(case),
        state.HEAD_EXPIRED: lambda: _worn(case),
        state.HELD: lambda: _held(case),
    }
    way[phase]()
    assert case.phase == phase


def _ready(case: WholeCase) -> None:
    soak(case)
    case.wait(600)


def _asking(case: WholeCase) -> None:
    _ready(case)
    case.move_lid(True)
    case.wait(120)
    case.move_lid(False)


def _in_use(case: WholeCase) -> None:
    _ready(case)
    case.press()
    case.wait(60)


def _clean_me(case: WholeCase) -> None:
    _in_use(case)
    case.press()


def _rest(case: WholeCase) -> None:
    _clean_me(case)
    soak(case)
    case.wait(1800)


def _worn(case: WholeCase) -> None:
    rules: Policy = case.app.policy.changed(head_uses=1, head_warn_uses=1)
    assert case.app.set_policy(rules) == ""
    _rest(case)


def _held(case: WholeCase) -> None:
    told = {"reason": events.SUNBURN, "until": 0, "token": 1}
    assert case.app.tell(events.HOLD_SET, told) == ""
