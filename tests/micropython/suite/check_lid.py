"""The driver of the lid's switch."""

import select

import micropython  # type: ignore[import-not-found]  # MicroPython alone has it
from tests.micropython.suite.expect import equal
from tests.micropython.suite.fake_machine import Pin

from rollcase.hal.levels import POLL
from rollcase.hal.lid import LidSwitch


def test_lid_is_open_at_the_level_it_is_told() -> None:
    for open_high in (True, False):
        lid = LidSwitch(9, open_high)
        pin = lid._pin
        equal((pin.number, pin.mode, pin.pull), (9, Pin.IN, Pin.PULL_UP))
        for level in (0, 1, 0):
            pin.level = level
            micropython.heap_lock()
            is_open = lid.is_open()
            micropython.heap_unlock()
            equal(is_open, bool(level) == open_high)


def test_lid_that_moves_ends_a_pause_and_a_sleep() -> None:
    lid = LidSwitch(9, True)
    equal(lid._pin.trigger, Pin.IRQ_FALLING | Pin.IRQ_RISING)
    poll = select.poll()
    poll.register(lid, select.POLLIN)
    for level in (1, 0, 1):
        lid._pin.level = level
        equal(lid.moved(), True)
        equal(len(poll.poll(0)), 1)
        lid.is_open()
        equal(lid.moved(), False)
        equal(poll.poll(0), [])
    equal(lid.ioctl(POLL + 1, select.POLLIN), -1)
