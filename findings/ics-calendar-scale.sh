#!/bin/sh
# ics writes CALSCALE:GEORGIAN into every calendar that it has read.
#
# Expected: a calendar without CALSCALE stays without one, or gets GREGORIAN, the only scale that
#   RFC 5545 (3.7.1) defines.
# Seen: the scale is misspelt. What ics makes from nothing has no CALSCALE, so a test of writing alone
#   never shows it: only reading and then writing does.
# Bites: programs that edit somebody's calendar file, and strict servers that take it back.
. "$(dirname "$0")/common.sh"
install_python ics==0.7.3 arrow==1.4.0 tatsu==5.15.1 tzdata==2026.6

cat >try.py <<'EOF'
from ics import Calendar

LINES = (
    "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN", "BEGIN:VEVENT", "UID:1@example",
    "DTSTAMP:20261101T000000Z", "DTSTART:20261201T090000Z", "SUMMARY:soak", "END:VEVENT", "END:VCALENDAR", "",
)


def scale(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("CALSCALE")]


print("made new:", scale(Calendar().serialize()))
print("read, then written:", scale(Calendar("\r\n".join(LINES)).serialize()))
EOF
expected '[], or CALSCALE:GREGORIAN'
seen python try.py <<'EOF'
made new: []
read, then written: ['CALSCALE:GEORGIAN']
EOF
