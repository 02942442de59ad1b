"""A whole case without hardware: the app, a hand on its button, a clock that the test moves.

Log and small values are real files in a folder. Time passes as on a board: the app is stepped
when it asks to be, and not more often, so that a wrong `idle_ms` shows as a late event.
"""

import struct
from binascii import crc32
from collections.abc import Callable
from pathlib import Path

from rollcase.app import App
from rollcase.journal import Journal
from rollcore import events, state
from rollcore.events import Event
from rollcore.policy import Policy

LOG_ID = bytes(range(1, 9))

FIRST_TICK = (1 << 30) - 1000
"""The tick counter starts again one second after every power-up in these tests."""


class WholeCase:
    """The case in `directory`, switched on; `cut_power` and `switch_on` play the rest."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.said: list[str] = []
        """What the app told its watcher since it was switched on."""
        self.before_append: Callable[[], None] = lambda: None
        self.switch_on()

    def switch_on(self, cause: int = events.POWER_ON) -> None:
        """Start anew from what is in the folder; what was in memory is gone."""
        self.said = []
        self._ticks = FIRST_TICK
        journal = Journal(str(self.directory), lambda: LOG_ID)
        self.app = App(str(self.directory), journal, cause, self._ticks, self.said.append)
        self.colour = self.app.step(self._ticks, False)

    @property
    def phase(self) -> str:
        """The phase that the lamp shows by its last word to the watcher."""
        lamps = [line.split()[1] for line in self.said if line.startswith("lamp ")]
        return lamps[-1].replace("_", " ")

    def wait_ms(self, ms: int, down: bool = False) -> None:
        """Let time pass with the button as it is."""
        while ms:
            hop = min(ms, max(1, self.app.idle_ms()), max(1, self.app.lamp_ms()))
            ms -= hop
            self.tick(hop, down)

    def wait(self, seconds: int) -> None:
        """Let seconds pass with nobody there to see the lamp."""
        ms = seconds * 1000
        while ms:
            hop = min(ms, max(1, self.app.idle_ms()))
            ms -= hop
            self.tick(hop, False)

    def tick(self, ms: int, down: bool) -> None:
        """Let `ms` pass at once, and step the app."""
        self._ticks = (self._ticks + ms) & 0x3FFFFFFF
        self.colour = self.app.step(self._ticks, down)

    def touch(self, ms: int) -> None:
        """Hold the button down for that long, and let go."""
        self.tick(0, True)
        self.wait_ms(ms, True)
        self.tick(0, False)
        self.wait_ms(50)

    def press(self) -> None:
        """Press the button, as a person does."""
        self.touch(200)

    def hold(self) -> None:
        """Hold the button for 2 s."""
        self.touch(2100)

    def long_hold(self) -> None:
        """Hold the button for 10 s; it is a hold on the way."""
        self.touch(10100)

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
        found: list[Event] = []
        seq = 1
        while True:
            first, _, raw = self.app.journal.read(seq, 1000)
            if not raw:
                return found
            found += [events.decode(raw[at : at + 32]) for at in range(0, len(raw), 32)]
            seq = first + len(raw) // 32

    def news(self, since: int) -> list[tuple[str, dict[str, int]]]:
        """Return what was logged after record `since`: names and fields."""
        return [(event.name, event.data) for event in self.log() if event.seq > since]

    @property
    def last_seq(self) -> int:
        """The last record's number."""
        return self.app.journal.next - 1


def make_foreign(case: WholeCase, place: int = 4) -> None:
    """Change a byte of the newest segment's head, as another version of the firmware would have it.

    At 4 is the format of the segment, at 5 the size of the snapshot, at 24 the snapshot's format.
    """
    newest = max(case.directory.glob("*.seg"))
    raw = bytearray(newest.read_bytes())
    raw[place] += 1
    raw[252:256] = struct.pack("<I", crc32(raw[:252]))
    newest.write_bytes(raw)


def soak(case: WholeCase) -> None:
    """Start a soak, and wait until it is done."""
    case.press()
    case.wait(600)


def bring_to(case: WholeCase, phase: str) -> None:
    """Bring a new case into a phase, by what a person does."""
    way: dict[str, Callable[[], None]] = {
        state.PREPARE: lambda: None,
        state.SOAKING: lambda: case.press(),
        state.DRYING: lambda: soak(case),
        state.READY: lambda: _ready(case),
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
    # No gesture does this, and the line has no word for it yet: the host of a later version did.
    case.app.journal.append(Event(events.HOLD_SET, {"reason": events.SUNBURN, "until": 0}))
    case.switch_on()
