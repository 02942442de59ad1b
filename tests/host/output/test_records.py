"""What is said of a record: a sentence, its fields, and its stamp."""

import pytest
from hypothesis import given
from tests.firmware.logs import any_event, boot_data
from tests.host.time_zones import Zone, unix

from rollcore import events
from rollcore.events import CASE_EPOCH, KINDS, Event
from rollhost.history.timeline import Placed
from rollhost.output.records import event_fields, event_sentence, stamp

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

    def test_exact_stamp_is_given_to_the_minute(self) -> None:
        assert stamp_between(NOON, NOON) == "2026-11-20 12:00"

    def test_stamp_between_bounds_shows_the_bounds(self) -> None:
        assert stamp_between(NOON - 7200, NOON + 7200) == "2026-11-20 12:00 ±2 hours"

    def test_stamp_without_an_upper_bound_is_shown_as_after(self) -> None:
        assert stamp_between(NOON, None) == "after 2026-11-20 12:00"

    def test_stamp_of_a_clock_that_was_never_set_is_shown_as_before(self) -> None:
        assert stamp_between(CASE_EPOCH + 30, NOON, time=30) == "before 2026-11-20 12:00"

    def test_shown_bounds_are_never_narrower_than_the_real_ones(self) -> None:
        assert stamp_between(NOON - 216_000, NOON + 216_000) == "2026-11-20 12:00 ±3 days"

    def test_wrong_clock_does_not_hide_a_known_time(self) -> None:
        assert stamp_between(NOON, None, time=30) == "after 2026-11-20 12:00"
        assert stamp_between(NOON - 3600, NOON + 3600, time=30) == "2026-11-20 12:00 ±60 minutes"

    def test_clock_that_was_ahead_does_not_make_a_time_exact(self) -> None:
        assert stamp_between(CASE_EPOCH + 30, NOON) == "before 2026-11-20 12:00"

    def test_stamp_without_bounds_has_no_time(self) -> None:
        assert stamp_between(CASE_EPOCH + 30, None, time=30) == "clock not set"


