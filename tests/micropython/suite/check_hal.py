"""The firmware imports as it stands, and its hardware does as told, with a `machine` of ours."""

import io
import select
import sys

from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.pins import Pin

from rollcore import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class PWM:
    """Remembers its duty, by pin."""

    duties: "dict[int, int]" = {}

    def __init__(self, pin: Pin, freq: int) -> None:
        self.number = pin.number

    def duty_u16(self, duty: int) -> None:
        """Set the duty."""
        self.duties[self.number] = duty


class UART:
    """Remembers what was written."""

    written = b""

    def __init__(self, number: int, baud: int, tx: Pin) -> None:
        pass

    def write(self, data: bytes) -> None:
        """Take the bytes."""
        UART.written += data


class Machine:
    """What the firmware uses of `machine`."""

    Pin, PWM, UART = Pin, PWM, UART
    PWRON_RESET, WDT_RESET = 1, 3
    cause = 1
    mem32: "dict[int, int]" = {}

    @staticmethod
    def bitstream(pin: object, encoding: int, timing: "tuple[int, ...]", data: bytes) -> None:
        """Take what is sent to a lamp with a chip inside."""

    @staticmethod
    def unique_id() -> bytes:
        """Return the chip's id."""
        return b"\xe6\x61\xa4\xd1\x11\x22\x33\x44"

    @classmethod
    def reset_cause(cls) -> int:
        """Return why the chip started."""
        return cls.cause


def hal() -> "Any":
    """Return the packages of `hal`, imported over the `machine` above."""
    modules: Any = sys.modules
    modules["machine"] = Machine
    import rollcase.hal.lamps
    import rollcase.hal.levels
    import rollcase.hal.serial
    import rollcase.hal.system
    import rollcase.hal.trace

    return rollcase.hal


def test_every_module_of_the_firmware_imports() -> None:
    hal()
    for name in (
        "app", "clock", "faults", "gestures", "journal", "lamp", "loop", "parts", "policy_store",
        "server", "small_files", "sounds",
    ):  # fmt: skip
        __import__("rollcase." + name)


def test_a_plain_led_is_on_from_half_brightness_up() -> None:
    led = hal().lamps.PlainLamp(25)
    for colour, level in (
        (0x000000, 0), (0x7F7F7F, 0), (0x800000, 1), (0x008000, 1), (0x000080, 1),
        (0xFFFFFF, 1), (0x402000, 0), (0xFF7000, 1),
    ):  # fmt: skip
        led.show(colour)
        equal(led._pin.level, level, f"{colour:06x}")


def test_three_leds_show_the_three_brightnesses() -> None:
    lamps = hal().lamps
    lamp = lamps.RgbLamp(16, 17, 18, False)
    equal(PWM.duties, {16: 0, 17: 0, 18: 0})
    lamp.show(0xFF7001)
    equal(PWM.duties, {16: 0xFFFF, 17: 0x7070, 18: 0x0101})
    lamp = lamps.RgbLamp(16, 17, 18, True)
    equal(PWM.duties, {16: 0xFFFF, 17: 0xFFFF, 18: 0xFFFF})
    lamp.show(0xFF7001)
    equal(PWM.duties, {16: 0, 17: 0x8F8F, 18: 0xFEFE})


def test_a_button_is_down_at_the_level_it_pulls_to() -> None:
    system = hal().system
    for active_low in (True, False):
        button = system.ButtonPin(14, active_low)
        equal(button._pin.pull, Pin.PULL_UP if active_low else Pin.PULL_DOWN)
        for level in (0, 1):
            button._pin.level = level
            equal(button.down(), level == (0 if active_low else 1))


def test_the_chip_tells_its_id_and_why_it_started() -> None:
    system = hal().system
    equal(system.device_id(), "e661a4d111223344")
    equal(len(system.random_id()), 8)
    equal(system.random_id() != system.random_id(), True)
    Machine.cause = Machine.WDT_RESET
    mark = system._WATCHDOG + system._SCRATCH4
    Machine.mem32[mark] = 0
    equal(system.cause_of_start(), events.SOFT_RESET)
    Machine.mem32[mark] = system._TIMER_MARK
    equal(system.cause_of_start(), events.WATCHDOG)
    # Said once: the mark would tell it again after the next restart.
    equal(system.cause_of_start(), events.SOFT_RESET)
    Machine.cause = Machine.PWRON_RESET
    equal(system.cause_of_start(), events.POWER_ON)


