"""The windows of aftercare: their lengths, and which of them count at a moment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollhost.history import aftercare
from rollhost.history.aftercare import due, windows
from rollhost.history.sessions import Session

ENDED = 1_795_000_000
HOUR = 3600


def hours(needle_um: int) -> dict[str, tuple[float, float]]:
    """Return when each window begins and ends, in hours after the session."""
    return {
        window.key: ((window.start - ENDED) / HOUR, (window.end - ENDED) / HOUR)
        for window in windows(ENDED, needle_um)
    }


SHORT = {
    "make-up": (0, 24),
    "exercise": (0, 48),
    "water": (0, 72),
    "actives": (0, 72),
    "redness": (72, 96),
    "sun": (0, 168),
    "cleanser": (0, 168),
    "sunscreen": (24, 336),
}
LONG = {**SHORT, "make-up": (0, 48), "exercise": (0, 72), "water": (0, 120), "actives": (0, 168)}


@pytest.mark.parametrize("needle_um", [100, 250, 300])
def test_aftercare_windows_after_needles_up_to_0_3_mm(needle_um: int) -> None:
    assert hours(needle_um) == SHORT


@pytest.mark.parametrize("needle_um", [301, 500, 1000, 2500])
def test_aftercare_windows_after_longer_needles(needle_um: int) -> None:
    assert hours(needle_um) == LONG


def test_unknown_needle_counts_as_long() -> None:
    assert hours(0) == LONG


def test_aftercare_window_includes_its_first_second_and_excludes_its_end() -> None:
    found = windows(ENDED, 500)
    (sunscreen,) = [advice for advice in found if advice.key == "sunscreen"]
    assert [sunscreen.is_open(at) for at in (sunscreen.start - 1, sunscreen.start)] == [False, True]
    assert [sunscreen.is_open(at) for at in (sunscreen.end - 1, sunscreen.end)] == [True, False]


def session(ended: int, zone: str | None = "face", needle_um: int = 500) -> Session:
    """Return a session that ended at a Unix time (s)."""
    return Session(f"clinic {ended}", ended, needle_um, zone)


@pytest.mark.parametrize(
    ("after_h", "keys"),
    [
        (-1, []),
        (0, ["make-up", "exercise", "water", "actives", "sun", "cleanser"]),
        (80, ["redness", "water", "actives", "sun", "cleanser", "sunscreen"]),
        (170, ["sunscreen"]),
        (336, []),
    ],
)
def test_open_aftercare_windows_are_those_of_the_moment(after_h: int, keys: list[str]) -> None:
    now = ENDED + after_h * HOUR
    found = [advice.window for advice in due([session(ENDED)], now)]
    assert [window.key for window in found if window.is_open(now)] == keys


def test_future_aftercare_window_is_due_and_ended_one_is_not() -> None:
    assert len(due([session(ENDED)], ENDED)) == 8
    (last,) = due([session(ENDED)], ENDED + 336 * HOUR - 1)
    assert last.window.key == "sunscreen"
    assert due([session(ENDED)], ENDED + 336 * HOUR) == []


def test_same_aftercare_of_two_sessions_is_due_once_until_the_later_end() -> None:
    both = [session(ENDED), session(ENDED + 24 * HOUR, needle_um=250)]
    found = {advice.window.key: advice for advice in due(both, ENDED + 30 * HOUR)}
    assert found["sun"].window.end == ENDED + (24 + 168) * HOUR
    assert found["sun"].session == both[1]
    # The longer needles of the first session leave the skin open for longer.
    assert found["actives"].window.end == ENDED + 168 * HOUR
    assert found["actives"].session == both[0]
    assert len(found) == 8


def test_each_zone_has_its_own_aftercare_windows() -> None:
    found = due([session(ENDED, "face"), session(ENDED + HOUR, "neck")], ENDED + HOUR)
    assert [advice.session.zone for advice in found if advice.window.key == "sun"] == [
        "face",
        "neck",
    ]


@given(needle_um=st.integers(0, 5000))
def test_aftercare_windows_are_ordered_by_end_and_none_is_too_long(needle_um: int) -> None:
    found = windows(ENDED, needle_um)
    assert [advice.end for advice in found] == sorted(advice.end for advice in found)
    assert max(advice.end for advice in found) == ENDED + 336 * HOUR
    assert all(advice.start < advice.end for advice in found)


def test_aftercare_text_promises_nothing() -> None:
    told = " ".join(window.name for window in windows(ENDED, 500)) + (aftercare.__doc__ or "")
    assert "safe" not in told
    assert "steril" not in told
