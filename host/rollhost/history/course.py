"""A course of sessions: three to six of them, one a month, and then one a year.

That is what clinics plan (3 to 6 sessions, 4 to 6, monthly, then a yearly
touch-up: all of grade B or C, from leaflets and health blogs). It is the
owner's plan and nobody's advice; the rest between sessions wins over it.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rollcore import policy
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.history.sessions import Session

FEWEST, MOST = 3, 6
"""Sessions of a course (clinics)."""

USUAL = 4
"""Sessions of a course that nobody has counted (own)."""

APART_S = 21 * 86400
"""Sessions that are closer than three weeks are one step of a course (own): those with short
needles are weekly, and the plan is one a month."""


@dataclass(frozen=True)
class Course:
    """A course for one zone, of `sessions` sessions from Unix time `began` (s).

    `zone` is None for one of the whole skin. `done` are those that were its steps,
    the oldest first: the first session of each, and after `sessions` of them those
    of the years that follow. `next_at` is when the next one is planned (Unix s),
    not before the skin has rested; it may be over.
    """

    zone: str | None
    began: int
    sessions: int
    done: list[Session]
    next_at: int

    @property
    def complete(self) -> bool:
        """Whether all of its sessions are done, and one a year is left."""
        return len(self.done) >= self.sessions


def running(entries: Sequence[Entry]) -> list[Entry]:
    """Return what began each course that runs; of each zone, what was written last counts."""
    last: dict[str | None, Entry] = {}
    for entry in entries:
        if entry.kind == diary.PLAN:
            last[entry.zone] = entry
    return [entry for entry in last.values() if entry.number("sessions")]


def courses(
    entries: Sequence[Entry], sessions: Sequence[Session], rested: dict[str, int]
) -> list[Course]:
    """Return the courses that run.

    `entries` are in the order in which they were written, `sessions` the oldest
    first. `rested` says when each zone that a case knows has rested (Unix s).
    """
    unwatched = [] if rested else _rested_from_reactions(entries)
    return [_course(entry, sessions, rested, unwatched) for entry in running(entries)]


def _course(
    entry: Entry, sessions: Sequence[Session], rested: dict[str, int], unwatched: list[int]
) -> Course:
    # A session of which nobody knows the zone may have been in this one.
    its = [one for one in sessions if entry.zone in (None, one.zone) or one.zone is None]
    done: list[Session] = []
    for one in its:
        if one.ended >= entry.at and (not done or one.ended >= done[-1].ended + APART_S):
            done.append(one)
    wanted = entry.number("sessions")
    next_at = entry.at
    if done:
        next_at = months_after(done[-1].ended, 12 if len(done) >= wanted else 1)
    rests = [until for zone, until in rested.items() if entry.zone in (None, zone)]
    next_at = max([next_at, *rests, *unwatched, *_unwatched(its, rested)])
    return Course(entry.zone, entry.at, wanted, done, next_at)


def _rested_from_reactions(entries: Sequence[Entry]) -> list[int]:
    """Return when the skin has rested from reactions, where there is no case that knows."""
    rest_s = policy.for_needle(policy.DEFAULT_NEEDLE_UM).reaction_rest_s
    return [entry.at + rest_s for entry in entries if entry.kind == diary.REACTION_OVER]


def _unwatched(sessions: Sequence[Session], rested: dict[str, int]) -> list[int]:
    """Return when the skin has rested from sessions at a clinic of which no case can know.

    There is no case, or its rules name no such zone: then it is the rest that a
    case starts out with.
    """
    rest_s = policy.for_needle(policy.DEFAULT_NEEDLE_UM).clinic_rest_s
    return [
        one.ended + rest_s
        for one in sessions
        if one.at_clinic and one.zone is not None and one.zone not in rested
    ]


def months_after(unix: int, months: int) -> int:
    """Return the same local time of day that many months later (Unix s).

    In a month that has no such day it is its last. Where clocks were put on and
    the time is missing, it is the moment after; of two it is the first.
    """
    then = datetime.fromtimestamp(unix)
    year, month = divmod(then.year * 12 + then.month - 1 + months, 12)
    day = min(then.day, monthrange(year, month + 1)[1])
    return int(then.replace(year=year, month=month + 1, day=day, fold=0).timestamp())
