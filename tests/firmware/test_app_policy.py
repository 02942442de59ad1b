"""The policy: sent, lost, and each of its numbers in force."""

from pathlib import Path

import pytest
from tests.firmware.flaky_flash import FlakyFlash
from tests.firmware.whole_case import (
    DAY,
    MINUTE,
    WholeCase,
    bring_to,
    roll,
    soak,
    with_rules,
)

from rollcore import policy, state

# Set and lost


NEW_RULES = policy.for_needle(250).changed(revision=1)


def kept(case: WholeCase) -> list[str]:
    return sorted(path.name for path in case.directory.glob("policy-*"))


def test_new_policy_is_in_force_at_once_and_after_a_power_cut(case: WholeCase) -> None:
    assert case.app.set_policy(NEW_RULES) == ""
    assert case.news(1) == [
        (
            "policy_set",
            {"digest": NEW_RULES.digest, "needle_um": 250, "kept": 0},
        )
    ]
    assert case.app.policy.text == NEW_RULES.text
    case.switch_on()
    assert case.app.policy.text == NEW_RULES.text
    assert kept(case) == [f"policy-{NEW_RULES.digest:08x}"]


def test_new_policy_changes_the_current_rest(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    case.wait(8 * DAY)
    assert case.phase == state.RESTING
    case.app.set_policy(NEW_RULES)
    assert case.phase == state.PREPARE


def test_policy_in_force_is_not_set_again(case: WholeCase) -> None:
    case.app.set_policy(NEW_RULES)
    before = case.last_seq
    assert case.app.set_policy(NEW_RULES) == ""
    assert case.news(before) == []


@pytest.mark.parametrize("call", ["open", "write"])
def test_policy_that_the_flash_does_not_take_is_not_in_force(
    flash: FlakyFlash, tmp_path: Path, call: str
) -> None:
    case = WholeCase(tmp_path)
    before = case.app.policy.text
    flash.broken = call
    assert "flash" in case.app.set_policy(NEW_RULES)
    assert case.app.policy.text == before
    flash.broken = ""
    case.switch_on()
    assert case.app.policy.text == before
    assert case.app.set_policy(NEW_RULES) == ""
    assert case.app.policy.text == NEW_RULES.text


def test_policy_is_in_force_even_if_the_older_file_cannot_be_removed(case: WholeCase) -> None:
    (case.directory / "policy-00000000").mkdir()  # is no file, and so cannot be removed as one
    assert case.app.set_policy(NEW_RULES) == ""
    assert case.app.policy.text == NEW_RULES.text
    assert case.app.fault == ""
    case.switch_on()
    assert case.app.policy.text == NEW_RULES.text


@pytest.mark.parametrize("damage", [None, b"", b"damaged"], ids=["gone", "empty", "damaged"])
def test_policy_lost_from_flash_is_the_needles_default_until_it_is_set_again(
    case: WholeCase, damage: bytes | None
) -> None:
    longer = NEW_RULES.changed(rest_h=200)
    case.app.set_policy(longer)
    (cell,) = case.directory.glob("policy-*")
    cell.unlink() if damage is None else cell.write_bytes(damage)
    case.switch_on()
    assert case.app.policy.text == policy.for_needle(250).text
    assert case.app.set_policy(longer) == ""
    assert case.app.policy.text == longer.text
    case.switch_on()
    assert case.app.policy.text == longer.text


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
