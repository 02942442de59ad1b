"""Next uses, heads to replace and aftercare, as events for a calendar (RFC 5545).

An event keeps its UID as long as it is about the same thing: the next use of a zone, a
head, a window of aftercare of a zone. So importing the file again moves events and
doubles none. SEQUENCE and LAST-MODIFIED are the time of the newest fact in the database,
DTSTAMP is when the file was made; a calendar takes the later event (RFC 5546, 2.1.5).
"""

from collections.abc import Iterator
from datetime import datetime, timezone
from uuid import UUID, uuid5

from icalendar import Calendar, Event
from icalendar.enums import STATUS, TRANSP

from rollcore import VERSION, state
from rollcore.events import CASE_EPOCH
from rollcore.memory import FOREVER
from rollcore.rest import last_use_end, rested_at
from rollhost.history import aftercare
from rollhost.history.case_status import Summary, summarise_all
from rollhost.history.history import History
from rollhost.output import units

NAMESPACE = UUID("9f60787e-c7b0-477b-98a1-20d12585fc96")
"""The namespace of the UIDs of all events. With another one every event would be doubled."""

DUE_S = 3600
"""How long (s) the event of a moment is (own)."""


def calendar(history: History, now: int) -> bytes:
    """Return the calendar file at Unix time `now` (s), without windows that have ended."""
    changes = [case.met_at for case in history.cases if case.met_at is not None]
    changes += [entry.written_at for entry in history.diary]
    revised = max(changes, default=now)
    file = Calendar.new(prodid=f"-//Rollcase//rollcase {VERSION}//EN", method="PUBLISH")
    del file["UID"]  # would be another one each time
    for event in _events(history, now):
        event.stamp = _utc(now)
        event["SEQUENCE"] = max(revised - CASE_EPOCH, 0)
        event.LAST_MODIFIED = _utc(revised)
        file.add_component(event)
    data: bytes = file.to_ical()
    return data


def _events(history: History, now: int) -> Iterator[Event]:
    several = len(history.cases) > 1
    for summary in summarise_all(history, now):
        yield from _next_uses(summary, several)
        yield from _head(summary, several)
    yield from _aftercare(history, now)


def _aftercare(history: History, now: int) -> Iterator[Event]:
    """Yield every window of aftercare that has not ended at Unix time `now` (s)."""
    for due in aftercare.due(history.sessions, now):
        window, session = due.window, due.session
        zone = session.zone
        noun = "a session at a clinic" if session.at_clinic else "a use"
        yield _event(
            f"aftercare {window.key} {zone or ''}",
            f"Aftercare: {window.name}" + (f", {zone}" if zone else ""),
            f"After {noun} that ended {units.clock_time(session.ended, 0)}. A habit that clinics"
            " hand out, not medical advice.",
            window.start,
            window.end,
        )


def _next_uses(summary: Summary, several: bool) -> Iterator[Event]:
    """Yield when each zone may be rolled again; cancelled while a hold without an end is on."""
    folded = summary.state
    for number, zone in enumerate(summary.policy.zones):
        rested = rested_at(folded, summary.policy, number)
        if not rested:
            continue  # never rolled: there is nothing to wait for
        held = bool(folded.reactions)
        if folded.hold_reason:
            held = held or not folded.hold_until
            rested = max(rested, folded.hold_until)
        at = rested + CASE_EPOCH
        of = f" ({summary.case.title})" if several else ""
        text = "Rested by the rules you chose. Soak the roller first: press the case's button."
        if held:
            text = "On hold for now: the skin decides. Export again once the hold is over."
        yield _event(
            f"next use {summary.case.device} {zone}",
            f"{zone.capitalize()}: the next use is possible{of}",
            text,
            at,
            at + DUE_S,
            called_off=held,
        )


def _head(summary: Summary, several: bool) -> Iterator[Event]:
    folded = summary.state
    due = state.head_expires_at(folded, summary.policy)
    if due == FOREVER:
        return
    if folded.head_uses >= summary.policy.head_uses:
        due = min(due, last_use_end(folded))
    of = f" ({summary.case.title})" if several else ""
    used = units.count(folded.head_uses, "use")
    yield _event(
        f"head {summary.case.device}",
        f"Replace the roller's head{of}",
        f"It has seen {used}. It is worn out after {summary.policy.head_uses} uses or"
        f" {summary.policy.head_s // 86400} days, whichever comes first; at once if it was dropped,"
        " bent or shared.",
        due + CASE_EPOCH,
        due + CASE_EPOCH + DUE_S,
    )


def _event(
    key: str, title: str, text: str, start: int, end: int, called_off: bool = False
) -> Event:
    """Return an event from `start` to `end` (Unix s); `key` identifies it at every export."""
    event: Event = Event.new(
        uid=str(uuid5(NAMESPACE, key)),
        summary=title,
        description=text,
        start=_utc(start),
        end=_utc(end),
        status=STATUS.CANCELLED if called_off else STATUS.CONFIRMED,
        transparency=TRANSP.TRANSPARENT,  # does not block the person's time
    )
    return event


def _utc(unix: int) -> datetime:
    return datetime.fromtimestamp(unix, timezone.utc)
