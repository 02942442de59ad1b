"""What concerns the skin, not one case: reactions, aftercare, plans, what to look for.

Each case has rests and a roller of its own. A person with several cases has one skin, so
these facts are shown once.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rollhost.database.archive import Case, Person
from rollhost.database.diary import ME, MY_NAME
from rollhost.guidance.windows import REDNESS
from rollhost.history import aftercare, alcohol, holds, late_checks, plan, products
from rollhost.history.aftercare import Due
from rollhost.history.alcohol import Bottle
from rollhost.history.history import History
from rollhost.history.holds import Hold
from rollhost.history.late_checks import Check
from rollhost.history.plan import Plan
from rollhost.history.products import Noted
from rollhost.history.reactions import Reaction, reactions, waiting_for_clinician, watches
from rollhost.history.summary import Summary


class Skin(NamedTuple):
    """What is known of the skin at Unix time `now` (s)."""

    now: int
    reactions: list[Reaction]
    """The reactions that are open."""
    to_be_seen: list[Reaction]
    """Those, open or over, with a sign that no clinician has looked at."""
    holds: list[Hold]
    """The holds that stand, by what was said; a case may know of others."""
    ended_holds: list[Hold]
    """Those that have ended by their day lately, for something that may not have healed."""
    watches: list[Reaction]
    """What is watched, and holds nothing."""
    aftercare: list[Due]
    """The windows that are open now."""
    plans: list[Plan]
    dark_spots: list[Check]
    lumps: list[Check]
    alcohol: Bottle | None
    """The bottle of alcohol that was opened last, None if none was ever noted."""
    products: list[Noted]
    """The last product of each kind on each zone."""
    cases: list[Summary]
    """The cases by which the rest of each zone is known; see `case_status.summarise_skin`."""

    @property
    def rests(self) -> dict[str, int]:
        """When each zone has rested (Unix s; 0: it has), by the case with the longest rest."""
        return rested(self.cases)


class Around(NamedTuple):
    """What there is beside one person: the name of that one, and of others; unclaimed cases.

    `person` is None for `ME`, as long as they have not said what they are called. `theirs` are
    the cases of others, each with its person.
    """

    person: str | None
    others: list[str]
    unclaimed: list[Case]
    lent: list[Case]
    """The cases that have a log of this person, and are about somebody else now."""
    retired: list[Case]
    """The cases that are named though they are used no more: the person has no other."""
    theirs: list[tuple[Case, Person]]

    @classmethod
    def of(cls, history: History, person: int | None) -> "Around":
        """Return what there is beside this person."""
        mine = history.of(person)
        names = {known.token: known.name for known in history.persons}
        persons = {known.token: known for known in history.persons if known.token != person}
        owners = [(case, history.person_now(case)) for case in history.cases_now]
        return cls(
            None if person in (None, ME) and names[ME] == MY_NAME else names.get(person or ME),
            [name for token, name in names.items() if token != person],
            history.unclaimed,
            [case for case in mine.cases if mine.logs(case) and not mine.log_now(case)],
            [case for case in mine.cases_now if case.id in mine.retired],
            [(case, persons[owner]) for case, owner in owners if owner in persons],
        )


def look(history: History, cases: list[Summary], now: int) -> Skin:
    """Return what is known of the skin at Unix time `now` (s); `cases` have each zone's rest."""
    reacted = reactions(history.entries, history.sessions)
    watched = watches(history.entries, history.sessions)
    return Skin(
        now,
        [reaction for reaction in reacted if reaction.over is None],
        waiting_for_clinician(history.entries),
        holds.of_entries(history.entries, now),
        holds.ended_by_day(history.entries, now),
        [watch for watch in watched if watch.over is None],
        [
            due
            for due in aftercare.due(history.sessions, now)
            if due.window.is_open(now) and not is_answered(due, [*reacted, *watched])
        ],
        plan.plans(history.entries, history.sessions, rested(cases)),
        late_checks.dark_spots(history.sessions, reacted, history.entries, now),
        late_checks.lumps(reacted, now),
        alcohol.bottle(history.diary),
        products.noted(history.diary, history.sessions, longest_needle(cases), now),
        cases,
    )


def is_answered(due: Due, seen: Sequence[Reaction]) -> bool:
    """Return whether a window only asks for redness, and somebody has said how it is.

    `seen` are all reactions and all that was watched. What is open has a line of its own.
    """
    session = due.session
    return due.window.key == REDNESS and any(
        reaction.session == session.ended
        and reaction.began.zone in (None, session.zone)
        and (reaction.over is None or reaction.over.at >= due.window.start)
        for reaction in seen
    )


def longest_needle(cases: Sequence[Summary]) -> int:
    """Return the length (um) of the longest needles in the rules of these cases, 0 if none is."""
    return max((case.policy.needle_um for case in cases), default=0)


def rested(cases: list[Summary]) -> dict[str, int]:
    """Return when each zone has rested (Unix s; 0: it has), by the case with the longest rest."""
    rested_at: dict[str, int] = {}
    for case in cases:
        for zone, until in case.zones():
            rested_at[zone] = max(rested_at.get(zone, 0), until or 0)
    return rested_at
