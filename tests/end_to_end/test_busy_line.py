"""The case goes on living while it answers the host."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.end_to_end.full_log import RECORDS, fill
from tests.end_to_end.relay import Relay
from tests.end_to_end.story import stored

from rollhost.case.connection import Line
from rollhost.case.sync import Outcome, sync
from rollhost.database.open import open_archive
from rollhost.now import current_case_time
from rollhost.sim.virtual_case import VirtualCase


@pytest.fixture(scope="module")
def full_flash(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flash with a long log, to be copied."""
    flash = tmp_path_factory.mktemp("full") / "flash.img"
    fill(flash)
    return flash


@pytest.fixture
def full_case(full_flash: Path, home: Path, image: Path | None) -> Iterator[VirtualCase]:
    """A case with a long log."""
    with VirtualCase(Path(shutil.copy(full_flash, home)), image) as case:
        yield case


def test_log_of_10000_records_is_synced_completely(full_case: VirtualCase, home: Path) -> None:
    with Line(full_case.port) as line, open_archive(home / "a.db", create=True) as archive:
        outcome = sync(line, archive, current_case_time)
    assert outcome.new == RECORDS + 2  # this boot, and the clock's setting
    assert len(stored(home / "a.db")) == RECORDS + 2


# The emulator itself waits for a host that does not read.
@pytest.mark.parametrize("image", ["virtual"], indirect=True)
def test_press_is_answered_while_the_log_goes_over_the_line(
    full_case: VirtualCase, home: Path
) -> None:
    """The host stops reading for as long as the press takes, wherever it is in a block.

    How soon a press is answered while the line runs at full speed is measured on the Pico, in its
    own time (`tests/emulator/test_serial.py`).
    """

    def run_sync() -> None:
        with Line(relay.port) as line, open_archive(home / "b.db", create=True) as archive:
            outcomes.append(sync(line, archive, current_case_time))

    outcomes: list[Outcome] = []
    with Relay(full_case.port) as relay:
        relay.hold_at(50_000)
        syncing = threading.Thread(target=run_sync)
        syncing.start()
        for number in range(1, 6):
            relay.wait_for(number * 50_000)
            full_case.long_press()  # logged, flushed, and answered by the lamp before this returns
            assert relay.passed == number * 50_000
            relay.hold_at((number + 1) * 50_000 if number < 5 else None)
        syncing.join()
        assert relay.passed > RECORDS * 32  # the sync went on all the while
    assert outcomes[0].new >= RECORDS
    assert len(stored(home / "b.db")) == RECORDS + 2 + 5
