"""How a case's clock is measured: what is said of it holds, whatever the line's delays were."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollhost.board.clock_drift import TURN_S, Reading, Tick, drift, ticks


def readings(start: float, fast_ppm: float, delays: list[float], first: int) -> list[Reading]:
    """Return what a case says whose clock is fast by so many ppm since second `first`, at 0.

    Each answer takes one of the delays (s); the case looks at its clock somewhere in between.
    """
    found, now = [], start
    for delay in delays:
        uptime = first + int((now + delay / 3) * (1 + fast_ppm / 1e6))
        found.append(Reading(now, now + delay, uptime))
        now += delay
    return found


def test_second_that_changes_lies_between_two_answers() -> None:
    said = [Reading(0.0, 0.1, 7), Reading(0.2, 0.3, 7), Reading(0.4, 0.5, 8), Reading(0.6, 0.7, 8)]
    assert list(ticks(said)) == [Tick(8, 0.2 - TURN_S, 0.5)]


def test_missed_second_and_a_new_start_are_no_tick() -> None:
    assert not list(ticks([Reading(0, 0.1, 7), Reading(2, 2.1, 9), Reading(3, 3.1, 0)]))


@given(st.floats(-300, 300), st.integers(0, 100_000), st.integers(0, 1 << 30))
def test_true_drift_is_within_what_is_said(ppm: float, first: int, seed: int) -> None:
    chance = random.Random(seed)
    delays = [chance.uniform(0.001, 0.02) for _ in range(300)]
    start = list(ticks(readings(0, ppm, delays, first)))
    end = list(ticks(readings(600, ppm, delays, first)))
    measured = drift(start, end)
    assert abs(measured.ppm - ppm) <= measured.plus_minus
    assert measured.plus_minus < 1e6 * (0.04 + TURN_S) / measured.seconds


def test_narrowest_ticks_count() -> None:
    wide, narrow = Tick(10, 0.0, 0.5), Tick(11, 1.4, 1.402)
    measured = drift([wide, narrow], [Tick(611, 601.4, 601.402)])
    assert (measured.seconds, round(measured.ppm)) == (600, 0)
    assert measured.plus_minus == pytest.approx(2 / 600 * 1000, rel=0.01)


def test_start_in_between_is_no_drift() -> None:
    with pytest.raises(ValueError, match="not after"):
        drift([Tick(500, 0, 0.01)], [Tick(3, 600, 600.01)])
