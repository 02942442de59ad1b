"""The button: a push button on a pin."""

import time

from machine import Pin

from rollcase.hal import identity
from rollcase.hal.levels import Level

HELD_MS = 50
"""For how long the button must stay pressed to count as held: longer than a contact bounces."""


class ButtonPin(Level):
    """A button between a pin and ground (`active_low`), or between a pin and 3.3 V.

    Raises ValueError for the latter on an RP2350. Many of them do not pull a pin down again that
    was high (RP2350-E9): the button would stay pressed.
    """

    def __init__(self, pin: int, active_low: bool) -> None:
        if not active_low and identity.is_rp2350():
            raise ValueError("an RP2350 needs a button to ground: BUTTON_ACTIVE_LOW = True")
        super().__init__(pin, Pin.PULL_UP if active_low else Pin.PULL_DOWN)
        self._pressed = 0 if active_low else 1

    def down(self) -> bool:
        """Return whether the button is pressed at this instant."""
        return self.level() == self._pressed

    def held(self) -> bool:
        """Return whether the button is pressed and stays so for `HELD_MS`; waits for that long."""
        for _ in range(HELD_MS):
            if not self.down():
                return False
            time.sleep_ms(1)
        return True
