"""The checksum of a row: the last column, `crc`, of the tables that nothing else checks.

Records are chained and policies are named by their digest, so a changed bit in either is seen. The
checksum is this database's own and is in no export.
"""

import json
from binascii import crc32
from collections.abc import Sequence

TABLES = ("entries", "persons", "carried", "quarantine")
"""The tables whose rows have it."""

Value = int | str | bytes | None
"""What a column holds."""


def row_crc(*columns: Value) -> int:
    """Return the CRC-32 of a row's other columns in their order: as a JSON array, bytes in hex.

    The array is as `json.dumps` writes it, in ASCII. The SQL of migrations can call it by this
    name, too.
    """
    return crc32(json.dumps([_plain(column) for column in columns]).encode())


def with_crc(*columns: Value) -> tuple[Value, ...]:
    """Return a whole row: these columns, and their checksum as the last one."""
    return (*columns, row_crc(*columns))


def is_whole(row: Sequence[Value]) -> bool:
    """Return whether the last column of a row is the checksum of those before it."""
    return row_crc(*row[:-1]) == row[-1]


def _plain(column: Value) -> int | str | None:
    return column.hex() if isinstance(column, bytes) else column
