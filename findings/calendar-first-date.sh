#!/bin/sh
# Of an event with DTSTART and extra dates, three libraries of four forget the first date.
#
# Expected: DTSTART is the first of the dates, RDATE adds to it (RFC 5545 3.8.5.2 and 3.8.5.3): three
#   dates for one DTSTART and two RDATEs.
# Seen: icalendar with recurring-ical-events gives three. vobject, ical and ical.js give the two RDATEs.
# Bites: appointments without a rhythm, such as courses on four odd days: the first is missed.
. "$(dirname "$0")/common.sh"
install_python recurring-ical-events==3.8.2 icalendar==7.3.2 vobject==0.9.9 ical==14.3.1 \
    python-dateutil==2.9.0.post0 tzdata==2026.6
install_node ical.js@2.2.1

printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:-//example//EN BEGIN:VEVENT UID:1@example \
    DTSTAMP:20261101T000000Z DTSTART:20261201T090000Z RDATE:20261205T090000Z,20261209T090000Z \
    SUMMARY:course END:VEVENT END:VCALENDAR >course.ics
cat >try.py <<'EOF'
import icalendar
import recurring_ical_events
import vobject
from ical.calendar_stream import IcsCalendarStream

text = open("course.ics", newline="").read()
events = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between("20260101", "20270101")
print("recurring-ical-events:", *sorted(event.start.day for event in events))
print("vobject:", *(date.day for date in vobject.readOne(text).vevent.rruleset))
print("ical:", *(event.dtstart.day for event in IcsCalendarStream.calendar_from_ics(text).timeline))
EOF
cat >try.mjs <<'EOF'
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const calendar = new ICAL.Component(ICAL.parse(readFileSync("course.ics", "utf8")));
const dates = new ICAL.Event(calendar.getFirstSubcomponent("vevent")).iterator();
const days = [];
for (let date = dates.next(); date; date = dates.next()) days.push(date.day);
console.log("ical.js:", ...days);
EOF
printf 'python try.py\nnode try.mjs\n' >all.sh
expected '1 5 9 from each'
seen sh all.sh <<'EOF'
recurring-ical-events: 1 5 9
vobject: 5 9
ical: 5 9
ical.js: 5 9
EOF
