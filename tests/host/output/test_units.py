"""Times and spans in plain English, across the seams of the local calendar."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.host.time_zones import BERLIN, KIRITIMATI, Zone, unix

from rollhost.output import units


class TestSpan:
    @pytest.mark.parametrize(
        ("seconds", "told"),
        [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (150, "2 minutes"),
            (7199, "120 minutes"),
            (7200, "2 hours"),
            (47 * 3600, "47 hours"),
            (48 * 3600, "2 days"),
            (28 * 86400, "28 days"),
            (4000 * 86400, "4,000 days"),
        ],
    )
    def test_span_is_shown_in_the_largest_unit_that_fits_twice(
        self, seconds: float, told: str
    ) -> None:
        assert units.span(seconds) == told

    @given(seconds=st.integers(0, 1 << 33))
    def test_shown_span_is_never_off_by_more_than_a_quarter(self, seconds: int) -> None:
        number, unit = units.span(seconds).replace(",", "").split()
        size = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}[unit.removesuffix("s")]
        assert abs(int(number) * size - seconds) <= seconds / 4

    @pytest.mark.parametrize(
        ("number", "told"), [(0, "0 uses"), (1, "1 use"), (2, "2 uses"), (12345, "12,345 uses")]
    )
    def test_count_agrees_with_its_noun(self, number: int, told: str) -> None:
        assert units.count(number, "use") == told

    @pytest.mark.parametrize(
        ("number", "told"), [(0, "0 entries"), (1, "1 entry"), (2000, "2,000 entries")]
    )
    def test_count_of_entries_has_their_plural(self, number: int, told: str) -> None:
        assert units.count(number, "entry") == told
        assert units.count(number, "day") == told.replace("entries", "days").replace("entry", "day")

    @pytest.mark.parametrize(
        ("micrometres", "told"), [(500, "0.5 mm"), (250, "0.25 mm"), (1000, "1 mm")]
    )
    def test_needle_is_shown_in_millimetres(self, micrometres: int, told: str) -> None:
        assert units.needle(micrometres) == told


class TestDates:
    NOW = unix(2026, 11, 20, 12)

    @pytest.mark.parametrize(
        ("moment", "told"),
        [
            (unix(2026, 11, 20, 0, 0), "today 00:00"),
            (unix(2026, 11, 20, 23, 59), "today 23:59"),
            (unix(2026, 11, 19, 23, 59), "yesterday 23:59"),
            (unix(2026, 11, 19, 0, 0), "yesterday 00:00"),
            (unix(2026, 11, 21, 9, 5), "tomorrow 09:05"),
            (unix(2026, 11, 18, 23, 59), "Wed 18 Nov 2026, 23:59"),
            (unix(2026, 12, 5, 9, 5), "Sat 5 Dec 2026, 09:05"),
            (unix(2025, 11, 20, 12), "Thu 20 Nov 2025, 12:00"),
        ],
    )
    def test_near_days_are_named_and_other_days_dated(
        self, zone: Zone, moment: float, told: str
    ) -> None:
        zone("UTC")
        assert units.clock_time(moment, self.NOW) == told

    @pytest.mark.parametrize(
        ("moment", "now", "told"),
        [
            # 25 October 2026 has 25 hours in Berlin, 29 March 2026 has 23.
            (unix(2026, 10, 24, 22, 30), unix(2026, 10, 26, 12), "yesterday 00:30"),
            (unix(2026, 10, 25, 22, 59), unix(2026, 10, 26, 12), "yesterday 23:59"),
            (unix(2026, 10, 24, 21, 59), unix(2026, 10, 25, 22, 59), "yesterday 23:59"),
            (unix(2026, 10, 24, 22, 0), unix(2026, 10, 25, 22, 59), "today 00:00"),
            (unix(2026, 10, 25, 0, 30), unix(2026, 10, 25, 12), "today 02:30"),
            (unix(2026, 10, 25, 1, 30), unix(2026, 10, 25, 12), "today 02:30"),
            (unix(2026, 3, 28, 23, 30), unix(2026, 3, 29, 21, 59), "today 00:30"),
            (unix(2026, 3, 28, 22, 59), unix(2026, 3, 29, 21, 59), "yesterday 23:59"),
            (unix(2026, 3, 28, 23, 0), unix(2026, 3, 30, 12), "yesterday 00:00"),
            (unix(2026, 3, 30, 12), unix(2026, 3, 28, 23, 30), "tomorrow 14:00"),
        ],
    )
    def test_named_days_follow_the_calendar_where_clocks_change(
        self, zone: Zone, moment: float, now: float, told: str
    ) -> None:
        zone(BERLIN)
        assert units.clock_time(moment, now) == told

    def test_named_days_are_local(self, zone: Zone) -> None:
        zone(KIRITIMATI)
        assert units.clock_time(unix(2026, 11, 20, 12), unix(2026, 11, 20, 9)) == "tomorrow 02:00"

    def test_iso_time_has_the_utc_offset_of_its_day(self, zone: Zone) -> None:
        zone(BERLIN)
        assert units.iso(unix(2026, 7, 1, 12)) == "2026-07-01T14:00:00+02:00"
        assert units.iso(unix(2026, 12, 1, 12)) == "2026-12-01T13:00:00+01:00"

    def test_iso_time_distinguishes_a_repeated_hour(self, zone: Zone) -> None:
        zone(BERLIN)
        assert units.iso(unix(2026, 10, 25, 0, 30)) == "2026-10-25T02:30:00+02:00"
        assert units.iso(unix(2026, 10, 25, 1, 30)) == "2026-10-25T02:30:00+01:00"

    @given(moment=st.integers(0, 1 << 33))
    def test_iso_time_loses_no_second(self, moment: int) -> None:
        text = units.iso(moment)
        assert text is not None
        assert datetime.fromisoformat(text).timestamp() == moment

    def test_iso_time_of_none_is_none(self) -> None:
        assert units.iso(None) is None
