#!/bin/sh
# icalendar writes an alarm at a given moment so that other libraries refuse the whole calendar.
#
# Expected: alarm.add("trigger", datetime) writes TRIGGER;VALUE=DATE-TIME:..., since a trigger without
#   VALUE is a duration (RFC 5545 3.8.6.3); for other properties icalendar adds such parameters itself.
# Seen: plain TRIGGER:20261201T080000Z. icalendar reads that back, so its own tests pass; ics raises
#   an error for the whole file and ical.js as soon as somebody looks at the alarm.
# Bites: an exported reminder that works in one program and "cannot be imported" in the next.
. "$(dirname "$0")/common.sh"
install_python icalendar==7.3.2 ics==0.7.3 arrow==1.4.0 tatsu==5.15.1 tzdata==2026.6
install_node ical.js@2.2.1

cat >write.py <<'EOF'
from datetime import datetime, timezone
from icalendar import Alarm, Calendar, Event

calendar, event, alarm = Calendar(), Event(), Alarm()
calendar.add("prodid", "-//example//EN")
calendar.add("version", "2.0")
event.add("uid", "1@example")
event.add("dtstamp", datetime(2026, 11, 1, tzinfo=timezone.utc))
event.add("dtstart", datetime(2026, 12, 1, 9, tzinfo=timezone.utc))
alarm.add("action", "DISPLAY")
alarm.add("description", "rest is over")
alarm.add("trigger", datetime(2026, 12, 1, 8, tzinfo=timezone.utc))
event.add_component(alarm)
calendar.add_component(event)
open("alarm.ics", "wb").write(calendar.to_ical())
print(*(line for line in calendar.to_ical().decode().splitlines() if line.startswith("TRIGGER")))

again = Calendar.from_ical(calendar.to_ical()).events[0].alarms.times
print("icalendar reads", [str(alarm.trigger) for alarm in again])
EOF
cat >read.py <<'EOF'
import ics

try:
    ics.Calendar(open("alarm.ics", newline="").read())
    print("ics reads it")
except Exception as error:
    print("ics raises", type(error).__name__)
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
expected 'TRIGGER;VALUE=DATE-TIME:20261201T080000Z, and three programs that read it'
seen sh all.sh <<'EOF'
TRIGGER:20261201T080000Z
icalendar reads ['2026-12-01 08:00:00+00:00']
ics raises ParseError
ical.js raises invalid duration value
EOF
