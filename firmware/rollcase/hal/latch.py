"""The latch: a pin that is high while the lid is locked, so that without power it is released."""

from machine import Pin


class Latch:
    """Locks the lid through the driver on `pin`."""

    def __init__(self, pin: int) -> None:
        self._pin = Pin(pin, Pin.OUT, value=0)

    def lock(self, locked: bool) -> None:
        """Lock the lid, or release it."""
        self._pin.value(1 if locked else 0)
