"""Several parts fail at once: the flash, the clock chip, and the policy that the log names is lost.

The case starts all the same, says that it cannot work, and goes on once each of them is well.
"""

from itertools import product
from pathlib import Path

import pytest
from tests.firmware.fakes import FakeTimeChip
from tests.firmware.whole_case import DAY, NOW, SHORT, WholeCase, lose_policy, soak

from rollcase import lamp
from rollcase.recorder import NO_POLICY, RETRY_S
from rollcore import events, state

CHIPS = ("right", "ahead", "behind", "not sure", "dead")
FLASHES = ("broken", "spoiling", "unreadable")


def case_with_chip(directory: Path) -> tuple[WholeCase, FakeTimeChip]:
    """Return a case with a policy of its owner and a clock chip that keeps the time."""
    cases: list[WholeCase] = []
    chip = FakeTimeChip(lambda: NOW + (cases[0].ms // 1000 if cases else 0))
    cases.append(WholeCase(directory, chip))
    assert cases[0].app.set_policy(SHORT) == ""
    return cases[0], chip


def spoil_chip(chip: FakeTimeChip, how: str) -> None:
    """Let the clock chip fail in one of the ways of `CHIPS`."""
    chip.off = {"ahead": 3 * DAY, "behind": -3 * DAY, "not sure": 3 * DAY}.get(how, 0)
    chip.sure = how != "not sure"
    chip.dead = how == "dead"


@pytest.mark.parametrize(("how", "flash"), list(product(CHIPS, FLASHES)))
def test_case_without_flash_policy_and_clock_starts_and_goes_on_once_they_are_back(
    tmp_path: Path, how: str, flash: str
) -> None:
    case, chip = case_with_chip(tmp_path)
    was = case.last_seq
    lose_policy(case)
    spoil_chip(chip, how)
    setattr(case.flash, flash, True)
    case.switch_on()
    assert case.app.fault
    assert case.phase == lamp.FAULT
    case.press()
    case.wait(3 * RETRY_S)
    case.very_long_press()
    assert case.app.fault
    assert case.phase == lamp.FAULT

    setattr(case.flash, flash, False)
    case.switch_on()
    case.wait(2 * RETRY_S)
    news = [name for name, _ in case.news(was)]
    assert news[0] == "boot"
    assert news.count("boot") in (1, 2)  # the first one may have been written before the failure
    assert news.count("clock_set") + news.count("clock_heard") <= news.count("boot")
    assert case.app.fault in (NO_POLICY, case.app.journal.hurt)
    assert "use_started" not in news

    if case.app.journal.hurt:
        assert case.app.new_log(keep=True) == ""
    assert case.app.set_policy(SHORT) == ""
    assert case.app.fault == ""
    assert case.phase in (state.PREPARE, state.RESTING)


@pytest.mark.parametrize("how", CHIPS)
def test_boot_that_the_flash_takes_late_asks_the_chip_once(tmp_path: Path, how: str) -> None:
    case, chip = case_with_chip(tmp_path)
    was = case.last_seq
    lose_policy(case)
    spoil_chip(chip, how)
    case.flash.broken = True
    case.switch_on()
    case.wait(2 * RETRY_S)
    assert case.app.fault
    case.flash.broken = False
    case.wait(2 * RETRY_S)
    about_clock = {"behind": ["clock_heard"], "not sure": ["clock_heard"], "dead": []}
    expected = about_clock.get(how, ["clock_set"])
    assert [name for name, _ in case.news(was)] == ["boot", *expected]
    assert case.app.fault == NO_POLICY


def test_no_use_begins_as_long_as_the_policy_is_lost(tmp_path: Path) -> None:
    case, _ = case_with_chip(tmp_path)
    lose_policy(case)
    case.switch_on()
    was = case.last_seq
    soak(case)
    case.wait(600)
    case.press()
    case.long_press()
    assert events.KINDS[events.USE_STARTED].name not in [name for name, _ in case.news(was)]
    assert case.app.fault == NO_POLICY
