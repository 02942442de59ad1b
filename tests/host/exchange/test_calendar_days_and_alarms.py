"""Which events of a calendar are days, which have an alarm, and when it rings."""

import time
from datetime import date, timedelta

import pytest
from tests.host.ten_years import DAY, HOUR, ORIGINAL, Life, with_zones
from tests.host.time_zones import KIRITIMATI, PAGO_PAGO

from rollcore import events
from rollhost.database import diary
from rollhost.database.archive import Archive, Person
from rollhost.database.calendar_memory import CalendarEvent
from rollhost.database.diary import ME, Entry
from rollhost.exchange import export_calendar
from rollhost.exchange.calendar_revisions import revise
from rollhost.exchange.export_calendar import of_days
from rollhost.history import due, history
from rollhost.history.due import HEAD, LOOK, PLAN, RESTED

TWO = with_zones(ORIGINAL, "face", "neck")


def used(archive: Archive, **more: object) -> Life:
    """Return a life with a use, after which the roller was cleaned in time."""
    life = Life(archive, name="bathroom", **more)  # type: ignore[arg-type]
    life.use()
    life.clean()
    return life


def planned(life: Life) -> dict[str, CalendarEvent]:
    """Bring the log home; return what a calendar should show, by title."""
    life.sync()
    found = export_calendar.planned(history.read(life._archive).of(ME), life.unix)
    assert len({event.title for event in found}) == len(found)
    return {event.title: event for event in found}


def rings_at(event: CalendarEvent) -> int:
    """Return when (Unix s) the alarm of an event rings; of a day, where that is UTC."""
    assert event.alarm_s is not None
    start = event.start + (export_calendar.FIRST_ZONE_S if event.first_day else 0)
    return start + event.alarm_s


def day_of(unix: int) -> str:
    """Return the day (ISO 8601) of a moment, in UTC."""
    return (date(1970, 1, 1) + timedelta(seconds=unix)).isoformat()


def occasions(life: Life, what: str) -> list[due.Due]:
    """Return what ``host remind`` says of one kind."""
    past = history.read(life._archive).of(ME)
    return [found for found in due.due(past, ME, life.unix) if found.what == what]


