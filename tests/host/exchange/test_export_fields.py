"""The bounds of each field of an export: the last value that is taken, and the first that is not.

The numbers are written out: an owner's own file, of any earlier version, has to be taken back.
"""

import pytest

from rollhost.exchange import export_fields
from rollhost.exchange.export_fields import Table

U32 = 4294967295
LATEST = 5872804095
"""The latest case time (2156-02-07), in Unix s: 32 bits of seconds since 2020."""

NUMBERS: list[tuple[Table, str, int, int]] = [
    # table, field, the least and the greatest number
    (export_fields.PERSON, "token", 0, U32),
    (export_fields.CASE, "met_at", 0, LATEST),
    (export_fields.CASE, "met_behind_s", -U32 - 1, U32 + 1),
    (export_fields.CASE, "synced_at", 0, LATEST),
    (export_fields.CASE, "clock_behind_s", -U32 - 1, U32 + 1),
    (export_fields.LOG_SINCE_2, "person", 0, U32),
    (export_fields.LOG_SINCE_2, "generation", 1, 65535),
    (export_fields.STATE, "seq", 0, U32),
    (export_fields.CARRIED, "origin", 0, U32),
    (export_fields.CARRIED, "zone", 0, 255),
    (export_fields.CARRIED, "at", 0, LATEST),
    (export_fields.CARRIED, "what", 1, 2),
    (export_fields.CARRIED, "needle_um", 0, 65535),
    (export_fields.CARRIED, "token", 1, U32),
    (export_fields.RECORD, "seq", 1, U32),
    (export_fields.CAME, "seq", 1, U32),
    (export_fields.QUARANTINED, "seq", 1, U32),
    (export_fields.QUARANTINED, "chain", 0, U32),
    (export_fields.ENTRY, "at", 0, LATEST),
    (export_fields.ENTRY, "written_at", 0, LATEST),
    (export_fields.ENTRY, "token", 1, U32),
    (export_fields.ENTRY_SINCE_2, "person", 0, U32),
    (export_fields.ENTRY_SINCE_2, "basis", 0, U32),
    (export_fields.DATA, "redness", 0, 10),
    (export_fields.DATA, "pain", 0, 10),
    (export_fields.DATA, "needle_um", 0, 65535),
    (export_fields.DATA, "reaction", 0, U32),
    (export_fields.DATA, "watch", 1, U32),
    (export_fields.DATA, "photo", 1, U32),
    (export_fields.DATA, "reason", 0, 255),
    (export_fields.DATA, "released", 1, 255),
    (export_fields.DATA, "token", 1, U32),
    (export_fields.DATA, "seq", 0, U32),
]

LENGTHS: list[tuple[Table, str, int, int, str]] = [
    # table, field, the least and the greatest length, what it is of
    (export_fields.FORGOTTEN_LOG, "device", 1, 512, "x"),
    (export_fields.FORGOTTEN_LOG, "log", 16, 16, "a"),
    (export_fields.PERSON, "name", 1, 100, "x"),
    (export_fields.CASE, "device", 1, 512, "x"),
    (export_fields.CASE, "name", 1, 100, "x"),
    (export_fields.CASE, "board", 1, 512, "x"),
    (export_fields.CASE, "firmware", 1, 512, "x"),
    (export_fields.CASE, "log", 1, 64, "a"),
    (export_fields.LOG, "log", 2, 64, "a"),
    (export_fields.LOG_SINCE_2, "follows", 2, 64, "a"),
    (export_fields.LOG_SINCE_2, "fork_of", 2, 64, "a"),
    (export_fields.STATE, "state", 2, 400, "a"),
    (export_fields.RECORD, "raw", 64, 64, "a"),
    (export_fields.CAME, "came", 64, 64, "a"),
    (export_fields.QUARANTINED, "reason", 1, 500, "x"),
    (export_fields.ENTRY, "device", 1, 512, "x"),
    (export_fields.ENTRY, "zone", 1, 12, "x"),
    (export_fields.DATA, "text", 0, 10_000, "x"),
    (export_fields.DATA, "product", 1, 40, "x"),
    (export_fields.DATA, "path", 1, 4096, "x"),
    (export_fields.DATA, "sha256", 64, 64, "a"),
    (export_fields.DATA, "name", 1, 100, "x"),
    (export_fields.DATA, "log", 2, 64, "a"),
    (export_fields.DATA, "by", 1, 512, "x"),
]

