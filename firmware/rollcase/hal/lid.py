"""The lid: a switch between a pin and ground."""

from machine import Pin

from rollcase.hal.levels import Level


class LidSwitch(Level):
    """The lid's switch. The lid is open while the pin is high (`open_high`), or while it is low."""

    def __init__(self, pin: int, open_high: bool) -> None:
        super().__init__(pin, Pin.PULL_UP)
        self._open = 1 if open_high else 0

    def is_open(self) -> bool:
        """Return whether the lid is open at this instant."""
        return self.level() == self._open
