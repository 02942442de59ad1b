"""Copies of the database: made through SQLite, read back, and the oldest removed."""

import re
import sqlite3
from contextlib import closing, suppress
from datetime import datetime, timezone
from pathlib import Path

from rollhost.atomic_file import SQLITE_ENDINGS, new_file, unfinished_in
from rollhost.database import open as archives
from rollhost.database import rota
from rollhost.database.archive import Archive
from rollhost.database.calendar_memory import CalendarMemory
from rollhost.database.copying import copy_whole
from rollhost.database.row_crc import teach
from rollhost.database.sqlite_errors import in_our_words
from rollhost.errors import UsageError


def copy(
    archive: Archive, path: Path, force: bool = False, has_settings: bool = True
) -> dict[str, int]:
    """Copy the database to `path`; return the number of rows of each table of the copy.

    Without `has_settings` those of this computer are left out, for who may give it to others.

    The copy is of one moment, and is read back before it gets its name. Raises
    `UsageError` and `FileError` as `new_file` does, and `ArchiveError` if the copy is
    damaged, which it is if the database is. The copy says that it is one, for the calendar.
    """
    check_not_database(archive, path)
    with new_file(path, force) as unfinished:
        with archive.reading():
            counts = copy_whole(archive, unfinished)
        with in_our_words(path), closing(_writable(unfinished)) as connection:
            CalendarMemory(connection).mark_as_copy()
            if not has_settings:
                connection.execute("PRAGMA secure_delete = ON")  # else the bytes stay in the file
                connection.execute("DELETE FROM settings")
        return counts


def _writable(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    teach(connection)
    return connection


def check_not_database(archive: Archive, path: Path) -> None:
    """Raise `UsageError` if `path` is the database, or a file that SQLite keeps beside it."""
    path = path.expanduser()
    for ending in SQLITE_ENDINGS:
        with suppress(OSError):
            if path.samefile(f"{archive.path}{ending}"):
                raise UsageError(f"{path} is the database itself.", "Name another file.")


def dated(database: Path, now: float) -> Path:
    """Return the path of a backup made at Unix time `now` (s); the names sort by time, in UTC."""
    moment = datetime.fromtimestamp(now, timezone.utc)
    return database.with_name(f"{database.stem}-backup-{moment:%Y%m%d-%H%M%S}.db")


def remove_oldest(database: Path, newest: Path, keep: int) -> list[Path]:
    """Remove all dated backups of `database` but the last `keep`; return the removed ones.

    Only ordinary files with such a name that are our databases count. `newest` stays,
    whatever time its name says.
    """
    name = re.compile(re.escape(database.stem) + r"-backup-\d{8}-\d{6}\.db", re.ASCII)
    backups = sorted(
        path
        for path in database.parent.iterdir()
        if name.fullmatch(path.name) and path != newest and is_ours(path)
    )
    removed = []
    for path in backups[: max(len(backups) + 1 - keep, 0)]:
        with suppress(OSError):
            path.unlink()
            removed.append(path)
    return removed


def remove_superfluous(folder: Path, computer: str, now: float) -> list[Path]:
    """Remove the automatic backups in a folder that are not kept at Unix time `now` (s).

    Returns the removed ones. Only ordinary files of this computer that are our databases count;
    which of them are kept says `rota.superfluous`.
    """
    times: dict[int, Path] = {}
    for path in sorted(folder.iterdir()):
        found = rota.dated(path.name)
        if found is not None and found.computer == computer and is_ours(path):
            times[found.at] = path
    removed = []
    for time in sorted(rota.superfluous(times, now)):
        with suppress(OSError):
            times[time].unlink()
            removed.append(times[time])
    return removed


def copies(database: Path) -> list[Path]:
    """Return the copies of a database that this program has made beside it, by name.

    What a program that was killed has left unfinished counts as one.
    """
    name = re.compile(
        re.escape(database.stem)
        + r"-(backup|replaced|automatic-[0-9a-f]{8})-\d{8}-\d{6}(-\d+)?\.db|"
        + re.escape(database.name) + r"\.before-.+",
        re.ASCII,
    )  # fmt: skip
    found = [path for path in database.parent.iterdir() if name.fullmatch(path.name)]
    return sorted([*found, *unfinished_in(database.parent)])


def is_ours(path: Path) -> bool:
    """Return whether this is an ordinary file with the header of our database."""
    if path.is_symlink() or not path.is_file():
        return False
    with suppress(OSError), path.open("rb") as file:
        head = file.read(72)
        return head[:16] == b"SQLite format 3\0" and head[68:] == archives.APPLICATION_ID.to_bytes(
            4, "big"
        )
    return False
