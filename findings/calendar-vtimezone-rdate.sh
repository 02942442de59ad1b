#!/bin/sh
# vobject reads a Berlin summer time from icalendar's file an hour wrong.
#
# Expected: a VTIMEZONE may list its changes as dates (RDATE:...,...,...; RFC 5545 3.6.5), and 09:00 in
#   Berlin in October is +02:00 whoever wrote the file.
# Seen: of each list vobject keeps the first date only, so the last change it knows is of 1981: winter
#   time all year round. Zones written as rules (RRULE), as most calendars write them, are read right.
# Bites: reading with vobject what add_missing_timezones() of icalendar wrote.
. "$(dirname "$0")/common.sh"
install_python vobject==0.9.9 icalendar==7.3.2 python-dateutil==2.9.0.post0 tzdata==2026.6

cat >try.py <<'EOF'
from datetime import datetime, timezone
from zoneinfo import ZoneInfo
import icalendar
import vobject

calendar, event = icalendar.Calendar(), icalendar.Event()
calendar.add("prodid", "-//example//EN")
calendar.add("version", "2.0")
event.add("uid", "1@example")
event.add("dtstamp", datetime(2026, 1, 1, tzinfo=timezone.utc))
event.add("dtstart", datetime(2026, 10, 20, 9, tzinfo=ZoneInfo("Europe/Berlin")))
calendar.add_component(event)
calendar.add_missing_timezones()
text = calendar.to_ical().decode().replace("\r\n ", "")

print("icalendar:", icalendar.Calendar.from_ical(text).events[0].start)
read = vobject.readOne(text)
print("vobject:  ", read.vevent.dtstart.value)
copy = read.serialize().replace("\r\n ", "")
print("changes in the file:", text.count("T030000"), "in vobject's copy:", copy.count("T030000"))
EOF
expected '2026-10-20 09:00:00+02:00 from both'
seen python try.py <<'EOF'
icalendar: 2026-10-20 09:00:00+02:00
vobject:   2026-10-20 09:00:00+01:00
changes in the file: 116 in vobject's copy: 4
EOF
