"""Records that wait until all of them are here, in a file of SQLite's that is gone afterwards.

So a long log is never in memory as a whole, and is read in the order of its numbers whatever the
order was in which it came.
"""

import sqlite3
from collections.abc import Iterable, Iterator

from rollhost.errors import ArchiveError

CACHE_PAGES = 64
"""How many pages of 4 KiB are kept in memory (own): what comes in order needs few."""


class Staging:
    """Keeps the records of several logs until it is closed."""

    def __init__(self) -> None:
        # No name: SQLite writes to the disk what its cache has no room for, and deletes it.
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute(f"PRAGMA cache_size = {CACHE_PAGES}")
        self._db.execute(
            "CREATE TABLE records (log INTEGER, seq INTEGER, raw BLOB, PRIMARY KEY (log, seq))"
            " WITHOUT ROWID"
        )
        self._db.execute("BEGIN")
        self._logs = 0

    def close(self) -> None:
        """Delete all of them."""
        self._db.close()

    def new_log(self) -> "StagedLog":
        """Return a log without records."""
        self._logs += 1
        return StagedLog(self._db, self._logs)


class StagedLog:
    """The records of one log, by seq."""

    def __init__(self, db: sqlite3.Connection, log: int) -> None:
        self._db = db
        self._log = log

    def add(self, records: Iterable[tuple[int, bytes]]) -> None:
        """Add records: seq and bytes of each; no two have the same seq.

        Raises `ArchiveError` where there is no room for them.
        """
        try:
            self._db.executemany(f"INSERT INTO records VALUES ({self._log}, ?, ?)", records)
        except sqlite3.OperationalError as error:
            raise ArchiveError(
                f"The system's folder for temporary files does not take it: {error}.",
                "Check the free space on that disk.",
            ) from None

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield seq and bytes of each record, the lowest seq first."""
        query = "SELECT seq, raw FROM records WHERE log = ? ORDER BY seq"
        return iter(self._db.execute(query, (self._log,)))

    def __contains__(self, seq: int) -> bool:
        query = "SELECT 1 FROM records WHERE log = ? AND seq = ?"
        return self._db.execute(query, (self._log, seq)).fetchone() is not None

    @property
    def first(self) -> int | None:
        """The lowest seq; None if there is no record."""
        query = "SELECT min(seq) FROM records WHERE log = ?"
        seq: int | None = self._db.execute(query, (self._log,)).fetchone()[0]
        return seq

    def last_before(self, seq: int) -> tuple[int, bytes] | None:
        """Return seq and bytes of the last record with a lower seq than this; None if none has."""
        row: tuple[int, bytes] | None = self._db.execute(
            "SELECT seq, raw FROM records WHERE log = ? AND seq < ? ORDER BY seq DESC LIMIT 1",
            (self._log, seq),
        ).fetchone()
        return row
