"""The fold of kinds that come from other logs, from corrections, and from asking early."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.firmware.logs import boot_data
from tests.firmware.states import (
    BOOT,
    BROKEN_OFF,
    CLINIC_REST,
    CLOSED,
    DAY,
    FOUR,
    MISTAKEN,
    NEW_HEAD,
    OPENED,
    REST,
    RULES,
    SOAK_AFTER,
    SOAK_BEFORE,
    SOAKED_AFTER,
    SOAKED_BEFORE,
    USE,
    USED,
    What,
    after,
    any_standing,
    clock_set,
    hold,
    phase,
    policy_keeping,
    with_zones,
)

from rollcore import events, policy, state
from rollcore.events import ALL_ZONES, Event
from rollcore.memory import FOREVER, MOMENTS, NEVER, PAST, USE_END, State
from rollcore.policy import Policy
from rollcore.rest import rested_at

OVERRIDE: What = (events.OVERRIDE_ASKED, {"until": 9, "digest": 1})
NOW = 100 * DAY


def carried(at: int, what: int = events.CARRIED_USE, needle_um: int = 0) -> What:
    data = {"what": what, "at": at, "needle_um": needle_um, "origin": 5}
    return (events.CARRIED, data)


def correct(field: int, value: int, extra: int = 0) -> What:
    return (events.CORRECTED, {"token": 7, "field": field, "value": value, "extra": extra})


def heard(time: int) -> What:
    return (events.CLOCK_HEARD, {"heard": time, "source": 1, "why": 0})


def head_out(reason: int = 2) -> What:
    return (events.HEAD_OUT, {"reason": reason, "uses": 1, "token": 7})


def fresh(*happened: What, zone: int = 0) -> State:
    return after((0, BOOT), *[(NOW, what) for what in happened], zone=zone)


def ends(now: State, rules: Policy = FOUR) -> list[int]:
    """Return when the rest of each zone ends."""
    return [rested_at(now, rules, zone) for zone in range(4)]


# Carried over


def test_carried_use_rests_its_zone_and_no_other() -> None:
    assert ends(fresh(carried(NOW - DAY), zone=2)) == [0, 0, NOW - DAY + REST, 0]


def test_carried_use_of_all_zones_rests_all_of_them() -> None:
    assert ends(fresh(carried(NOW - DAY), zone=ALL_ZONES)) == [NOW - DAY + REST] * 4


def test_carried_session_at_a_clinic_rests_its_zone() -> None:
    now = fresh(carried(NOW - DAY, events.CARRIED_CLINIC), zone=1)
    assert ends(now) == [0, NOW - DAY + CLINIC_REST, 0, 0]


def test_carried_use_with_a_longer_needle_rests_longer() -> None:
    now = fresh(carried(NOW - DAY, needle_um=1000))
    assert ends(now)[0] == NOW - DAY + policy.default_rest_s(1000)


def test_carried_use_of_an_unknown_needle_does_not_shorten_the_rest_of_a_longer_one() -> None:
    now = fresh(carried(NOW - 10 * DAY, needle_um=1000), carried(NOW - 9 * DAY))
    assert ends(now)[0] >= NOW - 10 * DAY + policy.default_rest_s(1000)


def test_carried_use_is_no_use_of_this_case() -> None:
    now, before = fresh(carried(NOW - DAY), zone=ALL_ZONES), fresh()
    assert (now.uses, now.head_uses, now.dirty) == (0, 0, False)
    assert (now.zone, now.token, now.soaked) == (before.zone, before.token, before.soaked)


@pytest.mark.parametrize("what", [events.CARRIED_USE, events.CARRIED_CLINIC])
def test_carried_moment_after_now_counts_as_now_and_moves_with_the_clock(what: int) -> None:
    rest = REST if what == events.CARRIED_USE else CLINIC_REST
    now = fresh(carried(NOW + 5 * DAY, what))
    assert ends(now)[0] == NOW + rest
    later = after((NOW + 3 * DAY, clock_set(NOW)), start=now)
    assert ends(later)[0] == NOW + 3 * DAY + rest
    renamed = after((NOW, policy_keeping(FOUR)), (NOW + 3 * DAY, clock_set(NOW)), start=now)
    assert ends(renamed)[0] == NOW + 3 * DAY + rest


def test_carried_moment_before_now_stays_when_the_clock_is_set() -> None:
    now = after((NOW + 3 * DAY, clock_set(NOW)), start=fresh(carried(NOW - DAY)))
    assert ends(now)[0] == NOW - DAY + REST


@given(
    any_standing(),
    st.lists(
        st.tuples(
            st.integers(1, 2),
            st.integers(0, 200 * DAY),
            st.sampled_from([0, 250, 500, 1000, 1500]),
            st.sampled_from([0, 1, 2, 3, ALL_ZONES]),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_carried_facts_never_end_a_rest_earlier(
    standing: tuple[State, Policy, int], facts: list[tuple[int, int, int, int]]
) -> None:
    now, rules, time = standing
    for what, at, needle_um, zone in facts:
        before = now
        now = after((time, carried(at, what, needle_um)), start=now, zone=zone)
        for place in range(len(rules.zones)):
            assert rested_at(now, rules, place) >= rested_at(before, rules, place)
            if zone not in (place, ALL_ZONES):
                assert rested_at(now, rules, place) == rested_at(before, rules, place)


# Corrected


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_correction_sets_any_moment_fixed_loose_or_to_never(moment: int) -> None:
    now = fresh(correct(moment, NOW - 7))
    assert (now.at[moment], now.loose >> moment & 1) == (NOW - 7, 0)
    now = after((NOW, correct(moment, NOW - 8, extra=1)), start=now)
    assert (now.at[moment], now.loose >> moment & 1) == (NOW - 8, 1)
    now = after((NOW, correct(moment, events.CORRECTED_NEVER)), start=now)
    assert (now.at[moment], now.loose >> moment & 1) == (NEVER, 0)


def test_correction_sets_hold_head_and_needles() -> None:
    now = fresh(
        correct(events.CORRECTED_HOLD, NOW + DAY, events.SUNBURN),
        correct(events.CORRECTED_HEAD, 9),
        correct(events.CORRECTED_NEEDLE, 250, 2),
        correct(events.CORRECTED_NEEDLE, 1500, 2 * PAST - 1),
    )
    assert (now.hold_reason, now.hold_until, now.head_uses) == (events.SUNBURN, NOW + DAY, 9)
    assert now.needles == [0, 0, 250, 0, 0, 0, 0, 1500]


@pytest.mark.parametrize(
    "what", [correct(26, 1), correct(63, 1), correct(69, 1), correct(255, 1), correct(66, 1, 8)]
)
def test_correction_of_an_unknown_field_changes_nothing(what: What) -> None:
    now, before = fresh(what), fresh()
    assert (now.at, now.needles, now.hold_reason, now.head_uses, now.reactions) == (
        before.at, before.needles, before.hold_reason, before.head_uses, before.reactions,
    )  # fmt: skip


def test_correction_of_open_reactions_forgets_the_one_that_was_taken_back() -> None:
    opened = [(events.REACTION_OPENED, {"at": 1, "token": token, "red": 1}) for token in (6, 7, 8)]
    now = fresh(*opened, correct(events.CORRECTED_REACTIONS, 2))
    assert (now.reactions, now.tokens, now.red) == (2, [6, 0, 8, 0], 0b0101)
    now = fresh(*opened, correct(events.CORRECTED_REACTIONS, 0))
    assert (now.reactions, now.tokens, now.red) == (0, [0, 0, 0, 0], 0)


# The clock


def test_time_that_was_heard_is_kept_until_the_next_start() -> None:
    now = fresh(heard(NOW + 100))
    assert (now.heard, now.heard_ahead, now.clock_set) == (True, 100, False)
    assert after((NOW + 50, heard(NOW)), start=now).heard_ahead == -50
    started = after((NOW, BOOT), start=now)
    assert (started.heard, started.heard_ahead) == (False, 0)


def test_setting_of_the_clock_changes_how_far_ahead_the_heard_time_is() -> None:
    now = after((NOW + 60, clock_set(NOW)), start=fresh(heard(NOW + 100)))
    assert now.heard_ahead == 40


@pytest.mark.parametrize(("time", "seconds"), [(0xFFFFFFFF, 0x7FFFFFFF), (0, -NOW)])
def test_heard_time_far_away_fits_the_state(time: int, seconds: int) -> None:
    assert fresh(heard(time)).heard_ahead == seconds


# The head


def test_head_that_is_out_allows_no_use_until_there_is_a_new_one() -> None:
    now = fresh(head_out())
    standing = state.judge(now, RULES, NOW)
    assert (standing.phase, standing.reason) == (state.HEAD_EXPIRED, events.HEAD_IS_OUT)
    assert state.counts(now, standing, NOW) == (0, 0)
    assert phase(after((NOW, NEW_HEAD), start=now), NOW) == state.PREPARE


@pytest.mark.parametrize("reason", [0, 7, 200, 255])
def test_reason_of_a_head_out_is_kept(reason: int) -> None:
    assert fresh(head_out(reason)).head_out == min(1 + reason, 255)


def test_dirty_head_that_is_out_is_changed_before_the_case_is_cleaned_or_a_hold_shows() -> None:
    now = fresh(USE, USED, hold(0), head_out())
    standing = state.judge(now, RULES, NOW)
    assert (standing.phase, standing.reason) == (state.HEAD_EXPIRED, events.HEAD_IS_OUT)
    now = after((NOW, NEW_HEAD), start=now)
    assert phase(now, NOW) == state.CLEAN_ME
    assert phase(after((NOW, SOAK_AFTER), (NOW, SOAKED_AFTER), start=now), NOW) == state.DRYING


def test_head_that_is_out_is_not_dried_and_a_hold_shows_before_it() -> None:
    clean = fresh(USE, USED, SOAKED_AFTER, head_out())
    assert phase(clean, NOW) == state.HEAD_EXPIRED
    assert phase(after((NOW, hold(0)), start=clean), NOW) == state.HELD


@pytest.mark.parametrize(
    "happened",
    [head_out(), NEW_HEAD, (events.HEAD_NEW, {"uses": 1, "token": 7})],
    ids=["out", "new, said at the case", "new, said at the host"],
)
def test_soak_before_a_use_is_of_the_head_that_was_in(happened: What) -> None:
    assert fresh(SOAK_BEFORE, SOAKED_BEFORE, happened).soaked == 0
    assert fresh(SOAK_AFTER, SOAKED_AFTER, happened).soaked == events.AFTER_USE


# Lost records


def test_start_that_lost_records_assumes_a_use() -> None:
    now = fresh((events.BOOT, {**boot_data(), "lost": 1}))
    assert (now.dirty, now.end_known, now.at[USE_END]) == (True, False, NOW)
    untouched = fresh((events.BOOT, {**boot_data(), "corrected": 9, "skipped": 9}))
    assert (untouched.dirty, untouched.at[USE_END]) == (False, NEVER)


# Asked for early

RESTING = [USE, USED, SOAKED_AFTER]
TOMORROW = NOW + DAY


def asked(*happened: tuple[int, What]) -> State:
    """Return the state of a case that rests, and was asked for a use tomorrow all the same."""
    return after((TOMORROW, OVERRIDE), *happened, start=fresh(*RESTING))


def standing_of(now: State, time: int, rules: Policy = RULES) -> tuple[str, bool]:
    standing = state.judge(now, rules, time)
    return standing.phase, standing.override


def test_override_leads_through_soak_and_drying_to_ready_and_then_back_to_rest() -> None:
    assert standing_of(asked(), TOMORROW) == (state.PREPARE, True)
    now = asked((TOMORROW, SOAK_BEFORE))
    assert standing_of(now, TOMORROW) == (state.SOAKING, False)
    now = after((TOMORROW + 600, SOAKED_BEFORE), start=now)
    assert standing_of(now, TOMORROW + 600) == (state.DRYING, True)
    ready = TOMORROW + 600 + RULES.dry_before_s
    assert standing_of(now, ready) == (state.READY, True)
    assert standing_of(now, ready + RULES.ready_s - 1) == (state.READY, True)
    assert standing_of(now, ready + RULES.ready_s) == (state.RESTING, False)


def test_override_is_marked_in_prepare_and_ready_and_nowhere_else() -> None:
    worn = RULES.changed(head_warn_uses=1)
    ready = after((TOMORROW, SOAK_BEFORE), (TOMORROW + 600, SOAKED_BEFORE), start=asked())
    stages = {
        (found.phase, found.stage)
        for now in (asked(), asked((TOMORROW, SOAK_BEFORE)), ready)
        for time in (TOMORROW, TOMORROW + 900, TOMORROW + 1500)
        for found in [state.judge(now, worn, time)]
    }
    assert stages == {
        (state.PREPARE, state.AGAINST_REST),
        (state.SOAKING, state.NORMAL),
        (state.DRYING, state.NORMAL),
        (state.READY, state.AGAINST_REST),
    }
    assert state.judge(ready, worn, TOMORROW + 1500).override


def test_override_without_a_soak_is_ready_at_once() -> None:
    rules = RULES.changed(soak_before_min=0)
    assert standing_of(asked(), TOMORROW, rules) == (state.READY, True)


def test_override_is_in_turn_once_the_rest_is_over() -> None:
    assert standing_of(asked(), NOW + REST) == (state.PREPARE, False)


@pytest.mark.parametrize(
    "happened",
    [
        [(TOMORROW, BOOT)],
        [(TOMORROW, SOAK_BEFORE), (TOMORROW + 60, BROKEN_OFF)],
        [(TOMORROW, USE), (TOMORROW + 60, USED), (TOMORROW + 600, SOAKED_AFTER)],
        [(TOMORROW, USE), (TOMORROW + 60, BOOT), (TOMORROW + 600, SOAKED_AFTER)],
    ],
    ids=["start", "soak broken off", "use", "use that lost power"],
)
def test_override_is_void_after(happened: list[tuple[int, What]]) -> None:
    now = asked(*happened)
    assert not now.override_asked
    assert standing_of(now, TOMORROW + DAY) == (state.RESTING, False)


@pytest.mark.parametrize("kind", state.ENDS_OVERRIDE)
def test_override_is_void_after_what_was_not_known_when_it_was_asked_for(kind: int) -> None:
    told = {field.name: 0 for field in events.KINDS[kind].fields}
    now = asked((TOMORROW, (kind, told)))
    assert not now.override_asked
    assert standing_of(now, TOMORROW + DAY)[0] != state.PREPARE


@pytest.mark.parametrize(
    ("opened", "how"),
    [(NOW + REST - 1, events.OVERRIDE), (NOW + REST, events.IN_TURN)],
)
def test_use_told_by_the_lid_is_in_turn_if_the_rest_was_over_when_it_opened(
    opened: int, how: int
) -> None:
    now = after((opened, OPENED), (opened + 60, CLOSED), start=fresh(*RESTING))
    assert state.how_told(now, RULES) == how


def test_press_steps_through_the_rested_zones_or_against_the_rest_through_all() -> None:
    zones = with_zones(RULES, "face", "neck", "chest")
    free = fresh((events.CLINIC, {"at": NOW, "needle_um": 0, "token": 0}))
    assert state.choices(state.judge(free, zones, NOW), zones) == 0b110
    assert state.choices(state.Standing(state.READY, FOREVER, override=True), zones) == 0b111


def test_override_outlives_a_use_that_was_cancelled() -> None:
    now = asked((TOMORROW, USE), (TOMORROW + 3, MISTAKEN))
    assert standing_of(now, TOMORROW + 3) == (state.PREPARE, True)


def test_override_whose_ready_has_ended_does_not_come_back_with_another_soak() -> None:
    now = asked((TOMORROW, SOAK_BEFORE), (TOMORROW + 600, SOAKED_BEFORE))
    now = after((NOW + REST, SOAK_BEFORE), (NOW + REST + 600, SOAKED_BEFORE), start=now)
    session = (events.CLINIC, {"at": NOW + REST, "needle_um": 0, "token": 0})
    now = after((NOW + REST + 700, session), start=now)
    assert standing_of(now, NOW + REST + 1300) == (state.RESTING, False)


def test_override_begins_with_a_soak_of_its_own() -> None:
    soaked = after((TOMORROW - 60, SOAKED_BEFORE), start=fresh(*RESTING))
    now = after((TOMORROW, OVERRIDE), start=soaked)
    assert standing_of(now, TOMORROW + 1000) == (state.PREPARE, True)


@given(any_standing())
def test_override_changes_only_a_case_that_rests(standing: tuple[State, Policy, int]) -> None:
    now, rules, time = standing
    before = now.copy()
    before.override_asked = False
    now = after((time, OVERRIDE), start=before)
    without, found = state.judge(before, rules, time), state.judge(now, rules, time)
    if without.phase == state.RESTING:
        assert found.override
        assert found.phase in (state.PREPARE, state.READY)
    elif before.soaked != events.BEFORE_USE:
        assert vars(found) == vars(without)


def test_every_newer_kind_leaves_the_state_before_it_as_it_was() -> None:
    before = fresh(*RESTING)
    packed = (list(before.at), list(before.needles), list(before.tokens), before.copy())
    for kind in range(events.CARRIED, events.OVERRIDE_ASKED + 1):
        fields = {field.name: 1 for field in events.KINDS[kind].fields}
        state.fold(before, Event(kind, fields, seq=9, boot=1, time=NOW))
    assert (before.at, before.needles, before.tokens, before) == packed
