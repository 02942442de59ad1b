"""Dates as people type them: ``today 21:40``, ``2026-11-20``, ``3w`` for three weeks ago."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from rollcore.events import CASE_EPOCH
from rollcore.memory import FOREVER
from rollhost.errors import UsageError

NOON = 12
"""A day without a time is taken at this hour: half a day off at most (own)."""

_HOW = "Write it like 2026-11-20, 2026-11-20 21:40, {near}, or 3d for {span}."

HOW = _HOW.format(near="today 21:40, yesterday", span="three days ago")
"""How to write a moment that is over."""

HOW_AHEAD = _HOW.format(near="tomorrow", span="in three days")
"""How to write one that is to come."""

_UNITS = {"h": 3600, "d": 86400, "w": 7 * 86400}
_SPAN = re.compile(r"(\d{1,5}) ?([hdw])", re.ASCII)
_DATE = re.compile(
    r"(?P<day>today|yesterday|tomorrow|\d{4}-\d{2}-\d{2})"
    r"(?:[ t](?P<hour>\d{1,2}):(?P<minute>\d{2}))?",
    re.ASCII,
)
_TIME = re.compile(r"\d{1,2}:\d{2}", re.ASCII)
_NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1}


def span(text: str) -> int:
    """Return a length of time such as ``36h`` or ``3w`` in seconds. Raises `UsageError`."""
    found = _SPAN.fullmatch(text.strip())
    if not found:
        raise UsageError(
            f"{text!r} is no length of time.", "Write it like 36h, 10d or 3w: hours, days, weeks."
        )
    return int(found[1]) * _UNITS[found[2]]


def past(text: str, now: float) -> int:
    """Return the moment (Unix s) that `text` names, not after `now`. Raises `UsageError`."""
    moment = _moment(text, now, -1)
    if moment > now:
        # A day without a time is noon; this morning, today is now.
        if _is_day(text) and datetime.fromtimestamp(moment).date() == _today(now):
            return int(now)
        raise UsageError(
            f"{text!r} is in the future.", "Only what has happened can be written down."
        )
    return moment


def with_time(text: str, words: Sequence[str]) -> tuple[str, list[str]]:
    """Return a day with the time of day that `words` begin with, if they do, and the words left.

    So nobody has to quote ``2026-11-20 21:40``.
    """
    if words and _is_day(text) and _TIME.fullmatch(words[0]):
        return f"{text.strip()} {words[0]}", list(words[1:])
    return text, list(words)


def future(text: str, now: float) -> int:
    """Return the moment (Unix s) that `text` names, after `now`; a day ends with it."""
    moment = _moment(text, now, 1)
    if moment >= CASE_EPOCH + FOREVER:
        raise UsageError(f"{text!r} is too far ahead.", "A case knows no day after 2053.")
    if _is_day(text):
        moment = _local(datetime.fromtimestamp(moment).date() + timedelta(days=1))
    if moment <= now:
        raise UsageError(f"{text!r} is over.", "Name a day that is still to come.")
    return moment


def since(text: str, now: float) -> int:
    """Return where a look back begins (Unix s): a span before `now`, or the start of a day."""
    moment = _moment(text, now, -1)
    return _local(datetime.fromtimestamp(moment).date()) if _is_day(text) else moment


def _moment(text: str, now: float, direction: int) -> int:
    """Return the moment (Unix s); a span counts from `now`, back or on."""
    text = text.strip().lower()
    is_span = _SPAN.fullmatch(text)
    how = HOW_AHEAD if direction > 0 else HOW
    moment = int(now) + direction * span(text) if is_span else _named(text, now, how)
    if moment < CASE_EPOCH:
        raise UsageError(f"{text!r} is before 2020.", how)
    return moment


def _named(text: str, now: float, how: str) -> int:
    found = _DATE.fullmatch(text)
    if not found:
        raise UsageError(f"{text!r} is no date.", how)
    word = found["day"]
    try:
        if word in _NEAR:
            day = _today(now) + timedelta(days=_NEAR[word])
        else:
            day = date.fromisoformat(word)
        hour, minute = int(found["hour"] or NOON), int(found["minute"] or 0)
        return _local(day, hour, minute)
    except (ValueError, OverflowError):
        raise UsageError(f"There is no {text!r} in the calendar.", how) from None


def _local(day: date, hour: int = 0, minute: int = 0) -> int:
    """Return a moment of the local calendar (Unix s).

    Where clocks were put on, an hour is missing: then the moment after it is
    meant. Where they were put back, one comes twice: then it is the first.
    """
    return int(datetime(day.year, day.month, day.day, hour, minute).timestamp())


def _is_day(text: str) -> bool:
    found = _DATE.fullmatch(text.strip().lower())
    return bool(found) and found["hour"] is None  # type: ignore[index]


def _today(now: float) -> date:
    return datetime.fromtimestamp(now).date()
