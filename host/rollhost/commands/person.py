"""``host person``: who uses the cases that are synced here."""

import argparse

from rollhost.cli.arguments import add_database, add_json
from rollhost.cli.choose import choose_person
from rollhost.cli.meet_persons import meet_person
from rollhost.cli.result import Result
from rollhost.database.archive import Archive
from rollhost.database.diary import ME, MY_NAME
from rollhost.database.open import open_archive, open_or_make
from rollhost.errors import UsageError
from rollhost.guidance.heads import TWO_PEOPLE
from rollhost.history import history
from rollhost.now import current_time
from rollhost.output.persons import check_name, persons_document, persons_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "what", nargs="?", choices=["add", "rename"], default=None,
        help="add: somebody new; rename: another name; without one: who is known, with their cases",
    )  # fmt: skip
    parser.add_argument("names", nargs="*", metavar="NAME", help="add NAME; rename OLD NEW")
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Add or rename a person, or list all."""
    if len(args.names) != {None: 0, "add": 1, "rename": 2}[args.what]:
        raise UsageError(
            "Say person, person add NAME or person rename OLD NEW.", "See person --help."
        )
    opened = open_or_make if args.what == "add" else open_archive
    with opened(args.db) as archive:
        if args.what == "add":
            person = meet_person(archive, args.names[0], is_new=True)
            return Result(
                lambda: {"person": person.name},
                lambda: [f"{person.name} is known here now.", TWO_PEOPLE],
            )
        if args.what == "rename":
            return _rename(archive, *args.names)
        past = history.read(archive)
    cases = [(case, past.person_now(case)) for case in past.cases]
    return Result(
        lambda: persons_document(past.persons, cases), lambda: persons_lines(past.persons, cases)
    )


def _rename(archive: Archive, old: str, new: str) -> Result:
    person = choose_person(archive.persons(), old)
    name = check_name(new)
    taken = [other.name.casefold() for other in archive.persons() if other.token != person.token]
    if person.token != ME:
        taken.append(
            MY_NAME
        )  # it means the person who uses this computer, whatever they are called
    if name.casefold() in taken:
        raise UsageError(f"Somebody else is called {name} already.", "Choose another name.")
    with archive.transaction():
        archive.name_person(person.token, name, int(current_time()))
    return Result(
        lambda: {"person": name, "before": person.name},
        lambda: [f"{person.name} is called {name} now."],
    )
