"""The roller's heads: what each has seen, and when the one that is in will be worn out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.host.logbook import DAY, HOUR, MINUTE, Logbook, rules_for

from rollcore import events
from rollcore.events import CASE_EPOCH
from rollcore.memory import HEAD_SINCE, State
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.history import case_status, heads, history
from rollhost.history.heads import Head
from rollhost.history.wear import Forecast, forecast

NOW = 1_795_255_200
"""2026-11-21 10:00 UTC, in Unix seconds."""

WEEKLY = rules_for(250)
WEEK = 7 * DAY


@pytest.fixture
def book(archive: Archive) -> Logbook:
    """The log of a case whose clock is right, with rules for a weekly use of the face."""
    book = Logbook(archive, NOW)
    book.set_clock()
    book.set_rules(WEEKLY)
    return book


def change_head(book: Logbook, token: int = 0) -> int:
    """Put a new head in; return when."""
    book.write(events.HEAD_NEW, uses=0, token=token)
    return book.now


def told(archive: Archive, book: Logbook) -> list[tuple[int, int | None, int]]:
    """Return since when, until when, and for how many uses each head was in."""
    book.keep()
    found = heads.heads(history.read(archive).logs(book.case), book.now)
    assert {head.case_id for head in found} <= {book.case_id}
    return [(head.since, head.until, head.uses) for head in found]


class TestHeads:
    def test_case_without_a_use_has_no_head(self, archive: Archive, book: Logbook) -> None:
        assert told(archive, book) == []

    def test_unannounced_head_is_in_since_its_first_use(
        self, archive: Archive, book: Logbook
    ) -> None:
        first = book.use()
        book.use()
        assert told(archive, book) == [(first, None, 2)]

    def test_announced_head_is_in_since_its_announcement(
        self, archive: Archive, book: Logbook
    ) -> None:
        since = change_head(book)
        book.wait(DAY)
        assert told(archive, book) == [(since, None, 0)]
        book.use()
        assert told(archive, book) == [(since, None, 1)]

    def test_each_head_ends_where_the_next_begins(self, archive: Archive, book: Logbook) -> None:
        first = book.use()
        book.use()
        second = change_head(book)
        book.use()
        third = change_head(book)
        assert told(archive, book) == [(first, second, 2), (second, third, 1), (third, None, 0)]

    def test_head_on_a_clock_that_was_never_set_is_in_since_its_earliest_possible_time(
        self, archive: Archive
    ) -> None:
        book = Logbook(archive, NOW)
        first = book.use()
        second = change_head(book)
        assert told(archive, book) == [(first, second, 1), (second, None, 0)]

    def test_head_is_judged_by_the_policy_last_in_force(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.use()
        longer = rules_for(500)
        book.set_rules(longer)
        change_head(book)
        book.set_rules(rules_for(750))
        book.keep()
        found = heads.heads(history.read(archive).logs(book.case), book.now)
        assert [head.policy.needle_um for head in found] == [500, 750]

    def test_head_ends_where_the_log_was_wiped(self, archive: Archive, book: Logbook) -> None:
        first = book.use()
        book.keep()
        again = Logbook(archive, book.now + DAY, log=b"another!")
        again.set_clock()
        wiped = again.now
        since = again.use()
        assert told(archive, again) == [(first, wiped, 1), (since, None, 1)]

    def test_head_with_a_known_end_is_not_ended_again_by_a_wipe(
        self, archive: Archive, book: Logbook
    ) -> None:
        first = book.use()
        changed = change_head(book)
        book.keep()
        again = Logbook(archive, book.now + DAY, log=b"another!")
        again.set_clock()
        assert told(archive, again) == [(first, changed, 1), (changed, again.now, 0)]

    def test_new_log_on_a_clock_that_was_never_set_ends_no_head_before_its_beginning(
        self, archive: Archive, book: Logbook
    ) -> None:
        first = book.use()
        book.keep()
        again = Logbook(archive, book.now + DAY, log=b"another!")
        again.keep(finished=False)
        ((since, until, uses),) = told(archive, again)
        assert until is not None
        assert (since, uses) == (first, 1)
        assert first <= until <= again.now

    def test_head_is_never_in_since_later_than_now(self, archive: Archive, book: Logbook) -> None:
        book.use()
        book.keep()
        (found,) = heads.heads(history.read(archive).logs(book.case), NOW)
        assert found == Head(book.case_id, NOW, None, 1, found.policy)

    def test_use_that_a_new_head_ends_was_with_the_old_head(
        self, archive: Archive, book: Logbook
    ) -> None:
        """Power was lost in it, and the record of the start after it is lost too."""
        book.use()
        book.begin()
        book.wait(100)
        book.start(60)
        lost = book.last
        change_head(book)
        book.keep(lost=[lost])
        assert [
            head.uses for head in heads.heads(history.read(archive).logs(book.case), book.now)
        ] == [2, 0]


def used(uses: int, since: int = NOW) -> State:
    """Return the state of a case with a head that has been in since a Unix time (s)."""
    folded = State()
    folded.head_uses = uses
    folded.at[HEAD_SINCE] = since - CASE_EPOCH
    return folded


class TestForecast:
    def test_unused_head_has_no_forecast(self) -> None:
        assert forecast(State(), WEEKLY, [], NOW) is None
        assert forecast(State(), WEEKLY, [NOW - WEEK], NOW) is None

    @pytest.mark.parametrize(("uses", "known"), [(9, True), (10, False), (11, False)])
    def test_head_with_all_its_uses_has_no_forecast(self, uses: int, known: bool) -> None:
        assert (forecast(used(uses), WEEKLY, [NOW], NOW) is not None) is known

    @pytest.mark.parametrize(("age_s", "known"), [(90 * DAY - 1, True), (90 * DAY, False)])
    def test_head_that_is_too_old_has_no_forecast(self, age_s: int, known: bool) -> None:
        assert (forecast(used(1), WEEKLY, [NOW], NOW + age_s) is not None) is known

    def test_forecast_after_one_use_takes_its_pace_from_the_rest(self) -> None:
        rules = rules_for(250, head_days=400)
        assert forecast(used(1), rules, [NOW], NOW) == Forecast(NOW + 9 * WEEK, by_uses=True)

    def test_forecast_without_a_pace_is_by_age(self) -> None:
        assert forecast(used(0), WEEKLY, [], NOW) == Forecast(NOW + 90 * DAY, by_uses=False)

    @pytest.mark.parametrize(
        ("head_days", "worn_day", "by_uses"), [(62, 62, False), (64, 63, True), (400, 63, True)]
    )
    def test_forecast_is_by_uses_or_age_whichever_comes_first(
        self, head_days: int, worn_day: int, by_uses: bool
    ) -> None:
        every_week = [NOW + week * WEEK for week in range(4)]
        rules = rules_for(250, head_days=head_days)
        found = forecast(used(4), rules, every_week, every_week[-1])
        assert found == Forecast(NOW + worn_day * DAY, by_uses)

    def test_forecast_pace_is_that_of_the_last_six_uses(self) -> None:
        rules = rules_for(250, head_days=400)
        late = [NOW - 1000 * DAY, NOW - 900 * DAY]
        recent = [NOW + number * 2 * WEEK for number in range(6)]
        # Five times two weeks, and the rest after the sixth, are six uses.
        pace = (5 * 2 * WEEK + WEEK) / 6
        found = forecast(used(8), rules, late + recent, recent[-1])
        assert found == Forecast(int(recent[-1] + 2 * pace), by_uses=True)

    def test_two_zones_in_one_evening_do_not_count_as_a_use_every_ten_minutes(self) -> None:
        rules = rules_for(250, "face", "neck", head_days=400)
        both = [NOW + week * WEEK + zone * 20 * MINUTE for week in range(3) for zone in (0, 1)]
        found = forecast(used(6), rules, both, both[-1])
        assert found is not None
        assert found.by_uses
        # Four more uses are two more evenings.
        assert abs(found.at - (NOW + 4 * WEEK)) < HOUR

    def test_due_use_may_wear_the_head_out_today(self) -> None:
        rules = rules_for(250, head_days=400)
        now = NOW + 20 * WEEK
        assert forecast(used(9), rules, [NOW], now) == Forecast(now, by_uses=True)
        assert forecast(used(8), rules, [NOW], now) == Forecast(now + WEEK, by_uses=True)

    @given(
        uses=st.integers(0, 12),
        since=st.integers(-500 * DAY, 0),
        ended=st.lists(st.integers(CASE_EPOCH, CASE_EPOCH + (1 << 32)), max_size=9),
        needle_um=st.sampled_from([250, 500, 1000]),
    )
    def test_forecast_is_never_in_the_past_and_never_beyond_the_maximum_age(
        self, uses: int, since: int, ended: list[int], needle_um: int
    ) -> None:
        rules = rules_for(needle_um)
        found = forecast(used(uses, NOW + since), rules, ended, NOW)
        worn = uses >= rules.head_uses or since + rules.head_s <= 0
        assert (found is None) is worn
        if found is not None:
            assert NOW <= found.at <= NOW + since + rules.head_s


class TestDiary:
    def test_unsynced_new_head_counts_for_the_forecast(
        self, archive: Archive, book: Logbook
    ) -> None:
        for _ in range(4):
            book.use()
            book.wait(WEEK)
        book.keep()
        before = case_status.summarise(history.read(archive), book.case, book.now)
        with archive.transaction():
            entry = Entry(diary.HEAD, book.now, case_id=book.case_id, data={"text": ""})
            archive.diary.add(entry, book.now)
        after = case_status.summarise(history.read(archive), book.case, book.now)
        assert before.head_ends is not None
        assert after.head_ends is not None
        assert (before.state.head_uses, after.state.head_uses) == (4, 0)
        # Four uses more than the old one, at the same pace.
        longer = after.head_ends.at - before.head_ends.at
        assert 4 * WEEK <= longer <= 4 * WEEK + 8 * HOUR
        assert after.head_ends.at < book.now + 90 * DAY
        # The logs do not know of it yet.
        assert [
            head.uses for head in heads.heads(history.read(archive).logs(book.case), book.now)
        ] == [4]
