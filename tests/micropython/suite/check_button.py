"""The button's driver: its level, its bounces, and how it ends a pause."""

import select

from tests.micropython.suite.expect import equal, raises
from tests.micropython.suite.fake_machine import Pin

from rollcase.hal import identity
from rollcase.hal.button import ButtonPin
from rollcase.hal.levels import POLL


def test_button_is_down_at_the_level_it_pulls_to() -> None:
    for active_low in (True, False):
        button = ButtonPin(14, active_low)
        equal(button._pin.pull, Pin.PULL_UP if active_low else Pin.PULL_DOWN)
        for level in (0, 1):
            button._pin.level = level
            equal(button.down(), level == (0 if active_low else 1))


def test_button_to_3v3_is_refused_on_an_rp2350() -> None:
    told = identity.is_rp2350
    identity.is_rp2350 = lambda: True
    try:
        ButtonPin(14, True)
        error = raises(ValueError, ButtonPin, 14, False)
    finally:
        identity.is_rp2350 = told
    equal(str(error), "an RP2350 needs a button to ground: BUTTON_ACTIVE_LOW = True")


def test_button_wakes_a_poll_when_its_level_is_not_the_one_read_last() -> None:
    button = ButtonPin(14, True)
    equal(button._pin.trigger, Pin.IRQ_FALLING | Pin.IRQ_RISING)
    for level in (1, 0, 1):
        button._pin.level = level
        button.down()
        equal(button.ioctl(POLL, select.POLLIN), 0, level)
        button._pin.level = 1 - level
        equal(button.ioctl(POLL, select.POLLIN), select.POLLIN, level)
        equal(button.ioctl(POLL, select.POLLOUT), 0, level)
        equal(button.ioctl(POLL + 1, select.POLLIN), -1, level)


class Bounce:
    """A pin that is low for so many looks, and high from then on."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def value(self) -> int:
        """Return the level."""
        self.looks -= 1
        return 0 if self.looks >= 0 else 1


def test_button_is_held_if_it_stays_down_for_longer_than_a_contact_bounces() -> None:
    button = ButtonPin(14, True)
    for looks, held in ((0, False), (1, False), (49, False), (50, True)):  # 1 ms apart
        button._pin = Bounce(looks)
        equal(button.held(), held, looks)
