"""Which windows of aftercare count at a moment, after one session or several."""

import pytest

from rollhost.history.aftercare import due
from rollhost.history.sessions import Session

ENDED = 1_795_000_000
HOUR = 3600


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
