"""The supply's driver."""

from tests.micropython.suite.expect import equal
from tests.micropython.suite.fake_machine import Pin

from rollcase.hal.supply import Supply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def pin_of(supply: Supply) -> "Any":
    """Return the pin that a supply reads."""
    return supply._pin


def test_case_is_plugged_in_while_its_pin_is_high() -> None:
    for pin in (24, "WL_GPIO2"):
        supply = Supply(pin)
        for level in (0, 1, 0):
            pin_of(supply).level = level
            equal(supply.plugged_in(), bool(level), pin)


def test_board_without_the_pin_counts_as_plugged_in() -> None:
    equal(Supply(None).plugged_in(), True)


def test_plugging_in_ends_a_sleep_where_the_chip_itself_has_the_pin() -> None:
    equal(pin_of(Supply(24)).trigger, Pin.IRQ_RISING)
    equal(pin_of(Supply("WL_GPIO2")).trigger, 0)
