"""Dates as people type them, across the seams of the local calendar."""

import errno
from collections.abc import Callable
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.host.time_zones import BERLIN, KIRITIMATI, Zone, unix

from rollcore.events import CASE_EPOCH
from rollcore.memory import FOREVER
from rollhost.cli import parse_dates
from rollhost.errors import UsageError
from rollhost.output import units

NOW = unix(2026, 11, 20, 12)
DAY = 86400


def in_utc(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, timezone.utc):%Y-%m-%d %H:%M}"


class OnWindows(datetime):
    """Stands for the dates of Windows, which counts from 1970 to 3000."""

    def timestamp(self) -> float:
        if not 1970 < self.year < 3000:
            raise OSError(errno.EINVAL, "Invalid argument")
        return super().timestamp()


@pytest.mark.parametrize(
    ("read", "text", "says"),
    [
        (parse_dates.past, "1960-05-01", "before 2020"),
        (parse_dates.past, "3500-01-01", "in the future"),
        (parse_dates.since, "1900-01-01", "before 2020"),
        (parse_dates.future, "3500-01-01", "too far ahead"),
    ],
)
def test_day_that_windows_cannot_count_is_refused_as_on_other_systems(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[str, float], int], text: str, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        read(text, NOW)
    monkeypatch.setattr(parse_dates, "datetime", OnWindows)
    with pytest.raises(UsageError, match=says):
        read(text, NOW)


class TestForms:
    @pytest.fixture(autouse=True)
    def utc(self, zone: Zone) -> None:
        zone("UTC")

    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("2026-11-19", "2026-11-19 12:00"),
            ("2026-11-19 21:40", "2026-11-19 21:40"),
            ("2026-11-19T21:40", "2026-11-19 21:40"),
            ("2026-11-19 9:05", "2026-11-19 09:05"),
            ("2026-11-19 00:00", "2026-11-19 00:00"),
            ("2024-02-29", "2024-02-29 12:00"),
            ("2020-01-01 00:00", "2020-01-01 00:00"),
            ("yesterday", "2026-11-19 12:00"),
            ("Yesterday 23:59", "2026-11-19 23:59"),
            ("today 11:59", "2026-11-20 11:59"),
            (" today ", "2026-11-20 12:00"),
            ("0h", "2026-11-20 12:00"),
            ("36h", "2026-11-19 00:00"),
            ("3d", "2026-11-17 12:00"),
            ("3 D", "2026-11-17 12:00"),
            ("2w", "2026-11-06 12:00"),
        ],
    )
    def test_past_moment_can_be_typed_in_many_forms(self, text: str, meant: str) -> None:
        assert in_utc(parse_dates.past(text, NOW)) == meant

    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("3d", "2026-11-23 12:00"),
            ("36h", "2026-11-22 00:00"),
            ("today", "2026-11-21 00:00"),
            ("tomorrow", "2026-11-22 00:00"),
            ("tomorrow 08:00", "2026-11-21 08:00"),
            ("2026-12-31", "2027-01-01 00:00"),
            ("2053-12-31", "2054-01-01 00:00"),
        ],
    )
    def test_future_moment_ends_with_its_day_or_minute(self, text: str, meant: str) -> None:
        assert in_utc(parse_dates.future(text, NOW)) == meant

    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("3w", "2026-10-30 12:00"),
            ("today", "2026-11-20 00:00"),
            ("yesterday", "2026-11-19 00:00"),
            ("2026-11-01", "2026-11-01 00:00"),
            ("2026-11-01 08:30", "2026-11-01 08:30"),
            ("tomorrow", "2026-11-21 00:00"),
        ],
    )
    def test_since_begins_with_its_day_or_minute(self, text: str, meant: str) -> None:
        assert in_utc(parse_dates.since(text, NOW)) == meant

    @pytest.mark.parametrize("read", [parse_dates.past, parse_dates.future, parse_dates.since])
    @pytest.mark.parametrize(
        "text",
        [
            "", " ", "soon", "now", "d", "3", "-3d", "+3d", "1.5d", "3m", "3dd", "100000d", "٣d",
            "20261120", "2026-1-1", "20.11.2026", "11/20/2026", "2026-11-20 21", "2026-11-20 2140",
            "2026-11-20  21:40", "2026-11-20 21:40:00", "2026-11-20T21:40Z", "today tomorrow",
            "2026-11-20\n2026-11-21", "2026-11-20\x00",
            "2026-02-29", "2026-04-31", "2026-00-10", "2026-13-01", "2026-11-00", "0000-01-01",
            "0001-01-01", "2026-11-20 24:00", "2026-11-20 12:60", "today 99:99",
            "2019-12-31", "1970-01-01", "2019-12-31 23:59",
        ],
    )  # fmt: skip
    def test_text_that_is_no_date_is_refused_with_an_example_or_a_reason(
        self, read: Callable[[str, float], int], text: str
    ) -> None:
        with pytest.raises(UsageError) as refused:
            read(text, NOW)
        assert repr(text.strip().lower()) in refused.value.sentence
        assert refused.value.hint

    @pytest.mark.parametrize("text", ["2026-11-20 12:01", "today 23:59", "tomorrow", "9999-12-31"])
    def test_future_date_is_refused_as_past_moment(self, text: str) -> None:
        with pytest.raises(UsageError, match="is in the future"):
            parse_dates.past(text, NOW)

    def test_today_means_now_before_noon(self) -> None:
        morning = unix(2026, 11, 20, 7, 30)
        assert parse_dates.past("today", morning) == morning
        assert parse_dates.past("today", unix(2026, 11, 20, 20)) == NOW
        assert parse_dates.past("2026-11-20", morning) == morning

    @pytest.mark.parametrize(
        "text", ["yesterday", "today 12:00", "today 11:59", "0h", "2026-11-19"]
    )
    def test_past_date_is_refused_as_future_moment(self, text: str) -> None:
        with pytest.raises(UsageError, match="is over"):
            parse_dates.future(text, NOW)

    @pytest.mark.parametrize("text", ["99999w", "9999-12-31", "9999-12-31 23:59", "2055-01-01"])
    def test_date_beyond_case_time_is_too_far_ahead(self, text: str) -> None:
        with pytest.raises(UsageError, match="too far ahead"):
            parse_dates.future(text, NOW)

    @pytest.mark.parametrize(
        ("text", "seconds"), [("0h", 0), ("36h", 129600), ("10d", 864000), ("3w", 1814400)]
    )
    def test_duration_has_a_unit(self, text: str, seconds: int) -> None:
        assert parse_dates.span(text) == seconds

    @pytest.mark.parametrize("text", ["", "10", "today", "2026-11-20", "1y"])
    def test_text_that_is_no_duration_is_refused(self, text: str) -> None:
        with pytest.raises(UsageError, match="is no length of time"):
            parse_dates.span(text)


