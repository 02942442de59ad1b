"""The holds that stand: what the case keeps, and what was said beside it."""

import pytest

from rollcore import events
from rollcore.events import CASE_EPOCH
from rollcore.memory import State
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.history.holds import of_case

NOW = 1_795_255_200
DAY = 86400


def held(reason: int, until: int) -> State:
    """Return the state of a case on hold until Unix time `until` (s); 0 for no end."""
    state = State()
    state.hold_reason, state.hold_until = reason, until - CASE_EPOCH if until else 0
    return state


def said(reason: int, until: int, day: str = "") -> Entry:
    """Return an entry of a hold."""
    data = {"reason": reason, "until": until} | ({"until_day": day} if day else {})
    return Entry(diary.HOLD, NOW - DAY, data=data)


@pytest.mark.parametrize("until", [NOW + 1, NOW + 9 * DAY])
def test_hold_of_the_case_ends_when_the_case_says(until: int) -> None:
    (hold,) = of_case([], held(events.SUNBURN, until), NOW)
    assert (hold.reason, hold.until) == (events.SUNBURN, until)


def test_hold_of_the_case_without_an_end_has_none() -> None:
    (hold,) = of_case([], held(events.ACNE, 0), NOW)
    assert (hold.reason, hold.until) == (events.ACNE, None)


@pytest.mark.parametrize("state", [State(), held(events.SUNBURN, NOW - 1)], ids=["none", "over"])
def test_case_on_no_hold_has_none(state: State) -> None:
    assert of_case([said(events.ACNE, 0)], state, NOW) == []


def test_hold_of_the_case_has_the_day_that_was_said_only_where_it_is_the_same_hold() -> None:
    until = NOW + 9 * DAY
    for other, day in ((until, "2026-11-30"), (until + 1, None)):
        entries = [said(events.SUNBURN, other, "2026-11-30"), said(events.ACNE, 0)]
        first, second = of_case(entries, held(events.SUNBURN, until), NOW)
        assert (first.reason, first.until, first.day) == (events.SUNBURN, until, day)
        assert (second.reason, second.until) == (events.ACNE, None)
