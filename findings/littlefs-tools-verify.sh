#!/bin/sh
# "littlefs verify" passes an image whose file was damaged, and calls that check file_integrity.
#
# Expected: littlefs-tools' "validate image integrity" finds 64 overwritten bytes in a file.
# Seen: exit code 0, "is valid", file_integrity passed. The check compares the length of what it read
#   with the length in the directory; littlefs keeps no checksum over file data that it could use.
# Bites: whoever verifies a dump of a device before wiping the device.
. "$(dirname "$0")/common.sh"
install_python littlefs-tools==1.3.1 littlefs-python==0.19.0

mkdir files
python -c 'print("\n".join(f"record {number}" for number in range(2000)))' >files/log
littlefs create --source files --image good.bin --block_size 4096 --block_count 64 >/dev/null
cat >damage.py <<'EOF'
data = bytearray(open("good.bin", "rb").read())
start = data.index(b"record 1000")
data[start : start + 64] = bytes(64)
open("damaged.bin", "wb").write(data)
EOF
python damage.py
cat >try.sh <<'EOF'
littlefs verify --image damaged.bin
echo "exit code $?"
littlefs cat --image damaged.bin /log >log
cmp -s log files/log || echo 'the file differs from what was packed'
EOF
expected 'the image is not valid'
seen sh try.sh <<'EOF'
Image damaged.bin is valid
  Checks passed: superblock_magic, mount, file_integrity
exit code 0
the file differs from what was packed
EOF
