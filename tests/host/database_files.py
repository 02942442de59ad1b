"""Database files: what is in one, full ones, locked ones, and those that cannot be used."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.firmware.logs import records_of

from rollcore import events
from rollcore.events import Event
from rollhost.database.open import APPLICATION_ID, open_archive, schema_steps
from rollhost.database.row_crc import row_crc, teach

STEPS = schema_steps()

ROWS = {
    # version: rows as a program of that version left them, in the tables that it added
    1: """
        INSERT INTO cases
            VALUES (1, '5c1f', 'mine', 'pico', '0.1.0', NULL, 1800000000, 3, 1800000000, 3);
        INSERT INTO logs VALUES (1, 1, '0102030405060708');
        UPDATE cases SET log_id = 1;
        INSERT INTO records VALUES (1, 1, x'01', 'boot', 0, 1, 0, 1577836800, '{}');
        INSERT INTO quarantine VALUES (1, 2, x'00', 7, 'its checksum does not fit');
        INSERT INTO policies VALUES (5, '1;revision=0');
        INSERT INTO pending_policies VALUES (1, '1;revision=1');
    """,
    2: """
        INSERT INTO diary
            VALUES (1, 4000000000, NULL, 'note', 1800000000, 'face', '{"text": "a"}', 1800000001);
        INSERT INTO diary
            VALUES (2, 7, 1, 'head', 1800000000, NULL, '{"text": ""}', 1800000002);
    """,
    3: """
        INSERT INTO persons VALUES (4294967295, 'Ben');
        UPDATE logs SET person = 4294967295, generation = 2, follows = '0807060504030201',
            state = x'02', state_seq = 1;
        INSERT INTO case_states VALUES (1, 4294967295, x'0203');
        INSERT INTO carried VALUES (1, 4294967295, 255, 1800000000, 1, 65535, NULL);
        INSERT INTO entries VALUES (9, 4294967295, 0, 1, 'note', 1800000000, 'face',
            '{"text": "b"}', 1800000003, 4294967295);
        INSERT INTO forgotten VALUES (4294967295);
    """,
    4: """
        INSERT INTO flipped VALUES (1, 4294967295, x'02');
    """,
    5: """
        INSERT INTO forgotten_logs VALUES ('5c1f', '0102030405060708');
    """,
    6: """
        INSERT INTO calendar_events VALUES ('a', 4294967295, 2147483647, 1800000000, 1800000000,
            1800003600, 1, '', '');
    """,
    7: """
        INSERT INTO records VALUES (1, 4294967295, x'ff');
        INSERT INTO milestones VALUES (1, 4294967295, '{}');
    """,
    8: """
        INSERT INTO quarantine VALUES (1, 3, x'00', 7, 'its checksum does not fit', 4294967295);
    """,
    9: """
        INSERT INTO forgotten (token) VALUES (4294967294);
    """,
    10: """
        INSERT INTO reminders (key, person, channel, due_at, stage, at, late, tries)
            VALUES ('a', 4294967295, 'desktop', 1800000000, 'sent', 1800000001, 0, 1);
    """,
    11: """
        INSERT INTO settings (name, value) VALUES ('share', '{"place": "/mnt/shelf"}');
    """,
    12: """
        INSERT INTO calendar_events (uid, person, sequence, modified_at, starts_at, ends_at,
            cancelled, title, text, first_day, last_day, alarm_s)
            VALUES ('b', 4294967295, 2147483647, 1800000000, 1800000000, 1800180000, 0, 'c', 'd',
            '2027-01-16', '2027-01-16', -2147483647);
    """,
}

GOLDEN = Path(__file__).with_name("database")
"""Where there are databases as programs with schema 2, 3 and 6 to 12 have left them: three
cases, one of them virtual, every kind of entry, a record in quarantine, two policies that wait;
with schema 3 another person, a fork and what a case has told, too; with schema 6 a record that
was put right, a log that was forgotten and an event of a calendar; with schema 7 a milestone;
with schema 8 checksums; with schema 9 more of them; with schema 10 reminders; with
schema 11 a setting; with schema 12 a day in a calendar, and its alarm."""


def make_golden(path: Path, version: int = 2) -> dict[str, list[dict[str, object]]]:
    """Make a lived-in database of an earlier program; return its rows."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    db.executescript((GOLDEN / f"schema_{max(version, 2)}.sql").read_text())
    if version == 1:
        db.executescript("DROP TABLE diary; PRAGMA user_version = 1;")
    db.close()
    path.chmod(0o600)
    return rows_of(path)


