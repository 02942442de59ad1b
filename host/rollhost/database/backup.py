"""Copies of the database: made through SQLite, looked at afterwards, and the oldest removed."""

import re
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

from rollhost.atomic_file import new_file
from rollhost.database import open as archives
from rollhost.database.archive import Archive
from rollhost.errors import ArchiveError, UsageError


def copy(archive: Archive, path: Path, force: bool = False) -> dict[str, int]:
    """Copy the database to `path`; return how many rows each table of the copy has.

    The copy is of one moment, and is looked at before it gets its name. Raises
    `UsageError` and `FileError` as `new_file`, and `ArchiveError` where the
    copy is damaged, because the database is.
    """
    check_not_database(archive, path)
    with new_file(path, force) as unfinished, archive.reading():
        archive.copy_to(unfinished)
        counts = archive.counts()
        with archives.look_into(unfinished) as made:
            damage = made.damage()
            if damage or made.counts() != counts:
                found = damage[0].splitlines()[-1] if damage else "rows are missing"
                raise ArchiveError(
                    f"A copy of {archive.path} does not hold what it should: {found}.",
                    "The database may be damaged. No copy was kept; earlier ones are as they were.",
                )
    return counts


def check_not_database(archive: Archive, path: Path) -> None:
    """Raise `UsageError` if `path` is the database itself, or what SQLite keeps beside it."""
    path = path.expanduser()
    for beside in ("", "-wal", "-shm", "-journal"):
        with suppress(OSError):
            if path.samefile(f"{archive.path}{beside}"):
                raise UsageError(f"{path} is the database itself.", "Name another file.")


def dated(database: Path, now: float) -> Path:
    """Return where a backup made at Unix time `now` (s) goes; names sort by time, in UTC."""
    moment = datetime.fromtimestamp(now, timezone.utc)
    return database.with_name(f"{database.stem}-backup-{moment:%Y%m%d-%H%M%S}.db")


def remove_oldest(database: Path, newest: Path, keep: int) -> list[Path]:
    """Remove dated backups of `database` but the last `keep`; return those that are gone.

    Only ordinary files that have such a name and are our databases count, and
    `newest` stays, whatever time it says.
    """
    name = re.compile(re.escape(database.stem) + r"-backup-\d{8}-\d{6}\.db", re.ASCII)
    found = sorted(
        path
        for path in database.parent.iterdir()
        if name.fullmatch(path.name) and path != newest and _is_ours(path)
    )
    gone = []
    for path in found[: max(len(found) + 1 - keep, 0)]:
        with suppress(OSError):
            path.unlink()
            gone.append(path)
    return gone


def _is_ours(path: Path) -> bool:
    """Say whether this is an ordinary file whose header says that it is our database."""
    if path.is_symlink() or not path.is_file():
        return False
    with suppress(OSError), path.open("rb") as file:
        head = file.read(72)
        return head[:16] == b"SQLite format 3\0" and head[68:] == archives.APPLICATION_ID.to_bytes(
            4, "big"
        )
    return False
