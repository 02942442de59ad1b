"""The backups that are known, and those that a sync makes, as text and as JSON."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rollhost.database.known_backups import AUTOMATIC, Known
from rollhost.database.rota import DAYS, MONTHS, WEEKS
from rollhost.output import units


def automatic_document(is_on: bool, folder: Path) -> dict[str, object]:
    """Return whether a sync makes backups, and where, for ``--json``."""
    kept = {"days": DAYS, "weeks": WEEKS, "months": MONTHS}
    return {"on": is_on, "folder": str(folder), "kept": kept if is_on else None}


def automatic_lines(folder: Path, is_beside: bool, program: str) -> Iterator[str]:
    """Yield where backups go from now on, which are kept, and how that ends."""
    yield f"From now on the first sync of a day makes one, in {folder}."
    yield (
        f"Kept are the newest and, before it, the last of each of {DAYS} days, {WEEKS} weeks and"
        f" {MONTHS} months. Older automatic ones are removed."
    )
    if is_beside:
        yield (
            "A folder on another disk helps when this disk fails, too:"
            f" {program} backup --automatic FOLDER."
        )
    yield f"To see them: {program} restore. To end it: {program} backup --no-automatic."


def automatic_notes(
    folder: Path, keeper: str | None, moved_from: Path | None, program: str
) -> Iterator[str]:
    """Yield what to mind of the folder; `keeper` is the program that keeps it on other computers.

    `moved_from` is the folder where the backups went until now, None if it is the same.
    """
    if keeper:
        yield (
            f"{keeper} keeps {folder} elsewhere, too. A backup is health data, and not encrypted:"
            " whoever may read that folder reads all of it."
        )
    if moved_from:
        yield (
            f"Those in {moved_from} stay there, and none of them is removed any more. To see them:"
            f" {program} restore {moved_from}"
        )


def backups_document(backups: Sequence[Known]) -> list[dict[str, object]]:
    """Return known backups for ``--json``, with the numbers by which a restore takes one."""
    return [
        {
            "number": number,
            "file": str(backup.path),
            "at": units.iso(backup.at),
            "ahead": backup.is_ahead,
            "origin": backup.origin,
            "records": backup.records,
            "entries": backup.entries,
            "damage": backup.damage or None,
        }
        for number, backup in enumerate(backups, 1)
    ]


def backups_lines(backups: Sequence[Known], now: float, width: int | None) -> Iterator[str]:
    """Yield known backups at Unix time `now` (s), each with its number, then where they are.

    Each takes a line, two if one is wider than `width` (characters; None: any). What they hold is
    only counted, so a line is no promise that a restore takes it.
    """
    rows = [
        (f"{number:>2}", units.minute(backup.at), _ago(backup, now), backup.origin, _holds(backup))
        for number, backup in enumerate(backups, 1)
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    widest = sum(widths) + 2 * len(widths) + max(len(row[-1]) for row in rows)
    for row in rows:
        padded = [f"{text:<{most}}" for text, most in zip(row, widths, strict=False)]
        if width is None or widest <= width:
            yield "  ".join((*padded, row[-1]))
        else:
            yield "  ".join(padded[:3]).rstrip()
            yield f"{'':{widths[0]}}  {row[-2]}, {row[-1]}"
    yield ""
    yield from _places(backups)


def _ago(backup: Known, now: float) -> str:
    if backup.is_ahead:
        return "by a clock ahead"
    seconds = now - backup.at
    return "just now" if seconds < units.MINUTE_S else f"{units.span(seconds)} ago"


def _holds(backup: Known) -> str:
    if backup.damage:
        return backup.damage
    records = units.count(backup.records or 0, "record")
    if backup.entries is None:
        return records
    return f"{records}, {units.count(backup.entries, 'entry')}"


def _places(backups: Sequence[Known]) -> Iterator[str]:
    """Yield in which folder the backups are: their kind says it where there are several."""
    folders: dict[Path, set[bool]] = {}
    for backup in backups:
        folders.setdefault(backup.path.parent, set()).add(backup.origin == AUTOMATIC)
    if len(folders) == 1:
        yield f"All are in {next(iter(folders))}."
        return
    if all(len(kinds) == 1 for kinds in folders.values()):
        for folder, kinds in sorted(folders.items(), key=lambda found: False in found[1]):
            yield f"{'The automatic' if True in kinds else 'The other'} ones are in {folder}."
        return
    for folder in folders:
        numbers = [
            str(number) for number, backup in enumerate(backups, 1) if backup.path.parent == folder
        ]
        yield f"In {folder}: {', '.join(numbers)}."
