"""Days at the sink: a use that is asked for against the rest, a head that is found to be out."""

import pytest
from tests.firmware.day_table import RED, resting_pattern
from tests.firmware.whole_case import (
    DAY,
    MINUTE,
    NOW,
    WholeCase,
    ask_early,
    bring_to,
    soak,
    tell,
    with_rules,
)

from rollcore import events, policy, state
from rollcore.events import FROM_HOST

Logged = list[tuple[str, int]]


def done(case: WholeCase, since: int) -> Logged:
    """Return what was logged after record `since`: each name with `how`, or the purpose, or 0."""
    return [
        (name, data.get("how", data.get("purpose", data.get("reason", 0))))
        for name, data in case.news(since)
    ]


SOAKED_BEFORE: Logged = [
    ("soak_started", events.BEFORE_USE),
    ("soak_ended", events.SOAK_DONE),
]


# Against the rest


def test_use_against_the_rest_is_soaked_for_dried_for_and_logged_as_an_override(
    case: WholeCase,
) -> None:
    bring_to(case, state.RESTING)
    case.wait(DAY)
    before = case.last_seq
    ends = case.app.standing.until
    ask_early(case)
    assert case.log()[-1].data == {"until": ends, "digest": case.app.policy.digest}
    soak(case)
    assert case.phase == state.DRYING
    case.wait(600)
    assert (case.phase, case.app.standing.override) == (state.READY, True)
    case.press()
    case.wait(2 * MINUTE)
    case.press()
    assert done(case, before) == [
        ("override_asked", 0),
        *SOAKED_BEFORE,
        ("use_started", events.OVERRIDE),
        ("use_ended", events.BY_BUTTON),
    ]
    soak(case)
    case.wait(1800)
    assert case.phase == state.RESTING
    assert case.app.standing.until == case.log()[-3].time + 28 * DAY


def test_lamp_has_red_in_its_rhythm_until_the_use_against_the_rest_begins(case: WholeCase) -> None:
    bring_to(case, state.PREPARE)
    assert RED not in [colour for colour, _ in case.watch(6000)]
    bring_to(case, state.RESTING)
    ask_early(case)
    assert case.said_last("lamp")[1:] == ["prepare", "3"]
    assert RED in [colour for colour, _ in case.watch(6000)]
    soak(case)
    case.wait(600)
    assert case.said_last("lamp")[1:] == ["ready", "3"]
    assert RED in [colour for colour, _ in resting_pattern(case)]
    assert RED in [colour for colour, _ in case.watch(6000)]
    case.press()
    assert case.said_last("lamp")[1:] == ["in_use", "0"]


