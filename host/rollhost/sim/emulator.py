"""An emulated Pico that runs a real image, controlled in the same way as boards/virtual.

A process of its own: ``python -m rollhost.sim.emulator``. Its serial port is its
standard input and output. As for the virtual case, the environment names the file
that is the flash (``ROLLCASE_FLASH``) and the descriptors of two pipes: one for
commands, one for events (``ROLLCASE_COMMANDS``, ``ROLLCASE_EVENTS``; see
boards/virtual/outside.py). It also names the image to boot (``ROLLCASE_IMAGE``).

The chip's clock follows the wall clock; jumps and gestures are added to it. The
file is written at each program and erase of the flash, so that killing this process
is a power cut.
"""

import asyncio
import os
import random
import select
import time
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from rp2040py.boards import BOARDS, resolve_firmware
from rp2040py.device import MicroPythonDevice
from rp2040py.external.key_mock import KeyMock
from rp2040py.gpio_pin import GPIOPinState

BUTTON = 14
LAMP = 25
VBUS = 24
"""Pins of boards/pico/board.py."""

FLASH_START = 0xA0000
BLOCK_SIZE = 4096
BLOCKS = 352
ID_SIZE = 8

MS = 1_000_000
"""Nanoseconds of a millisecond."""

WATCHDOG_CTRL = 0x40058000
WATCHDOG_ENABLE = 1 << 30

STEP_MS = 2
"""Virtual time (ms) between two looks at the pipes and the serial port."""

LOOK_MS = 30
"""How long (ms) the firmware runs between two hops of a jump: enough to notice everything."""

START_UP_MS = 15_000
"""How long (ms) a firmware may take until its first lamp; sources take some 6 s to compile."""

SHORT_JUMP_MS = 15_000
"""A jump of up to this (ms) is run in full; in a longer one the clock hops."""

HOP_MS = 60_000
"""The length (ms) of a hop; an event in a jump is late by up to this."""

LONG_HOP_MS = 1_800_000
"""The length (ms) of a hop in a jump of more than a day."""

UNREAD_MAX = 1 << 16
"""Bytes that are kept for a host that does not read; a real port would drop them as well."""


