"""What is sent at one moment: quiet hours, what came late, what was missed, and what failed."""

from datetime import datetime

import pytest
from tests.host.time_zones import BERLIN, Zone

from rollhost.database.sent import BEGUN, CLAIMED, FAILED, MISSED, SENT, Sent
from rollhost.history.due import CLEAN, RESTED, STALE_S, Due
from rollhost.remind.schedule import (
    FIRST_PAUSE_S,
    LATE_S,
    LONGEST_PAUSE_S,
    Quiet,
    messages,
    missed,
    paused_until,
)

NOON = 1_800_014_400
"""2027-01-15 12:00 UTC."""

HOUR = 3600


def rest(name: str = "a", at: int = NOON, what: str = RESTED) -> Due:
    """Return an occasion."""
    return Due(f"{what}/{name}", what, 0, at, at + STALE_S, "bathroom")


def row(stage: str, name: str = "a", at: int = NOON, tries: int = 1, to: str = "desktop") -> Sent:
    """Return what was sent of `rest`."""
    return Sent(f"rested/{name}", 0, to, NOON, stage, at, False, tries)


class TestMessages:
    def test_occasion_is_sent_from_when_it_is_due_until_it_is_stale(self) -> None:
        for now, count in ((NOON - 1, 0), (NOON, 1), (NOON + STALE_S - 1, 1), (NOON + STALE_S, 0)):
            assert len(messages([rest()], [], "desktop", now)) == count

    def test_reminder_is_late_from_an_hour_on(self) -> None:
        for now, is_late in ((NOON + LATE_S - 1, False), (NOON + LATE_S, True)):
            assert [message.is_late for message in messages([rest()], [], "desktop", now)] == [
                is_late
            ]

    @pytest.mark.parametrize(
        ("stage", "count"), [(CLAIMED, 0), (SENT, 0), (FAILED, 1), (MISSED, 1)]
    )
    def test_occasion_claimed_or_sent_before_is_not_sent(self, stage: str, count: int) -> None:
        assert len(messages([rest()], [row(stage)], "desktop", NOON)) == count

    def test_what_one_channel_was_sent_is_still_to_come_on_another(self) -> None:
        assert len(messages([rest()], [row(SENT, to="mail-1")], "desktop", NOON)) == 1

    def test_rests_of_one_time_are_one_message_and_others_are_not(self) -> None:
        found = messages([rest("a"), rest("b"), rest("c", NOON + 1)], [], "desktop", NOON + 1)
        assert [len(message.occasions) for message in found] == [2, 1]

    def test_reminders_to_clean_that_wait_are_one_message_about_the_last(self) -> None:
        waiting = [rest("1", NOON, CLEAN), rest("2", NOON + 3 * HOUR, CLEAN)]
        (message,) = messages(waiting, [], "desktop", NOON + 3 * HOUR)
        assert (message.occasions, message.is_late) == (tuple(waiting), False)


class TestMissed:
    def test_first_use_of_a_channel_misses_nothing_and_is_noted(self) -> None:
        found = missed([rest()], [], "desktop", 0, NOON + STALE_S)
        assert [(message.key, message.stage, message.due_at) for message in found] == [
            (BEGUN, BEGUN, NOON + STALE_S)
        ]

    def test_what_got_stale_since_then_is_missed_once(self) -> None:
        begun = Sent(BEGUN, 0, "desktop", NOON, BEGUN, NOON)
        (found,) = missed([rest()], [begun], "desktop", 0, NOON + STALE_S)
        assert found == Sent("rested/a", 0, "desktop", NOON, MISSED, NOON + STALE_S)
        assert missed([rest()], [begun, found], "desktop", 0, NOON + STALE_S) == []
        assert missed([rest()], [begun], "desktop", 0, NOON + STALE_S - 1) == []

    def test_what_was_stale_before_the_channel_began_is_not_missed(self) -> None:
        begun = Sent(BEGUN, 0, "desktop", NOON + STALE_S, BEGUN, NOON + STALE_S)
        assert missed([rest()], [begun], "desktop", 0, NOON + 2 * STALE_S) == []

    def test_what_failed_until_it_was_stale_is_missed_and_what_was_sent_is_not(self) -> None:
        begun = Sent(BEGUN, 0, "desktop", NOON, BEGUN, NOON)
        for stage, count in ((FAILED, 1), (SENT, 0), (CLAIMED, 0)):
            rows = [begun, row(stage)]
            assert len(missed([rest()], rows, "desktop", 0, NOON + STALE_S)) == count


class TestPause:
    def test_pause_doubles_up_to_six_hours(self) -> None:
        for tries, pause in ((1, FIRST_PAUSE_S), (2, 2 * FIRST_PAUSE_S), (30, LONGEST_PAUSE_S)):
            failed = [row(FAILED, tries=tries)]
            assert paused_until(failed, "desktop", NOON + pause - 1) == NOON + pause
            assert paused_until(failed, "desktop", NOON + pause) == 0

    def test_failure_of_another_channel_or_of_a_clock_that_was_ahead_counts_for_nothing(
        self,
    ) -> None:
        assert paused_until([row(FAILED, to="mail-1")], "desktop", NOON) == 0
        assert paused_until([row(FAILED, at=NOON + HOUR)], "desktop", NOON) == 0


class TestQuiet:
    def test_hours_may_go_over_midnight_or_not_or_be_none(self) -> None:
        hours = range(24)
        at = [NOON + (hour - 12) * HOUR for hour in hours]
        for quiet, expected in (
            (Quiet(22, 8), {22, 23, *range(8)}),
            (Quiet(1, 3), {1, 2}),
            (Quiet(22, 0), {22, 23}),
            (Quiet(0, 0), set()),
        ):
            assert {hour for hour in hours if quiet.is_at(at[hour])} == expected

    @pytest.mark.parametrize("day", [(2027, 3, 28), (2027, 10, 31), (2027, 6, 1)])
    def test_end_is_by_the_clock_on_the_wall_also_as_it_changes(
        self, zone: Zone, day: tuple[int, int, int]
    ) -> None:
        zone(BERLIN)
        for begins, ends in ((22, 8), (0, 8), (22, 2), (1, 3)):
            quiet = Quiet(begins, ends)
            midnight = int(datetime(*day).timestamp())
            for at in range(midnight - 6 * HOUR, midnight + 18 * HOUR, 900):
                over = quiet.over_at(at)
                assert at <= over <= at + 13 * HOUR
                assert not quiet.is_at(over)
                assert over == at or quiet.is_at(over - 1)
