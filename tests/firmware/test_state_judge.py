"""`state.judge`: phases and their ends, lid, head and holds, and when something changes next."""

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from tests.firmware.states import (
    BOOT,
    BROKEN_OFF,
    CLOSED,
    DAY,
    MINUTE,
    NEW_HEAD,
    NOT_USED,
    OPENED,
    REST,
    RULES,
    SOAK_AFTER,
    SOAK_BEFORE,
    SOAKED_AFTER,
    SOAKED_BEFORE,
    USE,
    USED,
    after,
    any_standing,
    everything,
    hold,
    phase,
    with_zones,
)

from rollcore import events, state
from rollcore.memory import FOREVER, State
from rollcore.policy import Policy
from rollcore.rest import rested_at

# Time


def test_soak_before_use_is_good_once_dry_and_for_half_an_hour() -> None:
    soaked = after((0, SOAK_BEFORE), (600, SOAKED_BEFORE))
    assert phase(soaked, 1199) == state.DRYING
    assert phase(soaked, 1200) == state.READY
    assert phase(soaked, 1200 + 30 * MINUTE - 1) == state.READY
    assert phase(soaked, 1200 + 30 * MINUTE) == state.PREPARE


def test_soak_takes_ten_minutes_and_lasts_until_its_end_is_recorded() -> None:
    soaking = after((1000, SOAK_BEFORE))
    for time in (1000, 1599, 1600, 9999):
        assert everything(state.judge(soaking, RULES, time)) == (state.SOAKING, 1600, 0, 1600)


def test_aborted_soak_counts_for_nothing() -> None:
    assert phase(after((0, SOAK_BEFORE), (100, BROKEN_OFF)), 5000) == state.PREPARE
    ready = after((0, SOAK_BEFORE), (600, SOAKED_BEFORE), (1300, SOAK_BEFORE), (1310, BROKEN_OFF))
    assert phase(ready, 1320) == state.PREPARE


def test_soak_after_use_never_counts_as_the_soak_before_the_next() -> None:
    clean = after((0, USE), (300, USED), (310, SOAK_AFTER), (910, SOAKED_AFTER))
    assert phase(clean, 910 + 30 * MINUTE - 1) == state.DRYING
    assert phase(clean, 910 + 30 * MINUTE) == state.RESTING
    assert phase(clean, 300 + REST) == state.PREPARE


def test_rest_ends_to_the_second() -> None:
    clean = after((0, USE), (300, USED), (310, SOAK_AFTER), (910, SOAKED_AFTER))
    resting = state.judge(clean, RULES, 300 + REST - 1)
    assert everything(resting) == (state.RESTING, 300 + REST, 0, 300 + REST)
    assert phase(clean, 300 + REST) == state.PREPARE


def test_use_warns_at_five_minutes_and_says_stop_at_ten() -> None:
    using = after((1000, USE))
    limit = 1000 + 30 * MINUTE
    stages = {
        1000: (state.NORMAL, 1300),
        1299: (state.NORMAL, 1300),
        1300: (state.WARN, 1600),
        1599: (state.WARN, 1600),
        1600: (state.STOP, limit),
        limit - 1: (state.STOP, limit),
        limit: (state.STOP, limit),
    }
    for time, (stage, changes) in stages.items():
        assert everything(state.judge(using, RULES, time)) == (state.IN_USE, limit, stage, changes)


def test_cleaning_is_overdue_after_an_hour() -> None:
    dirty = after((0, USE), (300, USED))
    fine = state.judge(dirty, RULES, 300 + 60 * MINUTE - 1)
    assert everything(fine) == (state.CLEAN_ME, FOREVER, state.NORMAL, 300 + 60 * MINUTE)
    late = state.judge(dirty, RULES, 300 + 60 * MINUTE)
    assert everything(late) == (state.CLEAN_ME, FOREVER, state.WARN, FOREVER)


def test_head_expires_with_its_tenth_use() -> None:
    now = after((0, NEW_HEAD))
    for _ in range(9):
        now = after((10, USE), (300, USED), (900, SOAKED_AFTER), start=now)
    assert phase(now, 900 + 30 * MINUTE) == state.RESTING
    now = after((10, USE), (300, USED), (900, SOAKED_AFTER), start=now)
    assert phase(now, 900 + 30 * MINUTE) == state.HEAD_EXPIRED
    assert phase(after((1000, NEW_HEAD), start=now), 900 + 30 * MINUTE) == state.RESTING


def test_head_expires_after_ninety_days() -> None:
    now = after((1000, NEW_HEAD))
    last = state.judge(now, RULES, 1000 + 90 * DAY - 1)
    assert everything(last) == (state.PREPARE, FOREVER, 0, 1000 + 90 * DAY)
    assert phase(now, 1000 + 90 * DAY) == state.HEAD_EXPIRED


