"""The blocks of the flash, read and programmed past the file system.

A program only clears bits, and an erase sets all bits of a block. What is in a block that belongs
to a file stays where it is as long as nobody writes that file; see `firmware/SPEC.md`.
"""

from errno import EIO

from rollcore.blocks import PAGE_SIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rollcase.parts import BlockDevice

_COUNT_BLOCKS = 4  # what `ioctl` is asked for
_ERASE_BLOCK = 6

BLANK_PAGE = b"\xff" * PAGE_SIZE


class RawFlash:
    """All blocks of `device`, MicroPython's block device under littlefs.

    Every method raises OSError if the flash fails.
    """

    def __init__(self, device: "BlockDevice") -> None:
        self._device = device
        self.read_into = device.readblocks
        """Fills a buffer with the bytes of a block: called with block, buffer, offset."""
        self.blocks = device.ioctl(_COUNT_BLOCKS, 0) or 0
        """How many blocks there are."""

    def read(self, block: int, at: int, size: int) -> bytearray:
        """Return `size` bytes from the offset `at` of a block on."""
        buf = bytearray(size)
        self._device.readblocks(block, buf, at)
        return buf

    def program(self, block: int, at: int, data: "bytes | bytearray") -> None:
        """Program bytes at the offset `at` of a block, where it is blank, and read them back."""
        done = 0
        while done < len(data):
            start = (at + done) % PAGE_SIZE
            part = data[done : done + PAGE_SIZE - start]
            # A byte 0xFF leaves what is there.
            page = bytearray(BLANK_PAGE)
            page[start : start + len(part)] = part
            self._device.writeblocks(block, page, at + done - start)
            done += len(part)
        if self.read(block, at, len(data)) != data:
            raise OSError(EIO)

    def erase(self, block: int) -> None:
        """Set all bytes of a block to 0xFF."""
        self._device.ioctl(_ERASE_BLOCK, block)
