"""Dates as people type them: ``today 21:40``, ``2026-11-20``, ``3w`` for three weeks ago."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from rollcore.events import CASE_EPOCH
from rollcore.memory import FOREVER
from rollhost.errors import UsageError

NOON = 12
"""The hour that is assumed for a day without a time: at most half a day wrong (own). A rest counts
from there, and cannot count from a day; an entry keeps what was said beside it, see `said_day`."""

_HOW = "Write it like 2026-11-20, 2026-11-20 21:40, {near}, or 3d for {span}."

HOW = _HOW.format(near="today 21:40, yesterday", span="three days ago")
"""How to write a moment in the past."""

HOW_AHEAD = _HOW.format(near="tomorrow", span="in three days")
"""How to write a moment in the future."""

_UNITS = {"h": 3600, "d": 86400, "w": 7 * 86400}
_SPAN = re.compile(r"(\d{1,5}) ?([hdw]|hours?|days?|weeks?)", re.ASCII)
_DATE = re.compile(
    r"(?P<day>today|yesterday|tomorrow|\d{4}-\d{2}-\d{2})"
    r"(?:[ t](?P<hour>\d{1,2}):(?P<minute>\d{2}))?",
    re.ASCII,
)
_TIME = re.compile(r"\d{1,2}:\d{2}", re.ASCII)
_NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1}


def span(text: str) -> int:
    """Return a length of time such as ``36h`` or ``3w`` in seconds; else raises `UsageError`."""
    match = _SPAN.fullmatch(text.strip().lower())
    if not match:
        raise UsageError(
            f"{text!r} is no length of time.", "Write it like 36h, 10d or 3w: hours, days, weeks."
        )
    return int(match[1]) * _UNITS[match[2][0]]


def past(text: str, now: float) -> int:
    """Return the moment (Unix s) that `text` names, which is not after `now`.

    Raises `UsageError` for any other text.
    """
    moment = _moment(text, now, -1)
    if moment > now:
        # A day without a time means noon; but before noon, today means now.
        if _is_day(text) and datetime.fromtimestamp(moment).date() == _today(now):
            return int(now)
        raise UsageError(
            f"{text!r} is in the future.", "Only what has happened can be written down."
        )
    return moment


def said_day(text: str, now: float) -> dict[str, object]:
    """Return the field ``day`` of an entry's data: the day that `text` names without a time.

    It is empty where `text` names a time, or a span such as ``3d``. Takes what `past`, `future` or
    `since` has taken.
    """
    if not _is_day(text):
        return {}
    word = text.strip().lower()
    days = _NEAR.get(word)
    said = date.fromisoformat(word) if days is None else _today(now) + timedelta(days=days)
    return {"day": said.isoformat()}


def with_time(text: str, words: Sequence[str]) -> tuple[str, list[str]]:
    """Return a day with the time of day at the beginning of `words`, if any, and other words.

    So ``2026-11-20 21:40`` needs no quotes.
    """
    if words and _is_day(text) and _TIME.fullmatch(words[0]):
        return f"{text.strip()} {words[0]}", list(words[1:])
    return text, list(words)


def future(text: str, now: float) -> int:
    """Return the moment (Unix s) that `text` names, which is after `now`; the end of a day.

    Raises `UsageError` for any other text.
    """
    moment = _moment(text, now, 1)
    if moment >= CASE_EPOCH + FOREVER:
        raise UsageError(f"{text!r} is too far ahead.", "A case knows no day after 2053.")
    if _is_day(text):
        moment = _local(datetime.fromtimestamp(moment).date() + timedelta(days=1))
    if moment <= now:
        raise UsageError(f"{text!r} is over.", "Name a day that is still to come.")
    return moment


def since(text: str, now: float) -> int:
    """Return a moment (Unix s): a span before `now`, or the start of a day.

    Raises `UsageError` for any other text.
    """
    moment = _moment(text, now, -1)
    return _local(datetime.fromtimestamp(moment).date()) if _is_day(text) else moment


def _moment(text: str, now: float, direction: int) -> int:
    """Return the moment (Unix s) in `text`; a span counts from `now`, `direction` is 1 or -1."""
    text = text.strip().lower()
    is_span = _SPAN.fullmatch(text)
    how = HOW_AHEAD if direction > 0 else HOW
    moment = int(now) + direction * span(text) if is_span else _named(text, now, how)
    if moment < CASE_EPOCH:
        raise UsageError(f"{text!r} is before 2020.", how)
    return moment


def _named(text: str, now: float, how: str) -> int:
    match = _DATE.fullmatch(text)
    if not match:
        raise UsageError(f"{text!r} is no date.", how)
    word = match["day"]
    try:
        if word in _NEAR:
            day = _today(now) + timedelta(days=_NEAR[word])
        else:
            day = date.fromisoformat(word)
        hour, minute = int(match["hour"] or NOON), int(match["minute"] or 0)
        return _local(day, hour, minute)
    except (ValueError, OverflowError):
        raise UsageError(f"There is no {text!r} in the calendar.", how) from None


def _local(day: date, hour: int = 0, minute: int = 0) -> int:
    """Return a moment of the local calendar (Unix s).

    If the clocks skip that time of day, it is the moment after; if they show it twice, it
    is the first.
    """
    try:
        return int(datetime(day.year, day.month, day.day, hour, minute).timestamp())
    except OSError:  # Windows counts from 1970 to 3000
        return 0 if day.year < 1971 else CASE_EPOCH + FOREVER


def _is_day(text: str) -> bool:
    match = _DATE.fullmatch(text.strip().lower())
    return match is not None and match["hour"] is None


def _today(now: float) -> date:
    return datetime.fromtimestamp(now).date()
