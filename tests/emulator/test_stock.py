"""Stock MicroPython with the firmware's files copied onto it, as `mpremote cp` leaves them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from littlefs import LittleFS
from tests.conftest import HostJson, built
from tests.end_to_end.story import logged, prepare, stored, use_and_clean

from rollhost.board import bundled_files
from rollhost.sim.virtual_case import VirtualCase

pytestmark = pytest.mark.usefixtures("confirmed")

BLOCK, BLOCKS = 4096, 352


def with_files(folder: Path, board: Path) -> bytes:
    """Return flash that holds the firmware and a board's description."""
    context: Any = LittleFS(block_size=BLOCK, block_count=BLOCKS, prog_size=256)
    for path in [*sorted(folder.rglob("*.py")), board]:
        name = "board.py" if path == board else str(path.relative_to(folder))
        if "/" in name:
            context.makedirs(str(Path(name).parent), exist_ok=True)
        with context.open(name, "wb") as file:
            file.write(path.read_bytes())
    return bytes(context.context.buffer)


@pytest.fixture
def case(tmp_path: Path) -> Iterator[VirtualCase]:
    """Such a Pico, switched on for the first time."""
    image = built("micropython-pico.uf2")
    files = with_files(bundled_files.firmware(), bundled_files.board("pico") / "board.py")
    flash = tmp_path / "flash.img"
    flash.write_bytes(files + os.urandom(8))
    with VirtualCase(flash, image) as one:
        yield one


def test_case_is_the_same_on_stock_micropython(
    case: VirtualCase, host_json: HostJson, home: Path
) -> None:
    prepare(case)
    use_and_clean(case)
    case.long_press()
    assert host_json("sync", "--port", case.port)["new"] == 9
    records = stored(home / "rollcase.db")
    assert records == logged(case, records[-1])
    assert host_json("status")["cases"][0]["phase"] == "resting"
