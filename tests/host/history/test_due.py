"""What a person is to be reminded of: when, by which key, and what makes an occasion void."""

import time
from collections.abc import Callable
from datetime import datetime

import pytest
from tests.host.ten_years import BORN, DAY, HOUR, MINUTE, ORIGINAL, Life, with_zones
from tests.host.time_zones import BERLIN, Zone

from rollcore import events, policy
from rollhost.database import diary
from rollhost.database.archive import Archive, Person
from rollhost.database.diary import ME, Entry
from rollhost.history import history
from rollhost.history.due import (
    AHEAD_S,
    ALCOHOL,
    CHECK,
    CLEAN,
    CLEAN_S,
    HEAD,
    KINDS,
    LOOK,
    OLD_SYNC,
    OLD_SYNC_S,
    PLAN,
    RESTED,
    STALE_S,
    WORN_OUT,
    Due,
    due,
    what_of,
)

TWO = with_zones(ORIGINAL, "face", "neck")

ANN = Person(7, "Ann")


def occasions(life: Life, what: str = "", person: int = ME) -> list[Due]:
    """Bring the log home; return what the person is to be reminded of, of one kind or all."""
    life.sync()
    past = history.read(life._archive).of(person)
    return [occasion for occasion in due(past, person, life.unix) if what in ("", occasion.what)]


def used(archive: Archive, **more: object) -> Life:
    """Return a life with a use, after which the roller was cleaned in time."""
    life = Life(archive, name="bathroom", **more)  # type: ignore[arg-type]
    life.use()
    life.clean()
    return life


def retire(life: Life) -> None:
    """Use the case no more."""
    life.retire()


def lend(life: Life) -> None:
    """Give the case to somebody else."""
    life.lend(ANN)


def keys(found: list[Due]) -> set[str]:
    """Return the keys of occasions."""
    return {occasion.key for occasion in found}


