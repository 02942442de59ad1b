"""The flash of a virtual case: a file, as large and as slow to erase as a Pico's.

The file holds the blocks of the file system and, behind them, the 8 bytes that
identify the chip. Every program and erase is written through at once, so that
killing the case is a power cut.
"""

import os

BLOCK_SIZE = 4096
BLOCKS = 352
"""1408 KiB, what stock MicroPython leaves for files on a Pico."""

ID_SIZE = 8


def make(path: str) -> None:
    """Make blank flash at `path` unless there is some."""
    try:
        os.stat(path)
        return
    except OSError:
        pass
    # Under another name until it is whole.
    with open(path + ".new", "wb") as file:
        blank = b"\xff" * BLOCK_SIZE
        for _ in range(BLOCKS):
            file.write(blank)
        file.write(os.urandom(ID_SIZE))
    os.rename(path + ".new", path)


def read_id(path: str) -> bytes:
    """Return the id of the chip whose flash is at `path`."""
    with open(path, "rb") as file:
        file.seek(BLOCKS * BLOCK_SIZE)
        return file.read(ID_SIZE)


class Flash:
    """MicroPython's block device protocol over the file at `path`."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "r+b")

    def readblocks(self, block: int, buf: bytearray, offset: int = 0) -> None:
        """Fill `buf` from a block."""
        self._file.seek(block * BLOCK_SIZE + offset)
        self._file.readinto(buf)

    def writeblocks(self, block: int, buf: bytearray, offset: int = 0) -> None:
        """Program `buf` into a block that has been erased."""
        self._file.seek(block * BLOCK_SIZE + offset)
        self._file.write(buf)

    def ioctl(self, op: int, arg: int) -> "int | None":
        """Answer what a file system asks of its device."""
        if op == 4:
            return BLOCKS
        if op == 5:
            return BLOCK_SIZE
        if op == 6:
            self._file.seek(arg * BLOCK_SIZE)
            self._file.write(b"\xff" * BLOCK_SIZE)
            return 0
        return 0 if op == 3 else None

    def is_blank(self) -> bool:
        """Say whether nothing was ever written here."""
        block = bytearray(BLOCK_SIZE)
        blank = b"\xff" * BLOCK_SIZE
        for number in range(2):  # littlefs keeps its root there
            self.readblocks(number, block)
            if block != blank:
                return False
        return True
