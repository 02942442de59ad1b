#!/bin/sh
# ics writes an alarm at the very start of an event so that other libraries refuse the calendar.
#
# Expected: TRIGGER:PT0S (ring when the event starts, RFC 5545 3.8.6.3) comes out as PT0S or as P0D.
# Seen: TRIGGER:P, a duration of nothing. ics and icalendar read it; vobject raises an error for the
#   whole file, ical.js as soon as somebody looks at the alarm.
# Bites: "at time of event" is the most common alarm there is. One pass through ics, and every such
#   event is a file that "cannot be imported".
. "$(dirname "$0")/common.sh"
install_python ics==0.7.3 arrow==1.4.0 tatsu==5.15.1 icalendar==7.3.2 vobject==0.9.9 tzdata==2026.6
install_node ical.js@2.2.1

cat >write.py <<'EOF'
import ics

LINES = (
    "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN", "BEGIN:VEVENT", "UID:1@example",
    "DTSTAMP:20261101T000000Z", "DTSTART:20261201T090000Z", "DTEND:20261201T100000Z", "SUMMARY:soak",
    "BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:now", "TRIGGER:PT0S", "END:VALARM",
    "END:VEVENT", "END:VCALENDAR", "",
)
text = ics.Calendar("\r\n".join(LINES)).serialize()
open("alarm.ics", "w", newline="").write(text)
print(*(line for line in text.splitlines() if line.startswith("TRIGGER")))
EOF
cat >read.py <<'EOF'
import icalendar
import ics
import vobject

text = open("alarm.ics", newline="").read()
(alarm,) = next(iter(ics.Calendar(text).events)).alarms
print("ics reads", alarm.trigger)
(alarm,) = icalendar.Calendar.from_ical(text).events[0].alarms.times
print("icalendar reads", alarm.trigger)
try:
    print("vobject reads", vobject.readOne(text).vevent.valarm.trigger.value)
except Exception as error:
    print("vobject raises", type(error).__name__)
EOF
cat >read.mjs <<'EOF'
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const calendar = new ICAL.Component(ICAL.parse(readFileSync("alarm.ics", "utf8")));
const alarm = calendar.getFirstSubcomponent("vevent").getFirstSubcomponent("valarm");
try {
    console.log("ical.js reads", String(alarm.getFirstPropertyValue("trigger")));
} catch (error) {
    console.log("ical.js raises", error.message.split(":")[0]);
}
EOF
printf 'python write.py\npython read.py\nnode read.mjs\n' >all.sh
expected 'TRIGGER:PT0S or TRIGGER:P0D, and four programs that read it'
seen sh all.sh <<'EOF'
TRIGGER:P
ics reads 0:00:00
icalendar reads 2026-12-01 09:00:00+00:00
vobject raises ParseError
ical.js raises invalid duration value
EOF
