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
from rollhost.guidance.products import shown
from rollhost.guidance.windows import IF_NOT_GONE, REDNESS
from rollhost.history import aftercare, alcohol, products
from rollhost.history.case_status import summarise_all
from rollhost.history.history import History
from rollhost.history.skin_status import longest_needle
from rollhost.history.summary import Summary
from rollhost.output import units
from rollhost.output.standing import why_out

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
    summaries = summarise_all(history, now)
    for summary in summaries:
        events += _next_uses(summary, person, several)
        events += _head(summary, person, several)
    found = products.noted(history.diary, history.sessions, longest_needle(summaries), now)
    return [
        *events,
        *_aftercare(history, person, now),
        *_alcohol(history, person),
        *_products(found, person),
    ]


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
        what, then = "Aftercare: ", "A habit that clinics hand out, not medical advice."
        if window.key == REDNESS:
            what, then = "Check: ", f"{IF_NOT_GONE}."
        yield CalendarEvent(
            _uid(person, f"aftercare {window.key} {zone or ''}"),
            window.start,
            window.end,
            cancelled=False,
            title=f"{what}{window.name}" + (f", {zone}" if zone else ""),
            text=f"After {noun} that ended {ended}. {then}",
        )


def _products(found: Iterable[products.Noted], person: int) -> Iterator[CalendarEvent]:
    """Yield each product that is left before the next session; after one, aftercare says so."""
    for product in found:
        entry, until = product.entry, product.until
        if until is not None and product.session is None:
            zone = f", {entry.zone}" if entry.zone else ""
            yield CalendarEvent(
                _uid(person, f"product {product.kind} {entry.zone or ''}"),
                entry.at,
                until,
                cancelled=False,
                title=f"Better no session: {shown(product.word)}{zone}",
                text="It irritates, and so does a session. A habit that clinics hand out, not"
                " medical advice.",
            )


def _alcohol(history: History, person: int) -> Iterator[CalendarEvent]:
    """Yield when the bottle of alcohol is old, if one was ever noted."""
    bottle = alcohol.bottle(history.diary)
    if bottle is None:
        return
    opened = units.clock_time(bottle.opened.at, 0, bottle.opened.day)
    yield CalendarEvent(
        _uid(person, "alcohol"),
        bottle.old_at,
        bottle.old_at + DUE_S,
        cancelled=False,
        title="Open a new bottle of alcohol",
        text=f"The last one was opened {opened}. Once one is open, say alcohol new.",
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
        if not summary.policy.soak_before_s:
            text = "Rested by the rules you chose. The soak before a use is switched off."
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
    if summary.head_out is not None and summary.head_out.at is not None:
        due = summary.head_out.at - CASE_EPOCH
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
        " bent or shared." + (f" It is {why_out(summary)}." if summary.head_out else ""),
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