class TestAlarms:
    def test_alarms_are_on_events_that_deserve_one_and_on_no_others(self, archive: Archive) -> None:
        life = used(archive)
        life.write_down(diary.ALCOHOL, text="")
        life.write_down(diary.PLAN, "face", sessions=4)
        life.write_down(diary.PRODUCT, "face", product="retinol", text="")
        found = planned(life)
        assert {title for title, event in found.items() if event.alarm_s is not None} == {
            "Face: the next use is possible",
            "Replace the roller's head",
            "Planned: session 1 of 4, face",
            "Check: is redness or soreness gone?, face",
            "Open a new bottle of alcohol",
            "Once a year: the reasons against rolling",
        }
        assert any(title.startswith("Aftercare: ") for title in found)

    def test_alarms_ring_when_host_remind_would_remind(self, archive: Archive) -> None:
        life = used(archive)
        life.wait(2 * HOUR)
        life.write_down(diary.ALCOHOL, text="")
        found = planned(life)
        for title, what in (
            ("Face: the next use is possible", RESTED),
            ("Replace the roller's head", HEAD),
            ("Open a new bottle of alcohol", due.ALCOHOL),
        ):
            (occasion,) = occasions(life, what)
            assert rings_at(found[title]) == occasion.at

    def test_zones_of_one_evening_ring_once_when_the_last_has_rested(
        self, archive: Archive
    ) -> None:
        life = used(archive, rules=TWO)
        life.use(1)
        found = planned(life)
        assert found["Face: the next use is possible"].alarm_s is None
        assert found["Neck: the next use is possible"].alarm_s == 0
        assert found["Check: is redness or soreness gone?, face"].alarm_s is None
        assert found["Check: is redness or soreness gone?, neck"].alarm_s == 0

    def test_zones_that_have_rested_at_one_moment_ring_once(self, archive: Archive) -> None:
        life = used(archive, rules=TWO)
        life.use(1)
        life.write_down(diary.HOLD, reason=events.SUNBURN, until=life.unix + 20 * DAY)
        found = planned(life)
        uses = [event for title, event in found.items() if "next use" in title]
        assert len(uses) == 2
        assert [event.alarm_s for event in uses] == [0, None]

    def test_hold_without_an_end_leaves_no_alarm_and_no_plan(self, archive: Archive) -> None:
        life = used(archive)
        life.write_down(diary.PLAN, "face", sessions=4)
        life.write_down(diary.HOLD, reason=events.SUNBURN, until=0)
        found = planned(life)
        use = found["Face: the next use is possible"]
        assert (use.cancelled, use.alarm_s) == (True, None)
        assert not any(title.startswith("Planned") for title in found)

    def test_head_that_is_out_rings_no_more(self, archive: Archive) -> None:
        life = used(archive)
        with archive.transaction():
            data: dict[str, object] = {"reason": events.HEAD_DROPPED, "text": ""}
            entry = Entry(diary.HEAD_OUT, life.unix, None, life.case_id, data, 99, life.unix)
            archive.diary.keep(entry)
        assert planned(life)["Replace the roller's head"].alarm_s is None

    @pytest.mark.parametrize("is_lent", [False, True])
    def test_case_that_is_retired_or_lent_leaves_when_the_skin_has_rested(
        self, archive: Archive, is_lent: bool
    ) -> None:
        life = used(archive)
        before = planned(life)["Face: the next use is possible"]
        if is_lent:
            life.lend(Person(7, "Ann"))
        else:
            life.retire()
        found = planned(life)
        assert found["Face: rested"] == before._replace(
            title="Face: rested", text="By the rules you chose."
        )
        assert before.alarm_s == 0
        assert not any("next use" in title or "head" in title for title in found)

    def test_skin_of_who_has_retired_two_cases_has_rested_once(self, archive: Archive) -> None:
        first = used(archive)
        first.retire()
        second = Life(archive, born=first.unix, device="5c20", seed=2)
        second.use()
        second.clean()
        second.sync()
        with archive.transaction():
            entry = Entry(diary.RETIRED, first.unix, None, second.case_id, {"by": None}, 98)
            archive.diary.keep(entry)
        face = planned(second)["Face: rested"]
        (rest,) = occasions(second, RESTED)
        assert (face.start, face.alarm_s) == (rest.at, 0)

    def test_events_of_a_case_that_was_replaced_are_cancelled(self, archive: Archive) -> None:
        life = used(archive)
        before = [*planned(life).values()]
        with archive.transaction():
            archive.keep_case("5c20", "pico", "0.1.0")
            data: dict[str, object] = {"by": "5c20"}
            entry = Entry(diary.RETIRED, life.unix, None, life.case_id, data, 99, life.unix)
            archive.diary.keep(entry)
        after = [*planned(life).values()]
        cancelled = [e.title for e in revise(after, before, 0, life.unix).written if e.cancelled]
        assert sorted(cancelled) == ["Face: the next use is possible", "Replace the roller's head"]

    def test_look_at_a_reaction_is_an_event_until_somebody_has_looked(
        self, archive: Archive
    ) -> None:
        life = used(archive)
        life.wait(HOUR)
        token = life.write_down(diary.REACTION, "face", text="", signs=[]).token
        life.sync()
        found = export_calendar.planned(history.read(archive).of(ME), life.unix)
        looks = [
            event for event in found if event.title == "Look at your skin: is it better? (face)"
        ]
        assert [rings_at(look) for look in looks] == [found.at for found in occasions(life, LOOK)]
        assert len(looks) == 2
        assert not any("redness" in event.title for event in found)  # said already
        life.wait(30 * HOUR)
        life.write_down(diary.FOLLOW_UP, "face", reaction=token, text="", signs=[])
        assert [event.uid for event in planned(life).values() if "Look at" in event.title] == [
            looks[1].uid
        ]

    def test_alarm_that_is_over_is_given_to_no_event_and_taken_from_none(self) -> None:
        event = CalendarEvent("a", 1000, 4600, False, "A", "b", alarm_s=0)
        given = revise([event], [], 0, 900).remembered
        assert given[0].alarm_s == 0
        assert revise([event], given, 0, 2000).written == given
        assert revise([event], [], 0, 2000).written[0].alarm_s is None
        moved = event._replace(start=1100)
        assert revise([moved], given, 0, 2000).written[0].alarm_s is None
        day = of_days(event._replace(alarm_s=0), date(2026, 12, 1), date(2026, 12, 1))
        assert revise([day], [], 0, day.end - 1).written[0].alarm_s == 0
        assert revise([day], [], 0, day.end).written[0].alarm_s is None

    def test_event_of_an_older_database_gets_its_alarm_with_a_higher_number(self) -> None:
        old = CalendarEvent("a", 1000, 4600, False, "A", "b", 7, 500)
        (written,) = revise(
            [old._replace(alarm_s=0, sequence=0, modified_at=0)], [old], 0, 900
        ).written
        assert (written.alarm_s, written.sequence > 7) == (0, True)

    def test_event_that_is_gone_has_no_alarm(self) -> None:
        given = [CalendarEvent("a", 1000, 4600, False, "A", "b", 7, 500, alarm_s=0)]
        (gone,) = revise([], given, 0, 900).written
        assert (gone.cancelled, gone.alarm_s) == (True, None)


