#!/bin/sh
# A second calendar is read with the time zone of the first, if both give theirs the same name.
#
# Expected: a TZID is a name within one calendar, explained by that calendar's own VTIMEZONE
#   (RFC 5545 3.8.3.1). Some programs call every zone that they made up "Customized Time Zone".
# Seen: vobject and icalendar keep one table of names for the whole process, and what came first
#   stays. The second file's 09:00 is six hours off; read alone, it is right.
# Bites: any server or loop that reads more than one calendar.
. "$(dirname "$0")/common.sh"
install_python vobject==0.9.9 icalendar==7.3.2 python-dateutil==2.9.0.post0 tzdata==2026.6

cat >try.py <<'EOF'
import sys
import icalendar
import vobject


def calendar(offset: str) -> str:
    return "\r\n".join((
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN",
        "BEGIN:VTIMEZONE", "TZID:Customized Time Zone", "BEGIN:STANDARD", "DTSTART:16010101T000000",
        f"TZOFFSETFROM:{offset}", f"TZOFFSETTO:{offset}", "END:STANDARD", "END:VTIMEZONE",
        "BEGIN:VEVENT", "UID:1@example", "DTSTAMP:20261101T000000Z",
        "DTSTART;TZID=Customized Time Zone:20261201T090000", "END:VEVENT", "END:VCALENDAR", "",
    ))


for offset in sys.argv[1:]:
    text = calendar(offset)
    print(
        f"file of {offset}:",
        "vobject", vobject.readOne(text).vevent.dtstart.value.strftime("%H:%M%z,"),
        "icalendar", icalendar.Calendar.from_ical(text).events[0].start.strftime("%H:%M%z"),
    )
EOF
cat >both.sh <<'EOF'
echo 'two files in one process:'
python try.py +0100 -0500
echo 'the second file alone:'
python try.py -0500
EOF
expected '09:00-0500 for the second file, whatever was read before'
seen sh both.sh <<'EOF'
two files in one process:
file of +0100: vobject 09:00+0100, icalendar 09:00+0100
file of -0500: vobject 09:00+0100, icalendar 09:00+0100
the second file alone:
file of -0500: vobject 09:00-0500, icalendar 09:00-0500
EOF
