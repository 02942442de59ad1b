#!/bin/sh
# One flipped bit in a littlefs directory takes back a finished write, and nothing says so.
#
# Expected: metadata has a CRC, so a flipped bit is told: the mount fails, or the file gives EIO.
# Seen: a wrong CRC is taken for a power cut in mid-write. The mount succeeds, and the folder is as
#   it was some writes ago: of 20 files that were written and closed, any number down to none is left.
# Bites: a device whose newest records vanish as if they had never been. A check of its own over the
#   whole history is the only way to notice.
. "$(dirname "$0")/common.sh"
install_python littlefs-python==0.19.0

cat >try.py <<'EOF'
from littlefs import LittleFS, LittleFSError

SIZES = {"block_size": 4096, "block_count": 64, "read_size": 32, "prog_size": 32, "cache_size": 128}


def intact(data: bytes) -> int:
    """How many files are listed and hold what was written; -1 if the damage is told."""
    disk = LittleFS(mount=False, **SIZES)
    disk.context.buffer = bytearray(data)
    try:
        disk.mount()
        return sum(disk.open(name).read() == "held" for name in disk.listdir("/"))
    except LittleFSError:
        return -1


disk = LittleFS(**SIZES)
for day in range(20):
    with disk.open(f"day{day}", "w") as file:
        file.write("held")
image = bytes(disk.context.buffer)
print("files intact on the untouched image:", intact(image))

outcomes = []
for position in range(2 * 4096):  # the root directory's pair of blocks
    if image[position] != 0xFF:
        damaged = bytearray(image)
        damaged[position] ^= 0x01
        outcomes.append(intact(damaged))
print("single flips tried:", len(outcomes))
print("flips that were told by an error:", outcomes.count(-1))
print("flips that silently took back at least one file:", sum(0 <= count < 20 for count in outcomes))
print("flips that silently took back all 20:", outcomes.count(0))
EOF
expected 'each flip is told by an error, or all 20 files are intact'
seen python try.py <<'EOF'
files intact on the untouched image: 20
single flips tried: 1408
flips that were told by an error: 0
flips that silently took back at least one file: 1349
flips that silently took back all 20: 123
EOF
