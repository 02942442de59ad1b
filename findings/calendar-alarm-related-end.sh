#!/bin/sh
# Two calendar libraries move an alarm from the end of an event to its start when they save it.
#
# Expected: TRIGGER;RELATED=END:-PT10M (ten minutes before the end, RFC 5545 3.8.6.3) survives a
#   round trip, or the library refuses what it does not know.
# Seen: ics and ical write TRIGGER:-PT10M, ten minutes before the start. icalendar keeps it.
# Bites: "time is up" alarms of anything that is timed: the reminder of a soak's end now comes before
#   the soak began, for anyone whose calendar went through such a program once.
. "$(dirname "$0")/common.sh"
install_python ics==0.7.3 ical==14.3.1 icalendar==7.3.2 arrow==1.4.0 tatsu==5.15.1 tzdata==2026.6

cat >try.py <<'EOF'
import ics
import icalendar
from ical.calendar_stream import IcsCalendarStream

LINES = (
    "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN", "BEGIN:VEVENT", "UID:1@example",
    "DTSTAMP:20261101T000000Z", "DTSTART:20261201T090000Z", "DTEND:20261201T100000Z", "SUMMARY:soak",
    "BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:time is up", "TRIGGER;RELATED=END:-PT10M", "END:VALARM",
    "END:VEVENT", "END:VCALENDAR", "",
)
TEXT = "\r\n".join(LINES)


def trigger(text: str) -> str:
    return next(line for line in text.splitlines() if line.startswith("TRIGGER"))


print("icalendar:", trigger(icalendar.Calendar.from_ical(TEXT).to_ical().decode()))
print("ics:", trigger(ics.Calendar(TEXT).serialize()))
print("ical:", trigger(IcsCalendarStream.calendar_to_ics(IcsCalendarStream.calendar_from_ics(TEXT))))
EOF
expected 'TRIGGER;RELATED=END:-PT10M from each'
seen python try.py <<'EOF'
icalendar: TRIGGER;RELATED=END:-PT10M
ics: TRIGGER:-PT10M
ical: TRIGGER:-PT10M
EOF