def test_override_of_a_policy_without_a_soak_is_ready_at_once_and_marked(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    with_rules(case, soak_before_min=0)
    case.very_long_press()
    assert case.said_last("lamp")[1:] == ["ready", "3"]
    case.press()
    assert case.news(0)[-1][1]["how"] == events.OVERRIDE


def test_use_is_in_turn_if_the_rest_is_over_when_it_starts(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    ends = case.app.standing.until
    case.wait(ends - 15 * MINUTE - case.app.clock.time)
    ask_early(case)
    soak(case)
    case.wait(600)
    assert (case.phase, case.app.standing.override) == (state.READY, False)
    assert RED not in [colour for colour, _ in resting_pattern(case)]
    case.press()
    assert case.news(0)[-1][1]["how"] == events.IN_TURN


def abort(case: WholeCase) -> None:
    case.press()
    case.wait(60)
    case.long_press()


def let_ready_end(case: WholeCase) -> None:
    soak(case)
    case.wait(600 + 30 * MINUTE)


@pytest.mark.parametrize("end", [WholeCase.switch_on, abort, let_ready_end])
def test_override_is_void_and_has_to_be_asked_for_again(case: WholeCase, end: object) -> None:
    bring_to(case, state.RESTING)
    ask_early(case)
    assert callable(end)
    end(case)
    assert case.phase == state.RESTING
    case.wait(DAY)
    assert case.phase == state.RESTING
    ask_early(case)
    before = case.last_seq
    case.press()
    assert done(case, before) == [("soak_started", events.BEFORE_USE)]


def test_override_is_void_once_the_host_tells_more_that_speaks_against_a_use(
    case: WholeCase,
) -> None:
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    bring_to(case, state.RESTING)
    ask_early(case)
    assert tell(case, events.HOLD_SET, reason=events.ACNE, until=0) == ""
    assert case.phase == state.HELD
    assert tell(case, events.HOLD_SET, reason=events.NO_HOLD, until=0) == ""
    assert case.phase == state.RESTING


def test_use_told_by_the_lid_against_the_rest_is_an_override(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    ask_early(case)
    soak(case)
    case.wait(600)
    case.move_lid(True)
    case.wait(120)
    case.move_lid(False)
    assert case.phase == state.ASKING
    before = case.last_seq
    case.press()
    assert done(case, before) == [
        ("use_started", events.OVERRIDE),
        ("use_ended", events.AFTERWARDS),
    ]


def test_no_override_is_asked_for_while_the_skin_is_on_hold(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    assert tell(case, events.HOLD_SET, reason=events.ACNE, until=0) == ""
    before = case.last_seq
    case.very_long_press()
    assert [name for name, _ in case.news(before)] == ["refused"]


# The head is out


@pytest.mark.parametrize("phase", [state.PREPARE, state.READY, state.CLEAN_ME])
def test_head_that_is_out_allows_nothing_until_a_new_one_is_in(case: WholeCase, phase: str) -> None:
    bring_to(case, phase)
    case.very_long_press()
    out = case.log()[-1]
    uses = case.app.journal.state.head_uses
    assert (out.name, out.data) == (
        "head_out", {"reason": events.HEAD_SAID, "uses": uses, "token": 0},
    )  # fmt: skip
    assert case.phase == state.HEAD_EXPIRED
    case.switch_on()
    case.wait(100 * DAY)
    assert case.phase == state.HEAD_EXPIRED
    case.very_long_press()
    assert case.log()[-1].name == "head_new"
    assert (case.app.journal.state.head_out, case.app.journal.state.head_uses) == (0, 0)
    assert case.phase == (state.CLEAN_ME if phase == state.CLEAN_ME else state.PREPARE)


def test_new_head_is_not_ready_by_the_soak_of_the_one_before(case: WholeCase) -> None:
    bring_to(case, state.READY)
    case.very_long_press()
    case.very_long_press()
    assert case.phase == state.PREPARE


def test_new_head_in_place_of_an_old_one_that_was_ready_has_to_be_soaked(case: WholeCase) -> None:
    assert case.app.set_policy(policy.for_needle(500).changed(head_days=1)) == ""
    assert tell(case, events.HEAD_NEW, uses=0) == ""
    case.wait(DAY - 30 * MINUTE)
    bring_to(case, state.READY)
    case.wait(15 * MINUTE)
    assert case.phase == state.HEAD_EXPIRED
    case.very_long_press()
    assert case.phase == state.PREPARE


def test_head_out_against_the_rest_leaves_the_next_one_to_be_soaked(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    ask_early(case)
    soak(case)
    case.wait(600)
    case.very_long_press()
    assert case.phase == state.HEAD_EXPIRED
    case.very_long_press()
    assert (case.phase, case.app.standing.override) == (state.PREPARE, True)


@pytest.mark.parametrize("phase", [state.SOAKING, state.DRYING, state.IN_USE, state.HELD])
def test_head_is_not_taken_out_by_a_very_long_press_elsewhere(case: WholeCase, phase: str) -> None:
    bring_to(case, phase)
    case.very_long_press()
    assert "head_out" not in [event.name for event in case.log()]
