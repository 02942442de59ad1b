"""The supply: whether USB gives power."""

from machine import Pin


class Supply:
    """Reads the pin `vbus`, which is high while USB gives power.

    A board without such a pin counts as plugged in.
    """

    def __init__(self, vbus: "int | str | None") -> None:
        self._pin = None if vbus is None else Pin(vbus, Pin.IN)
        if isinstance(vbus, int) and self._pin is not None:
            # Plugging in ends a sleep. A pin behind the wireless chip cannot do that.
            self._pin.irq(lambda pin: None, Pin.IRQ_RISING)

    def plugged_in(self) -> bool:
        """Return whether USB gives power at this instant."""
        return self._pin is None or bool(self._pin.value())
