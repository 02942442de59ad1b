"""Case time: set by the host, by a clock chip, kept over power cuts and into far years."""

from pathlib import Path

import pytest
from tests.firmware.fakes import FakeTimeChip
from tests.firmware.whole_case import (
    DAY,
    MINUTE,
    NOW,
    WholeCase,
    bring_to,
    roll,
    with_rules,
)

from rollcase import lamp
from rollcase.checkpoints import NAMES as CHECKPOINTS
from rollcase.journal import CLOCK_EVERY_S, SETTLED_S
from rollcore import events, state
from rollcore.blocks import PAGE_SIZE, PAGES
from rollcore.events import FROM_HOST
from rollcore.memory import FOREVER

# Power cuts


def test_clock_goes_on_from_the_last_checkpoint(case: WholeCase) -> None:
    """One is kept a minute after the last record, and then every quarter of an hour."""
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    case.wait(SETTLED_S + CLOCK_EVERY_S + 100)
    case.switch_on()
    assert case.app.clock.time == NOW + SETTLED_S + CLOCK_EVERY_S


@pytest.mark.parametrize("seconds", [1, SETTLED_S - 1, SETTLED_S, CLOCK_EVERY_S, DAY, DAY + 777])
def test_power_cut_takes_a_quarter_of_an_hour_of_case_time_at_most(
    case: WholeCase, seconds: int
) -> None:
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    case.wait(seconds)
    case.switch_on()
    assert 0 <= NOW + seconds - case.app.clock.time < CLOCK_EVERY_S


def test_clock_goes_on_from_the_last_record_if_that_is_newer(case: WholeCase) -> None:
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    case.wait(CLOCK_EVERY_S + 100)
    case.press()
    case.wait(50)
    case.switch_on()
    assert case.app.clock.time == NOW + CLOCK_EVERY_S + 100


def test_clock_set_back_by_force_stays_back_after_a_power_cut(case: WholeCase) -> None:
    """The time of the checkpoint before the setting is too late, and the start does not use it."""
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    case.wait(CLOCK_EVERY_S * 2)
    case.app.set_clock(NOW - 5 * DAY, FROM_HOST, events.SYNCHRONISED, True)
    case.switch_on()
    assert case.app.clock.time == NOW - 5 * DAY


def test_time_is_stored_as_often_after_a_setting_back(case: WholeCase) -> None:
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    case.app.set_clock(NOW - 5 * DAY, FROM_HOST, events.SYNCHRONISED, True)
    case.wait(SETTLED_S + CLOCK_EVERY_S + 10)
    case.switch_on()
    assert case.app.clock.time == NOW - 5 * DAY + SETTLED_S + CLOCK_EVERY_S


@pytest.mark.parametrize("damage", [b"", b"\0" * PAGE_SIZE, b"ROLL"])
def test_damaged_checkpoints_cost_time_and_nothing_else(case: WholeCase, damage: bytes) -> None:
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    case.wait(CLOCK_EVERY_S * 3)
    before = case.app.journal.state
    (name,) = set(CHECKPOINTS) & set(case.files.names())
    for page in range(1, PAGES):
        at = page * PAGE_SIZE
        case.flash.replace(case.files.block_of(name), at, damage or b"\xff" * PAGE_SIZE)
    case.flash.broken = True  # the start is not logged
    case.switch_on()
    assert case.app.clock.time == NOW
    assert case.app.journal.state == before


def test_lamp_shows_that_the_clock_is_not_set_until_it_is(case: WholeCase) -> None:
    def blinks() -> list[int]:
        return [ms for colour, ms in case.watch(6000) if colour == lamp.BLUE]

    bring_to(case, state.READY)
    assert blinks() == [60, 60]
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    assert blinks() == []
    case.switch_on()
    assert 60 in blinks()


# Set by the host


