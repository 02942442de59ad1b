"""How fast the host answers, how much memory it takes, and what a record takes on disk."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.bench.archives import Archived, Kept
from tests.bench.table import Row
from tests.bench.timing import medians, output, peak_mb, run, seconds, turns
from tests.bench.workshop import Measurement, Workshop, no_image

from rollcore.events import CASE_EPOCH, RECORD_SIZE
from rollhost.case.connection import Line
from rollhost.case.fetch import Fetch, Fetched
from rollhost.case.known import Known
from rollhost.case.sync import sync
from rollhost.database.open import open_archive
from rollhost.sim.virtual_case import VirtualCase

HELD = (0, 10_000, 100_000)
"""Records in the database, of the case that is synced."""

MOST = HELD[-1]

FIRST_SYNC = 30_000
NEW = (3_000, 10_000, FIRST_SYNC)
"""Records that a first sync brings home."""

FLAT = 1.1
"""Most that a time may be of the time with few records, where it is not to grow."""

NEWEST_PAGE = "log --last 20"

BARE = "python -c pass"
MPREMOTE = "mpremote exec pass"

REPORT = "report --force FILE"

OTHER_COMMANDS = (
    "reaction",
    "hold",
    "photo",
    "policy replay rest_h=672",
    "export csv",
    "export json",
    "export ics",
    "verify",
    "completion bash",
)
"""Commands that have no aim of their own."""


def bare_python() -> None:
    """Start and end this Python."""
    run(["python", "-c", "pass"])


# A command, as a whole process.


def against_python(kept: Kept, words: str) -> tuple[float, float]:
    """Return the milliseconds of ``host`` with these words, and those of a bare Python."""
    split = words.replace("FILE", str(kept.database.with_suffix(".html"))).split()
    ours, bare = medians(lambda: kept.host(*split), bare_python)
    return 1000 * ours, 1000 * bare


def of_ten_years(words: str, at_most: float | None = None) -> Measurement:
    """Return the measurement of a command with ten years of a life."""
    name = f"host {words.removesuffix(' --force FILE')}, ten years; {BARE}"

    def rows(workshop: Workshop) -> Iterator[Row]:
        ours, bare = against_python(workshop.ten_years, words)
        yield Row(name, ours, "ms", bare, at_most)

    return Measurement((name,), rows)


def of_most(words: str, at_most: float) -> Measurement:
    """Return the measurement of a command with the most records."""
    name = f"host {words}, {MOST:,} records; {BARE}"

    def rows(workshop: Workshop) -> Iterator[Row]:
        ours, bare = against_python(workshop.archive(MOST), words)
        yield Row(name, ours, "ms", bare, at_most)

    return Measurement((name,), rows)


def without_database(words: str) -> Measurement:
    """Return the measurement of a command that needs no database."""
    name = f"host {words}; {BARE}"

    def rows(workshop: Workshop) -> Iterator[Row]:
        ours, bare = medians(lambda: run(["host", *words.split()]), bare_python)
        yield Row(name, 1000 * ours, "ms", 1000 * bare, 2.5)

    return Measurement((name,), rows)


STATUS_ROWS = (
    f"host status, ten years; {BARE}",
    *(f"host status, {records:,} records; {BARE}" for records in HELD[1:]),
    f"host status, {MOST:,} records; ten years",
)


def status(workshop: Workshop) -> Iterator[Row]:
    """Yield how long a status takes, the more records there are."""
    archives = [workshop.archive(records) for records in HELD[1:]]
    every: list[Kept] = [workshop.ten_years, *archives]
    times = medians(bare_python, *(partial(kept.host, "status") for kept in every))
    bare, *ours = [1000 * time_s for time_s in times]
    for name, time_ms in zip(STATUS_ROWS, ours, strict=False):
        yield Row(name, time_ms, "ms", bare, 5)
    yield Row(STATUS_ROWS[-1], ours[-1], "ms", ours[0], FLAT)
    counts = [records_in(kept.database) for kept in every]
    workshop.draw("host status", "records held", "ms", list(zip(counts, ours, strict=True)))


# A sync without news.

SYNC_ROWS = (
    *(f"host sync, no news, {records:,} records held; {MPREMOTE}" for records in HELD),
    f"host sync, no news, {MOST:,} records held; 0 held",
)


def no_news(workshop: Workshop) -> Iterator[Row]:
    """Yield how long a sync takes that finds nothing new, the more records are held.

    It takes turns with mpremote on the same port of an emulated Pico. That stops the firmware; so
    the case is started again each time, and what its start brings is brought home.
    """
    ours: list[float] = []
    for name, records in zip(SYNC_ROWS, HELD, strict=False):
        archive = workshop.archive(records)
        with archive.case() as case:
            said = output(["host", "sync", "--port", case.port], archive.environment())
            assert "Nothing new" in said, said
            sync_s, theirs_s = medians(
                partial(archive.host, "sync", "--port", case.port),
                partial(run, ["mpremote", "connect", case.port, "resume", "exec", "pass"]),
                before=partial(archive.sync, case),
            )
        ours.append(1000 * sync_s)
        yield Row(name, ours[-1], "ms", 1000 * theirs_s, 1)
    yield Row(SYNC_ROWS[-1], ours[-1], "ms", ours[0], FLAT)
    points = list(zip(HELD, ours, strict=True))
    workshop.draw("host sync, no news", "records held", "ms", points)


# Many records at once.


def records_in(database: Path) -> int:
    """Return how many records a database has."""
    connection = sqlite3.connect(database)
    (count,) = connection.execute("SELECT count(*) FROM records").fetchone()
    connection.close()
    return int(count)


class Rows:
    """The records of a database as rows, to be put into the same table of an empty one."""

    def __init__(self, database: Path, folder: Path) -> None:
        connection = sqlite3.connect(database)
        cursor = connection.execute("SELECT * FROM records")
        self._rows = cursor.fetchall()
        marks = ", ".join("?" * len(cursor.description))
        self._insert = f"INSERT INTO records VALUES ({marks})"
        connection.close()
        self._folder = folder
        self.count = len(self._rows)

    def insert(self) -> float:
        """Put them in with `executemany`, and commit; return the seconds that takes."""
        with fresh(self._folder) as database:
            with open_archive(database, create=True):
                pass
            connection = sqlite3.connect(database)
            connection.execute("PRAGMA foreign_keys = OFF")

            def insert() -> None:
                with connection:
                    connection.executemany(self._insert, self._rows)

            took = seconds(insert)
            connection.close()
        return took


@contextmanager
def fresh(folder: Path) -> Iterator[Path]:
    """Give the path of a database that is not there yet, and delete it afterwards."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        yield Path(name) / "fresh.db"


