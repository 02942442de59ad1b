"""The flash of a virtual case: a file that keeps the rules of NOR flash, as a Pico's does.

The file holds the blocks of the file system and, behind them, the 8 bytes that
identify the chip. Every program and erase is written through at once, so that
killing the case is a power cut.

The rules are those of `rp2.Flash`, MicroPython's block device on a Pico:

- A blank byte is 0xFF. A program clears bits, in pages of 256 bytes: what stands
  there afterwards is old AND new. An erase sets all bits of a block of 4096 bytes.
- ``writeblocks(block, buf, offset)`` programs, ``ioctl(6, block)`` erases,
  ``writeblocks(block, buf)`` erases and then programs.
- A byte 0xFF in `buf` leaves the byte that is there. So a part of a page is
  programmed by a whole page that is 0xFF around it.

Where a chip does something else than it was told, and says nothing, `Misuse` is
raised here: for a byte that needs a bit set (a chip keeps the 0), for a part of a
page (a chip programs what lies behind it in memory), for a part of a block to be
written whole (a chip erases all of it), and for a write outside of the flash.

The rules were read in ports/rp2/rp2_flash.c of MicroPython 1.25 and seen on the
emulated RP2040; tests/emulator/test_flash.py compares it with this file. littlefs
programs blank pages only, so nothing of it is refused (tests/micropython/suite/check_flash.py).
"""

import os

from rollcore.blocks import MARK_AT

BLOCK_SIZE = 4096
PAGE_SIZE = 256
BLOCKS = 352
"""1408 KiB, what stock MicroPython leaves for files on a Pico."""

ID_SIZE = 8


class Misuse(Exception):
    """The flash was told what NOR flash does not do. Nothing was changed.

    It is no `OSError`: the firmware would take that for a chip that fails, and go on.
    """


