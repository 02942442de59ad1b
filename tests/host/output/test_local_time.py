"""What a person reads: moments and days by the clock on the wall, wherever that is."""

import pytest
from tests.host.clock_logs import DAY, HOUR, Life
from tests.host.time_zones import BERLIN, KATHMANDU, KIRITIMATI, NEW_YORK, PAGO_PAGO, Zone, unix

from rollcore import events
from rollcore.events import Event
from rollhost.cli import parse_dates
from rollhost.history.timeline import Placed, place
from rollhost.output import units
from rollhost.output.records import stamp

SYDNEY = "AEST-10AEDT,M10.1.0,M4.1.0/3"
LORD_HOWE = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"
"""Its clocks are put on by half an hour."""

APIA = "<+13>-13"
"""An hour's flight from Pago Pago, and a day ahead of it."""


class TestWhatAPersonReads:
    @pytest.mark.parametrize(
        ("place_name", "moment", "minute", "offset"),
        [
            pytest.param(BERLIN, unix(2026, 3, 29, 0, 59), "2026-03-29 01:59", "+01:00",
                id="a minute before the missing hour"),
            pytest.param(BERLIN, unix(2026, 3, 29, 1, 0), "2026-03-29 03:00", "+02:00",
                id="right after the missing hour"),
            pytest.param(BERLIN, unix(2026, 10, 25, 0, 59), "2026-10-25 02:59", "+02:00",
                id="the end of the hour that comes twice, the first time"),
            pytest.param(BERLIN, unix(2026, 10, 25, 1, 0), "2026-10-25 02:00", "+01:00",
                id="the hour that comes twice, once more"),
            pytest.param(NEW_YORK, unix(2026, 3, 8, 6, 59), "2026-03-08 01:59", "-05:00",
                id="west of Greenwich, before the missing hour"),
            pytest.param(NEW_YORK, unix(2026, 3, 8, 7, 0), "2026-03-08 03:00", "-04:00",
                id="west of Greenwich, after it"),
            pytest.param(SYDNEY, unix(2026, 4, 4, 16, 0), "2026-04-05 02:00", "+10:00",
                id="in the south, the hour comes twice in autumn"),
            pytest.param(LORD_HOWE, unix(2026, 10, 3, 15, 30), "2026-10-04 02:30", "+11:00",
                id="after a missing half hour"),
            pytest.param(LORD_HOWE, unix(2026, 4, 4, 15, 0), "2026-04-05 01:30", "+10:30",
                id="a half hour that comes twice"),
            pytest.param(KATHMANDU, unix(2026, 11, 20, 18, 15), "2026-11-21 00:00", "+05:45",
                id="three quarters of an hour"),
            pytest.param(PAGO_PAGO, unix(2026, 11, 20, 10, 59), "2026-11-19 23:59", "-11:00",
                id="east of the date line"),
            pytest.param(APIA, unix(2026, 11, 20, 10, 59), "2026-11-20 23:59", "+13:00",
                id="west of the date line"),
        ],
    )  # fmt: skip
    def test_moment_is_shown_in_local_time(
        self, zone: Zone, place_name: str, moment: float, minute: str, offset: str
    ) -> None:
        zone(place_name)
        placed = Placed(Event(events.LID, {"what": 1}), int(moment), int(moment))
        assert stamp(placed) == units.minute(moment) == minute
        assert units.iso(moment) == f"{minute.replace(' ', 'T')}:00{offset}"

    @pytest.mark.parametrize(
        ("place_name", "midnight"),
        [
            pytest.param(BERLIN, unix(2026, 3, 28, 23), id="the day with 23 hours begins"),
            pytest.param(BERLIN, unix(2026, 3, 29, 22), id="the day with 23 hours ends"),
            pytest.param(BERLIN, unix(2026, 10, 24, 22), id="the day with 25 hours begins"),
            pytest.param(BERLIN, unix(2026, 10, 25, 23), id="the day with 25 hours ends"),
            pytest.param(LORD_HOWE, unix(2026, 10, 4, 13), id="the day with 23.5 hours ends"),
            pytest.param(KATHMANDU, unix(2026, 11, 20, 18, 15), id="at a quarter past the hour"),
            pytest.param(PAGO_PAGO, unix(2026, 11, 20, 11), id="east of the date line"),
            pytest.param(KIRITIMATI, unix(2026, 11, 20, 10), id="first of all"),
        ],
    )
    def test_day_begins_at_local_midnight(
        self, zone: Zone, place_name: str, midnight: float
    ) -> None:
        zone(place_name)
        before, after = midnight - 60, midnight + 60
        assert units.clock_time(before, after) == "yesterday 23:59"
        assert units.clock_time(midnight, after) == "today 00:00"
        assert units.clock_time(before, before) == "today 23:59"
        assert units.clock_time(midnight, before) == "tomorrow 00:00"
        # 26 hours on it is the next day, however long this one is.
        assert parse_dates.since("today", after) == midnight
        assert parse_dates.since("yesterday", midnight + 26 * HOUR) == midnight
        assert (
            parse_dates.since("tomorrow", before) == parse_dates.future("today", before) == midnight
        )

    @pytest.mark.parametrize(
        ("day", "hours"),
        [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)],
    )
    def test_day_of_a_clock_change_has_23_or_25_hours(
        self, zone: Zone, day: str, hours: int
    ) -> None:
        zone(BERLIN)
        begins = parse_dates.since(day, unix(2026, 12, 1))
        assert parse_dates.future(day, unix(2026, 1, 1)) - begins == hours * HOUR

    @pytest.mark.parametrize(
        ("there", "told_there", "here", "told_here"),
        [
            pytest.param(BERLIN, "2026-11-20 02:30", NEW_YORK, "2026-11-19 20:30",
                id="over the Atlantic"),
            pytest.param(PAGO_PAGO, "2026-11-19 14:30", APIA, "2026-11-20 14:30",
                id="over the date line"),
            pytest.param(KATHMANDU, "2026-11-20 07:15", SYDNEY, "2026-11-20 12:30",
                id="over less than an hour"),
        ],
    )  # fmt: skip
    def test_moments_after_a_move_are_shown_in_the_new_time_zone(
        self, zone: Zone, there: str, told_there: str, here: str, told_here: str
    ) -> None:
        life = Life(int(unix(2026, 11, 20, 1, 30))).start()
        zone(there)
        before = place(life.set().log)
        assert units.minute(before[1].earliest) == told_there
        zone(here)
        after = place(life.wait(DAY).use().log)
        assert after[:2] == before
        assert units.minute(after[1].earliest) == told_here
        assert after[2].earliest - after[1].earliest == DAY

    def test_flight_over_the_date_line_lands_the_day_before(self, zone: Zone) -> None:
        zone(APIA)
        took_off = parse_dates.past("2026-11-20 09:00", unix(2026, 11, 21))
        zone(PAGO_PAGO)
        landed = took_off + HOUR
        assert units.minute(landed) == "2026-11-19 10:00"
        assert units.clock_time(took_off, landed) == "today 09:00"
        assert parse_dates.past("1h", landed) == took_off

    def test_moment_between_bounds_is_shown_around_their_middle(self, zone: Zone) -> None:
        zone(BERLIN)
        # Noon in Berlin on the day before its clocks are put back, and on that day.
        life = Life(int(unix(2026, 10, 24, 10))).start().set()
        life.start(HOUR).set(9 * DAY).use().start(24 * HOUR).set()
        stamps = [stamp(record) for record in place(life.log)]
        assert stamps == [
            *["2026-10-24 12:00"] * 2,
            *["2026-10-25 00:30 ±13 hours"] * 3,
            *["2026-10-25 12:00"] * 2,
        ]

    def test_moment_seen_by_a_computer_that_is_behind_is_shown_as_after(self, zone: Zone) -> None:
        zone("UTC")
        life = Life(int(unix(2026, 11, 20, 10))).start().set().start(HOUR).use()
        stamps = [stamp(record) for record in place(life.log, int(unix(2026, 11, 19)))]
        assert stamps[2:] == ["after 2026-11-20 10:00"] * 2
