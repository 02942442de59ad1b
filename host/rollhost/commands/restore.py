"""``host restore``: puts a backup in the place of the database, and keeps what was there.

Without a backup, or with a folder, it lists those that there are.
"""

import argparse
import re
from pathlib import Path

from rollhost.cli import automatic_backup, terminal
from rollhost.cli.arguments import add_database, add_json
from rollhost.cli.ask import agrees, can_ask
from rollhost.cli.program import program_name
from rollhost.cli.result import Result
from rollhost.database import restore
from rollhost.database.known_backups import BEFORE_UPDATE, REPLACED, Known
from rollhost.database.open import default_path, open_archive
from rollhost.errors import ArchiveError, UsageError
from rollhost.now import current_time
from rollhost.output.backups import automatic_document, backups_document, backups_lines
from rollhost.output.restore import (
    automatic_goes_on,
    offer_lines,
    restore_document,
    restored_lines,
)

_NOT_DONE = "Nothing was changed. To do it, say --yes."

LATEST = "latest"
"""The word for the newest backup of a list."""

_NO_BACKUP = (REPLACED, BEFORE_UPDATE)
"""What a restore or an update has kept: listed, but not what a person means by the newest one."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help="a backup or another database, a number of the list, or latest (default: lists the"
        " backups that are known)",
    )
    parser.add_argument(
        "number",
        nargs="?",
        metavar="NUMBER",
        help="if FILE is a folder: which of the backups in it, or latest (default: lists them)",
    )
    parser.add_argument("--yes", action="store_true", help="do it, and do not ask")
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """List backups, or show what is in one and what would go; with consent, restore it."""
    database = (args.db or default_path()).expanduser().absolute()
    now = current_time()
    folder, number = _folder_and_number(args)
    if folder is None and number is None and args.file is not None:
        return _restore(args, Path(args.file).expanduser().absolute(), database, now)
    found = automatic_backup.known_backups(database, folder, now)
    if number is not None:
        return _restore(args, _chosen(found.backups, number, folder), database, now)
    if args.yes:
        if folder is not None:
            raise ArchiveError(
                f"{folder} is a folder.", f"Name a backup in it: {_command(folder)}."
            )
        raise UsageError("No backup was named.", f"See the list: {_command(None)}.")
    return Result(
        lambda: {
            "backups": backups_document(found.backups),
            "automatic": found.told and automatic_document(found.told.is_on, found.told.folder),
        },
        lambda: (
            backups_lines(found.backups, now, terminal.width())
            if found.backups
            else [_none(folder, database, found.told)]
        ),
        notes=found.problems,
        hints=[
            f"To put one in place of the database: {_command(folder)} NUMBER. It is shown first."
            if found.backups
            else f"If you have one elsewhere: {program_name()} restore FOLDER."
        ],
    )


def _restore(args: argparse.Namespace, file: Path, database: Path, now: float) -> Result:
    offer = restore.examine(file, database)
    shown = offer_lines(offer)
    agreed = args.yes
    if not agreed and not args.json and can_ask():
        print("\n".join(shown))
        shown = []
        agreed = agrees("Put it in place?")
    if not agreed:
        return Result(lambda: restore_document(offer, None), lambda: shown, notes=[_NOT_DONE])
    done = restore.restore(file, database, now)
    with open_archive(args.db) as archive:
        told = automatic_backup.told(archive)
    goes_on = None if told is None or not told.is_on else told.folder
    return Result(
        lambda: {
            **restore_document(offer, done),
            "automatic": told and automatic_document(told.is_on, told.folder),
        },
        lambda: [
            *shown,
            *restored_lines(offer, done),
            *automatic_goes_on(goes_on, done.has_its_settings, program_name()),
        ],
    )


def _folder_and_number(args: argparse.Namespace) -> tuple[Path | None, str | None]:
    """Return the folder whose backups are meant, None for those that are known, and which of them.

    A number or `LATEST` alone is one of the list. A file of that name is reached as ./2.
    """
    if args.number is None:
        if args.file is None or _is_number(args.file):
            return None, args.file
        folder = Path(args.file).expanduser().absolute()
        return (folder, None) if folder.is_dir() else (None, None)
    folder = Path(args.file).expanduser().absolute()
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder.", "A number is one of the backups in a folder.")
    if not _is_number(args.number):
        raise UsageError(f"{args.number!r} is no number of a list.", f"See {_command(folder)}.")
    return folder, args.number


def _is_number(word: str) -> bool:
    return word == LATEST or re.fullmatch(r"\d{1,6}", word, re.ASCII) is not None


def _chosen(backups: list[Known], number: str, folder: Path | None) -> Path:
    """Return the file of a backup in the list. Raises `UsageError` if there is none."""
    place = _latest(backups) if number == LATEST else int(number)
    if not 1 <= place <= len(backups):
        there = "No backup is known" if folder is None else f"There is no backup in {folder}"
        in_list = "no such backup" if number == LATEST else f"no backup {place}"
        raise UsageError(
            f"There is {in_list} in the list." if backups else f"{there}.",
            f"See the list: {_command(folder)}."
            + ("" if folder else f" For a file of that name, say ./{number}."),
        )
    return backups[place - 1].path


def _latest(backups: list[Known]) -> int:
    """Return the number of the newest backup in which no damage was seen; 0 if there is none."""
    good = (
        number
        for number, backup in enumerate(backups, 1)
        if backup.origin not in _NO_BACKUP and not backup.damage and not backup.is_ahead
    )
    return next(good, 0)


def _command(folder: Path | None) -> str:
    return f"{program_name()} restore{'' if folder is None else f' {folder}'}"


def _none(folder: Path | None, database: Path, told: automatic_backup.Told | None) -> str:
    if folder is not None:
        return f"There is no backup in {folder}."
    nor = "" if told is None or told.is_beside else f", and none of this computer in {told.folder}"
    return f"No backup is known: none is beside {database}{nor}."
