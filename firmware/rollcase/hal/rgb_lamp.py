"""The RGB lamp: three LEDs, each as bright as its wave is long."""

from machine import PWM, Pin

PWM_HZ = 20000
"""A new brightness counts from the next period on. That has to come before the chip can be
asleep, where the wave stops: this is sooner than MicroPython gets there."""


class RgbLamp:
    """Three LEDs behind three PWM pins; `common_anode` where a low pin lights."""

    def __init__(self, red: int, green: int, blue: int, common_anode: bool) -> None:
        self._invert = 0xFF if common_anode else 0
        self._red, self._green, self._blue = [
            PWM(Pin(pin), freq=PWM_HZ) for pin in (red, green, blue)
        ]
        self.show(0)

    def show(self, colour: int) -> None:
        """Set the three brightnesses from a colour (0xRRGGBB)."""
        red, green, blue = colour >> 16, colour >> 8 & 0xFF, colour & 0xFF
        self._red.duty_u16((red ^ self._invert) * 257)
        self._green.duty_u16((green ^ self._invert) * 257)
        self._blue.duty_u16((blue ^ self._invert) * 257)
        self._steady = red in (0, 0xFF) and green in (0, 0xFF) and blue in (0, 0xFF)

    def holds(self) -> bool:
        """Return whether what is shown now stays while the chip sleeps.

        The waves stop then: an LED that is all on or all off stays so, and one
        in between might stop as either.
        """
        return self._steady