SENTENCES: list[tuple[int, dict[str, int], str]] = [
    (events.BOOT, boot_data(), "the case started (power)"),
    (
        events.BOOT,
        boot_data(cause=2, torn=31),
        "the case started (watchdog); 31 half-written records left out",
    ),
    (
        events.BOOT,
        boot_data(torn=32),
        "the case started (power); 32 bytes of broken records left out",
    ),
    (
        events.CLOCK_SET,
        {"old": 50, "source": 1, "forced": 0, "sure": 0},
        "clock set for the first time, by the host",
    ),
    (
        events.CLOCK_SET,
        {"old": 50, "source": 2, "forced": 0, "sure": 3},
        "clock set for the first time, by the rtc (which a sure one had set)",
    ),
    (
        events.CLOCK_SET,
        {"old": NOON - CASE_EPOCH - 7200, "source": 1, "forced": 0, "sure": 1},
        "clock set forward by 2 hours, by the host (whose system keeps it right)",
    ),
    (
        events.CLOCK_SET,
        {"old": NOON - CASE_EPOCH - 7200, "source": 2, "forced": 0, "sure": 0},
        "clock set forward by 2 hours, by the rtc",
    ),
    (
        events.CLOCK_SET,
        {"old": NOON - CASE_EPOCH + 180, "source": 1, "forced": 1, "sure": 0},
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
    (
        events.REFUSED,
        {"gesture": 2, "reason": 7, "until": 0, "digest": 0},
        "a use was refused: the head is out",
    ),
    (
        events.REFUSED,
        {"gesture": 3, "reason": 8, "until": 0, "digest": 0},
        "a use was refused: a clinician should look at the skin first",
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
    (
        events.BOOT,
        {"cause": 1, "torn": 1, "corrected": 1, "lost": 2, "skipped": 3},
        "the case started (power); 1 half-written record left out; flipped bits put right in"
        " 1 place; 2 records lost to damage; 3 damaged blank slots passed over",
    ),
    (
        events.HOLD_SET,
        {"reason": 10, "until": 0, "token": 0},
        "put on hold: blood thinner or bleeding disorder",
    ),
    (events.HOLD_SET, {"reason": 200, "until": 0, "token": 0}, "put on hold: another reason"),
    (
        events.CARRIED,
        {"what": 1, "at": NOON - CASE_EPOCH - 86400, "needle_um": 1000, "origin": 7},
        "carried over: a use, yesterday 12:00, 1 mm",
    ),
    (
        events.CARRIED,
        {"what": 2, "at": NOON - CASE_EPOCH, "needle_um": 0, "origin": 7},
        "carried over: a session at a clinic, today 12:00",
    ),
    (
        events.CORRECTED,
        {"token": 7, "field": 1, "value": NOON - CASE_EPOCH, "extra": 0},
        "set by the host: the end of the last use was today 12:00",
    ),
    (
        events.CORRECTED,
        {"token": 7, "field": 25, "value": 0xFFFFFFFF, "extra": 0},
        "set by the host: the end of the last session before that: none",
    ),
    (
        events.CORRECTED,
        {"token": 7, "field": 26, "value": 1, "extra": 0},
        "set by the host: something that a newer version knows",
    ),
    (
        events.CORRECTED,
        {"token": 7, "field": 64, "value": 0, "extra": 0},
        "set by the host: hold released",
    ),
    (
        events.CORRECTED,
        {"token": 7, "field": 64, "value": 0, "extra": 5},
        "set by the host: on hold (sunburn)",
    ),
    (
        events.CORRECTED,
        {"token": 7, "field": 65, "value": 4, "extra": 0},
        "set by the host: the head has seen 4 uses",
    ),
    (
        events.CORRECTED,
        {"token": 7, "field": 66, "value": 500, "extra": 2},
        "set by the host: the needle of the last use was 0.5 mm",
    ),
    (
        events.CORRECTED,
        {"token": 7, "field": 67, "value": 1, "extra": 0},
        "set by the host: 1 reaction open",
    ),
    (
        events.CORRECTED,
        {"token": 7, "field": 65, "value": 4, "extra": 6},
        "set by the host: the head has seen 4 uses, and is out",
    ),
    *(
        (
            events.CORRECTED,
            {"token": 7, "field": 68, "value": reaction, "extra": extra},
            f"set by the host: {words}",
        )
        for reaction, extra, words in (
            (9, 5, "a sign that a clinician should see"),
            (9, 7, "a clinician has seen the sign"),
            (0, 0, "no sign that a clinician should see"),
        )
    ),
    (
        events.CLOCK_HEARD,
        {"heard": NOON - CASE_EPOCH, "source": 1, "why": 1},
        "the host said that it is today 12:00; not taken: a sure clock had said a later time",
    ),
    (
        events.REACTION_OPENED,
        {"at": NOON - CASE_EPOCH, "token": 7, "red": 0},
        "a reaction of the skin, today 12:00",
    ),
    (
        events.REACTION_OPENED,
        {"at": NOON - CASE_EPOCH, "token": 7, "red": 1},
        "a reaction of the skin, today 12:00, with a sign that a clinician should see",
    ),
    (
        events.REACTION_CLOSED,
        {"at": NOON - CASE_EPOCH, "token": 8, "opened": 7},
        "reaction over, today 12:00",
    ),
    (
        events.REACTION_RED,
        {"at": NOON - CASE_EPOCH, "token": 8, "opened": 7},
        "a sign that a clinician should see, today 12:00",
    ),
    (
        events.CLINICIAN_SAW,
        {"at": NOON - CASE_EPOCH, "token": 8, "opened": 7},
        "a clinician has seen the reaction, today 12:00",
    ),
    (
        events.CLINICIAN_SAW,
        {"at": NOON - CASE_EPOCH, "token": 8, "opened": 0},
        "a clinician has seen all reactions, today 12:00",
    ),
    (
        events.HEAD_OUT,
        {"reason": 2, "uses": 3, "token": 7},
        "the head is out: bent; it saw 3 uses",
    ),
    (
        events.OVERRIDE_ASKED,
        {"until": NOON - CASE_EPOCH + 86400, "digest": 1},
        "a use was asked for, against the rest until tomorrow 12:00",
    ),
]


class TestSentences:
    def test_every_kind_of_record_has_a_tested_sentence(self) -> None:
        assert {kind for kind, _, _ in SENTENCES} == set(KINDS)

    @pytest.mark.parametrize(
        ("kind", "data", "told"), SENTENCES, ids=[f"{KINDS[s[0]].name}, {s[2]}" for s in SENTENCES]
    )
    def test_sentence_says_what_happened(
        self, zone: Zone, kind: int, data: dict[str, int], told: str
    ) -> None:
        zone("UTC")
        event = Event(kind, data, time=NOON - CASE_EPOCH)
        assert event_sentence(event, NOON) == told

    def test_sentence_of_what_all_zones_rest_for_says_so(self, zone: Zone) -> None:
        zone("UTC")
        data = {"what": 1, "at": NOON - CASE_EPOCH, "needle_um": 500, "origin": 7}
        event = Event(events.CARRIED, data, zone=events.ALL_ZONES, time=NOON - CASE_EPOCH)
        assert event_sentence(event, NOON) == "carried over: a use, today 12:00, 0.5 mm, all zones"

    @given(event=any_event())
    def test_sentence_of_any_record_is_one_line(self, event: Event) -> None:
        told = event_sentence(event, NOON)
        assert told
        assert told.isprintable()

    @given(event=any_event())
    def test_any_record_has_its_fields(self, event: Event) -> None:
        assert list(event_fields(event)) == [field.name for field in KINDS[event.kind].fields]
