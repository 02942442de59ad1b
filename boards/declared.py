"""What a board.py declares, read without running it; README.md says what each name means."""

import ast
from pathlib import Path
from typing import NamedTuple

from boards.pins import Pin

FOLDER = Path(__file__).resolve().parent


class Board(NamedTuple):
    """The constants of a board.py."""

    NAME: str
    BUTTON: int
    BUTTON_ACTIVE_LOW: bool
    LED: Pin
    RGB: tuple[int, int, int] | None
    RGB_COMMON_ANODE: bool
    PIXEL: int | None
    VBUS: Pin | None
    BATTERY: tuple[int, int] | None
    BATTERY_LOW_MV: int
    RTC: tuple[int, int, int] | None
    LID: int | None
    LID_OPEN_HIGH: bool
    LATCH: int | None
    BUZZER: int | None
    TRACE: tuple[int, int] | None
    DIRECTORY: str


def names(folder: Path = FOLDER) -> list[str]:
    """Return the names of the boards there are."""
    return sorted(path.parent.name for path in folder.glob("*/board.py"))


def constants(source: str) -> dict[str, object]:
    """Return the constants of a board.py, which has to write each of them out."""
    found: dict[str, object] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign):
            (target,) = node.targets
            assert isinstance(target, ast.Name)
            if target.id.isupper():
                found[target.id] = ast.literal_eval(node.value)
    return found


def read(name: str) -> Board:
    """Return what the board of this name declares."""
    return Board(**constants((FOLDER / name / "board.py").read_text("utf-8")))  # type: ignore[arg-type]
