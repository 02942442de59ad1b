"""``host backup``: a copy of the database, read back before it counts."""

import argparse
from pathlib import Path

from rollhost.cli.arguments import add_database, add_json, positive
from rollhost.cli.program import program_name
from rollhost.cli.result import Result
from rollhost.database import backup
from rollhost.database.open import open_archive
from rollhost.errors import DONE, FAILED, UsageError
from rollhost.exchange.sound_rows import wrong_rows
from rollhost.now import current_time
from rollhost.output import units


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="where to (default: beside the database, with the date in its name)",
    )
    parser.add_argument(
        "--keep",
        type=positive,
        metavar="N",
        help="keep the last N backups with a date in their names, and remove older ones",
    )
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Copy the database, then remove backups that are older than the last ``--keep``.

    A copy with rows that have changed on the disk is better than none; but then no older backup
    is removed, and the exit code is 1.
    """
    if args.file and args.keep:
        raise UsageError("--keep counts backups that are named by date.", "Leave FILE out.")
    with open_archive(args.db) as archive:
        database = archive.path
        file: Path = args.file or backup.dated(database, current_time())
        counts = backup.copy(archive, file, args.force)
        wrong = list(wrong_rows(archive))
    removed = backup.remove_oldest(database, file, args.keep) if args.keep and not wrong else []
    records = units.count(counts["records"], "record")
    return Result(
        lambda: {
            "file": str(file),
            "rows": counts,
            "removed": [str(path) for path in removed],
            "wrong_rows": wrong,
        },
        lambda: [
            f"{records} in {file}, which was read back whole.",
            *(f"Removed {path}." for path in removed),
        ],
        notes=[
            *wrong,
            "The backup has the same, and no older one was removed."
            f" What to do: {program_name()} verify.",
        ]
        if wrong
        else [],
        exit_code=FAILED if wrong else DONE,
    )
