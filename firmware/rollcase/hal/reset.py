"""The chip's reset: why the chip started, and how to start it anew."""

import machine

from rollcase.hal.watchdog import SCRATCH4, TIMER_MARK
from rollcore.events import POWER_ON, SOFT_RESET, WATCHDOG


def cause_of_start() -> int:
    """Return why the chip started, as a number of the field `boot.cause` in `rollcore.events`.

    Call it once, before the watchdog is started. `machine.reset` works through
    the watchdog too. What tells the two apart is a mark that starting the timer
    leaves in the chip, and that a reset removes.
    """
    if machine.reset_cause() != machine.WDT_RESET:
        return POWER_ON
    timed_out = machine.mem32[SCRATCH4] == TIMER_MARK
    machine.mem32[SCRATCH4] = 0  # else the mark would still be there after the next restart
    return WATCHDOG if timed_out else SOFT_RESET


def restart() -> None:
    """Start the chip anew, as a power cut would, but for what `cause_of_start` returns then."""
    machine.reset()
