"""Flipped bits, one and two, in what the database holds, value by value and in the file itself.

README: `host verify` checks whether the logs are here as the cases wrote them. It has to see each
bit of every row but milestones. A milestone that does not fit is not read. No command may fail but
in a sentence, and no rest may end early.
"""

import atexit
import json
import os
import shutil
import sqlite3
import tempfile
import traceback
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.conftest import MEMORY, holds_our_files
from tests.host.database_files import triggers_off
from tests.host.lived_in import NOW as LIVED_IN_AT
from tests.host.lived_in import fill
from tests.host.ten_years import ten_years
from tests.trust.case_process import CaseProcess
from tests.trust.host_world import NOW, SCENES, World
from tests.trust.trial import Counts, Trial

from rollhost.database import row_crc
from rollhost.database.open import open_archive
from rollhost.history import history, recent

KIND = "bits of the database flipped, one and two"

DAY = 86400

SMALL, TEN_YEARS, WITH_CASE = range(3)
"""Databases: with a little of everything, of ten years with a milestone, with a case to sync."""

IN_WHOLE = ("records", "policies", *row_crc.TABLES)
"""The tables in which `host verify` sees each bit."""

DERIVED = "milestones"
"""The table whose rows are seen, or not read: then all is told as it was, from the records."""

COMMANDS = (("status",), ("log",), ("report", "{}/page.html", "--force"))


class Place(NamedTuple):
    """A value in the database: the table, which row (from 0), the column; and a bit of it."""

    table: str
    row: int
    column: str
    bit: int


class Base(NamedTuple):
    """A database: its bytes, when it is looked at (Unix s), what verify and status say of it."""

    raw: bytes
    now: int
    verified: str
    status: str
    rests: dict[str, str]
    values: list[tuple[str, int, str, object]]
    """Every value that is not NULL: its table, its row, its column, and what it is."""


