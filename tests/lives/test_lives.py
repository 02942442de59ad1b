"""A handful of lives; ``make trust`` lives 3,000. And what the truth itself says."""

import pytest
from tests.lives.life import BORN, Step, plan, run, year
from tests.lives.truth import (
    ALL,
    CLINIC,
    DAY,
    HEAD,
    HEAD_OUT,
    HOLD,
    LOOK,
    OPENED,
    OVER,
    SEEN,
    UNDO,
    USE,
    Fact,
    Known,
    Rules,
    longest,
)

SEEDS = range(1, 7)


@pytest.mark.parametrize("seed", SEEDS)
def test_case_and_status_keep_what_is_true_of_a_life(seed: int) -> None:
    assert not run(plan(seed))


def test_life_of_one_seed_goes_the_same_way_each_time() -> None:
    told: list[list[str]] = [[], []]
    for lines in told:
        run(plan(3), lines.append)
    assert told[0] == told[1]
    assert len(told[0]) > 20


def test_life_stays_a_life_without_some_of_its_steps() -> None:
    steps = plan(1)
    assert run(steps[:1] + steps[1::2]) == []


RULES = Rules(500, 28 * DAY, 28 * DAY, 14 * DAY, ("face", "neck"), True)


def test_longest_rest_of_what_is_true_wins() -> None:
    use = Fact(1, USE, 0, BORN, "face", 700, case=0)
    clinic = Fact(2, CLINIC, 0, BORN + 20 * DAY, "face")
    known = Known(frozenset({use, clinic}), 0)
    assert known.reasons(RULES, "face") == [(BORN + 48 * DAY, clinic), (BORN + 42 * DAY, use)]
    assert known.reasons(RULES, "neck") == []


def test_what_was_taken_back_is_not_true() -> None:
    clinic = Fact(1, CLINIC, 0, BORN, "face")
    known = Known(frozenset({clinic, Fact(2, UNDO, 0, BORN, about=1)}), 0)
    assert known.reasons(RULES, "face") == []
    assert known.undone == [clinic]


def test_head_counts_from_when_it_is_new_and_goes_on_in_a_case_that_replaces() -> None:
    facts = [
        Fact(1, USE, 0, BORN, case=0),
        Fact(2, HEAD, 0, BORN + 1, case=0),
        Fact(3, USE, 0, BORN + 2, case=0),
        Fact(4, USE, 0, BORN + 3, case=1),
        Fact(5, USE, 0, BORN + 4, case=2),
    ]
    known = Known(frozenset(facts), 0)
    assert known.head_uses((0,)) == 1
    assert known.head_uses((0, 2)) == 2


def test_hold_stands_until_it_is_released_or_said_again() -> None:
    facts = [
        Fact(1, HOLD, 0, BORN, reason="wound", written=BORN),
        Fact(2, HOLD, 0, BORN, reason="acne", until=BORN + DAY, written=BORN + 1),
        Fact(3, HOLD, 0, BORN, released="wound", written=BORN + 2),
        Fact(4, HOLD, 1, BORN, reason="acne", written=BORN + 3),
        Fact(5, HOLD, 1, BORN, reason="acne", until=BORN + DAY, written=BORN + 4),
        Fact(6, HOLD, 2, BORN, reason="acne", written=BORN + 5),
        Fact(7, HOLD, 2, BORN, written=BORN + 6),
    ]
    known = frozenset(facts)
    assert Known(known, 0).holds() == [facts[1]]
    assert Known(known, 1).holds() == [facts[4]]
    assert Known(known, 2).holds() == []
    assert longest(Known(known - {facts[2]}, 0).holds(), BORN) == [facts[0]]
    assert longest(facts[1:2], BORN + 2 * DAY) == []


def test_red_flag_stands_until_it_was_seen_after_it_was_written_down() -> None:
    opened = Fact(1, OPENED, 0, BORN, written=BORN, is_red=True)
    over = Fact(2, OVER, 0, BORN, about=1, written=BORN + 1)
    seen = Fact(3, SEEN, 0, BORN, about=1, written=BORN + 2)
    look = Fact(4, LOOK, 0, BORN, about=1, written=BORN + 3, is_red=True)
    other = Fact(5, OPENED, 0, BORN, written=BORN + 4, is_red=True)
    everything = Fact(6, SEEN, 0, BORN, about=ALL, written=BORN + 5)
    facts = [opened, over, seen, look, other, everything]
    red = [Known(frozenset(facts[:count]), 0).red_flags() for count in range(1, 7)]
    assert red == [[opened], [opened], [], [look], [look, other], []]
    undone = [Fact(7, UNDO, 0, BORN, about=1), Fact(8, UNDO, 0, BORN, about=3)]
    assert Known(frozenset([*facts[:3], undone[1]]), 0).red_flags() == [opened]
    assert Known(frozenset([*facts[:4], undone[0]]), 0).red_flags() == [look]


def test_head_is_out_until_a_new_one_is_in() -> None:
    facts = [
        Fact(1, HEAD_OUT, 0, BORN, case=0),
        Fact(2, HEAD, 0, BORN + 1, case=1),
        Fact(3, HEAD, 0, BORN + 2, case=0),
    ]
    assert Known(frozenset(facts[:2]), 0).is_head_out((0,))
    assert not Known(frozenset(facts[:2]), 0).is_head_out((0, 1))
    assert not Known(frozenset(facts), 0).is_head_out((0,))
    assert not Known(frozenset(facts), 0).is_head_out((2,))


def test_steps_of_a_plan_begin_with_the_beginning() -> None:
    assert plan(5)[0] == Step("begin", plan(5)[0].number)


def test_year_of_two_cases_and_two_computers_ends_with_each_fact_once() -> None:
    assert run(year(1)) == []


def test_year_has_uses_sessions_and_exchanges() -> None:
    lines: list[str] = []
    run(year(1), lines.append)
    assert sum("kind='use'" in line for line in lines) > 10
    assert any("kind='clinic'" in line for line in lines)
    assert sum("takes in what the other has" in line for line in lines) > 12
