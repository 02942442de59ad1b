"""Writing a file whole or not at all: beside its place first, then moved there in one step."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rollhost.errors import RollcaseError, UsageError

_BESIDES = ("", "-journal", "-wal", "-shm")
"""What SQLite may have beside a file that it is writing."""


class FileError(RollcaseError):
    """A file cannot be written. What was in its place still is."""


@contextmanager
def new_file(path: Path, force: bool = False) -> Iterator[Path]:
    """Yield an empty file beside `path`, for its owner alone; move it to `path` at the end.

    With `force` it may take the place of a file that is there. Raises
    `UsageError` if something is there already or no file is named, and `FileError` if it cannot be
    written; then, and after any other error, nothing is left of it.
    """
    # A link stays a link: what it leads to is written.
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
        for beside in _BESIDES:
            with suppress(OSError):
                unfinished.with_name(unfinished.name + beside).unlink()


def _check(path: Path, place: Path, force: bool) -> None:
    """Raise unless something may be written at `place`, which the user calls `path`."""
    if str(path) == "-":  # which is stdout to others, and a file to nobody
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
    """Give the file its name. Raises FileExistsError if somebody else was faster."""
    if not force:
        try:
            os.link(unfinished, place)
        except FileExistsError:
            raise
        except OSError:
            pass  # a disk that knows no links, such as a memory stick
        else:
            return
    unfinished.replace(place)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
