"""What one LED does, against the patterns of `rollcase.lamp`."""

import math

from tests.emulator.pico import Pico
from tests.firmware.day_table import Pattern, merged

from rollcase import lamp

Lights = list[tuple[float, bool]]
"""When (ms) an LED went on or off."""

LATE_MS = 12
"""Most that one light of a pattern is too long or too short: a turn that had something to do."""


def plays(lights: Lights, end: float, answer: Pattern, stays: Pattern) -> bool:
    """Say whether an LED played this from its first change on, and then that until `end`.

    Where the first change is to dark, it was lit, and a gap comes before.
    """
    was_lit = not lights[0][1]
    gap = ((lamp.OFF, 120),) if was_lit else ()
    runs = merged([(int(lamp.is_lit(colour)), ms) for colour, ms in (*gap, *answer, *stays * 99)])
    if not was_lit and not runs[0][0]:
        runs = runs[1:]
    starts = [when for when, _ in lights]
    done = list(zip(lights, [*starts[1:], end], runs, strict=False))
    return all(
        lit == bool(due)
        and then - when <= ms + LATE_MS
        and (then == end or then - when >= ms - LATE_MS)
        for (when, lit), then, (due, ms) in done
    )


def answered(pico: Pico, understood: float, answer: Pattern, stays: Pattern) -> float:
    """Return how many ms after it understood the LED began to answer; infinity if it did not."""
    for at, (when, _) in enumerate(pico.lamp):
        if when >= understood and plays(pico.lamp[at:], pico.now, answer, stays):
            return when - understood
    return math.inf
