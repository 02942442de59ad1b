"""A virtual case as a library: its lamp, its events, and its end."""

import select
from pathlib import Path

import pytest

from rollhost.errors import CaseError
from rollhost.sim.transcript import Writes
from rollhost.sim.virtual_case import FLASH_BYTES, VirtualCase

MINUTE = 60 * 1000
DAY = 24 * 60 * MINUTE

NO_FILE_SYSTEM = (bytes(8) + b"littlefs").ljust(FLASH_BYTES, b"\0")
"""Flash that looks like a case's and cannot be mounted."""


# As a library.


@pytest.mark.slow
def test_lamp_shows_its_true_colour(tmp_path: Path) -> None:
    with VirtualCase(tmp_path / "flash.img") as case:
        case.press()
        case.jump(20 * MINUTE)  # ready: green
        while case.colour != 0x00FF00:
            assert select.select([case], [], [], 60)[0]
            case.take()


def test_events_are_taken_once_and_kept() -> None:
    with VirtualCase() as case:
        assert [event["event"] for event in case.take()] == ["boot", "log", "lamp"]
        assert case.take() == []
        assert len(case.events()) == 3


def logged_at(case: VirtualCase) -> float:
    """Return the case's own time (s since power-up) of the last record."""
    return max(float(str(event["at"])) for event in case.events() if event["event"] == "log")


@pytest.mark.slow
def test_clock_of_the_case_loses_no_time_to_a_long_jump() -> None:
    with VirtualCase() as case:
        case.press()
        most = case.elapsed_s - logged_at(case)  # it starts a little later than its process
        case.jump(200 * DAY)
        before = case.elapsed_s
        case.press()
        assert before - logged_at(case) < most


def test_writes_to_the_flash_are_counted_by_block_since_power_up() -> None:
    with VirtualCase() as case:
        first = case.writes()
        assert first[0].erases == first[1].erases == 1  # the file system was made
        assert max(first) < 352
        assert case.writes() == first  # asking writes nothing
        case.press()
        later = case.writes()
        assert pages_programmed(later) > pages_programmed(first)
        case.cut()
        assert 0 < pages_programmed(case.writes()) < pages_programmed(first)


def pages_programmed(writes: dict[int, Writes]) -> int:
    """Return how many pages were programmed in all blocks."""
    return sum(block.programs for block in writes.values())


def test_writes_of_an_emulated_pico_are_not_known() -> None:
    with pytest.raises(CaseError, match="does not count"):
        VirtualCase(image=Path("pico.uf2")).writes()


def test_dead_case_is_reported_and_can_be_started_again(tmp_path: Path) -> None:
    flash = tmp_path / "flash.img"
    with VirtualCase(flash) as case:
        whole = flash.read_bytes()
        flash.unlink()
        flash.mkdir()  # no file that could be opened
        with pytest.raises(CaseError, match="stopped by itself"):
            case.cut()
        assert "OSError" in str(case.events()[-1]["words"])
        with pytest.raises(CaseError, match="stopped by itself"):
            case.press()
        with pytest.raises(CaseError, match="stopped by itself"):
            case.wait_for(lambda event: False)
        flash.rmdir()
        flash.write_bytes(whole)
        case.cut()
        case.press()
        assert case.events()[-1]["pattern"] == "soaking"


def test_flash_without_a_file_system_is_kept_as_it_is_and_shown_as_a_fault(tmp_path: Path) -> None:
    flash = tmp_path / "flash.img"
    with VirtualCase(flash) as case:
        flash.write_bytes(NO_FILE_SYSTEM)
        case.cut()
        case.jump(2000)
        assert case.events()[-1]["pattern"] == "fault"
    assert flash.read_bytes() == NO_FILE_SYSTEM
