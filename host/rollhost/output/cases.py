"""The cases that are known here and whose they are, in words and as JSON."""

from collections.abc import Sequence

from rollhost.case.lend import Lent
from rollhost.database.archive import Case, Person
from rollhost.output import units
from rollhost.output.persons import Owned, name_of, whose_line


def cases_document(owned: Owned, persons: Sequence[Person]) -> dict[str, object]:
    """Return the cases for ``--json``."""
    return {
        "cases": [
            {"device": case.device, "name": case.name, "person": name_of(persons, owner)}
            for case, owner in owned
        ]
    }


def cases_lines(owned: Owned, persons: Sequence[Person]) -> list[str]:
    """Return a line for each case; where there are several persons, with whose it is."""
    lines = []
    for case, owner in owned:
        whose = f"  {name_of(persons, owner)}" if owner is not None and len(persons) > 1 else ""
        lines.append(f"{case.device[-6:]:<6}  {case.name or 'no name'}{whose}")
    lines += [whose_line(case) for case, owner in owned if owner is None]
    return lines or ["No case was synced yet."]


def owned_document(case: Case, person: Person) -> dict[str, object]:
    """Return the result of saying whose a case is, for ``--json``."""
    return {"case": case.device, "person": person.name}


def owned_lines(case: Case, person: Person) -> list[str]:
    """Return the result of saying whose a case is."""
    return [
        f"Case {case.title} is about {person.name}. The next sync tells it what concerns"
        f" {person.name}'s skin."
    ]


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
    home = f"{units.count(lent.new, 'new record')} came home" if lent.new else "All was home"
    return [
        f"{home}. Case {case.title} is about {person.name} now, with an empty log and the rules"
        " it came with.",
        f"Put a new head in for {person.name}, then hold the button 10 s: a head is for one"
        " person.",
        "Until the case has written over them, your old records can still be read from its flash"
        " with a cable.",
    ]
