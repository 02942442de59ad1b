"""Power-up of a virtual case: mounts the flash, as `_boot.py` does on a Pico, and starts."""

import sys

import flash
import machine
import outside
import vfs

import main


def start(device: flash.Flash) -> None:
    """Mount the flash, formatted first if it holds nothing, and run the firmware.

    What cannot be mounted is left as it is; the firmware finds its log without that.
    """
    # The stubs want a base class that MicroPython does not have.
    if device.is_blank():
        vfs.VfsLfs2.mkfs(device, progsize=flash.PAGE_SIZE)  # type: ignore[arg-type]
    try:
        vfs.mount(vfs.VfsLfs2(device, progsize=flash.PAGE_SIZE), "/flash")  # type: ignore[arg-type]
    except OSError:
        pass
    main.main()


try:
    flash.make(outside.flash_path)
    outside.flash = flash.Flash(outside.flash_path)
    while True:
        try:
            start(outside.flash)
            break
        except machine.Restart:
            try:
                vfs.umount("/flash")
            except OSError:
                pass  # nothing was mounted
except Exception as error:
    # A board says this on its serial port; here whoever runs the case wants to hear it.
    sys.print_exception(error, sys.stderr)  # type: ignore[arg-type]
    sys.exit(1)
