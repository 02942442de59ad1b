"""The tick counter, in milliseconds."""

from time import sleep_ms, ticks_ms

__all__ = ["sleep_ms", "ticks_ms"]
