#!/bin/sh
# littlefs-python: truncate(size) ignores its argument and cuts at the position, which is 0 after opening.
#
# Expected: littlefs-python gives files by Python's own io classes, where truncate(4) keeps 4 bytes,
#   and truncate(8) of a shorter file fills it up with zeros.
# Seen: the whole file is gone, whatever the size given; only truncate() without one is right.
# Bites: whoever repairs a log on a disk image by cutting off its torn last record.
. "$(dirname "$0")/common.sh"
install_python littlefs-python==0.19.0

cat >try.py <<'EOF'
import io
import os
from littlefs import LittleFS

disk = LittleFS(block_size=4096, block_count=64)


def littlefs(mode: str) -> io.IOBase:
    return disk.open("log", mode)


def ordinary(mode: str) -> io.IOBase:
    return open("log", mode)


for name, opener in (("an ordinary file", ordinary), ("littlefs-python", littlefs)):
    for size in (4, 8):
        with opener("wb") as log:
            log.write(b"abcdef")
        with opener("rb+") as log:
            log.truncate(size)
        with opener("rb") as log:
            print(f"{name}, truncate({size}):", log.read())
EOF
expected "the same from both: b'abcd' and b'abcdef\\x00\\x00'"
seen python try.py <<'EOF'
an ordinary file, truncate(4): b'abcd'
an ordinary file, truncate(8): b'abcdef\x00\x00'
littlefs-python, truncate(4): b''
littlefs-python, truncate(8): b''
EOF
