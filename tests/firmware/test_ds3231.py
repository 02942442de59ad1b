"""The driver of the clock chip, against a chip that behaves as the data sheet says."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.firmware.ds3231_chip import CONTROL, EOSC, FIRST_POWER, OSF, STATUS, Ds3231Chip
from tests.firmware.ds3231_chip import PowerCutError as PowerCut

from rollcase.hal import ds3231
from rollcase.hal.ds3231 import Ds3231
from rollcore.events import CASE_EPOCH

UTC = timezone.utc
EPOCH = datetime.fromtimestamp(CASE_EPOCH, UTC)


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    """Return case time."""
    return round(
        (datetime(year, month, day, hour, minute, second, tzinfo=UTC) - EPOCH).total_seconds()
    )


SOME_DAY = at(2026, 11, 20, 21, 45, 58)
LAST_SECOND = at(2099, 12, 31, 23, 59, 59)
SMALL_INTEGERS_END = 1 << 30

times = st.integers(0, at(2054, 12, 31)) | st.sampled_from(
    [at(year, 3, 1) - back for year in range(2020, 2055) for back in (0, 1, 86400, 86401)]
)


def set_chip(time: int = SOME_DAY) -> tuple[Ds3231Chip, Ds3231]:
    """Return a chip that the driver has set, and the driver."""
    chip = Ds3231Chip()
    driver = Ds3231(chip)
    assert driver.set(time, True)
    return chip, driver


@given(time=times)
def test_registers_hold_the_calendars_date_of_the_time_set(time: int) -> None:
    chip, _ = set_chip(time)
    date = EPOCH + timedelta(seconds=time)
    held = bytes(chip.registers[:7]).hex(" ").split()
    assert [held[n] for n in (6, 5, 4, 2, 1, 0)] == date.strftime("%y %m %d %H %M %S").split()
    assert 1 <= int(held[3]) <= 7


@given(time=times, passed=st.integers(0, 86400 * 800))
def test_chip_goes_on_from_what_was_set(time: int, passed: int) -> None:
    chip, driver = set_chip(time)
    assert driver.read() == time
    chip.tick(passed)
    assert driver.read() == time + passed


@pytest.mark.parametrize("time", [0, SMALL_INTEGERS_END - 1, SMALL_INTEGERS_END, LAST_SECOND])
def test_chip_counts_from_2020_to_2099(time: int) -> None:
    _, driver = set_chip(time)
    assert driver.read() == time


@pytest.mark.parametrize("time", [-1, LAST_SECOND + 1, 1 << 40])
def test_time_that_the_chip_cannot_count_is_not_set(time: int) -> None:
    chip, driver = set_chip()
    transfers = chip.transfers
    assert not driver.set(time, True)
    assert chip.transfers == transfers
    assert driver.read() == SOME_DAY


def test_chip_knows_no_time_after_2099() -> None:
    chip, driver = set_chip(LAST_SECOND)
    chip.tick(1)
    assert chip.registers[5] & 0x80, "the chip noted a century"
    assert driver.read() == -1


def test_power_cut_of_weeks_costs_no_second() -> None:
    chip, driver = set_chip()
    chip.lose_power(60 * 86400)
    assert Ds3231(chip).read() == SOME_DAY + 60 * 86400
    chip.lose_power(0, battery=False)
    assert driver.read() == -1


def test_new_chip_knows_no_time() -> None:
    assert Ds3231(Ds3231Chip()).read() == -1


def test_missing_chip_gives_no_time_and_no_error() -> None:
    chip, driver = set_chip()
    chip.present = False
    assert driver.read() == -1
    assert not driver.set(SOME_DAY + 100, True)
    chip.present = True
    assert driver.read() == SOME_DAY


def test_chip_that_stood_still_is_not_believed() -> None:
    chip, driver = set_chip()
    chip.registers[STATUS] |= OSF
    assert driver.read() == -1
    assert driver.set(SOME_DAY, True)
    assert not chip.registers[STATUS] & OSF
    assert driver.read() == SOME_DAY


def test_chip_that_would_stand_still_on_its_battery_is_not_believed() -> None:
    chip, driver = set_chip()
    chip.registers[CONTROL] |= EOSC
    assert driver.read() == -1
    assert driver.set(SOME_DAY, True)
    chip.lose_power(1000)
    assert driver.read() == SOME_DAY + 1000


def test_chip_set_by_something_else_is_not_believed() -> None:
    chip, driver = set_chip()
    local = bytes(chip.registers[:7])
    chip.registers[:] = FIRST_POWER
    chip.put(0, *local)
    chip.put(CONTROL, 0x04, 0x00)
    assert driver.read() == -1
    assert driver.set(SOME_DAY, True)
    assert driver.read() == SOME_DAY


@pytest.mark.parametrize(
    ("register", "value"),
    [
        *((register, byte) for register in (0, 1) for byte in (0x5A, 0x60, 0x80, 0xF9, 0xFF)),
        *((2, byte) for byte in (0x24, 0x0A, 0x30, 0x80, 0x40, 0x53, 0x60, 0x5A, 0xFF)),
        *((4, byte) for byte in (0x00, 0x31, 0x0A, 0x3A, 0x40, 0xFF)),  # it is November
        *((5, byte) for byte in (0x00, 0x13, 0x0A, 0x20, 0x40, 0x80, 0xFF)),
        *((6, byte) for byte in (0x00, 0x19, 0x2A, 0xA0, 0xFF)),
    ],
)
def test_registers_that_are_no_date_are_no_time(register: int, value: int) -> None:
    chip, driver = set_chip()
    chip.put(register, value)
    assert driver.read() == -1


@pytest.mark.parametrize(
    ("year", "month", "day", "there_is"),
    [
        *((0x26, month, 0x31, True) for month in (1, 3, 5, 7, 8, 0x10, 0x12)),
        *((0x26, month, 0x31, False) for month in (2, 4, 6, 9, 0x11)),
        (0x26, 0x02, 0x30, False), (0x26, 0x02, 0x29, False), (0x26, 0x02, 0x28, True),
        (0x28, 0x02, 0x30, False), (0x28, 0x02, 0x29, True), (0x96, 0x02, 0x29, True),
    ],
)  # fmt: skip
def test_day_that_its_month_does_not_have_is_no_time(
    year: int, month: int, day: int, there_is: bool
) -> None:
    chip, driver = set_chip()
    chip.put(4, day, month, year)
    assert (driver.read() >= 0) == there_is


@given(registers=st.binary(min_size=7, max_size=7))
def test_any_registers_give_the_calendars_time_or_none(registers: bytes) -> None:
    chip, driver = set_chip()
    chip.put(0, *registers)
    held = bytearray(registers)
    held[5] &= 0x7F  # the century, which is not read
    form = "%S %M %H %d %m %y"
    if held[2] & 0x40:
        form = "%S %M %I %p %d %m %y"
        half = "pm" if held[2] & 0x20 else "am"
        held[2] &= 0x9F
    words = bytes(held).hex(" ").split()
    del words[3]
    if "%p" in form:
        words.insert(3, half)
    try:
        date = datetime.strptime(" ".join(words), form).replace(tzinfo=UTC)
    except ValueError:
        expected = -1
    else:
        # In Python, two digits from 69 on are of the 20th century.
        year = 2000 + date.year % 100
        expected = max(-1, round((date.replace(year=year) - EPOCH).total_seconds()))
    assert driver.read() == expected


@pytest.mark.parametrize("hour", range(24))
def test_twelve_hour_registers_are_read_as_24_hours(hour: int) -> None:
    chip, driver = set_chip(at(2026, 11, 20, hour, 30))
    half = 0x20 if hour >= 12 else 0
    chip.put(2, 0x40 | half | int(str((hour + 11) % 12 + 1), 16))
    assert driver.read() == at(2026, 11, 20, hour, 30)
    chip.tick(3600)
    assert chip.registers[2] & 0x40
    assert driver.read() == at(2026, 11, 20, hour, 30) + 3600


@pytest.mark.parametrize("century", [0x00, 0x80])
def test_century_bit_does_not_change_the_year(century: int) -> None:
    chip, driver = set_chip()
    chip.registers[5] |= century
    assert driver.read() == SOME_DAY


@pytest.mark.parametrize(
    "time",
    [at(2026, 11, 20, 21, 59, 59), at(2026, 12, 31, 23, 59, 59), at(2028, 2, 28, 23, 59, 59)],
)
def test_time_is_read_in_one_piece_at_the_turn_of_a_second(time: int) -> None:
    chip, driver = set_chip(time)
    transfers = chip.transfers
    chip.slow = range(1000)
    assert [driver.read() for _ in range(3)] == [time, time + 1, time + 2]
    assert chip.transfers == transfers + 3


@pytest.mark.parametrize("transfer", range(1, 6))
def test_time_that_turns_over_while_it_is_set_is_taken(transfer: int) -> None:
    chip = Ds3231Chip()
    chip.slow = range(transfer, transfer + 1)
    assert Ds3231(chip).set(at(2026, 12, 31, 23, 59, 59), True)
    turned = chip.transfers >= transfer and transfer > 1
    assert Ds3231(chip).read() == at(2027, 1, 1) - (not turned)


def cuts(before: Ds3231Chip, time: int) -> list[Ds3231Chip]:
    """Return the chip as a power cut before each byte of a setting leaves it."""
    found = []
    for count in range(1000):
        chip = Ds3231Chip()
        chip.registers[:] = before.registers
        chip.bytes_left = count
        try:
            assert Ds3231(chip).set(time, True)
        except PowerCut:
            found.append(chip)
        else:
            return found
    raise AssertionError("it never ends")


@pytest.mark.parametrize("battery", [True, False])
@pytest.mark.parametrize("off_s", [0, 1, 86400])
@pytest.mark.parametrize("old", ["new", "stopped", "foreign", "set"])
def test_chip_keeps_the_old_time_the_new_one_or_none_when_power_is_cut_while_setting(
    old: str, off_s: int, battery: bool
) -> None:
    new = at(2027, 3, 1, 8, 30, 15)
    chip, _ = set_chip()
    if old == "new":
        chip = Ds3231Chip()
    elif old == "stopped":
        chip.registers[STATUS] |= OSF
    elif old == "foreign":
        chip.put(ds3231.ALARM, 0, 0, 0, 0)
    known = Ds3231(chip).read()
    assert (known == SOME_DAY) == (old == "set")
    seen = []
    for cut in cuts(chip, new):
        cut.lose_power(off_s, battery)
        seen.append(Ds3231(cut).read())
    assert len(seen) >= 7 + 2 + len(ds3231.MARK)
    # Before the first byte the old time, then none at all; in the end the cut comes too late.
    assert set(seen[1:]) == {-1}
    assert seen[0] == (known + off_s if known >= 0 and battery else -1)


def test_write_that_goes_wrong_on_the_wire_is_noticed() -> None:
    for register in (0, 1, 2, 4, 5, 6):
        chip, driver = set_chip(at(2026, 11, 20, 12, 30, 10))
        chip.lost_writes = [register]
        assert not driver.set(at(2026, 11, 22, 14, 32, 12), True)
        assert driver.read() == -1
        assert driver.set(at(2026, 11, 22, 14, 32, 12), True)


def test_chip_that_stops_answering_while_it_is_set_is_noticed() -> None:
    for answers in range(1, 5):
        chip, driver = set_chip()
        chip.answers_left = answers
        assert not driver.set(SOME_DAY + 100, True)
        chip.answers_left = -1
        assert driver.read() == -1


def test_chip_makes_no_alarms_and_no_waves() -> None:
    chip, _ = set_chip()
    assert chip.registers[CONTROL] == 0x04
    assert chip.registers[STATUS] == 0x00
    assert all(digit < 10 for byte in ds3231.MARK for digit in (byte >> 4, byte & 15))
