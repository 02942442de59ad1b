"""A DS3231 as its data sheet has it: registers in decimal digits, a clock that the test moves.

Plain enough for MicroPython, so that the driver meets the same chip there. Time goes on by the
register, as in the chip; nothing here is shared with the driver.
"""

ADDRESS = 0x68

CONTROL = 0x0E
STATUS = 0x0F
EOSC = 0x80  # in the control: stands still without supply
OSF = 0x80  # in the status: has stood still
FLAGS = 0x83  # in the status: those that can be cleared, and not set
BUSY = 0x04

FIRST_POWER = bytes((0, 0, 0, 1, 1, 1, 0)) + bytes(7) + bytes((0x1C, 0x88)) + bytes(3)
"""1 January of a year 00, a Sunday; the oscillator has only just started."""

DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class PowerCutError(Exception):
    """The Pico has lost its power in the middle of a transfer."""


def to_digits(number: int) -> int:
    """Return two decimal digits as the halves of a byte."""
    return int(f"{number:02d}", 16)


def from_digits(byte: int) -> int:
    """Return what two decimal digits say; they may be any."""
    return (byte >> 4) * 10 + (byte & 15)


class Ds3231Chip:
    """The chip, and the I2C bus that it is wired to."""

    def __init__(self) -> None:
        self.registers = bytearray(FIRST_POWER)
        self.present = True
        self.answers_left = -1
        """How many transfers it still answers; -1 for any number."""
        self.bytes_left = -1
        """How many bytes are still written before power goes; -1 for any number."""
        self.lost_writes: list[int] = []
        """Registers whose next write goes wrong on the wire."""
        self.slow: range = range(0)
        """Transfers, counted from 1, in which a second passes."""
        self.transfers = 0

    def readfrom_mem(self, addr: int, memaddr: int, nbytes: int) -> bytes:
        """Return registers as they were when the transfer started."""
        self._called(addr)
        found = bytes(self.registers[(memaddr + n) % len(self.registers)] for n in range(nbytes))
        self._done()
        return found

    def writeto_mem(self, addr: int, memaddr: int, buf: bytes) -> None:
        """Take bytes into registers, one by one."""
        self._called(addr)
        for register, byte in enumerate(buf, memaddr):
            if self.bytes_left == 0:
                raise PowerCutError
            self.bytes_left -= 1
            if register in self.lost_writes:
                self.lost_writes.remove(register)
                byte ^= 0x04
            if register == STATUS:
                now = self.registers[STATUS]
                byte = (byte & ~(FLAGS | BUSY)) | (now & byte & FLAGS) | (now & BUSY)
            self.registers[register] = byte
        self._done()

    def tick(self, seconds: int) -> None:
        """Let time pass with power from the Pico, which the oscillator always runs on."""
        days, self._second_of_day = divmod(self._second_of_day + seconds, 86400)
        for _ in range(days):
            self._next_day()

    def lose_power(self, seconds: int, battery: bool = True) -> None:
        """Let time pass without power from the Pico."""
        self.bytes_left = -1
        if not battery:
            self.registers[:] = FIRST_POWER
        elif self.registers[CONTROL] & EOSC:
            self.registers[STATUS] |= OSF
        else:
            self.tick(seconds)

    def put(self, register: int, *values: int) -> None:
        """Have other values in registers, however they came there."""
        for place, value in enumerate(values, register):
            self.registers[place] = value

    def _called(self, address: int) -> None:
        self.transfers += 1
        if not self.present or not self.answers_left or address != ADDRESS:
            raise OSError(5)
        self.answers_left -= 1

    def _done(self) -> None:
        if self.transfers in self.slow:
            self.tick(1)

    @property
    def _second_of_day(self) -> int:
        second, minute, hour = self.registers[:3]
        hours = from_digits(hour & 0x3F)
        if hour & 0x40:
            hours = from_digits(hour & 0x1F) % 12 + (12 if hour & 0x20 else 0)
        return (hours * 60 + from_digits(minute)) * 60 + from_digits(second)

    @_second_of_day.setter
    def _second_of_day(self, second: int) -> None:
        hour = second // 3600
        if self.registers[2] & 0x40:
            digits = 0x40 | (0x20 if hour >= 12 else 0) | to_digits((hour + 11) % 12 + 1)
        else:
            digits = to_digits(hour)
        self.put(0, to_digits(second % 60), to_digits(second // 60 % 60), digits)

    def _next_day(self) -> None:
        weekday, day, month, year = self.registers[3:7]
        century = month & 0x80
        day, month, year = from_digits(day), from_digits(month & 0x1F), from_digits(year)
        leap = month == 2 and year % 4 == 0
        day += 1
        if day > DAYS[(month - 1) % 12] + leap:
            day = 1
            month += 1
        if month > 12:
            month = 1
            year += 1
        if year > 99:
            year = 0
            century ^= 0x80
        self.put(3, weekday % 7 + 1, to_digits(day), to_digits(month) | century, to_digits(year))
