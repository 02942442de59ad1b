"""Reactions as the diary tells them: when to look again, and when to see a clinician."""

import pytest

from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.history.reactions import Reaction, reactions, waiting_for_clinician, watches
from rollhost.history.sessions import Session
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
    assert advice(one, BEGAN + 26 * HOUR)[0] == "See a clinician today: pus, fever. Do not roll."
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


def after(session_h: float, *looks: Entry, zone: str = "face", day: str | None = None) -> Reaction:
    """Return a reaction that began so many hours after a session in this zone."""
    session = Session("one", BEGAN - int(session_h * HOUR), 500, zone, day=day)
    (found,) = reactions([began(), *looks], [session])
    return found


@pytest.mark.parametrize(
    ("session_h", "due_h"), [(0, 24), (10, 14), (23, 1), (30, 42), (71, 1), (73, 24)]
)
def test_looks_count_from_the_last_session_of_the_zone(session_h: float, due_h: int) -> None:
    assert after(session_h).look_due() == BEGAN + due_h * HOUR
    assert after(session_h, zone="neck").look_due() == BEGAN + 24 * HOUR


def test_session_of_the_same_day_counts_as_before_where_a_day_was_said() -> None:
    session = Session("one", BEGAN + HOUR, 500, "face")
    noon = began()
    assert reactions([noon], [session])[0].session is None
    said = noon._replace(data={"day": "2026-11-20"})
    assert reactions([said], [session])[0].session == BEGAN + HOUR
    assert after(-1, day="2026-11-20").session == BEGAN + HOUR


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"text": "still red"}, "Still red after three days: please let a clinician look."),
        ({"redness": 2}, "Still red after three days: please let a clinician look."),
        ({"text": "tight"}, "Still there after three days: please let a clinician look."),
        ({"redness": 0, "pain": 3}, "Still there after three days: please let a clinician look."),
        (
            {"redness": 0},
            "If anything is still there after three days: please let a clinician look.",
        ),
        ({"redness": 0, "pain": 0}, None),
    ],
)
def test_what_was_seen_after_three_days_is_for_a_clinician(
    data: dict[str, object], said: str | None
) -> None:
    seen = look(1)._replace(data={"reaction": 7, "signs": [], **data})
    told = advice(after(72, seen), BEGAN + HOUR)
    assert told[:1] == ([said] if said else told[:1])
    assert said or not any("clinician" in sentence for sentence in told)


def test_reaction_long_after_a_session_is_not_still_there() -> None:
    assert advice(after(20 * 24), BEGAN)[0] == (
        "It began 20 days after the last session: if it stays, please let a clinician look."
    )


def test_watch_ends_by_its_end_or_by_the_reaction_that_came_of_it() -> None:
    watch = began()._replace(kind=diary.WATCH)
    for end in (
        Entry(diary.WATCH_OVER, BEGAN, data={"reaction": 7}),
        Entry(diary.REACTION, BEGAN, data={"watch": 7}),
    ):
        (found,) = watches([watch, end])
        assert found.over == end
        assert [reaction.began for reaction in reactions([watch, end])] == [
            entry for entry in [end] if entry.kind == diary.REACTION
        ]
    assert watches([watch, look(1)])[0].looks == [look(1)]


def visit(at: int, written_at: int, heard: bool = False) -> Entry:
    """Return that a clinician has looked at it; `heard`: by the log of a case alone."""
    data: dict[str, object] = {"reaction": 7, "heard": heard}
    return Entry(diary.SAW, at, "face", None, data, 9, written_at)


@pytest.mark.parametrize(
    ("visited_h", "written_h", "heard", "unseen"),
    [
        (30, 30, False, []),
        (20, 20, False, ["fever"]),
        (20, 30, False, ["fever"]),  # the clock that wrote it was ahead, or it is said afterwards
        (20, 30, True, ["fever"]),  # the case was told long after it was written elsewhere
        (25, 30, True, []),
    ],
)
def test_clinician_has_seen_the_signs_that_were_written_down_before(
    visited_h: int, written_h: int, heard: bool, unseen: list[str]
) -> None:
    fever = look(24, ("fever",))
    entries = [
        began(),
        fever._replace(written_at=fever.at),
        visit(BEGAN + visited_h * HOUR, BEGAN + written_h * HOUR, heard),
    ]
    (found,) = reactions(sorted(entries, key=lambda entry: entry.written_at))
    assert found.unseen_signs == unseen


def test_sign_waits_for_a_clinician_where_the_beginning_of_its_reaction_is_not_here() -> None:
    fever = look(24, ("fever",))
    (waiting,) = waiting_for_clinician([look(23), fever])
    assert (waiting.began.token, waiting.unseen_signs) == (7, ["fever"])
    seen = visit(fever.at + HOUR, fever.at + HOUR)
    assert waiting_for_clinician([look(23), fever, seen]) == []


def test_visit_about_all_that_a_log_knew_leaves_other_reactions_unseen() -> None:
    other = began(signs=("pus",))._replace(token=8)
    seen = visit(BEGAN + HOUR, BEGAN + HOUR, heard=True)
    seen = seen._replace(data={**seen.data, "reaction": 0, "reactions": [7]})
    waiting = waiting_for_clinician([began(signs=("pus",)), other, seen])
    assert [found.began.token for found in waiting] == [8]
