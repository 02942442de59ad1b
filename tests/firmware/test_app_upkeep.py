"""Upkeep of the log while nobody touches the case: when it is done, and what checkpoints keep."""

import pytest
from tests.firmware.memory_flash import Ground
from tests.firmware.server_line import LOG, Line
from tests.firmware.whole_case import (
    DAY,
    LOG_ID,
    NOW,
    WholeCase,
    bring_to,
    tell,
)

from rollcase.app import QUIET_MS
from rollcase.checkpoints import Checkpoints
from rollcase.heads import Heads
from rollcase.journal import CLOCK_EVERY_S, MAX_BEHIND, SETTLED_S
from rollcase.raw_flash import RawFlash
from rollcore import events, snapshot, state
from rollcore.blocks import Page
from rollcore.events import FROM_HOST


def newest(ground: Ground) -> Page | None:
    """Return the newest checkpoint on a flash; None if there is none."""
    flash = RawFlash(ground.flash)
    page, is_mended = Checkpoints(flash, ground.files, Heads(flash)).newest(LOG_ID)
    assert not is_mended
    return page


@pytest.fixture
def settled(case: WholeCase) -> WholeCase:
    """Return a case whose clock is set, and which has just kept a checkpoint."""
    assert case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED) == ""
    case.wait(SETTLED_S)
    page = newest(case.ground)
    assert page
    assert page.seq == case.last_seq
    return case


def written(case: WholeCase) -> list[int]:
    """Return a list that will get the ms of the case's life at which its flash is written."""
    times: list[int] = []

    def watch() -> None:
        if times[-1:] != [case.ms]:
            times.append(case.ms)

    case.flash.watchers.append(watch)
    return times


# When


def test_upkeep_begins_a_second_after_a_touch(case: WholeCase) -> None:
    times = written(case)
    start = case.ms
    case.press()
    released = start + 200
    assert [ms for ms in times if ms > released + 100] == []  # the record of the soak
    case.wait_ms(QUIET_MS + 10_000)
    upkeep = [ms for ms in times if ms > released + 100]
    assert upkeep[0] == released + QUIET_MS


def test_upkeep_waits_while_the_button_is_down(case: WholeCase) -> None:
    bring_to(case, state.SOAKING)
    case.tick(0, True)
    case.wait_ms(3000, True)  # which breaks the soak
    times = written(case)
    case.wait_ms(60_000, True)
    assert times == []
    case.tick(0, False)
    case.wait_ms(QUIET_MS)
    assert times


def test_upkeep_waits_until_the_lid_rests(case: WholeCase) -> None:
    start = case.ms
    times = written(case)
    for _ in range(40):
        case.lid_open = not case.lid_open
        case.wait_ms(10)
    moved = case.ms
    case.wait_ms(QUIET_MS + 1000)
    upkeep = [ms for ms in times if ms > start + 100]
    assert upkeep
    assert upkeep[0] >= moved + QUIET_MS - 10


def test_case_asks_to_be_woken_for_its_upkeep_and_not_before(settled: WholeCase) -> None:
    assert settled.phase == state.PREPARE  # in which nothing changes by itself
    assert settled.app.idle_ms() == CLOCK_EVERY_S * 1000
    settled.press()
    settled.long_press()
    assert 0 < settled.app.idle_ms() <= QUIET_MS
    settled.wait_ms(QUIET_MS)
    assert SETTLED_S * 1000 - 3000 < settled.app.idle_ms() <= SETTLED_S * 1000


def test_safe_mode_does_no_upkeep(safe: Line) -> None:
    times = written(safe.case)
    safe.case.wait(DAY)
    assert times == []
    assert not safe.case.app.tend()


# Checkpoints


def test_checkpoint_is_kept_a_minute_after_the_last_record(settled: WholeCase) -> None:
    times = written(settled)
    settled.wait(10)
    assert tell(settled, events.HOLD_SET, reason=events.ACNE, until=0) == ""
    at = settled.ms
    settled.wait(30)
    assert tell(settled, events.HOLD_SET, reason=events.NO_HOLD, until=0) == ""
    settled.wait(SETTLED_S - 1)
    assert times == [at, at + 30_000]
    settled.wait(1)
    assert times == [at, at + 30_000, at + (30 + SETTLED_S) * 1000]
    page = newest(settled.ground)
    assert page
    assert (page.seq, page.time) == (settled.last_seq, settled.app.clock.time)
    assert snapshot.unpack(page.state) == settled.app.journal.state


def test_checkpoint_is_kept_every_quarter_of_an_hour(settled: WholeCase) -> None:
    start, times = settled.ms, written(settled)
    settled.wait(DAY)
    every = CLOCK_EVERY_S * 1000
    assert [ms - start for ms in times] == list(range(every, DAY * 1000 + 1, every))
    page = newest(settled.ground)
    assert page
    assert page.time == settled.app.clock.time == NOW + SETTLED_S + DAY


def test_checkpoint_is_kept_as_soon_as_the_case_is_idle_after_eight_records(
    settled: WholeCase,
) -> None:
    before = settled.last_seq
    while settled.last_seq < before + MAX_BEHIND - 1:
        assert tell(settled, events.HOLD_SET, reason=events.NO_HOLD, until=0) == ""
        settled.tick(1, False)
    page = newest(settled.ground)
    assert page
    assert page.seq == before
    settled.press()
    settled.wait_ms(QUIET_MS)
    page = newest(settled.ground)
    assert page
    assert page.seq == settled.last_seq == before + MAX_BEHIND


def test_checkpoint_is_kept_a_minute_after_an_acknowledgement(settled: WholeCase) -> None:
    settled.wait(100)
    assert Line(settled).ask("ack", log=LOG, seq=1).integer("seq") == 1
    at, times = settled.ms, written(settled)
    settled.wait(SETTLED_S)
    assert times == [at + SETTLED_S * 1000]
    page = newest(settled.ground)
    assert page
    assert page.acked == 1


def test_checkpoint_that_the_flash_does_not_take_is_no_fault_and_is_tried_again(
    settled: WholeCase,
) -> None:
    settled.flash.broken = True
    settled.wait(CLOCK_EVERY_S)
    settled.flash.broken = False
    assert settled.app.fault == ""
    page = newest(settled.ground)
    assert page
    assert page.time == NOW + SETTLED_S
    settled.wait(CLOCK_EVERY_S)
    page = newest(settled.ground)
    assert page
    assert page.time == NOW + SETTLED_S + 2 * CLOCK_EVERY_S


def test_start_reads_only_what_is_behind_the_checkpoint(settled: WholeCase) -> None:
    """What is before it may be damaged: the state is that of the checkpoint."""
    before = settled.app.journal.state.copy()
    at = settled.ground.slot_at(1)
    settled.flash.replace(settled.ground.block_of(1), at, b"\0" * 28)
    settled.switch_on()
    boot = settled.log()[-1]
    assert (boot.name, boot.data["lost"], boot.seq) == ("boot", 0, before.seq + 1)
    assert settled.app.journal.state.at == before.at
    assert settled.app.clock.time == NOW + SETTLED_S


def test_blocks_of_checkpoints_are_erased_once_for_15_pages(settled: WholeCase) -> None:
    """So a case that nobody uses for a day erases 7 blocks, and programs 103 pages."""
    erases, programs = sum(settled.flash.erases), sum(settled.flash.programs)
    settled.wait(30 * DAY)
    days = 30
    assert (sum(settled.flash.erases) - erases) / days < 7
    assert (sum(settled.flash.programs) - programs) / days < 104
