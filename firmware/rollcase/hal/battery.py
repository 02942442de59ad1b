"""The battery, measured where it feeds the board."""

from machine import ADC, Pin

FULL_MV = 3300
"""The reference voltage (mV), from the board's regulator: the highest that can be read."""

FULL = 65535

DROPPED = 3
"""Readings that are thrown away before any counts: the first ones of VSYS are often low. Raspberry
Pi's own example drops as many (pico-examples, pull request 393)."""

KEPT = 5
"""Readings of which the median counts (own): two wrong ones among them change nothing."""


class Battery:
    """Measures the battery on `pin`, which has 1 / `ratio` of the battery's voltage."""

    def __init__(self, pin: int, ratio: int) -> None:
        self._adc = ADC(Pin(pin))
        self._full_mv = FULL_MV * ratio

    def millivolts(self) -> int:
        """Return the voltage (mV) that feeds the board, from several readings of some µs each."""
        for _ in range(DROPPED):
            self._adc.read_u16()
        levels = sorted([self._adc.read_u16() for _ in range(KEPT)])
        return levels[KEPT // 2] * self._full_mv // FULL
