"""The watchdog's driver."""

from tests.micropython.suite.expect import equal
from tests.micropython.suite.fake_machine import Machine

from rollcase.hal import watchdog
from rollcase.hal.watchdog import Watchdog


def test_watchdog_waits_8_s_and_is_fed() -> None:
    dog = Watchdog()
    equal(dog._timer.timeout, 8000)
    dog.feed()
    dog.feed()
    equal(dog._timer.feeds, 2)


def test_stopped_watchdog_is_disabled_and_leaves_no_mark() -> None:
    Machine.mem32[watchdog.SCRATCH4] = watchdog.TIMER_MARK
    Watchdog().stop()
    # An RP2040's: bit 30 of the control register, written where writing clears bits.
    equal(Machine.mem32, {0x4005B000: 1 << 30, 0x4005801C: 0})