def test_head_can_expire_in_the_middle_of_a_phase() -> None:
    """`until` stays the end of the phase; the head's end before that is a moment of change."""
    rules = RULES.changed(head_days=1)
    soaked = [(DAY - 700, SOAK_BEFORE), (DAY - 100, SOAKED_BEFORE)]
    for head, happened, now, name, until in (
        (300, [(0, USE), (300, USED), (900, SOAKED_AFTER)], 5000, state.RESTING, 300 + REST),
        (10, [(10, NEW_HEAD), *soaked], DAY, state.DRYING, DAY - 100 + 600),
        (1000, [(1000, NEW_HEAD), *soaked], DAY + 600, state.READY, DAY - 100 + 600 + 1800),
    ):
        there = after(*happened)
        expected = (name, until, state.NORMAL, head + DAY)
        assert everything(state.judge(there, rules, now)) == expected
        assert phase(there, head + DAY, rules) == state.HEAD_EXPIRED


def test_each_step_takes_the_time_that_the_policy_says() -> None:
    rules = RULES.changed(
        soak_before_min=3, dry_before_min=5, ready_min=7, soak_after_min=11, dry_after_min=13,
        overdue_min=17, warn_min=2, stop_min=4, rest_h=700,
    )  # fmt: skip
    soaking = state.judge(after((0, SOAK_BEFORE)), rules, 1)
    assert soaking.until == 3 * MINUTE
    soaked = after((0, SOAK_BEFORE), (180, SOAKED_BEFORE))
    assert state.judge(soaked, rules, 181).until == 180 + 5 * MINUTE
    assert state.judge(soaked, rules, 180 + 5 * MINUTE).until == 180 + (5 + 7) * MINUTE
    using = after((1000, USE))
    assert state.judge(using, rules, 1001).changes == 1000 + 2 * MINUTE
    assert state.judge(using, rules, 1000 + 2 * MINUTE).changes == 1000 + 4 * MINUTE
    dirty = after((1000, USE), (1300, USED))
    assert state.judge(dirty, rules, 1301).changes == 1300 + 17 * MINUTE
    dirty = after((1400, SOAK_AFTER), start=dirty)
    assert state.judge(dirty, rules, 1401).until == 1400 + 11 * MINUTE
    clean = after((2060, SOAKED_AFTER), start=dirty)
    assert state.judge(clean, rules, 2061).until == 2060 + 13 * MINUTE
    assert state.judge(clean, rules, 2060 + 13 * MINUTE).until == 1300 + 700 * 3600


def test_hold_ends_at_its_date() -> None:
    held = after((0, hold(5000)))
    assert everything(state.judge(held, RULES, 4999)) == (state.HELD, 5000, 0, 5000)
    assert phase(held, 5000) == state.PREPARE


def test_hold_without_a_date_lasts_until_it_is_released() -> None:
    held = after((0, hold(0)))
    standing = everything(state.judge(held, RULES, 1 << 29))
    assert standing == (state.HELD, FOREVER, 0, FOREVER)
    assert phase(after((10, hold(0, events.NO_HOLD)), start=held), 20) == state.PREPARE


@pytest.mark.parametrize("until", [FOREVER, FOREVER + 1, 0xFFFFFFFF])
def test_hold_beyond_the_last_case_time_has_no_end(until: int) -> None:
    standing = everything(state.judge(after((0, hold(until))), RULES, 1 << 29))
    assert standing == (state.HELD, FOREVER, 0, FOREVER)


def test_steps_switched_off_by_the_policy_are_left_out() -> None:
    rules = RULES.changed(soak_before_min=0, soak_after_min=0)
    assert phase(State(), 0, rules) == state.READY
    assert phase(after((0, USE), (300, USED)), 301, rules) == state.RESTING
    assert phase(after((0, USE), (300, USED)), 300 + REST, rules) == state.READY


def test_phases_come_in_their_order_of_precedence() -> None:
    rules = RULES.changed(head_uses=1, head_warn_uses=1)
    now = after((0, hold(0)), (5, USE))
    assert phase(now, 10, rules) == state.IN_USE
    now = after((300, USED), start=now)
    assert phase(now, 310, rules) == state.CLEAN_ME
    now = after((320, SOAK_AFTER), start=now)
    assert phase(now, 330, rules) == state.SOAKING
    now = after((920, SOAKED_AFTER), start=now)
    assert phase(now, 930, rules) == state.DRYING
    assert phase(now, 920 + 30 * MINUTE, rules) == state.HELD
    now = after((4000, hold(0, events.NO_HOLD)), start=now)
    assert phase(now, 4001, rules) == state.HEAD_EXPIRED
    assert phase(now, 4001, RULES) == state.RESTING


# The lid


DRY = ((0, SOAK_BEFORE), (600, SOAKED_BEFORE))


