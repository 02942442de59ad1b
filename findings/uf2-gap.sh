#!/bin/sh
# UF2 tools fill the gap between two parts of an image with 0x00, though erased flash is 0xFF.
#
# Expected: what an image does not mention stays erased; a tool that has to write something there
#   writes 0xFF. uf2conv does just that when it makes a UF2 from a HEX file.
# Seen: the same uf2conv back from UF2 to a binary fills with 0x00, and so does uf2utils' fill_gaps.
#   And of an image of one block, fill_gaps leaves no block at all: an empty file.
# Bites: firmware that takes 0xFF for "blank, format me" and anything else for data to be kept.
. "$(dirname "$0")/common.sh"
install_python adafruit-uf2==1.0.0 uf2utils==0.9.8

cat >make.py <<'EOF'
def record(kind: int, address: int, data: bytes) -> str:
    body = bytes([len(data)]) + address.to_bytes(2, "big") + bytes([kind]) + data
    return ":" + (body + bytes([-sum(body) & 0xFF])).hex().upper()


records = [record(4, 0, b"\x10\x00"), record(0, 0, b"\xaa" * 16), record(0, 0x204, b"\xbb" * 16), record(1, 0, b"")]
open("image.hex", "w").write("\n".join(records) + "\n")
EOF
cat >fill.py <<'EOF'
import os
from uf2utils.file import UF2File

two = UF2File(fill_gaps=True)
two.append_payload(b"\xaa" * 256, 0x10000000)
two.append_payload(b"\xbb" * 256, 0x10000200)
two.to_file("two.uf2")
print("uf2utils, gap between two blocks:", bytes(UF2File("two.uf2")[1].payload[:4]).hex())
one = UF2File(fill_gaps=True)
one.append_payload(b"\xaa" * 256, 0x10000000)
one.to_file("one.uf2")
print("uf2utils, size of a file of one block:", os.path.getsize("one.uf2"))
EOF
cat >look.py <<'EOF'
uf2, binary = open("image.uf2", "rb").read(), open("image.bin", "rb").read()
print("uf2conv from HEX, rest of the first block:", uf2[32 + 16 : 32 + 20].hex())
print("uf2conv to binary, gap between two blocks:", binary[256:260].hex())
EOF
cat >all.sh <<'EOF'
python make.py
uf2conv --convert --family RP2040 --output image.uf2 image.hex >/dev/null
uf2conv --convert --output image.bin image.uf2 >/dev/null
python look.py
python fill.py
EOF
expected 'ffffffff each time, and 512 bytes'
seen sh all.sh <<'EOF'
uf2conv from HEX, rest of the first block: ffffffff
uf2conv to binary, gap between two blocks: 00000000
uf2utils, gap between two blocks: 00000000
uf2utils, size of a file of one block: 0
EOF
