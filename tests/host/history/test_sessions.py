"""What the logs tell of each session: when, of which skin, how early, how it ended."""

import pytest
from tests.host.logbook import DAY, HOUR, MINUTE, Logbook, rules_for
from tests.host.session_logs import (
    CLINIC_AT,
    NO_SOAKS,
    NOW,
    TWO_ZONES,
    WEEKLY,
    begun,
    only,
    tell_use,
    uses,
    write_clinic,
)

from rollcore import events, policy
from rollcore.events import CASE_EPOCH
from rollcore.policy import Policy
from rollhost.database.archive import Archive
from rollhost.history import history, logs
from rollhost.history.sessions import Session


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
        book.write(events.REFUSED, 1, gesture=events.HOLD, reason=1, until=0,
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
