"""The lamp's language: readable without colours, played exactly as written."""

from itertools import accumulate, combinations, groupby, pairwise
from math import lcm

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcase import lamp
from rollcase.lamp import FAULT, OFF, PATTERNS, Player, count, pattern_of
from rollcore import state

Pattern = tuple[tuple[int, int], ...]
Rhythm = tuple[int, ...]

MASK = (1 << 30) - 1

# Everything that is shown until something happens.
SHOWN = {
    f"{phase} {stage}{'' if clock_set else ', clock not set'}": pattern_of(phase, stage, clock_set)
    for phase, stages in PATTERNS.items()
    for stage in range(len(stages))
    for clock_set in (True, False)
}
SHOWN.update(
    {
        f"{phase} {stage}, sync me": pattern_of(phase, stage, True, True)
        for phase, stages in PATTERNS.items()
        for stage in range(len(stages))
    }
)
ALL = [pytest.param(pattern, id=name) for name, pattern in SHOWN.items()]


def lit(colour: int) -> bool:
    """Say whether a plain LED is on for a colour: at least half bright in some channel."""
    return max(colour.to_bytes(3, "big")) >= 0x80


def rhythm(pattern: Pattern) -> Rhythm:
    """Return what a plain LED makes of a pattern: on, off, on, … in ms, from a start of light.

    Of all the starts that a repeating pattern has, the one that sorts first.
    """
    runs: list[list[int]] = []
    for colour, ms in pattern:
        if runs and runs[-1][0] == lit(colour):
            runs[-1][1] += ms
        else:
            runs.append([lit(colour), ms])
    if len(runs) > 1 and runs[0][0] == runs[-1][0]:
        runs[0][1] += runs.pop()[1]
    if not runs[0][0]:
        runs.append(runs.pop(0))
    durations = [ms for _, ms in runs]
    turns = [durations[at:] + durations[:at] for at in range(0, len(durations), 2)]
    return tuple(min(turns))


