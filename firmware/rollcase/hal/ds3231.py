"""The DS3231: a clock chip with a crystal and a battery of its own, on I2C.

Its time is believed only behind a mark that this driver leaves in the registers
of an alarm, which nobody uses. The mark goes before a new time is written and
comes back once that time has been read back. So half a time does not count, where
power went meanwhile, nor does one that no case has ever set, in whatever zone.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Bus(Protocol):
        """What `machine.I2C` does, as far as it is needed."""

        def readfrom_mem(self, __address: int, __register: int, __count: int) -> bytes: ...
        def writeto_mem(self, __address: int, __register: int, __data: bytes) -> None: ...


ADDRESS = 0x68

# Registers, from the chip's data sheet. The time is in the first seven.
TIME = 0x00
ALARM = 0x07
CONTROL = 0x0E
STATUS = 0x0F
COUNT = 0x10
"""How many are read at once: up to the status."""

STOPPED = 0x80
"""In the control register: stands still on its battery. In the status: has stood still."""

RUN = b"\x04\x00"
"""Control and status of a clock that runs on, makes no alarms and no waves, and has not stopped."""

MARK = b"\x52\x43\x20\x20"
NO_MARK = b"\x00\x00\x00\x00"

HALF_DAYS = 0x40
"""In the register of the hours: 1 to 12, twice a day."""

AFTERNOON = 0x20

MAX_DAYS = 29220
"""The days of 2020 to 2099. The chip has two digits for the year, and the bit for the
century says different things to different programs: it is not read, and written as 0."""


class Ds3231:
    """The chip on an I2C bus. Where it does not answer, there is no time, and no harm."""

    def __init__(self, i2c: "Bus") -> None:
        self._i2c = i2c

    def read(self) -> int:
        """Return case time in seconds, or -1 where there is none to believe."""
        try:
            # All in one go: while it is read, the chip holds the time still.
            held = self._i2c.readfrom_mem(ADDRESS, TIME, COUNT)
        except OSError:
            return -1
        if (held[CONTROL] | held[STATUS]) & STOPPED or held[ALARM : ALARM + len(MARK)] != MARK:
            return -1
        return case_time(held)

    def set(self, time: int) -> bool:
        """Set the chip to case time `time` (s); return whether it has taken it."""
        if not 0 <= time // 86400 < MAX_DAYS:
            return False
        try:
            self._i2c.writeto_mem(ADDRESS, ALARM, NO_MARK)
            self._i2c.writeto_mem(ADDRESS, TIME, registers(time))
            self._i2c.writeto_mem(ADDRESS, CONTROL, RUN)
            taken = case_time(self._i2c.readfrom_mem(ADDRESS, TIME, ALARM))
            if not time <= taken <= time + 1:
                return False
            self._i2c.writeto_mem(ADDRESS, ALARM, MARK)
        except OSError:
            return False
        return True


def case_time(held: bytes) -> int:
    """Return what the first seven registers say in seconds since 2020, or -1 if no time does."""
    second, minute, hour = number(held[0]), number(held[1]), number(held[2])
    if held[2] & HALF_DAYS:
        hour = number(held[2] & 0x1F)
        if not 1 <= hour <= 12:
            return -1
        hour = hour % 12 + (12 if held[2] & AFTERNOON else 0)
    # held[3] counts the days of the week, for nobody.
    day, month, year = number(held[4]), number(held[5] & 0x7F), number(held[6]) - 20
    if not (0 <= second < 60 and 0 <= minute < 60 and 0 <= hour < 24):
        return -1
    if not (0 <= year and 1 <= month <= 12 and 1 <= day <= days_in(year, month)):
        return -1
    days = year * 365 + (year + 3) // 4 + day - 1
    for before in range(1, month):
        days += days_in(year, before)
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def registers(time: int) -> bytes:
    """Return the first seven registers at so many seconds since 2020, before 2100."""
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
