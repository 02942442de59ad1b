"""What `host rescue` and `host install` say of a board's log, as lines and as JSON."""

from pathlib import Path

from rollcore import slots
from rollhost.board import new_log, rescue
from rollhost.board.new_log import Birth
from rollhost.board.raw_log import Log
from rollhost.board.rescue import Saved
from rollhost.output import units


def rescue_document(
    saved: Saved, port: str, folder: Path, new: int, quarantined: int, birth: Birth | None
) -> dict[str, object]:
    """Return the result for ``--json``; of `new` records in the database some are `quarantined`."""
    names = [rescue.block_name(place, raw) for place, raw in sorted(saved.blocks.items())]
    return {
        "port": port,
        "device": saved.device,
        "folder": str(folder),
        "files": [*([rescue.WHOLE_FLASH] if saved.whole_flash else []), *sorted(saved.files)],
        "blocks": names,
        "lost": saved.lost,
        "without_file": saved.missing,
        "logs": [_log_document(log) for log in saved.logs.logs],
        "new": new,
        "quarantined": quarantined,
        "new_log": birth.log_id.hex() if birth else None,
    }


def _log_document(log: Log) -> dict[str, object]:
    return {
        "log": log.log_id.hex(),
        "generation": log.generation,
        "follows": log.follows.hex() if any(log.follows) else None,
        "records": log.count(slots.WHOLE, slots.CORRECTED),
        "corrected": log.count(slots.CORRECTED) + log.corrected,
        "damaged": log.count(slots.DAMAGED),
        "torn": log.count(slots.TORN),
    }


def rescue_lines(
    saved: Saved, folder: Path, new: int, quarantined: int, birth: Birth | None
) -> list[str]:
    """Return the result as a person reads it; the numbers are those of `rescue_document`."""
    board = rescue.title_of(saved)
    lines: list[str] = []
    if saved.whole_flash:
        lines.append(
            f"The flash of board {board} cannot be read as files. All of it is in"
            f" {folder / rescue.WHOLE_FLASH}."
        )
    elif not (saved.mounted or saved.readable):
        lines.append(f"The flash of board {board} cannot be read, neither as files nor raw.")
    if not (saved.blocks or saved.files or saved.lost):
        return lines or [f"There is no log on board {board}."]
    parts = [(len(saved.blocks), "block"), (len(saved.files), "file")]
    what = " and ".join(units.count(number, noun) for number, noun in parts if number)
    if what:
        lines.append(f"{what} of board {board} saved in {folder}.")
    if saved.lost:
        lines.append(f"The board cannot read {', '.join(saved.lost)}.")
    lines += [_log_line(log) for log in saved.logs.logs]
    if saved.missing and not birth:
        lines.append(why_sentence(new_log.LOST_FILES, saved))
    unreadable = len(saved.logs.unreadable)
    if unreadable:
        lines.append(f"{units.count(unreadable, 'block')} damaged beyond repair at its head.")
    lines.append(f"{units.count(new, 'record')} new in the database.")
    if quarantined:
        kept = units.as_came(quarantined)
        lines.append(f"{units.count(quarantined, 'record')} of these in quarantine, {kept}.")
    return lines + (birth_lines(birth, saved) if birth else [])


def _log_line(log: Log) -> str:
    """Return in a sentence what was found of a log."""
    found = [units.count(log.count(slots.WHOLE, slots.CORRECTED), "record")]
    corrected = log.count(slots.CORRECTED) + log.corrected
    if corrected:
        found.append(f"flipped bits put right in {units.count(corrected, 'place')}")
    if log.count(slots.DAMAGED):
        found.append(f"{units.count(log.count(slots.DAMAGED), 'record')} damaged")
    return f"Log {log.log_id.hex()}: {', '.join(found)}."


def why_sentence(why: str, saved: Saved) -> str:
    """Return in a sentence why the board needs a new log; `why` as in `rollhost.board.new_log`."""
    if why == new_log.OLDER_LOG:
        return "The log on this board is of an older format."
    if why == new_log.NO_FILES:
        return "The flash has no file system that can be read."
    files = units.count(len(saved.missing), "file") if saved.missing else "all files"
    return f"The file system has lost {files} of the log, which is alive all the same."


def birth_lines(birth: Birth, saved: Saved) -> list[str]:
    """Return what is said of a new log that was begun on the board."""
    lines = [
        f"{why_sentence(birth.why, saved)} All of it is at home.",
        "A new log has begun, with what the case knows.",
    ]
    if birth.lacks_policy:
        lines.append(
            "Its rules are neither on the board nor here: it takes no use until they are set again."
        )
    return lines
