"""What a virtual case runs on: MicroPython on this computer, or an image on an emulated Pico."""

from pathlib import Path

import pytest

from rollhost.errors import RollcaseError, UsageError
from rollhost.sim import virtual_case
from rollhost.sim.virtual_case import choose_image


@pytest.fixture
def on_a_raspberry_pi(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand for a 64-bit Raspberry Pi: no wheel of MicroPython, but one of the emulator."""
    monkeypatch.setattr(virtual_case, "_micropython", lambda: None)


@pytest.fixture
def image(home: Path) -> Path:
    """The beginning of an image."""
    path = home / "rollcase-pico.uf2"
    path.write_bytes(b"UF2\n")
    return path


def builds(monkeypatch: pytest.MonkeyPatch, image: Path | None) -> None:
    """Let this be what ``make firmware`` has built; None: nothing yet."""
    monkeypatch.setattr("rollhost.board.bundled_files.image", lambda name: image)


@pytest.mark.usefixtures("on_a_raspberry_pi")
def test_raspberry_pi_emulates_a_pico_with_the_image_that_was_built(
    image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builds(monkeypatch, image)
    assert choose_image(emulated=False) == image


@pytest.mark.usefixtures("on_a_raspberry_pi")
def test_raspberry_pi_without_an_image_says_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    builds(monkeypatch, None)
    with pytest.raises(RollcaseError) as raised:
        choose_image(emulated=False)
    assert raised.value.sentence == "There is no image for the emulated Pico yet."
    assert raised.value.hint.startswith("Name the one of a release: --image rollcase-pico.uf2.")


def test_image_that_is_named_is_emulated_also_where_there_is_a_micropython(image: Path) -> None:
    assert choose_image(emulated=False, named=image) == image
    assert choose_image(emulated=False) is None


@pytest.mark.parametrize(
    ("content", "says"), [(b"PK", "is no UF2 image"), (None, "cannot be read")]
)
def test_file_that_is_no_image_is_refused(home: Path, content: bytes | None, says: str) -> None:
    if content is not None:
        (home / "a.uf2").write_bytes(content)
    with pytest.raises(UsageError, match=says):
        choose_image(emulated=True, named=home / "a.uf2")
