"""``host alcohol``: notes that a bottle of alcohol was opened, or shows when the last one was."""

import argparse

from rollhost.cli import parse_dates
from rollhost.cli.arguments import add_at, add_database, add_json, add_person
from rollhost.cli.persons import look
from rollhost.cli.result import Result
from rollhost.cli.write_entry import entry_result, keep_entry
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.database.open import open_or_empty
from rollhost.guidance import heads as guidance
from rollhost.history import alcohol
from rollhost.history.alcohol import Bottle
from rollhost.now import current_time
from rollhost.output.alcohol import bottle_document, bottle_lines, remarks


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "what", nargs="?", choices=["new"], default=None,
        help="new: a bottle was opened; without it: when the last one was",
    )  # fmt: skip
    parser.add_argument("text", nargs="*", help="what is on it, or what else to remember")
    add_at(parser)
    add_person(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Write the entry of a bottle that was opened, or show the last one."""
    now = int(current_time())
    if args.what is None:
        with open_or_empty(args.db) as archive:
            past = look(archive, args.person)
        found = alcohol.bottle(past.diary)
        return Result(lambda: bottle_document(found, now), lambda: bottle_lines(found, now))
    when, text = parse_dates.with_time(args.at, args.text)
    data = {"text": " ".join(text), **parse_dates.said_day(when, now)}
    entry = Entry(diary.ALCOHOL, parse_dates.past(when, now), data=data)
    entry = keep_entry(args.db, lambda archive: entry, now, args.person)
    advice = [*remarks(Bottle(entry), now), *guidance.ALCOHOL]
    return entry_result(args.db, entry, now, advice)
