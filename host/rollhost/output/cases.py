"""The cases that are known here and whose they are, in words and as JSON."""

from collections.abc import Mapping, Sequence

from rollhost.case.lend import Lent
from rollhost.database.archive import Case, Person
from rollhost.output import units
from rollhost.output.persons import Owned, is_me, name_of, whose_line

Retired = Mapping[int, str | None]
"""The cases that are used no more, by id: the device of the one that is used in its place."""


def cases_document(
    owned: Owned, persons: Sequence[Person], retired: Retired, forgotten: Sequence[str]
) -> dict[str, object]:
    """Return the cases for ``--json``; `forgotten` is as in `cases_lines`."""
    return {
        "cases": [
            {
                "device": case.device,
                "name": case.name,
                "person": name_of(persons, owner),
                "retired": case.id in retired,
                "replaced_by": retired.get(case.id),
            }
            for case, owner in owned
        ],
        "forgotten": list(forgotten),
    }


def cases_lines(
    owned: Owned, persons: Sequence[Person], retired: Retired, forgotten: Sequence[str]
) -> list[str]:
    """Return a line for each case; where there are several persons, with whose it is.

    `forgotten` are the devices of other cases, whose logs were forgotten.
    """
    lines = []
    titles = {case.device: case.title for case, _ in owned}
    for case, owner in owned:
        whose = f"  {name_of(persons, owner)}" if owner is not None and len(persons) > 1 else ""
        gone = "  retired" if case.id in retired else ""
        by = retired.get(case.id)
        gone = f"  replaced by {titles.get(by, by[-6:])}" if by else gone
        lines.append(f"{case.device[-6:]:<6}  {case.name or 'no name'}{whose}{gone}")
    lines += [
        f"{device[-6:]:<6}  forgotten; to use it again: case lend {device[-6:]} NAME"
        for device in forgotten
    ]
    lines += [whose_line(case) for case, owner in owned if owner is None]
    return lines or ["No case was synced yet."]


def owned_document(case: Case, person: Person) -> dict[str, object]:
    """Return the result of saying whose a case is, for ``--json``."""
    return {"case": case.device, "person": person.name}


def owned_lines(case: Case, person: Person) -> list[str]:
    """Return the result of saying whose a case is."""
    about, whose = ("you", "your") if is_me(person) else (person.name, f"{person.name}'s")
    return [
        f"Case {case.title} is about {about}. The next sync tells it what concerns {whose} skin."
    ]


def retired_document(old: Case, by: Case | None) -> dict[str, object]:
    """Return the result of retiring a case, for ``--json``."""
    return {"retired": old.device, "replaced_by": None if by is None else by.device}


def retired_lines(old: Case, by: Case | None) -> list[str]:
    """Return the result of retiring a case."""
    if by is None:
        return [
            f"Case {old.title} is retired. What it has logged stays, and still counts for your"
            " other cases. To use it again: undo."
        ]
    return [
        f"Case {by.title} is used in place of {old.title}. The next sync tells it of the uses, the"
        " head and the rules of the old one."
    ]


def retired_hint(case: Case, program: str) -> str:
    """Return what is said where a case that was retired is synced again.

    `program` is what this program is called.
    """
    return f"Case {case.title} was retired. If it is used again: {program} undo --list, and undo."


def lend_question(case: Case, name: str) -> str:
    """Return the question before a case is lent to the person called `name`."""
    return (
        f"Case {case.title} goes to {name}: its log comes home, and a new, empty one begins."
        f" Its head counts as out, for a head is for one person. Lend it?"
    )


def lent_document(case: Case, person: Person, lent: Lent) -> dict[str, object]:
    """Return the result of lending a case, for ``--json``."""
    return {
        "lent": True,
        "case": case.device,
        "person": person.name,
        "log": lent.log,
        "new": lent.new,
    }


def lent_lines(case: Case, person: Person, lent: Lent) -> list[str]:
    """Return the result of lending a case."""
    if lent.let_go:
        home = "Its log, which was forgotten here, was let go"
    else:
        home = f"{units.count(lent.new, 'new record')} came home" if lent.new else "All was home"
    return [
        f"{home}. Case {case.title} is about {person.name} now, with an empty log and the rules"
        " it came with.",
        f"Put a new head in for {person.name}, then hold the button 10 s: a head is for one"
        " person.",
        "Until the case has written over them, your old records can still be read from its flash"
        " with a cable.",
    ]
