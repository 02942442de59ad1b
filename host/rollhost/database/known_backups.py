"""Which backups there are in folders, and what is in each: looked at, and not read back whole.

Only their names, headers and the number of rows are read, which takes some milliseconds for a
backup of 100,000 records. A restore reads the one that it takes.
"""

import json
import re
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from rollhost.database import diary, rota
from rollhost.database.backup import is_ours
from rollhost.database.diary import Entry
from rollhost.database.open import schema_steps

AUTOMATIC = "automatic"
BY_HAND = "by hand"
REPLACED = "replaced"
BEFORE_UPDATE = "before an update"
OTHER = "another name"
"""How a backup came to be, as its name says: the last is a file that a person has named."""

_NAMES = (
    (BY_HAND, re.compile(r".+-backup-(\d{8}-\d{6})\.db", re.ASCII)),
    (REPLACED, re.compile(r".+-replaced-(\d{8}-\d{6})(?:-\d+)?\.db", re.ASCII)),
    (BEFORE_UPDATE, re.compile(r".+\.before-\d+(?:-\d+)?", re.ASCII)),
)

_ABOUT = (diary.MOVED, diary.FOLLOW_UP, diary.WATCH_OVER)
"""Kinds of entries of which `diary.standing` reads more than the token."""


class Known(NamedTuple):
    """A backup: `at` is its Unix time (s) by its name, else by when the file was changed.

    `entries` is None in a database from before there were any, and with `records` if the file is
    damaged; `damage` says then what is wrong with it, else it is empty. `is_ahead` says whether its
    time is after the clock's.
    """

    path: Path
    origin: str
    at: int
    is_ahead: bool
    records: int | None
    entries: int | None
    damage: str


def beside(database: Path, now: float) -> list[Known]:
    """Return the copies of a database that lie beside it, as `in_folder` does.

    They begin with its name; what a person has named is not among them.
    """
    begins = (f"{database.stem}-", f"{database.name}.before-")
    found = in_folder(database.parent, database, now)
    return [
        backup for backup in found if backup.origin != OTHER and backup.path.name.startswith(begins)
    ]


def in_folder(
    folder: Path, database: Path, now: float, computers: Collection[str] | None = None
) -> list[Known]:
    """Return the backups in a folder at Unix time `now` (s), the newest first.

    `database` itself is none. With `computers` only automatic ones of these are returned. Raises
    OSError if the folder cannot be read.
    """
    found = []
    for path in folder.iterdir():
        known = _by_name(path)
        if computers is not None:
            automatic = rota.dated(path.name)
            if automatic is None or automatic.computer not in computers:
                continue
        if path.is_symlink() or not path.is_file() or path == database:
            continue
        if known is None:
            if not path.name.startswith(".") and is_ours(path):
                found.append(_look(path, OTHER, int(path.stat().st_mtime), now))
            continue
        found.append(_look(path, *known, now))
    return in_order(found)


def in_order(backups: Collection[Known]) -> list[Known]:
    """Return backups with the newest first; those whose time lies ahead of the clock come last."""
    return sorted(backups, key=lambda backup: (backup.is_ahead, -backup.at, backup.path.name))


def _by_name(path: Path) -> tuple[str, int] | None:
    """Return how a backup came to be and its Unix time (s); None if the name is not one of ours."""
    automatic = rota.dated(path.name)
    if automatic is not None:
        return AUTOMATIC, automatic.at
    for origin, name in _NAMES:
        match = name.fullmatch(path.name)
        if match is None:
            continue
        with suppress(ValueError, OSError):
            if not match.groups():
                return origin, int(path.stat().st_mtime)
            moment = datetime.strptime(match[1], "%Y%m%d-%H%M%S")
            return origin, int(moment.replace(tzinfo=timezone.utc).timestamp())
    return None


def _look(path: Path, origin: str, at: int, now: float) -> Known:
    records, entries, damage = None, None, ""
    try:
        damage = _outer_damage(path)
        if not damage:
            records, entries, damage = _counts(path)
    except OSError as error:
        damage = f"cannot be read: {error.strerror or error}"
    except (sqlite3.Error, ValueError, TypeError, AttributeError, AssertionError):
        damage = "damaged"
    return Known(path, origin, at, at > now, records, entries, damage)


def _outer_damage(path: Path) -> str:
    """Return what is wrong with a file by its size and its header; empty if nothing is."""
    with path.open("rb") as file:
        head = file.read(100)
    if not path.stat().st_size:
        return "empty"
    if not is_ours(path):
        return "damaged, or no backup"
    page = int.from_bytes(head[16:18], "big")
    size = (65536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
    # A database in use may have pages in the file beside it.
    if size != path.stat().st_size and not path.with_name(f"{path.name}-wal").exists():
        return "damaged: its end is missing" if size > path.stat().st_size else "damaged"
    return ""


def _counts(path: Path) -> tuple[int | None, int | None, str]:
    """Return the number of records and of entries that count, and what is wrong."""
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(schema_steps()):
            return None, None, "from a newer version of this program"
        count = "SELECT (SELECT count(*) FROM records) + (SELECT count(*) FROM quarantine)"
        records: int = db.execute(count).fetchone()[0]
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema")]
        return records, sum(1 for _ in _entries(db)) if "entries" in tables else None, ""


def _entries(db: sqlite3.Connection) -> Iterator[Entry]:
    """Yield what somebody has said and what counts; with data only where that is decided by it."""
    needed = (diary.UNDO, *_ABOUT)
    entries = [
        Entry(kind, 0, None, None, json.loads(data) if kind in needed else {}, token, written_at)
        for kind, token, data, written_at in db.execute(
            "SELECT kind, token, data, written_at FROM entries"
        )
    ]
    for entry in diary.standing(entries, diary.UNDOABLE):
        if entry.written_at:
            yield entry
