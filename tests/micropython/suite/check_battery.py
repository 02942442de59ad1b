"""The battery's driver."""

from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.fake_machine import ADC

from rollcase.hal.battery import Battery


def test_battery_is_measured_in_millivolts() -> None:
    battery = Battery(29, 3)
    equal(battery._adc.pin.number, 29)
    for level, millivolts in ((0, 0), (65535, 9900), (21845, 3300), (33099, 5000), (1, 0)):
        ADC.level = level
        equal(battery.millivolts(), millivolts)
    # With a Pico's divider all of it stays below where MicroPython's small integers end.
    true(65535 * battery._full_mv < 1 << 30, battery._full_mv)
