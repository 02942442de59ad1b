"""Pins whose level is read, and whose change ends a wait and a sleep."""

import io
import select

from machine import Pin

POLL = 3  # the request by which a poll asks a stream: MicroPython's MP_STREAM_POLL


class Level(io.IOBase):
    """The level of an input pin, with one of `machine.Pin`'s `pull` resistors.

    A poll finds it readable once the level is not the one that was read last. So
    a change ends a wait.
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
        """Return whether the level has changed since it was read last."""
        return bool(self._pin.value() != self._read)

    def ioctl(self, request: int, flags: int) -> int:
        """Answer a poll; return -1 to any other request."""
        if request != POLL:
            return -1
        return flags & select.POLLIN if self.moved() else 0
