"""What a report tells is so: each session, soak, refusal, head and photo once."""

import shutil
import sqlite3
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.host import ten_years as lives
from tests.host.conftest import Ten
from tests.host.lived_in import make_lived_in
from tests.host.report_pages import facts_of, write_down
from tests.host.ten_years import BORN, DAY, HOUR, Life

from rollcore import events
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.report import charts
from rollhost.report.facts import MOST_PHOTOS, Facts, evenly, tally
from rollhost.report.sections import days

pytestmark = pytest.mark.usefixtures("in_utc")


class TestFacts:
    def test_facts_have_every_use_once_and_no_other(self, ten: Ten, facts: Facts) -> None:
        ends = [row.session.ended for row in facts.uses if row.ended.known]
        assert len(facts.uses) == len(ten.lived.uses) == 399
        assert set(ends) <= set(ten.lived.uses)
        assert 0 < len(facts.uses) - len(ends) < 20  # those that lost their power

    def test_early_uses_are_those_started_early(self, ten: Ten, facts: Facts) -> None:
        assert ten.lived.early
        assert [row.session.ended for row in facts.uses if row.early] == ten.lived.early
        assert not any(row.unknowing for row in facts.uses)
        assert tally(facts.rows).early == len(ten.lived.early)

    def test_required_rest_was_kept_before_all_but_early_uses(self, facts: Facts) -> None:
        checked = 0
        for row in facts.uses:
            if row.rested_s is None or row.asked_s is None or not row.began.known:
                continue
            assert (row.rested_s < row.asked_s) == row.early, row
            checked += 1
        assert checked > 350

    def test_required_rest_follows_the_policy_of_that_day(self, facts: Facts) -> None:
        asked = {round((row.asked_s or 0) / DAY) for row in facts.uses if not row.short}
        assert {7, 28} <= asked
        longer = [row for row in facts.uses if row.session.needle_um == 500][1:]
        assert longer
        assert all((row.asked_s or 0) >= 28 * DAY for row in longer)

    def test_soaks_after_uses_are_those_that_were_completed(self, ten: Ten, facts: Facts) -> None:
        after = {
            row.session.ended: row.use.cleaned_after_s
            for row in facts.uses
            if row.use is not None and row.use.end is not None
        }
        lived = dict(zip(ten.lived.uses, ten.lived.cleaned_after, strict=True))
        assert after == {end: lived[end] for end in after}
        late = [row for row in facts.uses if row.use and row.use.cleaned_in_time is False]
        assert {row.session.ended for row in late if row.ended.known} <= set(ten.lived.late)
        assert tally(facts.rows).not_soaked == len(ten.lived.early)  # nobody soaks before those

    def test_refusal_that_became_a_use_or_new_head_is_not_counted(
        self, ten: Ten, facts: Facts
    ) -> None:
        counts: dict[int, int] = {}
        for refusal in facts.refusals:
            counts[refusal.reason] = counts.get(refusal.reason, 0) + 1
        assert counts == ten.lived.refused
        assert len(counts) == 4

    def test_heads_have_their_number_of_uses(self, ten: Ten, facts: Facts) -> None:
        (case,) = facts.cases
        assert [row.head.uses for row in case.heads] == ten.lived.heads
        assert not any(row.beyond_uses or row.beyond_days for row in case.heads)

    def test_facts_have_clinic_sessions_reactions_and_holds_once(
        self, ten: Ten, facts: Facts
    ) -> None:
        assert [row.session.ended for row in facts.clinics] == ten.lived.clinics
        assert [reaction.began.at for reaction in facts.reactions] == ten.lived.reactions
        assert [len(reaction.looks) for reaction in facts.reactions] == [2, 2]
        assert len(facts.holds) == ten.lived.holds
        assert all(hold.until == hold.planned for hold in facts.holds)

    def test_facts_reach_from_the_first_clock_setting_to_the_last_sync(
        self, ten: Ten, facts: Facts
    ) -> None:
        assert (facts.since, facts.until) == (BORN, ten.lived.until)

    def test_two_of_many_photos_are_compared(self, ten: Ten, facts: Facts) -> None:
        (zone,) = facts.photos
        assert zone.total == len(ten.lived.photos) > MOST_PHOTOS == len(zone.shown)
        assert [photo.large for photo in zone.shown] == [True, *[False] * 10, True]
        assert zone.shown[0].entry.at == ten.lived.photos[0]
        assert zone.shown[-1].entry.at == ten.lived.photos[-1]
        assert [zone.shown[0], zone.shown[-1]] == zone.pair
        last = max(end for end in ten.lived.uses if end <= ten.lived.photos[-1])
        assert zone.shown[-1].since_session_s == ten.lived.photos[-1] - last

    @given(count=st.integers(0, 300), most=st.integers(0, 40))
    def test_photos_chosen_from_many_are_spread_evenly(self, count: int, most: int) -> None:
        chosen = evenly(count, most)
        assert len(chosen) == min(count, most)
        assert chosen == sorted(set(chosen))
        if count and most:
            assert chosen[-1] == count - 1
        if count and most > 1:
            assert chosen[0] == 0
            steps = [after - before for before, after in pairwise(chosen)]
            assert max(steps, default=1) - min(steps, default=1) <= 1

    def test_entries_known_only_to_the_log_are_in_the_facts(
        self, ten: Ten, facts: Facts, home: Path
    ) -> None:
        shutil.copy(ten.path, home / "rollcase.db")
        with sqlite3.connect(home / "rollcase.db") as db:
            db.execute("DELETE FROM entries")
        db.close()
        with open_archive(home / "rollcase.db") as archive:
            without = facts_of(archive, ten.lived.until)
        assert [row.session.ended for row in without.clinics] == ten.lived.clinics
        assert without.holds == facts.holds
        assert [
            (reaction.began.at, reaction.over and reaction.over.at)
            for reaction in without.reactions
        ] == [
            (reaction.began.at, reaction.over and reaction.over.at) for reaction in facts.reactions
        ]
        assert [reaction.began.zone for reaction in without.reactions] == ["face", "face"]

    def test_use_too_soon_after_an_unsynced_clinic_session_counts_as_early(
        self, archive: Archive
    ) -> None:
        life = Life(archive)
        life.use()
        life.clean()
        write_down(archive, diary.CLINIC, life.unix + DAY, 5, needle_um=1500, text="")
        life.wait(8 * DAY)
        life.use()
        life.clean()
        life.sync()
        first, clinic, second = facts_of(archive, life.unix).rows
        assert (first.rested, first.asked_s, first.short) == (None, None, False)
        assert clinic.use is None
        assert second.unknowing
        assert not second.early
        assert second.asked_s == 28 * DAY
        assert second.rested_s == second.began.earliest - clinic.session.ended

    def test_early_use_without_a_zone_name_has_the_rest_that_the_case_knew(
        self, archive: Archive
    ) -> None:
        life = Life(archive, rules=lives.with_zones(lives.ORIGINAL, "face", "scalp"))
        for zone in (0, 1):
            life.use(zone)
            life.clean()
        life.wait(3 * DAY)
        life.use(early=True)
        life.sync()
        row = facts_of(archive, life.unix).rows[-1]
        assert row.use is not None
        assert (row.zone, row.asked_s) == (None, 7 * DAY)
        assert row.rested_s == 7 * DAY - row.use.early_s
        assert round(row.rested_s / DAY) == 3

    def test_case_that_lost_records_requires_more_rest_than_its_sessions(
        self, archive: Archive
    ) -> None:
        life = Life(archive)
        life.use()
        life.clean()
        life.wait(6 * DAY)
        life.start(0, torn=events.RECORD_SIZE)
        life.sync()
        life.clean()  # a use may have been among them
        life.wait(2 * DAY)
        life.use(early=True)
        life.sync()
        row = facts_of(archive, life.unix).rows[-1]
        assert row.use is not None
        assert round((row.rested_s or 0) / DAY) == 8
        assert row.asked_s == (row.rested_s or 0) + row.use.early_s
        assert round(row.use.early_s / DAY) == 5

    def test_longer_needle_requires_its_own_rest(self, facts: Facts) -> None:
        changes = [
            after for before, after in pairwise(facts.uses)
            if before.session.needle_um > after.session.needle_um
        ]  # fmt: skip
        assert changes
        assert all(round((row.asked_s or 0) / DAY) >= 28 for row in changes)

    def test_reaction_requires_its_own_rest(self, archive: Archive) -> None:
        life = Life(archive)
        life.use()
        life.clean()
        life.wait(DAY)
        life.reaction("face", 5, [], "red")
        over = life.unix
        life.wait(14 * DAY)
        life.use()
        life.sync()
        first, second = facts_of(archive, life.unix).rows
        assert second.asked_s == over + 14 * DAY - first.session.ended
        assert not second.short

    def test_clock_that_was_never_right_does_not_begin_the_report(self, archive: Archive) -> None:
        Life(archive, born=1_600_000_000).sync()  # in 2020, before the first case
        assert facts_of(archive, BORN).since is None

    def test_photos_of_many_zones_are_no_more_than_of_one(self, archive: Archive) -> None:
        Life(archive).sync()
        for zone in range(8):
            for number in range(3):
                at = BORN + zone * DAY + number
                data: dict[str, object] = {"path": "/nowhere", "sha256": "", "text": ""}
                with archive.transaction():
                    archive.diary.add(Entry(diary.PHOTO, at, f"zone{zone}", data=data), at)
        zones = facts_of(archive, BORN + 30 * DAY).photos
        assert [zone.zone for zone in zones] == [f"zone{number}" for number in reversed(range(8))]
        assert [len(zone.shown) for zone in zones] == [2] * 6 + [0] * 2
        assert sum(zone.total for zone in zones) == 24

    def test_photos_of_one_moment_are_in_the_order_of_writing(self, archive: Archive) -> None:
        Life(archive).sync()
        data: dict[str, object] = {"path": "/nowhere", "sha256": "", "text": ""}
        for written, token in enumerate((9, 1, 5)):
            photo = Entry(diary.PHOTO, BORN, "face", None, data, token, BORN + written)
            with archive.transaction():
                archive.diary.keep(photo)
        (zone,) = facts_of(archive, BORN + DAY).photos
        assert [photo.entry.token for photo in zone.shown] == [9, 1, 5]

    def test_hold_ends_when_it_is_released_replaced_or_over(self, archive: Archive) -> None:
        Life(archive).sync()
        day = [BORN + number * DAY for number in range(20)]
        written = [
            (day[1], events.SUNBURN, 0),  # replaced by the same reason
            (day[2], events.SUNBURN, day[9]),  # released
            (day[3], events.ACNE, 0),  # released, too
            (day[4], events.NO_HOLD, 0),
            (day[5], events.FLARE, day[6]),  # over by itself
            (day[8], events.OTHER, day[15]),
        ]
        for token, (at, reason, until) in enumerate(written, 1):
            write_down(archive, diary.HOLD, at, token, reason=reason, until=until)
        holds = facts_of(archive, day[10]).holds
        assert [(hold.reason, hold.since, hold.until, hold.planned) for hold in holds] == [
            (events.SUNBURN, day[1], day[2], None),
            (events.SUNBURN, day[2], day[4], day[9]),
            (events.ACNE, day[3], day[4], None),
            (events.FLARE, day[5], day[6], day[6]),
            (events.OTHER, day[8], None, day[15]),
        ]

    def test_use_with_time_bounds_has_a_rest_with_bounds(self, archive: Archive) -> None:
        lives.a_wiped_case(archive)
        facts = facts_of(archive, BORN + 200 * DAY)
        (loose,) = [row for row in facts.uses if row.ended.days > 1]
        assert loose.rested is not None
        least, most = loose.rested
        assert most - least == loose.ended.latest - loose.ended.earliest > DAY
        (day,) = [day for day in days.calendar_days(facts) if charts.LOOSE in day.marks]
        assert day.day == loose.ended.day
        assert "±" in day.says

    def test_chosen_case_is_shown_alone_with_all_entries_about_the_person(
        self, archive: Archive
    ) -> None:
        lives.a_wiped_case(archive)
        write_down(archive, diary.CLINIC, BORN + DAY, 5, needle_um=1500, text="")
        now = BORN + 200 * DAY
        every, travel = facts_of(archive, now), facts_of(archive, now, "travel")
        assert {row.zone for row in travel.uses} == {"scalp"}
        assert (len(travel.refusals), len(every.refusals)) == (0, 1)
        assert len(travel.clinics) == len(every.clinics) == 1
        assert (len(every.cases), every.others) == (2, 0)
        assert (len(travel.cases), travel.others) == (1, 1)
        old = every.cases[0]
        assert (old.case.name, old.logs) == ("old", 2)

    def test_missing_and_damaged_records_are_counted(self, home: Path) -> None:
        make_lived_in(home / "rollcase.db")
        with sqlite3.connect(home / "rollcase.db") as db:
            db.execute("DELETE FROM records WHERE seq = 3")
        db.close()
        with open_archive(home / "rollcase.db") as archive:
            (case,) = facts_of(archive, BORN).cases
        assert (case.missing, case.quarantined, case.logs) == (1, 1, 2)

    def test_head_used_too_often_is_marked(self, archive: Archive) -> None:
        life = Life(archive)
        for _ in range(3):
            life.use()
            life.clean()
            life.wait(8 * DAY)
        life.set_rules(life.rules.changed(head_warn_uses=1, head_uses=2, revision=2))
        life.sync()
        (head,) = facts_of(archive, life.unix).cases[0].heads
        assert (head.beyond_uses, head.beyond_days) == (True, False)

    def test_report_days_are_local(self, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
        life = Life(archive, born=BORN + 13 * HOUR)  # 22:00
        life.wait(HOUR)
        life.use()
        life.sync()
        (day,) = days.calendar_days(facts_of(archive, life.unix))
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        (later,) = days.calendar_days(facts_of(archive, life.unix))
        assert (later.day - day.day).days == 1

    def test_marks_of_one_day_stand_together(self, archive: Archive) -> None:
        rules = lives.with_zones(lives.ORIGINAL, "face", "scalp")
        life = Life(archive, rules=rules)
        life.use(0)
        life.clean()
        life.use(1)
        life.clean()
        write_down(archive, diary.REACTION, life.unix, 6, text="", signs=[])
        life.sync()
        (day,) = days.calendar_days(facts_of(archive, life.unix))
        assert day.marks == (charts.USES, charts.REACTION)
        assert day.says.endswith(": face; scalp; a reaction began, face")