def clearest(one: Rhythm, other: Rhythm) -> float:
    """Return by how much two rhythms differ where they differ most, both begun with some light.

    They are laid side by side, light on light and pause on pause, as often as each has to be
    repeated for both to end together, and turned so that they differ least.
    """
    if 1 in (len(one), len(other)):
        return 1 if len(one) == len(other) else float("inf")  # light that never goes out
    length = lcm(len(one), len(other))
    turns = [other[at:] + other[:at] for at in range(0, len(other), 2)]
    return min(
        max(
            max(a, b, SHORTEST_MS) / max(min(a, b), SHORTEST_MS)
            for a, b in zip(one * (length // len(one)), turn * (length // len(turn)), strict=True)
        )
        for turn in turns
    )


SHORTEST_MS = 80
"""To an eye a shorter light is as long as this (own)."""

TWICE = 2
"""An eye tells a light or a pause from one that is more than twice as long (own)."""


def look_alike(one: Rhythm, other: Rhythm) -> bool:
    """Say whether an eye could take one rhythm for the other."""
    return clearest(one, other) <= TWICE


# The tables


def test_every_phase_and_stage_has_a_pattern() -> None:
    assert set(PATTERNS) == {*state.ACTIONS, FAULT}


@pytest.mark.parametrize("phase", sorted(PATTERNS))
def test_stage_without_a_pattern_of_its_own_shows_the_last(phase: str) -> None:
    assert pattern_of(phase, state.STOP, True) == PATTERNS[phase][-1]


def test_each_stage_of_a_phase_has_a_pattern_of_its_own() -> None:
    several = {phase: len(stages) for phase, stages in PATTERNS.items() if len(stages) > 1}
    assert several == {
        state.PREPARE: 2, state.READY: 3, state.IN_USE: 3, state.CLEAN_ME: 2,
    }  # fmt: skip


COLOURS = {
    "red": 0xFF0000, "green": 0x00FF00, "blue": 0x0000FF, "white": 0xFFFFFF, "amber": 0xFF7000,
    "cyan": 0x00FFFF, "magenta": 0xFF00FF,
}  # fmt: skip
"""The colours (0xRRGGBB) of the words in README's table of the lamp."""


@pytest.mark.parametrize(
    ("phase", "stage", "words"),
    [
        (state.RESTING, state.NORMAL, "red red"),
        (state.PREPARE, state.NORMAL, "blue"),
        (state.PREPARE, state.AGAINST_REST, "blue red"),
        (state.DRYING, state.NORMAL, "cyan"),
        (state.READY, state.NORMAL, "green"),
        (state.READY, state.WARN, "green magenta magenta"),
        (state.READY, state.AGAINST_REST, "green red"),
        (state.ASKING, state.NORMAL, "green white white"),
        (state.IN_USE, state.NORMAL, "white"),
        (state.IN_USE, state.WARN, "white white"),
        (state.IN_USE, state.STOP, "red red red"),
        (state.CLEAN_ME, state.NORMAL, "amber"),
        (state.CLEAN_ME, state.WARN, "amber amber"),
        (state.HEAD_EXPIRED, state.NORMAL, "magenta magenta"),
        (state.HELD, state.NORMAL, "red blue red blue"),
        (FAULT, state.NORMAL, "red red red red red red red red red"),
    ],
)
def test_lights_have_the_colours_that_the_readme_says(phase: str, stage: int, words: str) -> None:
    lights = [colour for colour, _ in pattern_of(phase, stage, True) if colour != OFF]
    assert lights == [COLOURS[word] for word in words.split()]


def test_soak_breathes_in_amber() -> None:
    colours = {colour for colour, _ in pattern_of(state.SOAKING, state.NORMAL, True)}
    assert {OFF, COLOURS["amber"]} < colours
    for colour in colours - {OFF}:
        red, green, blue = colour.to_bytes(3, "big")
        assert blue == 0
        assert 0.40 < green / red < 0.52, "another hue than amber"


@pytest.mark.parametrize(
    ("phase", "word"),
    [
        (state.RESTING, "red"),
        (state.SOAKING, "amber"),
        (state.DRYING, "cyan"),
        (state.HEAD_EXPIRED, "magenta"),
        (state.HELD, "red"),
    ],
)
def test_numbers_are_flashed_in_the_colour_of_their_phase(phase: str, word: str) -> None:
    assert lamp.COLOURS[phase] == COLOURS[word]


@pytest.mark.parametrize(
    ("pattern", "word"),
    [(lamp.REFUSED, "red"), (lamp.AGAIN, "white"), (lamp.NOTED, "white"), (lamp.BATTERY, "red"),
     (lamp.CLOCK_UNSET, "blue"), (lamp.SYNC_ME, "blue"), (lamp.SKIPPED, "white")],
    ids=["refused", "again", "noted", "battery", "clock unset", "sync me", "skipped"],
)  # fmt: skip
def test_answer_has_the_colour_that_the_readme_says(pattern: Pattern, word: str) -> None:
    assert {colour for colour, _ in pattern} == {OFF, COLOURS[word]}


@pytest.mark.parametrize(
    ("pattern", "on", "off"),
    [
        (lamp.REFUSED, [60] * 6, [60] * 5 + [460]),
        (lamp.AGAIN, [60] * 2, [120, 400]),
        (lamp.NOTED, [60], [60, 400]),
        (lamp.BATTERY, [600, 300, 100], [200, 200, 1000]),
        (lamp.CLOCK_UNSET, [60], [400, 400]),
        (lamp.SYNC_ME, [60] * 2, [400, 240, 400]),
        (lamp.SKIPPED, [60] * 5, [60] * 5),
    ],
    ids=["refused", "again", "noted", "battery", "clock unset", "sync me", "skipped"],
)
def test_answer_has_these_lights_and_pauses(
    pattern: Pattern, on: list[int], off: list[int]
) -> None:
    runs = [(is_dark, [ms for _, ms in steps]) for is_dark, steps in groupby(
        pattern, key=lambda step: step[0] == OFF
    )]  # fmt: skip
    assert [sum(run) for is_dark, run in runs if not is_dark] == on
    assert [sum(run) for is_dark, run in runs if is_dark] == off


@pytest.mark.parametrize("phase", [state.PREPARE, state.READY])
def test_red_is_in_the_rhythm_against_the_rest_and_in_no_other_of_the_phase(phase: str) -> None:
    *others, marked = [{colour for colour, _ in pattern} for pattern in PATTERNS[phase]]
    assert pattern_of(phase, state.AGAINST_REST, True) == PATTERNS[phase][-1]
    assert lamp.RED in marked
    assert all(lamp.RED not in colours for colours in others)


@pytest.mark.parametrize("pattern", ALL)
def test_pattern_starts_with_light(pattern: Pattern) -> None:
    assert pattern[0][0] != OFF


@pytest.mark.parametrize("pattern", ALL)
def test_pattern_starts_with_light_on_a_plain_led_too(pattern: Pattern) -> None:
    assert lit(pattern[0][0])


@pytest.mark.parametrize("pattern", ALL)
def test_pattern_has_steps_that_take_time_and_colours_that_exist(pattern: Pattern) -> None:
    assert all(ms > 0 and 0 <= colour <= 0xFFFFFF for colour, ms in pattern)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((300, 100), (200, 200)),
        ((1000, 1000), (1800, 1900)),
        ((150, 150, 150, 150, 1600, 150), (60, 140, 60, 200, 2000, 200)),
        ((200, 200, 200, 200), (300, 300)),
    ],
    ids=["fast ones", "slow ones", "light with two blinks", "one written twice as long"],
)
def test_rhythms_that_people_mix_up_look_alike_to_the_measure(one: Rhythm, other: Rhythm) -> None:
    assert look_alike(one, other)
    assert look_alike(other, one)


