"""Next uses, planned sessions, looks, heads to replace, aftercare: events of a calendar (RFC 5545).

An event keeps its UID as long as it is about the same thing: the next use of a zone, a
head, a window of aftercare of a zone. So importing the file again moves events and
doubles none. What has changed and what is gone since earlier exports is worked out in
`calendar_revisions`.

A file has one METHOD. With CANCEL no event in it could be confirmed; with PUBLISH any
may be cancelled (RFC 5546, 3.2.1). With a METHOD, DTSTAMP is when the file was made
(RFC 5545, 3.8.7.2): between two exports without news only DTSTAMP differs.

A moment is written in UTC. What was said or is planned as a day is one wherever somebody is: a
DATE, which has no zone. An alarm is so many seconds from the start of its event, because that is
what all readers keep: `findings/calendar-absolute-alarm.sh`, `calendar-alarm-related-end.sh`.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, timezone
from uuid import UUID, uuid5

from icalendar import Alarm, Calendar, Event
from icalendar.enums import STATUS, TRANSP

from rollcore import VERSION, state
from rollcore.events import CASE_EPOCH
from rollcore.memory import FOREVER, HEAD_SINCE
from rollcore.rest import last_use_end
from rollhost.database.calendar_memory import CalendarEvent
from rollhost.database.diary import HEAD, ME
from rollhost.guidance.products import shown
from rollhost.guidance.windows import IF_NOT_GONE, REDNESS
from rollhost.history import aftercare, alcohol, due, plan, products
from rollhost.history.case_status import summarise_skin
from rollhost.history.history import History
from rollhost.history.reactions import reactions, watches
from rollhost.history.skin_status import is_answered, longest_needle
from rollhost.history.summary import Summary
from rollhost.output import units
from rollhost.output.standing import why_out

NAMESPACE = UUID("9f60787e-c7b0-477b-98a1-20d12585fc96")
"""The namespace of the UIDs of all events. With another one every event would be doubled."""

DUE_S = 3600
"""How long (s) the event of a moment is (own)."""

MORNING_S = 9 * 3600
"""When on its day (s after midnight) an alarm rings that is about a day (own)."""

EVENING_BEFORE_S = (due.EVENING.hour - 24) * 3600
"""When (s after midnight of the day) the alarm of a planned session rings."""

FIRST_ZONE_S, LAST_ZONE_S = 14 * 3600, 12 * 3600
"""How far (s) UTC is behind where a day begins first, and ahead of where it ends last."""


def planned(history: History, now: int, person: int = ME) -> list[CalendarEvent]:
    """Return what a calendar should show at Unix time `now` (s), without windows that have ended.

    `person` is the token of the person whom `history` is about.
    """
    several = len(history.cases) > 1
    events: list[CalendarEvent] = []
    known = summarise_skin(history, now)
    # Zones that have rested within some hours ring together, when the last of them has.
    rings = {occasion.at for occasion in due.rested(known, history.sessions, person)}
    for summary, numbers in _zones(known):
        events += _next_uses(summary, numbers, person, several, rings)
        if summary.in_use:
            events += _head(history, summary, person, several)
    found = products.noted(history.diary, history.sessions, longest_needle(known), now)
    return [
        *events,
        *_plans(history, known, person),
        *_looks(history, person),
        *_aftercare(history, person, now),
        *_alcohol(history, person),
        *_check(history, person, now),
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


def _plans(history: History, summaries: Sequence[Summary], person: int) -> Iterator[CalendarEvent]:
    """Yield the day of the next session of each plan; none while a hold has no end."""
    for planned, day in due.next_sessions(history, summaries):
        zone = planned.zone
        alarm_s = None if due.named_at(planned, day) is None else EVENING_BEFORE_S
        event = _event(
            person,
            f"plan {zone or ''}",
            f"Planned: {_which(planned)}" + (f", {zone}" if zone else ""),
            "The day that you planned, no advice. The lamp says whether the skin has rested.",
        )
        yield of_days(event._replace(alarm_s=alarm_s), day, day)


def _which(planned: plan.Plan) -> str:
    """Return which session of a plan is the next one."""
    if planned.complete:
        return "the yearly session"
    return f"session {len(planned.done) + 1} of {planned.sessions}"


def _looks(history: History, person: int) -> Iterator[CalendarEvent]:
    """Yield each look at a reaction, or at what is watched, that nobody has taken yet."""
    for look in due.looks(history, person):
        event = _event(
            person,
            look.key,
            "Look at your skin: is it better?" + (f" ({look.zone})" if look.zone else ""),
            "Then say so: host reaction.",
        )
        yield _at(event, look.at, look.day)


def _check(history: History, person: int, now: int) -> Iterator[CalendarEvent]:
    """Yield the yearly check: the next one, or the one of these days."""
    for check in due.checks_due(history, person, now):
        if check.stale_at > now and check.day is not None:
            event = _event(
                person,
                "check",
                "Once a year: the reasons against rolling",
                "Go through them again: host check.",
            )
            yield _at(event, check.at, check.day)
            return


def _aftercare(history: History, person: int, now: int) -> Iterator[CalendarEvent]:
    """Yield every window of aftercare that has not ended at Unix time `now` (s).

    Of these only the question whether redness is gone has an alarm, one for all zones of an
    evening; it is left out once it was answered.
    """
    seen = [
        *reactions(history.entries, history.sessions),
        *watches(history.entries, history.sessions),
    ]
    open_windows = [
        found for found in aftercare.due(history.sessions, now) if not is_answered(found, seen)
    ]
    asked = [found for found in open_windows if found.window.key == REDNESS]
    rings = set(due.together(f.window.start for f in asked if f.session.day is None).values())
    for found in open_windows:
        window, session = found.window, found.session
        zone, ended = session.zone, units.clock_time(session.ended, 0, session.day)
        noun = "a session at a clinic" if session.at_clinic else "a use"
        what, then = "Aftercare: ", "A habit that clinics hand out, not medical advice."
        if window.key == REDNESS:
            what, then = "Check: ", f"{IF_NOT_GONE}."
        event = _event(
            person,
            f"aftercare {window.key} {zone or ''}",
            f"{what}{window.name}" + (f", {zone}" if zone else ""),
            f"After {noun} that ended {ended}. {then}",
        )
        event = event._replace(start=window.start, end=window.end, alarm_s=0)
        if session.day is not None:
            first, last = (
                date.fromisoformat(session.day) + timedelta(seconds=at - session.ended)
                for at in (window.start, window.end)
            )
            event = of_days(event._replace(alarm_s=MORNING_S), first, last)
            rings.add(event.start)
        has_alarm = window.key == REDNESS and event.start in rings
        if has_alarm:
            rings.remove(event.start)
        yield event if has_alarm else event._replace(alarm_s=None)


def _products(found: Iterable[products.Noted], person: int) -> Iterator[CalendarEvent]:
    """Yield each product that is left before the next session; after one, aftercare says so."""
    for product in found:
        entry, until = product.entry, product.until
        if until is not None and product.session is None:
            zone = f", {entry.zone}" if entry.zone else ""
            event = _event(
                person,
                f"product {product.kind} {entry.zone or ''}",
                f"Better no session: {shown(product.word)}{zone}",
                "It irritates, and so does a session. A habit that clinics hand out, not"
                " medical advice.",
            )
            if entry.day is None:
                yield event._replace(start=entry.at, end=until)
            else:
                first = date.fromisoformat(entry.day)
                yield of_days(event, first, first + timedelta(seconds=until - entry.at))


def _alcohol(history: History, person: int) -> Iterator[CalendarEvent]:
    """Yield when the bottle of alcohol is old, if one was ever noted."""
    bottle = alcohol.bottle(history.diary)
    if bottle is None:
        return
    opened = units.clock_time(bottle.opened.at, 0, bottle.opened.day)
    event = _event(
        person,
        "alcohol",
        "Open a new bottle of alcohol",
        f"The last one was opened {opened}. Once one is open, say alcohol new.",
    )
    yield _at(event, bottle.old_at, bottle.old_day, ahead_s=due.AHEAD_S)


def _zones(known: Sequence[Summary]) -> Iterator[tuple[Summary, Collection[int]]]:
    """Yield each case with the numbers of the zones whose rest is shown with it.

    Without a case in use a zone is shown once, with the case by which it rests the longest.
    """
    latest: dict[str, tuple[int, Summary]] = {}
    for summary in known:
        for number, zone in enumerate(summary.policy.zones):
            at = due.rest_ends(summary, number) or 0
            if zone not in latest or at > latest[zone][0]:
                latest[zone] = at, summary
    for summary in known:
        zones = enumerate(summary.policy.zones)
        yield summary, [n for n, zone in zones if summary.in_use or latest[zone][1] is summary]


def _next_uses(
    summary: Summary, numbers: Collection[int], person: int, several: bool, rings: set[int]
) -> Iterator[CalendarEvent]:
    """Yield when each zone of `numbers` may be rolled again; cancelled while a hold has no end.

    Of a case that is not in use there is only when the skin has rested. Each moment of `rings`
    (Unix s) is taken out by the first event that has its alarm then.
    """
    held = due.is_held(summary)
    for number in numbers:
        zone = summary.policy.zones[number]
        rested = due.rest_ends(summary, number)
        if rested is None:
            continue  # never rolled: there is nothing to wait for
        at = rested + CASE_EPOCH
        of = f" ({summary.case.title})" if several else ""
        title = f"{zone.capitalize()}: the next use is possible{of}"
        text = "Rested by the rules you chose. Soak the roller first: press the case's button."
        if not summary.policy.soak_before_s:
            text = "Rested by the rules you chose. The soak before a use is switched off."
        if not summary.in_use:
            title, text = f"{zone.capitalize()}: rested", "By the rules you chose."
        if held:
            text = "On hold for now: the skin decides. A calendar from after the hold says when."
        event = _event(person, f"next use {summary.case.device} {zone}", title, text)
        alarm_s = 0 if at in rings and not held else None
        if alarm_s is not None:
            rings.remove(at)
        yield event._replace(start=at, end=at + DUE_S, cancelled=held, alarm_s=alarm_s)


def _head(
    history: History, summary: Summary, person: int, several: bool
) -> Iterator[CalendarEvent]:
    """Yield when the head of a case is to be replaced; its alarm is some days ahead."""
    folded = summary.state
    at = expires = state.head_expires_at(folded, summary.policy)
    if summary.head_out is not None and summary.head_out.at is not None:
        at = summary.head_out.at - CASE_EPOCH
    if at == FOREVER:
        return
    if folded.head_uses >= summary.policy.head_uses:
        at = min(at, last_use_end(folded))
    day = _head_day(history, summary) if at == expires else None
    of = f" ({summary.case.title})" if several else ""
    used, most = (units.count(n, "use") for n in (folded.head_uses, summary.policy.head_uses))
    days = units.count(summary.policy.head_s // 86400, "day")
    event = _event(
        person,
        f"head {summary.case.device}",
        f"Replace the roller's head{of}",
        f"It has seen {used}. It is worn out after {most} or {days}, whichever comes first;"
        " at once if it was dropped, bent or shared."
        + (f" It is {why_out(summary)}." if summary.head_out else ""),
    )
    event = _at(event, at + CASE_EPOCH, day, ahead_s=due.AHEAD_S)
    is_named = any(due.heads_due(summary, person))
    yield event if is_named else event._replace(alarm_s=None)


def _head_day(history: History, summary: Summary) -> str | None:
    """Return the day (ISO 8601) on which the head of a case is worn out by its age.

    None where it counts from a moment, not from a day that somebody has said.
    """
    since = summary.state.at[HEAD_SINCE] + CASE_EPOCH
    for entry in history.entries:
        of_case = entry.kind == HEAD and entry.case_id == summary.case.id
        if of_case and entry.at == since and entry.day is not None:
            worn = date.fromisoformat(entry.day) + timedelta(seconds=summary.policy.head_s)
            return worn.isoformat()
    return None


def _event(person: int, key: str, title: str, text: str) -> CalendarEvent:
    """Return an event without a time; `key` is what it is about, see `_uid`."""
    return CalendarEvent(_uid(person, key), 0, 0, cancelled=False, title=title, text=text)


def _at(event: CalendarEvent, at: int, day: str | None, ahead_s: int = 0) -> CalendarEvent:
    """Return the event at a moment (Unix s) or, if there is one, on a day (ISO 8601).

    Its alarm rings `ahead_s` seconds before it; on a day that is by the morning.
    """
    if day is None:
        return event._replace(start=at, end=at + DUE_S, alarm_s=-ahead_s)
    that_day = date.fromisoformat(day)
    return of_days(event._replace(alarm_s=MORNING_S - ahead_s), that_day, that_day)


def of_days(event: CalendarEvent, first: date, last: date) -> CalendarEvent:
    """Return the event as one that is about these days, and about no moment."""
    midnight = datetime(first.year, first.month, first.day, tzinfo=timezone.utc)
    start = int(midnight.timestamp()) - FIRST_ZONE_S
    end = start + FIRST_ZONE_S + ((last - first).days + 1) * 86400 + LAST_ZONE_S
    return event._replace(
        start=start, end=end, first_day=first.isoformat(), last_day=last.isoformat()
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
        start=_start(event),
        end=_end(event),
        stamp=_utc(now),
        last_modified=_utc(event.modified_at),
        sequence=event.sequence,
        status=STATUS.CANCELLED if event.cancelled else STATUS.CONFIRMED,
        transparency=TRANSP.TRANSPARENT,  # does not block the person's time
    )
    if event.alarm_s is not None:
        alarm = Alarm()  # with `Alarm.new` it would have a UID, another one each time
        alarm.add("action", "DISPLAY")
        alarm.add("description", event.title)
        alarm.add("trigger", timedelta(seconds=event.alarm_s))
        component.add_component(alarm)
    return component


def _start(event: CalendarEvent) -> date:
    if event.first_day is not None:
        return date.fromisoformat(event.first_day)
    return _utc(event.start)


def _end(event: CalendarEvent) -> date:
    if event.last_day is not None:
        return date.fromisoformat(event.last_day) + timedelta(days=1)  # the first day after it
    return _utc(event.end)


def _utc(unix: int) -> datetime:
    return datetime.fromtimestamp(unix, timezone.utc)
