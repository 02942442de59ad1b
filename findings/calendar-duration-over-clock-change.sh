#!/bin/sh
# An event of exactly 24 hours lasts 25 in the night in which the clocks go back.
#
# Expected: RFC 5545 (3.3.6) tells days from hours: P1D ends at the same time of day, PT24H after
#   24 hours, which is an hour earlier on the clock when it goes back that night.
# Seen: recurring-ical-events and ical end both at the same time of day, as Python's own addition
#   of a timedelta does in a zone. icalendar alone does, too.
# Bites: soaks, rests, doses: whatever is meant in hours, on two nights a year.
. "$(dirname "$0")/common.sh"
install_python recurring-ical-events==3.8.2 icalendar==7.3.2 ical==14.3.1 python-dateutil==2.9.0.post0 tzdata==2026.6

cat >try.py <<'EOF'
from datetime import datetime, timezone
import icalendar
import recurring_ical_events
from ical.calendar_stream import IcsCalendarStream


def hours(start: datetime, end: datetime) -> float:
    return (end.astimezone(timezone.utc) - start.astimezone(timezone.utc)).total_seconds() / 3600


for duration in ("P1D", "PT24H"):
    text = "\r\n".join((
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN", "BEGIN:VEVENT", "UID:1@example",
        "DTSTAMP:20261001T000000Z", "DTSTART;TZID=Europe/Berlin:20261024T120000", f"DURATION:{duration}",
        "SUMMARY:rest", "END:VEVENT", "END:VCALENDAR", "",
    ))
    calendar = icalendar.Calendar.from_ical(text)
    alone = calendar.events[0]
    (recurring,) = recurring_ical_events.of(calendar).at((2026, 10, 24))
    (ical,) = IcsCalendarStream.calendar_from_ics(text).timeline
    print(
        duration, "in hours: icalendar", hours(alone.start, alone.end),
        "recurring-ical-events", hours(recurring.start, recurring.end), "ical", hours(ical.start, ical.end),
    )
EOF
expected '25 hours for P1D and 24 for PT24H'
seen python try.py <<'EOF'
P1D in hours: icalendar 25.0 recurring-ical-events 25.0 ical 25.0
PT24H in hours: icalendar 25.0 recurring-ical-events 25.0 ical 25.0
EOF