class EmulatedPico:
    """One power-up of a Pico with the flash in a file."""

    def __init__(self, image: Path, flash: Path, commands: int, events: int) -> None:
        self._commands = commands
        self._events = events
        self._orders: list[list[str]] = []
        self._order_bytes = b""
        self._unread = b""
        self._trace = b""
        self._lit = False
        self._key = KeyMock(BUTTON, active_high=False)
        spec = replace(BOARDS["pico"], extras=(lambda: self._key,))
        spec = resolve_firmware(spec, "micropython", str(image))
        self._device = MicroPythonDevice(board=spec)
        self._mcu = self._device.mcu
        self._sim = self._device.simulator
        self._clock = self._sim.clock
        self._wake = self._clock.create_alarm(self._sim.stop)
        self._loop = asyncio.new_event_loop()
        self._flash = _open_flash(flash)
        size = BLOCKS * BLOCK_SIZE
        self._flash_end = FLASH_START + size
        self._flash.seek(0)
        self._written = bytearray(self._flash.read(size))
        self._mcu.flash[FLASH_START : self._flash_end] = self._written
        self._mcu.gpio[LAMP].add_listener(self._lamp_changed)
        self._mcu.qspi[1].add_listener(self._flash_selected)
        self._mcu.uart[0].on_byte = self._trace_byte
        self._device.cdc.on_serial_data = self._serial_out
        # The emulator's own random bits are always the same: so would be the log id of every case.
        self._mcu.rosc.random_bit = lambda: random.getrandbits(1)
        self._mcu.gpio[VBUS].set_input_value(True)  # its serial port is USB
        self._mcu.leave_reset()

    def live(self) -> None:
        """Run until the pipe of commands is closed."""
        os.set_blocking(0, False)
        os.set_blocking(1, False)
        self._start_up()
        ahead = time.monotonic() - self._now_ms() / 1000
        while True:
            behind = (time.monotonic() - ahead) * 1000 - self._now_ms()
            wait_s = 0 if self._orders or behind > 0 else min(-behind, STEP_MS) / 1000
            self._take_in(wait_s)
            if self._orders:
                before = self._now_ms()
                self._carry_out(self._orders.pop(0))
                # The time of a command is added to the time of the wall clock.
                ahead -= (self._now_ms() - before) / 1000
            elif behind > 0:
                self._run(min(behind, STEP_MS))
            self._give_out()

    def _start_up(self) -> None:
        """Run until the firmware shows its first lamp, at most `START_UP_MS`."""
        while not self._lit and self._now_ms() < START_UP_MS:
            self._run(STEP_MS)

    def _carry_out(self, words: list[str]) -> None:
        if words[0] == "down":
            self._key.press()
        elif words[0] == "up":
            self._key.release()
        elif words[0] == "jump":
            self._jump(int(words[1]))
        elif words[0] == "mark":
            self._run(LOOK_MS)
            self._say("mark " + words[1])

    def _jump(self, ms: int) -> None:
        end = self._now_ms() + ms
        hop = LONG_HOP_MS if ms > 86_400_000 else HOP_MS
        while (left := end - self._now_ms()) > 0:
            if ms <= SHORT_JUMP_MS:
                self._run(min(left, STEP_MS))
            else:
                self._hop(min(left, hop))
                self._run(LOOK_MS)
            self._give_out()

    def _hop(self, ms: float) -> None:
        """Set the clock forward, with the watchdog off: the firmware cannot feed it meanwhile."""
        control = self._mcu.read_uint32(WATCHDOG_CTRL)
        self._mcu.write_uint32(WATCHDOG_CTRL, control & ~WATCHDOG_ENABLE)
        self._clock.tick(ms * MS)
        self._mcu.write_uint32(WATCHDOG_CTRL, control)

    def _run(self, ms: float) -> None:
        """Run the chip for `ms` milliseconds of its own time."""
        end = self._clock.nanos + ms * MS
        while self._clock.nanos < end:
            self._wake.schedule(end - self._clock.nanos)
            self._loop.run_until_complete(self._sim.execute())
            if self._sim.engine_room_error:
                raise self._sim.engine_room_error

    def _now_ms(self) -> float:
        return self._clock.nanos / MS

    def _say(self, line: str) -> None:
        os.write(self._events, (line + "\n").encode())

    def _take_in(self, wait_s: float) -> None:
        """Read commands, and bytes from the host if the chip has room for them."""
        fifo = self._device.cdc.tx_fifo
        wanted = [self._commands] if fifo.item_count else [self._commands, 0]
        ready, _, _ = select.select(wanted, [], [], wait_s)
        if self._commands in ready:
            data = os.read(self._commands, 4096)
            if not data:
                raise SystemExit(0)  # the pipe was closed
            *lines, self._order_bytes = (self._order_bytes + data).split(b"\n")
            self._orders += [line.decode().split() for line in lines]
        if 0 in ready:
            for byte in os.read(0, 256):
                self._device.cdc.send_serial_byte(byte)

    def _give_out(self) -> None:
        if self._unread:
            try:
                self._unread = self._unread[os.write(1, self._unread) :]
            except BlockingIOError:
                self._unread = self._unread[-UNREAD_MAX:]

    def _serial_out(self, data: bytes | bytearray) -> None:
        self._unread += bytes(data)

    def _trace_byte(self, byte: int) -> None:
        self._trace += bytes([byte])
        if byte == 0x0A:
            line, self._trace = self._trace[:-1], b""
            self._say(f"at {self._now_ms():.0f}")
            self._say("trace " + line.decode(errors="replace"))
            self._lit = self._lit or line.startswith(b"lamp")

    def _lamp_changed(self, new: GPIOPinState, old: GPIOPinState) -> None:
        self._say(f"led {int(new == GPIOPinState.HIGH)}")

    def _flash_selected(self, new: GPIOPinState, old: GPIOPinState) -> None:
        """Write the changes of a flash command to the file, once its chip select is released."""
        if new != GPIOPinState.HIGH:
            return
        now = memoryview(self._mcu.flash)[FLASH_START : self._flash_end]
        if self._written.startswith(now):  # `==` compares byte by byte, which is slow
            return
        for at in range(0, len(now), BLOCK_SIZE):
            block = bytes(now[at : at + BLOCK_SIZE])
            if block != self._written[at : at + BLOCK_SIZE]:
                self._written[at : at + BLOCK_SIZE] = block
                os.pwrite(self._flash.fileno(), block, at)


def _open_flash(path: Path) -> BinaryIO:
    if not path.exists():
        blank = path.with_name(path.name + ".new")
        blank.write_bytes(b"\xff" * (BLOCKS * BLOCK_SIZE) + os.urandom(ID_SIZE))
        blank.rename(path)
    return path.open("r+b")


def main() -> None:
    """Run the Pico that the environment describes."""
    pico = EmulatedPico(
        Path(os.environ["ROLLCASE_IMAGE"]),
        Path(os.environ["ROLLCASE_FLASH"]),
        int(os.environ["ROLLCASE_COMMANDS"]),
        int(os.environ["ROLLCASE_EVENTS"]),
    )
    pico.live()


if __name__ == "__main__":
    main()
