"""The chip: its identity, why it started, its tick counter, its button pin."""

import time
from binascii import hexlify
from os import urandom

import machine
from machine import Pin

from rollcase.hal.serial import SerialPort
from rollcore.events import POWER_ON, WATCHDOG

SAMPLE_MS = 10
"""How often the button is looked at while the case is awake (own)."""


class ButtonPin:
    """A button between a pin and ground, or a pin and 3.3 V (`active_low` false)."""

    def __init__(self, pin: int, active_low: bool) -> None:
        self._pin = Pin(pin, Pin.IN, Pin.PULL_UP if active_low else Pin.PULL_DOWN)
        self._pressed = 0 if active_low else 1

    def down(self) -> bool:
        """Return whether the button is pressed at this instant."""
        return bool(self._pin.value() == self._pressed)


class Pause:
    """Waits between two steps of the app: for the host, the button's next look, or the lamp."""

    def __init__(self, port: SerialPort) -> None:
        self._port = port

    def wait(self, lamp_ms: int, idle_ms: int) -> None:
        """Wait until the lamp or the app is due, or the host says something."""
        self._port.wait(min(lamp_ms, idle_ms, SAMPLE_MS))


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
    """Return why the chip started, as `boot.cause` of `rollcore.events` has it."""
    return WATCHDOG if machine.reset_cause() == machine.WDT_RESET else POWER_ON
