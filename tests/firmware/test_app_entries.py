"""What the host tells of holds, clinic sessions, reactions and heads."""

import pytest
from tests.firmware.whole_case import (
    DAY,
    NOW,
    WholeCase,
    tell,
    with_rules,
)

from rollcore import events, state
from rollcore.events import FROM_HOST


def test_hold_ends_on_its_date_by_itself(case: WholeCase) -> None:
    until = case.app.clock.time + 2 * DAY
    assert tell(case, events.HOLD_SET, reason=events.ACNE, until=until) == ""
    case.wait(2 * DAY - 1)
    assert case.phase == state.HELD
    case.wait(1)
    assert case.phase == state.PREPARE


def test_hold_without_a_date_ends_when_the_host_releases_it(case: WholeCase) -> None:
    tell(case, events.HOLD_SET, reason=events.ACNE, until=0)
    case.wait(3 * DAY)
    assert case.phase == state.HELD
    tell(case, events.HOLD_SET, reason=events.NO_HOLD, until=0)
    assert case.phase == state.PREPARE


@pytest.mark.parametrize(("rest_h", "days"), [(28 * 24, 28), (900, 37.5)])
def test_clinic_session_rests_as_long_as_the_policy_says(
    case: WholeCase, rest_h: int, days: float
) -> None:
    with_rules(case, clinic_rest_h=rest_h)
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    assert tell(case, events.CLINIC, at=NOW - DAY, needle_um=1500) == ""
    assert case.phase == state.RESTING
    case.long_press()
    assert case.log()[-1].data["reason"] == events.AFTER_CLINIC
    assert case.log()[-1].data["until"] == NOW - DAY + int(days * DAY)


@pytest.mark.parametrize(("rest_h", "days"), [(14 * 24, 14), (600, 25)])
def test_reaction_holds_while_open_and_rests_once_closed(
    case: WholeCase, rest_h: int, days: int
) -> None:
    with_rules(case, reaction_rest_h=rest_h)
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    assert tell(case, events.REACTION, open=1, at=NOW) == ""
    case.long_press()
    refusal = case.log()[-1].data
    assert (case.phase, refusal["reason"]) == (state.HELD, events.REACTION_OPEN)
    assert tell(case, events.REACTION, open=0, at=NOW) == ""
    case.long_press()
    refusal = case.log()[-1].data
    assert (case.phase, refusal["reason"]) == (state.RESTING, events.AFTER_REACTION)
    assert refusal["until"] == NOW + days * DAY
