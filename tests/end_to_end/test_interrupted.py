"""A sync that is stopped anywhere and run again leaves what an undisturbed one leaves."""

import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from tests.end_to_end.board_case import BoardCase
from tests.end_to_end.relay import Relay
from tests.end_to_end.story import DAY, content, logged, prepare, refused, use_and_clean

from rollcore.events import FIRST_PLAUSIBLE
from rollcore.messages import Message
from rollhost.case.connection import Line
from rollhost.case.sync import sync
from rollhost.database.open import open_archive
from rollhost.errors import RollcaseError
from rollhost.sim.virtual_case import VirtualCase


@pytest.fixture
def used_case(case: VirtualCase) -> VirtualCase:
    """A case whose clock is set, with the log of a use; a board has another. No sync adds to it."""
    if isinstance(case, BoardCase):
        case.log(40)
    else:
        prepare(case)
        use_and_clean(case)
    with Line(case.port) as line:
        line.ask("time", sure=1, time=FIRST_PLAUSIBLE + DAY // 1000, force=0)
    return case


@pytest.fixture
def shares(image: Path | None, case: VirtualCase) -> int:
    """Return into how many shares a sync is cut. One on the emulated case takes a second."""
    return 4 if image or isinstance(case, BoardCase) else 12


class WatchedLine(Line):
    """A line that keeps the time (s) that the case told last."""

    time = 0

    def ask(self, verb: str, **fields: object) -> Message:
        answer = super().ask(verb, **fields)
        if verb == "status":
            self.time = answer.integer("time")
        return answer


def run_sync(port: str, database: Path) -> None:
    """Sync on a computer whose clock agrees with the case's, however slow the two are here."""
    line = WatchedLine(port)
    with line, open_archive(database, create=True) as archive:
        sync(line, archive, lambda: max(line.time, FIRST_PLAUSIBLE))


def bytes_of_a_sync(case: VirtualCase, database: Path) -> int:
    """Return how many bytes go over the line in a first sync."""
    with Relay(case.port) as relay:
        run_sync(relay.port, database)
        return relay.passed


def cut_at(case: VirtualCase, cuts: Iterable[int], home: Path) -> None:
    """Cut the cable after each number of bytes, sync again, and compare with no cut at all."""
    run_sync(case.port, home / "undisturbed.db")
    undisturbed = content(home / "undisturbed.db")
    database = home / "interrupted.db"
    for cut in cuts:
        # The last bytes may not be needed: questions have ids of random length.
        with Relay(case.port, cut_after=cut) as relay, suppress(RollcaseError):
            run_sync(relay.port, database)
        run_sync(case.port, database)
        assert content(database) == undisturbed, f"cut after byte {cut}"
        for file in home.glob("interrupted.db*"):
            file.unlink()


@pytest.mark.parametrize("image", ["virtual"], indirect=True)  # 120 long presses take long
def test_sync_of_two_blocks_survives_a_cable_cut(used_case: VirtualCase, home: Path) -> None:
    refused(used_case, 120)
    total = bytes_of_a_sync(used_case, home / "counted.db")
    cut_at(used_case, range(1, total, total // 25), home)


@pytest.mark.makes_cases
def test_first_sync_survives_a_cut_before_and_after_it_set_the_clock(
    used_case: VirtualCase, home: Path, shares: int
) -> None:
    total = bytes_of_a_sync(used_case, home / "other.db")
    for cut in range(100, total, total // (2 * shares)):
        with VirtualCase(home / f"{cut}.img") as fresh:
            prepare(fresh)
            database = home / f"{cut}.db"
            with Relay(fresh.port, cut_after=cut) as relay, suppress(RollcaseError):
                run_sync(relay.port, database)
            run_sync(fresh.port, database)
            run_sync(fresh.port, home / f"{cut}-undisturbed.db")
            assert content(database) == content(home / f"{cut}-undisturbed.db")
            with open_archive(database) as archive:
                records = [raw.hex() for raw in archive.raw_records(1)]
            assert records == logged(fresh, records[-1])


def test_sync_survives_a_kill_of_the_program_at_any_point(
    used_case: VirtualCase, home: Path, shares: int
) -> None:
    total = bytes_of_a_sync(used_case, home / "counted.db")
    # Not to the very end, which may come earlier: questions have ids of random length.
    for cut in range(1, total - 200, total // shares):
        database, undisturbed = home / f"{cut}.db", home / f"{cut}-undisturbed.db"
        with Relay(used_case.port, cut_after=cut) as relay:
            process = subprocess.Popen(
                [sys.executable, "-m", "rollhost", "sync", "--port", relay.port],
                env={**os.environ, "ROLLCASE_DB": str(database)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            relay.wait_for(cut)
            process.kill()
            process.wait()
        run_sync(used_case.port, database)
        run_sync(used_case.port, undisturbed)
        assert content(database) == content(undisturbed), f"killed at byte {cut}"
