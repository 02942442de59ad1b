"""Which events an export changes, cancels and remembers."""

import pytest
from tests.host.lived_in import DAY, NOW

from rollcore.events import CASE_EPOCH
from rollhost.database.calendar_memory import CalendarEvent
from rollhost.exchange.calendar_revisions import CLOCK_LIMIT, KEPT_S, revise

BY_CLOCK = NOW - CASE_EPOCH
FACE = CalendarEvent("face", NOW, NOW + DAY, False, "Face", "a")
NECK = CalendarEvent("neck", NOW, NOW + DAY, False, "Neck", "b")


def as_given(event: CalendarEvent, sequence: int = 3) -> CalendarEvent:
    """Return the event as an earlier export gave it."""
    return event._replace(sequence=sequence, modified_at=NOW - DAY)


def test_first_export_has_the_number_of_the_clock() -> None:
    revision = revise([FACE], [], NOW - DAY, NOW)
    assert revision.written == [FACE._replace(sequence=BY_CLOCK, modified_at=NOW)]
    assert revision.remembered == revision.written


def test_event_as_it_was_keeps_number_and_time() -> None:
    assert revise([FACE], [as_given(FACE)], NOW, NOW).written == [as_given(FACE)]


@pytest.mark.parametrize(
    "change",
    [{"start": NOW + 1}, {"end": NOW + 1}, {"cancelled": True}, {"title": "b"}, {"text": "b"}],
)
def test_any_change_gives_an_event_the_number_of_the_export(change: dict[str, object]) -> None:
    changed = FACE._replace(**change)  # type: ignore[arg-type]
    written = revise([changed], [as_given(FACE)], 0, NOW).written
    assert written == [changed._replace(sequence=BY_CLOCK, modified_at=NOW)]


def test_number_rises_where_the_clock_was_put_back() -> None:
    ahead = as_given(FACE, BY_CLOCK + 7)
    written = revise([FACE._replace(title="b"), NECK], [ahead], 0, NOW).written
    assert [event.sequence for event in written] == [BY_CLOCK + 8, BY_CLOCK + 8]


def test_number_is_not_below_the_newest_fact() -> None:
    assert revise([FACE], [], NOW + DAY, NOW).written[0].sequence == BY_CLOCK + DAY


@pytest.mark.parametrize(("newest", "now"), [(NOW, 1 << 33), (1 << 33, NOW)])
def test_number_from_a_clock_leaves_room_for_more(newest: int, now: int) -> None:
    assert revise([FACE], [], newest, now).written[0].sequence == CLOCK_LIMIT


def test_event_that_is_gone_is_cancelled_once() -> None:
    first = revise([FACE], [as_given(FACE), as_given(NECK)], 0, NOW)
    cancelled = NECK._replace(cancelled=True, sequence=BY_CLOCK, modified_at=NOW)
    assert first.written == [as_given(FACE), cancelled]
    second = revise([FACE], first.remembered, 0, NOW)
    assert second.written == [as_given(FACE)]
    assert second.remembered == first.remembered


def test_event_that_is_gone_and_was_cancelled_before_is_not_cancelled_again() -> None:
    assert revise([], [as_given(NECK._replace(cancelled=True))], 0, NOW).written == []


def test_event_that_has_ended_is_not_cancelled() -> None:
    assert revise([], [as_given(NECK)], 0, NECK.end).written == []
    assert len(revise([], [as_given(NECK)], 0, NECK.end - 1).written) == 1


def test_event_that_comes_back_is_confirmed_with_a_higher_number() -> None:
    gone = revise([], [as_given(NECK, BY_CLOCK + 7)], 0, NOW)
    back = revise([NECK], gone.remembered, 0, NOW - DAY)
    assert back.written == [NECK._replace(sequence=BY_CLOCK + 9, modified_at=NOW - DAY)]


def test_words_of_a_cancelled_event_are_not_remembered() -> None:
    (remembered,) = revise([], [as_given(NECK)], 0, NOW).remembered
    assert (remembered.title, remembered.text) == ("", "")
    (ended,) = revise([], [as_given(NECK)], 0, NECK.end).remembered
    assert ended == as_given(NECK)  # the clock may be put back yet


def test_event_that_is_gone_is_forgotten_after_a_while() -> None:
    given = [as_given(FACE), as_given(NECK, 2)]
    end = NECK.end + KEPT_S
    assert [event.uid for event in revise([FACE], given, 0, end - 1).remembered] == ["face", "neck"]
    assert [event.uid for event in revise([FACE], given, 0, end).remembered] == ["face"]


def test_event_with_the_highest_number_is_not_forgotten() -> None:
    given = [as_given(FACE), as_given(NECK._replace(cancelled=True), BY_CLOCK * 2)]
    revision = revise([FACE], given, 0, NECK.end + KEPT_S)
    back = revise([NECK], revision.remembered, 0, NOW)
    assert back.written[0].sequence == BY_CLOCK * 2 + 1


def test_event_that_goes_on_is_remembered_however_long_it_is_over() -> None:
    later = NECK.end + 1000 * DAY
    given = [as_given(FACE), as_given(NECK, 2)]
    assert revise([FACE, NECK], given, 0, later).written == given


def test_copy_of_a_memory_gives_each_event_a_new_number() -> None:
    given = [as_given(event)._replace(modified_at=0) for event in (FACE, NECK)]
    written = revise([FACE], given, 0, NOW).written
    assert [(event.cancelled, event.sequence) for event in written] == [
        (False, BY_CLOCK),
        (True, BY_CLOCK),
    ]
