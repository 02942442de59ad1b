"""The parts of a case: an interface for each, as `rollcase.hal` implements it on a board.

The tests have a fake of each, and `boards/virtual` a virtual one. The interfaces are there for
whoever reads or checks the code: nothing on the board imports them at run time but `Parts`.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Protocol

    class Button(Protocol):
        """The case's button."""

        def down(self) -> bool:
            """Return whether the button is pressed at this instant; its contact may bounce."""

    class Lamp(Protocol):
        """The case's lamp: one LED, or one in colour."""

        def show(self, colour: int) -> None:
            """Show a colour (0xRRGGBB) until the next call, as well as the lamp can."""

        def holds(self) -> bool:
            """Return whether the colour that is shown stays while the chip sleeps."""

    class Port(Protocol):
        """The serial line to the host. Reading and writing never wait."""

        @property
        def busy(self) -> bool:
            """Whether there is output that the host has not taken yet."""

        def read(self) -> bytes:
            """Return the bytes that the host has sent; no bytes if it has sent none."""

        def send(self, frame: "Iterable[bytes | bytearray]") -> None:
            """Send a frame, in pieces, as far as the host takes it now; the port is not busy."""

        def go_on(self) -> None:
            """Send more of the frame, as far as the host takes it now."""

    class Pause(Protocol):
        """What the case does between two turns. Both end early when button, lid or host move."""

        def wait(self, lamp_ms: int, idle_ms: int) -> None:
            """Wait until the lamp changes (in `lamp_ms`) or the app is due (in `idle_ms`)."""

        def sleep(self, lamp_ms: int, idle_ms: int) -> None:
            """Wait as `wait` does, at little power, and deaf to the host."""

    class Supply(Protocol):
        """Where the case's power comes from."""

        def plugged_in(self) -> bool:
            """Return whether USB gives power at this instant."""

    class Watchdog(Protocol):
        """Restarts a case that hangs."""

        def feed(self) -> None:
            """Start the watchdog's 8 seconds anew."""

    class Lid(Protocol):
        """The switch at the lid. Not every board has one."""

        def is_open(self) -> bool:
            """Return whether the lid is open at this instant; its contact may bounce."""

    class Latch(Protocol):
        """What locks the lid. Not every board has one."""

        def lock(self, locked: bool) -> None:
            """Lock the lid, or release it."""

    class Buzzer(Protocol):
        """What makes sounds. Not every board has one."""

        def sound(self, hz: int) -> None:
            """Sound a tone (Hz) until the next call; 0 for silence."""

    class Battery(Protocol):
        """What measures the supply. Not every board has one."""

        def millivolts(self) -> int:
            """Return the voltage (mV) that feeds the board."""

    class TimeChip(Protocol):
        """A clock that goes on without power. Not every board has one."""

        sure: bool
        """Whether the time that was read last goes on from a setting that was sure."""

        def read(self) -> int:
            """Return case time (s), or -1 if the chip does not know it."""

        def set(self, time: int, sure: bool) -> bool:
            """Set the chip to case time `time` (s), `sure` or not; return whether it took it."""

    class BlockDevice(Protocol):
        """The flash, as MicroPython's block device. Every method raises OSError if it fails."""

        def readblocks(self, block_num: int, buf: bytearray, offset: int) -> object:
            """Fill `buf` with the bytes from `offset` of a block on."""

        def writeblocks(self, block_num: int, buf: bytearray, offset: int) -> object:
            """Program whole pages at `offset` of a block."""

        def ioctl(self, op: int, arg: int) -> "int | None":
            """Return how many blocks there are (4), or erase block `arg` (6)."""

    class Files(Protocol):
        """Files of one flash block each, in the file system that the flash belongs to.

        A name has a folder and a file. Every method but `read`, `is_there` and
        `names` raises OSError.
        """

        def make(self, name: str, mark: bytes) -> None:
            """Write a file of blank bytes with this mark in it; replace what is there."""

        def read(self, name: str, at: int, size: int) -> bytes:
            """Return bytes of a file; no bytes if it cannot be read."""

        def remove(self, name: str) -> None:
            """Remove a file, and its folder if that is empty then."""

        def is_there(self, name: str) -> bool:
            """Return whether there is a file of this name."""

        def names(self) -> "list[str]":
            """Return the names of all files of the log's blocks."""

        def free(self) -> int:
            """Return how many blocks are free."""

        def has_older_log(self) -> bool:
            """Return whether a log of an older format is there."""

        def start_over(self) -> None:
            """Make the file system anew, if there is none that can be used."""


class Parts:
    """What one case is made of: what every case has, and what only some boards declare.

    `ticks_ms` returns the tick counter (ms, below 2**30); `flush` waits until the trace's wire has
    sent everything. `battery_low_mv` is the voltage (mV) below which the battery is nearly empty.
    """

    lid: "Lid | None" = None
    latch: "Latch | None" = None
    buzzer: "Buzzer | None" = None
    battery: "Battery | None" = None
    battery_low_mv = 0

    def __init__(
        self,
        ticks_ms: "Callable[[], int]",
        button: "Button",
        lamp: "Lamp",
        port: "Port",
        pause: "Pause",
        supply: "Supply",
        watchdog: "Watchdog",
        flush: "Callable[[], None]",
    ) -> None:
        self.ticks_ms = ticks_ms
        self.button = button
        self.lamp = lamp
        self.port = port
        self.pause = pause
        self.supply = supply
        self.watchdog = watchdog
        self.flush = flush
