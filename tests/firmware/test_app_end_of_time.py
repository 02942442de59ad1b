"""A case whose clock comes to its end, in 2054: no use begins, and the clock can be set back."""

from pathlib import Path

import pytest
from tests.firmware.whole_case import DAY, MINUTE, NOW, WholeCase, bring_to

from rollcase import lamp
from rollcase.clock import LAST, MAX_FORWARD_S
from rollcase.recorder import NO_TIME
from rollcore import events, policy, state


def live_until(case: WholeCase, time: int) -> None:
    """Let time pass up to this case time (s), in steps of up to five days."""
    while case.app.clock.time < time:
        case.tick(min(time - case.app.clock.time, 5 * DAY) * 1000, False)


@pytest.fixture
def late(tmp_path: Path) -> WholeCase:
    """Return a case that rests by a policy of its owner, a day before its clock ends."""
    case = WholeCase(tmp_path / "case")
    assert case.app.set_policy(policy.for_needle(250).changed(revision=1)) == ""
    time = LAST - MAX_FORWARD_S
    assert case.app.set_clock(time, events.FROM_HOST, events.SYNCHRONISED, True) == ""
    live_until(case, LAST - DAY)
    assert case.phase == state.PREPARE
    return case


def uses(case: WholeCase) -> int:
    """Return how many uses were begun."""
    return sum(event.kind == events.USE_STARTED for event in case.log())


def test_rest_that_reaches_beyond_the_end_of_the_clock_lasts_until_the_clock_is_set_back(
    late: WholeCase,
) -> None:
    bring_to(late, state.RESTING)
    for _ in range(40):
        late.tick(5 * DAY * 1000, False)
        late.very_long_press()
        late.press()
    assert late.app.clock.time == LAST
    late.long_press()  # ends a soak that was begun against the rest
    assert late.app.standing.phase == state.RESTING
    assert uses(late) == 1


@pytest.mark.parametrize("phase", [state.PREPARE, state.READY])
def test_no_use_begins_once_the_clock_has_come_to_its_end(late: WholeCase, phase: str) -> None:
    live_until(late, LAST - 25 * MINUTE)
    bring_to(late, phase)
    late.wait(30 * MINUTE)
    assert late.app.fault == NO_TIME
    for _ in range(3):
        late.press()
        late.long_press()
        late.wait(30 * MINUTE)
    assert uses(late) == 0
    late.switch_on()
    assert late.app.fault == NO_TIME


def test_use_that_goes_on_at_the_end_of_the_clock_is_ended_by_the_button(late: WholeCase) -> None:
    live_until(late, LAST - 25 * MINUTE)
    bring_to(late, state.IN_USE)
    late.wait(30 * MINUTE)
    assert late.app.standing.phase == state.IN_USE
    late.press()
    assert late.app.standing.phase == state.CLEAN_ME
    assert late.app.journal.state.uses == 1


@pytest.mark.parametrize("phase", [state.PREPARE, state.RESTING, state.READY])
def test_case_whose_clock_stands_is_not_busy(late: WholeCase, phase: str) -> None:
    if phase == state.READY:
        live_until(late, LAST - 25 * MINUTE)
    bring_to(late, phase)
    live_until(late, LAST)
    late.wait(5)
    shown = [line for line in late.said if line.startswith("lamp")]
    for _ in range(50):
        assert late.app.idle_ms() >= 500
        late.tick(late.app.idle_ms(), False)
    assert [line for line in late.said if line.startswith("lamp")] == shown
    assert late.app.clock.uptime > MAX_FORWARD_S


def test_clock_that_has_come_to_its_end_can_be_set_back_and_rests_go_on(late: WholeCase) -> None:
    bring_to(late, state.RESTING)
    late.tick(2 * DAY * 1000, False)
    assert (late.app.fault, late.phase) == (NO_TIME, lamp.FAULT)
    assert late.app.set_clock(NOW, events.FROM_HOST, events.SYNCHRONISED) != ""
    assert late.app.set_clock(NOW, events.FROM_HOST, events.SYNCHRONISED, True) == ""
    assert (late.app.fault, late.phase) == ("", state.RESTING)
    assert late.app.standing.until >= NOW + 5 * DAY
