"""Times, spans, counts and lengths in plain English.

The page in a browser runs this file too, under MicroPython: only what it does not use may need
`datetime`.
"""

from math import ceil

from rollhost.output.local_time import MONTHS, days_since_1970, local, parse_day, weekday

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400


def span(seconds: float) -> str:
    """Return a length of time, rounded, in its largest fitting unit, such as ``27 days``."""
    unit, name = _unit(seconds)
    return count(round(seconds / unit), name)


def span_rounded_up(seconds: float) -> str:
    """Return a length of time as `span` does, but rounded up."""
    unit, name = _unit(seconds)
    return count(ceil(seconds / unit), name)


def _unit(seconds: float) -> tuple[int, str]:
    for unit, name in ((DAY_S, "day"), (HOUR_S, "hour"), (MINUTE_S, "minute")):
        # Less than two days is shown in hours, less than two hours in minutes.
        if seconds >= 2 * unit:
            return unit, name
    return 1, "second"


def count(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 use``, ``2 uses``, ``2 entries``."""
    if number != 1:
        noun = f"{noun.removesuffix('y')}ies" if noun.endswith("ry") else f"{noun}s"
    return f"{number:,} {noun}"


def as_came(number: int) -> str:
    """Return how so many records are kept: ``as it came`` for 1, else ``as they came``."""
    return "as it came" if number == 1 else "as they came"


def date_of(unix: float, said: str | None = None) -> "date":
    """Return the day of a moment (Unix s) in the local zone.

    `said` is the day (ISO 8601) that a person has said for it without a time: it is the same in
    every zone. Here as in the functions below, None means that nobody has.
    """
    from datetime import date  # not on the page

    return date(*_day(unix, said))


def iso_day(unix: float) -> str:
    """Return the day of a moment (Unix s) in the local zone, as ISO 8601: ``2026-11-20``."""
    year, month, number = _day(unix)
    return f"{year:04d}-{month:02d}-{number:02d}"


def clock_time(unix: float, now: float, said: str | None = None) -> str:
    """Return a moment (Unix s) in the local zone: ``today 21:40``, ``Fri 18 Dec 2026, 09:05``.

    Of a day that was `said` there is no time: ``today``, ``Fri 18 Dec 2026``.
    """
    year, month, number = _day(unix, said)
    days = days_since_1970(year, month, number) - days_since_1970(*_day(now))
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)
    if near:
        return near if said is not None else f"{near} {_hour_and_minute(unix)}"
    at = f"{weekday(year, month, number)} {number} {MONTHS[month - 1]} {year:04d}"
    return at if said is not None else f"{at}, {_hour_and_minute(unix)}"


def long_time(unix: float) -> str:
    """Return a moment (Unix s) in the local zone with its day: ``Fri 18 Dec 2026, 09:05``."""
    year, month, number = _day(unix)
    at = f"{weekday(year, month, number)} {number} {MONTHS[month - 1]} {year:04d}"
    return f"{at}, {_hour_and_minute(unix)}"


def day(unix: float, said: str | None = None) -> str:
    """Return the day of a moment (Unix s) in the local zone: ``18 Dec 2026``."""
    year, month, number = _day(unix, said)
    return f"{number} {MONTHS[month - 1]} {year:04d}"


def short_day(unix: float, now: float) -> str:
    """Return the day of a moment (Unix s) in the local zone: ``Mon 3 Nov``.

    It has its year where that is not the year of `now` (Unix s): ``Mon 3 Nov 2025``.
    """
    year, month, number = _day(unix)
    of_year = "" if year == _day(now)[0] else f" {year}"
    return f"{weekday(year, month, number)} {number} {MONTHS[month - 1]}{of_year}"


def iso(unix: float | None) -> str | None:
    """Return a moment (Unix s) as ISO 8601 with the local offset; None for None.

    If that offset is a day or more, which ISO 8601 cannot express, it is in UTC.
    """
    from contextlib import suppress  # not on the page
    from datetime import datetime, timezone

    if unix is None:
        return None
    moment = datetime.fromtimestamp(unix, timezone.utc)
    with suppress(ValueError):
        moment = moment.astimezone()
    return moment.isoformat(timespec="seconds")


def utc(unix: float) -> str:
    """Return a moment (Unix s) in the form of ``ROLLCASE_NOW``: ``2026-11-20T10:00:00Z``."""
    from datetime import datetime, timezone  # not on the page

    return f"{datetime.fromtimestamp(unix, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def minute(unix: float, said: str | None = None) -> str:
    """Return a moment (Unix s) to the minute, in the local zone: ``2026-11-20 09:05``.

    Of a day that was `said` there is no time: ``2026-11-20``.
    """
    return f"{iso_day(unix)} {_hour_and_minute(unix)}" if said is None else said


def needle(micrometres: int) -> str:
    """Return a needle length in millimetres: ``0.5 mm``."""
    return f"{micrometres / 1000:g} mm"


def _day(unix: float, said: str | None = None) -> "tuple[int, int, int]":
    """Return year, month and day of a moment (Unix s), or of the day that was said."""
    return local(unix)[:3] if said is None else parse_day(said)


def _hour_and_minute(unix: float) -> str:
    _, _, _, hour, minutes = local(unix)
    return f"{hour:02d}:{minutes:02d}"
