"""The battery, measured where it feeds the board."""

from machine import ADC, Pin

FULL_MV = 3300
"""What the board compares with, from its regulator: the highest voltage that can be read."""

FULL = 65535


class Battery:
    """The voltage on `pin`, which is the `ratio`th part of the battery's."""

    def __init__(self, pin: int, ratio: int) -> None:
        self._adc = ADC(Pin(pin))
        self._full_mv = FULL_MV * ratio

    def millivolts(self) -> int:
        """Return the voltage that feeds the board, in mV."""
        return self._adc.read_u16() * self._full_mv // FULL
