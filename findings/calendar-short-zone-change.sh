#!/bin/sh
# icalendar's VTIMEZONE can leave out a change of the clock that lasts five weeks or less.
#
# Expected: Timezone.from_tzid lists every change between first_date and last_date. Morocco put its
#   clock back for Ramadan each year, Egypt in 2010.
# Seen: Morocco's five weeks of 2023 are missing and those of 2025 (six weeks) are there; Egypt's three
#   weeks are missing. zoneinfo knows them all. A program that goes by the calendar file is an hour off.
# Bites: an archive of past appointments, and whatever zone next gets a break of that length.
. "$(dirname "$0")/common.sh"
install_python icalendar==7.3.2 python-dateutil==2.9.0.post0 tzdata==2026.6

cat >try.py <<'EOF'
from datetime import date, datetime
from io import StringIO
from zoneinfo import ZoneInfo
from dateutil.tz import tzical
from icalendar import Timezone

for name, year, noon in (
    ("Africa/Casablanca", 2023, datetime(2023, 4, 1, 12)),
    ("Africa/Casablanca", 2025, datetime(2025, 3, 15, 12)),
    ("Africa/Cairo", 2010, datetime(2010, 9, 20, 12)),
):
    written = Timezone.from_tzid(name, first_date=date(year, 1, 1), last_date=date(year + 1, 1, 1))
    from_the_file = tzical(StringIO(written.to_ical().decode())).get()
    print(noon.date(), name, "zone data:", ZoneInfo(name).utcoffset(noon), "VTIMEZONE:", from_the_file.utcoffset(noon))
EOF
expected 'the same offset twice on each line'
seen python try.py <<'EOF'
2023-04-01 Africa/Casablanca zone data: 0:00:00 VTIMEZONE: 1:00:00
2025-03-15 Africa/Casablanca zone data: 0:00:00 VTIMEZONE: 0:00:00
2010-09-20 Africa/Cairo zone data: 3:00:00 VTIMEZONE: 2:00:00
EOF
