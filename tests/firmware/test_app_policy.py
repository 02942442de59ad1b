"""Each number of the policy, in force."""

import pytest
from tests.firmware.whole_case import (
    DAY,
    MINUTE,
    WholeCase,
    bring_to,
    roll,
    soak,
    with_rules,
)

from rollcore import state

# Each number in force


def test_rested_roller_is_ready_without_a_soak_before_use(case: WholeCase) -> None:
    with_rules(case, soak_before_min=0)
    assert case.phase == state.READY
    case.wait(3 * DAY)
    assert case.phase == state.READY


def test_use_leads_to_rest_without_a_soak_after_use(case: WholeCase) -> None:
    with_rules(case, soak_before_min=0, soak_after_min=0)
    roll(case)
    assert case.phase == state.RESTING


def test_soak_leads_on_at_once_without_drying(case: WholeCase) -> None:
    with_rules(case, dry_before_min=0, dry_after_min=0)
    soak(case)
    assert case.phase == state.READY
    roll(case)
    soak(case)
    assert case.phase == state.RESTING


@pytest.mark.parametrize(
    ("number", "value", "phase", "seconds", "then"),
    [
        ("soak_before_min", 7, state.SOAKING, 7 * MINUTE, state.DRYING),
        ("dry_before_min", 20, state.DRYING, 20 * MINUTE, state.READY),
        ("ready_min", 45, state.READY, 45 * MINUTE, state.PREPARE),
        ("rest_h", 100, state.RESTING, 100 * 3600, state.PREPARE),
    ],
)
def test_phase_lasts_as_long_as_the_policy_says(
    case: WholeCase, number: str, value: int, phase: str, seconds: int, then: str
) -> None:
    with_rules(case, **{number: value})
    bring_to(case, phase)
    began = {event.name: event.time for event in case.log()}
    since = {
        state.SOAKING: began["soak_started"],
        state.DRYING: began.get("soak_ended", 0),
        state.READY: began.get("soak_ended", 0) + 10 * MINUTE,
        state.RESTING: began.get("use_ended", 0),
    }[phase]
    case.wait(since + seconds - 1 - case.app.clock.time)
    assert case.phase == phase
    case.wait(1)
    assert case.phase == then


@pytest.mark.parametrize(("number", "value", "stage"), [("warn_min", 3, "1"), ("stop_min", 8, "2")])
def test_use_warns_and_stops_when_the_policy_says(
    case: WholeCase, number: str, value: int, stage: str
) -> None:
    with_rules(case, soak_before_min=0, **{number: value})
    case.press()
    started = case.log()[-1].time
    case.wait(started + value * MINUTE - 1 - case.app.clock.time)
    assert case.said_last("lamp")[2] != stage
    case.wait(1)
    assert case.said_last("lamp") == ["lamp", "in_use", stage]


def test_cleaning_is_overdue_when_the_policy_says(case: WholeCase) -> None:
    with_rules(case, overdue_min=25)
    bring_to(case, state.CLEAN_ME)
    case.wait(case.log()[-1].time + 25 * MINUTE - 1 - case.app.clock.time)
    assert case.said_last("lamp") == ["lamp", "clean_me", "0"]
    case.wait(1)
    assert case.said_last("lamp") == ["lamp", "clean_me", "1"]


def test_head_warns_while_ready_and_wears_out_by_its_uses(case: WholeCase) -> None:
    with_rules(case, soak_before_min=0, soak_after_min=0, head_warn_uses=1, head_uses=2)
    assert case.said_last("lamp") == ["lamp", "ready", "0"]
    roll(case)
    case.wait(3 * DAY)
    assert case.said_last("lamp") == ["lamp", "ready", "1"]
    roll(case)
    assert case.phase == state.HEAD_EXPIRED


def test_head_wears_out_by_its_days(case: WholeCase) -> None:
    with_rules(case, soak_before_min=0, soak_after_min=0, head_days=5)
    roll(case)
    case.wait(case.log()[-1].time + 5 * DAY - 1 - case.app.clock.time)
    assert case.phase == state.READY
    case.wait(1)
    assert case.phase == state.HEAD_EXPIRED
