"""``host share``: the same history on several computers, by a folder that they share."""

import argparse
from pathlib import Path

from rollhost.cli import share
from rollhost.cli.arguments import add_database, add_json
from rollhost.cli.result import Result
from rollhost.database.open import open_archive, open_or_make
from rollhost.errors import DONE, FAILED, UsageError
from rollhost.now import current_time


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "place",
        nargs="?",
        metavar="FOLDER",
        help="a folder that all computers see, or postgresql://… (default: where it was last)",
    )
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help=f"encrypt with the passphrase in it (default: {share.PASSPHRASE}, else not at all)",
    )
    parser.add_argument(
        "--me", metavar="NAME", help="who uses this computer, where others share the folder too"
    )
    parser.add_argument(
        "--leave-out",
        action="append",
        metavar="NAME",
        help="a person whose logs and entries stay on this computer; '' ends that",
    )
    parser.add_argument(
        "--setup-sql",
        action="store_true",
        help="print the SQL that makes a PostgreSQL database ready for it, and nothing else",
    )
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Share. The exit code is 1 if a file of another computer could not be read."""
    if args.setup_sql:
        if args.json:
            raise UsageError("--setup-sql prints SQL, --json a document.", "Ask for one of them.")
        return Result(None, share.setup_lines, to_copy=True)
    now = int(current_time())
    new: dict[str, str] = {}
    if args.place is not None:
        new["place"] = share.place_of(args.place)
    if args.passphrase_file is not None:
        new["passphrase_file"] = str(args.passphrase_file.expanduser().absolute())
    # Sharing that fails makes no database.
    opened = open_archive if args.place is None else open_or_make
    with opened(args.db) as archive:
        if args.me is not None:
            share.say_user(archive, args.me, now)
        if args.leave_out is not None:
            share.leave_out(archive, args.leave_out)
        done = share.share(archive, now, new)
    return Result(
        lambda: done.document,
        lambda: done.lines,
        notes=done.notes,
        exit_code=DONE if done.is_whole else FAILED,
    )
