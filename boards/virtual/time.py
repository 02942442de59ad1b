"""MicroPython's `time`, with a tick counter that can leap.

The real module is imported under its other name, and by nobody else: whoever
imports `utime` first would have it as `time` too.
"""

import utime

TICKS_MASK = 0x3FFFFFFF

_leapt = 0  # ms, in all


def ticks_ms() -> int:
    """Return the tick counter as a Pico has it: below 2**30, leaps included."""
    return (utime.ticks_ms() + _leapt) & TICKS_MASK


def leap(ms: int) -> None:
    """Let that much time pass at once."""
    global _leapt
    _leapt += ms
