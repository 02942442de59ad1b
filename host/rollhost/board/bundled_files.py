"""Where the firmware and the boards are: in a clone beside host/, in a wheel inside us."""

from pathlib import Path


def firmware() -> Path:
    """Return the folder that goes onto a board as it stands: main.py, rollcore, rollcase."""
    return _root() / "firmware"


def board(name: str) -> Path:
    """Return the folder of the board `name`, such as ``virtual``."""
    return _root() / "boards" / name


def image(name: str) -> Path | None:
    """Return the UF2 image for the board `name`, if one was built in this clone."""
    path = _root() / "build" / f"rollcase-{name}.uf2"
    return path if path.exists() else None


def _root() -> Path:
    here = Path(__file__).resolve().parents[1]
    packed = here / "_device"
    return packed if packed.is_dir() else here.parents[1]
