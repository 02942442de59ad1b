"""One copy of a database, made through SQLite and read back before it counts."""

import sqlite3
from contextlib import closing
from pathlib import Path

from rollhost.database.archive import Archive
from rollhost.database.sqlite_errors import in_our_words
from rollhost.errors import ArchiveError


def copy_whole(archive: Archive, path: Path) -> dict[str, int]:
    """Copy a database into the empty file at `path`; return the number of rows of each table.

    The caller keeps the database as it is at one moment. Raises `ArchiveError` if the copy
    is damaged, which it is if the database is, and OSError if the disk is full.
    """
    archive.copy_to(path)
    counts = archive.counts()
    with in_our_words(path), closing(_read_only(path)) as connection:
        copied = Archive(connection)
        try:
            damage = copied.damage()
            is_whole = not damage and copied.counts() == counts
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:  # the name of an unfinished copy helps nobody
            damage, is_whole = [str(error)], False
        if not is_whole:
            reason = damage[0].splitlines()[-1] if damage else "rows are missing"
            raise ArchiveError(
                f"A copy of {archive.path} does not hold what it should: {reason}.",
                "The database may be damaged. No copy was kept; earlier ones are as they were.",
            )
    return counts


def _read_only(path: Path) -> sqlite3.Connection:
    """Open a file that no other program knows of: without locks, and with nothing beside it."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
