"""``host note``: a line in the diary."""

import argparse

from rollhost import cases, dates, diary, moment
from rollhost.archive import open_archive
from rollhost.commands import written
from rollhost.commands.arguments import add_at, add_database, add_json, add_zone
from rollhost.diary import Entry
from rollhost.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("text", nargs="+", help="what to remember")
    add_at(parser)
    add_zone(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Write a note down."""
    now = int(moment.now())
    text = " ".join(args.text).strip()
    if not text:
        raise UsageError("There is nothing to write down.", "Give the note some words.")
    with open_archive(args.db, create=True) as archive:
        zone = cases.zone_of(archive, args.zone) if args.zone else None
        entry = Entry(diary.NOTE, dates.past(args.at, now), zone, data={"text": text})
        with archive.transaction():
            entry = archive.diary.add(entry, now)
    return written.say(args, entry, now)
