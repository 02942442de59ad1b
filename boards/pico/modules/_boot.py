"""Power-up, before main.py: mounts the flash on "/".

MicroPython's own _boot.py formats whatever it cannot mount, and with it a
damaged log. This one formats blank flash only. Anything else it leaves alone,
for rescue, and mounts nothing.
"""

import rp2
import vfs

BLOCK_SIZE = 4096
ROOT_BLOCKS = 2
"""littlefs keeps its root in the first two blocks, and everything else behind them."""

PROGRAM_SIZE = 256  # bytes: a page of the flash
BLOCK_COUNT = 4  # what ioctl is asked for


def holds_nothing(flash: rp2.Flash) -> bool:
    """Say whether nothing was ever written behind the root.

    The root itself may be damaged: that is a first format that lost power.
    """
    blocks = flash.ioctl(BLOCK_COUNT, 0)
    assert blocks
    block = bytearray(BLOCK_SIZE)
    blank = b"\xff" * BLOCK_SIZE
    for number in range(ROOT_BLOCKS, blocks):
        flash.readblocks(number, block)
        if block != blank:
            return False
    return True


def mount(flash: rp2.Flash) -> None:
    """Mount the flash. Raises OSError if it cannot be mounted as it is."""
    vfs.mount(vfs.VfsLfs2(flash, progsize=PROGRAM_SIZE), "/")


def start(flash: rp2.Flash) -> None:
    """Mount the flash, formatted first if it holds nothing."""
    try:
        mount(flash)
    except OSError as error:
        if holds_nothing(flash):
            vfs.VfsLfs2.mkfs(flash, progsize=PROGRAM_SIZE)
            mount(flash)
        else:
            print(f"The flash cannot be mounted ({error}); it is kept as it is, for rescue.")


start(rp2.Flash())
