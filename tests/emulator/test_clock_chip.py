"""A DS3231 on the Pico's I2C bus: the image, with a board.py on its flash that declares one."""

from pathlib import Path

import pytest
from tests.emulator import days
from tests.emulator.days import DAY, MINUTE, RULES, Case
from tests.emulator.files import with_board
from tests.emulator.pico import Pico
from tests.firmware.ds3231_chip import OSF, STATUS, Ds3231Chip

from rollcase.hal.ds3231 import case_time
from rollcore import events, state

FLASH = with_board("RTC = (0, 4, 5)")
HOUR = 3600
NOW = 205_000_000

LONGER_MS = 100
"""Most that a start takes longer than one of a case without a chip; 50 of that is a chip that
does not answer, as the emulator has it."""


class Bench:
    """A flash, a chip, and Picos that they are soldered to."""

    def __init__(self, image: Path) -> None:
        self._image = image
        self.chip = Ds3231Chip()
        self.flash = FLASH

    def power_up(self, chip: bool = True) -> Case:
        """Start a case, with the chip on its bus or not."""
        pico = Pico(self._image, self.flash)
        pico.attach(self.chip)
        self.chip.present = chip
        pico.boot()
        return Case(pico)

    def cut(self, case: Case, seconds: int = 0) -> None:
        """Take the power away for so long."""
        self.flash = case.pico.flash
        self.chip.lose_power(seconds)

    def pass_time(self, case: Case, seconds: int, hop: int = MINUTE) -> None:
        """Let time pass for case and chip."""
        for _ in range(seconds // hop):
            self.chip.tick(hop)
            case.pico.let_pass(hop, hop)

    def shows(self) -> int:
        """Return what the chip shows."""
        return case_time(bytes(self.chip.registers))


@pytest.fixture
def bench(image: Path) -> Bench:
    """A chip that has never been set, and a flash without a log."""
    return Bench(image)


@pytest.fixture
def case(bench: Bench) -> Case:
    """Return a case whose clock the host has set, and with it the chip."""
    started = bench.power_up()
    assert started.pico.ask("time", sure=1, time=NOW, force=0).verb == "clock"
    started.pico.run(200)
    return started


def sources(case: Case) -> list[int]:
    """Return who has set the clock since the start."""
    return [event.data["source"] for event in case.log if event.name == "clock_set"]


def test_host_sets_the_chip_too(bench: Bench, case: Case) -> None:
    assert bench.shows() == NOW


def test_time_is_right_at_once_after_days_without_power(bench: Bench, case: Case) -> None:
    bench.cut(case, 5 * DAY)
    again = bench.power_up()
    assert 0 <= NOW + 5 * DAY - again.time() + 1 <= 2
    assert sources(again) == [events.FROM_RTC]


def test_days_without_power_count_as_rest(bench: Bench, case: Case) -> None:
    days.clean_me(case)
    bench.chip.tick(RULES.soak_before_s + RULES.dry_before_s + MINUTE)
    case.press()
    bench.pass_time(case, RULES.soak_after_s + RULES.dry_after_s)
    assert case.phase == state.RESTING
    bench.cut(case, 27 * DAY)
    again = bench.power_up()
    assert again.phase == state.RESTING
    bench.cut(again, DAY)
    assert bench.power_up().phase == state.PREPARE


def test_chip_that_has_stood_still_is_not_believed(bench: Bench, case: Case) -> None:
    bench.cut(case, 5 * DAY)
    bench.chip.put(STATUS, bench.chip.registers[STATUS] | OSF)
    again = bench.power_up()
    assert sources(again) == []
    assert again.time() < NOW + MINUTE
    assert again.pico.ask("status").integer("clock_set") == 0


def test_chip_that_has_stood_still_is_set_by_the_host_and_believed_again(
    bench: Bench, case: Case
) -> None:
    bench.cut(case, 5 * DAY)
    bench.chip.put(STATUS, bench.chip.registers[STATUS] | OSF)
    again = bench.power_up()
    again.pico.ask("time", sure=1, time=NOW + 5 * DAY, force=0)
    again.pico.run(200)
    bench.cut(again, DAY)
    assert sources(bench.power_up()) == [events.FROM_RTC]


def test_new_chip_is_not_believed(bench: Bench) -> None:
    assert sources(bench.power_up()) == []


def test_case_whose_chip_does_not_answer_works_all_the_same(bench: Bench) -> None:
    case = bench.power_up(chip=False)
    assert case.pico.ask("time", sure=1, time=NOW, force=0).integer("new") == NOW
    case.press()
    assert [event.name for event in case.log] == ["boot", "clock_set", "soak_started"]
    assert case.pico.ask("status").word("fault") == ""


@pytest.mark.parametrize("chip", [True, False], ids=["chip", "no chip"])
def test_start_takes_hardly_longer(bench: Bench, image: Path, case: Case, chip: bool) -> None:
    plain = Pico(image, with_board("", case.pico.flash))
    plain.boot()
    bench.cut(case, DAY)
    pico = Pico(image, bench.flash)
    pico.attach(bench.chip)
    bench.chip.present = chip
    pico.boot()
    assert pico.now < plain.now + LONGER_MS


def test_chip_is_looked_at_once_a_day(bench: Bench, case: Case) -> None:
    bench.pass_time(case, 2 * DAY, HOUR)
    bench.chip.tick(5 * MINUTE)  # the case's clock has fallen behind
    bench.pass_time(case, DAY + 2 * HOUR, HOUR)
    assert sources(case) == [events.FROM_HOST, events.FROM_RTC]
