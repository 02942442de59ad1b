"""The tables of `state`, and the rules beside them: gestures, lid, latch, uses, safe mode."""

import pytest
from hypothesis import given
from tests.firmware.states import FOUR, any_standing

from rollcore import events, state
from rollcore.memory import State
from rollcore.policy import Policy


def test_action_table_has_a_row_for_every_phase() -> None:
    phases = {
        state.RESTING, state.PREPARE, state.SOAKING, state.DRYING, state.READY, state.ASKING,
        state.IN_USE, state.CLEAN_ME, state.HEAD_EXPIRED, state.HELD,
    }  # fmt: skip
    assert set(state.ACTIONS) == phases


@pytest.mark.parametrize("name", sorted(state.ACTIONS))
def test_every_phase_has_a_way_out(name: str) -> None:
    """The way out is a gesture, the time, or for a hold the host."""
    idle = {state.NOTHING, state.COUNT, state.REFUSE}
    assert set(state.ACTIONS[name]) - idle or name in (state.DRYING, state.HELD)


@given(any_standing())
def test_refusal_has_a_reason_that_can_be_recorded(case: tuple[State, Policy, int]) -> None:
    standing = state.judge(*case)
    (field,) = [field for field in events.KINDS[events.REFUSED].fields if field.name == "reason"]
    refuses = state.REFUSE in state.ACTIONS[standing.phase]
    assert (standing.reason in field.names) == refuses
    assert bool(standing.reason) == refuses


@given(any_standing())
def test_use_may_start_only_where_a_named_zone_has_rested_or_by_an_override(
    case: tuple[State, Policy, int],
) -> None:
    standing = state.judge(*case)
    assert standing.rested < 1 << len(case[1].zones)
    if standing.phase in (state.PREPARE, state.READY):
        assert bool(standing.rested) != standing.override


@pytest.mark.parametrize(
    ("zones", "starts"),
    [
        (
            1,
            {
                (state.READY, events.PRESS),
                (state.READY, events.LONG_PRESS),
                (state.ASKING, events.PRESS),
            },
        ),
        (4, {(state.READY, events.LONG_PRESS), (state.ASKING, events.PRESS)}),
    ],
)
def test_use_can_start_only_when_ready(zones: int, starts: set[tuple[str, int]]) -> None:
    found = {
        (name, gesture)
        for name in state.ACTIONS
        for gesture in (events.PRESS, events.LONG_PRESS, events.VERY_LONG_PRESS)
        if state.action(name, gesture, zones) in (state.START_USE, state.TELL_USE)
    }
    assert found == starts


@pytest.mark.parametrize("gesture", [events.PRESS, events.LONG_PRESS, events.VERY_LONG_PRESS])
def test_action_is_looked_up_by_phase_and_gesture(gesture: int) -> None:
    for name, row in state.ACTIONS.items():
        assert state.action(name, gesture) == row[gesture - 1]


def test_press_while_ready_chooses_among_several_zones() -> None:
    assert state.action(state.READY, events.PRESS, 2) == state.NEXT_ZONE


def test_several_zones_change_gestures_only_while_ready() -> None:
    for name, row in state.ACTIONS.items():
        if name != state.READY:
            gestures = (events.PRESS, events.LONG_PRESS, events.VERY_LONG_PRESS)
            assert tuple(state.action(name, gesture, 4) for gesture in gestures) == row


GESTURES = (events.PRESS, events.LONG_PRESS, events.VERY_LONG_PRESS)


@pytest.mark.parametrize("gesture", GESTURES)
@pytest.mark.parametrize("led_on", [False, True])
def test_gesture_acts_unless_the_phase_at_2_s_is_over(gesture: int, led_on: bool) -> None:
    before = state.PREPARE if led_on else state.SOAKING
    acts = state.acts(gesture, state.SOAKING, before)
    assert acts == (not led_on or gesture == events.PRESS)


VERY_LONG = {
    state.RESTING: state.OVERRIDE_REST,
    state.PREPARE: state.TAKE_HEAD_OUT,
    state.READY: state.TAKE_HEAD_OUT,
    state.CLEAN_ME: state.TAKE_HEAD_OUT,
    state.HEAD_EXPIRED: state.REPLACE_HEAD,
}
"""What a very long press does in the phases in which it does anything."""


@pytest.mark.parametrize("zones", [1, 4])
@pytest.mark.parametrize("phase", state.ACTIONS)
def test_long_press_acts_on_release_where_a_very_long_press_means_something(
    phase: str, zones: int
) -> None:
    action = state.action(phase, events.VERY_LONG_PRESS, zones)
    assert action == VERY_LONG.get(phase, state.NOTHING)
    assert state.acts_on_release(phase, zones) == (phase in VERY_LONG)


def test_phases_named_by_the_other_tables_exist() -> None:
    named = [*state.WITH_ZONES, *state.BY_ITSELF, *state.LOCKED, *state.WARNS, *state.ASKS]
    assert set(named) <= set(state.ACTIONS)


@given(any_standing())
def test_case_acts_by_itself_only_at_the_end_of_a_use_or_a_soak(
    case: tuple[State, Policy, int],
) -> None:
    now, rules, time = case
    standing = state.judge(now, rules, time)
    action = state.by_itself(standing, time)
    due = time >= standing.until
    expected = {state.IN_USE: state.END_USE, state.SOAKING: state.END_SOAK}
    assert action == (expected.get(standing.phase, state.NOTHING) if due else state.NOTHING)


@given(any_standing())
def test_latch_never_locks_a_roller_in_that_is_to_be_used_or_cleaned(
    case: tuple[State, Policy, int],
) -> None:
    standing = state.judge(*case)
    needed = {state.START_SOAK, state.START_USE, state.END_USE, state.REPLACE_HEAD}
    if standing.phase in state.LOCKED:
        assert not needed & set(state.ACTIONS[standing.phase])
        assert standing.reason


@pytest.mark.parametrize(
    ("how", "seconds", "ended"),
    [
        (events.BY_BUTTON, 14, events.CANCELLED),
        (events.BY_BUTTON, 15, events.BY_BUTTON),
        (events.TIMED_OUT, 0, events.TIMED_OUT),
    ],
)
def test_use_is_cancelled_by_a_press_within_fifteen_seconds(
    how: int, seconds: int, ended: int
) -> None:
    assert state.use_ended(how, seconds) == ended


@pytest.mark.parametrize(
    ("rested", "chosen", "zone"), [(0b0110, 2, 2), (0b0110, -1, 1), (0b1000, -1, 3), (0, -1, 0)]
)
def test_zone_of_a_use_is_the_chosen_one_or_the_first_that_has_rested(
    rested: int, chosen: int, zone: int
) -> None:
    assert state.zone_of_use(State(), FOUR, rested, chosen) == zone


def test_zones_of_a_policy_that_nobody_chose_are_not_kept() -> None:
    chosen = FOUR.changed(revision=1)
    assert (state.zones_kept(FOUR, chosen), state.zones_kept(chosen, FOUR)) == (0, 4)


def test_firmware_that_failed_three_times_in_a_row_needs_safe_mode() -> None:
    failed = State()
    found = []
    for failed.faults in range(5):
        found.append(state.needs_safe_mode(failed))
    assert found == [False, False, False, True, True]
