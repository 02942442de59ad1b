"""SQLite's errors as `ArchiveError`: one sentence and the next step."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rollcore import events, policy
from rollhost.database.diary import ChangedEntry
from rollhost.errors import ArchiveError, DamagedArchive, ReadOnlyArchive


@contextmanager
def in_our_words(path: Path | None = None) -> Iterator[None]:
    """Raise `ArchiveError` in place of any error of SQLite, or of a record or policy in a row.

    The sentence names the database by `path`. Without one, errors are left to whoever opened
    the database, who knows its path.
    """
    if path is None:
        yield
        return
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if is_in_use(error):
            raise ArchiveError(
                f"{path} is in use by another program.", "Wait for it to finish, then try again."
            ) from None
        if "readonly" in text:
            raise cannot_be_written(path) from None
        if "Could not decode" in text or "user-defined function" in text:  # that of migrations
            raise DamagedArchive(
                f"{path} is damaged: it holds a text that is none.", MEND
            ) from None
        if "unable to open" in text:
            raise ArchiveError(f"{path} cannot be opened.", _WHOSE) from None
        raise ArchiveError(
            f"{path} does not take it: {text}.", "Check the free space on that disk."
        ) from None
    except sqlite3.DatabaseError as error:
        raise DamagedArchive(f"{path} is damaged or no database: {error}.", MEND) from None
    except ChangedEntry as error:
        raise DamagedArchive(
            f"{path} is damaged. {error}", f"{MEND_ENTRY} forget {error.token:08x}."
        ) from None
    except (events.RecordError, policy.PolicyError) as error:
        raise ArchiveError(
            f"{path} holds what this version cannot read: {error}.", "Update this program."
        ) from None


def is_in_use(error: sqlite3.OperationalError) -> bool:
    """Return whether this error says that another program has locked the database."""
    return "locked" in str(error) or "busy" in str(error)


def cannot_be_written(path: Path) -> ReadOnlyArchive:
    """Return the error for a database that may be read and not written."""
    return ReadOnlyArchive(f"{path} cannot be written.", _WHOSE)


_WHOSE = "Check who owns the file and its folder, or name another place with --db."

MEND = "Put a backup in its place: restore lists them. Without one, move it away and sync again."
"""The next step for a damaged database."""

MEND_ENTRY = (
    "Put a backup in its place: restore lists them."
    " Without one, erase the entry and write it again:"
)
"""The next step where an entry has changed, before the command that erases it."""
