"""A flash in memory and the files on it, for tests of the log without MicroPython.

The flash keeps the rules of NOR flash. The files stand in for littlefs, as in a browser.
"""

import errno
from collections.abc import Callable

from boards.virtual.flash import BLOCK_SIZE, PAGE_SIZE, Files, Nor

from rollcase.block_store import name_of
from rollcase.checkpoints import NAMES
from rollcore import blocks
from rollcore.blocks import LOG, MARK_AT, MARK_SIZE

_NO_BLOCK = -1


class MemoryFlash(Nor):
    """NOR flash in memory, blank at first."""

    def __init__(self, blocks: int = 64) -> None:
        super().__init__(blocks)
        self.image = bytearray(b"\xff" * BLOCK_SIZE * blocks)
        self.broken = False
        """Whether every program and erase fails, and changes nothing."""
        self.spoiling = False
        """Whether every program fails when a part of it is written."""
        self.unreadable = False
        """Whether every read fails."""
        self.watchers: list[Callable[[], None]] = []
        """Called before each program and erase."""

    def readblocks(self, block: int, buf: bytearray, offset: int = 0) -> None:
        """Fill `buf` with the bytes from `offset` of a block on."""
        if self.unreadable:
            raise OSError(errno.EIO, "input/output error")
        at = block * BLOCK_SIZE + offset
        buf[:] = self.image[at : at + len(buf)]

    def read(self, block: int, at: int, size: int) -> bytes:
        """Return the bytes from an offset of a block on."""
        start = block * BLOCK_SIZE + at
        return bytes(self.image[start : start + size])

    def flip(self, block: int, at: int, bit: int = 0) -> None:
        """Flip one bit of the byte at this offset of a block."""
        self.image[block * BLOCK_SIZE + at] ^= 1 << bit

    def replace(self, block: int, at: int, data: bytes) -> None:
        """Put bytes at this offset of a block, whatever is there."""
        start = block * BLOCK_SIZE + at
        self.image[start : start + len(data)] = data

    def _write(self, at: int, data: bytes) -> None:
        for watcher in self.watchers:
            watcher()
        if self.broken:
            raise OSError(errno.EIO, "input/output error")
        if self.spoiling and len(data) == PAGE_SIZE:
            changed = [place for place in range(PAGE_SIZE) if self.image[at + place] != data[place]]
            for place in changed[: len(changed) // 2]:
                self.image[at + place] = data[place]
            raise OSError(errno.EIO, "input/output error")
        self.image[at : at + len(data)] = data


class MemoryFiles(Files):
    """Files of one block each on a flash, and what can go wrong with them.

    Of a flash that is not blank the files are those of the log, as their marks name them.
    """

    def __init__(self, flash: Nor) -> None:
        super().__init__(flash)
        self._blocks = _named_by_marks(flash)
        self.older = False
        """Whether a log of an older format is there."""

    def has_older_log(self) -> bool:
        """Return whether a log of an older format is there."""
        return self.older

    def make_empty(self, name: str) -> None:
        """Make a file without bytes, as a power cut in `make` leaves one."""
        self._blocks[name] = _NO_BLOCK

    def move(self, name: str, block: int) -> None:
        """Let a file be another flash block, as after a copy that took its name."""
        self._blocks[name] = block

    def forget(self, name: str) -> None:
        """Lose a file, as damaged metadata does; its block is as it was."""
        del self._blocks[name]


class Ground:
    """What a case stands on, and keeps over power cuts: its flash and the files on it."""

    def __init__(self, blocks: int = 64) -> None:
        self.flash = MemoryFlash(blocks)
        self.files = MemoryFiles(self.flash)

    def block_of(self, seq: int, generation: int = 1) -> int:
        """Return the flash block that holds the slot of record `seq`."""
        return self.files.block_of(name_of(generation, blocks.number_of(seq)))

    def slot_at(self, seq: int) -> int:
        """Return the offset of the slot of record `seq` in its block."""
        return blocks.slot_at((seq - 1) % blocks.SLOTS)


def _named_by_marks(flash: Nor) -> dict[str, int]:
    """Return the flash block of each file that is on a flash."""
    found: dict[str, int] = {}
    head = bytearray(MARK_SIZE)
    for block in range(flash.blocks):
        flash.readblocks(block, head, MARK_AT)
        mark = blocks.unpack_mark(bytes(head))
        if mark:
            is_log = mark.what == LOG
            name = name_of(mark.generation, mark.number) if is_log else NAMES[mark.number & 1]
            found[name] = block
    return found
