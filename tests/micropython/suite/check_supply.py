"""The supply's driver."""

from tests.micropython.suite.expect import equal
from tests.micropython.suite.fake_machine import Pin

from rollcase.hal import supply as supply_module
from rollcase.hal.supply import Supply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def pin_of(supply: Supply) -> "Any":
    """Return the pin that a supply reads."""
    return supply._pin


def test_case_is_plugged_in_while_its_pin_is_high() -> None:
    for pin in (24, "WL_GPIO2"):
        supply = Supply(pin, lambda: True)
        for level in (0, 1, 0):
            pin_of(supply).level = level
            equal(supply.plugged_in(), bool(level), pin)


class CountedPin(Pin):
    """A pin that counts the looks at it."""

    looks = 0

    def value(self, level: "int | None" = None) -> int:
        """Return the level."""
        self.looks += 1
        return self.level


def looks_in_a_day(vbus: "int | str", every_s: int) -> int:
    """Return how often a pin is looked at in a day in which the supply is asked so often."""
    driver: Any = supply_module
    counted = CountedPin(vbus)
    ticks_ms = driver.ticks_ms
    try:
        driver.ticks_ms = lambda: 0
        supply: Any = Supply(vbus, lambda: False)
        supply._pin = counted
        for second in range(0, 24 * 3600, every_s):
            driver.ticks_ms = lambda second=second: second * 1000
            equal(supply.plugged_in(), False)
    finally:
        driver.ticks_ms = ticks_ms
    return counted.looks


def test_pin_behind_the_wireless_chip_is_looked_at_once_a_minute() -> None:
    equal(looks_in_a_day("WL_GPIO2", 4), 24 * 60)
    equal(looks_in_a_day(24, 4), 24 * 3600 // 4)


def test_board_without_the_pin_counts_as_plugged_in() -> None:
    equal(Supply(None, lambda: False).plugged_in(), True)


def test_plugging_in_ends_a_sleep_where_the_chip_itself_has_the_pin() -> None:
    equal(pin_of(Supply(24, lambda: False)).trigger, Pin.IRQ_RISING)
    equal(pin_of(Supply("WL_GPIO2", lambda: False)).trigger, 0)
