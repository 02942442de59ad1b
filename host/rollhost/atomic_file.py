"""Writing a file whole or not at all: under another name first, then renamed in one step."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rollhost.errors import RollcaseError, UsageError

SQLITE_ENDINGS = ("", "-journal", "-wal", "-shm")
"""Endings of the file itself, and of those that SQLite may keep beside it."""


class FileError(RollcaseError):
    """A file cannot be written. An older file of that name is as it was."""


@contextmanager
def new_file(path: Path, force: bool = False) -> Iterator[Path]:
    """Yield an empty file in the folder of `path`; rename it to `path` at the end.

    Only its owner may read it. With `force` it replaces a file that is there. Raises
    `UsageError` if there is a file already or `path` names none, and `FileError` if the
    file cannot be written. After any error the unfinished file is removed.
    """
    # A symbolic link stays one: the file that it leads to is written.
    place = Path(os.path.realpath(path.expanduser()))
    _check(path, place, force)
    unfinished = place.with_name(f".{secrets.token_hex(8)}.unfinished")
    try:
        try:
            os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            yield unfinished
            _flush(unfinished)
            _move(unfinished, place, force)
            if os.name == "posix":
                _flush(place.parent)
        except FileExistsError:
            raise _already_there(path) from None
        except OSError as error:
            raise FileError(
                f"{path} cannot be written: {error.strerror or error}.",
                "Nothing of it was kept. Make room or name another place, then try again.",
            ) from None
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"{path} was not written.") from None
    finally:
        for ending in SQLITE_ENDINGS:
            with suppress(OSError):
                unfinished.with_name(unfinished.name + ending).unlink()


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


def _move(unfinished: Path, place: Path, force: bool) -> None:
    """Rename the file. Raises FileExistsError if another program has made one there meanwhile."""
    if not force:
        try:
            os.link(unfinished, place)
        except FileExistsError:
            raise
        except OSError:
            pass  # a file system without hard links, such as a memory stick's
        else:
            return
    unfinished.replace(place)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
