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
from rollhost.history import history, zones
from rollhost.history.sessions import Session


class TestInTurn:
    def test_session_has_everything_that_the_log_knows_of_a_use(
        self, archive: Archive, book: Logbook
    ) -> None:
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
        assert use.policy.digest == WEEKLY.digest

    def test_use_that_was_too_short_is_no_session_and_leaves_the_soak_to_the_next(
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

    def test_use_that_nobody_ended_took_half_an_hour(self, archive: Archive, book: Logbook) -> None:
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
        assert [session.zone for session in history.read(archive).sessions] == ["neck", "face"]

    def test_zone_of_a_session_has_its_name_at_that_time(self, archive: Archive) -> None:
        book = begun(archive, TWO_ZONES)
        book.use(1)
        book.set_rules(rules_for(500, "face", "scalp"), kept=1)
        book.use(1)
        book.keep()
        found = history.read(archive).sessions
        assert [(session.zone, session.needle_um) for session in found] == [
            ("neck", 250),
            ("scalp", 500),
        ]

    def test_policy_change_during_a_use_does_not_change_zone_and_needle(
        self, archive: Archive
    ) -> None:
        book = begun(archive, TWO_ZONES)
        book.begin(1)
        book.set_rules(rules_for(500, "scalp", "hands"))
        book.end(1)
        book.keep()
        session, _ = only(archive)
        assert (session.zone, session.needle_um) == ("neck", 250)

    def test_unknown_policy_leaves_the_zone_without_a_name(self, archive: Archive) -> None:
        book = Logbook(archive, NOW)
        book.set_clock()
        book.write(events.POLICY_SET, digest=77, needle_um=250, kept=0)
        book.zone_digest = 77
        book.use()
        book.keep()
        session, use = only(archive)
        assert session.zone is None
        assert use.policy.text == policy.for_needle(250).text

    @pytest.mark.parametrize("needle_um", [1, 99, 1001, 65535])
    def test_needle_that_no_policy_allows_is_judged_as_the_longest(
        self, archive: Archive, needle_um: int
    ) -> None:
        book = Logbook(archive, NOW)
        book.set_clock()
        book.write(events.POLICY_SET, digest=77, needle_um=needle_um, kept=0)
        book.use()
        book.keep()
        session, use = only(archive)
        assert use.policy.text == policy.for_needle(1000).text
        assert session.needle_um == needle_um

    def test_case_without_a_chosen_policy_uses_face_and_0_5_mm(self, archive: Archive) -> None:
        book = Logbook(archive, NOW)
        book.set_clock()
        book.use()
        book.keep()
        session, use = only(archive)
        assert (session.zone, session.needle_um) == ("face", 500)
        assert use.policy.text == policy.for_needle(500).text


class TestEarly:
    def test_early_use_says_how_much_of_the_rest_was_left(
        self, archive: Archive, book: Logbook
    ) -> None:
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

    def test_early_use_counts_from_the_longest_rest(self, archive: Archive, book: Logbook) -> None:
        at = book.now - CASE_EPOCH
        book.write(events.CLINIC, at=at, needle_um=1500, token=0)
        book.wait(2 * DAY)
        book.begin(how=events.OVERRIDE)
        book.end()
        book.keep()
        (early,) = uses(archive)
        assert early.early_s == WEEKLY.clinic_rest_s - 2 * DAY

    @pytest.mark.parametrize(
        ("rules", "zone"), [(WEEKLY, "face"), (TWO_ZONES, None)], ids=["one zone", "two zones"]
    )
    def test_early_use_with_several_zones_has_no_zone_name(
        self, archive: Archive, rules: Policy, zone: str | None
    ) -> None:
        book = begun(archive, rules)
        book.begin(how=events.OVERRIDE)
        book.end()
        book.keep()
        session, _ = only(archive)
        assert session.zone == zone

    def test_override_against_an_unknown_rest_is_early(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.begin(how=events.OVERRIDE)
        book.end()
        book.keep()
        _, use = only(archive)
        assert use.early_s == 1

    def test_zone_that_the_policy_does_not_name_rests_as_its_last_zone(
        self, archive: Archive
    ) -> None:
        book = begun(archive, TWO_ZONES)
        ended = book.use(1)
        book.begin(3, how=events.OVERRIDE)
        began = book.now
        book.end(3)
        book.keep()
        assert uses(archive)[1].early_s == ended + TWO_ZONES.rest_s - began

    def test_use_after_an_early_one_is_in_turn_again(self, archive: Archive, book: Logbook) -> None:
        book.use(how=events.OVERRIDE)
        book.wait(8 * DAY)
        book.use()
        book.keep()
        assert [use.early for use in uses(archive)] == [True, False]

    def test_use_after_an_early_one_is_not_early_if_its_start_was_lost(
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
    def test_expired_soak_is_not_the_soak_before_an_early_use(
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
    @pytest.mark.parametrize(
        ("rules", "zone"), [(WEEKLY, "face"), (TWO_ZONES, None)], ids=["one zone", "two zones"]
    )
    def test_use_told_afterwards_has_an_end_and_no_beginning(
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

    def test_use_told_after_a_power_loss_keeps_its_soak(
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

    def test_early_use_leaves_no_soak_for_a_use_told_afterwards(
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
    def test_use_that_lost_power_ended_when_power_was_back_or_at_its_time_limit(
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

    def test_use_that_lost_power_took_half_an_hour_where_nobody_knows_when_it_was_back(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.begin()
        began = book.now
        book.wait(100)
        book.start(60)
        book.write(events.CLOCK_HEARD, heard=1, source=events.FROM_HOST, why=0)
        book.keep()
        session, _ = only(archive)
        assert session.ended == began + 1800

    def test_use_that_lost_power_keeps_its_zone(self, archive: Archive) -> None:
        book = begun(archive, TWO_ZONES)
        book.begin(1)
        book.wait(100)
        book.start(60)
        book.keep()
        session, _ = only(archive)
        assert session.zone == "neck"

    def test_cancelled_use_before_a_power_loss_is_no_session(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.begin()
        book.end(seconds=9, how=events.CANCELLED)
        book.start(60)
        book.keep()
        assert history.read(archive).sessions == []

    def test_use_that_lost_power_is_cleaned_by_a_soak_of_the_next_run(
        self, archive: Archive, book: Logbook
    ) -> None:
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

    def test_lost_start_record_ends_a_use_that_lost_power(
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

    def test_use_told_afterwards_is_another_use_if_the_records_between_were_lost(
        self, archive: Archive, book: Logbook
    ) -> None:
        book.begin()
        book.wait(100)
        book.start(60)
        lost = book.last
        book.write(events.USE_ENDED, how=events.AFTERWARDS, seconds=90)
        book.keep(lost=[lost])
        cut, told = uses(archive)
        assert len({session.key for session in history.read(archive).sessions}) == 2
        assert (cut.end, cut.began is None) == (None, False)
        assert (told.began, told.seconds) == (None, 90)

    def test_soak_with_only_a_known_end_cleans_a_use_that_lost_power(
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
    def test_unsynced_clinic_session_is_a_session(self, archive: Archive) -> None:
        entry = write_clinic(archive)
        (found,) = history.read(archive).sessions
        assert found == Session(f"clinic {entry.token}", CLINIC_AT, 1500, "neck")
        assert found.at_clinic

    def test_clinic_session_told_to_two_cases_counts_once_as_written(
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

    def test_clinic_session_known_only_to_the_log_has_zone_and_time_of_the_log(
        self, archive: Archive
    ) -> None:
        book = begun(archive, TWO_ZONES)
        at = CLINIC_AT - CASE_EPOCH
        book.write(events.CLINIC, 1, at=at, needle_um=0, token=9)
        book.write(events.CLINIC, 0, at=at + 5, needle_um=0, token=0)
        book.write(events.CLINIC, 0, at=at + 6, needle_um=0, token=0)
        book.keep()
        found = history.read(archive).sessions
        assert [(session.ended - CLINIC_AT, session.zone) for session in found] == [
            (0, "neck"), (5, "face"), (6, "face"),
        ]  # fmt: skip
        assert len({session.key for session in found}) == 3


class TestZoned:
    def test_record_about_skin_has_the_name_of_its_zone_at_that_time(
        self, archive: Archive
    ) -> None:
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
            if placed.event.kind in zones.OF_A_ZONE or zone is not None
        ]
        assert found == [
            ("use_started", "face"), ("use_ended", "face"), ("use_started", "neck"),
            ("use_ended", "neck"), ("refused", "neck"), ("clinic", "scalp"), ("reaction", None),
        ]  # fmt: skip
        assert len(log.zones) == book.last


class TestSeveral:
    def test_sessions_of_two_cases_are_in_order_of_time(self, archive: Archive) -> None:
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

    def test_sessions_of_a_wiped_log_are_kept(self, archive: Archive, book: Logbook) -> None:
        book.use()
        book.keep()
        again = Logbook(archive, book.now + DAY, log=b"another!")
        again.set_clock()
        again.use()
        again.keep()
        found = history.read(archive).sessions
        assert len({session.key for session in found}) == 2

    def test_use_in_a_wiped_log_is_no_later_than_the_wipe(
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

    def test_new_log_without_records_bounds_no_session(
        self, archive: Archive, book: Logbook
    ) -> None:
        """A sync that broke off before the first record."""
        ended = book.use()
        book.keep()
        again = Logbook(archive, book.now + DAY, log=b"another!")
        again.keep(lost=[1], finished=False)
        assert [session.ended for session in history.read(archive).sessions] == [ended]

    def test_empty_database_has_no_sessions(self, archive: Archive) -> None:
        with archive.transaction():
            archive.keep_case("aa00", "pico", "0.1.0")
        assert history.read(archive).sessions == []
