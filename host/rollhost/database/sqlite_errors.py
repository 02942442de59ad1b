"""SQLite's errors as `ArchiveError`: one sentence and the next step."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rollcore import events, policy
from rollhost.errors import ArchiveError


@contextmanager
def in_our_words(path: Path | None = None) -> Iterator[None]:
    """Raise `ArchiveError` in place of any error of SQLite, or of a record or policy in a row.

    The sentence names the database by `path`.
    """
    where = str(path) if path else "The database"
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            raise ArchiveError(
                f"{where} is in use by another program.", "Wait for it to finish, then try again."
            ) from None
        if "readonly" in text or "unable to open" in text:
            raise ArchiveError(
                f"{where} cannot be {'written' if 'readonly' in text else 'opened'}.",
                "Check who owns the file and its folder, or name another place with --db.",
            ) from None
        raise ArchiveError(
            f"{where} does not take it: {text}.", "Check the free space on that disk."
        ) from None
    except sqlite3.DatabaseError as error:
        raise ArchiveError(
            f"{where} is damaged or no database: {error}.",
            "Move it away and sync again, or put a backup in its place.",
        ) from None
    except (events.RecordError, policy.PolicyError) as error:
        raise ArchiveError(
            f"{where} holds what this version cannot read: {error}.", "Update this program."
        ) from None
