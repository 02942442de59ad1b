"""The driver of the chip's reset: why the chip started."""

from tests.micropython.suite.expect import equal
from tests.micropython.suite.fake_machine import Machine

from rollcase.hal.reset import cause_of_start
from rollcase.hal.watchdog import SCRATCH4, TIMER_MARK
from rollcore import events


def test_boot_cause_is_power_unless_the_watchdog_fired() -> None:
    Machine.cause = Machine.PWRON_RESET
    Machine.mem32[SCRATCH4] = TIMER_MARK
    equal(cause_of_start(), events.POWER_ON)


def test_restart_is_told_from_a_watchdog_that_fired() -> None:
    Machine.cause = Machine.WDT_RESET
    Machine.mem32[SCRATCH4] = 0
    equal(cause_of_start(), events.SOFT_RESET)
    Machine.mem32[SCRATCH4] = TIMER_MARK
    equal(cause_of_start(), events.WATCHDOG)


def test_watchdog_is_the_cause_of_one_start_only() -> None:
    Machine.cause = Machine.WDT_RESET
    Machine.mem32[SCRATCH4] = TIMER_MARK
    equal(cause_of_start(), events.WATCHDOG)
    equal(cause_of_start(), events.SOFT_RESET)
