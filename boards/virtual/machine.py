"""Stands in for a chip's `machine`: what the firmware uses of it, and no more.

Inputs come from `outside`; outputs are told to it.
"""

import time
from errno import ENODEV

import outside
from flash import read_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

PWRON_RESET = 1
WDT_RESET = 3

_cause = PWRON_RESET


def unique_id() -> bytes:
    """Return the chip's 8 bytes, kept with the flash as on an RP2040."""
    return read_id(outside.flash_path)


def reset_cause() -> int:
    """Return why the chip started: power came, or `reset` was called."""
    return _cause


class Restart(BaseException):
    """The chip starts anew: all that was in memory is forgotten (see power_up.py)."""


def reset() -> None:
    """Start anew."""
    global _cause
    _cause = WDT_RESET
    raise Restart


def lightsleep(ms: int) -> None:
    """Nothing: this case is always plugged in."""


class WDT:
    """A watchdog that never fires: time here leaps further than it waits."""

    def __init__(self, timeout: int) -> None:
        pass

    def feed(self) -> None:
        """Be fed."""


class Timer:
    """A timer that never fires: a virtual case has no prompt at which it could be left."""

    def __init__(self, number: int) -> None:
        pass

    def init(self, period: int, callback: "Callable[[Timer], None]") -> None:
        """Start."""

    def deinit(self) -> None:
        """Stop."""


class _Registers:
    """The chip's registers, of which there are none."""

    def __getitem__(self, address: int) -> int:
        return 0

    def __setitem__(self, address: int, value: int) -> None:
        pass


mem32 = _Registers()


class Pin:
    """A pin. As an input it is the button's, which pulls it to ground."""

    IN = 0
    OUT = 1
    PULL_UP = 1
    PULL_DOWN = 2
    IRQ_FALLING = 4
    IRQ_RISING = 8

    def __init__(self, number: "int | str", mode: int = -1, pull: int = -1, value: int = 0) -> None:
        self.number = number

    def value(self, level: int = -1) -> int:
        """Return the level: high while nobody presses."""
        return 0 if outside.button_down else 1

    def irq(self, handler: "Callable[[Pin], None]", trigger: int) -> None:
        """Nothing: whoever moves the button wakes the case himself."""


class PWM:
    """A lamp's channel."""

    def __init__(self, pin: Pin, freq: int = 0, duty_u16: int = 0) -> None:
        self._number = pin.number
        self._duty = -1

    def freq(self, hz: int) -> None:
        """Nothing: nobody hears it."""

    def deinit(self) -> None:
        """Nothing: what is set next counts at once anyway."""

    def duty_u16(self, duty: int) -> None:
        """Set the brightness, 0 to 65535."""
        if duty != self._duty:
            self._duty = duty
            outside.say(f"pwm {self._number} {duty}")


class UART:
    """The watcher's wire."""

    def __init__(self, number: int, baud: int, tx: Pin, rxbuf: int) -> None:
        self._line = b""

    def write(self, data: bytes) -> None:
        """Pass on whole lines."""
        self._line += data
        while b"\n" in self._line:
            line, self._line = self._line.split(b"\n", 1)
            outside.say(f"at {time.passed}")
            outside.say("trace " + line.decode())

    def flush(self) -> None:
        """Nothing: whole lines are passed on at once."""


def bitstream(pin: Pin, encoding: int, timing: "tuple[int, ...]", data: bytes) -> None:
    """Nothing: no such lamp is on this board."""


class ADC:
    """A pin whose voltage is measured: there is none on it."""

    def __init__(self, pin: Pin) -> None:
        pass

    def read_u16(self) -> int:
        """Return the voltage in parts of 65535."""
        return 0


class I2C:
    """A bus with nothing on it."""

    def __init__(self, number: int, sda: Pin, scl: Pin) -> None:
        pass

    def readfrom_mem(self, address: int, register: int, count: int) -> bytes:
        """Find nobody."""
        raise OSError(ENODEV)

    def writeto_mem(self, address: int, register: int, data: bytes) -> None:
        """Find nobody."""
        raise OSError(ENODEV)
