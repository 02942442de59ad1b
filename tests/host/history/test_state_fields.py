"""What two states differ in, field by field, and which of it makes something end later.

The numbers of the moments are those of `firmware/SPEC.md`.
"""

import pytest

from rollcore import events
from rollcore.memory import NEVER, State
from rollhost.history import state_fields

REST = [*range(0, 8), 12, *range(14, 26)]
"""Uses and sessions of each of four places, the last reaction, and the past of each place."""

OTHERS = [8, 9, 10, 13]
"""Start of a use, start and end of a soak, and the opening of the lid: no rest counts from them."""

HEAD_SINCE = 11


def state_with(moment: int, at: int) -> State:
    """Return a state with one moment."""
    state = State()
    state.at[moment] = at
    return state


def test_every_moment_is_of_a_rest_or_of_none() -> None:
    assert sorted([*REST, *OTHERS, HEAD_SINCE]) == list(range(26))


@pytest.mark.parametrize("moment", range(26))
def test_each_moment_that_differs_is_found_with_its_number(moment: int) -> None:
    assert state_fields.differing(State(), state_with(moment, 1000)) == [(moment, 1000, 0)]
    assert state_fields.differing(state_with(moment, 1000), State()) == [
        (moment, 0xFFFFFFFF, 0)
    ]  # fmt: skip
    assert state_fields.differing(state_with(moment, 7), state_with(moment, 7)) == []


@pytest.mark.parametrize("moment", range(26))
def test_moment_goes_with_whether_it_is_loose(moment: int) -> None:
    wanted = state_with(moment, 1000)
    wanted.loose = 1 << moment
    assert state_fields.differing(State(), wanted) == [(moment, 1000, 1)]
    wanted.loose = 0x3FFFFFF ^ 1 << moment
    assert state_fields.differing(State(), wanted) == [(moment, 1000, 0)]


@pytest.mark.parametrize("moment", REST)
def test_later_moment_of_a_rest_ends_it_later(moment: int) -> None:
    theirs = state_with(moment, 1000)
    assert state_fields.is_longer((moment, 1001, 0), theirs)
    assert not state_fields.is_longer((moment, 1000, 0), theirs)
    assert not state_fields.is_longer((moment, events.CORRECTED_NEVER, 0), theirs)
    assert state_fields.is_longer((moment, 0, 0), State())
    assert state_fields.lacks(State(), theirs)
    assert not state_fields.lacks(theirs, State())


@pytest.mark.parametrize("moment", OTHERS)
def test_moment_of_no_rest_ends_nothing_later(moment: int) -> None:
    assert not state_fields.is_longer((moment, 5000, 0), state_with(moment, 1000))
    assert not state_fields.lacks(State(), state_with(moment, 5000))


def test_head_that_counts_from_an_earlier_day_ends_sooner_and_is_no_rest() -> None:
    theirs = state_with(HEAD_SINCE, 1000)
    assert state_fields.is_longer((HEAD_SINCE, 999, 0), theirs)
    assert not state_fields.is_longer((HEAD_SINCE, 1000, 0), theirs)
    assert state_fields.is_longer((HEAD_SINCE, 5000, 0), State())
    assert State().at[HEAD_SINCE] == NEVER
    assert not state_fields.lacks(State(), state_with(HEAD_SINCE, 1000))


@pytest.mark.parametrize("place", range(8))
def test_needle_of_each_place_has_its_number(place: int) -> None:
    wanted = State()
    wanted.needles[place] = 500
    assert state_fields.differing(State(), wanted) == [(events.CORRECTED_NEEDLE, 500, place)]
    assert state_fields.is_longer((events.CORRECTED_NEEDLE, 501, place), wanted)
    assert not state_fields.is_longer((events.CORRECTED_NEEDLE, 500, place), wanted)


@pytest.mark.parametrize(
    ("theirs", "until", "reason", "is_longer"),
    [
        ((0, 0), 1000, 5, True),
        ((5, 1000), 1000, 5, True),
        ((5, 1000), 999, 5, False),
        ((5, 1000), 0, 5, True),
        ((5, 0), 1000, 5, False),
        ((5, 0), 0, 5, True),
        ((5, 1000), 0, 0, False),
    ],
)
def test_hold_is_longer_where_it_ends_no_sooner(
    theirs: tuple[int, int], until: int, reason: int, is_longer: bool
) -> None:
    state = State()
    state.hold_reason, state.hold_until = theirs
    assert state_fields.is_longer((events.CORRECTED_HOLD, until, reason), state) == is_longer


@pytest.mark.parametrize(
    ("uses", "out", "is_longer"),
    [(4, 1, True), (3, 1, False), (2, 1, False), (3, 2, True), (2, 5, True)],
)
def test_head_with_more_uses_or_out_wears_sooner(uses: int, out: int, is_longer: bool) -> None:
    theirs = State()
    theirs.head_uses = 3
    assert state_fields.is_longer((events.CORRECTED_HEAD, uses, out), theirs) == is_longer
    theirs.head_out = 1
    assert state_fields.is_longer((events.CORRECTED_HEAD, 3, 2), theirs) is False


def test_more_open_reactions_hold_longer() -> None:
    theirs, wanted = State(), State()
    wanted.reactions = 1
    assert state_fields.differing(theirs, wanted) == [(events.CORRECTED_REACTIONS, 1, 0)]
    assert state_fields.lacks(theirs, wanted)
    assert not state_fields.lacks(wanted, theirs)