OR_NONE = [
    (export_fields.CASE, ("name", "log", "met_at", "met_behind_s", "synced_at", "clock_behind_s",
                          "new_policy")),
    (export_fields.LOG_SINCE_2, ("person", "generation", "follows", "fork_of")),
    (export_fields.CARRIED, ("token",)),
    (export_fields.ENTRY, ("device", "zone")),
    (export_fields.ENTRY_SINCE_2, ("basis",)),
    (export_fields.DATA, ("name", "log", "by")),
]  # fmt: skip
"""The fields that may be null."""

TABLES = [
    export_fields.FILE, export_fields.FILE_SINCE_2, export_fields.FILE_SINCE_3,
    export_fields.FORGOTTEN_LOG, export_fields.PERSON, export_fields.CASE, export_fields.LOG,
    export_fields.LOG_SINCE_2, export_fields.FLIPPED, export_fields.STATE, export_fields.CARRIED,
    export_fields.RECORD, export_fields.CAME, export_fields.QUARANTINED, export_fields.ENTRY,
    export_fields.ENTRY_SINCE_2, export_fields.ENTRY_SINCE_3, export_fields.DATA,
]  # fmt: skip


@pytest.mark.parametrize(("table", "name", "least", "most"), NUMBERS)
def test_number_is_taken_within_its_bounds_alone(
    table: Table, name: str, least: int, most: int
) -> None:
    is_right = table[name]
    assert is_right(least)
    assert is_right(most)
    assert not is_right(least - 1)
    assert not is_right(most + 1)
    assert not is_right(True)
    assert not is_right(str(most))


@pytest.mark.parametrize(("table", "name", "least", "most", "of"), LENGTHS)
def test_text_is_taken_within_its_lengths_alone(
    table: Table, name: str, least: int, most: int, of: str
) -> None:
    is_right = table[name]
    assert is_right(of * least)
    assert is_right(of * most)
    assert not least or not is_right(of * (least - 1))
    assert not is_right(of * (most + (2 if of == "a" else 1)))
    assert not is_right(7)


def test_fields_that_may_be_null_are_these() -> None:
    taken = [(id(table), name) for table in TABLES for name in table if table[name](None)]
    assert sorted(taken) == sorted((id(table), name) for table, names in OR_NONE for name in names)


@pytest.mark.parametrize("sessions", [0, 3, 6])
def test_plan_has_no_session_or_three_to_six(sessions: int) -> None:
    is_right = export_fields.DATA["sessions"]
    assert is_right(sessions)
    assert not any(map(is_right, [-1, 1, 2, 7]))


@pytest.mark.parametrize("until", [0, 1577836800, LATEST])
def test_hold_ends_never_or_within_case_time(until: int) -> None:
    is_right = export_fields.DATA["until"]
    assert is_right(until)
    assert not any(map(is_right, [-1, 1, 1577836799, LATEST + 1]))


@pytest.mark.parametrize(
    ("day", "is_one"),
    [("2026-11-20", True), ("2024-02-29", True), ("2026-02-29", False), ("2026-11-31", False),
     ("20261120", False), ("2026-11-2", False), ("٢٠٢٦-11-20", False), (7, False)],
)  # fmt: skip
def test_day_is_one_of_the_calendar(day: object, is_one: bool) -> None:
    assert export_fields.DATA["day"](day) == is_one
    assert export_fields.DATA["until_day"](day) == is_one
