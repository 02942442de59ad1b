"""Moments as the calendar and the clock on the wall have them, in the local zone.

The page in a browser runs this file too, under MicroPython, which knows no zones: it is told what
the browser knows of them.
"""

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Offsets = Sequence[Sequence[int]]
    """Moments (Unix s) and the seconds by which the local zone is ahead of UTC from there on, the
    oldest first."""

DAY_S = 86400

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_told: "Offsets" = ()


def use_offsets(offsets: "Offsets") -> None:
    """Count by these from now on; with none, by what the system knows of its zone."""
    global _told
    _told = offsets


def local(unix: float) -> "tuple[int, int, int, int, int]":
    """Return year, month, day, hour and minute of a moment (Unix s)."""
    if not _told:
        found = time.localtime(int(unix // 1))
    else:
        offset = _told[0][1]
        for since, seconds in _told:
            if since > unix:
                break
            offset = seconds
        found = time.gmtime(int(unix // 1) + offset)
    return found[0], found[1], found[2], found[3], found[4]


def parse_day(day: str) -> "tuple[int, int, int]":
    """Return year, month and day of a day (ISO 8601)."""
    year, month, number = day.split("-")
    return int(year), int(month), int(number)


def days_since_1970(year: int, month: int, day: int) -> int:
    """Return how many days after 1 January 1970 a day of the Gregorian calendar is."""
    # Years that begin in March have their leap day last.
    year -= month < 3
    in_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return 365 * year + year // 4 - year // 100 + year // 400 + in_year - 719468


def weekday(year: int, month: int, day: int) -> str:
    """Return the short name of a day of the week: ``Fri``."""
    return WEEKDAYS[(days_since_1970(year, month, day) + 3) % 7]
