"""Power-up of a virtual case: mounts the flash, as `_boot.py` does on a Pico, and starts."""

import flash
import main
import outside
import vfs

PROGRAM_SIZE = 256  # bytes: a page of the Pico's flash

flash.make(outside.flash_path)
device = flash.Flash(outside.flash_path)
if device.is_blank():
    vfs.VfsLfs2.mkfs(device, progsize=PROGRAM_SIZE)
vfs.mount(vfs.VfsLfs2(device, progsize=PROGRAM_SIZE), "/flash")
main.main()
