"""A Pico on the bench: the real image on an emulated RP2040, driven by its own time.

Nothing here looks at the wall clock. The flash takes as long as the chip's data
sheet says it typically does, so that what a person waits for can be measured.
"""

import ast
import asyncio
import math
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rp2040py.boards import BOARDS, resolve_firmware
from rp2040py.device import MicroPythonDevice
from rp2040py.external.key_mock import KeyMock
from rp2040py.gpio_pin import GPIOPinState
from tests.emulator.i2c import Chip, I2cBus

from rollcore import frames, messages, slots
from rollcore.events import RECORD_SIZE
from rollcore.messages import Message

BUTTON = 14
LAMP = 25
VBUS = 24
VSYS = 29
FLASH_START = 0xA0000
FLASH_END = 0x200000
BLOCK = 4096
BLANK = b"\xff" * BLOCK
MS = 1_000_000  # nanoseconds

ERASE_MS = 45.0
PROGRAM_MS = 0.4
"""Typical times of the Pico's flash, a W25Q16JV: a sector's erase and a page's program."""

FULL_SPEED = 125e6
"""Hz. MicroPython sleeps at the crystal's 12 MHz and nothing else is that slow."""

WAKE_MS = 0.25
"""What the chip needs to come back from sleep, at any speed below full."""

ADC_PINS = (26, 27, 28, 29)
ADC_STEPS = 4095
ADC_VOLTS = 3.3
FRESH_VOLTS = 1.5
"""A third of what three new cells give: so much is on `VSYS`."""

PACKET_US = 10
"""What the emulator gives a packet on its way to the host."""

UNREAD_MS = 10_000
"""So long a packet waits for a host that does not read."""

WATCHDOG_CTRL = 0x40058000
WATCHDOG_ENABLE = 1 << 30


