"""What is soldered to an I2C bus of the emulated Pico."""

from typing import Protocol

from rp2040py.peripherals.i2c import RPI2C, I2CMode

TX_EMPTY = 1 << 4


class Chip(Protocol):
    """A simulated chip, as `machine.I2C` sees it: OSError where none answers."""

    def readfrom_mem(self, addr: int, memaddr: int, nbytes: int) -> bytes:
        """Return so many bytes from this register on."""

    def writeto_mem(self, addr: int, memaddr: int, buf: bytes) -> None:
        """Put bytes into this register and those after it."""


class I2cBus:
    """Turns what goes over the wires of `bus` into calls of one chip.

    A write is the register, then bytes for it; a read goes on from the register. What
    is written reaches the chip when the transfer ends. `I2C.scan()` finds nothing: it
    moves the pins by hand, and there is nothing on these.
    """

    def __init__(self, bus: RPI2C, chip: Chip) -> None:
        self._bus = bus
        self._chip = chip
        self._address = 0
        self._register: int | None = None
        self._written = b""
        bus.on_start = self._start
        bus.on_connect = self._connect
        bus.on_write_byte = self._write
        bus.on_read_byte = self._read
        bus.on_stop = self._stop

    def _start(self, repeated: bool) -> None:
        self._finish()
        self._bus.complete_start()

    def _connect(self, address: int, mode: I2CMode) -> None:
        self._address = address
        if mode == I2CMode.WRITE:
            self._register = None
        try:
            self._chip.readfrom_mem(address, self._register or 0, 0)
        except OSError:
            # The emulator empties its queue here and forgets to say so: MicroPython would wait
            # for that in vain, and take this refusal for the answer to its next transfer.
            self._bus.int_raw |= TX_EMPTY
            self._bus.complete_connect(False)
        else:
            self._bus.complete_connect(True)

    def _write(self, value: int) -> None:
        if self._register is None:
            self._register = value
        else:
            self._written += bytes([value])
        self._bus.complete_write(True)

    def _read(self, more: bool) -> None:
        register = self._register or 0
        self._register = register + 1
        self._bus.complete_read(self._chip.readfrom_mem(self._address, register, 1)[0])

    def _stop(self) -> None:
        self._finish()
        self._bus.complete_stop()

    def _finish(self) -> None:
        if self._written:
            register = self._register or 0
            self._chip.writeto_mem(self._address, register, self._written)
            self._register = register + len(self._written)
            self._written = b""