def first_sync_s(archive: Archived, case: VirtualCase, folder: Path) -> float:
    """Return how long (s) a whole first sync takes, into an empty database."""
    with (
        fresh(folder) as database,
        open_archive(database, create=True) as empty,
        Line(case.port) as line,
    ):
        return seconds(lambda: sync(line, empty, lambda: archive.now() - CASE_EPOCH))


def committed_s(archive: Archived, case: VirtualCase, folder: Path) -> float:
    """Return how long (s) it takes until the log of a case is committed in an empty database."""
    with (
        fresh(folder) as database,
        open_archive(database, create=True) as empty,
        Line(case.port) as line,
    ):
        with empty.transaction():
            case_id = empty.keep_case(line.device, line.board, line.firmware)
        known, done = Known(line, lambda: archive.now() - CASE_EPOCH), Fetched(case_id)
        return seconds(Fetch(known, empty, done, lambda done, total: None).run)


FIRST_SYNC_ROWS = (
    f"first sync, {FIRST_SYNC:,} records, to committed; executemany",
    f"first sync, a record of {FIRST_SYNC:,}; of {NEW[0]:,}",
)


def first_sync(workshop: Workshop) -> Iterator[Row]:
    """Yield how fast a whole log is brought home from a virtual case and committed."""
    points: list[tuple[int, float]] = []
    for records in NEW:
        archive = workshop.archive(records, None)
        rows = Rows(archive.database, workshop.folder)
        with VirtualCase(archive.flash) as case:
            ours, committed, bare = turns(
                partial(first_sync_s, archive, case, workshop.folder),
                partial(committed_s, archive, case, workshop.folder),
                rows.insert,
            )
        points.append((rows.count, ours))
    pace = rows.count / committed
    yield Row(FIRST_SYNC_ROWS[0], pace, "a second", rows.count / bare, at_least=0.25)
    each = [1e6 * took / count for count, took in points]
    yield Row(FIRST_SYNC_ROWS[1], each[-1], "µs", each[0], FLAT)
    workshop.draw("first sync", "new records", "s", points)


IMPORT_ROWS = (f"host import, {MOST:,} records; executemany",)


def import_all(workshop: Workshop) -> Iterator[Row]:
    """Yield how fast an export is imported into an empty database, as a whole process."""
    file, archive = workshop.export(MOST), workshop.archive(MOST)
    rows = Rows(archive.database, workshop.folder)
    ours, bare = turns(partial(import_s, archive, file, workshop.folder), rows.insert)
    yield Row(IMPORT_ROWS[0], rows.count / ours, "a second", rows.count / bare, at_least=0.15)


def import_s(archive: Archived, file: Path, folder: Path) -> float:
    """Return how long (s) ``host import`` takes with an empty database."""
    with fresh(folder) as database:
        empty = Kept(database, archive.until)
        return seconds(lambda: empty.host("import", str(file)))


# Memory and disk.

MEMORY_ROWS = tuple(
    f"peak memory, host {words}, {MOST:,} records; {other}"
    for words, few in (("sync", "0 records"), ("status", "ten years"), ("import", "10,000 records"))
    for other in (BARE, few)
)