@cache
def base(which: int) -> Base:
    """Return one of the databases."""
    world = archive_world()
    world.begin(SCENES[0])
    now = NOW
    if which == WITH_CASE:
        with CaseProcess(world.case, world.line):
            code, out, err = world.run(SCENES[0])
            assert code == 0, (out, err)
    else:
        world.database.unlink()
        with open_archive(world.database, create=True) as archive:
            if which == SMALL:
                fill(archive)
                now = LIVED_IN_AT + 2 * DAY
            else:
                now = ten_years(archive).until + DAY
                with archive.transaction():
                    recent.keep_milestones(archive, history.read(archive), now)
    out = world.must(now, "status", "--json")
    with closing(sqlite3.connect(world.database)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        values = [*values_in(file)]
    if which == TEN_YEARS:
        assert any(table == "milestones" for table, _, _, _ in values)
    raw = world.database.read_bytes()
    _, told, _ = world.host(now, "verify", "--json")
    return Base(raw, now, told, out, rests_in(out), values)


@cache
def archive_world() -> World:
    """Return a world of this process, for the trials of the archive alone."""
    memory = MEMORY if holds_our_files(MEMORY) else None
    folder = Path(tempfile.mkdtemp(prefix="rollcase-", dir=memory))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return World(folder)


@contextmanager
def lent() -> Iterator[None]:
    """Lend the world of the archive, with an environment of its own."""
    before = dict(os.environ)
    try:
        os.environ |= {"TZ": "UTC", "LANGUAGE": "C"}
        world = archive_world()
        os.environ["ROLLCASE_DB"] = str(world.database)
        os.environ["ROLLCASE_RUNTIME_DIR"] = str(world.folder / "run")
        os.environ["TMPDIR"] = str(world.folder)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def tables_in(file: sqlite3.Connection) -> list[str]:
    """Return the names of our tables."""
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [name for (name,) in file.execute(query + " ORDER BY name")]


def values_in(file: sqlite3.Connection) -> Iterator[tuple[str, int, str, object]]:
    """Yield every value of our tables that is not NULL, text as bytes."""
    names = tables_in(file)
    file.text_factory = bytes
    for table in names:
        found = file.execute(f'SELECT * FROM "{table}" ORDER BY {", ".join(keys_of(file, table))}')
        columns = [column for column, *_ in found.description]
        for row, values in enumerate(found.fetchall()):
            for column, value in zip(columns, values, strict=True):
                if value is not None:
                    is_text = isinstance(value, bytes) and not is_blob(table, column)
                    yield table, row, column, _Text(value) if is_text else value


class _Text(bytes):
    """The bytes of a text."""


def is_blob(table: str, column: str) -> bool:
    """Return whether a column holds bytes."""
    return column in ("raw", "state")


def bits_of(value: object) -> int:
    """Return how many bits SQLite stores of a value."""
    if isinstance(value, bytes):
        return 8 * len(value)
    assert isinstance(value, int)
    return next(
        8 * size for size in (1, 2, 3, 4, 6, 8) if -(1 << 8 * size - 1) <= value < 1 << 8 * size - 1
    )


def flipped(value: object, bit: int) -> object:
    """Return a value with one flipped bit."""
    if isinstance(value, bytes):
        raw = bytearray(value)
        raw[bit // 8] ^= 1 << bit % 8
        return type(value)(raw)
    assert isinstance(value, int)
    size = bits_of(value) // 8
    raw = bytearray(value.to_bytes(size, "little", signed=True))
    raw[bit // 8] ^= 1 << bit % 8
    return int.from_bytes(raw, "little", signed=True)


@cache
def places(which: int) -> list[Place]:
    """Return every bit of every value."""
    return [
        Place(table, row, column, bit)
        for table, row, column, value in base(which).values
        for bit in range(bits_of(value))
    ]


@cache
def value_at(which: int) -> dict[tuple[str, int, str], object]:
    """Return the values by their places."""
    return {(table, row, column): value for table, row, column, value in base(which).values}


def flip(which: int, database: Path, at: list[Place]) -> bool:
    """Flip bits in the database, as a disk would: nothing that watches it is told of it.

    Returns False where the database itself refuses the value.
    """
    with closing(sqlite3.connect(database, isolation_level=None)) as file:
        file.execute("PRAGMA foreign_keys = OFF")
        file.execute("BEGIN")
        new: dict[tuple[str, int, str], object] = {}
        for place in at:
            key = place[:3]
            new[key] = flipped(new.get(key, value_at(which)[key]), place.bit)
        try:
            with triggers_off(file):
                for (table, row, column), value in new.items():
                    set_value(file, table, row, column, value)
        except sqlite3.IntegrityError:
            file.execute("ROLLBACK")
            return False
        file.execute("COMMIT")
    return True


def set_value(file: sqlite3.Connection, table: str, row: int, column: str, value: object) -> None:
    """Change one value of a row, which is counted from 0."""
    keys = keys_of(file, table)
    named = " AND ".join(f'"{key}" IS ?' for key in keys)
    listed = ", ".join(keys)
    query = f'SELECT {listed} FROM "{table}" ORDER BY {listed} LIMIT 1 OFFSET {row}'
    found = file.execute(query).fetchone()
    how = "CAST(? AS TEXT)" if isinstance(value, _Text) else "?"
    file.execute(f'UPDATE "{table}" SET "{column}" = {how} WHERE {named}', (value, *found))


def keys_of(file: sqlite3.Connection, table: str) -> list[str]:
    """Return the columns of a table's primary key."""
    found = file.execute(f'PRAGMA table_info("{table}")').fetchall()
    keys = [(place, name) for _, name, _, _, _, place in found if place]
    return [name.decode() if isinstance(name, bytes) else name for _, name in sorted(keys)]


def rests_in(out: str) -> dict[str, str]:
    """Return until when what rests or is on hold, by its name; `9` for without an end."""
    document = json.loads(out)
    found: dict[str, str] = {}
    for case in document["cases"]:
        device = case["name"]
        for zone in case["zones"]:
            if not zone["rested"]:
                found[f"{device} zone {zone['name']}"] = zone["until"] or "9"
        if case["hold"]:
            found[f"{device} hold"] = case["hold"].get("until") or "9"
        if not case["head"]["may_be_used"]:
            found[f"{device} head"] = "9"
    for number, hold in enumerate(document["holds"]):
        found[f"hold {hold.get('reason', number)}"] = hold.get("until") or "9"
    return found


def shorter(due: dict[str, str], told: dict[str, str]) -> list[str]:
    """Return what ends earlier than it is due, or is told no more."""
    return [name for name, until in due.items() if told.get(name, "") < until]


def try_one(which: int, at: list[Place], counts: Counts, everything: bool) -> None:
    """Flip bits in a database, and see what commands make of it."""
    known, world = base(which), archive_world()
    counts.tried += 1
    how = "; ".join(f"{table} {row} {column} bit {bit}" for table, row, column, bit in at)
    world.place.mkdir(exist_ok=True)
    for path in world.place.glob("rollcase.db*"):
        path.unlink()
    world.database.write_bytes(known.raw)
    if not flip(which, world.database, at):
        return
    judge(which, counts, how, everything, {place.table for place in at})


def judge(which: int, counts: Counts, how: str, everything: bool, tables: set[str]) -> None:
    """Judge what commands say of the database as it is now."""
    known, world = base(which), archive_world()
    hurt = world.database.read_bytes()
    code, out, err = run(world, known.now, "verify", "--json")
    complain(counts, how, "verify", code, out, err)
    is_seen = code == 1 and out != known.verified
    if not is_seen and not tables.isdisjoint(IN_WHOLE):
        counts.fault("failed", f"{how}: verify does not see it")
    # Not as verify has left it: it drops what is not so.
    world.database.write_bytes(hurt)
    code, out, err = run(world, known.now, "status", "--json")
    complain(counts, how, "status", code, out, err)
    if not is_seen and DERIVED in tables and out != known.status:
        counts.fault("bent", f"{how}: status says something else")
    if code == 0 and not is_seen and not err:
        less = shorter(known.rests, rests_in(out))
        if less:
            counts.fault("bent", f"{how}: {less}")
    if everything:
        for command in COMMANDS:
            words = [word.replace("{}", str(world.folder)) for word in command]
            code, out, err = run(world, known.now, *words)
            complain(counts, how, command[0], code, out, err)
        if which == WITH_CASE:
            with CaseProcess(world.case, world.line):
                code, out, err = world.run(SCENES[0])
                complain(counts, how, "sync", code, out, err)


def run(world: World, now: int, *words: str) -> tuple[int, str, str]:
    """Run ``host``; return exit code, stdout and stderr. What it raises counts as exit code 99."""
    try:
        return world.host(now, *words)
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return 99, "", f"Traceback: {error!r} at {frame.filename}:{frame.lineno}"


def complain(counts: Counts, how: str, command: str, code: int, out: str, err: str) -> None:
    """Count a fault if a command fails in another way than in a sentence with the next step."""
    if code in (0, 5) or (command == "verify" and code == 1 and out):
        return
    lines = err.splitlines()
    if (
        code not in (1, 2, 3, 4)
        or len(lines) < 2
        or not lines[-1].startswith("  ")
        or "Traceback" in err
    ):
        counts.fault("failed", f"{how}: {command} says {code}: {err[-400:]}")


# The trials.

SMALL_PIECES = 40
SAMPLE_PIECES = 100
IN_A_PIECE = 200
"""Bits that are tried in a piece of a sample: 20,000 in all; and pairs of the small database."""

EVERYTHING = 16
"""Every so manieth database is looked at by all commands."""

SYNCS = 10
"""How many syncs are in a piece."""


def tried(which: int, chosen: Iterable[list[Place]], every: int = EVERYTHING) -> Counts:
    """Try these bits, all at once of each list; look at every so manieth with all commands."""
    counts = Counts()
    for number, at in enumerate(chosen):
        try_one(which, at, counts, number % every == 0)
    return counts


def each_bit(seed: int, piece: int) -> Counts:
    """Try every bit of the small database."""
    with lent():
        return tried(SMALL, ([place] for place in places(SMALL)[piece::SMALL_PIECES]))


def at_random(which: int, bits: int, seed: int, piece: int) -> Counts:
    """Try bits at random, so many at once."""
    with lent():
        chance = Random(seed * 1000 + piece)
        return tried(which, (chance.sample(places(which), bits) for _ in range(IN_A_PIECE)))


def pairs(seed: int, piece: int) -> Counts:
    """Try two bits at random of the small database."""
    return at_random(SMALL, 2, seed, piece)


def sample(seed: int, piece: int) -> Counts:
    """Try bits at random of ten years."""
    return at_random(TEN_YEARS, 1, seed, piece)


def synced(seed: int, piece: int) -> Counts:
    """Try a few bits at random of a database into which a case is synced then."""
    with lent():
        chance = Random(seed * 1000 + piece)
        chosen = chance.sample(places(WITH_CASE), SYNCS)
        return tried(WITH_CASE, ([place] for place in chosen), every=1)


TRIALS = [
    Trial("one bit of a small database", SMALL_PIECES, each_bit, share=(7,)),
    Trial("two bits of a small database", SAMPLE_PIECES, pairs, share=()),
    Trial("one bit of a database of ten years", SAMPLE_PIECES, sample, share=()),
    Trial("one bit in a database, then a sync", 40, synced, share=()),
]
