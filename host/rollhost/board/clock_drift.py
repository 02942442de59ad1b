"""How fast a case's clock runs beside this computer's, from when its seconds change.

A case says whole seconds. The moment at which they change lies between two answers, so each change
is known to some milliseconds, and two changes ten minutes apart give the rate to some ppm.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

TURN_S = 0.002
"""How much older (s) than its question an answer can be: a case looks at its clock at the beginning
of a turn and at its port a moment later. A Pico takes 1 ms for that (own)."""


class Reading(NamedTuple):
    """A case's answer: its `uptime` (s), asked for and answered at times of this computer (s)."""

    asked: float
    answered: float
    uptime: int


class Tick(NamedTuple):
    """A change of a case's second to `uptime`, between two times of this computer (s)."""

    uptime: int
    earliest: float
    latest: float

    @property
    def width(self) -> float:
        """How closely the moment is known (s)."""
        return self.latest - self.earliest


class Drift(NamedTuple):
    """By how much a case's clock is fast (ppm; slow below 0), true to within `plus_minus` (ppm)."""

    ppm: float
    plus_minus: float
    seconds: int
    """The case's seconds in which it was measured."""


def ticks(readings: Iterable[Reading]) -> Iterator[Tick]:
    """Yield each change by one second from one reading to the next."""
    before: Reading | None = None
    for reading in readings:
        if before is not None and reading.uptime == before.uptime + 1:
            yield Tick(reading.uptime, before.asked - TURN_S, reading.answered)
        before = reading


def drift(first: Iterable[Tick], last: Iterable[Tick]) -> Drift:
    """Return the drift between the most closely known of some first and some last changes.

    Raises `ValueError` unless there are first ones, and last ones after them.
    """
    start = min(first, key=lambda tick: tick.width)
    end = min(last, key=lambda tick: tick.width)
    seconds = end.uptime - start.uptime
    if seconds < 1:
        raise ValueError("the last change is not after the first")
    # Of this computer's seconds, so many at the least and at the most have passed meanwhile.
    least, most = end.earliest - start.latest, end.latest - start.earliest
    fastest = (seconds / least - 1) * 1e6 if least > 0 else float("inf")
    slowest = (seconds / most - 1) * 1e6
    return Drift((fastest + slowest) / 2, (fastest - slowest) / 2, seconds)
