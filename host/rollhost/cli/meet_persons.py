"""Whose skin a case is about that is met for the first time, and persons who are: asked once."""

import sys
from shlex import quote

from rollhost.cli.ask import ask, can_ask
from rollhost.cli.choose import choose_person
from rollhost.cli.names import did_you_mean, find_name, near_name, quoted
from rollhost.cli.retire import retire
from rollhost.database.archive import Archive, Person
from rollhost.database.diary import ME, MY_NAME, PERSON, derived_token
from rollhost.errors import UsageError
from rollhost.history import lineage, recent
from rollhost.now import current_time
from rollhost.output.persons import check_name


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
    past = recent.read(archive, int(current_time()))
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
