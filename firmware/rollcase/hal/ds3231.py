"""The DS3231: a clock chip with a crystal and a battery of its own, on I2C.

Its time is trusted only while a mark of this driver stands in the registers of
an alarm, which nobody uses. One mark says that the time was sure when it was
set, the other that it was not. The mark is removed before a new time is written,
and written again once that time has been read back. So a time does not count
that was half written when power was cut, nor one that no case has ever set, in
whatever time zone.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Bus(Protocol):
        """The part of `machine.I2C` that the driver needs."""

        def readfrom_mem(self, __address: int, __register: int, __count: int) -> bytes: ...
        def writeto_mem(self, __address: int, __register: int, __data: bytes) -> None: ...


ADDRESS = 0x68

# Registers, from the chip's data sheet. The time is in the first seven.
TIME = 0x00
ALARM = 0x07
CONTROL = 0x0E
STATUS = 0x0F
COUNT = 0x10
"""How many registers are read at once: all up to the status."""

STOPPED = 0x80
"""In the control register: the clock stops on its battery. In the status: it has stopped."""

RUN = b"\x04\x00"
"""Control and status of a clock that runs on, makes no alarms and no waves, and has not stopped."""

MARK = b"\x52\x43\x20\x20"
SURE_MARK = b"\x52\x43\x25\x25"
NO_MARK = b"\x00\x00\x00\x00"

HALF_DAYS = 0x40
"""In the register of the hours: they count from 1 to 12, twice a day."""

AFTERNOON = 0x20

MAX_DAYS = 29220
"""The days of 2020 to 2099. The chip has two digits for the year, and the bit for the
century says different things to different programs: it is not read, and written as 0."""


class Ds3231:
    """The chip on an I2C bus. A chip that does not answer has no time, and is no error."""

    def __init__(self, i2c: "Bus") -> None:
        self._i2c = i2c
        self.sure = False
        """Whether the time that was read last goes on from a setting that was sure."""

    def read(self) -> int:
        """Return case time (s), or -1 if the chip does not answer or its time is not trusted."""
        self.sure = False
        try:
            # All in one go: while they are read, the chip holds the time still.
            registers = self._i2c.readfrom_mem(ADDRESS, TIME, COUNT)
        except OSError:
            return -1
        if (registers[CONTROL] | registers[STATUS]) & STOPPED:
            return -1
        mark = registers[ALARM : ALARM + len(MARK)]
        if mark not in (MARK, SURE_MARK):
            return -1
        self.sure = mark == SURE_MARK
        return case_time(registers)

    def set(self, time: int, sure: bool) -> bool:
        """Set the chip to case time `time` (s), `sure` or not; return whether the chip took it."""
        if not 0 <= time // 86400 < MAX_DAYS:
            return False
        try:
            self._i2c.writeto_mem(ADDRESS, ALARM, NO_MARK)
            self._i2c.writeto_mem(ADDRESS, TIME, registers_at(time))
            self._i2c.writeto_mem(ADDRESS, CONTROL, RUN)
            taken = case_time(self._i2c.readfrom_mem(ADDRESS, TIME, ALARM))
            if not time <= taken <= time + 1:
                return False
            self._i2c.writeto_mem(ADDRESS, ALARM, SURE_MARK if sure else MARK)
        except OSError:
            return False
        return True


def case_time(registers: bytes) -> int:
    """Return the case time (s) that the first seven registers hold, or -1 if they hold no time."""
    second, minute, hour = number(registers[0]), number(registers[1]), number(registers[2])
    if registers[2] & HALF_DAYS:
        hour = number(registers[2] & 0x1F)
        if not 1 <= hour <= 12:
            return -1
        hour = hour % 12 + (12 if registers[2] & AFTERNOON else 0)
    # The register at 3 counts the days of the week, for nobody.
    day, month, year = number(registers[4]), number(registers[5] & 0x7F), number(registers[6]) - 20
    if not (0 <= second < 60 and 0 <= minute < 60 and 0 <= hour < 24):
        return -1
    if not (0 <= year and 1 <= month <= 12 and 1 <= day <= days_in(year, month)):
        return -1
    days = year * 365 + (year + 3) // 4 + day - 1
    for before in range(1, month):
        days += days_in(year, before)
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def registers_at(time: int) -> bytes:
    """Return the first seven registers at case time `time` (s), which is before 2100."""
    days, second = divmod(time, 86400)
    year, month = 0, 1
    while days >= (366 if year % 4 == 0 else 365):
        days -= 366 if year % 4 == 0 else 365
        year += 1
    while days >= days_in(year, month):
        days -= days_in(year, month)
        month += 1
    return bytes(
        digits(value)
        for value in (second % 60, second // 60 % 60, second // 3600, 1, days + 1, month, year + 20)
    )


def days_in(year: int, month: int) -> int:
    """Return the days of a month; the year counts from 2020, and is before 2100."""
    if month == 2:
        return 29 if year % 4 == 0 else 28
    return 30 if month in (4, 6, 9, 11) else 31


def number(digits: int) -> int:
    """Return the number whose two decimal digits are the halves of a byte; -100 if they are not."""
    tens, ones = digits >> 4, digits & 0x0F
    return tens * 10 + ones if tens < 10 and ones < 10 else -100


def digits(number: int) -> int:
    """Return the byte whose halves are the two decimal digits of a number."""
    return number // 10 << 4 | number % 10
