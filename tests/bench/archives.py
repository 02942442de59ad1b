"""Archives that read like a life, of as many records as are asked for, with the case they are of.

One person with four zones of skin rolls them each week and opens the lid eight times a day: some
4,000 records a year, so that 100,000 are there before the case's clock ends, which is in 2054.
Each record is one that the real state machine answered (tests/host/ten_years.py); the real journal
writes the same ones to the case's flash, which holds the newest of them, so that a sync finds what
it knows.

Usage: python -m tests.bench.archives FOLDER RECORDS…, which makes one of each, to look at them.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from tests.bench.timing import run
from tests.firmware.logs import records_of
from tests.host.ten_years import BORN, DAY, HOUR, ORIGINAL, Life, live_ten_years, with_zones

from rollcore import events
from rollcore.events import first_chain
from rollhost.board import bundled_files
from rollhost.case.connection import Line
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.open import open_archive
from rollhost.database.row_crc import teach
from rollhost.sim.virtual_case import VirtualCase, find_micropython

ZONES = ("face", "scalp", "neck", "legs")
SEED = 9
LOG_ID = bytes([SEED] * 8)
"""As `Life` makes it of its seed."""


LOOKS_EVERY_S = 3 * HOUR


class Enough(Exception):
    """As many records as were asked for have been written."""


class LongLife(Life):
    """Somebody whose case has a lid switch, until it rests with at least `most` records.

    The lid is opened again and again, by day and by night.
    """

    def __init__(self, archive: Archive, most: int) -> None:
        self._most = most
        self._now = 0
        self._looked_at = 0
        rules = with_zones(ORIGINAL, *ZONES)
        super().__init__(archive, rules=rules, name="bathroom", seed=SEED)

    @property
    def now(self) -> int:
        """Now, in case time (s). Setting it lets the days pass up to then, with their looks."""
        return self._now

    @now.setter
    def now(self, now: int) -> None:
        if self._now:
            while now - self._looked_at > LOOKS_EVERY_S:
                self._looked_at += LOOKS_EVERY_S
                self._now = max(self._now, self._looked_at)
                self._write(events.LID, {"what": events.LID_OPENED})
        else:
            self._looked_at = now
        self._now = now

    def _write(
        self, kind: int, data: dict[str, int], zone: int = 0, time: int | None = None
    ) -> None:
        if kind == events.LID and len(self.log) >= self._most:
            raise Enough  # at rest, as most of the time
        super()._write(kind, data, zone, time)

    def live_on(self) -> None:
        """Live year after year, with what happens in one, until there are enough records."""
        try:
            for year in range(100):
                self._year(BORN + year * 365 * DAY)
        except Enough:
            self.sync_the_rest()

    def _year(self, begin: int) -> None:
        self.live(begin + 60 * DAY)
        self.write_down(diary.NOTE, text="new alcohol, 70 %")
        self.live(begin + 100 * DAY)
        self.clinic(1500)
        self.live(begin + 190 * DAY)
        self.hold(events.SUNBURN, 10)
        self.live(begin + 280 * DAY)
        self.reaction("neck", 5, [], "red along the collar")
        self.live(begin + 365 * DAY)

    def sync_the_rest(self) -> None:
        """Bring home what is new, as the last thing."""
        self._bring_home(0)


BEGAN = time.monotonic()


@dataclass(frozen=True)
class Kept:
    """A database that was synced last at Unix time `until` (s)."""

    database: Path
    until: int

    def now(self) -> int:
        """Return the time (Unix s) for a host: an hour after `until`, going on in real time."""
        return self.until + HOUR + round(time.monotonic() - BEGAN)

    def environment(self) -> dict[str, str]:
        """Return the environment for a ``host`` that is run now."""
        now = datetime.fromtimestamp(self.now(), timezone.utc).isoformat()
        return {**os.environ, "ROLLCASE_DB": str(self.database), "ROLLCASE_NOW": now}

    def host(self, *words: str) -> None:
        """Run ``host`` with this database, as a process of its own."""
        run(["host", *words], self.environment())


@dataclass(frozen=True)
class Archived(Kept):
    """A database, and the flash of the case whose log it holds.

    `image` is what the case boots, None for MicroPython on this computer.
    """

    flash: Path
    image: Path | None

    @contextmanager
    def case(self) -> Iterator[VirtualCase]:
        """Run the case; what its start brings is brought home first."""
        with VirtualCase(self.flash, self.image) as case:
            self.sync(case)
            yield case

    def sync(self, case: VirtualCase) -> None:
        """Bring home what is new in the case; start it first, if it is stopped."""
        self.host("sync", "--port", case.port)


def build(folder: Path, records: int, image: Path | None = None) -> Archived:
    """Make a database of so many records, or a few more, and the flash of the case they are from.

    `image` is what the case boots: so it is the case of a Pico, or without one a virtual one. Of 0
    records the case is new. It takes about 20 s for 100,000 records.
    """
    database = folder / f"{records}.db"
    if not records:
        return _brought_home(Archived(database, BORN, database.with_suffix(".img"), image))
    with open_archive(database, create=True) as archive:
        life = LongLife(archive, records)
        life.live_on()
    return _with_case(life, database, image)


def ten_years(folder: Path, image: Path | None = None) -> Archived:
    """Make a database of ten years of a life, some 2,600 records, and the flash of the case."""
    database = folder / "ten_years.db"
    with open_archive(database, create=True) as archive:
        life = Life(archive, name="bathroom", seed=SEED)
        live_ten_years(life)
    return _with_case(life, database, image)


def _with_case(life: Life, database: Path, image: Path | None) -> Archived:
    """Make the case that has written the records of a life."""
    flash = database.with_suffix(".img")
    replay(life, flash)
    copy = Path(shutil.copy(flash, f"{flash}.asked"))
    with VirtualCase(copy, image) as case, Line(case.port) as line:
        _is_of(database, line.device)
    return _brought_home(Archived(database, life.unix, flash, image))


def _brought_home(archived: Archived) -> Archived:
    """Sync once, as a person does, so that the database is as a sync leaves it."""
    with archived.case():
        return archived


def replay(life: Life, flash: Path) -> None:
    """Let the journal write a life's records to the flash of a virtual case."""
    file = flash.with_suffix(".records")
    file.write_bytes(b"".join(records_of(life.log, first_chain(LOG_ID))))
    environment = {
        **os.environ,
        "MICROPYPATH": f"{bundled_files.firmware()}:{bundled_files.board('virtual')}:.frozen",
        "ROLLCASE_FLASH": str(flash),
        "ROLLCASE_LOG": LOG_ID.hex(),
        "ROLLCASE_RECORDS": str(file),
    }
    program = str(Path(__file__).with_name("replay_log.py"))
    subprocess.run([find_micropython(), program], env=environment, check=True)
    file.unlink()


def _is_of(database: Path, device: str) -> None:
    """Let the records be those of the case with this device id."""
    connection = sqlite3.connect(database)
    teach(connection)
    with connection:
        connection.execute("UPDATE cases SET device = ?", (device,))
    connection.close()


def main(folder: Path, sizes: list[int]) -> None:
    """Make an archive of each size, and say how long each takes."""
    folder.mkdir(parents=True, exist_ok=True)
    for records in sizes:
        began = time.perf_counter()
        archived = build(folder, records)
        took_s = time.perf_counter() - began
        until = datetime.fromtimestamp(archived.until, timezone.utc)
        print(f"{archived.database}: {records:,} records, until {until:%Y-%m-%d}, {took_s:.1f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(word) for word in sys.argv[2:]])
