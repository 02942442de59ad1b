"""Writing a file whole or not at all: under another name first, then renamed in one step."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rollhost.errors import RollcaseError, UsageError

SQLITE_ENDINGS = ("", "-journal", "-wal", "-shm")
"""Endings of the file itself, and of those that SQLite may keep beside it."""


REFUSED = {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF, errno.EACCES, errno.EPERM}
"""Errors by which a file system or Windows says that it flushes no folders: none of them is a
fault of the disk."""


LEFT_S = 86400
"""How old (s) an unfinished file is that nobody finishes any more (own): no copy takes a day."""

_UNFINISHED = re.compile(r"\.[0-9a-f]{16}\.unfinished(-journal|-wal|-shm)?", re.ASCII)


class FileError(RollcaseError):
    """A file cannot be written; the sentence says what there is of it."""


@contextmanager
def new_file(path: Path, force: bool = False) -> Iterator[Path]:
    """Yield an empty file in the folder of `path`; rename it to `path` at the end.

    Only its owner may read it. With `force` it replaces a file that is there. Raises
    `UsageError` if there is a file already or `path` names none, and `FileError` if the
    file cannot be written. After any error the unfinished file is removed; whether the new
    one has its name already is in the error's sentence. What a program that was killed has left
    unfinished in the folder is removed once it is a day old.
    """
    # A symbolic link stays one: the file that it leads to is written.
    place = Path(os.path.realpath(path.expanduser()))
    _check(path, place, force)
    unfinished = place.with_name(f".{os.urandom(8).hex()}.unfinished")
    made = None
    try:
        try:
            os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            made = unfinished.stat()
            _remove_left(place.parent, made.st_mtime)
            yield unfinished
            _flush(unfinished, os.O_RDWR)  # Windows flushes no file that is open to be read
            _move(unfinished, place, path, force)
            flush_folder(place.parent)
        except FileExistsError:
            raise _already_there(path) from None
        except OSError as error:
            reason = error.strerror or error
            if _is_now(place, made):
                raise FileError(
                    f"{path} is written, but the disk does not confirm that it stays: {reason}.",
                    "Look after that disk, and keep a copy on another one.",
                ) from None
            raise FileError(
                f"{path} cannot be written: {reason}.",
                "Nothing of it was kept. Make room or name another place, then try again.",
            ) from None
        except KeyboardInterrupt:
            what = "is written" if _is_now(place, made) else "was not written"
            raise KeyboardInterrupt(f"{path} {what}.") from None
    finally:
        for ending in SQLITE_ENDINGS:
            with suppress(OSError):
                unfinished.with_name(unfinished.name + ending).unlink()


def unfinished_in(folder: Path) -> list[Path]:
    """Return the files in a folder that are not finished, or never were, by name."""
    return sorted(path for path in folder.iterdir() if _UNFINISHED.fullmatch(path.name))


def _remove_left(folder: Path, now: float) -> None:
    """Remove what programs that were killed have left in a folder, as far as that can be done.

    `now` (Unix s) is by the clock that dates the files there.
    """
    with suppress(OSError):
        for path in unfinished_in(folder):
            if path.is_file() and path.stat().st_mtime < now - LEFT_S:
                path.unlink()


def _check(path: Path, place: Path, force: bool) -> None:
    """Raise `UsageError` unless a file may be written at `place`, which the user calls `path`."""
    if str(path) == "-":  # other programs take it for stdout
        raise UsageError("- is no name of a file.", "Name a file.")
    if place.is_dir():
        raise UsageError(f"{path} is a folder.", "Name a file.")
    if os.path.lexists(place):
        if not place.is_file():
            raise UsageError(f"{path} is no ordinary file.", "Name another one.")
        if not force:
            raise _already_there(path)
    if not place.parent.is_dir():
        raise UsageError(f"There is no folder {place.parent}.", "Make it first, or name another.")


def _already_there(path: Path) -> UsageError:
    return UsageError(
        f"{path} is there already.", "Name another file, or replace this one with --force."
    )


def _move(unfinished: Path, place: Path, path: Path, force: bool) -> None:
    """Rename the file to `place`, which the user calls `path`.

    Raises FileExistsError if another program has made one there meanwhile, and `FileError` if one
    that is there cannot be replaced.
    """
    if not force:
        try:
            os.link(unfinished, place)
        except FileExistsError:
            raise
        except OSError:
            pass  # a file system without hard links, such as a memory stick's
        else:
            return
    try:
        unfinished.replace(place)
    except PermissionError:
        if not place.exists():
            raise
        # Windows replaces no file that a program has open.
        raise FileError(
            f"{path} cannot be replaced: another program may have it open.",
            "Close it there, such as in a spreadsheet, and try again; or name another file. What"
            " was there is as it was.",
        ) from None


def _is_now(place: Path, made: os.stat_result | None) -> bool:
    """Return whether the file that was `made` is at `place` now; None: none was made yet."""
    with suppress(OSError):
        return made is not None and os.path.samestat(place.stat(), made)
    return False


def flush_folder(folder: Path) -> None:
    """Let the disk keep the names in a folder. Where folders are not flushed, do nothing.

    Raises OSError if the disk fails.
    """
    try:
        _flush(folder, os.O_RDONLY)
    except OSError as error:
        if error.errno not in REFUSED:
            raise


def _flush(path: Path, mode: int) -> None:
    descriptor = os.open(path, mode)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
