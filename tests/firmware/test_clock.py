"""Case time: every millisecond counts once, and not every setting is believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcase.clock import LAST, Clock, elapsed, refusal
from rollcore.events import CASE_EPOCH, FIRST_PLAUSIBLE
from rollcore.memory import FOREVER

MASK = (1 << 30) - 1
NOW = 205_000_000
DAYS_400 = 400 * 86400

steps = st.lists(
    st.integers(0, 3000)
    | st.integers(0, MASK)
    | st.sampled_from([0, 1, 999, 1000, 1001, MASK - 1, MASK]),
    max_size=30,
)


# Advancing


@given(st.integers(0, MASK), steps)
def test_clock_counts_every_millisecond_once(start: int, pattern: list[int]) -> None:
    clock = Clock(NOW, start)
    total = 0
    for ms in pattern:
        total += ms
        clock.advance((start + total) & MASK)
        assert clock.time == NOW + total // 1000
        assert clock.uptime == total // 1000


@given(st.integers(0, MASK), st.integers(0, MASK))
def test_elapsed_counts_over_the_counters_new_start(since: int, ms: int) -> None:
    assert elapsed(since, (since + ms) & MASK) == ms


def test_uptime_starts_at_nothing() -> None:
    assert Clock(NOW, 777).uptime == 0


def test_clock_stands_at_its_end_while_uptime_goes_on() -> None:
    clock = Clock(LAST - 1, 0)
    clock.advance(999)
    assert clock.time == LAST - 1
    clock.advance(90_500)
    assert (clock.time, clock.uptime, clock.ms_until(FOREVER)) == (LAST, 90, 500)
    assert Clock(FOREVER + 7, 0).time == LAST


def test_setting_the_time_starts_its_second_anew_and_leaves_uptime_alone() -> None:
    clock = Clock(100, 0)
    clock.advance(5999)
    clock.set(NOW)
    assert (clock.time, clock.uptime) == (NOW, 5)
    clock.advance(5999 + 999)
    assert clock.time == NOW
    clock.advance(5999 + 1000)
    assert clock.time == NOW + 1


@given(st.integers(0, MASK), steps, st.integers(0, 80000))
def test_moment_comes_exactly_when_announced(start: int, pattern: list[int], ahead: int) -> None:
    clock = Clock(NOW, start)
    total = 0
    for ms in pattern:
        total += ms
        clock.advance((start + total) & MASK)
    goal = clock.time + ahead
    wait = clock.ms_until(goal)
    if ahead == 0:
        assert wait == 0
        return
    clock.advance((start + total + wait - 1) & MASK)
    assert clock.time == goal - 1
    clock.advance((start + total + wait) & MASK)
    assert clock.time == goal


def test_moment_far_ahead_is_at_most_a_day_away() -> None:
    assert Clock(NOW, 0).ms_until(FOREVER) == 86_400_000
    assert Clock(NOW, 0).ms_until(NOW - 5) == 0


# Setting


def test_first_plausible_time_is_the_year_2026() -> None:
    from datetime import datetime, timezone

    moment = datetime.fromtimestamp(CASE_EPOCH + FIRST_PLAUSIBLE, timezone.utc)
    assert moment == datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("old", "new", "why_not"),
    [
        (NOW, NOW, ""),
        (NOW, NOW + 1, ""),
        (NOW, NOW - 600, ""),
        (NOW, NOW - 601, ""),
        (NOW, FIRST_PLAUSIBLE, ""),
        (NOW, FIRST_PLAUSIBLE - 1, "before this product"),
        (NOW, 0, "before this product"),
        (NOW, NOW + DAYS_400, ""),
        (NOW, NOW + DAYS_400 + 1, "400 days"),
        (0, FIRST_PLAUSIBLE, ""),
        (0, FIRST_PLAUSIBLE - 1, "before this product"),
        (0, NOW + 10 * DAYS_400, ""),
        (FIRST_PLAUSIBLE - 1, NOW + 10 * DAYS_400, ""),
        (FIRST_PLAUSIBLE, NOW + 10 * DAYS_400, "400 days"),
    ],
)
def test_setting_is_believed_or_refused_with_the_reason(old: int, new: int, why_not: str) -> None:
    answer = refusal(old, new, False)
    assert why_not in answer
    assert bool(answer) == bool(why_not)


@pytest.mark.parametrize("new", [0, FIRST_PLAUSIBLE - 1, NOW + DAYS_400 + 1])
def test_forced_setting_overrides_a_refusal(new: int) -> None:
    assert refusal(NOW, new, False)
    assert refusal(NOW, new, True) == ""


@pytest.mark.parametrize("forced", [False, True])
@pytest.mark.parametrize("old", [0, NOW])
@pytest.mark.parametrize("new", [FOREVER, 1 << 31, (1 << 32) - 1])
def test_time_that_the_case_cannot_count_on_from_is_refused_even_with_force(
    old: int, new: int, forced: bool
) -> None:
    """From `FOREVER` on every phase has ended; a little later, case time does not fit a record."""
    assert refusal(old, new, forced)
