"""The image, and Picos that boot it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.emulator.pico import Pico

from rollhost import device_files

Boot = Callable[..., Pico]
"""Powers a Pico up, with the flash given or blank, until its lamp shows."""


@pytest.fixture(scope="session")
def image() -> Path:
    """The product's image for the Pico."""
    found = device_files.image("pico")
    if found is None:
        pytest.skip("there is no image for the emulated Pico: make firmware")
    return found


@pytest.fixture(scope="session")
def boot(image: Path) -> Boot:
    """Power a Pico up."""

    def up(flash: bytes | None = None) -> Pico:
        pico = Pico(image, flash)
        pico.boot()
        return pico

    return up
