"""Plans: three to six sessions, one a month, and then one a year.

That is what clinics plan at 0.5 to 2.5 mm; the numbers are in `rollhost.guidance.numbers`. The
plan is the owner's, it is no advice; where the skin has to rest longer, the plan waits.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from rollcore import policy
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.guidance.numbers import SHORT_NEEDLE_UM, STEP_APART_DAYS
from rollhost.history.sessions import Session

APART_S = STEP_APART_DAYS * 86400
"""Sessions less than three weeks (s) apart are one step of a plan (own): it counts months."""


class Plan(NamedTuple):
    """A plan of `sessions` sessions for one zone, from Unix time `began` (s) on.

    `zone` is None for a plan of the whole skin. `done` has the first session of each
    step, the oldest first; after `sessions` of them follow the yearly ones. `next_at` is
    when the next session is planned (Unix s), at the earliest when the skin has rested;
    it may be in the past. `began_day` and `next_day` are these days (ISO 8601) where they come
    from a day that was said without a time, else None. `written_at` is when it was said (Unix s),
    before or after it began.
    """

    zone: str | None
    began: int
    sessions: int
    done: list[Session]
    next_at: int
    began_day: str | None = None
    next_day: str | None = None
    written_at: int = 0

    @property
    def complete(self) -> bool:
        """Whether all its sessions are done, so that now one a year is planned."""
        return len(self.done) >= self.sessions


def running(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entry of each plan that runs; of several for one zone the last counts."""
    last: dict[str | None, Entry] = {}
    for entry in entries:
        if entry.kind == diary.PLAN:
            last[entry.zone] = entry
    return [entry for entry in last.values() if entry.number("sessions")]


def plans(
    entries: Sequence[Entry], sessions: Sequence[Session], rested: dict[str, int]
) -> list[Plan]:
    """Return the plans that run.

    `entries` are in the order of writing, `sessions` the oldest first. `rested` says when
    each zone in the policy of a case has rested (Unix s).
    """
    after_reactions = [] if rested else _rested_from_reactions(entries)
    return [_plan(entry, sessions, rested, after_reactions) for entry in running(entries)]


def _plan(
    entry: Entry, sessions: Sequence[Session], rested: dict[str, int], after_reactions: list[int]
) -> Plan:
    # A session whose zone is not known may have been in this zone.
    of_zone = [
        session for session in sessions
        if entry.zone in (None, session.zone) or session.zone is None
    ]  # fmt: skip
    done: list[Session] = []
    for session in of_zone:
        if 0 < session.needle_um <= SHORT_NEEDLE_UM:
            continue  # weekly rolling is no step of what clinics plan
        is_step = not done or session.ended >= done[-1].ended + APART_S
        if session.ended >= entry.at and is_step:
            done.append(session)
    wanted = entry.number("sessions")
    planned, next_day = entry.at, entry.day
    if done:
        last, months = done[-1], 12 if len(done) >= wanted else 1
        planned = months_after(last.ended, months)
        next_day = None if last.day is None else _day_months_after(last.day, months)
    rests = [until for zone, until in rested.items() if entry.zone in (None, zone)]
    next_at = max([planned, *rests, *after_reactions, *_rested_from_clinics(of_zone, rested)])
    if next_at > planned:
        next_day = None
    written = entry.written_at
    return Plan(entry.zone, entry.at, wanted, done, next_at, entry.day, next_day, written)


def _rested_from_reactions(entries: Sequence[Entry]) -> list[int]:
    """Return when the skin has rested from each reaction (Unix s), by the default policy."""
    rest_s = policy.for_needle(policy.DEFAULT_NEEDLE_UM).reaction_rest_s
    return [entry.at + rest_s for entry in entries if entry.kind == diary.REACTION_OVER]


def _rested_from_clinics(sessions: Sequence[Session], rested: dict[str, int]) -> list[int]:
    """Return when each zone that no case's policy names has rested from a clinic (Unix s).

    The rest is that of the default policy.
    """
    rest_s = policy.for_needle(policy.DEFAULT_NEEDLE_UM).clinic_rest_s
    return [
        session.ended + rest_s
        for session in sessions
        if session.at_clinic and session.zone is not None and session.zone not in rested
    ]


def months_after(unix: int, months: int) -> int:
    """Return the same day of the month and local time, `months` months after `unix` (Unix s).

    In a month without that day it is the last day. If the clocks skip that local time, it
    is the moment after; if they show it twice, it is the first.
    """
    then = datetime.fromtimestamp(unix)
    later = _months_after(then.date(), months)
    return int(then.replace(year=later.year, month=later.month, day=later.day, fold=0).timestamp())


def _day_months_after(day: str, months: int) -> str:
    return _months_after(date.fromisoformat(day), months).isoformat()


def _months_after(then: date, months: int) -> date:
    from calendar import monthrange  # takes 1 ms, and few have a plan

    year, month = divmod(then.year * 12 + then.month - 1 + months, 12)
    return date(year, month + 1, min(then.day, monthrange(year, month + 1)[1]))
