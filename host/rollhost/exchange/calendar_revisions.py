"""Which events of a calendar have changed since the exports before, and which are gone.

A calendar takes the event with the higher SEQUENCE (RFC 5546, 2.1.5). So each export has
a number that is higher than that of any before it, and gives it to the events that it
changes; the others keep theirs. What the last export had and this one has not is
written once more, as cancelled.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rollcore.events import CASE_EPOCH
from rollhost.database.calendar_memory import CalendarEvent

CLOCK_LIMIT = 2_000_000_000
"""The highest number that a clock may give: in 2083. SEQUENCE has 31 bits (RFC 5545, 3.3.8), and
a clock that was set wrong for once has to leave some for later changes (own)."""

KEPT_S = 30 * 86400
"""How long (s) an event that is gone is remembered after its end, because the clock by which it has
ended may be wrong (own). The one with the highest number stays longer, so that none falls."""


class Revision(NamedTuple):
    """What an export writes, and what is to be remembered once it is written."""

    written: list[CalendarEvent]
    remembered: list[CalendarEvent]
    standing: list[CalendarEvent]
    """What a file holds that is not imported once but read again and again: all that is planned,
    and all that is gone and was to come, as cancelled and without words."""


def revise(
    planned: Sequence[CalendarEvent],
    remembered: Sequence[CalendarEvent],
    newest: int,
    now: int,
) -> Revision:
    """Return what an export at Unix time `now` (s) writes.

    `planned` is what a calendar should show, `remembered` what calendars were given before,
    `newest` the Unix time (s) of the newest fact, which may be ahead of this clock.
    """
    before = {event.uid: event for event in remembered}
    highest = max((event.sequence for event in remembered), default=-1)
    number = _number(highest, newest, now)
    written = [_revised(event, before.pop(event.uid, None), number, now) for event in planned]
    kept, standing = list(written), list(written)
    for gone in before.values():
        if gone.end + KEPT_S <= now and gone.sequence < highest:
            continue
        if not gone.cancelled and gone.end > now:
            gone = gone._replace(cancelled=True, sequence=number, modified_at=now, alarm_s=None)
            written.append(gone)
        if gone.cancelled:
            # Its words are needed no more, and a forgotten entry may have been their source.
            gone = gone._replace(title="", text="")
            if gone.end > now:
                standing.append(gone)
        kept.append(gone)
    return Revision(written, kept, standing)


def _number(highest: int, newest: int, now: int) -> int:
    """Return the number of an export at Unix time `now` (s), after that with the number `highest`.

    By the clock it is also higher than what is not remembered: after a backup was put back, where
    the database cannot be written, and after versions of this program that remembered nothing
    and took the Unix time `newest` (s).
    """
    return max(highest + 1, min(max(newest, now) - CASE_EPOCH, CLOCK_LIMIT))


def _revised(
    event: CalendarEvent, before: CalendarEvent | None, number: int, now: int
) -> CalendarEvent:
    """Return the event with the number and time of its last change, which may be this export.

    An alarm whose time is over is given to no event that had none: some calendars would ring.
    """
    if event.alarm_s is not None and not event.rings_after(now):
        had = before is not None and before._replace(sequence=0, modified_at=0) == event
        event = event if had else event._replace(alarm_s=None)
    if (
        before
        and before.modified_at  # else the memory is a copy, and something later may have been given
        and event == before._replace(sequence=event.sequence, modified_at=event.modified_at)
    ):
        return before
    return event._replace(sequence=number, modified_at=now)
