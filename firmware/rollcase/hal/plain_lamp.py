"""The plain lamp: one LED, on or off."""

from machine import Pin


class PlainLamp:
    """One LED on one pin: on for any colour that is at least half bright."""

    def __init__(self, pin: "int | str") -> None:
        self._pin = Pin(pin, Pin.OUT, value=0)

    def show(self, colour: int) -> None:
        """Turn the LED on or off for a colour (0xRRGGBB)."""
        bright = max(colour >> 16, colour >> 8 & 0xFF, colour & 0xFF)
        self._pin.value(1 if bright >= 0x80 else 0)

    def holds(self) -> bool:
        """Return whether what is shown now stays while the chip sleeps: always."""
        return True