class TestSeams:
    """25 October 2026 has 25 hours in Berlin, 29 March 2026 has 23."""

    @pytest.fixture(autouse=True)
    def berlin(self, zone: Zone) -> None:
        zone(BERLIN)

    def test_missing_hour_is_read_as_the_hour_after_it(self) -> None:
        moment = parse_dates.past("2026-03-29 02:30", unix(2026, 4, 1))
        assert in_utc(moment) == "2026-03-29 01:30"
        assert units.minute(moment) == "2026-03-29 03:30"

    def test_missing_hour_is_in_the_future_before_the_clocks_change(self) -> None:
        with pytest.raises(UsageError, match="is in the future"):
            parse_dates.past("2026-03-29 02:30", unix(2026, 3, 29, 0, 59))
        assert parse_dates.future("2026-03-29 02:30", unix(2026, 3, 29, 0, 59))

    def test_repeated_hour_is_read_as_the_first(self) -> None:
        moment = parse_dates.past("2026-10-25 02:30", unix(2026, 11, 1))
        assert in_utc(moment) == "2026-10-25 00:30"
        assert units.iso(moment) == "2026-10-25T02:30:00+02:00"

    @pytest.mark.parametrize(
        ("text", "begins", "ends"),
        [
            ("2026-03-28", "2026-03-27 23:00", "2026-03-28 23:00"),
            ("2026-03-29", "2026-03-28 23:00", "2026-03-29 22:00"),
            ("2026-03-30", "2026-03-29 22:00", "2026-03-30 22:00"),
            ("2026-10-24", "2026-10-23 22:00", "2026-10-24 22:00"),
            ("2026-10-25", "2026-10-24 22:00", "2026-10-25 23:00"),
            ("2026-10-26", "2026-10-25 23:00", "2026-10-26 23:00"),
        ],
    )
    def test_day_of_a_clock_change_has_its_real_length(
        self, text: str, begins: str, ends: str
    ) -> None:
        assert in_utc(parse_dates.since(text, unix(2026, 12, 1))) == begins
        assert in_utc(parse_dates.future(text, unix(2026, 1, 1))) == ends

    def test_date_without_a_time_is_local_noon(self) -> None:
        assert in_utc(parse_dates.past("2026-10-25", unix(2026, 12, 1))) == "2026-10-25 11:00"
        assert in_utc(parse_dates.past("2026-03-29", unix(2026, 12, 1))) == "2026-03-29 10:00"

    def test_yesterday_is_the_calendar_day_before(self) -> None:
        after_midnight = unix(2026, 3, 29, 22, 30)
        assert in_utc(parse_dates.past("yesterday", after_midnight)) == "2026-03-29 10:00"
        assert in_utc(parse_dates.since("today", after_midnight)) == "2026-03-29 22:00"
        assert in_utc(parse_dates.past("1d", after_midnight)) == "2026-03-28 22:30"


