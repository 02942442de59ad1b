"""Before main.py: starts the timer that ends a stay at MicroPython's prompt.

One byte 0x03 on the port stops the firmware, and nobody may be there to start it again. The timer
runs from here on. `main` stops it, and starts it anew when it is stopped itself.

MicroPython runs this file in the module `__main__`, and starts no main.py if it fails. It imports
nothing of ours, because an install may be changing that. A soft reset ends every timer and runs
this file again.
"""

import sys

import machine

STAY_S = 15 * 60
"""Longest stay (s) at the prompt, after which the chip is reset."""

UNPLUGGED_S = 60
"""The same without USB power. Firmware that is compiled at the start takes up to 20 s."""

LOOK_S = 5
"""Time (s) between two looks at both."""


class RestartTimer:
    """Resets the chip unless it is stopped in time."""

    def __init__(self) -> None:
        self._timer = machine.Timer(-1)

    def start(self, unplugged_s: int = UNPLUGGED_S) -> None:
        """Run from now on: `STAY_S`, and at most `unplugged_s` of them without USB power."""
        self._left = STAY_S
        self._unplugged_left = unplugged_s
        # A single call can be lost, if too much else is waiting.
        self._timer.init(period=LOOK_S * 1000, callback=self._look)

    def stop(self) -> None:
        """Run no longer."""
        self._timer.deinit()

    def _look(self, timer: machine.Timer) -> None:
        self._left -= LOOK_S
        if not plugged_in():
            self._unplugged_left -= LOOK_S
        if self._left <= 0 or self._unplugged_left <= 0:
            machine.reset()


def plugged_in() -> bool:
    """Return whether USB gives power; True if the board cannot tell."""
    try:
        # Not before it is needed. `host install` keeps board.py where only main.py finds it.
        from board import VBUS

        return VBUS is None or bool(machine.Pin(VBUS, machine.Pin.IN).value())
    except Exception:
        return True


def is_case() -> bool:
    """Return whether our firmware starts next: this is its image, or main.py says so."""
    if sys.implementation._machine.startswith("Rollcase on "):
        return True
    with open("main.py") as file:
        return "ollcase" in file.read(1000)


try:
    if is_case():
        restart_timer = RestartTimer()
        restart_timer.start()
except Exception:
    pass  # no main.py, or one that cannot be read
