"""Which person a command is about, and whose skin a case is about: asked once, of a second case."""

import sys
from collections.abc import Sequence
from shlex import quote

from rollhost.cli.ask import ask, can_ask
from rollhost.cli.choose import choose_case, is_called
from rollhost.cli.names import did_you_mean, find_name, listed, near_name, quoted
from rollhost.cli.retire import retire
from rollhost.database.archive import Archive, Case, Person
from rollhost.database.diary import ME, MY_NAME, PERSON, Entry, derived_token
from rollhost.errors import UsageError
from rollhost.history import history, lineage
from rollhost.history.history import History
from rollhost.history.policies import Policies
from rollhost.now import current_time
from rollhost.output.persons import Owned, check_name, others_line, whose_line


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


def case_meant(past: History, name: str | None, case: str | None) -> Case:
    """Return the case called `case` of which `person_meant` is the person; see `choose_case_of`."""
    theirs = past.of(person_meant(past, name, case)).cases
    return choose_case_of(_owned(past), past.persons, name, case, theirs)


def case_now(past: History, name: str | None, case: str | None) -> Case:
    """Return the case called `case` that somebody has now; see `choose_case_of`."""
    return choose_case_of(_owned(past), past.persons, name, case, or_any=True)


def _owned(past: History) -> Owned:
    return [(known, past.person_now(known)) for known in past.cases]


def person_meant(past: History, name: str | None, case: str | None) -> int | None:
    """Return the token of the person whom `look` is about; None: of a case that is nobody's."""
    if name is None and case is not None:
        return past.person_now(choose_case(past.cases, case))
    return choose_person(past.persons, name).token


def choose_case_of(
    owned: Owned,
    persons: Sequence[Person],
    name: str | None,
    case: str | None,
    also: Sequence[Case] = (),
    or_any: bool = False,
) -> Case:
    """Return the case called `case` of the person called `name`; without `case`, their only one.

    `owned` are all cases, `also` those that are somebody else's now. Without a name it is
    a case of `ME`, or with `case` that of whoever; with `or_any` so it is too if `ME` has none.
    Raises `UsageError` if it is somebody else's, and errors as `choose_case` does.
    """
    cases = [known for known, _ in owned]
    person = choose_person(persons, name)
    theirs = [known for known, owner in owned if owner == person.token or known in also]
    if name is None and (case is not None or (or_any and not theirs)):
        return choose_case(cases, case)
    named = [known for known in cases if case is None or is_called(known.device, known.name, case)]
    others = [(known, owner) for known, owner in owned if known in named and known not in theirs]
    if not others or any(known in theirs for known in named):
        return choose_case(theirs or cases, case)
    names = {known.token: known for known in persons}
    if all(owner not in names for _, owner in others):
        raise UsageError("Nobody has said whose the case is.", whose_line(others[0][0]))
    found = [(known, names[owner]) for known, owner in others if owner in names]
    is_me = person.token == ME and person.name == MY_NAME
    steps = listed(list(dict.fromkeys(f"--person {quote(owner.name)}" for _, owner in found)))
    sentence = others_line(None if is_me else person.name, found, theirs != [])
    raise UsageError(sentence, f"Say {steps}.")


def entries_of(archive: Archive, name: str | None) -> list[Entry]:
    """Return the entries in the diary of the person called `name`; without a name, of `ME`."""
    person = choose_person(archive.persons(), name)
    return [entry for entry in archive.diary.entries() if entry.person == person.token]


def policies_of(archive: Archive, name: str | None) -> Policies:
    """Return the policies of the cases of the person called `name`; without a name, of `ME`."""
    return history.policies_of(archive, choose_person(archive.persons(), name).token)


def ask_whose(archive: Archive, case_id: int, log_id: int, name: str | None) -> int | None:
    """Return the token of the person called `name`; without a name ask who it is.

    None without a name if it is known, if the person does not say it now, or if nobody is there to
    ask. Raises `UsageError` if nobody is called so, or if it was said to be somebody else. A person
    who is named for the first time is added.
    """
    persons = archive.persons()
    case = next(case for case in archive.cases() if case.id == case_id)
    facts = archive.log_facts(log_id)
    if name is not None:
        named = choose_person(persons, name).token
        said = archive.owner_said(case_id, lineage.case_id_of(facts.name))
        if said not in (None, named):
            known = next(known.name for known in persons if known.token == said)
            raise UsageError(
                f"This case is about {known}, not {name}. All of it is home.",
                "If it has gone to somebody else: case lend. If it was a mistake: case whose.",
            )
        return named
    if facts.person is not None or case.board == "virtual" or not can_ask():
        return None
    past = history.read(archive)
    mine = [known for known in past.of(ME).cases_now if known.board != "virtual"]
    others = [person for person in persons if person.token != ME]
    choices = [
        "yours" if not mine else "yours, too",
        *(f"yours, in place of {known.title}" for known in mine),
        *(f"{person.name}'s" for person in others),
        "somebody else's",
    ]
    print(f"Case {case.title} is new here. Whose skin is it about?", file=sys.stderr)
    for number, text in enumerate(choices, 1):
        print(f"  {number}  {text}", file=sys.stderr)
    answer = ask("A number, or Enter to say it later:")
    if not answer.isdecimal() or not 1 <= int(answer) <= len(choices):
        return None
    place = int(answer) - 2
    if place < 0:
        return ME
    if place < len(mine):
        retire(archive, mine[place], case, int(current_time()))
        return ME
    if place < len(mine) + len(others):
        return others[place - len(mine)].token
    called = ask("What are they called?")
    return meet_person(archive, called, is_new=True).token if called else None


def meet_person(archive: Archive, name: str, is_new: bool = False) -> Person:
    """Add the person called `name`, if nobody is; return them.

    Raises `UsageError` for no name, and for one that is nearly somebody's, as it may be mistyped,
    unless it `is_new`.
    """
    name = check_name(name)
    persons = archive.persons()
    names = [person.name for person in persons]
    if name.casefold() == MY_NAME or find_name(name, names) is not None:
        return choose_person(persons, name)
    if not is_new and near_name(name, names):
        step = did_you_mean(name, names, f"Somebody else: person add {quote(name)}.")
        raise UsageError(f"Nobody here is called {quoted(name)}.", step)
    # The same name on another computer is the same person.
    token = derived_token(PERSON, name.casefold())
    if token in [person.token for person in archive.persons()]:
        token = archive.diary.new_token()
    with archive.transaction():
        archive.name_person(token, name, int(current_time()))
    return Person(token, name)