def test_patterns_have_rhythms_that_look_different() -> None:
    """Also a message without a blink behind it and another one with a blink."""
    assert len(SHOWN) == 3 * sum(len(stages) for stages in PATTERNS.values())
    rhythms = {name: rhythm(pattern) for name, pattern in SHOWN.items()}
    alike = [
        (one, other)
        for (one, a), (other, b) in combinations(rhythms.items(), 2)
        if look_alike(a, b)
    ]
    assert alike == []


@pytest.mark.parametrize("pattern", ALL)
def test_lamp_flashes_at_most_three_times_within_any_second(pattern: Pattern) -> None:
    durations = rhythm(pattern)
    if len(durations) == 1:
        return  # it never goes out
    starts = list(accumulate((0, *durations * 9)))[::2]
    assert max(sum(begin <= start < begin + 1000 for start in starts) for begin in starts) <= 3


@pytest.mark.parametrize("phase", sorted(PATTERNS))
def test_clock_that_is_not_set_adds_one_short_blue_blink(phase: str) -> None:
    for stage in range(len(PATTERNS[phase])):
        plain, added = pattern_of(phase, stage, True), pattern_of(phase, stage, False)
        assert added[: len(plain)] == plain
        blinks = [(colour, ms) for colour, ms in added[len(plain) :] if colour != OFF]
        assert [colour for colour, _ in blinks] == [lamp.BLUE]
        assert blinks[0][1] < 100
        assert not look_alike(rhythm(plain), rhythm(added))


@pytest.mark.parametrize("phase", sorted(PATTERNS))
@pytest.mark.parametrize("clock_set", [True, False])
def test_log_that_is_nearly_full_adds_two_short_blue_blinks_in_place_of_one(
    phase: str, clock_set: bool
) -> None:
    for stage in range(len(PATTERNS[phase])):
        plain, unset = pattern_of(phase, stage, True), pattern_of(phase, stage, False)
        added = pattern_of(phase, stage, clock_set, True)
        assert added[: len(plain)] == plain
        blinks = [(colour, ms) for colour, ms in added[len(plain) :] if colour != OFF]
        assert [colour for colour, _ in blinks] == [lamp.BLUE] * 2
        assert max(ms for _, ms in blinks) < 100
        assert not look_alike(rhythm(plain), rhythm(added))
        assert not look_alike(rhythm(unset), rhythm(added))


def test_every_phase_that_counts_has_a_colour_to_count_in() -> None:
    counting = {name for name, row in state.ACTIONS.items() if state.COUNT in row}
    assert set(lamp.COLOURS) == counting
    for phase in counting:
        assert lamp.COLOURS[phase] in [colour for colour, _ in PATTERNS[phase][0]]


# Counting


@pytest.mark.parametrize("number", range(1, 100))
def test_flashes_count_to_the_number(number: int) -> None:
    flashes = [ms for colour, ms in count(number, lamp.RED) if colour == lamp.RED]
    long, short = [ms for ms in flashes if ms >= 600], [ms for ms in flashes if ms < 300]
    assert len(long) + len(short) == len(flashes)
    assert (len(long), len(short)) == divmod(number, 10)
    assert flashes == long + short