class Nor:
    """MicroPython's block device over `blocks` blocks that keep the rules of NOR flash.

    A subclass holds the bytes: `readblocks` and `_write` are the only way to them.
    """

    def __init__(self, blocks: int) -> None:
        self.blocks = blocks
        self.strict = True
        """Whether a byte that needs a bit set is refused; else the bit stays 0, as on a chip."""
        self.programs = [0] * blocks
        """Pages programmed so far, by block."""
        self.erases = [0] * blocks
        """Erases so far, by block."""

    def readblocks(self, block: int, buf: bytearray, offset: int = 0) -> None:
        """Fill `buf` with the bytes from `offset` of a block on."""
        raise NotImplementedError

    def _write(self, at: int, data: bytes) -> None:
        """Replace the bytes from `at` on."""
        raise NotImplementedError

    def writeblocks(
        self, block: int, buf: "bytes | bytearray", offset: "int | None" = None
    ) -> None:
        """Program `buf` at `offset` of a block; without an offset, erase before.

        Raises `Misuse`.
        """
        if offset is None:
            self._check(block * BLOCK_SIZE, len(buf), BLOCK_SIZE)
            for number in range(block, block + len(buf) // BLOCK_SIZE):
                self._erase(number)
        at = block * BLOCK_SIZE + (offset or 0)
        self._check(at, len(buf), PAGE_SIZE)
        self._write(at, self._programmed(at, buf))
        for page in range(at, at + len(buf), PAGE_SIZE):
            self.programs[page // BLOCK_SIZE] += 1

    def ioctl(self, op: int, arg: int) -> "int | None":
        """Answer what a file system asks of its device. Raises `Misuse`."""
        if op == 4:
            return self.blocks
        if op == 5:
            return BLOCK_SIZE
        if op == 6:
            self._check(arg * BLOCK_SIZE, BLOCK_SIZE, BLOCK_SIZE)
            self._erase(arg)
        return 0 if op in (1, 2, 3, 6) else None

    def _erase(self, block: int) -> None:
        self._write(block * BLOCK_SIZE, b"\xff" * BLOCK_SIZE)
        self.erases[block] += 1

    def _programmed(self, at: int, buf: "bytes | bytearray") -> bytes:
        """Return what stands at `at` once `buf` is programmed there. Raises `Misuse`."""
        there = bytearray(len(buf))
        self.readblocks(0, there, at)
        if there == b"\xff" * len(buf):  # nearly always, and quickly seen
            return bytes(buf)
        for place, new in enumerate(buf):
            old = there[place]
            if self.strict and new != 0xFF and new & ~old:
                where = f"block {(at + place) // BLOCK_SIZE}, byte {(at + place) % BLOCK_SIZE}"
                raise Misuse(f"{where}: 0x{old:02x} becomes 0x{new:02x} only after an erase")
            there[place] = old & new
        return bytes(there)

    def _check(self, at: int, length: int, unit: int) -> None:
        """Raise `Misuse` unless `length` bytes at `at` are whole units within the flash."""
        if at < 0 or at + length > self.blocks * BLOCK_SIZE:
            raise Misuse(f"{length} bytes at {at} are not within the flash")
        if at % unit or length % unit:
            raise Misuse(f"{length} bytes at {at} are not whole units of {unit} bytes")


class Flash(Nor):
    """Flash in the file at `path`."""

    def __init__(self, path: str) -> None:
        super().__init__(BLOCKS)
        self._file = open(path, "r+b", 0)

    def readblocks(self, block: int, buf: bytearray, offset: int = 0) -> None:
        """Fill `buf` with the bytes from `offset` of a block on."""
        self._file.seek(block * BLOCK_SIZE + offset)
        self._file.readinto(buf)

    def _write(self, at: int, data: bytes) -> None:
        self._file.seek(at)
        self._file.write(data)

    def is_blank(self) -> bool:
        """Say whether nothing was ever written here."""
        block = bytearray(BLOCK_SIZE)
        blank = b"\xff" * BLOCK_SIZE
        for number in range(2, self.blocks):  # a root may be left of a format that was cut
            self.readblocks(number, block)
            if block != blank:
                return False
        return True


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


class Files:
    """Files of one block each on a flash, where there is no littlefs: in a browser, and in tests.

    It is what the log wants of littlefs (`rollcase.parts.Files`). A file of one block has a block
    of its own, which nobody moves. The names are kept as long as this object is.
    """

    def __init__(self, flash: Nor) -> None:
        self._flash = flash
        self._blocks: dict[str, int] = {}
        self._newest = 1  # littlefs keeps its root in the first two blocks

    def make(self, name: str, mark: bytes) -> None:
        """Write a file of blank bytes with this mark in it; replace what is there."""
        if not self.free():
            raise OSError(28)  # ENOSPC
        block, taken = self._newest, self._blocks.values()
        while block < 2 or block in taken or block == self._newest:
            block = (block + 1) % self._flash.blocks
        self._newest = block
        self._flash.ioctl(6, block)
        head = b"\xff" * MARK_AT + mark
        self._flash.writeblocks(block, head + b"\xff" * (PAGE_SIZE - len(head)), 0)
        self._blocks[name] = block

    def read(self, name: str, at: int, size: int) -> bytes:
        """Return bytes of a file; no bytes if there is none, or it is empty."""
        if self._blocks.get(name, -1) < 0:
            return b""
        found = bytearray(min(size, BLOCK_SIZE - at))
        self._flash.readblocks(self._blocks[name], found, at)
        return bytes(found)

    def remove(self, name: str) -> None:
        """Remove a file. Raises OSError."""
        if name not in self._blocks:
            raise OSError(2)  # ENOENT
        del self._blocks[name]

    def is_there(self, name: str) -> bool:
        """Return whether there is a file of this name."""
        return name in self._blocks

    def names(self) -> "list[str]":
        """Return the names of all files."""
        return sorted(self._blocks)

    def block_of(self, name: str) -> int:
        """Return the flash block of a file."""
        return self._blocks[name]

    def free(self) -> int:
        """Return how many blocks are free."""
        return self._flash.blocks - 2 - len(self._blocks)

    def has_older_log(self) -> bool:
        """Return whether a log of an older format is there: none ever is."""
        return False

    def start_over(self) -> None:
        """Nothing: there is always a file system."""
