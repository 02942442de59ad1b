"""The battery's driver."""

from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.fake_machine import ADC

from rollcase.hal.battery import KEPT, Battery

FRESH, FRESH_MV = 33099, 5000
LOW = 12000

FIRST = 3
"""How many first readings can be wrong (pico-examples, pull request 393)."""


def test_battery_is_measured_in_millivolts() -> None:
    battery = Battery(29, 3)
    equal(battery._adc.pin.number, 29)
    for level, millivolts in ((0, 0), (65535, 9900), (21845, 3300), (FRESH, FRESH_MV), (1, 0)):
        ADC.level = level
        equal(battery.millivolts(), millivolts)
    # With a Pico's divider all of it stays below where MicroPython's small integers end.
    true(65535 * battery._full_mv < 1 << 30, battery._full_mv)


def test_first_readings_of_each_measurement_do_not_count() -> None:
    battery = Battery(29, 3)
    ADC.level = FRESH
    for _ in range(2):
        ADC.before[:] = [LOW] * FIRST
        equal(battery.millivolts(), FRESH_MV)
        equal(ADC.before, [])


def test_two_wrong_readings_anywhere_among_the_kept_change_nothing() -> None:
    battery = Battery(29, 3)
    ADC.level = FRESH
    for first in range(KEPT):
        for second in range(first):
            for wrong in ((LOW, LOW), (65535, 65535), (LOW, 65535), (65535, 0)):
                kept = [FRESH] * KEPT
                kept[first], kept[second] = wrong
                ADC.before[:] = [LOW] * FIRST + kept
                equal(battery.millivolts(), FRESH_MV, (first, second, wrong))


def test_low_battery_is_measured_as_low_through_high_readings() -> None:
    battery = Battery(29, 3)
    ADC.level = LOW
    ADC.before[:] = [FRESH] * FIRST + [FRESH, LOW, FRESH]
    equal(battery.millivolts(), LOW * 9900 // 65535)