class TestRested:
    def test_rest_is_due_at_its_end_and_names_its_case(self, archive: Archive) -> None:
        life = used(archive)
        (rest,) = occasions(life, RESTED)
        assert rest.at == life.lived.uses[0] + life.rules.rest_s
        assert (rest.case, rest.zone, rest.stale_at) == ("bathroom", None, rest.at + STALE_S)

    def test_case_that_was_never_used_has_nothing_to_rest_from(self, archive: Archive) -> None:
        assert occasions(Life(archive), RESTED) == []

    def test_zones_that_rest_until_about_the_same_time_are_due_together(
        self, archive: Archive
    ) -> None:
        life = used(archive, rules=TWO)
        life.use(1)
        face, neck = occasions(life, RESTED)
        assert (face.zone, neck.zone) in (("face", "neck"), ("neck", "face"))
        assert face.at == neck.at == life.lived.uses[1] + life.rules.rest_s
        assert face.key != neck.key

    def test_zones_that_rest_until_different_days_are_due_apart(self, archive: Archive) -> None:
        life = used(archive, rules=TWO)
        life.wait(2 * DAY)
        life.use(1)
        assert [occasion.at for occasion in occasions(life, RESTED)] == [
            ended + life.rules.rest_s for ended in life.lived.uses
        ]

    def test_new_use_makes_another_occasion_of_the_rest(self, archive: Archive) -> None:
        life = used(archive)
        before = keys(occasions(life, RESTED))
        life.wait(8 * DAY)
        assert keys(occasions(life, RESTED)) == before
        life.use()
        assert not keys(occasions(life, RESTED)) & before

    def test_longer_rest_of_the_same_use_is_another_occasion(self, archive: Archive) -> None:
        life = used(archive)
        before = keys(occasions(life, RESTED))
        life.set_rules(policy.for_needle(500).changed(revision=2))
        assert not keys(occasions(life, RESTED)) & before

    def test_hold_until_a_day_puts_the_reminder_off_and_one_without_end_drops_it(
        self, archive: Archive
    ) -> None:
        life = used(archive)
        until = life.unix + 20 * DAY
        life.write_down(diary.HOLD, reason=events.SUNBURN, until=until)
        assert [occasion.at for occasion in occasions(life, RESTED)] == [until]
        life.wait(21 * DAY)
        assert [occasion.at for occasion in occasions(life, RESTED)] == [until]
        life.write_down(diary.HOLD, reason=events.SUNBURN, until=0)
        assert occasions(life, RESTED) == []

    def test_open_reaction_drops_rest_and_plan(self, archive: Archive) -> None:
        life = used(archive)
        life.write_down(diary.PLAN, sessions=4)
        assert {RESTED, PLAN} <= {occasion.what for occasion in occasions(life)}
        life.write_down(diary.REACTION, "face", text="red", signs=[])
        assert not {RESTED, PLAN} & {occasion.what for occasion in occasions(life)}

    @pytest.mark.parametrize("becomes", [retire, lend])
    def test_case_that_is_retired_or_lent_leaves_only_that_the_skin_has_rested(
        self, archive: Archive, becomes: Callable[[Life], None]
    ) -> None:
        life = used(archive)
        before = occasions(life, RESTED)
        assert before
        becomes(life)
        assert {occasion.what for occasion in occasions(life)} <= {CHECK, RESTED}
        assert occasions(life, RESTED) == [rest._replace(case="") for rest in before]

    def test_skin_of_who_lends_rests_from_what_was_written_down_since(
        self, archive: Archive
    ) -> None:
        life = used(archive)
        lend(life)
        life.wait(DAY)
        until = life.unix + 60 * DAY
        life.write_down(diary.HOLD, reason=events.SUNBURN, until=until)
        assert [occasion.at for occasion in occasions(life, RESTED)] == [until]
        life.write_down(diary.HOLD, reason=events.SUNBURN, until=0)
        assert occasions(life, RESTED) == []

    def test_who_lends_one_of_two_cases_is_told_of_the_other(self, archive: Archive) -> None:
        life = used(archive)
        other = Life(archive, born=life.unix, device="5c20", name="bedroom", seed=2)
        other.sync()
        lend(life)
        (rest,) = occasions(life, RESTED)
        assert (rest.case, rest.at) == ("bedroom", life.lived.uses[0] + life.rules.rest_s)

    def test_plan_of_who_has_lent_the_case_waits_for_the_skin(self, archive: Archive) -> None:
        life = used(archive)
        life.write_down(diary.PLAN, sessions=4)
        before = occasions(life, PLAN)
        assert before
        lend(life)
        assert occasions(life, PLAN) == before

    def test_case_of_nobody_reminds_nobody(self, archive: Archive) -> None:
        life = used(archive)
        with archive.transaction():
            archive.keep_person(Person(7, "Ann"))
            archive._db.execute("UPDATE logs SET person = NULL")
        for person in (ME, 7):
            assert occasions(life, person=person) == []

    def test_another_person_is_not_reminded_of_mine(self, archive: Archive) -> None:
        life = used(archive)
        with archive.transaction():
            archive.keep_person(Person(7, "Ann"))
        assert occasions(life, person=7) == []


class TestClean:
    def test_dirty_roller_is_named_five_times_and_then_no_more(self, archive: Archive) -> None:
        life = Life(archive)
        life.use()
        found = occasions(life, CLEAN)
        assert [occasion.at - life.unix for occasion in found] == list(CLEAN_S)
        assert CLEAN_S == (30 * MINUTE, 3 * HOUR, DAY, 2 * DAY, 3 * DAY)
        assert len(keys(found)) == len(CLEAN_S)

    def test_clean_roller_is_not_named(self, archive: Archive) -> None:
        assert occasions(used(archive), CLEAN) == []

    def test_roller_of_rules_without_that_soak_is_not_named(self, archive: Archive) -> None:
        life = Life(archive, rules=ORIGINAL.changed(revision=2, soak_after_min=0))
        life.use()
        assert occasions(life, CLEAN) == []

    def test_head_that_is_out_is_not_to_be_cleaned(self, archive: Archive) -> None:
        life = Life(archive)
        life.use()
        life._write(events.HEAD_OUT, {"uses": 1, "reason": events.HEAD_DROPPED, "token": 5})
        assert {CLEAN, HEAD, WORN_OUT}.isdisjoint(occasion.what for occasion in occasions(life))


