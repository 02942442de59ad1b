"""The case's clock: case time, and which settings of it are accepted.

Case time is seconds since `rollcore.events.CASE_EPOCH`. It advances with the
processor's ticks and never runs ahead of the truth: after a power cut it goes
on from the last value that was stored. It ends in 2054 (`LAST`).
"""

from rollcore.events import FIRST_PLAUSIBLE
from rollcore.memory import FOREVER

TICKS_MASK = 0x3FFFFFFF
"""MicroPython's tick counter of milliseconds starts again after 2**30 (12.4 days)."""

LAST = FOREVER - 1
"""The last case time (in 2054): there the clock stands until it is set back. No moment is later, so
a use after it would have no rest: `rollcase.recorder` lets none begin."""

EXACT_S = 2
"""A setting closer to the clock than this many seconds changes nothing."""

MAX_FORWARD_S = 400 * 86400
"""A setting forward by more than this many seconds needs force (own)."""

CHIP_OFF_S = 60
"""While the case runs, a clock chip that differs by this many seconds or more sets it (own)."""

CHIP_EVERY_S = 86400
"""How often (s of uptime) the clock chip is read (own)."""


def elapsed(since: int, now: int) -> int:
    """Return the milliseconds from tick `since` to tick `now`, less than 2**30."""
    return (now - since) & TICKS_MASK


def refusal(old: int, new: int, forced: bool) -> str:
    """Return why the clock may not be set from `old` to `new` (s); an empty string if it may."""
    if new >= FOREVER - MAX_FORWARD_S:
        return "the case cannot count that far"
    if forced:
        return ""
    if new < FIRST_PLAUSIBLE:
        return "the time is before this product existed"
    if old < FIRST_PLAUSIBLE:
        return ""
    if new > old + MAX_FORWARD_S:
        return "that is more than 400 days ahead"
    return ""


class Clock:
    """Case time and uptime, in seconds, moved on by `advance`."""

    def __init__(self, time: int, ticks: int) -> None:
        self.time = min(time, LAST)
        self.uptime = 0
        self._ticks = ticks
        self._ms = 0

    def advance(self, ticks: int) -> None:
        """Move on to the tick counter's reading; call at least once in 12 days."""
        self._ms += elapsed(self._ticks, ticks)
        self._ticks = ticks
        if self._ms >= 1000:
            seconds = self._ms // 1000
            self._ms -= seconds * 1000
            self.time = min(self.time + seconds, LAST)
            self.uptime += seconds

    def set(self, time: int) -> None:
        """Set the clock to case time `time` (s); the second starts now."""
        self.time = time
        self._ms = 0

    def ms_until(self, time: int) -> int:
        """Return the ms until case time `time` (s): 0 if it is past, at most the ms of a day."""
        return max(0, min(time - self.time, 86400) * 1000 - self._ms)
