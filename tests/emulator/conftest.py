"""The image, and Picos that boot it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import built
from tests.emulator.pico import Pico

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
