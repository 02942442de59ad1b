"""Which uses of the past other rules would have refused."""

from hypothesis import given
from hypothesis import strategies as st
from tests.firmware.logs import boot_data, log_of
from tests.host.writing_down import DAY

from rollcore import events, policy
from rollcore.events import Event
from rollcore.memory import State
from rollcore.policy import Policy
from rollhost.history.what_if import refusals


def weekly(weeks: int, how: int = events.BY_BUTTON, zones: int = 1) -> list[Event]:
    """Return a log of a use of five minutes a week, of one zone after the other."""
    log: list[Event] = []
    for week in range(weeks):
        start = week * 7 * DAY + 1000
        data = {"how": events.IN_TURN, "digest": 0}
        log.append(Event(events.USE_STARTED, data, week % zones, time=start))
        data = {"how": how, "seconds": 300}
        log.append(Event(events.USE_ENDED, data, week % zones, time=start + 300))
    return log


def lost_power(time: int) -> Event:
    """Return the start of a case that had lost its power."""
    return Event(events.BOOT, boot_data(), time=time)


BEGINS = State()
"""The state that the logs begin with: the needles are so short that no rest is longer by them."""
BEGINS.needle_um = 100


def days_refused(log: list[Event], rules: Policy) -> tuple[int, list[int]]:
    """Return how many uses a log has, and the days of those that rules would have refused."""
    uses, found = refusals(log, rules, BEGINS)
    return uses, [log[refusal.use].time // DAY for refusal in found]


class TestReplay:
    def test_refused_use_starts_no_rest(self) -> None:
        rules = policy.for_needle(500).changed(rest_h=27 * 24, short_rest=1)
        assert days_refused(weekly(6), rules) == (6, [7, 14, 21, 35])

    def test_allowed_uses_are_not_refused(self) -> None:
        rules = policy.for_needle(250).changed(rest_h=6 * 24, short_rest=1)
        assert days_refused(weekly(6), rules) == (6, [])

    def test_use_too_short_to_count_is_not_judged(self) -> None:
        log = weekly(1) + weekly(3, events.CANCELLED)[2:]
        assert days_refused(log, policy.for_needle(500)) == (1, [])

    def test_each_zone_rests_on_its_own_whatever_its_name(self) -> None:
        rules = policy.for_needle(250).changed(rest_h=13 * 24)
        assert days_refused(weekly(6, zones=2), rules) == (6, [])
        assert days_refused(weekly(6, zones=1), rules) == (6, [7, 21, 35])

    def test_head_wears_out_by_its_real_uses(self) -> None:
        rules = policy.for_needle(250).changed(rest_h=144, short_rest=1)
        rules = rules.changed(head_warn_uses=1, head_uses=2)
        log = weekly(4)
        new = Event(events.HEAD_NEW, {"uses": 3, "token": 0}, time=log[6].time - 60)
        _, found = refusals([*log[:6], new, *log[6:]], rules, BEGINS)
        assert [(refusal.use, refusal.reason) for refusal in found] == [(4, events.HEAD_WORN_OUT)]

    def test_use_told_afterwards_is_not_judged_and_counts(self) -> None:
        told = {"how": events.AFTERWARDS, "seconds": 0}
        log = weekly(4)
        # The case logs both when it is told.
        began = Event(events.USE_STARTED, {"how": events.IN_TURN, "digest": 0}, time=8 * DAY)
        log[4:4] = [began, Event(events.USE_ENDED, told, time=8 * DAY)]
        rules = policy.for_needle(250).changed(rest_h=12 * 24)
        assert days_refused(log, rules) == (5, [7, 14])
        rules = policy.for_needle(250).changed(rest_h=14 * 24)
        assert days_refused(log, rules) == (5, [7, 14, 21])

    def test_use_that_lost_its_power_counts(self) -> None:
        log = weekly(2)
        log[1] = lost_power(log[1].time)
        assert days_refused(log, policy.for_needle(500)) == (2, [7])

    def test_lost_start_record_ends_a_use(self) -> None:
        log = weekly(4)
        del log[3]  # the end of the second one, which is refused
        told = {"how": events.AFTERWARDS, "seconds": 0}
        began = Event(events.USE_STARTED, {"how": events.IN_TURN, "digest": 0}, time=8 * DAY)
        log[3:3] = [began, Event(events.USE_ENDED, told, time=8 * DAY)]
        for event in log[3:]:
            event.boot = 1
        rules = policy.for_needle(250).changed(rest_h=12 * 24)
        assert days_refused(log, rules) == (5, [7, 14])

    def test_refused_use_that_lost_power_starts_no_rest(self) -> None:
        log = weekly(3)
        log[3] = lost_power(log[3].time)
        rules = policy.for_needle(250).changed(rest_h=12 * 24)
        assert days_refused(log, rules) == (3, [7])
        told = {"how": events.AFTERWARDS, "seconds": 0}
        log.insert(4, Event(events.USE_ENDED, told, time=8 * DAY))
        assert days_refused(log, rules) == (4, [7, 14])

    @given(log=log_of(0, 30), needle=st.sampled_from([250, 500, 1000]))
    def test_any_log_has_at_most_as_many_refusals_as_uses(
        self, log: list[Event], needle: int
    ) -> None:
        uses, found = refusals(log, policy.for_needle(needle))
        assert len(found) <= uses
        assert all(log[refusal.use].kind == events.USE_STARTED for refusal in found)
