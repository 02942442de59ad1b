"""The chip: its identity, why it started, its tick counter, its button pin."""

import io
import select
import sys
import time
from binascii import hexlify
from os import urandom

import machine
from machine import Pin

from rollcore.events import POWER_ON, SOFT_RESET

POLL = 3  # what a poll asks of a stream: see MicroPython's MP_STREAM_POLL


class ButtonPin(io.IOBase):
    """A button between a pin and ground, or a pin and 3.3 V (`active_low` false).

    In a poll it is readable once its level is not the one that was read last, so
    that a case with nothing to do sleeps until something happens.
    """

    def __init__(self, pin: int, active_low: bool) -> None:
        self._pin = Pin(pin, Pin.IN, Pin.PULL_UP if active_low else Pin.PULL_DOWN)
        self._pressed = 0 if active_low else 1
        self._read = self._pin.value()
        # The handler has nothing to do: an interrupt makes a waiting poll look again.
        self._pin.irq(lambda pin: None, Pin.IRQ_RISING | Pin.IRQ_FALLING)

    def down(self) -> bool:
        """Return whether the button is pressed at this instant."""
        self._read = self._pin.value()
        return bool(self._read == self._pressed)

    def ioctl(self, request: int, flags: int) -> int:
        """Answer a poll."""
        if request != POLL:
            return -1
        return flags & select.POLLIN if self._pin.value() != self._read else 0


class Pause:
    """Waits between two steps of the app: for the host, the button, or the lamp."""

    def __init__(self, button: ButtonPin) -> None:
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
        self._poll.register(button, select.POLLIN)

    def wait(self, lamp_ms: int, idle_ms: int) -> None:
        """Wait until the lamp or the app is due, the button moves, or the host says something."""
        self._poll.poll(min(lamp_ms, idle_ms))


def ticks_ms() -> int:
    """Return the tick counter in milliseconds, below 2**30."""
    return time.ticks_ms()


def device_id() -> str:
    """Return the chip's own id, in hex."""
    return hexlify(machine.unique_id()).decode()


def random_id() -> bytes:
    """Return 8 random bytes."""
    return urandom(8)


def cause_of_start() -> int:
    """Return why the chip started, as `boot.cause` of `rollcore.events` has it.

    `machine.reset` works through the watchdog, and nothing else uses that here.
    """
    return SOFT_RESET if machine.reset_cause() == machine.WDT_RESET else POWER_ON
