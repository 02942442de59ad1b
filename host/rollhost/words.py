"""Times, spans and events in plain English."""

import textwrap
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timezone
from math import ceil

from rollcore import events
from rollcore.events import CASE_EPOCH, FIRST_PLAUSIBLE, Event
from rollhost.timeline import Placed

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400


def _names(kind: int, field: str) -> dict[int, str]:
    return next(one.names for one in events.KINDS[kind].fields if one.name == field)


HOLD_REASONS = _names(events.HOLD_SET, "reason")
"""Why a case can be on hold, by the numbers of `hold_set.reason`."""

REFUSALS = _names(events.REFUSED, "reason")
"""Why a use can be refused, by the numbers of `refused.reason`."""


def span(seconds: float) -> str:
    """Return a length of time in its largest fitting unit: ``27 days``, ``1 minute``."""
    unit, name = _unit(seconds)
    return count(round(seconds / unit), name)


def _at_most(seconds: float) -> str:
    """Return the same, never less than it is: what lies within it, does."""
    unit, name = _unit(seconds)
    return count(ceil(seconds / unit), name)


def _unit(seconds: float) -> tuple[int, str]:
    for unit, name in ((DAY_S, "day"), (HOUR_S, "hour"), (MINUTE_S, "minute")):
        # Less than two days is still told in hours, less than two hours in minutes.
        if seconds >= 2 * unit:
            return unit, name
    return 1, "second"


def count(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 use``, ``2 uses``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def clock_time(unix: float, now: float) -> str:
    """Return a moment (Unix s) in the local zone: ``today 21:40``, ``Fri 18 Dec 2026, 09:05``."""
    moment = datetime.fromtimestamp(unix)
    days = (moment.date() - datetime.fromtimestamp(now).date()).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)
    if near:
        return f"{near} {moment:%H:%M}"
    return f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M}"


def day(unix: float) -> str:
    """Return the day of a moment (Unix s) in the local zone: ``18 Dec 2026``."""
    moment = datetime.fromtimestamp(unix)
    return f"{moment.day} {moment:%b %Y}"


def iso(unix: float | None) -> str | None:
    """Return a moment (Unix s) as ISO 8601 with the local offset; None for None.

    In a zone of a day or more, which ISO 8601 cannot say, it is in UTC.
    """
    if unix is None:
        return None
    moment = datetime.fromtimestamp(unix, timezone.utc)
    with suppress(ValueError):
        moment = moment.astimezone()
    return moment.isoformat(timespec="seconds")


def utc(unix: float) -> str:
    """Return a moment (Unix s) as ``ROLLCASE_NOW`` takes it: ``2026-11-20T10:00:00Z``."""
    return f"{datetime.fromtimestamp(unix, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def minute(unix: float) -> str:
    """Return a moment (Unix s) to the minute, in the local zone: ``2026-11-20 09:05``."""
    return f"{datetime.fromtimestamp(unix):%Y-%m-%d %H:%M}"


def stamp(placed: Placed) -> str:
    """Return when an event was, to the minute, as well as known: ``2026-11-20 09:05 ±2 hours``."""
    if placed.known:
        return minute(placed.earliest)
    if placed.earliest < CASE_EPOCH + FIRST_PLAUSIBLE:
        if placed.latest is None:
            return "clock not set"
        return f"before {minute(placed.latest)}"
    if placed.latest is None:
        return f"after {minute(placed.earliest)}"
    half = (placed.latest - placed.earliest) / 2
    return f"{minute(placed.earliest + half)} ±{_at_most(half)}"


def fields(event: Event) -> dict[str, object]:
    """Return the fields of an event with words for numbers that stand for something."""
    kind = events.KINDS[event.kind]
    return {field.name: field.shown(event.data[field.name]) for field in kind.fields}


def sentence(event: Event, now: float) -> str:
    """Say what happened. `now` (Unix s) makes dates short."""
    data = fields(event)
    kind = event.kind
    if kind == events.BOOT:
        torn = event.data["torn"]
        text = f"the case started ({data['cause']})"
        return text + (f"; {count(torn, 'byte')} of a broken record left out" if torn else "")
    if kind == events.CLOCK_SET:
        old = event.data["old"]
        if old < FIRST_PLAUSIBLE:
            return f"clock set for the first time, by the {data['source']}"
        shift = event.time - old
        way = "forward" if shift >= 0 else "back"
        return f"clock set {way} by {span(abs(shift))}, by the {data['source']}"
    if kind == events.POLICY_SET:
        return f"rules set for {needle(event.data['needle_um'])}"
    if kind == events.SOAK_STARTED:
        return f"soak {data['purpose']} started"
    if kind == events.SOAK_ENDED:
        return f"soak {data['purpose']} {data['how']}"
    if kind == events.USE_STARTED:
        early = event.data["how"] == events.OVERRIDE
        return "use started early, against the rest" if early else "use started"
    if kind == events.USE_ENDED:
        return f"use ended after {span(event.data['seconds'])}{_HOW_ENDED[event.data['how']]}"
    if kind == events.REFUSED:
        until = event.data["until"]
        when = f" until {clock_time(until + CASE_EPOCH, now)}" if until >= FIRST_PLAUSIBLE else ""
        return f"a use was refused: {data['reason']}{when}"
    if kind == events.HEAD_NEW:
        return f"new head; the old one saw {count(event.data['uses'], 'use')}"
    if kind == events.CLINIC:
        at = clock_time(event.data["at"] + CASE_EPOCH, now)
        length = event.data["needle_um"]
        return f"session at a clinic, {at}" + (f", {needle(length)}" if length else "")
    if kind == events.REACTION:
        at = clock_time(event.data["at"] + CASE_EPOCH, now)
        return f"a reaction of the skin, {at}" if event.data["open"] else f"reaction over, {at}"
    if kind == events.FAULT:
        where = f"{data['file']}, line {event.data['line']}"
        return f"the firmware failed and started anew: {data['error']} in {where}"
    if kind == events.BATTERY_LOW:
        return f"the battery is nearly empty: {event.data['millivolts'] / 1000:.2f} V"
    if kind == events.LID:
        return _LID[event.data["what"]]
    if event.data["reason"] == events.NO_HOLD:
        return "hold released"
    return f"put on hold: {data['reason']}"


COLUMNS = 80
"""Widest line that a terminal shows whole, whatever its size (DEC's, and most since)."""


def labelled(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Return texts with their labels in a column; the same label stands once.

    Each is a line, or more where it is longer than `COLUMNS`.
    """
    found: list[str] = []
    last = ""
    for label, text in rows:
        first = f"{'' if label == last else label:<12} " if label else ""
        found += textwrap.wrap(
            text,
            COLUMNS,
            initial_indent=first,
            subsequent_indent=" " * len(first),
            break_on_hyphens=False,
        )
        last = label
    return found


def one_line(text: str) -> str:
    """Return a text as one line that a terminal shows and does not obey."""
    return "".join(char if char.isprintable() else " " for char in " ".join(text.split()))


def needle(micrometres: int) -> str:
    """Return a needle length in millimetres: ``0.5 mm``."""
    return f"{micrometres / 1000:g} mm"


_HOW_ENDED = {
    events.BY_BUTTON: "",
    events.TIMED_OUT: "; nobody ended it",
    events.CANCELLED: "; too short to count",
    events.AFTERWARDS: "; told when the lid was closed",
}

_LID = {
    events.LID_OPENED: "lid opened",
    events.LID_CLOSED: "lid closed",
    events.NOT_USED: "the roller was out, and not used",
}
