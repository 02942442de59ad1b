"""The latch's driver."""

from tests.micropython.suite.expect import equal
from tests.micropython.suite.fake_machine import Pin

from rollcase.hal.latch import Latch


def test_latch_is_open_until_it_is_told_and_without_power() -> None:
    latch = Latch(28)
    pin = latch._pin
    equal((pin.number, pin.mode, pin.level), (28, Pin.OUT, 0))
    latch.lock(True)
    equal(pin.level, 1)
    latch.lock(False)
    equal(pin.level, 0)