def test_clock_setting_is_logged_with_the_time_before(case: WholeCase) -> None:
    case.wait(100)
    assert case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED) == ""
    assert case.news(1) == [
        ("clock_set", {"old": 100, "source": FROM_HOST, "forced": 0, "sure": 1})
    ]
    assert case.log()[-1].time == case.app.clock.time == NOW


@pytest.mark.parametrize("difference", [-1, 0, 1])
def test_clock_within_a_second_is_not_set(case: WholeCase, difference: int) -> None:
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    before = case.last_seq
    assert case.app.set_clock(NOW + difference, FROM_HOST, events.SYNCHRONISED) == ""
    assert case.news(before) == []
    assert case.app.clock.time == NOW


@pytest.mark.parametrize("difference", [-2, 2])
def test_clock_that_is_off_by_two_seconds_is_set(case: WholeCase, difference: int) -> None:
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    before = case.last_seq
    assert case.app.set_clock(NOW + difference, FROM_HOST, events.SYNCHRONISED) == ""
    assert len(case.news(before)) == 1
    assert case.app.clock.time == NOW + difference


def test_correct_clock_is_set_once_after_a_power_cut(case: WholeCase) -> None:
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    case.switch_on()
    assert case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED) == ""
    assert case.news(0)[-1][0] == "clock_set"
    assert case.app.journal.state.clock_set is True


# Sure, and not sure


def heard(case: WholeCase, since: int) -> list[tuple[int, int, int]]:
    """Return of each time that was heard: by how much it was ahead, who said it, why not taken."""
    log = [event for event in case.log() if event.seq > since]
    assert {event.name for event in log} <= {"clock_heard"}
    return [
        (event.data["heard"] - event.time, event.data["source"], event.data["why"]) for event in log
    ]


def set_to(case: WholeCase, time: int, sure: int = events.SYNCHRONISED) -> str:
    return case.app.set_clock(time, FROM_HOST, sure)


@pytest.mark.parametrize("time", [NOW, NOW - 30 * DAY, NOW + 30 * DAY])
def test_setting_that_is_not_sure_is_heard_and_not_taken(case: WholeCase, time: int) -> None:
    before = case.last_seq
    assert "update the host program" in set_to(case, time, events.NOT_SURE)
    assert case.app.clock.time == 0
    assert not case.app.journal.state.clock_set
    assert heard(case, before) == [(time, FROM_HOST, events.UNSURE)]


def test_setting_that_is_not_sure_is_taken_by_force_and_leaves_no_sure_clock(
    case: WholeCase,
) -> None:
    set_to(case, NOW)
    assert case.app.set_clock(NOW - 30 * DAY, FROM_HOST, events.NOT_SURE, True) == ""
    assert not case.app.journal.state.sure
    assert set_to(case, NOW - 20 * DAY) == ""
    assert case.app.journal.state.sure


def test_sure_setting_makes_a_right_clock_a_sure_one(case: WholeCase) -> None:
    case.app.set_clock(NOW, FROM_HOST, events.NOT_SURE, True)
    before = case.last_seq
    assert set_to(case, NOW, events.NOT_SURE) == ""
    assert case.news(before) == []
    assert set_to(case, NOW, events.CONFIRMED) == ""
    assert [data["sure"] for _, data in case.news(before)] == [events.CONFIRMED]
    assert case.app.journal.state.sure


@pytest.mark.parametrize("off", [-30 * DAY, -601, 601, 400 * DAY])
def test_jump_in_a_run_with_a_sure_setting_is_taken_from_nobody(case: WholeCase, off: int) -> None:
    set_to(case, NOW)
    before = case.last_seq
    assert "it has only counted since" in set_to(case, NOW + off)
    assert case.app.clock.time == NOW
    assert heard(case, before) == [(off, FROM_HOST, events.JUMP)]
    assert case.app.set_clock(NOW + off, FROM_HOST, events.SYNCHRONISED, True) == ""
    assert case.app.clock.time == NOW + off


