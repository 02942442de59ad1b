"""The windows of aftercare: their lengths, and when they are open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollhost.guidance.windows import ADVICE, windows

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
    "water": (0, 120),
    "actives": (0, 120),
    "redness": (72, 96),
    "sun": (0, 168),
    "cleanser": (0, 168),
    "sunscreen": (24, 336),
}
LONG = {**SHORT, "make-up": (0, 48), "exercise": (0, 72), "actives": (0, 168)}


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


@given(needle_um=st.integers(0, 5000))
def test_aftercare_windows_are_ordered_by_end_and_none_is_too_long(needle_um: int) -> None:
    found = windows(ENDED, needle_um)
    assert [advice.end for advice in found] == sorted(advice.end for advice in found)
    assert max(advice.end for advice in found) == ENDED + 336 * HOUR
    assert all(advice.start < advice.end for advice in found)


def test_aftercare_text_promises_nothing() -> None:
    told = " ".join(f"{advice.name} {advice.source}" for advice in ADVICE)
    assert "safe" not in told
    assert "steril" not in told
