"""``host head new``: notes that a new head is in, in place of a very long press."""

import argparse

from rollhost.cli.arguments import add_case, add_database, add_json
from rollhost.cli.choose import choose_case
from rollhost.cli.result import Result
from rollhost.cli.write_entry import entry_result
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.now import current_time


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("what", choices=["new"], help="a new head is in")
    parser.add_argument("text", nargs="*", help="why, or what else to remember")
    add_case(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Write the entry of a new head of one case."""
    now = int(current_time())
    with open_archive(args.db) as archive:
        case = choose_case(archive.cases(), args.case)
        entry = Entry(diary.HEAD, now, case_id=case.id, data={"text": " ".join(args.text)})
        with archive.transaction():
            entry = archive.diary.add(entry, now)
    return entry_result(entry, now)
