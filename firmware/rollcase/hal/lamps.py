"""Lamps: each shows a colour 0xRRGGBB as well as it can."""

import machine
from machine import PWM, Pin

PWM_HZ = 20000
"""A new brightness counts from the next period on. That has to come before the chip can be
asleep, where the wave stops: this is sooner than MicroPython gets there."""

WS2812_NS = (400, 850, 800, 450)
"""How long the wire is high and low for a 0, and for a 1."""


class PlainLamp:
    """One LED on one pin: on for any colour that is at least half bright."""

    def __init__(self, pin: "int | str") -> None:
        self._pin = Pin(pin, Pin.OUT, value=0)

    def show(self, colour: int) -> None:
        """Light the LED, or not."""
        bright = max(colour >> 16, colour >> 8 & 0xFF, colour & 0xFF)
        self._pin.value(1 if bright >= 0x80 else 0)

    def holds(self) -> bool:
        """Return whether what is shown now stays while the chip sleeps."""
        return True


class RgbLamp:
    """Three LEDs behind three PWM pins; `common_anode` where a low pin lights."""

    def __init__(self, red: int, green: int, blue: int, common_anode: bool) -> None:
        self._invert = 0xFF if common_anode else 0
        self._red, self._green, self._blue = [
            PWM(Pin(pin), freq=PWM_HZ) for pin in (red, green, blue)
        ]
        self.show(0)

    def show(self, colour: int) -> None:
        """Set the three brightnesses."""
        red, green, blue = colour >> 16, colour >> 8 & 0xFF, colour & 0xFF
        self._red.duty_u16((red ^ self._invert) * 257)
        self._green.duty_u16((green ^ self._invert) * 257)
        self._blue.duty_u16((blue ^ self._invert) * 257)
        self._steady = red in (0, 0xFF) and green in (0, 0xFF) and blue in (0, 0xFF)

    def holds(self) -> bool:
        """Return whether what is shown now stays while the chip sleeps.

        The wave stops then: an LED that is all on or all off stays so, and one in
        between might stop as either.
        """
        return self._steady


class PixelLamp:
    """One WS2812, which has a chip inside and takes its colour over one wire."""

    def __init__(self, pin: int) -> None:
        self._pin = Pin(pin, Pin.OUT, value=0)
        self._grb = bytearray(3)
        self.show(0)

    def show(self, colour: int) -> None:
        """Send the colour, at a quarter of a brightness that is meant for whole rooms."""
        self._grb[0] = colour >> 10 & 0x3F
        self._grb[1] = colour >> 18 & 0x3F
        self._grb[2] = colour >> 2 & 0x3F
        machine.bitstream(self._pin, 0, WS2812_NS, self._grb)

    def holds(self) -> bool:
        """Return whether what is shown now stays while the chip sleeps."""
        return True
