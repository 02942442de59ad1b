"""A calendar file that is written again and again, and remembers by itself what it has said.

What it holds is read before it is written anew: an event that has not changed keeps its number, one
that is gone stays in it as cancelled until it would have been over. So each file goes on from where
it is, whoever has written it: this computer, another one with the same history, or this one before
a backup was put back. The memory in the database is that of exports by hand, which are imported,
and is left alone.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Calendar

from rollhost.database.calendar_memory import CalendarEvent
from rollhost.exchange import calendar_revisions, export_calendar
from rollhost.history.history import History

GONE = "No longer planned"
"""What an event is called that is gone: its own words may have come from a forgotten entry."""

HIGHEST = (1 << 31) - 1
"""The highest SEQUENCE that the format has (RFC 5545, 3.3.8)."""

_MADE_AT = re.compile(rb"^DTSTAMP:.*\r?\n", re.MULTILINE)


def renewed(before: bytes, history: History, now: int, person: int) -> bytes | None:
    """Return what a file should hold at Unix time `now` (s); None if it does already.

    `before` is what it holds, which `is_our_calendar`, or nothing. Only when each was made may
    differ. What cannot be read of it is written as if for the first time.
    """
    revision = calendar_revisions.revise(
        export_calendar.planned(history, now, person),
        _events(before),
        export_calendar.newest_fact(history),
        now,
    )
    events = [event if event.title else event._replace(title=GONE) for event in revision.standing]
    data = export_calendar.calendar(events, now)
    return None if _MADE_AT.sub(b"", data) == _MADE_AT.sub(b"", before) else data


def _events(data: bytes) -> Sequence[CalendarEvent]:
    """Return the events in a file; none if it was cut short, or others have written into it."""
    if not data:
        return []
    try:
        found = [_event(event) for event in Calendar.from_ical(data).events]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return []
    return found if all(0 <= event.sequence < HIGHEST for event in found) else []


def _event(event: Any) -> CalendarEvent:
    """Return an event as it was before it was written. Raises errors if it is none of ours."""
    title, start, end = str(event["SUMMARY"]), event["DTSTART"].dt, event["DTEND"].dt
    is_gone = title == GONE
    found = CalendarEvent(
        str(event["UID"]),
        start=0,
        end=0,
        cancelled=str(event["STATUS"]) == "CANCELLED",
        title="" if is_gone else title,
        text="" if is_gone else str(event["DESCRIPTION"]),
        sequence=int(event["SEQUENCE"]),
        modified_at=int(event["LAST-MODIFIED"].dt.timestamp()),
        alarm_s=_alarm_s(event),
    )
    if isinstance(start, datetime):
        return found._replace(start=int(start.timestamp()), end=int(end.timestamp()))
    if not isinstance(start, date):
        raise TypeError(start)
    return export_calendar.of_days(found, start, end - timedelta(days=1))


def _alarm_s(event: Any) -> int | None:
    for part in event.subcomponents:
        if part.name == "VALARM":
            return int(part["TRIGGER"].dt.total_seconds())
    return None