class TestOthers:
    def test_looks_come_one_and_three_days_after_the_session_until_somebody_has_looked(
        self, archive: Archive
    ) -> None:
        life = used(archive)
        token = life.write_down(diary.REACTION, "face", text="red", signs=[]).token
        found = occasions(life, LOOK)
        assert [occasion.at - life.lived.uses[0] for occasion in found] == [DAY, 3 * DAY]
        life.wait(2 * DAY)
        life.write_down(diary.FOLLOW_UP, "face", reaction=token, text="less", signs=[])
        assert keys(occasions(life, LOOK)) == {found[1].key}
        life.write_down(diary.REACTION_OVER, "face", reaction=token, text="")
        assert occasions(life, LOOK) == []

    def test_head_is_named_a_week_before_its_last_day_and_on_it(self, archive: Archive) -> None:
        life = used(archive)
        near, worn = [occasion for occasion in occasions(life) if occasion.what in (HEAD, WORN_OUT)]
        assert (near.what, worn.what, worn.at - near.at) == (HEAD, WORN_OUT, AHEAD_S)
        assert worn.at == life.lived.uses[0] + life.rules.head_s

    def test_head_is_named_once_its_uses_are_near_their_end(self, archive: Archive) -> None:
        life = Life(archive, rules=ORIGINAL.changed(revision=2, head_uses=3, head_warn_uses=2))
        for _ in range(3):
            life.use()
            life.clean()
            life.wait(8 * DAY)
            seen = {occasion.what: occasion.at for occasion in occasions(life)}
        # After the third use it was worn out; the week before its last day is long after that.
        assert seen[WORN_OUT] == life.lived.uses[2]
        assert HEAD not in seen

    def test_alcohol_is_named_a_week_before_it_is_half_a_year_old(self, archive: Archive) -> None:
        life = Life(archive)
        life.write_down(diary.ALCOHOL, text="70 %")
        (bottle,) = occasions(life, ALCOHOL)
        assert (bottle.ends - bottle.at, bottle.ends > life.unix + 170 * DAY) == (AHEAD_S, True)

    @pytest.mark.parametrize("offset", [-2, -1, 0, 1])
    def test_plan_is_named_at_six_in_the_evening_before_also_as_clocks_change(
        self, archive: Archive, zone: Zone, offset: int
    ) -> None:
        zone(BERLIN)  # summer time begins on 28 March 2027, at 02:00, a week after the use
        began = int(datetime(2027, 3, 22 + offset, 12).timestamp())
        life = Life(archive, born=began)
        life.write_down(diary.PLAN, sessions=3)
        assert occasions(life, PLAN) == []  # it is for today, and was planned today
        life.use()
        (planned,) = occasions(life, PLAN)
        then = datetime.fromtimestamp(planned.at)
        assert (then.hour, then.minute) == (18, 0)
        day = datetime.fromisoformat(planned.day or "")
        assert (day.date() - then.date()).days == 1
        assert time.localtime(planned.stale_at).tm_hour in (0, 6)

    def test_first_session_of_a_plan_that_begins_later_is_named_the_evening_before(
        self, archive: Archive
    ) -> None:
        life = Life(archive)
        begins = Entry(diary.PLAN, BORN + 10 * DAY, data={"sessions": 3}, token=9, written_at=BORN)
        with archive.transaction():
            archive.diary.keep(begins)
        (planned,) = occasions(life, PLAN)
        then = datetime.fromtimestamp(planned.at)
        assert (then.hour, begins.at - planned.at) == (18, 15 * HOUR)

    def test_check_is_named_a_year_after_its_last_answer(self, archive: Archive) -> None:
        life = Life(archive)
        assert {occasion.at - BORN for occasion in occasions(life, CHECK)} == {365 * DAY}
        life.wait(100 * DAY)
        life.write_down(diary.CHECK, reasons=[], text="")
        assert {occasion.at - BORN for occasion in occasions(life, CHECK)} == {465 * DAY}
        life.wait(366 * DAY)
        assert [occasion.at - BORN for occasion in occasions(life, CHECK)] == [465 * DAY, 830 * DAY]

    def test_old_sync_is_named_once_until_the_next_one(self, archive: Archive) -> None:
        life = Life(archive)
        (old,) = occasions(life, OLD_SYNC)
        assert old.at == life.unix + OLD_SYNC_S
        life.wait(DAY)
        assert keys(occasions(life, OLD_SYNC)).isdisjoint({old.key})

    def test_keys_begin_with_what_they_are_about_and_name_no_zone(self, archive: Archive) -> None:
        life = used(archive, rules=TWO)
        life.write_down(diary.PLAN, "neck", sessions=3)
        life.write_down(diary.ALCOHOL, text="70 %")
        found = occasions(life)
        assert (
            {what_of(occasion.key) for occasion in found}
            == {occasion.what for occasion in found}
            <= set(KINDS)
        )
        assert not [
            occasion.key for occasion in found if "face" in occasion.key or "neck" in occasion.key
        ]