class Pico:
    """One power-up, with `flash` (the part that holds files) as it was left; blank without.

    Boots `image` and returns from the constructor before its first instruction. Runs
    on what comes over USB, or on a battery with `vbus` false.
    """

    def __init__(self, image: Path, flash: bytes | None = None, vbus: bool = True) -> None:
        self._key = KeyMock(BUTTON, active_high=False)
        spec = replace(BOARDS["pico"], extras=(lambda: self._key,))
        self._device = MicroPythonDevice(board=resolve_firmware(spec, "micropython", str(image)))
        self._mcu = self._device.mcu
        self._cdc = self._device.cdc
        self._simulator = self._device.simulator
        self._clock = self._simulator.clock
        self._wake = self._clock.create_alarm(self._simulator.stop)
        self._loop = asyncio.new_event_loop()
        self._decoder = frames.Decoder(messages.MAX_ANSWER)
        self._number = random.randrange(1, 1 << 31)
        self._answers: list[Message] = []  # that nobody has taken yet
        if flash is not None:
            self._mcu.flash[FLASH_START:FLASH_END] = flash
        self._before = bytearray(self._mcu.flash[FLASH_START:FLASH_END])
        self.said = bytearray()
        """Everything that came over USB."""
        self.lamp: list[tuple[float, bool]] = []
        """When (ms) the lamp's pin went high or low."""
        self.trace: list[tuple[float, str]] = []
        """What the watcher's wire said, and when (ms)."""
        self._line = b""
        self.programs = self.erases = 0
        self.on_flash: Callable[[bytes, bytes], None] = lambda before, after: None
        """Told the flash before and after each program and each erase."""
        self._slept = 0.0
        self._asleep_since: float | None = None
        self.wakes = 0
        """How often the chip came back from sleep."""
        self._cdc.on_serial_data = self._hear
        self._mcu.gpio[LAMP].add_listener(self._lamp_changed)
        self._mcu.uart[0].on_byte = self._traced
        self._mcu.qspi[1].add_listener(self._flash_selected)
        self._mcu.add_clock_listener(self._speed_changed)
        self.plug(vbus)
        self.put_volts(VSYS, FRESH_VOLTS)
        self._mcu.leave_reset()

    @property
    def now(self) -> float:
        """The chip's own time since power-up, in ms."""
        return float(self._clock.nanos) / MS

    @property
    def flash(self) -> bytes:
        """What the files' part of the flash holds at this instant."""
        return bytes(self._mcu.flash[FLASH_START:FLASH_END])

    def run(self, ms: float, until: Callable[[], bool] | None = None) -> bool:
        """Run for so many ms, or until `until` says so; say whether it did."""
        end = self.now + ms
        while self.now < end:
            if until and until():
                return True
            left = end - self.now
            self._wake.schedule((min(left, 1.0) if until else left) * MS)
            self._loop.run_until_complete(self._simulator.execute())
            if self._simulator.engine_room_error:
                raise self._simulator.engine_room_error
        return bool(until and until())

    def boot(self) -> None:
        """Run until the firmware shows its first lamp."""
        self.lamp.clear()
        assert self.run(3000, lambda: any(on for _, on in self.lamp)), bytes(self.said)

    def let_pass(self, s: float, hop: float = 60) -> None:
        """Let many seconds pass in hops; what is due comes up to a hop late.

        The watchdog stands still in a hop, since nobody could feed it.
        """
        while s > 0:
            fed = self._mcu.read_uint32(WATCHDOG_CTRL)
            self._mcu.write_uint32(WATCHDOG_CTRL, fed & ~WATCHDOG_ENABLE)
            self._clock.tick(min(s, hop) * 1000 * MS)
            self._mcu.write_uint32(WATCHDOG_CTRL, fed)
            self.run(30)
            s -= hop

    def plug(self, into_usb: bool) -> None:
        """Put the cable in or pull it. The emulated host answers all the same."""
        self._mcu.gpio[VBUS].set_input_value(into_usb)

    def attach(self, chip: Chip, bus: int = 0) -> None:
        """Solder a chip to an I2C bus."""
        I2cBus(self._mcu.i2c[bus], chip)

    def put_volts(self, pin: int, volts: float) -> None:
        """Put so many volts on a pin that has an ADC."""
        self._mcu.adc.channel_values[ADC_PINS.index(pin)] = round(volts / ADC_VOLTS * ADC_STEPS)

    def read_first(self, pin: int, volts: float, readings: int) -> None:
        """Let an ADC pin read `volts` in its first `readings` after a second without any."""
        adc = self._mcu.adc
        usual = adc.on_adc_read
        last, left = -math.inf, 0

        def read(channel: int) -> None:
            nonlocal last, left
            if channel == ADC_PINS.index(pin):
                left = readings if self.now - last > 1000 else left - 1
                last = self.now
                if left > 0:
                    adc.complete_adc_read(round(volts / ADC_VOLTS * ADC_STEPS), False)
                    return
            usual(channel)

        adc.on_adc_read = read

    def awake_share(self, s: float) -> float:
        """Run for so many seconds; return the share of them that the chip was awake, 0 to 1.

        Awake is everything but `machine.lightsleep`; coming back from that counts as awake.
        """
        slept, wakes = self._asleep(), self.wakes
        self.run(s * 1000)
        asleep = self._asleep() - slept - (self.wakes - wakes) * WAKE_MS
        return 1 - asleep / (s * 1000)

    def touch(self, levels: list[tuple[bool, float]]) -> None:
        """Move the button: each level (down or not) for so many ms."""
        for down, ms in levels:
            (self._key.press if down else self._key.release)()
            self.run(ms)

    def press(self) -> None:
        """Press the button for a moment, and let the case notice."""
        self.touch([(True, 150), (False, 200)])

    def send(self, verb: str, **fields: object) -> None:
        """Send a question, and wait for nothing."""
        self._number += 1
        question = messages.encode(Message(self._number, verb, fields), messages.REQUESTS)
        for byte in frames.encode(question):
            self._cdc.send_serial_byte(byte)

    def take(self, count: int, ms: float) -> list[Message]:
        """Return the next `count` answers, which come within so many ms. Raises TimeoutError."""

        def came() -> bool:
            for body in self._decoder.feed(bytes(self.said)):
                self._answers.append(messages.decode(body, messages.ANSWERS))
            self.said.clear()
            return len(self._answers) >= count

        if not self.run(ms, came):
            raise TimeoutError(f"{len(self._answers)} answers in place of {count}")
        answers, self._answers = self._answers[:count], self._answers[count:]
        return answers

    def host_reads(self, reads: bool) -> None:
        """Let the host read what comes over USB, or not.

        The one packet that it has not taken goes through `UNREAD_MS` after it was sent.
        """
        self._mcu.usb_ctrl.write_delay_microseconds = PACKET_US if reads else UNREAD_MS * 1000

    def ask(self, verb: str, **fields: object) -> Message:
        """Ask the case, as a host does; return what it answers first. Raises TimeoutError."""
        self._forget()
        self.send(verb, **fields)
        answers: list[Message] = []

        def answered() -> bool:
            for body in self._decoder.feed(bytes(self.said)):
                if messages.number_of(body) == self._number:
                    answers.append(messages.decode(body, messages.ANSWERS))
            self.said.clear()
            return bool(answers)

        if not self.run(5000, answered):
            raise TimeoutError(f"no answer to {verb}")
        return answers[0]

    def log(self) -> list[bytes]:
        """Return every record that the case holds, read from its slots as a host reads them."""
        status = self.ask("status")
        seq, end = status.integer("first"), status.integer("next")
        found: list[bytes] = []
        self._forget()
        if seq < end:
            self.send("get", seq=seq, count=end - seq)
        while seq < end:
            (answer,) = self.take(1, 5000)
            assert answer.integer("seq") == seq
            if answer.verb == "missing":
                seq = answer.integer("next")
                continue
            raw = answer.raw("raw")
            told, _ = slots.walk(raw, seq, answer.integer("chain"))
            found += [slot.raw for slot in told if slot.is_record]
            seq += len(raw) // RECORD_SIZE
        return found

    def execute(self, code: str, ms: float = 3000) -> str:
        """Stop the firmware with Ctrl-C and run code at the raw prompt, for `ms` at most.

        The code has 500 bytes at most; more is in a file (`tests/emulator/files.py`).
        """
        self.type(b"\x03\x03\x01")
        assert self.run(2000, lambda: b"raw REPL; CTRL-B to exit\r\n>" in self.said)
        self.type(code.encode() + b"\x04")
        self.run(ms, lambda: self.said.count(b"\x04") >= 2)
        return bytes(self.said).decode(errors="replace")

    def value(self, code: str, ms: float = 3000) -> object:
        """Run code as `execute` does; return what it prints, which must be a literal."""
        said = self.execute(code, ms).partition("OK")[2].partition("\x04")[0]
        try:
            return ast.literal_eval(said.strip())
        except (SyntaxError, ValueError):
            raise AssertionError(bytes(self.said)) from None

    def type(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.said.clear()
        for byte in data:
            self._cdc.send_serial_byte(byte)

    def _forget(self) -> None:
        """Take no answer any more to what was asked before."""
        self.said.clear()
        self._answers.clear()
        self._decoder.forget()

    def _hear(self, data: bytes | bytearray) -> None:
        self.said += data

    def _lamp_changed(self, new: GPIOPinState, old: GPIOPinState) -> None:
        self.lamp.append((self.now, new == GPIOPinState.HIGH))

    def _asleep(self) -> float:
        """Return for how many ms the chip has been asleep since power-up."""
        since = self.now if self._asleep_since is None else self._asleep_since
        return self._slept + self.now - since

    def _speed_changed(self, new: float, old: float) -> None:
        if new < FULL_SPEED and self._asleep_since is None:
            self._asleep_since = self.now
        elif new >= FULL_SPEED and self._asleep_since is not None:
            self._slept = self._asleep()
            self._asleep_since = None
            self.wakes += 1

    def _traced(self, byte: int) -> None:
        self._line += bytes([byte])
        if byte == 0x0A:
            self.trace.append((self.now, self._line.decode().strip()))
            self._line = b""

    def _flash_selected(self, new: GPIOPinState, old: GPIOPinState) -> None:
        """See what a flash command has done: when the flash is let go, it is done.

        An erase of a blank block changes nothing and is not seen.
        """
        if new != GPIOPinState.HIGH:
            return
        after = memoryview(self._mcu.flash)[FLASH_START:FLASH_END]
        if self._before.startswith(after):  # `==` would look at one byte after the other
            return
        before = bytes(self._before)
        for at in range(0, len(after), BLOCK):
            block = bytes(after[at : at + BLOCK])
            if block != before[at : at + BLOCK]:
                self._before[at : at + BLOCK] = block
                erased = block == BLANK
                self.erases += erased
                self.programs += not erased
                self._clock.tick((ERASE_MS if erased else PROGRAM_MS) * MS)
        self.on_flash(before, bytes(self._before))


def half_done(before: bytes, after: bytes) -> bytes:
    """Return flash as a command leaves it when power goes in its middle."""
    changed = [at for at in range(len(before)) if before[at] != after[at]]
    middle = changed[len(changed) // 2]
    return after[:middle] + before[middle:]
