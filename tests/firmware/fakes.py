"""A fake of each part of a case: it does what the test says, and notes the calls that it gets.

There is one for each interface in `rollcase.parts`. They run on MicroPython too and allocate
nothing there, so that a test can measure what the firmware allocates. Each call that matters to
a test is noted by its name and its number, in one order for all parts.
"""

from rollcase.clock import TICKS_MASK
from rollcase.parts import Parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Note = Callable[[str, int], None]


def forget(name: str, number: int) -> None:
    """Note nothing."""


class FakeTicks:
    """The tick counter, which goes on when the test says so."""

    def __init__(self, ticks: int = 0) -> None:
        self.ticks = ticks

    def now(self) -> int:
        """Return the tick counter (ms)."""
        return self.ticks

    def go_on(self, ms: int) -> None:
        """Let `ms` pass."""
        self.ticks = (self.ticks + ms) & TICKS_MASK


class FakeButton:
    """A button that the test presses: `pressed`."""

    def __init__(self, note: "Note" = forget) -> None:
        self.pressed = False
        self._note = note

    def down(self) -> bool:
        """Return whether the button is pressed."""
        self._note("down", 0)
        return self.pressed


class FakeLamp:
    """A lamp that counts how often it was told a colour: `shown`."""

    def __init__(self, note: "Note" = forget) -> None:
        self.shown = 0
        self.holding = True
        self._note = note

    def show(self, colour: int) -> None:
        """Note the colour."""
        self.shown += 1
        self._note("show", colour)

    def holds(self) -> bool:
        """Return whether the lamp stays as it is in a sleep: `holding`."""
        return self.holding


class FakePort:
    """A port with `incoming` bytes of a host, which takes what is `sent` unless told not to."""

    def __init__(self, note: "Note" = forget) -> None:
        self.incoming = b""
        self.unsent = b""
        self.sent = b""
        self.takes = True
        self._note = note

    @property
    def busy(self) -> bool:
        """Whether the host has bytes of an answer still to take."""
        return bool(self.unsent)

    def read(self) -> bytes:
        """Return what has come in."""
        data = self.incoming
        self.incoming = b""
        return data

    def send(self, frame: "Iterable[bytes | bytearray]") -> None:
        """Send, if the host takes it."""
        for piece in frame:
            self.unsent += piece
        self.go_on()

    def go_on(self) -> None:
        """Send what is left, if the host takes it."""
        size = len(self.unsent)
        if self.takes:
            self.sent += self.unsent
            self.unsent = b""
        self._note("write", size)


class FakePause:
    """A pause that takes no time, and notes how long it might have taken."""

    def __init__(self, note: "Note" = forget) -> None:
        self._note = note

    def wait(self, lamp_ms: int, idle_ms: int) -> None:
        """Note a wait."""
        self._note("wait", min(lamp_ms, idle_ms))

    def sleep(self, lamp_ms: int, idle_ms: int) -> None:
        """Note a sleep."""
        self._note("sleep", min(lamp_ms, idle_ms))


class FakeSupply:
    """A supply that the test plugs in and out: `plugged`."""

    def __init__(self, note: "Note" = forget) -> None:
        self.plugged = True

    def plugged_in(self) -> bool:
        """Return whether USB gives power."""
        return self.plugged


class FakeWatchdog:
    """A watchdog that notes when it is fed, and never fires."""

    def __init__(self, note: "Note" = forget) -> None:
        self._note = note

    def feed(self) -> None:
        """Note a feed."""
        self._note("feed", 0)


class FakeLid:
    """A lid that the test opens: `opened`."""

    def __init__(self, note: "Note" = forget) -> None:
        self.opened = False

    def is_open(self) -> bool:
        """Return whether the lid is open."""
        return self.opened


class FakeLatch:
    """A latch that notes when it is moved."""

    def __init__(self, note: "Note" = forget) -> None:
        self._note = note

    def lock(self, locked: bool) -> None:
        """Note 1 for locked, 0 for released."""
        self._note("lock", int(locked))


class FakeBuzzer:
    """A buzzer that notes its tones."""

    def __init__(self, note: "Note" = forget) -> None:
        self._note = note

    def sound(self, hz: int) -> None:
        """Note a tone."""
        self._note("sound", hz)


class FakeBattery:
    """A battery of the test's `voltage` (mV)."""

    def __init__(self, note: "Note" = forget) -> None:
        self.voltage = 4000
        self._note = note

    def millivolts(self) -> int:
        """Note that the battery is measured."""
        self._note("millivolts", 0)
        return self.voltage


class FakeTimeChip:
    """A clock chip that goes on by `true_time`, `off` seconds ahead; it answers unless `dead`."""

    def __init__(self, true_time: "Callable[[], int]") -> None:
        self._true_time = true_time
        self.off = 0
        self.dead = False
        self.sure = True
        self.sets: list[int] = []

    def read(self) -> int:
        """Return what the chip shows."""
        return -1 if self.dead else max(self._true_time() + self.off, 0)

    def set(self, time: int, sure: bool) -> bool:
        """Take a time, and keep it in `sets`."""
        self.sets.append(time)
        if not self.dead:
            self.off = time - self._true_time()
            self.sure = sure
        return not self.dead


class FakeParts:
    """A fake of everything that a case can be made of."""

    def __init__(self, ticks: int = 0, note: "Note" = forget) -> None:
        self._note = note
        self.ticks = FakeTicks(ticks)
        self.button = FakeButton(note)
        self.lamp = FakeLamp(note)
        self.port = FakePort(note)
        self.pause = FakePause(note)
        self.supply = FakeSupply(note)
        self.watchdog = FakeWatchdog(note)
        self.lid = FakeLid(note)
        self.latch = FakeLatch(note)
        self.buzzer = FakeBuzzer(note)
        self.battery = FakeBattery(note)

    def flush(self) -> None:
        """Note that the trace's wire is waited for."""
        self._note("flush", 0)

    def smallest(self) -> Parts:
        """Return the parts of a case that has only what every case has."""
        return Parts(
            self.ticks.now,
            self.button,
            self.lamp,
            self.port,
            self.pause,
            self.supply,
            self.watchdog,
            self.flush,
        )

    def whole(self) -> Parts:
        """Return the parts of a case that has everything that a board can declare."""
        parts = self.smallest()
        parts.lid = self.lid
        parts.latch = self.latch
        parts.buzzer = self.buzzer
        parts.battery = self.battery
        return parts
