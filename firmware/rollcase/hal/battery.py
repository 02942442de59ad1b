"""The battery, measured where it feeds the board."""

from machine import ADC, Pin

FULL_MV = 3300
"""The reference voltage (mV), from the board's regulator: the highest that can be read."""

FULL = 65535


class Battery:
    """Measures the battery on `pin`, which has 1 / `ratio` of the battery's voltage."""

    def __init__(self, pin: int, ratio: int) -> None:
        self._adc = ADC(Pin(pin))
        self._full_mv = FULL_MV * ratio

    def millivolts(self) -> int:
        """Return the voltage (mV) that feeds the board."""
        return self._adc.read_u16() * self._full_mv // FULL