def test_days_are_local_to_the_time_zone(zone: Zone) -> None:
    zone(KIRITIMATI)
    assert in_utc(parse_dates.since("today", unix(2026, 11, 20, 12))) == "2026-11-20 10:00"
    assert in_utc(parse_dates.future("today", unix(2026, 11, 20, 12))) == "2026-11-21 10:00"


LORD_HOWE = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"
"""Its clocks are put on and back by half an hour."""


class TestHalfHours:
    @pytest.fixture(autouse=True)
    def lord_howe(self, zone: Zone) -> None:
        zone(LORD_HOWE)

    def test_missing_half_hour_is_read_as_the_one_after_it(self) -> None:
        moment = parse_dates.past("2026-10-04 02:15", unix(2026, 11, 1))
        assert in_utc(moment) == "2026-10-03 15:45"
        assert units.minute(moment) == "2026-10-04 02:45"

    def test_repeated_half_hour_is_read_as_the_first(self) -> None:
        moment = parse_dates.past("2026-04-05 01:45", unix(2026, 11, 1))
        assert units.iso(moment) == "2026-04-05T01:45:00+11:00"

    @pytest.mark.parametrize(
        ("text", "hours"), [("2026-10-04", 23.5), ("2026-04-05", 24.5), ("2026-10-05", 24)]
    )
    def test_day_of_a_half_hour_change_has_its_real_length(self, text: str, hours: float) -> None:
        begins = parse_dates.since(text, unix(2026, 12, 1))
        assert parse_dates.future(text, unix(2026, 1, 1)) - begins == hours * 3600

    def test_duration_counts_elapsed_hours_and_not_wall_clock_hours(self) -> None:
        now = unix(2026, 10, 4, 1)
        assert units.minute(parse_dates.past("24h", now)) == "2026-10-03 11:30"
        assert units.minute(parse_dates.past("1d", now)) == "2026-10-03 11:30"


@pytest.mark.parametrize(
    ("place", "begins", "noon"),
    [
        ("<+0545>-5:45", "2026-11-19 18:15", "2026-11-20 06:15"),
        ("SST11", "2026-11-20 11:00", "2026-11-20 23:00"),
        ("<+13>-13", "2026-11-19 11:00", "2026-11-19 23:00"),
    ],
    ids=["three quarters of an hour", "east of the date line", "west of the date line"],
)
def test_date_is_local_to_the_time_zone(zone: Zone, place: str, begins: str, noon: str) -> None:
    zone(place)
    now = unix(2026, 11, 25)
    assert in_utc(parse_dates.since("2026-11-20", now)) == begins
    assert in_utc(parse_dates.past("2026-11-20", now)) == noon


class TestLaws:
    @given(moment=st.integers(CASE_EPOCH + DAY, CASE_EPOCH + FOREVER - 2 * DAY))
    def test_printed_moment_can_be_typed_again(self, moment: int) -> None:
        minute = moment - moment % 60
        assert parse_dates.past(units.minute(moment), moment) == minute
        assert parse_dates.since(units.minute(moment), moment) == minute
        assert parse_dates.future(units.minute(moment + 60), moment) == minute + 60

    @given(
        number=st.integers(1, 5000),
        unit=st.sampled_from("hdw"),
        now=st.integers(CASE_EPOCH + 100 * 366 * DAY, CASE_EPOCH + 110 * 366 * DAY),
    )
    def test_duration_reaches_back_its_own_length(self, number: int, unit: str, now: int) -> None:
        text = f"{number}{unit}"
        length = number * {"h": 3600, "d": DAY, "w": 7 * DAY}[unit]
        assert parse_dates.span(text) == length
        assert parse_dates.past(text, now) == parse_dates.since(text, now) == now - length

    @pytest.mark.slow
    @given(text=st.text(max_size=20), now=st.integers(CASE_EPOCH, CASE_EPOCH + FOREVER))
    def test_any_text_is_a_moment_or_is_refused(self, text: str, now: int) -> None:
        for read, fits in (
            (parse_dates.past, lambda moment: CASE_EPOCH <= moment <= now),
            (parse_dates.future, lambda moment: moment > now),
            (parse_dates.since, lambda moment: True),
        ):
            try:
                moment = read(text, now)
            except UsageError:
                continue
            assert fits(moment)
