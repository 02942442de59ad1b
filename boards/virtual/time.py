"""MicroPython's `time`, with a tick counter that can leap.

The real module is imported under its other name, and by nobody else: whoever
imports `utime` first would have it as `time` too.
"""

import utime

TICKS_MASK = 0x3FFFFFFF

passed = 0
"""Milliseconds since power-up, leaps included."""

_seen = utime.ticks_ms()


def ticks_ms() -> int:
    """Return the tick counter as a Pico has it: below 2**30, leaps included."""
    return passed & TICKS_MASK


def sleep_ms(ms: int) -> None:
    """Let that much time pass at once: nobody can do anything meanwhile."""
    leap(ms)


def leap(ms: int) -> None:
    """Let that much time pass at once."""
    global passed
    passed += ms


def flow() -> None:
    """Let as much time pass as has passed outside since the last `flow`."""
    global _seen
    now = utime.ticks_ms()
    leap((now - _seen) & TICKS_MASK)
    _seen = now
