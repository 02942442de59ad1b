"""The checksum of a row: the last column, `crc`, of the tables that nothing else checks.

Records are chained and policies are named by their digest, so a changed bit in either is seen;
milestones are dropped where they do not fit the records. The checksum is this database's own and is
in no export.
"""

import json
import sqlite3
from binascii import crc32
from collections.abc import Sequence

WRITTEN = ("entries", "persons", "carried", "quarantine")
"""The tables whose rows are written with it."""

KEPT = (
    "cases", "logs", "case_states", "flipped", "forgotten", "forgotten_logs", "calendar_events",
    "reminders", "settings",
)  # fmt: skip
"""The tables in which triggers keep it, see migrations 9 to 12."""

TABLES = WRITTEN + KEPT
"""The tables whose rows have it."""

Value = int | str | bytes | None
"""What a column holds."""


def row_crc(*columns: Value) -> int:
    """Return the CRC-32 of a row's other columns in their order: as a JSON array, bytes in hex.

    The array is as `json.dumps` writes it, in ASCII. SQL can call it by this name where `teach`
    was called.
    """
    return crc32(json.dumps([_plain(column) for column in columns]).encode())


def teach(connection: sqlite3.Connection) -> None:
    """Let SQL on this connection call `row_crc`, as migrations and triggers do."""
    connection.create_function("row_crc", -1, row_crc, deterministic=True)


def with_crc(*columns: Value) -> tuple[Value, ...]:
    """Return a whole row: these columns, and their checksum as the last one."""
    return (*columns, row_crc(*columns))


def is_whole(row: Sequence[Value]) -> bool:
    """Return whether the last column of a row is the checksum of those before it."""
    return row_crc(*row[:-1]) == row[-1]


def _plain(column: Value) -> int | str | None:
    return column.hex() if isinstance(column, bytes) else column
