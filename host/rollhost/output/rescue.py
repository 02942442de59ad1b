"""What ``host rescue`` prints: what was saved of a log, as lines and as JSON."""

from pathlib import Path

from rollhost.board import rescue
from rollhost.board.rescue import Saved
from rollhost.output import units


def rescue_document(
    saved: Saved, port: str, folder: Path, new: int, quarantined: int
) -> dict[str, object]:
    """Return the result for ``--json``; of `new` records in the database some are `quarantined`."""
    return {
        "port": port,
        "device": saved.device,
        "folder": str(folder),
        "files": [rescue.WHOLE_FLASH] if saved.whole_flash else sorted(saved.files),
        "lost": saved.lost,
        "new": new,
        "quarantined": quarantined,
    }


def rescue_lines(saved: Saved, folder: Path, new: int, quarantined: int) -> list[str]:
    """Return the result as a person reads it; the numbers are those of `rescue_document`."""
    board = rescue.title_of(saved)
    if saved.whole_flash:
        return [
            f"The flash of board {board} cannot be read as files. All of it is in"
            f" {folder / rescue.WHOLE_FLASH}."
        ]
    if not saved.files and not saved.lost:
        return [f"There is no log on board {board}."]
    lines = [f"{units.count(len(saved.files), 'file')} of board {board} saved in {folder}."]
    if saved.lost:
        lines.append(f"The board cannot read {', '.join(saved.lost)}.")
    lines.append(f"{units.count(new, 'record')} new in the database.")
    if quarantined:
        lines.append(f"{units.count(quarantined, 'record')} of these in quarantine, as they came.")
    return lines
