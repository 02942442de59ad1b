"""The cases for every scenario: the virtual one, and an emulated Pico with the real image."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import built

from rollhost.sim.virtual_case import VirtualCase


@pytest.fixture(params=["virtual", "emulated"])
def image(request: pytest.FixtureRequest) -> Path | None:
    """The image that a case boots: none for the virtual one."""
    return None if request.param == "virtual" else built("rollcase-pico.uf2")


@pytest.fixture
def case(tmp_path: Path, image: Path | None, confirmed: None) -> Iterator[VirtualCase]:
    """A case that has just been switched on for the first time."""
    with VirtualCase(tmp_path / "flash.img", image) as one:
        yield one
