"""``host name``: gives a case the owner's name for it, or lists the cases."""

import argparse

from rollhost.cli.arguments import add_case, add_database, add_json
from rollhost.cli.choose import choose_case
from rollhost.cli.result import Result
from rollhost.database.open import open_archive
from rollhost.errors import UsageError
from rollhost.now import current_time
from rollhost.output.text import one_line

MAX_NAME = 40
"""The most characters of a name: it is shown in lines with other words (own)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "name", nargs="?", help="what to call it; without one, the cases are listed"
    )
    add_case(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Name a case, or list all cases."""
    if args.name is None:
        return _list(args)
    name = one_line(args.name).strip()
    if not 1 <= len(name) <= MAX_NAME:
        raise UsageError(f"A name has 1 to {MAX_NAME} characters.", "Choose another one.")
    with open_archive(args.db) as archive:
        case = choose_case(archive.cases(), args.case)
        with archive.transaction():
            archive.name_case(case.id, name, int(current_time()))
    return Result(
        lambda: {"case": case.device, "name": name},
        lambda: [f"Case {case.title} is called {name} now."],
    )


def _list(args: argparse.Namespace) -> Result:
    with open_archive(args.db) as archive:
        cases = archive.cases()
    if args.case is not None:
        cases = [choose_case(cases, args.case)]
    lines = [f"{case.device[-6:]:<6}  {case.name or 'no name'}" for case in cases]
    known = [{"device": case.device, "name": case.name} for case in cases]
    return Result(lambda: {"cases": known}, lambda: lines or ["No case was synced yet."])
