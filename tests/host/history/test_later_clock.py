"""A rest is shown by the later clock, where a sync has left the case's apart from ours."""

import pytest
from tests.host.status_logs import DAY, HERE, ID, NOW, a_use, judged, keep, without_rules

from rollcore import state
from rollcore.events import Event
from rollhost.database.archive import Archive
from rollhost.output.status import case_document, headline


def left_apart(archive: Archive, happened: list[Event], behind_s: int, finished: bool) -> None:
    """Keep a log as a sync does that did not set the case's clock."""
    keep(archive, ID, happened)
    [case] = archive.cases()
    with archive.transaction():
        if not finished:
            archive.note_sync(case.id, HERE - DAY, 0)
        archive.note_meeting(case.id, case.log_id, HERE, behind_s)


def one_zone() -> list[Event]:
    """Return the log of a case with one zone, whose rest ends 23 days after `NOW` by its stamps."""
    return without_rules(a_use(NOW - 5 * DAY))


@pytest.mark.parametrize(
    ("behind_days", "ends"),
    [
        pytest.param(3, 26, id="case is behind: the lamp goes by its clock"),
        pytest.param(-3, 23, id="case is ahead: the date goes by ours"),
    ],
)
def test_rest_ends_by_the_later_clock(archive: Archive, behind_days: int, ends: int) -> None:
    left_apart(archive, one_zone(), behind_days * DAY, finished=True)
    for days in (0, ends - 0.01):
        told = judged(archive, days)
        assert told.standing.phase == state.RESTING
        assert told.until == HERE + ends * DAY
        assert "by the later clock" in headline(told)
        assert case_document(told)["by_later_clock"]
    told = judged(archive, ends)
    assert told.standing.phase == state.PREPARE
    assert "later clock" not in headline(told)


def test_case_that_is_ahead_of_its_last_use_rests_until_its_date_by_our_clock(
    archive: Archive,
) -> None:
    left_apart(archive, without_rules(a_use(NOW + 39 * DAY)), -40 * DAY, finished=True)
    for days in (0, 27.5, 39, 66.9):
        told = judged(archive, days)
        assert told.standing.phase == state.RESTING
        assert told.until == HERE + 67 * DAY


@pytest.mark.parametrize("behind_s", [0, 59, -59])
def test_clocks_that_agree_within_a_minute_need_no_words(archive: Archive, behind_s: int) -> None:
    left_apart(archive, one_zone(), behind_s, finished=True)
    told = judged(archive)
    assert told.until == HERE + 23 * DAY
    assert "later clock" not in headline(told)


def test_sync_that_broke_off_before_it_set_the_clock_is_no_disagreement(archive: Archive) -> None:
    left_apart(archive, one_zone(), 3 * DAY, finished=False)
    assert judged(archive).until == HERE + 23 * DAY


def test_each_zone_rests_by_the_later_clock(archive: Archive) -> None:
    left_apart(archive, a_use(NOW - 5 * DAY), 3 * DAY, finished=True)
    told = judged(archive, 24)
    assert told.zones() == [("face", HERE + 26 * DAY), ("neck", None)]
    assert told.standing.rested == 0b10
    assert judged(archive, 26).standing.rested == 0b11
