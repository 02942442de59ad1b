"""``host backup``: a copy of the database, read back before it counts, by hand or after a sync."""

import argparse
from pathlib import Path

from rollhost.cli import automatic_backup
from rollhost.cli.arguments import add_database, add_json, positive
from rollhost.cli.program import program_name
from rollhost.cli.result import Result
from rollhost.cli.synced_folder import kept_by
from rollhost.database import backup
from rollhost.database.open import open_archive
from rollhost.errors import DONE, FAILED, UsageError
from rollhost.exchange.sound_rows import wrong_rows
from rollhost.now import current_time
from rollhost.output import units
from rollhost.output.backups import automatic_document, automatic_lines, automatic_notes

_WHERE_THEY_GO = Path()
"""What ``--automatic`` without a folder means: where they go already, else beside the database."""


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
    parser.add_argument(
        "--automatic",
        nargs="?",
        type=Path,
        const=_WHERE_THEY_GO,
        metavar="FOLDER",
        help="from now on make one a day after a sync, in FOLDER (default: beside the database)",
    )
    parser.add_argument(
        "--no-automatic", action="store_true", help="from now on make none after a sync"
    )
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Copy the database, then remove backups that are older than the last ``--keep``.

    A copy with rows that have changed on the disk is better than none; but then no older backup
    is removed, and the exit code is 1.
    """
    automatic = args.automatic is not None or args.no_automatic
    if automatic and (args.file or args.keep or args.force):
        raise UsageError(
            "Automatic backups have names and a number of their own.",
            "Leave FILE, --keep and --force out.",
        )
    if args.automatic is not None and args.no_automatic:
        raise UsageError("--automatic and --no-automatic say opposite things.", "Leave one out.")
    if args.no_automatic:
        return _end(args)
    if args.automatic is not None:
        return _begin(args)
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
        notes=automatic_backup.wrong_lines(wrong) if wrong else [],
        exit_code=FAILED if wrong else DONE,
    )


def _begin(args: argparse.Namespace) -> Result:
    """Make the first automatic backup, and say where the next ones go and which are kept."""
    folder = None if args.automatic is _WHERE_THEY_GO else args.automatic
    with open_archive(args.db) as archive:
        before = automatic_backup.told(archive)
        made = automatic_backup.turn_on(archive, folder, current_time())
        now = automatic_backup.told(archive)
    assert now is not None
    moved_from = before.folder if before is not None and before.folder != now.folder else None
    is_new = before is None or moved_from is not None
    return Result(
        lambda: {
            "file": str(made.file),
            "rows": made.rows,
            "removed": [str(path) for path in made.removed],
            "wrong_rows": made.wrong,
            "automatic": automatic_document(now.is_on, now.folder),
        },
        lambda: [
            f"{units.count(made.rows['records'], 'record')} in {made.file}, which was read back"
            " whole.",
            *automatic_lines(now.folder, now.is_beside, program_name()),
        ],
        notes=[
            *(automatic_backup.wrong_lines(made.wrong) if made.wrong else []),
            *automatic_notes(
                now.folder, kept_by(made.file) if is_new else None, moved_from, program_name()
            ),
        ],
        exit_code=FAILED if made.wrong else DONE,
    )


def _end(args: argparse.Namespace) -> Result:
    """Make no more automatic backups. Those that are there stay."""
    with open_archive(args.db) as archive:
        before = automatic_backup.turn_off(archive)
    return Result(
        lambda: {"automatic": automatic_document(False, before.folder)},
        lambda: [f"No more automatic backups. Those in {before.folder} stay there."],
    )