def test_count_of_zero_is_a_blink_too_short_for_a_flash() -> None:
    lit_ms = [ms for colour, ms in count(0, lamp.RED) if colour == lamp.RED]
    assert len(lit_ms) == 1
    assert lit_ms[0] <= 220 / 3


@pytest.mark.parametrize("number", range(100))
def test_flashes_are_apart(number: int) -> None:
    pattern = count(number, lamp.RED)
    assert pattern[0][0] == pattern[-1][0] == OFF
    for (colour, _), (after, ms) in pairwise(pattern):
        assert colour == OFF or (after == OFF and ms >= 200)


def test_count_above_99_is_shown_as_99() -> None:
    assert count(400, lamp.RED) == count(99, lamp.RED)


# The player


def colour_at(pattern: Pattern, ms: int) -> int:
    """Return what a pattern that repeats shows after that many ms, by looking it up."""
    ms %= sum(ms for _, ms in pattern)
    for colour, length in pattern:
        if ms < length:
            return colour
        ms -= length
    raise AssertionError


any_pattern = st.lists(
    st.tuples(st.sampled_from([OFF, lamp.RED, lamp.BLUE, lamp.WHITE]), st.integers(20, 3000)),
    min_size=1, max_size=6,
).map(tuple)  # fmt: skip
looks = st.lists(st.integers(0, 50) | st.integers(0, 50000), max_size=20)


@given(any_pattern | st.sampled_from(list(SHOWN.values())), st.integers(0, MASK), looks)
def test_pattern_is_played_as_written_however_often_one_looks(
    pattern: Pattern, start: int, waits: list[int]
) -> None:
    player = Player()
    player.show(pattern, start)
    ms = 0
    for wait in waits:
        ms += wait
        assert player.colour((start + ms) & MASK) == colour_at(pattern, ms)


@given(any_pattern, st.integers(0, MASK), looks)
def test_colour_stays_until_the_wait_is_over_and_no_longer(
    pattern: Pattern, start: int, waits: list[int]
) -> None:
    player = Player()
    player.show(pattern, start)
    ms = 0
    for wait in waits:
        ms += wait
        player.colour((start + ms) & MASK)
        left = player.wait_ms((start + ms) & MASK)
        step_ends = [sum(length for _, length in pattern[: at + 1]) for at in range(len(pattern))]
        into = ms % step_ends[-1]
        assert left == min(end for end in step_ends if end > into) - into


GAP_MS = 120


@given(any_pattern, any_pattern, st.integers(0, MASK), st.integers(0, 50000), looks)
def test_answer_is_played_once_and_then_what_was_shown_from_its_start(
    shown: Pattern, answer: Pattern, start: int, at: int, waits: list[int]
) -> None:
    player = Player()
    player.show(shown, start)
    gap = ((OFF, GAP_MS),) if lit(player.colour((start + at) & MASK)) else ()
    player.answer(answer, (start + at) & MASK)
    once = gap + answer
    length = sum(ms for _, ms in once)
    ms = 0
    for wait in waits:
        ms += wait
        expected = colour_at(once, ms) if ms < length else colour_at(shown, ms - length)
        assert player.colour((start + at + ms) & MASK) == expected


@given(any_pattern, any_pattern, st.integers(0, MASK), st.integers(0, 50000), looks)
def test_new_pattern_is_shown_at_once_after_a_gap_where_there_was_light(
    shown: Pattern, new: Pattern, start: int, at: int, waits: list[int]
) -> None:
    player = Player()
    player.show(shown, start)
    gap = GAP_MS if lit(player.colour((start + at) & MASK)) else 0
    player.show(new, (start + at) & MASK)
    ms = 0
    for wait in waits:
        ms += wait
        expected = OFF if ms < gap else colour_at(new, ms - gap)
        assert player.colour((start + at + ms) & MASK) == expected


@given(any_pattern, any_pattern, st.integers(0, MASK), st.integers(0, 5000), st.integers(0, 5000))
def test_gap_depends_on_the_light_seen_not_on_the_light_due(
    shown: Pattern, new: Pattern, start: int, at: int, late: int
) -> None:
    """The person saw the last colour shown, even if the next call to the player comes late."""
    player = Player()
    player.show(shown, start)
    seen = player.colour((start + at) & MASK)
    now = (start + at + late) & MASK
    player.answer(new, now)
    assert player.colour(now) == (OFF if lit(seen) else new[0][0])


