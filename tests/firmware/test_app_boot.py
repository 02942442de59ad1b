"""A start: what it logs, what a power cut ends, and safe mode."""

import pytest
from tests.firmware.whole_case import (
    WholeCase,
    bring_to,
)

from rollcore import events, policy, state
from rollcore.state import SAFE_AFTER

# Boot


def test_new_case_works_at_once(case: WholeCase) -> None:
    assert case.news(0) == [
        ("boot", {"cause": events.POWER_ON, "torn": 0, "corrected": 0, "lost": 0, "skipped": 0})
    ]
    assert case.phase == state.PREPARE
    assert case.app.policy.needle_um == policy.DEFAULT_NEEDLE_UM == 500
    assert case.app.fault == ""


def test_each_start_is_a_boot_with_the_next_number_and_its_cause(case: WholeCase) -> None:
    case.switch_on(events.WATCHDOG)
    case.switch_on(events.SOFT_RESET)
    assert [(event.boot, event.data["cause"]) for event in case.log()] == [
        (1, events.POWER_ON), (2, events.WATCHDOG), (3, events.SOFT_RESET),
    ]  # fmt: skip


def test_use_open_at_a_power_cut_is_ended_with_its_end_unknown(case: WholeCase) -> None:
    bring_to(case, state.IN_USE)
    case.switch_on()
    assert case.phase == state.CLEAN_ME
    assert case.app.journal.state.end_known is False
    assert case.app.journal.state.uses == 1


def test_soak_broken_by_the_power_cut_has_to_start_again(case: WholeCase) -> None:
    bring_to(case, state.SOAKING)
    case.switch_on()
    assert case.phase == state.PREPARE


def test_readiness_does_not_survive_the_power_cut(case: WholeCase) -> None:
    bring_to(case, state.READY)
    case.switch_on()
    assert case.phase == state.PREPARE


# Safe mode


def test_boot_logged_late_changes_no_policy_in_safe_mode(case: WholeCase) -> None:
    for _ in range(SAFE_AFTER):
        case.app.failed({"file": 2, "error": 13, "line": 1})
        case.flash.broken = True
        case.switch_on(events.SOFT_RESET)
        case.flash.broken = False
    assert case.app.set_policy(policy.for_needle(250)) != ""
    assert case.app.safe
    assert "in a row" in case.app.fault


@pytest.mark.parametrize("faults", range(1, SAFE_AFTER))
def test_fewer_faults_do_not_start_safe_mode(case: WholeCase, faults: int) -> None:
    for _ in range(faults):
        case.app.failed({"file": 2, "error": 13, "line": 1})
        case.switch_on(events.SOFT_RESET)
    assert (case.app.safe, case.app.fault) == (False, "")
