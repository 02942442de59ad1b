"""The drivers of the lamps: colours, brightness, and what holds in a sleep."""

import micropython  # type: ignore[import-not-found]  # MicroPython alone has it
from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.fake_machine import PWM, Pin, Wire, duties

from rollcase.hal.pixel_lamp import PixelLamp
from rollcase.hal.plain_lamp import PlainLamp
from rollcase.hal.rgb_lamp import RgbLamp

FULL = (0x000000, 0xFFFFFF, 0xFF0000, 0x00FF00, 0x0000FF)
BETWEEN = (0xFF7000, 0x1A0B00, 0x800000, 0xFF01FF, 0x0000FE, 0x010203)
COLOURS = FULL + BETWEEN


def test_plain_led_is_on_from_half_brightness_up() -> None:
    led = PlainLamp(25)
    for colour, level in (
        (0x000000, 0), (0x7F7F7F, 0), (0x800000, 1), (0x008000, 1), (0x000080, 1),
        (0xFFFFFF, 1), (0x402000, 0), (0xFF7000, 1),
    ):  # fmt: skip
        led.show(colour)
        equal(led._pin.level, level, f"{colour:06x}")


def test_three_leds_show_the_three_brightnesses() -> None:
    lamp = RgbLamp(16, 17, 18, False)
    equal(duties(), {16: 0, 17: 0, 18: 0})
    lamp.show(0xFF7001)
    equal(duties(), {16: 0xFFFF, 17: 0x7070, 18: 0x0101})
    lamp = RgbLamp(16, 17, 18, True)
    equal(duties(), {16: 0xFFFF, 17: 0xFFFF, 18: 0xFFFF})
    lamp.show(0xFF7001)
    equal(duties(), {16: 0, 17: 0x8F8F, 18: 0xFEFE})


def test_three_leds_hold_while_each_is_all_on_or_all_off() -> None:
    for common_anode in (False, True):
        lamp = RgbLamp(18, 17, 16, common_anode)
        equal(duties(), dict.fromkeys((18, 17, 16), 0xFFFF if common_anode else 0))
        equal(lamp.holds(), True)
        for colour in COLOURS:
            lamp.show(colour)
            equal(lamp.holds(), all(duty in (0, 0xFFFF) for duty in duties().values()), colour)
            equal(lamp.holds(), colour in FULL, colour)


def test_new_brightness_is_in_force_within_50_us() -> None:
    RgbLamp(18, 17, 16, False)
    for wave in PWM.of.values():
        true(wave.hz >= 20000, wave.hz)


def test_plain_led_and_pixel_hold_every_colour_without_the_clock() -> None:
    for lamp in (PlainLamp(25), PixelLamp(22)):
        for colour in COLOURS:
            lamp.show(colour)
            equal(lamp.holds(), True)


def test_pixel_is_sent_green_red_blue_at_a_quarter() -> None:
    lamp = PixelLamp(22)
    equal((Wire.sends, Wire.data), (1, bytearray(3)))
    for colour, grb in ((0xFF8004, b"\x20\x3f\x01"), (0x0480FF, b"\x20\x01\x3f"), (0, bytes(3))):
        lamp.show(colour)
        equal(Wire.data, grb, f"{colour:06x}")
    equal(Wire.sends, 4)


def test_pixel_is_sent_its_data_with_the_timing_of_a_ws2812() -> None:
    PixelLamp(22)
    pin = Wire.pin
    true(pin is not None, "nothing was sent")
    equal(pin and (pin.number, pin.mode), (22, Pin.OUT))
    equal((Wire.encoding, Wire.timing), (0, (400, 850, 800, 450)))


def test_lamp_shows_and_tells_without_memory() -> None:
    for lamp in (PlainLamp(25), RgbLamp(18, 17, 16, True), PixelLamp(22)):
        micropython.heap_lock()
        try:
            for colour in COLOURS:
                lamp.show(colour)
                lamp.holds()
        finally:
            micropython.heap_unlock()