@pytest.mark.parametrize("off", [-600, 600])
def test_setting_that_a_crystal_can_explain_is_taken(case: WholeCase, off: int) -> None:
    set_to(case, NOW)
    assert set_to(case, NOW + off) == ""
    assert case.app.clock.time == NOW + off


@pytest.mark.parametrize(("off", "taken"), [(600 + 86, True), (600 + 87, False)])
@pytest.mark.parametrize("way", [-1, 1])
def test_crystal_may_be_off_by_100_ppm_of_the_run(
    case: WholeCase, off: int, way: int, taken: bool
) -> None:
    set_to(case, NOW)
    case.wait(10 * DAY)
    assert (set_to(case, case.app.clock.time + way * off) == "") == taken


def test_power_cut_lets_the_clock_jump_forward_but_not_behind_a_sure_one(case: WholeCase) -> None:
    set_to(case, NOW)
    case.switch_on()
    before = case.last_seq
    assert "to a later time" in set_to(case, NOW - 601)
    assert heard(case, before) == [(-601, FROM_HOST, events.BEHIND_SURE)]
    assert set_to(case, NOW + 30 * DAY) == ""
    case.switch_on()
    assert set_to(case, NOW + 30 * DAY - 600) == ""


def test_sure_setting_goes_back_where_no_sure_one_contradicts_it(case: WholeCase) -> None:
    case.app.set_clock(NOW, FROM_HOST, events.NOT_SURE, True)
    assert set_to(case, NOW - 30 * DAY) == ""
    assert case.app.clock.time == NOW - 30 * DAY


def test_time_that_is_not_taken_is_logged_once_in_a_run_and_again_if_it_is_another(
    case: WholeCase,
) -> None:
    set_to(case, NOW)
    before = case.last_seq
    for off in (DAY, DAY + 60, DAY + 61, DAY):
        assert set_to(case, NOW + off) != ""
    assert [ahead for ahead, _, _ in heard(case, before)] == [DAY, DAY + 61, DAY]
    case.switch_on()
    before = case.last_seq
    assert set_to(case, NOW - DAY) != ""
    assert len(heard(case, before)) == 1


def test_clock_setting_during_a_soak_does_not_shorten_it(case: WholeCase) -> None:
    bring_to(case, state.SOAKING)
    case.wait(100)
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    case.wait(490)
    assert case.phase == state.SOAKING
    case.wait(10)
    assert case.phase == state.DRYING


@pytest.mark.parametrize(
    ("phase", "first", "then"),
    [
        (state.READY, NOW - 30 * DAY, NOW),
        (state.READY, NOW, NOW - 30 * DAY),
        (state.DRYING, NOW, NOW - 30 * DAY),
        (state.IN_USE, NOW - 30 * DAY, NOW),
        (state.CLEAN_ME, NOW - 30 * DAY, NOW),
        (state.RESTING, NOW, NOW - 30 * DAY),
    ],
)
def test_clock_setting_shows_no_phase_of_the_time_before(
    case: WholeCase, phase: str, first: int, then: int
) -> None:
    """The log with the setting is judged at the new time, never at the old one."""
    case.app.set_clock(first, FROM_HOST, events.SYNCHRONISED)
    bring_to(case, phase)
    case.said.clear()
    assert case.app.set_clock(then, FROM_HOST, events.SYNCHRONISED, True) == ""
    assert [line.split()[0] for line in case.said] == ["log"]
    assert case.app.standing.phase == phase


def test_clock_setting_that_the_flash_does_not_take_leaves_the_clock(case: WholeCase) -> None:
    case.flash.broken = True
    assert "flash" in case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    assert case.app.clock.time == 0
    case.flash.broken = False
    assert case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED) == ""
    assert case.app.clock.time == NOW


# The clock chip


