"""What a person does, in the order in which the lamp asks for it."""

import sqlite3
from pathlib import Path

from rollhost.sim.virtual_case import VirtualCase

MINUTE = 60 * 1000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def prepare(case: VirtualCase) -> None:
    """From rested to ready: soak for ten minutes and dry for ten."""
    case.press()
    case.jump(20 * MINUTE)


def use_and_clean(case: VirtualCase) -> None:
    """From ready to resting: two minutes of use, then the soak and half an hour of drying."""
    case.press()
    case.jump(2 * MINUTE)
    case.press()
    case.press()
    case.jump(40 * MINUTE)


def refused(case: VirtualCase, times: int) -> None:
    """Ask for a use during the rest, that many times: a record each."""
    for _ in range(times):
        case.long_press()


def logged(case: VirtualCase, last: str) -> list[str]:
    """Return the raw records that the case has said it logged, in hex, once it has said `last`.

    It says so on another way than it answers a sync, a moment later.
    """
    case.wait_for(lambda event: event["event"] == "log" and event["raw"] == last)
    return logged_so_far(case)


def logged_so_far(case: VirtualCase) -> list[str]:
    """Return the raw records that the case has said it logged until now, in hex."""
    return [str(event["raw"]) for event in case.events() if event["event"] == "log"]


def stored(database: Path) -> list[str]:
    """Return the raw records in a database with one log, in hex, in order."""
    with sqlite3.connect(database) as db:
        return [raw.hex() for (raw,) in db.execute("SELECT raw FROM records ORDER BY log_id, seq")]


def content(database: Path) -> dict[str, list[object]]:
    """Return every row of every table, but for when the last sync was and what the clock said."""
    with sqlite3.connect(database) as db:
        tables = [
            name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        rows: dict[str, list[object]] = {
            table: db.execute(f"SELECT * FROM {table}").fetchall() for table in tables
        }
        columns = "id, device, name, board, firmware, log_id"
        rows["cases"] = db.execute(f"SELECT {columns} FROM cases").fetchall()
    return rows
