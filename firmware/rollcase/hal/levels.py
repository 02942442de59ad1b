"""Pins whose level is looked at, and whose change ends a pause and a sleep."""

import io
import select

from machine import Pin

POLL = 3  # what a poll asks of a stream: see MicroPython's MP_STREAM_POLL


class Level(io.IOBase):
    """The level of a pin with a `pull` of `machine.Pin`.

    In a poll it is readable once its level is not the one that was read last, so
    that a case with nothing to do sleeps until something happens.
    """

    def __init__(self, pin: int, pull: int) -> None:
        self._pin = Pin(pin, Pin.IN, pull)
        self._read = self._pin.value()
        # The handler has nothing to do: an interrupt makes a waiting poll look again.
        self._pin.irq(lambda pin: None, Pin.IRQ_RISING | Pin.IRQ_FALLING)

    def level(self) -> int:
        """Return the level at this instant, 0 or 1."""
        self._read = self._pin.value()
        return self._read

    def moved(self) -> bool:
        """Return whether the level is another than the one that was read last."""
        return bool(self._pin.value() != self._read)

    def ioctl(self, request: int, flags: int) -> int:
        """Answer a poll."""
        if request != POLL:
            return -1
        return flags & select.POLLIN if self.moved() else 0
