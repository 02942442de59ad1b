"""The pixel lamp: one WS2812, which has a chip inside and takes its colour over one wire."""

import machine
from machine import Pin

WS2812_NS = (400, 850, 800, 450)
"""How long (ns) the wire is high and low for a 0, and for a 1."""


class PixelLamp:
    """One WS2812, its data on `pin`."""

    def __init__(self, pin: int) -> None:
        self._pin = Pin(pin, Pin.OUT, value=0)
        self._grb = bytearray(3)
        self.show(0)

    def show(self, colour: int) -> None:
        """Send a colour (0xRRGGBB) at a quarter of its brightness, which is meant for a room."""
        self._grb[0] = colour >> 10 & 0x3F
        self._grb[1] = colour >> 18 & 0x3F
        self._grb[2] = colour >> 2 & 0x3F
        machine.bitstream(self._pin, 0, WS2812_NS, self._grb)

    def holds(self) -> bool:
        """Return whether what is shown now stays while the chip sleeps: always."""
        return True
