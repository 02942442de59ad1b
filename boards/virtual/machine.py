"""Stands in for a chip's `machine`: what the firmware uses of it, and no more.

Inputs come from `outside`; outputs are told to it.
"""

import time

import outside
from flash import read_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

PWRON_RESET = 1
WDT_RESET = 3


def unique_id() -> bytes:
    """Return the chip's 8 bytes, kept with the flash as on an RP2040."""
    return read_id(outside.flash_path)


def reset_cause() -> int:
    """Return why the chip started: power came."""
    return PWRON_RESET


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

    def __init__(self, pin: Pin, freq: int = 0) -> None:
        self._number = pin.number
        self._duty = -1

    def duty_u16(self, duty: int) -> None:
        """Set the brightness, 0 to 65535."""
        if duty != self._duty:
            self._duty = duty
            outside.say(f"pwm {self._number} {duty}")


class UART:
    """The watcher's wire."""

    def __init__(self, number: int, baud: int, tx: Pin) -> None:
        self._line = b""

    def write(self, data: bytes) -> None:
        """Pass on whole lines."""
        self._line += data
        while b"\n" in self._line:
            line, self._line = self._line.split(b"\n", 1)
            outside.say(f"at {time.passed}")
            outside.say("trace " + line.decode())