class ChipWorld:
    """A case with a clock chip, in a world whose true time is known."""

    def __init__(self, directory: Path) -> None:
        self.off_s = NOW
        self.case: WholeCase | None = None
        self.chip = FakeTimeChip(lambda: self.true)
        self.case = WholeCase(directory, self.chip)

    @property
    def true(self) -> int:
        return self.off_s + (self.case.ms // 1000 if self.case else 0)

    def sets(self) -> list[tuple[int, int]]:
        """Return each setting of the clock in the log: who set it, and to what."""
        assert self.case is not None
        log = self.case.log()
        return [(event.data["source"], event.time) for event in log if event.name == "clock_set"]


def chip_world(directory: Path) -> tuple[ChipWorld, WholeCase]:
    world = ChipWorld(directory)
    assert world.case is not None
    return world, world.case


def test_chip_sets_the_clock_at_the_start(tmp_path: Path) -> None:
    world, case = chip_world(tmp_path)
    assert world.sets() == [(events.FROM_RTC, NOW)]
    assert case.app.journal.state.clock_set


def test_chip_sets_the_clock_after_a_power_cut(tmp_path: Path) -> None:
    world, case = chip_world(tmp_path)
    world.off_s += 40 * DAY
    case.switch_on()
    assert world.sets()[1:] == [(events.FROM_RTC, NOW + 40 * DAY)]


@pytest.mark.parametrize(("off", "sets"), [(59, 0), (-59, 0), (61, 1), (-61, 1), (-700, 0)])
def test_chip_sets_the_clock_once_a_day_if_it_differs_by_a_minute(
    tmp_path: Path, off: int, sets: int
) -> None:
    """A time that no crystal explains is not taken, as from any other."""
    world, case = chip_world(tmp_path)
    world.chip.off = off
    case.wait(DAY - 1)
    assert len(world.sets()) == 1
    case.wait(CLOCK_EVERY_S)
    assert len(world.sets()) == 1 + sets


def test_clock_setting_by_the_host_is_written_to_the_chip(tmp_path: Path) -> None:
    world, case = chip_world(tmp_path)
    assert case.app.set_clock(NOW + 100, FROM_HOST, events.SYNCHRONISED) == ""
    assert world.chip.sets == [NOW + 100]
    assert case.app.set_clock(NOW + 100, FROM_HOST, events.SYNCHRONISED) == ""
    assert world.chip.sets == [NOW + 100]


def test_refused_clock_setting_is_not_written_to_the_chip(tmp_path: Path) -> None:
    world, case = chip_world(tmp_path)
    assert case.app.set_clock(NOW - DAY, FROM_HOST, events.SYNCHRONISED) != ""
    assert world.chip.sets == []


def test_chip_is_as_sure_as_the_setting_that_set_it(tmp_path: Path) -> None:
    world, case = chip_world(tmp_path)
    assert case.app.set_clock(NOW + DAY, FROM_HOST, events.NOT_SURE, True) == ""
    assert (world.chip.sets, world.chip.sure) == ([NOW + DAY], False)
    assert case.app.set_clock(NOW + DAY, FROM_HOST, events.CONFIRMED) == ""
    assert (world.chip.sets, world.chip.sure) == ([NOW + DAY] * 2, True)
    assert case.app.set_clock(NOW + DAY, FROM_HOST, events.NOT_SURE) == ""
    assert world.chip.sure


def test_setting_by_a_sure_chip_is_sure(tmp_path: Path) -> None:
    _, case = chip_world(tmp_path)
    assert case.log()[-1].data["sure"] == events.SURE_RTC
    assert case.app.journal.state.sure


def test_chip_that_is_not_sure_is_heard_and_not_taken(tmp_path: Path) -> None:
    world, case = chip_world(tmp_path)
    world.chip.sure = False
    world.off_s += 3 * DAY
    before = case.last_seq
    case.switch_on()
    assert heard(case, before + 1) == [(3 * DAY, events.FROM_RTC, events.UNSURE)]
    case.wait(3 * DAY)
    assert len(heard(case, before + 1)) == 1
    assert len(world.sets()) == 1
    assert not case.app.journal.state.clock_set


def test_chip_behind_a_sure_clock_is_heard_and_not_taken(tmp_path: Path) -> None:
    world, case = chip_world(tmp_path)
    world.chip.off = -DAY
    before = case.last_seq
    case.switch_on()
    assert heard(case, before + 1) == [(-DAY, events.FROM_RTC, events.BEHIND_SURE)]


def test_wrong_chip_is_set_even_if_the_clock_is_right(tmp_path: Path) -> None:
    world, case = chip_world(tmp_path)
    world.chip.off = 50
    assert case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED) == ""
    assert world.chip.sets == [NOW]
    assert len(world.sets()) == 1


