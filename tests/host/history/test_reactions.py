"""Reactions as the diary tells them: when to look again, and when to see a clinician."""

import pytest

from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.history.reactions import Reaction, reactions
from rollhost.output.reactions import advice, in_short

BEGAN = 1_795_204_800
HOUR = 3600


def began(at: int = BEGAN, written_h: float = 0, signs: tuple[str, ...] = ()) -> Entry:
    """Return the beginning of a reaction, written down that many hours later."""
    written_at = at + int(written_h * HOUR)
    return Entry(diary.REACTION, at, "face", None, {"signs": list(signs)}, 7, written_at)


def look(after_h: float, signs: tuple[str, ...] = ()) -> Entry:
    """Return a look at it, that many hours after it began."""
    at = BEGAN + int(after_h * HOUR)
    return Entry(diary.FOLLOW_UP, at, "face", None, {"reaction": 7, "signs": list(signs)}, at)


def reaction(*looks: Entry, first: Entry | None = None) -> Reaction:
    """Return a reaction that is open."""
    (found,) = reactions([first or began(), *looks])
    return found


@pytest.mark.parametrize(
    ("looks_h", "due_h"),
    [([], 24), ([23], 24), ([24], 72), ([24, 30], 72), ([30, 71], 72), ([80], None)],
)
def test_reaction_is_to_be_looked_at_after_one_and_three_days(
    looks_h: list[int], due_h: int | None
) -> None:
    due = reaction(*map(look, looks_h)).look_due()
    assert due == (None if due_h is None else BEGAN + due_h * HOUR)


def test_opening_entry_of_a_reaction_counts_as_a_look() -> None:
    assert reaction(first=began(written_h=25)).look_due() == BEGAN + 72 * HOUR


def test_due_look_at_a_reaction_is_asked_for_until_it_is_done() -> None:
    assert advice(reaction(), BEGAN + 24 * HOUR) == [
        "Look at it today, and write down what you see: reaction look."
    ]
    (said,) = advice(reaction(look(24)), BEGAN + 24 * HOUR)
    assert said.startswith("Look again ")
    assert advice(reaction(look(24)), BEGAN + 24 * HOUR - 1)[0].startswith("Look again ")


@pytest.mark.parametrize(
    ("after_h", "short"),
    [
        (23, "look again "),
        (24, "look at it: reaction look"),
        (72, "look at it: reaction look"),
        (72.1, "if redness has not faded, see a clinician"),
        (168, "if redness has not faded, see a clinician"),
        (168.1, "see a clinician"),
    ],
)
def test_advice_gets_more_urgent_the_longer_a_reaction_lasts(after_h: float, short: str) -> None:
    assert in_short(reaction(), BEGAN + int(after_h * HOUR)).startswith(short)


def test_reaction_gets_no_advice_after_the_last_look_until_it_lasts_too_long() -> None:
    assert in_short(reaction(look(72)), BEGAN + 72 * HOUR) == ""


@pytest.mark.parametrize("where", ["began", "look"])
def test_sign_of_worse_sends_to_a_clinician_whenever_it_was_seen(where: str) -> None:
    signs = ("pus", "fever")
    one = (
        reaction(look(25), first=began(signs=signs))
        if where == "began"
        else reaction(look(25, signs), look(26))
    )
    assert advice(one, BEGAN + 26 * HOUR)[0] == "See a clinician today: pus, fever."
    assert in_short(one, BEGAN + 26 * HOUR) == "see a clinician"


def test_follow_ups_find_their_reaction_and_its_first_end_counts() -> None:
    other = Entry(diary.REACTION, BEGAN, token=8, written_at=BEGAN)
    ends = [
        Entry(diary.REACTION_OVER, BEGAN + after, data={"reaction": 8}, token=after)
        for after in (50, 60)
    ]
    first, second = reactions([began(), other, look(1), *ends])
    assert (first.seen, first.over) == ([began(), look(1)], None)
    assert (second.seen, second.over) == ([other], ends[0])
