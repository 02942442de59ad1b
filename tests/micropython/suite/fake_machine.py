"""A `machine` that remembers, for the tests of the drivers in `rollcase.hal`.

Import it before any driver: from then on `machine` is this one.
"""

import sys

from tests.micropython.suite.ram_flash import RamFlash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Pin:
    """Remembers its level. Nothing here allocates, so that what does can be told."""

    IN, OUT, PULL_UP, PULL_DOWN = 0, 1, 2, 3
    IRQ_FALLING, IRQ_RISING = 4, 8

    def __init__(self, number: "int | str", mode: int = -1, pull: int = -1, value: int = 0) -> None:
        self.number = number
        self.mode = mode
        self.pull = pull
        self.level = value
        self.trigger = 0

    def value(self, level: "int | None" = None) -> int:
        """Return the level, or set it."""
        if level is not None:
            self.level = level
        return self.level

    def irq(self, handler: "Callable[[Pin], None]", trigger: int) -> None:
        """Take a handler."""
        self.trigger = trigger


class PWM:
    """A wave, as an RP2040 makes it: what is set while it runs counts from its next period on."""

    of: "dict[int | str, PWM]" = {}
    """The last wave on each pin."""

    def __init__(self, pin: Pin, freq: int, duty_u16: int = 0) -> None:
        self.of[pin.number] = self
        self.hz = freq
        self.running = True
        self.duty = self.next = duty_u16

    def freq(self, hz: int) -> None:
        """Set the frequency."""
        self.hz = hz

    def duty_u16(self, duty: int) -> None:
        """Set the duty, and go."""
        self.next = duty
        if not self.running:
            self.duty = duty
        self.running = True

    def deinit(self) -> None:
        """Stand still."""
        self.running = False

    def period(self) -> None:
        """Come to the end of a period."""
        self.duty = self.next


def duties() -> "dict[int | str, int]":
    """Return the duty of each wave, a period later."""
    for wave in PWM.of.values():
        wave.period()
    return {number: wave.duty for number, wave in PWM.of.items()}


class ADC:
    """Reads what is in `before`, one after the other, then `level`; in parts of 65535."""

    level = 0
    before: "list[int]" = []

    def __init__(self, pin: Pin) -> None:
        self.pin = pin

    def read_u16(self) -> int:
        """Return the voltage."""
        return self.before.pop(0) if self.before else self.level


class UART:
    """Remembers what was written."""

    written = b""

    def __init__(self, number: int, baud: int, tx: Pin, rxbuf: int) -> None:
        pass

    def write(self, data: bytes) -> None:
        """Take the bytes."""
        UART.written += data


class WDT:
    """Counts how often it is fed."""

    feeds = 0

    def __init__(self, timeout: int) -> None:
        self.timeout = timeout

    def feed(self) -> None:
        """Be fed."""
        self.feeds += 1


class Wire:
    """The wire to a WS2812: what was sent last, and how often something was."""

    pin: "Pin | None" = None
    encoding = -1
    timing: "tuple[int, ...]" = ()
    data = bytearray(3)
    sends = 0


def bitstream(pin: Pin, encoding: int, timing: "tuple[int, ...]", data: bytearray) -> None:
    """Take what a WS2812 is sent: three bytes."""
    if len(data) != 3:
        raise AssertionError(data)
    Wire.pin = pin
    Wire.encoding = encoding
    Wire.timing = timing
    for place in range(3):
        Wire.data[place] = data[place]
    Wire.sends += 1


class Machine:
    """What the firmware uses of `machine`."""

    Pin, PWM, ADC, UART, WDT = Pin, PWM, ADC, UART, WDT
    PWRON_RESET, WDT_RESET = 1, 3
    cause = PWRON_RESET
    mem32: "dict[int, int]" = {}
    slept: "list[int]" = []
    """The ms of each sleep."""
    bitstream = staticmethod(bitstream)

    @classmethod
    def lightsleep(cls, ms: int) -> None:
        """Sleep for no time."""
        cls.slept.append(ms)

    @staticmethod
    def unique_id() -> bytes:
        """Return the chip's id."""
        return b"\xe6\x61\xa4\xd1\x11\x22\x33\x44"

    @classmethod
    def reset_cause(cls) -> int:
        """Return why the chip started."""
        return cls.cause


class Rp2:
    """What the firmware uses of `rp2`: `Flash()` is the one flash, that of these tests."""

    flash = RamFlash()

    @classmethod
    def Flash(cls) -> RamFlash:  # noqa: N802  # as MicroPython calls it
        """Return the flash."""
        return cls.flash


_modules: "Any" = sys.modules
_modules["machine"] = Machine
_modules["rp2"] = Rp2
