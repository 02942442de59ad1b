"""`state.ACTIONS`: what each gesture does in each phase."""

import pytest
from hypothesis import given
from tests.firmware.states import any_standing

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
def test_use_may_start_only_where_a_named_zone_has_rested(
    case: tuple[State, Policy, int],
) -> None:
    standing = state.judge(*case)
    assert standing.rested < 1 << len(case[1].zones)
    if standing.phase in (state.PREPARE, state.READY):
        assert standing.rested


@pytest.mark.parametrize(
    ("zones", "starts"),
    [
        (
            1,
            {
                (state.READY, events.PRESS),
                (state.READY, events.LONG_PRESS),
                (state.ASKING, events.PRESS),
                (state.RESTING, events.VERY_LONG_PRESS),
            },
        ),
        (
            4,
            {
                (state.READY, events.LONG_PRESS),
                (state.ASKING, events.PRESS),
                (state.RESTING, events.VERY_LONG_PRESS),
            },
        ),
    ],
)
def test_use_can_start_only_when_ready_or_by_overriding_a_rest(
    zones: int, starts: set[tuple[str, int]]
) -> None:
    found = {
        (name, gesture)
        for name in state.ACTIONS
        for gesture in (events.PRESS, events.LONG_PRESS, events.VERY_LONG_PRESS)
        if state.action(name, gesture, zones)
        in (state.START_USE, state.TELL_USE, state.OVERRIDE_REST)
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
