"""What to look for long after a session or a reaction."""

from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.history.late_checks import (
    ASKED_S,
    DARK_SPOTS_S,
    LUMPS_S,
    Check,
    dark_spots,
    lumps,
)
from rollhost.history.reactions import Reaction
from rollhost.history.sessions import Session

BEGAN = 1_795_204_800
DUE = BEGAN + DARK_SPOTS_S


def session(needle_um: int = 500, ended: int = BEGAN, zone: str = "face") -> Session:
    """Return a session at a clinic."""
    return Session("one", ended, needle_um, zone)


def reaction(over: int | None = None, zone: str = "face") -> Reaction:
    """Return a reaction, over at that moment."""
    end = None if over is None else Entry(diary.REACTION_OVER, over, zone)
    return Reaction(Entry(diary.REACTION, BEGAN, zone), [], end)


def test_dark_spots_are_asked_for_a_week_from_six_weeks_on() -> None:
    wanted = [Check("face", DUE + ASKED_S)]
    moments = (DUE - 1, DUE, DUE + ASKED_S - 1, DUE + ASKED_S)
    found = [dark_spots([session()], [], [], now) for now in moments]
    assert found == [[], wanted, wanted, []]


def test_dark_spots_are_asked_after_long_and_unknown_needles_and_after_reactions() -> None:
    assert not dark_spots([session(300)], [], [], DUE)
    for needle_um in (0, 301):
        assert dark_spots([session(needle_um)], [], [], DUE)
    assert dark_spots([], [reaction()], [], DUE)


def test_dark_spots_of_a_zone_are_asked_once() -> None:
    sessions = [session(), session(ended=BEGAN + 60), session(zone="neck")]
    found = dark_spots(sessions, [reaction()], [], DUE + 60)
    assert {check.zone: check.until for check in found} == {
        "face": DUE + 60 + ASKED_S,
        "neck": DUE + ASKED_S,
    }


def test_somebody_who_has_written_since_is_not_asked_about_dark_spots() -> None:
    note = Entry(diary.NOTE, DUE, "face", written_at=DUE)
    assert not dark_spots([session()], [], [note], DUE)
    for other in (
        Entry(diary.NOTE, DUE, "face", written_at=DUE - 1),
        Entry(diary.NOTE, DUE, "neck", written_at=DUE),
        Entry(diary.HOLD, DUE, written_at=DUE),
    ):
        assert dark_spots([session()], [], [other], DUE)


def test_lumps_are_named_for_three_months_after_a_reaction_is_over() -> None:
    reactions = [reaction(BEGAN), reaction(BEGAN + 60), reaction()]
    assert lumps(reactions, BEGAN + LUMPS_S) == [Check("face", BEGAN + 60 + LUMPS_S)]
    assert lumps(reactions, BEGAN + 60 + LUMPS_S) == []
