"""The flash: its blocks, and the file system on it."""

import rp2
import vfs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vfs import AbstractBlockDev

PROGRAM_SIZE = 256
"""Bytes of a page of the flash, which littlefs programs at once."""


def flash() -> "AbstractBlockDev":
    """Return the block device under littlefs: the part of the flash that holds files."""
    return rp2.Flash()


def format_and_mount(root: str) -> None:
    """Make a new file system on the flash, and mount it as the folder `root`. Raises OSError."""
    try:
        vfs.umount(root)
    except OSError:
        pass  # nothing is mounted there
    vfs.VfsLfs2.mkfs(rp2.Flash(), progsize=PROGRAM_SIZE)
    vfs.mount(vfs.VfsLfs2(rp2.Flash(), progsize=PROGRAM_SIZE), root)
