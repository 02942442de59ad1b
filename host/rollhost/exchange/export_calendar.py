"""Next uses, heads to replace and aftercare, as events for a calendar (RFC 5545).

An event keeps its UID as long as it is about the same thing: the next use of a zone, a
head, a window of aftercare of a zone. So importing the file again moves events and
doubles none. What has changed and what is gone since earlier exports is worked out in
`calendar_revisions`.

A file has one METHOD. With CANCEL no event in it could be confirmed; with PUBLISH any
may be cancelled (RFC 5546, 3.2.1). With a METHOD, DTSTAMP is when the file was made
(RFC 5545, 3.8.7.2): between two exports without news only DTSTAMP differs.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from uuid import UUID, uuid5

from icalendar import Calendar, Event
from icalendar.enums import STATUS, TRANSP

from rollcore import VERSION, state
from rollcore.events import CASE_EPOCH
from rollcore.memory import FOREVER
from rollcore.rest import last_use_end, rested_at
from rollhost.database.calendar_memory import CalendarEvent
from rollhost.database.diary import ME
from rollhost.history import aftercare
from rollhost.history.case_status import Summary, summarise_all
from rollhost.history.history import History
from rollhost.output import units

NAMESPACE = UUID("9f60787e-c7b0-477b-98a1-20d12585fc96")
"""The namespace of the UIDs of all events. With another one every event would be doubled."""

DUE_S = 3600
"""How long (s) the event of a moment is (own)."""


def planned(history: History, now: int, person: int = ME) -> list[CalendarEvent]:
    """Return what a calendar should show at Unix time `now` (s), without windows that have ended.

    `person` is the token of the person whom `history` is about.
    """
    several = len(history.cases) > 1
    events: list[CalendarEvent] = []
    for summary in summarise_all(history, now):
        events += _next_uses(summary, person, several)
        events += _head(summary, person, several)
    return [*events, *_aftercare(history, person, now)]


def newest_fact(history: History) -> int:
    """Return the Unix time (s) of the newest answer of a case or entry; 0 if there is none."""
    facts = [case.met_at for case in history.cases if case.met_at is not None]
    facts += [entry.written_at for entry in history.written]
    return max(facts, default=0)


def calendar(events: Iterable[CalendarEvent], now: int) -> bytes:
    """Return a calendar file with these events, made at Unix time `now` (s)."""
    file = Calendar.new(prodid=f"-//Rollcase//rollcase {VERSION}//EN", method="PUBLISH")
    del file["UID"]  # would be another one each time
    for event in events:
        file.add_component(_component(event, now))
    data: bytes = file.to_ical()
    return data


def _aftercare(history: History, person: int, now: int) -> Iterator[CalendarEvent]:
    """Yield every window of aftercare that has not ended at Unix time `now` (s)."""
    for due in aftercare.due(history.sessions, now):
        window, session = due.window, due.session
        zone, ended = session.zone, units.clock_time(session.ended, 0, session.day)
        noun = "a session at a clinic" if session.at_clinic else "a use"
        yield CalendarEvent(
            _uid(person, f"aftercare {window.key} {zone or ''}"),
            window.start,
            window.end,
            cancelled=False,
            title=f"Aftercare: {window.name}" + (f", {zone}" if zone else ""),
            text=f"After {noun} that ended {ended}. A habit that clinics hand out, not medical"
            " advice.",
        )


def _next_uses(summary: Summary, person: int, several: bool) -> Iterator[CalendarEvent]:
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
        yield CalendarEvent(
            _uid(person, f"next use {summary.case.device} {zone}"),
            at,
            at + DUE_S,
            cancelled=held,
            title=f"{zone.capitalize()}: the next use is possible{of}",
            text=text,
        )


def _head(summary: Summary, person: int, several: bool) -> Iterator[CalendarEvent]:
    folded = summary.state
    due = state.head_expires_at(folded, summary.policy)
    if due == FOREVER:
        return
    if folded.head_uses >= summary.policy.head_uses:
        due = min(due, last_use_end(folded))
    of = f" ({summary.case.title})" if several else ""
    used = units.count(folded.head_uses, "use")
    yield CalendarEvent(
        _uid(person, f"head {summary.case.device}"),
        due + CASE_EPOCH,
        due + CASE_EPOCH + DUE_S,
        cancelled=False,
        title=f"Replace the roller's head{of}",
        text=f"It has seen {used}. It is worn out after {summary.policy.head_uses} uses or"
        f" {summary.policy.head_s // 86400} days, whichever comes first; at once if it was dropped,"
        " bent or shared.",
    )


def _uid(person: int, key: str) -> str:
    """Return the UID of an event; `key` identifies it in each export of the person's calendar."""
    # Calendars have had events of `ME` since before there were other persons.
    return str(uuid5(NAMESPACE, key if person == ME else f"{person} {key}"))


def _component(event: CalendarEvent, now: int) -> Event:
    """Return the event as icalendar has it, written at Unix time `now` (s)."""
    component: Event = Event.new(
        uid=event.uid,
        summary=event.title,
        description=event.text,
        start=_utc(event.start),
        end=_utc(event.end),
        stamp=_utc(now),
        last_modified=_utc(event.modified_at),
        sequence=event.sequence,
        status=STATUS.CANCELLED if event.cancelled else STATUS.CONFIRMED,
        transparency=TRANSP.TRANSPARENT,  # does not block the person's time
    )
    return component


def _utc(unix: int) -> datetime:
    return datetime.fromtimestamp(unix, timezone.utc)
