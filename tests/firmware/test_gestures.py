"""Gestures: one touch is one gesture, however the contact bounces. The test moves the clock."""

import copy
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcase.gestures import LONG_REACHED, NO_GESTURE, UNCLEAR, GestureReader, Settled
from rollcore.events import LONG_PRESS, PRESS, VERY_LONG_PRESS

MASK = (1 << 30) - 1
SETTLE_MS = 45  # longer than the worst bounce, and too short to be felt
STARTS = [0, 12345, MASK - 300, MASK - 45, MASK - 1]
"""Tick counters to start at: some wrap in the middle of a touch."""


class Hand:
    """A button fed every `step` ms; remembers each gesture and the ms at which it came."""

    def __init__(self, start: int = 0, step: int = 1, on_release: bool = False) -> None:
        self.button = GestureReader()
        self.on_release = on_release
        self.start = start
        self.step = step
        self.ms = 0
        self.gestures: list[tuple[int, int]] = []

    def feed(self, down: bool) -> None:
        gesture = self.button.feed((self.start + self.ms) & MASK, down, self.on_release)
        if gesture != NO_GESTURE:
            self.gestures.append((gesture, self.ms))

    def keep(self, down: bool, ms: int) -> None:
        """Feed one level for that long; the next begins where it ends."""
        for _ in range(ms // self.step):
            self.feed(down)
            self.ms += self.step

    @property
    def names(self) -> list[int]:
        return [gesture for gesture, _ in self.gestures]


def touch(ms: int, start: int = 0, on_release: bool = False) -> list[tuple[int, int]]:
    """Return the gestures of a clean touch that lasts `ms`, looked at every millisecond."""
    hand = Hand(start, on_release=on_release)
    hand.keep(False, 100)
    hand.ms = 0
    hand.start = (start + 100) & MASK
    hand.keep(True, ms)
    hand.keep(False, 200)
    return hand.gestures


# Bounce


@pytest.mark.parametrize("step", [5, 10])
def test_every_bounce_on_press_gives_one_press(step: int) -> None:
    for bounce in product([False, True], repeat=40 // step):
        hand = Hand(step=step)
        hand.keep(False, 100)
        for level in (True, *bounce[1:]):
            hand.keep(level, step)
        hand.keep(True, 200)
        hand.keep(False, 200)
        assert hand.names == [PRESS], bounce


@pytest.mark.parametrize("step", [5, 10])
def test_every_bounce_on_release_gives_one_press(step: int) -> None:
    for bounce in product([False, True], repeat=40 // step):
        hand = Hand(step=step)
        hand.keep(False, 100)
        hand.keep(True, 200)
        for level in (False, *bounce[1:]):
            hand.keep(level, step)
        hand.keep(False, 200)
        assert hand.names == [PRESS], bounce


def test_every_bounce_on_press_and_release_together_gives_one_press() -> None:
    for bounce in product([False, True], repeat=8):
        hand = Hand(step=10)
        hand.keep(False, 100)
        for level in bounce[:4]:
            hand.keep(level, 10)
        hand.keep(True, 200)
        for level in bounce[4:]:
            hand.keep(level, 10)
        hand.keep(False, 200)
        assert hand.names == [PRESS], bounce


@pytest.mark.parametrize("step", [5, 10])
def test_every_bounce_of_a_long_press_gives_one_long_press(step: int) -> None:
    for bounce in product([False, True], repeat=40 // step):
        hand = Hand(step=step)
        for level in (True, *bounce[1:]):
            hand.keep(level, step)
        hand.keep(True, 2100)
        for level in (False, *bounce[1:]):
            hand.keep(level, step)
        hand.keep(False, 200)
        assert hand.names == [LONG_PRESS], bounce


@pytest.mark.parametrize("ms", range(1, SETTLE_MS))
def test_glitch_shorter_than_the_settling_time_is_nothing(ms: int) -> None:
    assert touch(ms) == []


def test_touch_of_the_settling_time_is_a_press() -> None:
    # 46 ms: the last look at the level is 45 ms after the first.
    assert [gesture for gesture, _ in touch(SETTLE_MS + 1)] == [PRESS]


@pytest.mark.parametrize("ms", [1, 20, SETTLE_MS - 1])
def test_glitch_in_the_middle_of_a_long_press_does_not_break_it(ms: int) -> None:
    hand = Hand()
    hand.keep(True, 1000)
    hand.keep(False, ms)
    hand.keep(True, 9500)
    hand.keep(False, 200)
    assert hand.gestures == [(LONG_PRESS, 2000), (VERY_LONG_PRESS, 10000)]


def test_glitch_at_the_moment_of_a_long_press_delays_it() -> None:
    hand = Hand()
    hand.keep(True, 1990)
    hand.keep(False, 20)
    hand.keep(True, 500)
    hand.keep(False, 200)
    assert hand.gestures == [(LONG_PRESS, 2010)]


# Boundaries


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(
    ("ms", "gestures"),
    [
        (599, [(PRESS, 599 + SETTLE_MS)]),
        (600, [(UNCLEAR, 600 + SETTLE_MS)]),
        (1999, [(UNCLEAR, 1999 + SETTLE_MS)]),
        (2001, [(LONG_PRESS, 2000)]),
        (9999, [(LONG_PRESS, 2000)]),
        (10001, [(LONG_PRESS, 2000), (VERY_LONG_PRESS, 10000)]),
        (60000, [(LONG_PRESS, 2000), (VERY_LONG_PRESS, 10000)]),
    ],
)
def test_touch_means_what_its_length_says(
    ms: int, gestures: list[tuple[int, int]], start: int
) -> None:
    assert touch(ms, start) == gestures


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(
    ("ms", "gestures"),
    [
        (599, [(PRESS, 599 + SETTLE_MS)]),
        (600, [(UNCLEAR, 600 + SETTLE_MS)]),
        (1999, [(UNCLEAR, 1999 + SETTLE_MS)]),
        (2000, [(UNCLEAR, 2000 + SETTLE_MS)]),
        (2001, [(LONG_REACHED, 2000), (LONG_PRESS, 2001 + SETTLE_MS)]),
        (9999, [(LONG_REACHED, 2000), (LONG_PRESS, 9999 + SETTLE_MS)]),
        (10000, [(LONG_REACHED, 2000), (LONG_PRESS, 10000 + SETTLE_MS)]),
        (10001, [(LONG_REACHED, 2000), (VERY_LONG_PRESS, 10000)]),
        (60000, [(LONG_REACHED, 2000), (VERY_LONG_PRESS, 10000)]),
    ],
)
def test_touch_on_release_means_what_its_length_says(
    ms: int, gestures: list[tuple[int, int]], start: int
) -> None:
    """A touch of 2000 ms is seen down at 1999 ms last, and one of 10000 ms at 9999 ms."""
    assert touch(ms, start, on_release=True) == gestures


@pytest.mark.parametrize("step", [5, 10])
def test_every_bounce_of_a_long_press_on_release_gives_one_long_press(step: int) -> None:
    for bounce in product([False, True], repeat=40 // step):
        hand = Hand(step=step, on_release=True)
        for level in (True, *bounce[1:]):
            hand.keep(level, step)
        hand.keep(True, 2100)
        for level in (False, *bounce[1:]):
            hand.keep(level, step)
        hand.keep(False, 200)
        assert hand.names == [LONG_REACHED, LONG_PRESS], bounce


@pytest.mark.parametrize("ms", [1, 20, SETTLE_MS - 1])
def test_glitch_is_no_release_of_a_long_press(ms: int) -> None:
    hand = Hand(on_release=True)
    hand.keep(True, 5000)
    hand.keep(False, ms)
    hand.keep(True, 9500)
    hand.keep(False, 200)
    assert hand.gestures == [(LONG_REACHED, 2000), (VERY_LONG_PRESS, 10000)]


@pytest.mark.parametrize("after", [False, True])
def test_when_a_long_press_acts_is_settled_at_2_s(after: bool) -> None:
    hand = Hand(on_release=not after)
    hand.keep(True, 2001)
    hand.on_release = after
    hand.keep(True, 1000)
    hand.keep(False, 200)
    assert hand.names == ([LONG_PRESS] if after else [LONG_REACHED, LONG_PRESS])


def test_long_press_acts_when_it_is_reached_and_not_before() -> None:
    hand = Hand()
    hand.keep(True, 2000)
    assert hand.gestures == []
    hand.feed(True)
    assert hand.gestures == [(LONG_PRESS, 2000)]


def test_very_long_press_acts_when_it_is_reached_and_not_before() -> None:
    hand = Hand()
    hand.keep(True, 10000)
    assert hand.gestures == [(LONG_PRESS, 2000)]
    hand.feed(True)
    assert hand.gestures == [(LONG_PRESS, 2000), (VERY_LONG_PRESS, 10000)]


@pytest.mark.parametrize("start", [MASK - 1000, MASK - 5000, MASK - 9999])
def test_long_press_spans_a_wrap_of_the_tick_counter(start: int) -> None:
    hand = Hand(start)
    hand.keep(True, 10100)
    assert hand.gestures == [(LONG_PRESS, 2000), (VERY_LONG_PRESS, 10000)]


def test_each_touch_is_a_gesture_of_its_own() -> None:
    hand = Hand()
    for ms in (200, 2500, 100, 700, 10500, 300):
        hand.keep(True, ms)
        hand.keep(False, 100)
    assert hand.names == [PRESS, LONG_PRESS, PRESS, UNCLEAR, LONG_PRESS, VERY_LONG_PRESS, PRESS]


def test_button_that_nobody_touched_for_longer_than_the_counter_counts_still_works() -> None:
    hand = Hand()
    hand.keep(True, 200)
    hand.keep(False, 200)
    hand.ms += (1 << 30) - 100
    hand.keep(True, 200)
    hand.keep(False, 200)
    assert hand.names == [PRESS, PRESS]


def test_button_stuck_since_power_up_gives_each_gesture_once() -> None:
    hand = Hand(step=100)
    hand.keep(True, 10 * 60 * 1000)
    assert hand.names == [LONG_PRESS, VERY_LONG_PRESS]


def test_late_look_reports_one_gesture_at_a_time() -> None:
    hand = Hand()
    hand.feed(True)
    hand.ms = 50
    hand.feed(True)
    hand.ms = 12000
    hand.feed(True)
    assert hand.gestures == [(LONG_PRESS, 12000)]
    hand.ms = 12001
    hand.feed(True)
    assert hand.gestures[1:] == [(VERY_LONG_PRESS, 12001)]


# When to look next

levels = st.lists(
    st.tuples(
        st.booleans(),
        st.integers(1, 60)
        | st.integers(1, 3000)
        | st.sampled_from([44, 45, 46, 599, 600, 1999, 2000, 2001, 9999, 10000, 10001]),
    ),
    max_size=8,
)


@given(levels, st.sampled_from(STARTS), st.data())
def test_gesture_never_comes_before_the_wait_is_over(
    touches: list[tuple[bool, int]], start: int, data: st.DataObject
) -> None:
    hand = Hand(start)
    down = False
    for down, ms in touches:
        hand.feed(down)
        hand.ms += ms
        hand.feed(down)
    wait = hand.button.wait_ms((start + hand.ms) & MASK)
    horizon = 20000 if wait < 0 else wait
    for later in sorted(data.draw(st.lists(st.integers(0, max(0, horizon - 1)), max_size=4))):
        twin = copy.copy(hand.button)
        assert twin.feed((start + hand.ms + later) & MASK, down) == NO_GESTURE or later == 0 == wait


@given(levels, st.sampled_from(STARTS), st.booleans())
def test_feeding_only_when_asked_misses_no_gesture(
    touches: list[tuple[bool, int]], start: int, on_release: bool
) -> None:
    always, asked = Hand(start, on_release=on_release), Hand(start, on_release=on_release)
    for down, ms in [*touches, (False, 200)]:
        end = asked.ms + ms
        always.keep(down, ms)
        asked.feed(down)
        while True:
            wait = asked.button.wait_ms((start + asked.ms) & MASK)
            if wait < 0 or asked.ms + wait >= end:
                break
            asked.ms += wait
            asked.feed(down)
        asked.ms = end
    assert asked.gestures == always.gestures


@pytest.mark.parametrize(("late", "wait"), [(0, 45), (44, 1), (45, 0), (46, 0), (5000, 0)])
def test_level_that_is_looked_at_late_is_wanted_at_once(late: int, wait: int) -> None:
    contact = Settled(False)
    contact.feed(100, True)
    assert (contact.moving, contact.wait_ms(100 + late)) == (True, wait)
    assert contact.feed(145, True)
    assert (contact.moving, contact.wait_ms(145)) == (False, -1)
