"""The supply: whether USB gives power."""

from time import ticks_ms

from machine import Pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

TICKS_MASK = 0x3FFFFFFF
"""The tick counter begins anew behind this."""

LOOK_EVERY_MS = 60_000
"""Time between two looks at a pin behind the wireless chip, which each look wakes (own)."""


class Supply:
    """Reads the pin `vbus`, which is high while USB gives power.

    A board without such a pin counts as plugged in. A pin that has a name instead of a number is
    behind the wireless chip; what it said counts for `LOOK_EVERY_MS`, but while `is_touched` says
    that somebody is at the case, who may have plugged it in.
    """

    def __init__(self, vbus: "int | str | None", is_touched: "Callable[[], bool]") -> None:
        self._is_touched = is_touched
        self._pin = None if vbus is None else Pin(vbus, Pin.IN)
        self._is_far = not isinstance(vbus, int)
        self._plugged = True
        self._looked_at = -1  # in ticks; -1: look the next time
        if self._pin is not None and not self._is_far:
            # Plugging in ends a sleep. A pin behind the wireless chip cannot do that.
            self._pin.irq(lambda pin: None, Pin.IRQ_RISING)

    def plugged_in(self) -> bool:
        """Return whether USB gives power: at this instant, or when it was looked at last."""
        if self._pin is None:
            return True
        if not self._is_far:
            return bool(self._pin.value())
        now = ticks_ms()
        gone = (now - self._looked_at) & TICKS_MASK
        if self._looked_at < 0 or gone >= LOOK_EVERY_MS or self._is_touched():
            self._plugged = bool(self._pin.value())
            self._looked_at = now
        return self._plugged
