"""Where the firmware and the boards are: beside host/ in a clone, inside rollhost in a wheel."""

from pathlib import Path


def firmware() -> Path:
    """Return the folder that is copied to a board as it is: main.py, rollcore, rollcase."""
    return _root() / "firmware"


def board(name: str) -> Path:
    """Return the folder of the board `name`, such as ``virtual``."""
    return _root() / "boards" / name


def image(name: str) -> Path | None:
    """Return the UF2 image for the board `name`; None if none was built in this clone."""
    path = _root() / "build" / f"rollcase-{name}.uf2"
    return path if path.exists() else None


def _root() -> Path:
    package = Path(__file__).resolve().parents[1]
    packed = package / "_device"
    return packed if packed.is_dir() else package.parents[1]
