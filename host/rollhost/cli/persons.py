"""Which person a command is about, and whose skin a case is about: asked once, of a second case."""

import sys
from collections.abc import Sequence

from rollhost.cli.ask import ask, can_ask
from rollhost.cli.choose import choose_case
from rollhost.cli.names import did_you_mean, find_name, listed, quoted
from rollhost.database.archive import Archive, Person
from rollhost.database.diary import ME, MY_NAME, PERSON, Entry, derived_token
from rollhost.errors import UsageError
from rollhost.history import history
from rollhost.history.history import History
from rollhost.history.policies import Policies
from rollhost.now import current_time
from rollhost.output.persons import check_name


def choose_person(persons: Sequence[Person], name: str | None) -> Person:
    """Return the person who is called `name`, in upper or lower case; without a name, `ME`.

    Whatever that one is called, *me* means them too. Raises `UsageError` if nobody is called so.
    """
    me = next(person for person in persons if person.token == ME)
    if name is None or name.casefold() == MY_NAME:
        return me
    names = {person.name: person for person in persons}
    found = find_name(name, names)
    if found is None:
        there = f"There are {listed(names, 'and')}; others: person add NAME."
        hint = did_you_mean(name, names, there)
        raise UsageError(f"Nobody here is called {quoted(name)}.", hint)
    return names[found]


def look(archive: Archive, name: str | None, case: str | None = None) -> History:
    """Return what is known of the person called `name`.

    Without a name it is the one whom the case `case` is about now, and without both `ME`.
    """
    past = history.read(archive)
    return past.of(person_meant(past, name, case))


def person_meant(past: History, name: str | None, case: str | None) -> int | None:
    """Return the token of the person whom `look` is about; None: of a case that is nobody's."""
    if name is None and case is not None:
        return past.person_now(choose_case(past.cases, case))
    return choose_person(past.persons, name).token


def entries_of(archive: Archive, name: str | None) -> list[Entry]:
    """Return the entries in the diary of the person called `name`; without a name, of `ME`."""
    person = choose_person(archive.persons(), name)
    return [entry for entry in archive.diary.entries() if entry.person == person.token]


def policies_of(archive: Archive, name: str | None) -> Policies:
    """Return the policies of the cases of the person called `name`; without a name, of `ME`."""
    return history.policies_of(archive, choose_person(archive.persons(), name).token)


def ask_whose(archive: Archive, case_id: int, name: str | None) -> int | None:
    """Return the token of the person called `name`; without a name ask who it is.

    None if the person does not say it now, or if nobody is there to ask. Raises `UsageError`
    if nobody is called so. A person who is named for the first time is added.
    """
    persons = archive.persons()
    if name is not None:
        return choose_person(persons, name).token
    case = next(case for case in archive.cases() if case.id == case_id)
    if case.board == "virtual" or not can_ask():
        return None
    names = ["yours", *(f"{person.name}'s" for person in persons if person.token != ME)]
    print(f"Case {case.title} is new here. Whose skin is it about?", file=sys.stderr)
    for number, text in enumerate([*names, "somebody else's"], 1):
        print(f"  {number}  {text}", file=sys.stderr)
    answer = ask("A number, or Enter to say it later:")
    others = [person for person in persons if person.token != ME]
    if answer == "1":
        return ME
    if answer.isdecimal() and 2 <= int(answer) <= len(names):
        return others[int(answer) - 2].token
    if answer == str(len(names) + 1):
        called = ask("What are they called?")
        return meet_person(archive, called).token if called else None
    return None


def meet_person(archive: Archive, name: str) -> Person:
    """Add the person called `name`, if nobody is; return them. Raises `UsageError` for no name."""
    name = check_name(name)
    for person in archive.persons():
        if person.name.casefold() == name.casefold() or name.casefold() == MY_NAME:
            return choose_person(archive.persons(), name)
    # The same name on another computer is the same person.
    token = derived_token(PERSON, name.casefold())
    if token in [person.token for person in archive.persons()]:
        token = archive.diary.new_token()
    with archive.transaction():
        archive.name_person(token, name, int(current_time()))
    return Person(token, name)


def check_person(archive: Archive, log_id: int, name: str | None) -> None:
    """Raise `UsageError` if a log is about somebody else than the person called `name`."""
    person = archive.log_facts(log_id).person
    if name is None or person == choose_person(archive.persons(), name).token:
        return
    known = next(known.name for known in archive.persons() if known.token == person)
    raise UsageError(
        f"This case is about {known}, not {name}. All of it is home.",
        "If it has gone to somebody else: case lend. If it was a mistake: case whose.",
    )