def test_case_with_a_dead_chip_works_as_one_without(tmp_path: Path) -> None:
    world, case = chip_world(tmp_path)
    world.chip.dead = True
    world.off_s += 3 * DAY
    case.switch_on()
    assert len(world.sets()) == 1
    assert case.app.clock.time == NOW
    assert not case.app.journal.state.clock_set
    case.wait(3 * DAY)
    assert len(world.sets()) == 1


@pytest.mark.parametrize("off", [-700, -DAY, 401 * DAY, -NOW])
def test_chip_with_a_wrong_time_is_not_believed(tmp_path: Path, off: int) -> None:
    world, case = chip_world(tmp_path)
    world.chip.off = off
    case.switch_on()
    assert len(world.sets()) == 1
    assert case.app.clock.time == NOW


def test_chip_is_read_once_a_delayed_boot_is_logged(tmp_path: Path) -> None:
    world, case = chip_world(tmp_path)
    case.flash.broken = True
    world.off_s += 3 * DAY
    case.switch_on()
    case.flash.broken = False
    case.wait(2 * MINUTE)
    assert [source for source, _ in world.sets()] == [events.FROM_RTC] * 2


# Long stretches, and far years


def test_case_time_loses_no_second_when_the_tick_counter_wraps(case: WholeCase) -> None:
    """The counter wraps every 12.4 days."""
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    case.wait(26 * DAY)
    assert case.app.clock.time == NOW + 26 * DAY
    case.press()
    assert case.phase == state.SOAKING


THE_19TH = (1 << 31) - events.CASE_EPOCH  # 2038-01-19, where 32 bits of Unix time end


@pytest.mark.parametrize("year", [THE_19TH, (1 << 29) - 1, FOREVER - 401 * DAY])
def test_rest_across_a_limit_of_numbers_is_as_long_as_any(case: WholeCase, year: int) -> None:
    with_rules(case, soak_before_min=0, soak_after_min=0, head_uses=100)
    assert case.app.set_clock(year - DAY, FROM_HOST, events.SYNCHRONISED, True) == ""
    roll(case)
    ended = case.log()[-1].time
    case.long_press()
    assert case.log()[-1].data["until"] == ended + 3 * DAY
    case.wait(ended + 3 * DAY - 1 - case.app.clock.time)
    assert case.phase == state.RESTING
    case.wait(1)
    assert case.phase == state.READY
    case.switch_on()
    assert case.app.clock.time >= ended


def test_last_time_that_can_be_set_leaves_room_for_the_longest_rest(case: WholeCase) -> None:
    with_rules(case, soak_before_min=0, soak_after_min=0, rest_h=9500, head_days=400)
    last = FOREVER - 400 * DAY - 1
    assert case.app.set_clock(last + 1, FROM_HOST, events.SYNCHRONISED, True) != ""
    assert case.app.set_clock(last, FROM_HOST, events.SYNCHRONISED, True) == ""
    roll(case)
    assert case.phase == state.RESTING
    case.long_press()
    assert case.log()[-1].data["until"] > last + 395 * DAY
    case.wait(DAY)
    assert (case.phase, case.app.fault) == (state.RESTING, "")