def test_lid_closed_while_ready_asks() -> None:
    now = after(*DRY, (1300, OPENED), (1400, CLOSED))
    assert everything(state.judge(now, RULES, 1400)) == (
        state.ASKING,
        FOREVER,
        0,
        FOREVER,
    )


@pytest.mark.parametrize("later", [1200 + 30 * MINUTE, 400 * DAY])
def test_lid_question_waits_for_its_answer(later: int) -> None:
    assert phase(after(*DRY, (1300, OPENED), (1400, CLOSED)), later) == state.ASKING


def test_lid_question_survives_a_power_cut() -> None:
    assert phase(after(*DRY, (1300, OPENED), (1400, CLOSED), (1500, BOOT)), 1500) == state.ASKING


def test_open_lid_does_not_ask_yet() -> None:
    assert phase(after(*DRY, (1300, OPENED)), 1400) == state.READY


def test_lid_opened_again_does_not_answer_the_question() -> None:
    assert phase(after(*DRY, (1400, CLOSED), (1500, OPENED)), 1500) == state.ASKING


def test_use_told_afterwards_counts_for_every_zone() -> None:
    """Nobody has said which zone it was."""
    told = (events.USE_ENDED, {"how": events.AFTERWARDS, "seconds": 90})
    rules = with_zones(RULES, "face", "neck")
    now = after((1400, CLOSED), (1500, USE), (1500, told))
    assert [rested_at(now, rules, zone) for zone in (0, 1)] == [1500 + REST] * 2


def test_override_counts_for_every_zone() -> None:
    override = (events.USE_STARTED, {"how": events.OVERRIDE, "digest": 0})
    rules = with_zones(RULES, "face", "neck")
    now = after((1500, override), (1600, USED))
    assert [rested_at(now, rules, zone) for zone in (0, 1)] == [1600 + REST] * 2


def test_lid_question_is_answered_by_not_used() -> None:
    now = after(*DRY, (1300, OPENED), (1400, CLOSED), (1500, NOT_USED))
    assert phase(now, 1500) == state.READY


def test_lid_question_is_answered_by_a_use() -> None:
    """The use is of one zone; the other has rested, so that the case is ready."""
    rules = with_zones(RULES.changed(soak_before_min=0, soak_after_min=0), "face", "neck")
    now = after((1300, OPENED), (1400, CLOSED))
    assert phase(now, 1400, rules) == state.ASKING
    now = after((1500, USE), (1500, USED), start=now)
    assert phase(now, 1500, rules) == state.READY


# The head's last uses


@pytest.mark.parametrize(("uses", "stage"), [(7, state.NORMAL), (8, state.WARN), (9, state.WARN)])
def test_last_uses_of_the_head_are_shown_while_ready(uses: int, stage: int) -> None:
    rules = RULES.changed(soak_before_min=0, soak_after_min=0)
    now = State()
    for number in range(uses):
        now = after((number * 1000, USE), (number * 1000 + 300, USED), start=now)
    standing = state.judge(now, rules, 20000 + REST)
    assert (standing.phase, standing.stage) == (state.READY, stage)


# The moment of the next change


@pytest.mark.parametrize("name", sorted(state.ACTIONS))
def test_generated_standings_cover_every_phase(name: str) -> None:
    # The first that comes will do, and the same on every run.
    quick = settings(max_examples=2000, phases=[Phase.generate], derandomize=True, database=None)
    find(any_standing(), lambda case: state.judge(*case).phase == name, settings=quick)


@given(any_standing(), st.data())
def test_standing_stays_until_its_moment_of_change(
    case: tuple[State, Policy, int], data: st.DataObject
) -> None:
    now, rules, time = case
    standing = state.judge(now, rules, time)
    for moment in (
        standing.changes - 1,
        data.draw(st.integers(time, max(time, standing.changes - 1))),
    ):
        if moment >= time:
            assert vars(state.judge(now, rules, moment)) == vars(standing)


@given(any_standing())
def test_standing_changes_at_its_moment_of_change(case: tuple[State, Policy, int]) -> None:
    now, rules, time = case
    standing = state.judge(now, rules, time)
    then = state.judge(now, rules, standing.changes)
    if standing.changes == FOREVER:
        return
    if standing.phase in (state.SOAKING, state.IN_USE) and standing.changes == standing.until:
        # These end with a record; until it is written they go on.
        assert (then.phase, then.until) == (standing.phase, standing.until)
    else:
        assert standing.changes > time
        assert (then.phase, then.stage, then.rested) != (
            standing.phase, standing.stage, standing.rested,
        )  # fmt: skip


@given(any_standing())
def test_phase_ends_when_its_standing_says(case: tuple[State, Policy, int]) -> None:
    now, rules, time = case
    standing = state.judge(now, rules, time)
    assert standing.changes <= standing.until
    if standing.until < FOREVER and standing.phase not in (state.SOAKING, state.IN_USE):
        assert state.judge(now, rules, standing.until).phase != standing.phase
