"""Whether the rows of a database are such as this program writes: each field of the right kind.

What is read for `host import` is checked by the tables in `export_fields`; so is what is in the
database already, where something in it has changed. A record has its own check, the chain; each
other row has a checksum.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rollcore import policy
from rollhost.database.archive import Archive
from rollhost.database.row_crc import is_whole
from rollhost.exchange import export_fields
from rollhost.exchange.export_fields import Table, WrongField, checked

_TABLES: Mapping[str, Table] = {
    "cases": {name: export_fields.CASE[name] for name in (
        "device", "name", "board", "firmware", "met_at", "met_behind_s", "synced_at",
        "clock_behind_s",
    )},
    "logs": {name: check for name, check in {
        **export_fields.LOG, **export_fields.LOG_SINCE_2,
    }.items() if name in ("log", "generation", "follows")},
    "persons": export_fields.PERSON,
    "carried": export_fields.CARRIED,
    "forgotten_logs": export_fields.FORGOTTEN_LOG,
    "forgotten": {"token": export_fields.ENTRY["token"]},
    "case_states": {},
    "flipped": {},
    "calendar_events": {},
    "reminders": {},
    "settings": {},
    "quarantine": {
        name: check for name, check in export_fields.QUARANTINED.items() if name != "raw"
    },
}  # fmt: skip
"""Columns of tables, and what each may hold."""


def wrong_rows(archive: Archive) -> Iterator[str]:
    """Yield a sentence for each row that is not such as this program writes; first for the file."""
    for damage in archive.damage():
        yield f"The database's file is damaged: {damage}."
    for table, count in archive.broken_references().items():
        yield f"In the table {table} {count} rows refer to what is not there."
    for table, fields in _TABLES.items():
        for number, row in enumerate(archive.rows_of(table), 1):
            yield from _wrong(row, fields, f"row {number} of {table}")
    for number, row in enumerate(archive.rows_of("policies"), 1):
        yield from _wrong_policy(row, f"row {number} of policies")
    for row in archive.rows_of("entries"):
        yield from _wrong_entry(row)


def _wrong(row: Mapping[str, Any], fields: Table, where: str) -> Iterator[str]:
    try:
        checked(row, fields, where)
        _check_crc(row, where)
    except WrongField as wrong:
        yield f"Not as this program wrote it: {wrong}."


def _check_crc(row: Mapping[str, Any], where: str) -> None:
    """Raise `WrongField` if a row has a checksum and is not as it was written."""
    if "crc" in row and not is_whole([*row.values()]):
        raise WrongField(f"{where}, by its checksum")


def _wrong_policy(row: Mapping[str, Any], where: str) -> Iterator[str]:
    """Yield a sentence if the text of a policy is not that which its digest stands for."""
    if not export_fields.is_policy(row["policy"]):
        yield f"Not as this program wrote it: policy in {where}."
    elif policy.parse(row["policy"]).digest != row["digest"]:
        yield f"Not as this program wrote it: {where}, by its digest."


def _wrong_entry(row: Mapping[str, Any]) -> Iterator[str]:
    where = f"entry {row['token']:08x}"
    try:
        data = json.loads(row["data"])
    except ValueError:
        data = None
    fields = {
        **export_fields.ENTRY, **export_fields.ENTRY_SINCE_2, **export_fields.ENTRY_SINCE_3,
    }  # fmt: skip
    table = {name: check for name, check in fields.items() if name != "device"}
    try:
        checked({**row, "data": data}, table, where)
        for name in export_fields.NEEDED.get(row["kind"], ()):
            if name not in data:
                raise WrongField(f"data in {where}")
        known = {name: check for name, check in export_fields.DATA.items() if name in data}
        checked(data, known, where)
        _check_crc(row, where)
    except WrongField as wrong:
        yield f"Not as this program wrote it: {wrong}."