class TestDays:
    def test_planned_session_is_a_day_and_rings_the_evening_before(self, archive: Archive) -> None:
        life = used(archive)
        life.write_down(diary.PLAN, "face", sessions=4)
        life.sync()
        (occasion,) = occasions(life, PLAN)
        event = planned(life)["Planned: session 1 of 4, face"]
        assert event.first_day == event.last_day == occasion.day == day_of(occasion.ends)
        assert rings_at(event) == occasion.at  # the tests' zone is UTC

    def test_plan_of_this_evening_rings_not(self, archive: Archive) -> None:
        life = Life(archive)
        life.write_down(diary.PLAN, sessions=4, day=day_of(life.unix))
        assert planned(life)["Planned: session 1 of 4"].alarm_s is None

    def test_session_that_was_done_moves_the_event_of_its_plan(self, archive: Archive) -> None:
        life = Life(archive, name="bathroom")
        life.set_rules(with_zones(ORIGINAL, "face"))
        life.write_down(diary.PLAN, "face", sessions=2)
        first = planned(life)["Planned: session 1 of 2, face"]
        life.clinic(1500)
        second = planned(life)["Planned: session 2 of 2, face"]
        assert (first.uid, first.start < second.start) == (second.uid, True)
        life.wait(40 * DAY)
        life.clinic(1500)
        assert planned(life)["Planned: the yearly session, face"].uid == first.uid

    def test_plan_that_was_undone_is_gone(self, archive: Archive) -> None:
        life = used(archive)
        entry = life.write_down(diary.PLAN, "face", sessions=4)
        before = [*planned(life).values()]
        with archive.transaction():
            archive.diary.undo(entry, life.unix)
        after = planned(life)
        assert not any(title.startswith("Planned") for title in after)
        cancelled = [
            e.title for e in revise([*after.values()], before, 0, life.unix).written if e.cancelled
        ]
        assert cancelled == ["Planned: session 1 of 4, face"]

    def test_yearly_check_is_one_day_that_moves_once_it_was_answered(
        self, archive: Archive
    ) -> None:
        life = used(archive)
        title = "Once a year: the reasons against rolling"
        first = planned(life)[title]
        assert first.alarm_s == 9 * HOUR
        life.wait(30 * DAY)
        entry = life.write_down(diary.CHECK, reasons=[], text="")
        second = planned(life)[title]
        assert second.uid == first.uid
        assert second.first_day == day_of(entry.at + 365 * DAY)
        life.wait(365 * DAY + HOUR)
        assert planned(life)[title] == second  # it is due now
        life.wait(2 * DAY)
        assert planned(life)[title].first_day == day_of(entry.at + 730 * DAY)

    def test_bottle_opened_on_a_day_is_old_on_a_day(self, archive: Archive) -> None:
        life = Life(archive)
        life.write_down(diary.ALCOHOL, text="", day="2027-01-03")
        event = planned(life)["Open a new bottle of alcohol"]
        assert (event.first_day, event.last_day) == ("2027-07-04", "2027-07-04")
        assert event.alarm_s == -7 * DAY + 9 * HOUR

    def test_head_put_in_on_a_day_is_worn_out_on_a_day(self, archive: Archive) -> None:
        life = Life(archive)
        data: dict[str, object] = {"text": "", "day": day_of(life.unix)}
        with archive.transaction():
            entry = Entry(diary.HEAD, life.unix, None, life.case_id, data, 99, life.unix)
            archive.diary.keep(entry)
        event = planned(life)["Replace the roller's head"]
        assert event.first_day == day_of(life.unix + life.rules.head_s)
        assert event.alarm_s == -7 * DAY + 9 * HOUR

    def test_aftercare_of_a_session_of_a_day_lasts_whole_days(self, archive: Archive) -> None:
        life = Life(archive)
        noon = life.unix - life.unix % DAY + 12 * HOUR
        life.wait(noon + HOUR - life.unix)
        with archive.transaction():
            data: dict[str, object] = {"needle_um": 1500, "text": "", "day": "2027-01-03"}
            archive.diary.keep(Entry(diary.CLINIC, noon, "face", None, data, 99, life.unix))
        found = planned(life)
        event = found["Aftercare: no make-up, no touching, face"]
        assert (event.first_day, event.last_day) == ("2027-01-03", "2027-01-05")
        check = found["Check: is redness or soreness gone?, face"]
        assert (check.first_day, check.alarm_s) == ("2027-01-06", 9 * HOUR)

    def test_product_noted_on_a_day_is_left_for_days(self, archive: Archive) -> None:
        life = Life(archive)
        life.write_down(diary.PRODUCT, "face", product="retinol", text="", day=day_of(life.unix))
        (event,) = [e for title, e in planned(life).items() if title.startswith("Better no")]
        assert (event.first_day, event.alarm_s) == (day_of(life.unix), None)

    def test_look_at_a_reaction_of_a_day_is_on_a_day(self, archive: Archive) -> None:
        life = Life(archive)
        life.write_down(diary.REACTION, "face", text="", signs=[], day=day_of(life.unix))
        found = export_calendar.planned(history.read(archive).of(ME), life.unix)
        looks = [event for event in found if "Look at" in event.title]
        assert [(look.first_day, look.alarm_s) for look in looks] == [
            (day_of(life.unix + days * DAY), 9 * HOUR) for days in (1, 3)
        ]

    @pytest.mark.parametrize("zone", [KIRITIMATI, PAGO_PAGO])
    def test_days_that_were_said_are_the_same_wherever_the_computer_is(
        self, archive: Archive, monkeypatch: pytest.MonkeyPatch, zone: str
    ) -> None:
        life = Life(archive)
        life.write_down(diary.ALCOHOL, text="", day="2027-01-03")
        life.write_down(diary.PLAN, sessions=3, day="2027-02-03")
        life.write_down(diary.CHECK, reasons=[], text="", day="2027-01-03")
        here = planned(life)
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        try:
            there = planned(life)
        finally:
            monkeypatch.setenv("TZ", "UTC")
            time.tzset()
        days = {title: event for title, event in here.items() if event.first_day}
        assert len(days) == 3
        for title, event in days.items():
            assert there[title].first_day == event.first_day
            assert (there[title].start, there[title].end) == (event.start, event.end)

    def test_day_is_over_when_it_is_over_everywhere(self) -> None:
        event = CalendarEvent("a", 0, 0, False, "A", "b")
        event = of_days(event, date(2026, 12, 1), date(2026, 12, 2))
        noon = 1_796_083_200 + 12 * HOUR  # 2026-12-01 12:00 UTC
        assert (event.start, event.end) == (noon - 26 * HOUR, noon + 48 * HOUR)
