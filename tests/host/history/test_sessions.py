"""What the logs tell of each session: when, of which skin, how early, and whether it was clean."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.firmware.logs import any_event, records_of
from tests.firmware.whole_case import WholeCase
from tests.host.logbook import DAY, HOUR, MINUTE, Logbook, rules_for

from rollcore import events, policy, state
from rollcore.events import CASE_EPOCH, Event, first_chain
from rollcore.policy import Policy
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.history import case_status, heads, history, logs
from rollhost.history.sessions import Session, Use
from rollhost.output.status import case_lines

NOW = 1_795_255_200
"""2026-11-21 10:00 UTC, in Unix seconds."""

WEEKLY = rules_for(250)
TWO_ZONES = rules_for(250, "face", "neck")
NO_SOAKS = rules_for(250, soak_before_min=0, soak_after_min=0)


@pytest.fixture
def book(archive: Archive) -> Logbook:
    """The log of a case whose clock is right, with rules for a weekly use of the face."""
    return begun(archive, WEEKLY)


def begun(archive: Archive, rules: Policy) -> Logbook:
    """Return the log of a case whose clock is right, with these rules."""
    book = Logbook(archive, NOW)
    book.set_clock()
    book.set_rules(rules)
    return book


def uses(archive: Archive) -> list[Use]:
    """Return what is told of every use."""
    return [one.use for one in history.read(archive).sessions if one.use is not None]


def only(archive: Archive) -> tuple[Session, Use]:
    """Return the one session there is, which is a use."""
    (session,) = history.read(archive).sessions
    assert session.use is not None
    return session, session.use


class TestInTurn:
    def test_all_that_the_log_tells_of_it(self, archive: Archive, book: Logbook) -> None:
        book.prepare()
        soaked = book.last
        book.begin()
        began = book.now
        book.end(seconds=250)
        ended = book.now
        seq = book.last
        book.clean(7 * MINUTE)
        book.keep()
        session, use = only(archive)
        assert session.key == f"use 5c1f0a2b3c4d5e6f {b'logbook!'.hex()} {seq}"
        assert (session.ended, session.needle_um, session.zone) == (ended, 250, "face")
        assert not session.at_clinic
        assert use.case_id == book.case_id
        assert use.began is not None
        assert use.end is not None
        assert use.disinfected is not None
        assert use.cleaned is not None
        assert (use.began.earliest, use.began.known) == (began, True)
        assert (use.end.earliest, use.seconds, use.how) == (ended, 250, events.BY_BUTTON)
        assert use.disinfected.event.seq == soaked
        assert use.cleaned.event.seq == book.last
        assert use.cleaned_after_s == 7 * MINUTE
        assert (use.early, use.early_s) == (False, 0)
        assert (use.soaked_before, use.cleaned_in_time) == (True, True)
        assert use.rules.digest == WEEKLY.digest

    def test_one_that_was_too_short_is_none_and_leaves_the_soak_to_the_next(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.prepare()
        book.begin()
        book.end(seconds=9, how=events.CANCELLED)
        book.wait(MINUTE)
        book.begin()
        book.end()
        book.keep()
        session, use = only(archive)
        assert session.ended == book.now
        assert use.soaked_before

    def test_one_that_nobody_ended_took_half_an_hour(self, archive: Archive, book: Logbook) -> None:
        book.prepare()
        book.begin()
        book.end(seconds=1800, how=events.TIMED_OUT)
        book.keep()
        session, use = only(archive)
        assert (use.how, use.seconds, session.ended) == (events.TIMED_OUT, 1800, book.now)

    def test_each_zone_has_its_name(self, archive: Archive) -> None:
        book = begun(archive, TWO_ZONES)
        book.use(1)
        book.use(0)
        book.keep()
        assert [one.zone for one in history.read(archive).sessions] == ["neck", "face"]

    def test_a_zone_has_the_name_of_then(self, archive: Archive) -> None:
        book = begun(archive, TWO_ZONES)
        book.use(1)
        book.set_rules(rules_for(500, "face", "scalp"), kept=1)
        book.use(1)
        book.keep()
        found = history.read(archive).sessions
        assert [(one.zone, one.needle_um) for one in found] == [("neck", 250), ("scalp", 500)]

    def test_rules_that_change_meanwhile_do_not_change_skin_and_needle(
        self, archive: Archive
    ) -> None:
        book = begun(archive, TWO_ZONES)
        book.begin(1)
        book.set_rules(rules_for(500, "scalp", "hands"))
        book.end(1)
        book.keep()
        session, _ = only(archive)
        assert (session.zone, session.needle_um) == ("neck", 250)

    def test_rules_that_nobody_knows_any_more_leave_no_name(self, archive: Archive) -> None:
        book = Logbook(archive, NOW)
        book.set_clock()
        book.write(events.POLICY_SET, digest=77, needle_um=250, kept=0)
        book.zone_digest = 77
        book.use()
        book.keep()
        session, use = only(archive)
        assert session.zone is None
        assert use.rules.text == policy.for_needle(250).text

    @pytest.mark.parametrize("needle_um", [1, 99, 1001, 65535])
    def test_needles_that_no_rules_allow_are_ruled_as_the_longest(
        self, archive: Archive, needle_um: int
    ) -> None:
        book = Logbook(archive, NOW)
        book.set_clock()
        book.write(events.POLICY_SET, digest=77, needle_um=needle_um, kept=0)
        book.use()
        book.keep()
        session, use = only(archive)
        assert use.rules.text == policy.for_needle(1000).text
        assert session.needle_um == needle_um

    def test_a_case_that_was_never_told_rolls_the_face_with_half_a_millimetre(
        self, archive: Archive
    ) -> None:
        book = Logbook(archive, NOW)
        book.set_clock()
        book.use()
        book.keep()
        session, use = only(archive)
        assert (session.zone, session.needle_um) == ("face", 500)
        assert use.rules.text == policy.for_needle(500).text


class TestEarly:
    def test_it_says_how_much_of_the_rest_was_left(self, archive: Archive, book: Logbook) -> None:
        ended = book.use()
        book.wait(5 * DAY)
        book.begin(how=events.OVERRIDE)
        began = book.now
        book.end()
        book.keep()
        first, early = uses(archive)
        assert not first.early
        assert early.early
        assert early.early_s == ended + WEEKLY.rest_s - began

    def test_it_counts_from_what_rests_longest(self, archive: Archive, book: Logbook) -> None:
        at = book.now - CASE_EPOCH
        book.write(events.CLINIC, at=at, needle_um=1500, token=0)
        book.wait(2 * DAY)
        book.begin(how=events.OVERRIDE)
        book.end()
        book.keep()
        (early,) = uses(archive)
        assert early.early_s == WEEKLY.clinic_rest_s - 2 * DAY

    @pytest.mark.parametrize(("rules", "zone"), [(WEEKLY, "face"), (TWO_ZONES, None)])
    def test_of_several_zones_nobody_has_said_which(
        self, archive: Archive, rules: Policy, zone: str | None
    ) -> None:
        book = begun(archive, rules)
        book.begin(how=events.OVERRIDE)
        book.end()
        book.keep()
        session, _ = only(archive)
        assert session.zone == zone

    def test_one_against_a_rest_that_cannot_be_worked_out_is_early_all_the_same(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.begin(how=events.OVERRIDE)
        book.end()
        book.keep()
        _, use = only(archive)
        assert use.early_s == 1

    def test_a_zone_that_the_rules_do_not_name_rests_as_their_last(self, archive: Archive) -> None:
        book = begun(archive, TWO_ZONES)
        ended = book.use(1)
        book.begin(3, how=events.OVERRIDE)
        began = book.now
        book.end(3)
        book.keep()
        assert uses(archive)[1].early_s == ended + TWO_ZONES.rest_s - began

    def test_the_next_one_is_in_turn_again(self, archive: Archive, book: Logbook) -> None:
        book.use(how=events.OVERRIDE)
        book.wait(8 * DAY)
        book.use()
        book.keep()
        assert [one.early for one in uses(archive)] == [True, False]

    def test_the_next_one_is_not_early_though_its_start_was_lost(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.use(how=events.OVERRIDE)
        book.wait(8 * DAY)
        book.begin()
        start = book.last
        book.end()
        book.keep(lost=[start])
        last = uses(archive)[1]
        assert (last.began, last.early_s) == (None, 0)
        assert last.seconds == 240

    @pytest.mark.parametrize(("waited_s", "soaked"), [(0, True), (1799, True), (1800, False)])
    def test_a_soak_that_counted_no_more_is_not_the_soak_before_it(
        self, archive: Archive, book: Logbook, waited_s: int, soaked: bool
    ) -> None:
        book.prepare()
        book.write(events.CLINIC, at=book.now - CASE_EPOCH, needle_um=0, token=0)
        book.wait(waited_s)
        book.begin(how=events.OVERRIDE)
        book.end()
        book.keep()
        (use,) = uses(archive)
        assert use.soaked_before is soaked


def tell_use(book: Logbook) -> None:
    """Say that the roller was used, as a case logs it: start and end at once, and how long."""
    book.begin()
    book.write(events.USE_ENDED, how=events.AFTERWARDS, seconds=90)


class TestToldAfterwards:
    @pytest.mark.parametrize(("rules", "zone"), [(WEEKLY, "face"), (TWO_ZONES, None)])
    def test_it_has_an_end_and_no_beginning(
        self, archive: Archive, rules: Policy, zone: str | None
    ) -> None:
        book = begun(archive, rules)
        book.prepare()
        soaked = book.last
        book.write(events.LID, what=events.LID_OPENED)
        book.wait(90)
        book.write(events.LID, what=events.LID_CLOSED)
        book.wait(DAY)  # nobody says so before
        tell_use(book)
        ended = book.now
        book.clean()
        book.keep()
        session, use = only(archive)
        assert (session.ended, session.zone) == (ended, zone)
        assert (use.began, use.early, use.seconds) == (None, False, 90)
        assert use.disinfected is not None
        assert use.disinfected.event.seq == soaked
        assert use.cleaned_in_time

    def test_it_was_soaked_also_where_power_was_lost_before_it_was_told(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.prepare()
        book.write(events.LID, what=events.LID_OPENED)
        book.write(events.LID, what=events.LID_CLOSED)
        book.start(HOUR)
        tell_use(book)
        book.keep()
        _, use = only(archive)
        assert use.soaked_before

    def test_an_early_one_before_it_leaves_it_nothing(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.use(how=events.OVERRIDE)
        tell_use(book)
        book.keep()
        told = uses(archive)[1]
        assert (told.began, told.early_s, told.disinfected) == (None, 0, None)


class TestPowerLost:
    @pytest.mark.parametrize(
        ("off_s", "ended_s"), [(60, 100 + 60), (1700, 1800), (1701, 1800), (30 * DAY, 1800)]
    )
    def test_it_ended_when_power_was_back_or_when_a_use_ends_at_the_latest(
        self, archive: Archive, book: Logbook, off_s: int, ended_s: int
    ) -> None:
        book.begin()
        began = book.now
        book.wait(100)
        book.start(off_s)
        book.set_clock()
        book.keep()
        session, use = only(archive)
        assert session.ended == began + ended_s
        assert (use.end, use.seconds, use.how) == (None, None, 0)
        assert use.began is not None

    def test_it_was_of_the_zone_in_which_it_began(self, archive: Archive) -> None:
        book = begun(archive, TWO_ZONES)
        book.begin(1)
        book.wait(100)
        book.start(60)
        book.keep()
        session, _ = only(archive)
        assert session.zone == "neck"

    def test_a_mistake_that_was_over_by_then_is_none(self, archive: Archive, book: Logbook) -> None:
        book.begin()
        book.end(seconds=9, how=events.CANCELLED)
        book.start(60)
        book.keep()
        assert history.read(archive).sessions == []

    def test_the_soak_after_it_is_in_the_next_run(self, archive: Archive, book: Logbook) -> None:
        book.prepare()
        book.begin(how=events.OVERRIDE)
        book.wait(100)
        book.start(60)
        book.set_clock()
        book.clean(5 * MINUTE)
        book.keep()
        _, use = only(archive)
        assert use.early
        assert use.soaked_before
        assert use.cleaned_after_s == 5 * MINUTE

    def test_a_start_whose_record_was_lost_ended_it_all_the_same(
        self, archive: Archive, book: Logbook
    ) -> None:
        """And the next use, whose start is the first thing known of that run, is another one."""
        book.set_rules(NO_SOAKS)
        book.begin(how=events.OVERRIDE)
        first = book.last
        book.wait(100)
        book.start(60)
        lost = book.last
        book.begin()
        second = book.last
        book.end()
        book.keep(lost=[lost])
        cut, whole = uses(archive)
        assert cut.began is not None
        assert (cut.began.event.seq, cut.end, cut.early) == (first, None, True)
        assert whole.began is not None
        assert whole.end is not None
        assert (whole.began.event.seq, whole.early) == (second, False)

    def test_one_told_afterwards_is_another_where_all_between_was_lost(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.begin()
        book.wait(100)
        book.start(60)
        lost = book.last
        book.write(events.USE_ENDED, how=events.AFTERWARDS, seconds=90)
        book.keep(lost=[lost])
        cut, told = uses(archive)
        assert len({one.key for one in history.read(archive).sessions}) == 2
        assert (cut.end, cut.began is None) == (None, False)
        assert (told.began, told.seconds) == (None, 90)

    def test_a_soak_of_which_only_the_end_is_known_cleans_it(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.begin()
        book.wait(100)
        book.start(60)
        lost = [book.last, book.last + 1]
        book.clean()
        book.keep(lost=lost)
        _, use = only(archive)
        assert use.cleaned is not None


class TestClean:
    @pytest.mark.parametrize(
        ("after_s", "in_time"), [(0, True), (3600, True), (3601, False), (20 * HOUR, False)]
    )
    def test_a_soak_is_in_time_that_began_within_the_hour(
        self, archive: Archive, book: Logbook, after_s: int, in_time: bool
    ) -> None:
        book.begin()
        book.end()
        book.clean(after_s)
        book.keep()
        _, use = only(archive)
        assert (use.cleaned_after_s, use.cleaned_in_time) == (after_s, in_time)

    def test_the_hour_is_the_owners(self, archive: Archive) -> None:
        book = begun(archive, rules_for(250, overdue_min=90))
        book.begin()
        book.end()
        book.clean(90 * MINUTE)
        book.keep()
        _, use = only(archive)
        assert use.cleaned_in_time

    def test_one_that_was_broken_off_counts_for_nothing(
        self, archive: Archive, book: Logbook
    ) -> None:
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

    def test_one_that_lost_its_power_has_to_begin_again(
        self, archive: Archive, book: Logbook
    ) -> None:
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

    def test_one_that_never_was_is_not_known_to_have_been(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.begin()
        book.end()
        book.keep()
        _, use = only(archive)
        assert (use.disinfected, use.cleaned, use.cleaned_after_s) == (None, None, None)
        assert (use.soaked_before, use.cleaned_in_time) == (False, False)

    def test_each_use_has_its_own(self, archive: Archive, book: Logbook) -> None:
        for late_s in (MINUTE, 2 * HOUR, 2 * MINUTE):
            book.prepare()
            book.begin()
            book.end()
            book.clean(late_s)
            book.wait(8 * DAY)
        book.keep()
        assert [one.cleaned_in_time for one in uses(archive)] == [True, False, True]
        soaks = [one.disinfected.event.seq for one in uses(archive) if one.disinfected]
        assert len(set(soaks)) == 3

    def test_it_may_be_after_sessions_elsewhere(self, archive: Archive, book: Logbook) -> None:
        book.begin()
        book.end()
        book.write(events.CLINIC, at=book.now - CASE_EPOCH, needle_um=0, token=0)
        book.clean()
        book.keep()
        (use,) = uses(archive)
        assert use.cleaned_in_time

    def test_a_later_soak_does_not_count_instead(self, archive: Archive, book: Logbook) -> None:
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

    def test_a_soak_whose_beginning_was_lost_is_taken_to_begin_when_it_ended(
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

    def test_also_where_power_was_lost_in_an_earlier_one(
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

    def test_that_of_a_use_whose_records_were_lost_is_nobodys(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.begin()
        book.end()
        lost = [book.last - 1, book.last]
        book.start(torn=2 * events.RECORD_SIZE)
        book.clean()
        book.keep(lost=lost)
        assert history.read(archive).sessions == []

    def test_rules_that_ask_for_no_soak_say_neither_yes_nor_no(self, archive: Archive) -> None:
        book = begun(archive, NO_SOAKS)
        book.begin()
        book.end()
        book.keep()
        _, use = only(archive)
        assert (use.soaked_before, use.cleaned_in_time) == (None, None)

    def test_a_soak_counts_for_one_use(self, archive: Archive, book: Logbook) -> None:
        book.prepare()
        book.begin()
        book.end()
        book.begin()
        book.end()
        book.keep()
        assert [one.soaked_before for one in uses(archive)] == [True, False]


CLINIC_AT = NOW - 3 * DAY


def write_clinic(archive: Archive) -> Entry:
    """Write a session at a clinic into the diary."""
    with archive.transaction():
        entry = Entry(diary.CLINIC, CLINIC_AT, "neck", data={"needle_um": 1500, "text": ""})
        return archive.diary.add(entry, NOW)


class TestClinics:
    def test_one_that_no_case_was_told_of_is_a_session(self, archive: Archive) -> None:
        entry = write_clinic(archive)
        (found,) = history.read(archive).sessions
        assert found == Session(f"clinic {entry.token}", CLINIC_AT, 1500, "neck")
        assert found.at_clinic

    def test_one_that_two_cases_were_told_of_counts_once_and_as_it_was_written(
        self, archive: Archive
    ) -> None:
        entry = write_clinic(archive)
        for device in ("aa00", "bb00"):
            book = Logbook(archive, NOW, device)
            book.set_clock()
            at = CLINIC_AT - CASE_EPOCH
            book.write(events.CLINIC, at=at, needle_um=1500, token=entry.token)
            book.keep()
        (found,) = history.read(archive).sessions
        assert found.zone == "neck"

    def test_those_that_only_the_logs_know_have_the_zone_and_the_time_of_the_log(
        self, archive: Archive
    ) -> None:
        book = begun(archive, TWO_ZONES)
        at = CLINIC_AT - CASE_EPOCH
        book.write(events.CLINIC, 1, at=at, needle_um=0, token=9)
        book.write(events.CLINIC, 0, at=at + 5, needle_um=0, token=0)
        book.write(events.CLINIC, 0, at=at + 6, needle_um=0, token=0)
        book.keep()
        found = history.read(archive).sessions
        assert [(one.ended - CLINIC_AT, one.zone) for one in found] == [
            (0, "neck"), (5, "face"), (6, "face"),
        ]  # fmt: skip
        assert len({one.key for one in found}) == 3


class TestZoned:
    def test_each_record_about_skin_has_the_name_of_its_zone_then(self, archive: Archive) -> None:
        book = Logbook(archive, NOW)
        book.use()  # by the rules that it came with
        book.set_rules(TWO_ZONES)
        book.begin(1)
        book.set_rules(rules_for(500, "scalp", "hands"))
        book.end(1)  # it is of the list by which it began
        book.write(events.REFUSED, 1, gesture=events.LONG_PRESS, reason=1, until=0,
                   digest=TWO_ZONES.digest)  # fmt: skip
        book.write(events.CLINIC, 0, at=0, needle_um=0, token=0)
        book.write(events.REACTION, 3, open=1, at=0, token=0)
        book.write(events.HEAD_NEW, 0, uses=0, token=0)
        book.keep()
        (log,) = history.read(archive).logs(book.case)
        found = [
            (placed.event.name, zone)
            for placed, zone in zip(log.placed, log.zones, strict=True)
            if placed.event.kind in logs.OF_A_ZONE or zone is not None
        ]
        assert found == [
            ("use_started", "face"), ("use_ended", "face"), ("use_started", "neck"),
            ("use_ended", "neck"), ("refused", "neck"), ("clinic", "scalp"), ("reaction", None),
        ]  # fmt: skip
        assert len(log.zones) == book.last


class TestSeveral:
    def test_those_of_two_cases_are_in_the_order_of_time(self, archive: Archive) -> None:
        one, other = Logbook(archive, NOW, "aa00"), Logbook(archive, NOW + HOUR, "bb00")
        expected = []
        for book in (one, other, one, other):
            book.now = max(one.now, other.now)
            book.set_clock()
            book.use()
            expected.append(book.case_id)
        one.keep()
        other.keep()
        assert [use.case_id for use in uses(archive)] == expected

    def test_those_of_a_log_that_was_wiped_are_there(self, archive: Archive, book: Logbook) -> None:
        book.use()
        book.keep()
        again = Logbook(archive, book.now + DAY, log=b"another!")
        again.set_clock()
        again.use()
        again.keep()
        found = history.read(archive).sessions
        assert len({one.key for one in found}) == 2

    def test_a_use_in_a_log_that_was_wiped_is_no_later_than_the_wipe_at_whatever_sync(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.start(DAY)
        used = book.use()  # by a clock that nobody puts right any more
        book.keep(finished=False)
        wiped = book.now + DAY
        again = Logbook(archive, wiped, log=b"another!")
        again.wait(HOUR)
        for days in (0, 100):
            again.wait(days * DAY)
            again.set_clock()
            again.keep()
            assert history.read(archive).sessions[0].ended == wiped - (book.now - used)

    def test_a_new_log_of_which_nothing_is_here_yet_bounds_nothing(
        self, archive: Archive, book: Logbook
    ) -> None:
        """A sync that broke off before the first record."""
        ended = book.use()
        book.keep()
        again = Logbook(archive, book.now + DAY, log=b"another!")
        again.keep(lost=[1], finished=False)
        assert [one.ended for one in history.read(archive).sessions] == [ended]

    def test_a_database_without_anything_has_none(self, archive: Archive) -> None:
        with archive.transaction():
            archive.keep_case("aa00", "pico", "0.1.0")
        assert history.read(archive).sessions == []


class Days:
    """A case that somebody lives with: the real one, and the time that only the world knows."""

    def __init__(self, directory: Path, zones: tuple[str, ...]) -> None:
        self.case = WholeCase(directory)
        self.true = NOW - CASE_EPOCH
        self.synced = False
        rules = policy.for_needle(250).changed(revision=1, rest_h=72, short_rest=1, head_uses=3,
                                               head_warn_uses=2)  # fmt: skip
        self.rules = Policy(policy.numbers_of(rules), zones)
        assert self.case.app.set_policy(self.rules) == ""

    def touch(self, ms: int) -> None:
        self.case.touch(ms)
        self.case.wait_ms(1000 - (ms + 50) % 1000)  # this world counts whole seconds
        self.true += (ms + 50) // 1000 + 1

    def live(self, seconds: int) -> None:
        self.case.wait(seconds)
        self.true += seconds

    def cut(self, off_s: int) -> None:
        self.case.switch_on()
        self.true += off_s

    def sync(self) -> None:
        self.case.app.set_clock(self.true, events.FROM_HOST, False)

    def tell(self, kind: int) -> None:
        self.sync()
        told = {"token": self.case.last_seq + 1}
        if kind == events.CLINIC:
            told |= {"at": self.true, "needle_um": 1500}
        assert self.case.app.tell(kind, told) == ""

    def roll(self, ends: str) -> None:
        """Do what the case asks for until it is in use or was told so, and bring that to an end."""
        uses = self.case.app.journal.state.uses
        for _ in range(20):
            if self.case.phase == state.READY and ends == "lid":
                self.lid()
            elif self.case.phase in (state.SOAKING, state.DRYING):
                self.live(600)
            elif self.case.phase == state.IN_USE:
                self.live(120)
                if ends == "cut":
                    self.cut(HOUR)
                elif ends == "nobody":
                    self.live(1800)
                else:
                    self.touch(200)
            elif self.case.phase == state.CLEAN_ME and ends == "late":
                self.live(2 * HOUR)
                self.touch(200)
            elif self.case.phase == state.RESTING and self.case.app.journal.state.uses > uses:
                return
            elif self.case.phase in (state.RESTING, state.HEAD_EXPIRED):
                self.touch(10100)
            else:
                self.touch(2100 if self.case.phase == state.READY else 200)

    def lid(self) -> None:
        """Take the roller out for a while."""
        self.case.move_lid(True)
        self.case.wait(120)
        self.case.move_lid(False)
        self.case.wait_ms(900)
        self.true += 121


STEP = st.one_of(
    st.tuples(st.just("roll"), st.sampled_from(["in turn", "cut", "nobody", "late", "lid"])),
    st.tuples(st.just("touch"), st.sampled_from([200, 2100, 10100])),
    st.tuples(st.just("live"), st.sampled_from([20, 600, 1800, DAY // 2, 3 * DAY])),
    st.tuples(st.just("cut"), st.sampled_from([0, HOUR, 2 * DAY, 20 * DAY])),
    st.tuples(st.just("tell"), st.sampled_from([events.CLINIC, events.HEAD_NEW])),
    st.tuples(st.just("sync")),
)

LOG_ID = bytes(range(1, 9))


def keep(archive: Archive, log: list[Event], lost: set[int], now: int) -> int:
    """Keep a log without some of its records, as a sync at Unix time `now` (s) does."""
    with archive.transaction():
        case_id = archive.keep_case("5c1f", "pico", "0.1.0")
        log_id = archive.keep_log(case_id, LOG_ID.hex())
        for event, raw in zip(log, records_of(log, first_chain(LOG_ID)), strict=True):
            if event.seq not in lost:
                archive.keep_event(log_id, event, raw)
        archive.note_meeting(case_id, log_id, now, 0)
        archive.note_sync(case_id, now, 0)
    return log_id


def check(archive: Archive, log_id: int, now: int) -> None:
    """Check what holds for the sessions and the heads of every log."""
    folded = state.State()
    for event in map(events.decode, archive.raw_records(log_id)):
        folded = state.fold(folded, event)
    found = history.read(archive).sessions
    assert [one.ended for one in found] == sorted(one.ended for one in found)
    assert len({one.key for one in found}) == len(found)
    told = [one.use for one in found if one.use is not None]
    assert len(told) == folded.uses
    for use in told:
        assert use.began is not None or use.end is not None
        if use.began is not None:
            overridden = use.began.event.data["how"] == events.OVERRIDE
            assert use.early == overridden
            assert use.end is None or use.began.event.seq < use.end.event.seq
        else:
            assert not use.early
        told_at = use.end or use.began
        assert told_at is not None
        first = told_at.event.seq
        assert use.disinfected is None or use.disinfected.event.seq < first
        assert (use.cleaned is None) == (use.cleaned_after_s is None)
        if use.cleaned is not None:
            assert use.cleaned.event.seq > first
            assert use.cleaned_after_s is not None
            assert use.cleaned_after_s >= 0
    (case,) = archive.cases()
    kept = heads.heads(history.read(archive).logs(case), now)
    assert sum(one.uses for one in kept) == folded.uses
    assert [one.until is None for one in kept] == [False] * (len(kept) - 1) + [True] * bool(kept)
    about = case_status.summarise(history.read(archive), case, now)
    assert about.head_ends is None or about.head_ends.at >= about.now
    assert max(len(line) for line in case_lines(about)) <= 80


@settings(max_examples=40)
@given(
    steps=st.lists(STEP, min_size=2, max_size=10),
    zones=st.sampled_from([("face",), ("face", "neck")]),
    losing=st.one_of(st.just(set()), st.sets(st.integers(1, 40), max_size=8)),
)
def test_whatever_somebody_lives_through_each_use_is_told_once(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[Any, ...]],
    zones: tuple[str, ...],
    losing: set[int],
) -> None:
    folder = tmp_path_factory.mktemp("life")
    days = Days(folder / "flash", zones)
    for name, *numbers in steps:
        getattr(days, name)(*numbers)
    days.sync()
    now = days.true + CASE_EPOCH
    with open_archive(folder / "a.db", create=True) as archive:
        with archive.transaction():
            archive.keep_policy(days.rules)
        log_id = keep(archive, days.case.log(), losing, now)
        check(archive, log_id, now)
        if not losing:
            about = case_status.summarise(history.read(archive), archive.cases()[0], now)
            assert about.standing.phase == days.case.phase
            assert about.state == days.case.app.journal.state


@settings(max_examples=60)
@given(log=st.lists(any_event(), max_size=20), synced=st.integers(0, 1 << 32))
def test_whatever_a_log_says_each_use_is_told_once(
    tmp_path_factory: pytest.TempPathFactory, log: list[Event], synced: int
) -> None:
    for seq, event in enumerate(log, 1):
        event.seq = seq
    now = synced + CASE_EPOCH
    with open_archive(tmp_path_factory.mktemp("any") / "a.db", create=True) as archive:
        log_id = keep(archive, log, set(), now)
        check(archive, log_id, now)
