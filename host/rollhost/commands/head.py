"""``host head new``: a new head is in, said here and not with the button."""

import argparse

from rollhost import cases, diary, moment
from rollhost.archive import open_archive
from rollhost.commands import written
from rollhost.commands.arguments import add_case, add_database, add_json
from rollhost.diary import Entry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("what", choices=["new"], help="a new head is in")
    parser.add_argument("text", nargs="*", help="why, or what else to remember")
    add_case(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Write it down for one case."""
    now = int(moment.now())
    with open_archive(args.db) as archive:
        case = cases.choose(archive.cases(), args.case)
        entry = Entry(diary.HEAD, now, case_id=case.id, data={"text": " ".join(args.text)})
        with archive.transaction():
            entry = archive.diary.add(entry, now)
    return written.say(args, entry, now)
