"""The buzzer's tunes: played once, as written, on a clock that the test moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcase import sounds
from rollcase.sounds import Tune

MASK = (1 << 30) - 1
TUNES = {"refused": sounds.REFUSED, "done": sounds.DONE, "warn": sounds.WARN, "stop": sounds.STOP}
Notes = tuple[tuple[int, int], ...]

any_tune = st.lists(
    st.tuples(st.sampled_from([0, 220, 880]), st.integers(1, 500)), min_size=1, max_size=5
).map(tuple)
looks = st.lists(st.integers(0, 50) | st.integers(0, 2000), max_size=20)


def hz_at(tune: Notes, ms: int) -> int:
    """Return what a tune sounds after that many ms, by looking it up."""
    for hz, length in tune:
        if ms < length:
            return hz
        ms -= length
    return 0


@given(any_tune, st.integers(0, MASK), looks)
def test_tune_is_played_once_and_as_written(tune: Notes, start: int, waits: list[int]) -> None:
    player = Tune()
    player.start(tune, start)
    ms = 0
    for wait in waits:
        ms += wait
        assert player.hz((start + ms) & MASK) == hz_at(tune, ms)


@given(any_tune, st.integers(0, MASK), looks)
def test_tone_stays_until_the_wait_is_over_and_no_longer(
    tune: Notes, start: int, waits: list[int]
) -> None:
    """The tune ends by time, whether `hz` was called or not."""
    player = Tune()
    player.start(tune, start)
    ends = [sum(ms for _, ms in tune[: at + 1]) for at in range(len(tune))]
    ms = 0
    for wait in waits:
        ms += wait
        left = player.wait_ms((start + ms) & MASK)
        assert left == (min(end for end in ends if end > ms) - ms if ms < ends[-1] else -1)


def test_player_is_silent_before_a_tune_is_started() -> None:
    assert (Tune().hz(12345), Tune().wait_ms(12345)) == (0, -1)


def test_tune_takes_the_place_of_the_one_before() -> None:
    player = Tune()
    player.start(((220, 1000),), 0)
    player.start(((880, 100),), 500)
    assert [player.hz(ms) for ms in (500, 599, 600)] == [880, 880, 0]


def test_tune_that_is_over_stays_over_when_the_counter_starts_again() -> None:
    player = Tune()
    player.start(sounds.WARN, 0)
    assert player.hz(1000) == 0
    assert player.hz(100) == 0


@pytest.mark.parametrize("tune", TUNES.values(), ids=TUNES)
def test_tune_is_short_and_ends_with_a_tone(tune: Notes) -> None:
    assert sum(ms for _, ms in tune) < 1500
    assert tune[0][0] > 0
    assert tune[-1][0] > 0


def test_tunes_all_differ() -> None:
    assert len(set(TUNES.values())) == len(TUNES)
