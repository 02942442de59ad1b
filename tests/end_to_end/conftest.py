"""A case to run the scenarios on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rollhost.sim.virtual_case import VirtualCase


@pytest.fixture
def case(tmp_path: Path) -> Iterator[VirtualCase]:
    """A case that has just been switched on for the first time."""
    with VirtualCase(tmp_path / "flash.img") as one:
        yield one
