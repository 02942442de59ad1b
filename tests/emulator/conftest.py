"""The image, and Picos that boot it; the firmware as files, and boards that `host` runs on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import built
from tests.emulator import bench
from tests.emulator.bench import Files, Run, flash_with, in_folder
from tests.emulator.lived_logs import another_firmware, used_with
from tests.emulator.pico import Pico

from rollhost.board import install

Boot = Callable[..., Pico]
"""Powers a Pico up, with the flash given or blank, until its lamp shows."""


@pytest.fixture(scope="session")
def image() -> Path:
    """The product's image for the Pico."""
    return built("rollcase-pico.uf2")


@pytest.fixture(scope="session")
def boot(image: Path) -> Boot:
    """Power a Pico up."""

    def up(flash: bytes | None = None, vbus: bool = True) -> Pico:
        pico = Pico(image, flash, vbus)
        pico.boot()
        return pico

    return up


@pytest.fixture(scope="session")
def new() -> Files:
    """The firmware as an install makes it, for the pico."""
    return install.firmware_files(install.named_board("pico"), compiled=True)


@pytest.fixture(scope="session")
def old(new: Files) -> Files:
    """Another firmware that works: some of its files are others, and one is there no more."""
    return another_firmware(new)


@pytest.fixture(scope="session")
def used(old: Files) -> bytes:
    """The flash of a case with the old firmware and a log."""
    return used_with(old)


@pytest.fixture(scope="session")
def current(new: Files) -> bytes:
    """A flash on which nothing is left to install, and no log yet."""
    folder = install.folder_of(new)
    return flash_with(in_folder(folder, new))


@pytest.fixture
def at_the_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pyserial find boards of this process, and count what waits for a board by its time."""
    bench.sit_down(monkeypatch)


@pytest.fixture
def run(at_the_bench: None, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``host`` in this process, with a board plugged in."""
    return bench.run_host(capsys)