def test_new_pattern_ends_an_answer() -> None:
    player = Player()
    player.show(((lamp.RED, 1000), (OFF, 1000)), 0)
    assert player.colour(1500) == OFF
    player.answer(((OFF, 200), (lamp.WHITE, 100)), 1500)
    player.show(((lamp.GREEN, 1000),), 1550)
    assert player.colour(1550) == player.colour(1750) == lamp.GREEN


def test_two_new_patterns_at_the_same_instant_keep_the_gap() -> None:
    player = Player()
    player.show(((lamp.RED, 1000),), 0)
    assert player.colour(500) == lamp.RED
    player.show(((lamp.WHITE, 1000),), 500)
    player.show(((lamp.AMBER, 1000),), 500)
    assert player.colour(500) == player.colour(619) == OFF
    assert player.colour(620) == lamp.AMBER


def test_answer_takes_the_place_of_the_one_before() -> None:
    player = Player()
    player.show(((lamp.RED, 1000),), 0)
    player.answer(((lamp.WHITE, 1000),), 0)
    assert player.colour(500) == lamp.WHITE
    player.answer(((lamp.CYAN, 200),), 500)
    assert [player.colour(ms) for ms in (500, 619, 620, 819, 820)] == [
        OFF, OFF, lamp.CYAN, lamp.CYAN, lamp.RED,
    ]  # fmt: skip


def test_queued_pattern_comes_once_after_the_answer() -> None:
    player = Player()
    player.show(((lamp.RED, 1000), (OFF, 1000)), 0)
    assert player.colour(1500) == OFF
    player.answer(((lamp.WHITE, 100),), 1500)
    player.then(((lamp.CYAN, 100),))
    seen = [player.colour(ms) for ms in (1599, 1600, 1699, 1700, 3700)]
    assert seen == [lamp.WHITE, lamp.CYAN, lamp.CYAN, lamp.RED, lamp.RED]


def test_queued_pattern_waits_for_the_end_of_the_current_one() -> None:
    player = Player()
    player.show(((lamp.RED, 1000), (OFF, 1000)), 0)
    assert player.colour(500) == lamp.RED
    player.then(((lamp.CYAN, 100),))
    assert [player.colour(ms) for ms in (1999, 2000, 2100)] == [OFF, lamp.CYAN, lamp.RED]


def test_new_pattern_drops_the_queued_one() -> None:
    player = Player()
    player.show(((OFF, 1000),), 0)
    player.then(((lamp.CYAN, 100),))
    player.show(((lamp.GREEN, 500), (OFF, 500)), 0)
    assert lamp.CYAN not in [player.colour(ms) for ms in range(0, 5000, 50)]


@pytest.mark.parametrize(
    "answer",
    [
        lamp.REFUSED,
        lamp.AGAIN,
        lamp.NOTED,
        lamp.BATTERY,
        *[count(number, lamp.BLUE) for number in range(100)],
    ],
)
def test_answer_begins_with_light_in_the_dark_within_a_tenth_of_a_second(
    answer: Pattern,
) -> None:
    dark = 0
    for colour, ms in answer:
        if lit(colour):
            break
        dark += ms
    assert dark <= 100


@pytest.mark.parametrize("colour", [0x000000, 0x7F7F7F, 0x402000, 0x1A0B00])
def test_plain_led_is_off_for_what_is_less_than_half_bright(colour: int) -> None:
    assert not lamp.is_lit(colour)


@pytest.mark.parametrize("colour", [0x800000, 0x008000, 0x000080, 0xFFFFFF, 0x804000])
def test_plain_led_is_on_from_half_brightness_up(colour: int) -> None:
    assert lamp.is_lit(colour)


def test_lamp_that_nobody_looked_at_for_days_starts_anew() -> None:
    player = Player()
    player.show(((lamp.RED, 400), (OFF, 600)), 0)
    player.answer(((lamp.WHITE, 100),), 100)
    player.then(((lamp.CYAN, 100),))
    days = 3 * 86_400_000
    assert player.colour(days) == lamp.RED
    assert player.colour(days + 399) == lamp.RED
    assert player.colour(days + 400) == OFF


def test_lamp_that_was_told_nothing_is_dark() -> None:
    assert Player().colour(12345) == OFF