def test_the_watchers_wire_gets_a_line_each() -> None:
    trace = hal().trace.Trace(0, 0)
    trace.line("boot 1")
    trace.line("lamp ready 0")
    equal(UART.written, b"boot 1\nlamp ready 0\n")


def test_a_button_wakes_a_poll_when_its_level_is_not_the_one_read_last() -> None:
    button = hal().system.ButtonPin(14, True)
    equal(button._pin.trigger, Pin.IRQ_FALLING | Pin.IRQ_RISING)
    poll = hal().levels.POLL
    for level in (1, 0, 1):
        button._pin.level = level
        button.down()
        equal(button.ioctl(poll, select.POLLIN), 0, level)
        button._pin.level = 1 - level
        equal(button.ioctl(poll, select.POLLIN), select.POLLIN, level)
        equal(button.ioctl(poll, select.POLLOUT), 0, level)
        equal(button.ioctl(poll + 1, select.POLLIN), -1, level)


class Stream(io.IOBase):
    """One end of a port: has bytes to read, or takes bytes when it is `ready`."""

    def __init__(self, waiting: bytes = b"") -> None:
        self.buffer = self
        self.waiting = waiting
        self.taken = b""
        self.most = 1 << 30
        self.ready = True

    def ioctl(self, request: int, flags: int) -> int:
        """Answer a poll, and no other question: least of all what file this is."""
        if request != hal().levels.POLL:
            return -1
        found = select.POLLIN if self.waiting else 0
        return flags & (found | (select.POLLOUT if self.ready else 0))

    def read(self, size: int) -> bytes:
        """Return what waits."""
        data, self.waiting = self.waiting[:size], self.waiting[size:]
        return data

    def write(self, data: bytes) -> int:
        """Take bytes, `most` of them at once."""
        true(self.ready, "written to a port that takes nothing")
        self.taken += data[: self.most]
        return min(len(data), self.most)


class Port:
    """A serial port between two streams that the test holds."""

    def __init__(self, waiting: bytes = b"") -> None:
        self.stdin = Stream(waiting)
        self.stdout = Stream()
        serial = hal().serial
        serial.sys = self
        self.port = serial.SerialPort()


def test_a_port_reads_what_is_there_and_no_more_than_is_good() -> None:
    held = Port(b"x" * 1000)
    got = held.port.read()
    true(0 < len(got) <= 256, len(got))
    while True:
        more = held.port.read()
        if not more:
            break
        got += more
    equal(got, b"x" * 1000)


def test_a_port_writes_everything_in_order_however_little_is_taken_at_once() -> None:
    for most in (1, 7, 63, 64, 1000):
        held = Port()
        held.stdout.most = most
        frames = [
            b"~%d status*00000000\n" % number + b"~" + b"y" * 2000 + b"\n" for number in (1, 2)
        ]
        for frame in frames:
            held.port.write(frame)
        for _ in range(10000):
            if not held.port.busy:
                break
            held.port.write(b"")
        equal([line for line in held.stdout.taken.split(b"\n") if line],
              [line for frame in frames for line in frame.split(b"\n") if line], most)  # fmt: skip


def test_a_port_keeps_what_the_host_does_not_take_and_does_not_wait() -> None:
    held = Port()
    held.stdout.ready = False
    held.port.write(b"~1 status*00000000\n")
    equal((held.port.busy, held.stdout.taken), (True, b""))
    held.stdout.ready = True
    held.port.write(b"")
    equal(held.port.busy, False)
    equal(held.stdout.taken.rstrip(b"\n"), b"~1 status*00000000")


def test_a_port_gives_button_and_lamp_their_turn_in_a_long_answer() -> None:
    held = Port()
    held.port.write(b"z" * 100000 + b"\n")
    true(held.port.busy, "all of it in one go")
    true(len(held.stdout.taken) <= 4096, len(held.stdout.taken))
