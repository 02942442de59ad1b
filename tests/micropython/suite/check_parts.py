"""The lamps, and the parts that only some boards have, on a `machine` that remembers."""

import select
import sys

import micropython  # type: ignore[import-not-found]  # MicroPython alone has it
from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.pins import Pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class PWM:
    """A wave, as an RP2040 makes it: what is set while it runs counts from its next period on."""

    of: "dict[int, PWM]" = {}

    def __init__(self, pin: Pin, freq: int, duty_u16: int = 0) -> None:
        self.of[pin.number] = self
        self.hz = freq
        self.running = True
        self.duty = self.next = duty_u16

    def freq(self, hz: int) -> None:
        """Set the frequency."""
        self.hz = hz

    def duty_u16(self, duty: int) -> None:
        """Set the duty, and go."""
        self.next = duty
        if not self.running:
            self.duty = duty
        self.running = True

    def deinit(self) -> None:
        """Stand still."""
        self.running = False

    def period(self) -> None:
        """Come to the end of a period."""
        self.duty = self.next


class ADC:
    """Reads what the test wants."""

    level = 0

    def __init__(self, pin: Pin) -> None:
        equal(pin.number, 29)

    def read_u16(self) -> int:
        """Return the voltage in parts of 65535."""
        return self.level


sent = bytearray(3)
sends = [0]


def bitstream(pin: Pin, encoding: int, timing: "tuple[int, ...]", data: bytearray) -> None:
    """Take what a WS2812 is sent."""
    true(pin.number == 22 and pin.mode == Pin.OUT and encoding == 0 and len(data) == 3, "garbage")
    true(timing[0] == 400 and timing[1] == 850 and timing[2] == 800 and timing[3] == 450, "timing")
    for place in range(3):
        sent[place] = data[place]
    sends[0] += 1


class Machine:
    """What the parts use of `machine`."""

    Pin, PWM, ADC, bitstream = Pin, PWM, ADC, staticmethod(bitstream)


def hal(name: str) -> "Any":
    """Return a module of `hal`, imported over the `machine` above."""
    modules: Any = sys.modules
    modules["machine"] = Machine
    return __import__("rollcase.hal." + name, None, None, (name,))


def duties() -> "dict[int, int]":
    """Return what the channels show a period later."""
    for wave in PWM.of.values():
        wave.period()
    return {number: wave.duty for number, wave in PWM.of.items()}


FULL = (0x000000, 0xFFFFFF, 0xFF0000, 0x00FF00, 0x0000FF)
BETWEEN = (0xFF7000, 0x1A0B00, 0x800000, 0xFF01FF, 0x0000FE, 0x010203)
COLOURS = FULL + BETWEEN


def test_three_leds_hold_while_each_is_all_on_or_all_off() -> None:
    for common_anode in (False, True):
        lamp = hal("lamps").RgbLamp(18, 17, 16, common_anode)
        equal(duties(), dict.fromkeys((18, 17, 16), 0xFFFF if common_anode else 0))
        equal(lamp.holds(), True)
        for colour in COLOURS:
            lamp.show(colour)
            equal(lamp.holds(), all(duty in (0, 0xFFFF) for duty in duties().values()), colour)
            equal(lamp.holds(), colour in FULL, colour)


def test_a_new_brightness_counts_within_50_us() -> None:
    hal("lamps").RgbLamp(18, 17, 16, False)
    for wave in PWM.of.values():
        true(wave.hz >= 20000, wave.hz)


def test_a_plain_led_and_a_pixel_hold_whatever_they_show() -> None:
    lamps = hal("lamps")
    for lamp in (lamps.PlainLamp(25), lamps.PixelLamp(22)):
        for colour in COLOURS:
            lamp.show(colour)
            equal(lamp.holds(), True)


def test_a_pixel_is_sent_green_red_blue_at_a_quarter() -> None:
    lamp = hal("lamps").PixelLamp(22)
    equal((sends, sent), ([1], bytearray(3)))
    for colour, grb in ((0xFF8004, b"\x20\x3f\x01"), (0x0480FF, b"\x20\x01\x3f"), (0, bytes(3))):
        lamp.show(colour)
        equal(sent, grb, f"{colour:06x}")
    equal(sends, [4])


def test_a_lamp_shows_and_tells_without_memory() -> None:
    lamps = hal("lamps")
    for lamp in (lamps.PlainLamp(25), lamps.RgbLamp(18, 17, 16, True), lamps.PixelLamp(22)):
        micropython.heap_lock()
        try:
            for colour in COLOURS:
                lamp.show(colour)
                lamp.holds()
        finally:
            micropython.heap_unlock()


def test_a_lid_is_open_at_the_level_it_is_told() -> None:
    for open_high in (True, False):
        lid = hal("lid").LidSwitch(9, open_high)
        pin = lid._pin
        equal((pin.number, pin.mode, pin.pull), (9, Pin.IN, Pin.PULL_UP))
        for level in (0, 1, 0):
            pin.level = level
            micropython.heap_lock()
            is_open = lid.is_open()
            micropython.heap_unlock()
            equal(is_open, bool(level) == open_high)


def test_a_lid_that_moves_ends_a_pause_and_a_sleep() -> None:
    lid = hal("lid").LidSwitch(9, True)
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
    equal(lid.ioctl(hal("levels").POLL + 1, select.POLLIN), -1)


def test_a_latch_is_open_until_it_is_told_and_without_power() -> None:
    latch = hal("latch").Latch(28)
    pin = latch._pin
    equal((pin.number, pin.mode, pin.level), (28, Pin.OUT, 0))
    latch.lock(True)
    equal(pin.level, 1)
    latch.lock(False)
    equal(pin.level, 0)


def test_a_buzzer_sounds_what_it_is_told() -> None:
    buzzer = hal("buzzer").Buzzer(6)
    wave = PWM.of[6]
    equal(wave.duty, 0)
    for hz in (220, 880, 1320):
        buzzer.sound(hz)
        wave.period()
        equal((wave.hz, wave.duty, wave.running), (hz, 32768, True))


def test_a_buzzer_is_silent_at_once_and_at_the_low_level() -> None:
    buzzer = hal("buzzer").Buzzer(6)
    for _ in range(2):
        buzzer.sound(440)
        PWM.of[6].period()
        buzzer.sound(0)
        equal(PWM.of[6].duty, 0)
        buzzer.sound(0)
        equal(PWM.of[6].duty, 0)


def test_a_battery_is_measured_in_millivolts() -> None:
    battery = hal("battery").Battery(29, 3)
    for level, millivolts in ((0, 0), (65535, 9900), (21845, 3300), (33099, 5000), (1, 0)):
        ADC.level = level
        equal(battery.millivolts(), millivolts)
    # With a Pico's divider all of it stays below where MicroPython's small integers end.
    true(65535 * battery._full_mv < 1 << 30, battery._full_mv)
