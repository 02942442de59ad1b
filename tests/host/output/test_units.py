"""Times, spans and events in plain English, across the seams of the local calendar."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.firmware.logs import any_event

from rollcore import events
from rollcore.events import CASE_EPOCH, KINDS, Event
from rollhost.history.timeline import Placed
from rollhost.output import units
from rollhost.output.records import event_fields, event_sentence, stamp

Zone = Callable[[str], None]


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Zone]:
    """Put this process into another time zone, until the test is over."""

    def move(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"
"""The rules of Berlin, which need no database of zones."""

KIRITIMATI = "<+14>-14"


def unix(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> float:
    """Return a moment in UTC as Unix time (s)."""
    return datetime(year, month, day, hour, minute, tzinfo=timezone.utc).timestamp()


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
    def test_it_is_told_in_the_largest_unit_that_fits_twice(
        self, seconds: float, told: str
    ) -> None:
        assert units.span(seconds) == told

    @given(seconds=st.integers(0, 1 << 33))
    def test_it_is_never_off_by_more_than_a_quarter(self, seconds: int) -> None:
        number, unit = units.span(seconds).replace(",", "").split()
        size = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}[unit.removesuffix("s")]
        assert abs(int(number) * size - seconds) <= seconds / 4

    @pytest.mark.parametrize(
        ("number", "told"), [(0, "0 uses"), (1, "1 use"), (2, "2 uses"), (12345, "12,345 uses")]
    )
    def test_a_count_agrees_with_its_noun(self, number: int, told: str) -> None:
        assert units.count(number, "use") == told

    @pytest.mark.parametrize(
        ("micrometres", "told"), [(500, "0.5 mm"), (250, "0.25 mm"), (1000, "1 mm")]
    )
    def test_a_needle_is_told_in_millimetres(self, micrometres: int, told: str) -> None:
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
    def test_near_days_are_named_and_others_dated(
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
    def test_days_are_those_of_the_calendar_where_clocks_change(
        self, zone: Zone, moment: float, now: float, told: str
    ) -> None:
        zone(BERLIN)
        assert units.clock_time(moment, now) == told

    def test_days_are_those_of_the_place(self, zone: Zone) -> None:
        zone(KIRITIMATI)
        assert units.clock_time(unix(2026, 11, 20, 12), unix(2026, 11, 20, 9)) == "tomorrow 02:00"

    def test_iso_carries_the_offset_of_its_own_day(self, zone: Zone) -> None:
        zone(BERLIN)
        assert units.iso(unix(2026, 7, 1, 12)) == "2026-07-01T14:00:00+02:00"
        assert units.iso(unix(2026, 12, 1, 12)) == "2026-12-01T13:00:00+01:00"

    def test_iso_tells_the_hour_that_comes_twice_apart(self, zone: Zone) -> None:
        zone(BERLIN)
        assert units.iso(unix(2026, 10, 25, 0, 30)) == "2026-10-25T02:30:00+02:00"
        assert units.iso(unix(2026, 10, 25, 1, 30)) == "2026-10-25T02:30:00+01:00"

    @given(moment=st.integers(0, 1 << 33))
    def test_iso_loses_no_second(self, moment: int) -> None:
        text = units.iso(moment)
        assert text is not None
        assert datetime.fromisoformat(text).timestamp() == moment

    def test_iso_of_nothing_is_nothing(self) -> None:
        assert units.iso(None) is None


NOON = int(unix(2026, 11, 20, 12))


def stamp_between(earliest: int, latest: int | None, time: int = NOON - CASE_EPOCH) -> str:
    """Return the stamp of some event with these bounds and this time of its own."""
    return stamp(
        Placed(Event(events.HEAD_NEW, {"uses": 0, "token": 0}, time=time), earliest, latest)
    )


class TestStamp:
    @pytest.fixture(autouse=True)
    def utc(self, zone: Zone) -> None:
        """Read stamps in UTC."""
        zone("UTC")

    def test_what_is_known_is_given_to_the_minute(self) -> None:
        assert stamp_between(NOON, NOON) == "2026-11-20 12:00"

    def test_what_lies_between_bounds_is_given_with_them(self) -> None:
        assert stamp_between(NOON - 7200, NOON + 7200) == "2026-11-20 12:00 ±2 hours"

    def test_what_has_no_upper_bound_was_after(self) -> None:
        assert stamp_between(NOON, None) == "after 2026-11-20 12:00"

    def test_what_a_clock_stamped_that_was_never_set_was_before(self) -> None:
        assert stamp_between(CASE_EPOCH + 30, NOON, time=30) == "before 2026-11-20 12:00"

    def test_bounds_are_never_told_narrower_than_they_are(self) -> None:
        assert stamp_between(NOON - 216_000, NOON + 216_000) == "2026-11-20 12:00 ±3 days"

    def test_a_clock_that_was_wrong_does_not_hide_what_is_known(self) -> None:
        assert stamp_between(NOON, None, time=30) == "after 2026-11-20 12:00"
        assert stamp_between(NOON - 3600, NOON + 3600, time=30) == "2026-11-20 12:00 ±60 minutes"

    def test_a_clock_that_was_ahead_does_not_make_known_what_is_not(self) -> None:
        assert stamp_between(CASE_EPOCH + 30, NOON) == "before 2026-11-20 12:00"

    def test_what_nothing_bounds_has_no_time(self) -> None:
        assert stamp_between(CASE_EPOCH + 30, None, time=30) == "clock not set"


SENTENCES: list[tuple[int, dict[str, int], str]] = [
    (events.BOOT, {"cause": 1, "torn": 0}, "the case started (power)"),
    (
        events.BOOT,
        {"cause": 2, "torn": 31},
        "the case started (watchdog); 31 bytes of a broken record left out",
    ),
    (
        events.CLOCK_SET,
        {"old": 50, "source": 1, "forced": 0},
        "clock set for the first time, by the host",
    ),
    (
        events.CLOCK_SET,
        {"old": NOON - CASE_EPOCH - 7200, "source": 2, "forced": 0},
        "clock set forward by 2 hours, by the rtc",
    ),
    (
        events.CLOCK_SET,
        {"old": NOON - CASE_EPOCH + 180, "source": 1, "forced": 1},
        "clock set back by 3 minutes, by the host",
    ),
    (events.POLICY_SET, {"digest": 1, "needle_um": 250, "kept": 1}, "rules set for 0.25 mm"),
    (events.SOAK_STARTED, {"purpose": 1}, "soak before use started"),
    (events.SOAK_ENDED, {"purpose": 2, "how": 1}, "soak after use done"),
    (events.SOAK_ENDED, {"purpose": 2, "how": 2}, "soak after use aborted"),
    (events.USE_STARTED, {"how": 1, "digest": 1}, "use started"),
    (events.USE_STARTED, {"how": 2, "digest": 1}, "use started early, against the rest"),
    (events.USE_ENDED, {"how": 1, "seconds": 300}, "use ended after 5 minutes"),
    (
        events.USE_ENDED,
        {"how": 2, "seconds": 1800},
        "use ended after 30 minutes; nobody ended it",
    ),
    (
        events.USE_ENDED,
        {"how": 3, "seconds": 9},
        "use ended after 9 seconds; too short to count",
    ),
    (
        events.REFUSED,
        {"gesture": 2, "reason": 1, "until": NOON - CASE_EPOCH + 86400, "digest": 0},
        "a use was refused: resting until tomorrow 12:00",
    ),
    (
        events.REFUSED,
        {"gesture": 2, "reason": 2, "until": 0, "digest": 0},
        "a use was refused: head expired",
    ),
    # By a clock that was never set: its date would mean nothing.
    (
        events.REFUSED,
        {"gesture": 1, "reason": 3, "until": 9, "digest": 0},
        "a use was refused: on hold",
    ),
    (events.HEAD_NEW, {"uses": 10, "token": 0}, "new head; the old one saw 10 uses"),
    (events.HOLD_SET, {"reason": 5, "until": 0, "token": 0}, "put on hold: sunburn"),
    (events.HOLD_SET, {"reason": 0, "until": 0, "token": 0}, "hold released"),
    (
        events.USE_ENDED,
        {"how": 4, "seconds": 95},
        "use ended after 95 seconds; told when the lid was closed",
    ),
    (
        events.CLINIC,
        {"at": NOON - CASE_EPOCH - 86400, "needle_um": 1500, "token": 7},
        "session at a clinic, yesterday 12:00, 1.5 mm",
    ),
    (
        events.CLINIC,
        {"at": NOON - CASE_EPOCH, "needle_um": 0, "token": 7},
        "session at a clinic, today 12:00",
    ),
    (
        events.REACTION,
        {"open": 1, "at": NOON - CASE_EPOCH, "token": 7},
        "a reaction of the skin, today 12:00",
    ),
    (
        events.REACTION,
        {"open": 0, "at": NOON - CASE_EPOCH, "token": 7},
        "reaction over, today 12:00",
    ),
    (
        events.FAULT,
        {"file": 2, "error": 15, "line": 120},
        "the firmware failed and started anew: ValueError in rollcase/app.py, line 120",
    ),
    (
        events.BATTERY_LOW,
        {"millivolts": 3240},
        "the battery is nearly empty: 3.24 V",
    ),
    (events.LID, {"what": 1}, "lid opened"),
    (events.LID, {"what": 2}, "lid closed"),
    (events.LID, {"what": 3}, "the roller was out, and not used"),
]


class TestSentences:
    def test_every_kind_has_one(self) -> None:
        assert {kind for kind, _, _ in SENTENCES} == set(KINDS)

    @pytest.mark.parametrize(("kind", "data", "told"), SENTENCES, ids=[s[2] for s in SENTENCES])
    def test_it_says_what_happened(
        self, zone: Zone, kind: int, data: dict[str, int], told: str
    ) -> None:
        zone("UTC")
        event = Event(kind, data, time=NOON - CASE_EPOCH)
        assert event_sentence(event, NOON) == told

    @given(event=any_event())
    def test_every_record_that_can_be_has_one_line(self, event: Event) -> None:
        told = event_sentence(event, NOON)
        assert told
        assert told.isprintable()

    @given(event=any_event())
    def test_every_record_that_can_be_has_its_fields(self, event: Event) -> None:
        assert list(event_fields(event)) == [field.name for field in KINDS[event.kind].fields]
