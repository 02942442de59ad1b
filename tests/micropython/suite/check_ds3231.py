"""The driver of the clock chip on MicroPython, where integers from 2**30 on are big ones."""

from tests.firmware.ds3231_chip import Ds3231Chip, PowerCutError
from tests.micropython.suite.expect import equal, true

from rollcase.hal.ds3231 import Ds3231

GOLDEN = (
    # case time, the registers: second, minute, hour, day of the week, day, month, year
    (0, "00000001010120"),
    (5183999, "59592301290220"),
    (157852799, "59592301311224"),
    (217374358, "58452101201126"),
    ((1 << 30) - 1, "03371301090154"),
    (1 << 30, "04371301090154"),
    (1 << 31, "08140301190188"),
    (2524607999, "59592301311299"),
)
"""Made with CPython's `datetime`, not with the driver."""


def test_every_date_is_its_golden_registers_and_back() -> None:
    for time, registers in GOLDEN:
        chip = Ds3231Chip()
        driver = Ds3231(chip)
        equal(driver.set(time, True), True, time)
        equal(bytes(chip.registers[:7]).hex(), registers, time)
        equal(driver.read(), time)


def test_chip_goes_on_over_the_end_of_the_small_integers() -> None:
    chip = Ds3231Chip()
    driver = Ds3231(chip)
    true(driver.set((1 << 30) - 2, True), "not taken")
    for time in range((1 << 30) - 2, (1 << 30) + 3):
        equal(driver.read(), time)
        chip.tick(1)


def test_new_chip_and_no_chip_have_no_time() -> None:
    chip = Ds3231Chip()
    driver = Ds3231(chip)
    equal(driver.read(), -1)
    chip.present = False
    equal((driver.read(), driver.set(1000, True)), (-1, False))


def test_registers_of_noise_are_no_error() -> None:
    chip = Ds3231Chip()
    driver = Ds3231(chip)
    true(driver.set(1000, True), "not taken")
    for register in range(7):
        for value in range(256):
            before = chip.registers[register]
            chip.put(register, value)
            true(driver.read() >= -1, (register, value))
            chip.put(register, before)
    equal(driver.read(), 1000)


def test_power_cut_while_setting_the_chip_leaves_no_wrong_time() -> None:
    for count in range(1, 17):
        chip = Ds3231Chip()
        driver = Ds3231(chip)
        true(driver.set(1000, True), "not taken")
        chip.bytes_left = count
        try:
            driver.set(200000000, True)
            raise AssertionError(f"no power cut after {count} bytes")
        except PowerCutError:
            equal(driver.read(), -1, count)