def make_old(path: Path, version: int) -> None:
    """Make a database as a program left it whose schema had `version` steps, rows and all."""
    with sqlite3.connect(path) as db:
        if version:
            db.execute("PRAGMA journal_mode = WAL")
        teach(db)
        for number in range(1, version + 1):
            db.executescript(STEPS[number - 1])
            db.executescript(ROWS[number])
        if version:
            db.execute(f"PRAGMA user_version = {version}")
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.close()
    path.touch()


def rows_of(path: Path) -> dict[str, list[dict[str, object]]]:
    """Return every row of every table, by name of column."""
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = {table: [dict(row) for row in db.execute(f"SELECT * FROM {table}")] for table in tables}
    db.close()
    return found


def change_entries(db: sqlite3.Connection, what: str) -> None:
    """Change entries as this program would: each row has its checksum again."""
    assert db.execute(f"UPDATE entries SET {what}").rowcount
    for *columns, _ in db.execute("SELECT * FROM entries").fetchall():
        db.execute("UPDATE entries SET crc = ? WHERE id = ?", (row_crc(*columns), columns[0]))


@contextmanager
def triggers_off(db: sqlite3.Connection) -> Iterator[None]:
    """Let changes be made to a database as a disk makes them: nothing in it is told of them."""
    query = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
    triggers = db.execute(query).fetchall()
    for name, _ in triggers:
        db.execute(f"DROP TRIGGER {name}")
    yield
    for _, sql in triggers:
        db.execute(sql)


def records_in(path: Path) -> list[object]:
    """Return the bytes of every record."""
    return [row["raw"] for row in rows_of(path)["records"]]


def schema_of(path: Path) -> list[tuple[str, str]]:
    """Return the schema of a database, its version first."""
    db = sqlite3.connect(path)
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    schema = db.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
    found = [("version", str(version)), *schema.fetchall()]
    db.close()
    return found


CHAIN = 0x1234


def make_newer(path: Path) -> None:
    """Make a database whose schema has a step that this program does not know."""
    make_old(path, len(STEPS))
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    db.close()


def make_foreign(path: Path) -> None:
    """Make a database of a program that does not say who it is."""
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE photographs (name TEXT)")
    db.close()


def make_signed(path: Path) -> None:
    """Make a database, still empty, of a program that says who it is."""
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA application_id = 77")
    db.close()


def make_text(path: Path) -> None:
    """Make a file that is no database."""
    path.write_text("Dear diary, today I rolled again.\n" * 100)


def make_short(path: Path) -> None:
    """Make a database that lost its second half."""
    make_full(path)
    os.truncate(path, path.stat().st_size // 2)


def make_full(path: Path, count: int = 500) -> None:
    """Make a database with that many records in it."""
    log = [Event(events.HEAD_NEW, {"uses": 1, "token": 0}, seq=seq) for seq in range(1, count + 1)]
    with open_archive(path, create=True) as archive, archive.transaction():
        case_id = archive.keep_case("5c1f", "pico", "0.1.0")
        log_id = archive.keep_log(case_id, "01")
        archive.note_meeting(case_id, log_id, 1800000000, 0)
        archive.keep_records(log_id, 1, CHAIN, b"".join(records_of(log, CHAIN)))


def make_folder(path: Path) -> None:
    """Make a folder where a database should be."""
    path.mkdir()


UNUSABLE = [
    (make_newer, "was written by a newer version of this program."),
    (make_foreign, "is a database of another program."),
    (make_signed, "is a database of another program."),
    (make_text, "is damaged or no database: file is not a database."),
    (make_short, "is damaged or no database: database disk image is malformed."),
    (make_folder, "is a folder."),
]

UNUSABLE_NAMES = [make.__name__.removeprefix("make_") for make, _ in UNUSABLE]

HOLD_LOCK = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA locking_mode = EXCLUSIVE")
db.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


def seal(path: Path, table: str = "") -> None:
    """Damage a database: overwrite what is after its first page, or a table's root page."""
    with sqlite3.connect(path) as db:
        root = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        size = db.execute("PRAGMA page_size").fetchone()[0]
    db.close()
    raw = bytearray(path.read_bytes())
    start = (root[0] - 1) * size
    raw[start : start + size] = b"\x55" * size
    path.write_bytes(raw)


def everything_in(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return bytes and time of change of every file in a folder."""
    files = [path for path in folder.iterdir() if path.is_file()]
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}