def memory(workshop: Workshop) -> Iterator[Row]:
    """Yield the most memory that commands take, beside a bare Python and with few records."""
    few, most = workshop.archive(HELD[0]), workshop.archive(MOST)
    pairs: list[list[float]] = []
    syncs = []
    for archive in (few, most):
        with archive.case() as case:
            words = ["host", "sync", "--port", case.port]
            syncs.append(peak_mb(words, archive.environment()))
    pairs.append(syncs)
    kept: tuple[Kept, ...] = (workshop.ten_years, most)
    pairs.append([peak_mb(["host", "status"], archive.environment()) for archive in kept])
    pairs.append([_import_mb(workshop, records) for records in HELD[1:]])
    bare = peak_mb(["python", "-c", "pass"], most.environment())
    names = iter(MEMORY_ROWS)
    for small, large in pairs:
        yield Row(next(names), large, "MB", bare, 2.5)
        yield Row(next(names), large, "MB", small, FLAT)


def _import_mb(workshop: Workshop, records: int) -> float:
    """Return the most memory (MB) of an import of so many records into an empty database."""
    words = ["host", "import", str(workshop.export(records))]
    with fresh(workshop.folder) as database:
        empty = Kept(database, workshop.archive(records).until)
        return peak_mb(words, empty.environment())


# What no change of ours can make shorter.

LOADED = "from rollhost.cli.main import main; import sys; main(sys.argv[1:]); print(*sys.modules)"
"""Runs a command, and then prints what it has loaded."""

FLOOR_ROWS = (
    f"floor: loading what host status needs of Python; {BARE}",
    f"floor: loading all that host status needs; {BARE}",
    f"floor: loading all that host sync needs; {MPREMOTE}",
    f"floor: peak memory, what host status needs of Python; {BARE}",
    f"floor: peak memory, all that host sync needs; {BARE}",
)


def floors(workshop: Workshop) -> Iterator[Row]:
    """Yield what it takes to load what commands need, before they read a record."""
    archive = workshop.archive(HELD[0])
    status = _loaded_by(archive, "status")
    pythons = [name for name in status if not name.startswith("roll")]
    with archive.case() as case:
        syncs = _loaded_by(archive, "sync", "--port", case.port)
        of_python, of_status, of_sync, theirs, bare = medians(
            *(partial(run, _loading(names)) for names in (pythons, status, syncs)),
            partial(run, ["mpremote", "connect", case.port, "resume", "exec", "pass"]),
            bare_python,
            before=partial(archive.sync, case),
        )
    yield Row(FLOOR_ROWS[0], 1000 * of_python, "ms", 1000 * bare)
    yield Row(FLOOR_ROWS[1], 1000 * of_status, "ms", 1000 * bare)
    yield Row(FLOOR_ROWS[2], 1000 * of_sync, "ms", 1000 * theirs)
    bare_mb = peak_mb(["python", "-c", "pass"], archive.environment())
    for name, names in zip(FLOOR_ROWS[3:], (pythons, syncs), strict=True):
        yield Row(name, peak_mb(_loading(names), archive.environment()), "MB", bare_mb)


def _loaded_by(archive: Kept, *words: str) -> list[str]:
    """Return the names of the modules that a command loads, in the order of loading."""
    printed = output(["python", "-c", LOADED, *words], archive.environment())
    return [name for name in printed.splitlines()[-1].split() if name != "__main__"]


def _loading(names: list[str]) -> list[str]:
    """Return the command that loads these modules, without garbage collection as `host` does."""
    return ["python", "-c", f"import gc; gc.disable(); import {', '.join(names)}; gc.freeze()"]


DISK_ROWS = (
    f"database, bytes a record, {MOST:,} records; raw record",
    "report, size, ten years",
)


def disk(workshop: Workshop) -> Iterator[Row]:
    """Yield what a record takes in the database, and how large a report is."""
    database = workshop.archive(MOST).database
    with open_archive(database):
        pass  # the last one to close it empties its write-ahead log
    each = database.stat().st_size / records_in(database)
    yield Row(DISK_ROWS[0], each, "bytes", RECORD_SIZE, 3)
    report = workshop.folder / "report.html"
    workshop.ten_years.host("report", "--force", str(report))
    yield Row(DISK_ROWS[1], report.stat().st_size / 1000, "kB", at_most=300)


MEASUREMENTS = (
    Measurement(SYNC_ROWS, no_news, why_not=no_image),
    Measurement(STATUS_ROWS, status),
    *(of_ten_years(words, 5) for words in (NEWEST_PAGE, "plan", "policy")),
    *(of_most(words, 5) for words in (NEWEST_PAGE, "plan", "policy")),
    *(without_database(words) for words in ("--version", "--help")),
    of_ten_years(REPORT, 20),
    *(of_ten_years(words) for words in OTHER_COMMANDS),
    Measurement(FIRST_SYNC_ROWS, first_sync),
    Measurement(IMPORT_ROWS, import_all),
    Measurement(MEMORY_ROWS, memory),
    Measurement(FLOOR_ROWS, floors, why_not=no_image),
    Measurement(DISK_ROWS, disk),
)
