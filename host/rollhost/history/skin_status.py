"""What concerns the skin, not one case: reactions, aftercare, plans.

Each case has rests and a roller of its own. A person with several cases has one skin, so
these facts are shown once.
"""

from dataclasses import dataclass

from rollhost.database.archive import Case, Person
from rollhost.database.diary import ME, MY_NAME
from rollhost.history import aftercare, plan
from rollhost.history.aftercare import Due
from rollhost.history.case_status import Summary
from rollhost.history.history import History
from rollhost.history.plan import Plan
from rollhost.history.reactions import Reaction, reactions


@dataclass(frozen=True)
class Skin:
    """What is known of the skin at Unix time `now` (s)."""

    now: int
    reactions: list[Reaction]
    """The reactions that are open."""
    aftercare: list[Due]
    """The windows that are open now."""
    plans: list[Plan]


@dataclass(frozen=True)
class Around:
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
    """The cases that are shown though they are used no more: the person has no other."""
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
    return Skin(
        now,
        [reaction for reaction in reactions(history.entries) if reaction.over is None],
        [due for due in aftercare.due(history.sessions, now) if due.window.is_open(now)],
        plan.plans(history.entries, history.sessions, rested(cases)),
    )


def rested(cases: list[Summary]) -> dict[str, int]:
    """Return when each zone has rested (Unix s; 0: it has), by the case with the longest rest."""
    rested_at: dict[str, int] = {}
    for case in cases:
        for zone, until in case.zones():
            rested_at[zone] = max(rested_at.get(zone, 0), until or 0)
    return rested_at
