"""Lamps: each shows a colour 0xRRGGBB as well as it can."""

from machine import PWM, Pin

PWM_HZ = 1000


class PlainLamp:
    """One LED on one pin: on for any colour that is at least half bright."""

    def __init__(self, pin: "int | str") -> None:
        self._pin = Pin(pin, Pin.OUT, value=0)

    def show(self, colour: int) -> None:
        """Light the LED, or not."""
        bright = max(colour >> 16, colour >> 8 & 0xFF, colour & 0xFF)
        self._pin.value(1 if bright >= 0x80 else 0)


class RgbLamp:
    """Three LEDs behind three PWM pins; `common_anode` where a low pin lights."""

    def __init__(self, red: int, green: int, blue: int, common_anode: bool) -> None:
        self._invert = 0xFF if common_anode else 0
        self._channels = [PWM(Pin(pin), freq=PWM_HZ) for pin in (red, green, blue)]
        self.show(0)

    def show(self, colour: int) -> None:
        """Set the three brightnesses."""
        for channel in self._channels:
            channel.duty_u16(((colour >> 16 & 0xFF) ^ self._invert) * 257)
            colour <<= 8
