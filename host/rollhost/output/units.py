"""Times, spans, counts and lengths in plain English."""

from contextlib import suppress
from datetime import date, datetime, timezone
from math import ceil

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
    """Return a number with its noun: ``1 use``, ``2 uses``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def as_came(number: int) -> str:
    """Return how so many records are kept: ``as it came`` for 1, else ``as they came``."""
    return "as it came" if number == 1 else "as they came"


def date_of(unix: float, said: str | None = None) -> date:
    """Return the day of a moment (Unix s) in the local zone.

    `said` is the day (ISO 8601) that a person has said for it without a time: it is the same in
    every zone. Here as in the functions below, None means that nobody has.
    """
    return datetime.fromtimestamp(unix).date() if said is None else date.fromisoformat(said)


def clock_time(unix: float, now: float, said: str | None = None) -> str:
    """Return a moment (Unix s) in the local zone: ``today 21:40``, ``Fri 18 Dec 2026, 09:05``.

    Of a day that was `said` there is no time: ``today``, ``Fri 18 Dec 2026``.
    """
    at = date_of(unix, said)
    time = "" if said is not None else f"{datetime.fromtimestamp(unix):%H:%M}"
    days = (at - datetime.fromtimestamp(now).date()).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)
    if near:
        return f"{near} {time}".rstrip()
    return f"{at:%a} {at.day} {at:%b %Y}" + (f", {time}" if time else "")


def long_time(unix: float) -> str:
    """Return a moment (Unix s) in the local zone with its day: ``Fri 18 Dec 2026, 09:05``."""
    at = datetime.fromtimestamp(unix)
    return f"{at:%a} {at.day} {at:%b %Y}, {at:%H:%M}"


def day(unix: float, said: str | None = None) -> str:
    """Return the day of a moment (Unix s) in the local zone: ``18 Dec 2026``."""
    at = date_of(unix, said)
    return f"{at.day} {at:%b %Y}"


def short_day(unix: float, now: float) -> str:
    """Return the day of a moment (Unix s) in the local zone: ``Mon 3 Nov``.

    It has its year where that is not the year of `now` (Unix s): ``Mon 3 Nov 2025``.
    """
    moment = datetime.fromtimestamp(unix)
    year = "" if moment.year == datetime.fromtimestamp(now).year else f" {moment.year}"
    return f"{moment:%a} {moment.day} {moment:%b}{year}"


def iso(unix: float | None) -> str | None:
    """Return a moment (Unix s) as ISO 8601 with the local offset; None for None.

    If that offset is a day or more, which ISO 8601 cannot express, it is in UTC.
    """
    if unix is None:
        return None
    moment = datetime.fromtimestamp(unix, timezone.utc)
    with suppress(ValueError):
        moment = moment.astimezone()
    return moment.isoformat(timespec="seconds")


def utc(unix: float) -> str:
    """Return a moment (Unix s) in the form of ``ROLLCASE_NOW``: ``2026-11-20T10:00:00Z``."""
    return f"{datetime.fromtimestamp(unix, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def minute(unix: float, said: str | None = None) -> str:
    """Return a moment (Unix s) to the minute, in the local zone: ``2026-11-20 09:05``.

    Of a day that was `said` there is no time: ``2026-11-20``.
    """
    return f"{datetime.fromtimestamp(unix):%Y-%m-%d %H:%M}" if said is None else said


def needle(micrometres: int) -> str:
    """Return a needle length in millimetres: ``0.5 mm``."""
    return f"{micrometres / 1000:g} mm"
