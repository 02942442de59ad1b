"""Flash in memory under littlefs: counts what is done to it, fails on demand, remembers.

It keeps the rules of NOR flash, as the virtual case's does. `record` keeps every program and
erase, so that the bytes at any instant can be had again: booting from those is a power cut at that
instant.
"""

import vfs  # type: ignore[import-not-found]  # MicroPython alone has it
from boards.virtual.flash import BLOCK_SIZE, PAGE_SIZE, Nor
from tests.micropython.suite.half_done import in_quarters, in_some_bits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.micropython.suite.stories import Dice

BLANK = b"\xff" * BLOCK_SIZE

PLACE = "/flash"
LOG = "/flash/log"

EIO = 5


class RamFlash(Nor):
    """NOR flash of `blocks` blocks, blank or with the bytes of `image`."""

    def __init__(self, blocks: int = 64, image: "bytes | bytearray | None" = None) -> None:
        super().__init__(blocks)
        self.image = bytearray(image or BLANK * blocks)
        self.fails_in = -1
        """How many operations still succeed; -1 for all."""
        self.fails_for = 0
        """How many fail then, before the flash works again."""
        self.unreadable = False
        self.record: list[tuple[int, bytes]] | None = None
        """Every operation: where, and the bytes that stand there after it."""

    @property
    def operations(self) -> int:
        """Pages programmed and blocks erased so far."""
        return sum(self.programs) + sum(self.erases)

    def readblocks(self, block: int, buf: bytearray, offset: int = 0) -> None:
        """Fill `buf` with the bytes from `offset` of a block on."""
        if self.unreadable:
            raise OSError(EIO)
        at = block * BLOCK_SIZE + offset
        buf[:] = self.image[at : at + len(buf)]

    def _write(self, at: int, data: bytes) -> None:
        if self.fails_in == 0 and self.fails_for:
            self.fails_for -= 1
            # littlefs drops what it was about to commit and will program the same pages again. On
            # a chip it would read them back, find them wrong and use others: so let it here.
            self.strict = False
            raise OSError(EIO)
        if self.fails_in > 0:
            self.fails_in -= 1
        self.image[at : at + len(data)] = data
        if self.record is not None:
            self.record.append((at, data))


class Wires:
    """Connects a mounted file system to its flash, until the power is cut.

    What was open at the cut must not reach the flash any more: on a board it is simply gone.
    """

    def __init__(self, flash: RamFlash) -> None:
        self.flash: RamFlash | None = flash

    def readblocks(self, block: int, buf: bytearray, offset: int = 0) -> None:
        """Read, if there is anything to read from."""
        if self.flash is not None:
            self.flash.readblocks(block, buf, offset)

    def writeblocks(self, block: int, buf: bytearray, offset: "int | None" = None) -> None:
        """Program, if there is anything to program."""
        if self.flash is not None:
            self.flash.writeblocks(block, buf, offset)

    def ioctl(self, op: int, arg: int) -> "int | None":
        """Pass it on, if there is anybody to hear it."""
        return 0 if self.flash is None else self.flash.ioctl(op, arg)


_mounted: "list[Wires]" = []


def mount(flash: RamFlash) -> None:
    """Cut the power of what is mounted, and mount what is on this flash, as after power-up."""
    while _mounted:
        _mounted.pop().flash = None
        vfs.umount(PLACE)
    wires = Wires(flash)
    flash.strict = True
    vfs.mount(vfs.VfsLfs2(wires, progsize=PAGE_SIZE), PLACE)
    _mounted.append(wires)


def device() -> Wires:
    """Return the block device under what is mounted."""
    return _mounted[-1]


def make_anew() -> None:
    """Format what is mounted, and mount it again."""
    flash = device().flash
    assert flash is not None
    vfs.VfsLfs2.mkfs(device(), progsize=PAGE_SIZE)
    mount(flash)


def new_flash(blocks: int = 64) -> RamFlash:
    """Return mounted flash with a file system and nothing on it."""
    flash = RamFlash(blocks)
    vfs.VfsLfs2.mkfs(flash, progsize=PAGE_SIZE)
    mount(flash)
    return flash


def power_cuts(
    image: bytes, record: "list[tuple[int, bytes]]", quarters: int, dice: "Dice | None" = None
) -> "Iterator[tuple[int, RamFlash]]":
    """Yield the flash as a power cut after each operation leaves it, and that operation's number.

    With 0 `quarters` the last operation was done and none after it; else so much of the next one
    was done too, as `in_quarters` has it. With `dice` it is as `in_some_bits` has it.
    """
    now = bytearray(image)
    for number in range(len(record) + 1):
        cut = bytearray(now)
        if number < len(record):
            at, data = record[number]
            end = at + len(data)
            if dice is not None:
                cut[at:end] = in_some_bits(now[at:end], data, dice)
            elif quarters:
                cut[at:end] = in_quarters(now[at:end], data, quarters)
            now[at:end] = data
        yield number, RamFlash(len(image) // BLOCK_SIZE, cut)
