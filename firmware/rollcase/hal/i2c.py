"""The I2C bus."""

import machine
from machine import Pin


def i2c(number: int, sda: int, scl: int) -> machine.I2C:
    """Return I2C bus `number` (0 or 1) on two pins."""
    return machine.I2C(number, sda=Pin(sda), scl=Pin(scl))
