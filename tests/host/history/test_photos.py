"""Photos of a diary: which two are compared."""

import pytest

from rollhost.history.photos import shows_session, to_compare

HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    ("since", "places"),
    [
        ([], ()),
        ([2 * HOUR], (0,)),
        ([None, 29 * DAY], (0, 1)),
        # Those before a session, not those after one.
        ([2 * HOUR, 27 * DAY, 74 * 60, 29 * DAY, 3 * HOUR], (1, 3)),
        ([None, 2 * HOUR, 6 * DAY, HOUR], (0, 2)),
        # The newest, though others were taken a little longer after a session.
        ([6 * DAY, 7 * DAY, 5 * DAY], (0, 2)),
        ([14 * DAY, 300 * DAY, 20 * DAY], (0, 2)),
        # All were taken soon after one.
        ([2 * HOUR, HOUR, 2 * HOUR], (0, 2)),
        ([0, 0, 0], (0, 2)),
    ],
)
def test_photos_long_after_a_session_are_compared(
    since: list[int | None], places: tuple[int, ...]
) -> None:
    assert to_compare(since) == places


@pytest.mark.parametrize(
    ("since_s", "shows"), [(None, False), (0, True), (72 * HOUR - 1, True), (72 * HOUR, False)]
)
def test_photo_shows_a_session_for_three_days(since_s: int | None, shows: bool) -> None:
    assert shows_session(since_s) == shows
