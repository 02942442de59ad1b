#!/bin/sh
# icalendar writes a time with a fixed offset under the name of a zone that nobody knows, itself included.
#
# Expected: 09:00+02:00 is one moment, so it is written in UTC (070000Z), or with a VTIMEZONE.
# Seen: TZID="UTC+02:00" without a VTIMEZONE; add_missing_timezones() adds none. Reading it back,
#   icalendar gives a floating 09:00 and node-ical no date at all, with no error from either.
# Bites: datetime.fromisoformat("...+02:00") handed to icalendar: right offset in, wrong hour out.
. "$(dirname "$0")/common.sh"
install_python icalendar==7.3.2 tzdata==2026.6
install_node node-ical@0.26.1

cat >try.py <<'EOF'
from datetime import datetime, timezone
from icalendar import Calendar, Event

calendar, event = Calendar(), Event()
calendar.add("prodid", "-//example//EN")
calendar.add("version", "2.0")
event.add("uid", "1@example")
event.add("dtstamp", datetime(2026, 11, 1, tzinfo=timezone.utc))
event.add("dtstart", datetime.fromisoformat("2026-12-01T09:00:00+02:00"))
calendar.add_component(event)
calendar.add_missing_timezones()
text = calendar.to_ical()
open("offset.ics", "wb").write(text)
print("written:", *(line for line in text.decode().splitlines() if line.startswith("DTSTART")))
print("zones described:", text.count(b"BEGIN:VTIMEZONE"))
start = Calendar.from_ical(text).events[0].start
print("icalendar reads", start.isoformat(), "in zone", start.tzinfo)
EOF
cat >read.mjs <<'EOF'
import ical from "node-ical";

const event = Object.values(ical.sync.parseFile("offset.ics")).find((item) => item.type === "VEVENT");
console.log("node-ical reads a date:", event.start instanceof Date && !Number.isNaN(event.start.getTime()));
EOF
printf 'python try.py\nnode read.mjs\n' >both.sh
expected 'the moment 2026-12-01T07:00:00Z from both'
seen sh both.sh <<'EOF'
written: DTSTART;TZID="UTC+02:00":20261201T090000
zones described: 0
icalendar reads 2026-12-01T09:00:00 in zone None
node-ical reads a date: false
EOF
