"""Files of exactly one flash block, in littlefs.

Such a file has no pointers inside, and littlefs does not move it while nobody writes it. So its
block is made here, through littlefs, and from then on read and programmed past it.
"""

import os

from rollcore.blocks import BLOCK_SIZE, MARK_AT, MARK_SIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_PIECE = 512
"""Bytes written at once; a file is blank but for its first piece."""

_FOLDER = 0x4000
_OLD_SUFFIX = ".seg"

_FOLDER_BLOCKS_TOO_MANY = 2
"""`statvfs` takes four blocks off for each folder, which has two (MicroPython 1.25)."""


class BlockFiles:
    """The files in `directory`; `make_anew` formats the flash and mounts it."""

    def __init__(self, directory: str, make_anew: "Callable[[], None]") -> None:
        self._directory = directory
        self._root = directory.rsplit("/", 1)[0] or "/"  # the folder may not be there yet
        self._make_anew = make_anew

    def make(self, name: str, mark: bytes) -> None:
        """Write a file of blank bytes with this mark in it; replace what is there."""
        path = self._directory
        _make_folder(path)
        for part in name.split("/")[:-1]:
            path += "/" + part
            _make_folder(path)
        blank = b"\xff" * _PIECE
        with open(self._path(name), "wb") as file:
            file.write(blank[:MARK_AT] + mark + blank[MARK_AT + MARK_SIZE :])
            for _ in range(BLOCK_SIZE // _PIECE - 1):
                file.write(blank)

    def read(self, name: str, at: int, size: int) -> bytes:
        """Return bytes of a file; no bytes if it cannot be read."""
        try:
            with open(self._path(name), "rb") as file:
                file.seek(at)
                return file.read(size)
        except OSError:
            return b""

    def remove(self, name: str) -> None:
        """Remove a file, and its folder if that is empty then. Raises OSError."""
        path = self._path(name)
        os.remove(path)
        try:
            os.rmdir(path.rsplit("/", 1)[0])
        except OSError:
            pass  # there are other files in it

    def is_there(self, name: str) -> bool:
        """Return whether there is a file of this name."""
        try:
            os.stat(self._path(name))
        except OSError:
            return False
        return True

    def names(self) -> "list[str]":
        """Return the names of all files in folders of the log; none where they cannot be read."""
        names: list[str] = []
        try:
            for entry in os.ilistdir(self._directory):
                if entry[1] == _FOLDER:
                    leaves = os.listdir(self._path(entry[0]))
                    names += [entry[0] + "/" + leaf for leaf in leaves]
        except OSError:
            pass  # there is no log, or what is damaged is not found by its names
        return names

    def free(self) -> int:
        """Return how many blocks are free. Raises OSError."""
        total, free = os.statvfs(self._root)[2:4]
        if free > total:
            free -= 1 << 32  # below zero, on a computer
        return int(free) + _FOLDER_BLOCKS_TOO_MANY * self._folders(self._root)

    def has_older_log(self) -> bool:
        """Return whether a log of an older format is there: files of many records each."""
        try:
            names = os.listdir(self._directory)
        except OSError:
            return False
        return any(name.endswith(_OLD_SUFFIX) for name in names)

    def start_over(self) -> None:
        """Make the file system anew, if there is none that can be used. Raises OSError."""
        try:
            is_mounted = os.statvfs(self._root)[0] > 0  # a Pico with nothing mounted says 0
        except OSError:
            is_mounted = False
        if not is_mounted:
            self._make_anew()

    def _folders(self, path: str) -> int:
        """Return how many folders there are below `path`."""
        count = 0
        for entry in os.ilistdir(path):
            if entry[1] == _FOLDER:
                count += 1
                # Those of the log hold its blocks, and going through 320 files takes 0.2 s.
                if path != self._directory:
                    count += self._folders(path.rstrip("/") + "/" + entry[0])
        return count

    def _path(self, name: str) -> str:
        return self._directory + "/" + name


def _make_folder(path: str) -> None:
    try:
        os.mkdir(path)
    except OSError:
        pass  # it is there already, or the file in it cannot be made and says so
