"""Placing records in true time: exact where a clock was set, between bounds where not."""

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.host.clock_logs import FIRST_SECOND, NOON, boot, bounds, numbered, setting, use

from rollcase.clock import Clock
from rollcore import events
from rollcore.events import CASE_EPOCH, Event
from rollhost.history.timeline import place


class TestExamples:
    def test_empty_log_has_no_placed_records(self) -> None:
        assert place([]) == []

    def test_record_after_a_clock_setting_is_exact(self) -> None:
        log = numbered(boot(1, 0), setting(1, 10, NOON), use(1, 70, 0))
        assert bounds(place(log))[2] == (60, 60)

    def test_record_before_the_first_setting_of_its_run_is_exact(self) -> None:
        log = numbered(boot(1, 0), use(1, 4, 4), setting(1, 10, NOON))
        assert bounds(place(log)) == [(-10, -10), (-6, -6), (0, 0)]

    def test_earlier_of_two_settings_counts_between_them(self) -> None:
        # The crystal ran 5 s slow in between; right after the first setting it had not yet.
        log = numbered(setting(1, 10, NOON), use(1, 11, 0), setting(1, 100, NOON + 95))
        assert bounds(place(log)) == [(0, 0), (1, 1), (95, 95)]

    def test_record_without_a_setting_lies_between_its_stamp_and_the_sync(self) -> None:
        log = numbered(boot(1, 0), use(1, 30, 30))
        placed = place(log, NOON)
        assert bounds(placed) == [(FIRST_SECOND, -30), (FIRST_SECOND + 30, 0)]
        assert not any(record.known for record in placed)

    def test_record_with_nothing_later_has_no_latest_time(self) -> None:
        assert bounds(place(numbered(boot(1, 7)))) == [(FIRST_SECOND + 7, None)]

    def test_run_that_was_never_set_lies_before_the_run_that_was(self) -> None:
        log = numbered(boot(1, 0), use(1, 30, 30), boot(2, 30), setting(2, 5, NOON))
        assert bounds(place(log, NOON + 999)) == [
            (FIRST_SECOND, -35),
            (FIRST_SECOND + 30, -5),
            (-5, -5),
            (0, 0),
        ]

    def test_run_that_was_never_set_lies_after_the_run_that_was(self) -> None:
        log = numbered(setting(1, 5, NOON), boot(2, NOON - CASE_EPOCH), use(2, 30, 30))
        log[2].time = NOON - CASE_EPOCH + 30
        assert bounds(place(log, NOON + 1000)) == [(0, 0), (0, 970), (30, 1000)]

    def test_consecutive_runs_that_were_never_set_bound_each_other(self) -> None:
        log = numbered(boot(1, 0), use(1, 60, 60), boot(2, 60), use(2, 40, 100))
        assert bounds(place(log, NOON)) == [
            (FIRST_SECOND, -100),
            (FIRST_SECOND + 60, -40),
            (FIRST_SECOND + 60, -40),
            (FIRST_SECOND + 100, 0),
        ]

    def test_lost_start_record_still_begins_a_run(self) -> None:
        log = numbered(use(1, 10, 10), setting(2, 10, NOON))
        # It had run for 10 s when its clock was set.
        assert bounds(place(log)) == [(FIRST_SECOND + 10, -10), (0, 0)]

    def test_starts_at_the_maximum_boot_number_begin_runs(self) -> None:
        most = events.MAX_BOOT
        log = numbered(boot(most, 0), boot(most, 0), setting(most, 10, NOON))
        assert bounds(place(log)) == [(FIRST_SECOND, -10), (-10, -10), (0, 0)]

    def test_stamp_later_than_the_sync_never_puts_latest_before_earliest(self) -> None:
        log = numbered(boot(1, NOON - CASE_EPOCH))
        assert bounds(place(log, NOON - 5)) == [(0, 0)]

    def test_records_of_a_set_run_are_known_to_the_second(self) -> None:
        log = numbered(boot(1, 0), setting(1, 3, NOON))
        assert [record.known for record in place(log)] == [True, True]


@dataclass(frozen=True)
class Run:
    """A run of a case: how long it lay unpowered before, and what came after how long."""

    off_ms: int
    things: list[tuple[int, bool]]
    """Milliseconds since the thing before, and whether it sets the clock (else: a use)."""
    tail_ms: int
    forgets_s: int
    """Seconds of case time that the power cut takes, at most."""


def runs(unit_ms: int) -> st.SearchStrategy[list[Run]]:
    """Return lives of a case in which everything happens at multiples of `unit_ms`."""
    day = 86400 * 1000 // unit_ms
    gap = st.one_of(st.integers(0, 5000 // unit_ms), st.integers(0, 3 * day)).map(
        lambda units: units * unit_ms
    )
    run = st.builds(
        Run,
        gap,
        st.lists(st.tuples(gap, st.booleans()), max_size=5),
        gap,
        st.integers(0, 900),
    )
    return st.lists(run, min_size=1, max_size=5)


def live(life: list[Run], start: int) -> tuple[list[Event], list[float], float]:
    """Live through `life` from Unix time `start` (s) with the case's own clock.

    Returns the log, the true time of each of its records, and that of the end.
    """
    log: list[Event] = []
    truth: list[float] = []
    true_ms = start * 1000
    stored = 0
    for number, run in enumerate(life, 1):
        true_ms += run.off_ms
        ticks = 0
        clock = Clock(stored, ticks)
        things = [(0, None), *run.things]
        for wait_ms, sets in things:
            true_ms += wait_ms
            ticks += wait_ms
            clock.advance(ticks)
            event = boot(number, 0) if sets is None else use(number, 0, 0)
            if sets:
                event = setting(number, 0, true_ms // 1000)
                clock.set(event.time)
            event.uptime, event.time = clock.uptime, clock.time
            log.append(event)
            truth.append(true_ms / 1000)
        true_ms += run.tail_ms
        clock.advance(ticks + run.tail_ms)
        stored = max(log[-1].time, clock.time - run.forgets_s)
    return numbered(*log), truth, true_ms / 1000


# With whole seconds nothing may be off. Else a second of the case begins at another moment than
# one of the world: each of setting, event and end of a run is off by up to one.
@pytest.mark.parametrize(("unit_ms", "off_s"), [(1000, 0), (1, 3)])
@given(data=st.data(), start=st.integers(NOON, NOON + 10**8))
def test_true_time_lies_between_earliest_and_latest_and_order_is_kept(
    unit_ms: int, off_s: int, data: st.DataObject, start: int
) -> None:
    log, truth, end = live(data.draw(runs(unit_ms)), start)
    placed = place(log, int(end))
    assert [record.event for record in placed] == log
    for record, true in zip(placed, truth, strict=True):
        assert record.latest is not None
        assert record.earliest - off_s <= true <= record.latest + off_s
    for record, after in pairwise(placed):
        assert record.latest is not None
        assert after.latest is not None
        assert record.earliest <= after.earliest + off_s
        assert record.latest <= after.latest + off_s


@given(life=runs(1000), start=st.integers(NOON, NOON + 10**8))
def test_run_with_a_correctly_set_clock_is_placed_to_the_second(
    life: list[Run], start: int
) -> None:
    log, truth, end = live(life, start)
    placed = place(log, int(end))
    set_runs = {event.boot for event in log if event.kind == events.CLOCK_SET}
    exact = [
        (record.earliest, record.latest, true)
        for record, true in zip(placed, truth, strict=True)
        if record.event.boot in set_runs
    ]
    assert all(earliest == latest == true for earliest, latest, true in exact)
