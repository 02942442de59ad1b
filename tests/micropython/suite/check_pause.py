"""The pause's driver: how long the chip sleeps, and what keeps it awake."""

from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.fake_machine import Machine

from rollcase.hal.button import ButtonPin
from rollcase.hal.lid import LidSwitch
from rollcase.hal.pause import LONGEST_MS, Pause


def test_sleep_lasts_until_lamp_or_app_is_due_and_not_too_long_for_the_watchdog() -> None:
    pause = Pause(ButtonPin(14, True), None)
    for lamp_ms, idle_ms, slept in (
        (300, 5000, 300), (5000, 200, 200), (86400000, 86400000, LONGEST_MS), (10, 99, 10),
    ):  # fmt: skip
        pause.sleep(lamp_ms, idle_ms)
        equal(Machine.slept.pop(), slept)
    true(LONGEST_MS < 8000, LONGEST_MS)


def test_switch_that_has_moved_is_not_slept_over() -> None:
    button, lid = ButtonPin(14, True), LidSwitch(9, True)
    pause = Pause(button, lid)
    for level in (button, lid):
        level._pin.level = 1
        pause.sleep(300, 300)
        equal(Machine.slept, [])
        level.level()
        pause.sleep(300, 300)
        equal(Machine.slept.pop(), 300)


def test_pause_of_a_few_ms_is_waited_for_and_not_slept() -> None:
    pause = Pause(ButtonPin(14, True), None)
    pause.sleep(9, 100)
    equal(Machine.slept, [])
