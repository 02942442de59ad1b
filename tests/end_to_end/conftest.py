"""The cases for every scenario: the virtual one, and an emulated Pico with the real image."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import ROOT

from rollhost.sim.virtual_case import VirtualCase

IMAGE = ROOT / "build" / "rollcase-pico.uf2"


@pytest.fixture(params=["virtual", "emulated"])
def image(request: pytest.FixtureRequest) -> Path | None:
    """The image that a case boots: none for the virtual one."""
    if request.param == "virtual":
        return None
    if not IMAGE.exists():
        pytest.skip("there is no image for the emulated Pico: make firmware")
    return IMAGE


@pytest.fixture
def case(tmp_path: Path, image: Path | None) -> Iterator[VirtualCase]:
    """A case that has just been switched on for the first time."""
    with VirtualCase(tmp_path / "flash.img", image) as one:
        yield one
