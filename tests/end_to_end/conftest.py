"""The cases for every scenario: the virtual one, and an emulated Pico with the real image.

With a port in ``ROLLCASE_TEST_BOARD`` (``make test BOARD=PORT``) it is the real board there.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import built
from tests.end_to_end.board_case import BoardCase

from rollhost.sim.virtual_case import VirtualCase

BOARD = os.environ.get("ROLLCASE_TEST_BOARD")
"""The port of the real board; None without one."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With a real board, leave out what makes a virtual case of its own."""
    if not BOARD:
        return
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "case" not in fixtures or item.get_closest_marker("makes_cases"):
            item.add_marker(pytest.mark.skip(reason="makes a virtual case of its own"))


@pytest.fixture(params=["board"] if BOARD else ["virtual", "emulated"])
def image(request: pytest.FixtureRequest) -> Path | None:
    """The image that a case boots: none for the virtual one, and for a board."""
    is_emulated = request.param == "emulated" and not BOARD
    return built("rollcase-pico.uf2") if is_emulated else None


@pytest.fixture
def case(
    request: pytest.FixtureRequest, tmp_path: Path, image: Path | None, confirmed: None
) -> Iterator[VirtualCase]:
    """A case that has just been switched on for the first time."""
    if BOARD:
        asks = request.config.getoption("capture") == "no" and sys.stdin.isatty()
        with BoardCase(BOARD, asks) as real:
            yield real
    else:
        with VirtualCase(tmp_path / "flash.img", image) as one:
            yield one
