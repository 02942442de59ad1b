"""A Pico on the bench: the real image on an emulated RP2040, driven by its own time.

Nothing here looks at the wall clock. The flash takes as long as the chip's data
sheet says it typically does, so that what a person waits for can be measured.
"""

import asyncio
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rp2040py.boards import BOARDS, resolve_firmware
from rp2040py.device import MicroPythonDevice
from rp2040py.external.key_mock import KeyMock
from rp2040py.gpio_pin import GPIOPinState
from tests.emulator.any_pico import AnyPico
from tests.emulator.i2c import Chip, I2cBus

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

ROOM = 256
"""Bytes that wait for the board at most; the emulator's host keeps 512."""

WATCHDOG_CTRL = 0x40058000
WATCHDOG_ENABLE = 1 << 30


class Pico(AnyPico):
    """One power-up, with `flash` (the part that holds files) as it was left; blank without.

    Boots `image` and returns from the constructor before its first instruction. Runs
    on what comes over USB, or on a battery with `vbus` false.
    """

    def __init__(self, image: Path, flash: bytes | None = None, vbus: bool = True) -> None:
        super().__init__()
        self._key = KeyMock(BUTTON, active_high=False)
        spec = replace(BOARDS["pico"], extras=(lambda: self._key,))
        self._device = MicroPythonDevice(board=resolve_firmware(spec, "micropython", str(image)))
        self._mcu = self._device.mcu
        self._cdc = self._device.cdc
        self._simulator = self._device.simulator
        self._clock = self._simulator.clock
        self._wake = self._clock.create_alarm(self._simulator.stop)
        self._loop = asyncio.new_event_loop()
        if flash is not None:
            self._mcu.flash[FLASH_START:FLASH_END] = flash
        self._before = bytearray(self._mcu.flash[FLASH_START:FLASH_END])
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

    def hop(self, ms: float) -> None:
        """Let ms pass in which the chip does nothing, and its watchdog stands still."""
        fed = self._mcu.read_uint32(WATCHDOG_CTRL)
        self._mcu.write_uint32(WATCHDOG_CTRL, fed & ~WATCHDOG_ENABLE)
        self._clock.tick(ms * MS)
        self._mcu.write_uint32(WATCHDOG_CTRL, fed)

    def hold_button(self, down: bool) -> None:
        """Press the button, or let it go."""
        (self._key.press if down else self._key.release)()

    def write(self, data: bytes) -> None:
        """Send bytes over USB, and wait for nothing."""
        for byte in data:
            self._cdc.send_serial_byte(byte)

    def accept(self, data: bytes) -> int:
        """Take as many bytes as there is room for, running meanwhile; return how many."""
        waiting = self._cdc.tx_fifo
        self.run(5000, lambda: waiting.item_count < ROOM)
        taken = data[: ROOM - waiting.item_count]
        self.write(taken)
        return len(taken)

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

    def host_reads(self, reads: bool) -> None:
        """Let the host read what comes over USB, or not.

        The one packet that it has not taken goes through `UNREAD_MS` after it was sent.
        """
        self._mcu.usb_ctrl.write_delay_microseconds = PACKET_US if reads else UNREAD_MS * 1000

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
