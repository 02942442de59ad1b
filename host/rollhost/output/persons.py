"""Persons and whose case it is, in words and as JSON."""

from collections.abc import Sequence

from rollhost.database.archive import Case, Person
from rollhost.database.diary import ME, MY_NAME
from rollhost.errors import UsageError
from rollhost.output.text import one_line

MAX_NAME = 40
"""The most characters of a name: it is shown in lines with other words (own)."""


def check_name(name: str) -> str:
    """Return a name of a person or a case as one line. Raises `UsageError` for one that is none."""
    name = one_line(name).strip()
    if not 1 <= len(name) <= MAX_NAME:
        raise UsageError(f"A name has 1 to {MAX_NAME} characters.", "Choose another one.")
    return name


def name_of(persons: Sequence[Person], token: int | None) -> str | None:
    """Return what a person is called, None if the token is None or nobody here has it."""
    return next((person.name for person in persons if person.token == token), None)


Owned = Sequence[tuple[Case, int | None]]
"""Cases, each with the token of the person whose skin it is about; None: nobody has said."""


def persons_document(persons: Sequence[Person], cases: Owned) -> dict[str, object]:
    """Return the persons and their cases for ``--json``."""
    return {
        "persons": [
            {
                "name": person.name,
                "cases": [case.device for case, owner in cases if owner == person.token],
            }
            for person in persons
        ],
        "unclaimed": [case.device for case, owner in cases if owner is None],
    }


def persons_lines(persons: Sequence[Person], cases: Owned) -> list[str]:
    """Return a line for each person with their cases, and one for each case that is nobody's."""
    column = max(len(person.name) for person in persons)
    lines = []
    for person in persons:
        titles = [case.title for case, owner in cases if owner == person.token]
        lines.append(f"{person.name:<{column}}  {', '.join(titles) or 'no case'}")
    return lines + [whose_line(case) for case, owner in cases if owner is None]


def others_line(
    person: str | None, theirs: Sequence[tuple[Case, Person]], has_own: bool = False
) -> str:
    """Return that cases are about others, each with its person: all, unless somebody `has_own`.

    `person` is the name of that one; None: who uses this computer.
    """
    cases = ", ".join(f"case {case.title} is {_whose(owner)}" for case, owner in theirs)
    if has_own:
        return f"C{cases[1:]}."
    mine = f"{person}'s" if person else "yours"
    return f"No case here is {mine}: {cases}."


def _whose(person: Person) -> str:
    return "yours" if is_me(person) else f"{person.name}'s"


def is_me(person: Person) -> bool:
    """Return whether it is who uses this computer, and has said no name."""
    return person.token == ME and person.name == MY_NAME


def whose_line(case: Case) -> str:
    """Return the question whose case this is, with the next step."""
    short = case.name or case.device[-6:]
    if case.board == "virtual":
        return f"Case {case.title} counts for nobody. To try it as yours: case whose {short} me."
    return f"Whose is case {case.title}? Say it: case whose {short} me, or case whose {short} NAME."
