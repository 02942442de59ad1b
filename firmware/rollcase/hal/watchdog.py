"""The watchdog: a timer in the chip that restarts it unless it is fed."""

import sys

import machine

TIMEOUT_MS = 8000
"""Nearly the longest that an RP2040 offers; a step with many erases takes a tenth of it."""

# The watchdog's registers, from the chips' data sheets.
REGISTERS = 0x400D8000 if "RP2350" in sys.implementation._machine else 0x40058000
SCRATCH4 = REGISTERS + 0x1C
_CLEAR = 0x3000  # the same registers again, to clear bits in
_ENABLE = 1 << 30

TIMER_MARK = 0x6AB73121
"""What the SDK keeps in `SCRATCH4` from the timer's start on."""


class Watchdog:
    """Restarts the chip unless it is fed every `TIMEOUT_MS`; runs from here on."""

    def __init__(self) -> None:
        self._timer = machine.WDT(timeout=TIMEOUT_MS)

    def feed(self) -> None:
        """Start the timer anew."""
        self._timer.feed()

    def stop(self) -> None:
        """Stop the timer, for whoever has the chip next, such as a person at MicroPython's prompt.

        It would run on there, through a soft reset too. MicroPython has no call for this, so the
        chip's registers are written.
        """
        machine.mem32[REGISTERS + _CLEAR] = _ENABLE
        machine.mem32[SCRATCH4] = 0
