"""Which soak cleaned the roller after which session, and whether in time."""

import pytest
from tests.host.logbook import DAY, HOUR, MINUTE, Logbook, rules_for
from tests.host.session_logs import NO_SOAKS, begun, only, uses

from rollcore import events
from rollcore.events import CASE_EPOCH
from rollhost.database.archive import Archive
from rollhost.history import history


class TestClean:
    @pytest.mark.parametrize(
        ("after_s", "in_time"), [(0, True), (3600, True), (3601, False), (20 * HOUR, False)]
    )
    def test_soak_within_the_hour_is_in_time(
        self, archive: Archive, book: Logbook, after_s: int, in_time: bool
    ) -> None:
        book.begin()
        book.end()
        book.clean(after_s)
        book.keep()
        _, use = only(archive)
        assert (use.cleaned_after_s, use.cleaned_in_time) == (after_s, in_time)

    def test_policy_sets_the_time_within_which_a_soak_is_in_time(self, archive: Archive) -> None:
        book = begun(archive, rules_for(250, overdue_min=90))
        book.begin()
        book.end()
        book.clean(90 * MINUTE)
        book.keep()
        _, use = only(archive)
        assert use.cleaned_in_time

    def test_soak_that_was_broken_off_does_not_count(self, archive: Archive, book: Logbook) -> None:
        book.begin()
        book.end()
        book.soak(events.AFTER_USE, events.SOAK_ABORTED, 60)
        book.keep()
        _, use = only(archive)
        assert (use.cleaned, use.cleaned_after_s, use.cleaned_in_time) == (None, None, False)
        book.clean(2 * HOUR - 60)
        book.keep()
        _, use = only(archive)
        assert use.cleaned_after_s == 2 * HOUR
        assert not use.cleaned_in_time

    def test_soak_that_lost_power_has_to_begin_again(self, archive: Archive, book: Logbook) -> None:
        book.begin()
        book.end()
        book.write(events.SOAK_STARTED, purpose=events.AFTER_USE)
        book.wait(300)
        book.start()
        book.clean(HOUR)
        book.keep()
        _, use = only(archive)
        assert use.cleaned_after_s == HOUR + 300
        assert not use.cleaned_in_time

    def test_missing_soak_is_not_reported_as_done(self, archive: Archive, book: Logbook) -> None:
        book.begin()
        book.end()
        book.keep()
        _, use = only(archive)
        assert (use.disinfected, use.cleaned, use.cleaned_after_s) == (None, None, None)
        assert (use.soaked_before, use.cleaned_in_time) == (False, False)

    def test_each_use_has_its_own_soak(self, archive: Archive, book: Logbook) -> None:
        for late_s in (MINUTE, 2 * HOUR, 2 * MINUTE):
            book.prepare()
            book.begin()
            book.end()
            book.clean(late_s)
            book.wait(8 * DAY)
        book.keep()
        assert [use.cleaned_in_time for use in uses(archive)] == [True, False, True]
        soaks = [use.disinfected.event.seq for use in uses(archive) if use.disinfected]
        assert len(set(soaks)) == 3

    def test_soak_after_a_clinic_session_still_cleans_the_roller(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.begin()
        book.end()
        book.write(events.CLINIC, at=book.now - CASE_EPOCH, needle_um=0, token=0)
        book.clean()
        book.keep()
        (use,) = uses(archive)
        assert use.cleaned_in_time

    def test_later_soak_does_not_replace_a_missing_one(
        self, archive: Archive, book: Logbook
    ) -> None:
        """After a start that lost records the case wants the roller cleaned again."""
        book.begin()
        book.end()
        book.clean()
        first = book.last
        book.wait(DAY)
        book.start(torn=events.RECORD_SIZE)
        book.clean()
        book.keep()
        _, use = only(archive)
        assert use.cleaned is not None
        assert use.cleaned.event.seq == first
        assert use.cleaned_after_s == 5 * MINUTE

    def test_soak_with_a_lost_beginning_begins_at_its_end(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.prepare()
        book.begin()
        book.end()
        lost = book.last + 1
        book.clean(2 * HOUR)
        book.keep(lost=[lost])
        _, use = only(archive)
        assert use.cleaned_after_s == 2 * HOUR + 10 * MINUTE

    def test_soak_with_a_lost_beginning_counts_after_an_earlier_power_loss(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.begin()
        book.end()
        book.write(events.SOAK_STARTED, purpose=events.AFTER_USE)
        book.start(HOUR)
        lost = book.last + 1
        book.clean(HOUR)
        book.keep(lost=[lost])
        _, use = only(archive)
        assert use.cleaned_after_s == 2 * HOUR + 10 * MINUTE

    def test_soak_of_a_lost_use_belongs_to_no_other_use(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.begin()
        book.end()
        lost = [book.last - 1, book.last]
        book.start(torn=2 * events.RECORD_SIZE)
        book.clean()
        book.keep(lost=lost)
        assert history.read(archive).sessions == []

    def test_policy_without_soaks_leaves_cleaning_unknown(self, archive: Archive) -> None:
        book = begun(archive, NO_SOAKS)
        book.begin()
        book.end()
        book.keep()
        _, use = only(archive)
        assert (use.soaked_before, use.cleaned_in_time) == (None, None)

    def test_soak_counts_for_one_use_only(self, archive: Archive, book: Logbook) -> None:
        book.prepare()
        book.begin()
        book.end()
        book.begin()
        book.end()
        book.keep()
        assert [use.soaked_before for use in uses(archive)] == [True, False]
