"""The words and the document of a status: headline, rest, last use, head, clock, rules."""

import pytest
from tests.host.logbook import MINUTE, Logbook, rules_for
from tests.host.status_logs import (
    DAY,
    HERE,
    NOW,
    TWO_ZONES,
    WEEKLY,
    begun,
    in_phase,
    row,
    told_now,
)

from rollcore import events, state
from rollcore.events import CASE_EPOCH
from rollhost.database.archive import Archive
from rollhost.history import case_status, history
from rollhost.output import units
from rollhost.output.status import case_document, case_lines, headline


class TestHeadline:
    @pytest.mark.parametrize(
        ("phase", "later_s", "says"),
        [
            (state.PREPARE, 0, "Rested. Before the next use: press the case's button and soak"),
            (state.SOAKING, 0, "Soaking until today 00:10."),
            (
                state.SOAKING,
                600,
                "At the last sync a soak was under way, to end by today 00:10. Sync to know more.",
            ),
            (state.DRYING, 0, "Drying until today 00:20."),
            (state.READY, 0, "Rested and disinfected: ready until today 00:50."),
            (state.ASKING, 0, "Was the roller used? If so, press the case's button; if not, hold"),
            (state.IN_USE, 1799, "In use."),
            (
                state.IN_USE,
                1800,
                "At the last sync a use was under way, to end by today 00:30. Sync to know more.",
            ),
            (state.CLEAN_ME, 3599, "Clean the roller now, and soak it."),
            (state.CLEAN_ME, 3600, "Clean the roller now: it is overdue."),
            (state.HEAD_EXPIRED, 0, "Not with this head: it is worn out. With a new one in, hold"),
            (
                state.RESTING,
                0,
                "Not yet: the skin rests until Thu 12 Nov 2026, 00:24 (7 days to go).",
            ),
        ],
    )
    def test_headline_answers_in_every_phase(
        self, archive: Archive, phase: str, later_s: int, says: str
    ) -> None:
        book = begun(archive, WEEKLY)
        in_phase(book, phase)
        about = told_now(archive, book, later_s)
        assert about.standing.phase == phase
        assert headline(about).startswith(says)
        assert headline(about).endswith(".")
        assert about.outdated is says.startswith("At the last sync")

    def test_headline_of_ready_without_a_soak_has_no_end(self, archive: Archive) -> None:
        book = begun(archive, rules_for(250, soak_before_min=0))
        assert headline(told_now(archive, book)) == "Rested; the soak is switched off."

    @pytest.mark.parametrize(
        ("later_s", "says"),
        [
            (7 * DAY, "Rested. Before the next use: "),
            (7 * DAY + 1, "Rested, as of Thu 5 Nov. Before a use: "),
            (60 * DAY, "Rested, as of Thu 5 Nov 2026. Before a use: "),
        ],
    )
    def test_headline_that_says_rested_says_as_of_which_sync_if_that_is_old(
        self, archive: Archive, later_s: int, says: str
    ) -> None:
        about = told_now(archive, begun(archive, WEEKLY), later_s)
        assert headline(about).startswith(says)
        document = case_document(about)
        assert document["says"] == headline(about)
        is_old = later_s > 7 * DAY
        assert document["as_of"] == ("2026-11-05T00:00:00+00:00" if is_old else None)
        assert len([line for line in case_lines(about) if "as of" in line]) == is_old

    def test_ready_without_a_soak_says_as_of_which_sync_if_that_is_old(
        self, archive: Archive
    ) -> None:
        book = begun(archive, rules_for(250, soak_before_min=0))
        says = "Rested, as of Thu 5 Nov; the soak is switched off."
        assert headline(told_now(archive, book, 8 * DAY)) == says

    def test_two_zones_of_which_one_has_rested_say_as_of_which_sync(self, archive: Archive) -> None:
        book = begun(archive, TWO_ZONES)
        in_phase(book, state.CLEAN_ME)
        about = told_now(archive, book, 8 * DAY)
        says = "Clean the roller now: it is overdue."
        assert headline(about) == says
        assert case_document(about)["as_of"] is None
        assert row(about, "Neck") == ["rested, as of Thu 5 Nov"]
        book.soak(events.AFTER_USE)
        about = told_now(archive, book, 8 * DAY)
        assert len(row(about, "Face")) == 1
        assert headline(about).startswith("Rested, as of Thu 5 Nov: neck. Before")
        assert row(about, "Neck") == ["rested"]

    @pytest.mark.parametrize("phase", [state.RESTING, state.HEAD_EXPIRED, state.CLEAN_ME])
    def test_headline_that_forbids_a_use_says_no_sync(self, archive: Archive, phase: str) -> None:
        book = begun(archive, rules_for(500))
        in_phase(book, phase)
        about = told_now(archive, book, 8 * DAY)
        assert about.standing.phase == phase
        assert "as of" not in headline(about)
        assert case_document(about)["as_of"] is None

    def test_headline_says_why_a_use_has_to_wait(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.write(events.CLINIC, at=NOW, needle_um=0, token=0)
        assert "rests after a session at a clinic until" in headline(told_now(archive, book))
        book.wait(20 * DAY)
        at = book.now - CASE_EPOCH
        book.write(events.REACTION, open=1, at=at, token=1)
        assert headline(told_now(archive, book)) == "On hold: a reaction of the skin is open."
        book.write(events.REACTION, open=0, at=at, token=2)
        assert "rests after a reaction until" in headline(told_now(archive, book))

    @pytest.mark.parametrize(
        ("reason", "until", "says"),
        [
            (events.SUNBURN, 0, "On hold (sunburn) until it has healed."),
            (events.KELOIDS, 0, "On hold (keloids) until a doctor says yes."),
            (events.OTHER, 0, "On hold (other)."),
            (
                events.SUNBURN,
                NOW + DAY,
                "On hold (sunburn) until tomorrow 00:00, or longer, until it has healed.",
            ),
            (events.OTHER, NOW + DAY, "On hold (other) until tomorrow 00:00."),
        ],
    )
    def test_headline_of_a_hold_says_reason_and_end(
        self, archive: Archive, reason: int, until: int, says: str
    ) -> None:
        book = begun(archive, WEEKLY)
        book.write(events.HOLD_SET, reason=reason, until=until, token=0)
        assert headline(told_now(archive, book)) == says

    def test_headline_never_calls_a_zone_rested_that_was_asked_for_early(
        self, archive: Archive
    ) -> None:
        book = begun(archive, WEEKLY)
        in_phase(book, state.RESTING)
        book.write(events.OVERRIDE_ASKED, until=0, digest=0)
        said = "Not rested: a use against the rest was asked for at the case. "
        then = "Before it, press the case's button and soak the roller."
        assert headline(told_now(archive, book)) == said + then
        book.soak(events.BEFORE_USE)
        assert headline(told_now(archive, book)) == said + "The roller dries."
        book.wait(600)
        ready = headline(told_now(archive, book))
        assert ready.startswith(said + "It is ready until ")

    def test_headline_of_a_head_that_is_out_does_not_call_it_worn(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.write(events.HEAD_OUT, reason=events.HEAD_BENT, uses=0, token=1)
        day = units.short_day(book.now, book.now)
        says = f"The head is out: bent, {day}. With a new one in, hold the button 10 s."
        assert headline(told_now(archive, book)) == says


class TestRest:
    """The rest is told also where something else comes first."""

    @pytest.mark.parametrize("phase", [state.CLEAN_ME, state.DRYING])
    def test_rest_of_the_only_zone_is_shown_while_the_roller_is_cleaned(
        self, archive: Archive, phase: str
    ) -> None:
        book = begun(archive, WEEKLY)
        book.begin()
        book.end()
        if phase == state.DRYING:
            book.clean()
        about = told_now(archive, book)
        assert about.standing.phase == phase
        assert row(about, "Face") == ["rests until Thu 12 Nov 2026, 00:04"]

    def test_rest_is_shown_only_in_the_headline_when_nothing_else_comes_first(
        self, archive: Archive
    ) -> None:
        book = begun(archive, WEEKLY)
        in_phase(book, state.RESTING)
        assert row(told_now(archive, book), "Face") == []

    def test_rest_of_each_of_two_zones_is_shown(self, archive: Archive) -> None:
        book = begun(archive, rules_for(250, "face", "neck"))
        book.use(0)
        book.use(1)
        book.wait(40 * MINUTE)
        about = told_now(archive, book)
        assert about.standing.phase == state.RESTING
        assert row(about, "Face") == ["rests until Thu 12 Nov 2026, 00:24"]
        assert row(about, "Neck") == ["rests until Thu 12 Nov 2026, 01:03"]

    def test_rest_is_shown_during_a_hold(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.write(events.HOLD_SET, reason=events.SUNBURN, until=0, token=0)
        assert row(told_now(archive, book), "Face") == ["rested"]

    def test_zone_says_what_it_rests_from(self, archive: Archive) -> None:
        book = begun(archive, rules_for(250, "face", "neck"))
        book.write(events.CLINIC, 1, at=book.now - CASE_EPOCH, needle_um=0, token=0)
        about = told_now(archive, book)
        assert row(about, "Face") == ["rested"]
        (told,) = row(about, "Neck")
        assert told.startswith("rests after a session at a clinic until ")

    @pytest.mark.parametrize(("days", "told"), [(0, "sunburn"), (5, "sunburn until ")])
    def test_hold_is_shown_whatever_comes_first(
        self, archive: Archive, days: int, told: str
    ) -> None:
        book = begun(archive, WEEKLY)
        until = book.now + days * DAY - CASE_EPOCH if days else 0
        book.write(events.HOLD_SET, reason=events.SUNBURN, until=until, token=0)
        book.begin()
        book.end()
        about = told_now(archive, book)
        assert about.standing.phase == state.CLEAN_ME
        (line,) = row(about, "On hold")
        assert line.startswith(told)
        held = case_document(about)["hold"]
        assert isinstance(held, dict)
        assert (held["reason"], held["until"] is not None) == ("sunburn", days > 0)

    def test_ended_hold_is_not_shown(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.write(events.HOLD_SET, reason=events.SUNBURN, until=book.now - CASE_EPOCH, token=0)
        book.begin()
        book.end()
        about = told_now(archive, book)
        assert row(about, "On hold") == []
        assert case_document(about)["hold"] is None


class TestLastUse:
    def used(self, archive: Archive, book: Logbook) -> list[str]:
        return row(told_now(archive, book), "Last use")

    def test_last_use_is_not_shown_when_there_was_none(self, archive: Archive) -> None:
        about = told_now(archive, begun(archive, WEEKLY))
        assert row(about, "Last use") == []
        assert case_document(about)["last_use"] is None
        assert case_document(about)["disinfected"] is None

    def test_last_use_that_was_cleaned_in_time(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.use()
        about = told_now(archive, book)
        assert row(about, "Last use") == [
            "today 00:24, 4 minutes", "disinfected before and after",
        ]  # fmt: skip
        assert row(about, "Disinfected") == ["today 00:39"]
        assert case_document(about)["last_use"] == {
            "earliest": "2026-11-05T00:24:00+00:00",
            "latest": "2026-11-05T00:24:00+00:00",
            "seconds": 240,
            "zone": "face",
            "early": False,
            "early_by_later": False,
            "disinfected_before": True,
            "cleaned_in_time": True,
        }
        assert case_document(about)["disinfected"] == {
            "earliest": "2026-11-05T00:39:00+00:00",
            "latest": "2026-11-05T00:39:00+00:00",
        }

    def test_soak_of_the_head_before_is_not_said_to_be_of_the_new_one(
        self, archive: Archive
    ) -> None:
        book = begun(archive, WEEKLY)
        book.use()
        book.wait(MINUTE)
        book.write(events.HEAD_NEW, uses=1, token=5)
        about = told_now(archive, book)
        assert row(about, "Disinfected") == ["today 00:39; the head before this one"]
        assert case_document(about)["disinfected_before_this_head"] is True
        book.wait(7 * DAY)
        book.use()
        (when,) = row(told_now(archive, book), "Disinfected")
        assert when.startswith("today")
        assert "head" not in when
        assert case_document(told_now(archive, book))["disinfected_before_this_head"] is False

    def test_last_use_that_was_early_unsoaked_and_not_clean_yet(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.begin(how=events.OVERRIDE)
        book.end()
        assert self.used(archive, book) == [
            "today 00:04, 4 minutes, early, against the rest",
            "not disinfected before, not disinfected after it yet",
        ]

    def test_last_use_that_was_cleaned_late(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.prepare()
        book.begin()
        book.end()
        book.clean(5 * 3600)
        assert self.used(archive, book)[1] == "disinfected before, disinfected only 5 hours after"

    def test_last_use_without_a_soak_before_that_was_cleaned_in_time(
        self, archive: Archive
    ) -> None:
        book = begun(archive, WEEKLY)
        book.use(how=events.OVERRIDE)
        assert self.used(archive, book)[1] == "not disinfected before, disinfected after"

    @pytest.mark.parametrize(
        ("numbers", "told"),
        [
            (
                {"soak_before_min": 0, "soak_after_min": 0},
                ["the soaks before and after it were switched off"],
            ),
            (
                {"soak_after_min": 0},
                ["not disinfected before, the soak after it was switched off"],
            ),
            (
                {"soak_before_min": 0},
                ["the soak before it was switched off, not disinfected after it yet"],
            ),
        ],
    )
    def test_last_use_names_soaks_that_the_policy_leaves_out(
        self, archive: Archive, numbers: dict[str, int], told: list[str]
    ) -> None:
        book = begun(archive, rules_for(250, **numbers))
        book.begin()
        book.end()
        assert self.used(archive, book)[1:] == told

    def test_last_use_that_lost_power_says_what_is_known(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.begin()
        book.wait(100)
        book.start(DAY)
        book.set_clock()
        about = told_now(archive, book)
        assert row(about, "Last use")[0].startswith("began yesterday 00:00, its end is not known")
        last = case_document(about)["last_use"]
        assert isinstance(last, dict)
        assert (last["earliest"], last["seconds"]) == ("2026-11-05T00:00:00+00:00", None)

    def test_last_use_can_be_in_a_wiped_log(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.use()
        book.use()
        used = self.used(archive, book)
        again = Logbook(archive, book.now, log=b"another!")
        again.set_clock()
        assert self.used(archive, again) == used
        again.use()
        assert self.used(archive, again) != used

    def test_last_use_can_be_in_a_flash_that_was_taken_out_again(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.use()
        book.keep()
        other = Logbook(archive, book.now + DAY, log=b"another!")
        other.set_clock()
        other.set_rules(WEEKLY)
        used = other.use()
        other.keep()
        book.start(other.now - book.now)
        book.set_clock()
        about = told_now(archive, book)
        assert about.last_use is not None
        assert about.last_use.ended == used


class TestHead:
    def test_unused_head_is_shown_as_new(self, archive: Archive) -> None:
        about = told_now(archive, begun(archive, WEEKLY))
        assert row(about, "Waiting") == []
        assert row(about, "Head") == ["used 0 of 10 times, new"]
        assert case_document(about)["head"] == {
            "may_be_used": True,
            "uses": 0, "most_uses": 10, "days": 0, "most_days": 90, "worn_out": None,
            "out": None, "zone": None, "used_on_others": [],
        }  # fmt: skip

    def test_head_is_shown_with_a_forecast_by_uses_or_age(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.use()
        about = told_now(archive, book, DAY)
        assert row(about, "Head") == [
            "used 1 of 10 times, day 2 of 90", "at this pace worn out on 7 Jan 2027",
        ]  # fmt: skip
        head = case_document(about)["head"]
        assert isinstance(head, dict)
        assert head["worn_out"] == "2027-01-07T00:24:00+00:00"
        book.set_rules(rules_for(250, head_days=30), kept=1)
        about = told_now(archive, book)
        assert row(about, "Head")[1] == "worn out on 5 Dec 2026"

    def test_days_of_a_head_begin_with_the_head(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        used = book.use()
        book.keep()
        for later_s, told in ((50 * DAY - 1, 50), (50 * DAY, 51)):
            about = case_status.summarise(history.read(archive), book.case, used + later_s)
            assert about.head_days == told
            assert row(about, "Head")[0] == f"used 1 of 10 times, day {told} of 90"

    def test_overdue_use_may_be_the_last_of_a_head_today(self, archive: Archive) -> None:
        book = begun(archive, rules_for(250, head_uses=2, head_warn_uses=1))
        book.use()
        about = told_now(archive, book, 30 * DAY)
        assert about.head_ends is not None
        assert about.head_ends.at == about.now

    def test_worn_head_has_no_forecast(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        in_phase(book, state.HEAD_EXPIRED)
        about = told_now(archive, book)
        assert row(about, "Head") == ["used 10 of 10 times, day 1 of 90"]


class TestClock:
    @pytest.mark.parametrize(
        ("behind_s", "told"),
        [
            (0, "its clock was right"),
            (5, "its clock was right"),
            (-5, "its clock was right"),
            (6, "its clock was 6 seconds behind"),
            (-7200, "its clock was 2 hours ahead"),
            (3 * DAY, "its clock was 3 days behind"),
            # From the first day that a clock can show on it was not the first time.
            (NOW - events.FIRST_PLAUSIBLE, "its clock was 308 days behind"),
            (NOW - events.FIRST_PLAUSIBLE + 1, "its clock had never been set"),
        ],
    )
    def test_clock_line_says_how_far_the_clock_was_off(
        self, archive: Archive, behind_s: int, told: str
    ) -> None:
        book = begun(archive, WEEKLY)
        book.behind = behind_s
        about = told_now(archive, book)
        assert row(about, "Synced") == [f"today 00:00; {told}"]
        assert case_document(about)["clock_behind_s"] == behind_s
        assert case_document(about)["synced"] == "2026-11-05T00:00:00+00:00"

    def test_case_whose_only_sync_broke_off_has_no_clock_line(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.keep(finished=False)
        about = case_status.summarise(history.read(archive), book.case, book.now)
        assert row(about, "Synced") == []
        assert case_document(about)["synced"] is None
        assert case_lines(about)[-1].startswith("The last sync broke off")

    def test_case_synced_after_an_interrupted_sync_is_complete(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.keep(finished=False)
        assert not [line for line in case_lines(told_now(archive, book)) if "broke" in line]
        book.wait(60)
        book.keep(finished=False)
        about = case_status.summarise(history.read(archive), book.case, book.now)
        assert case_lines(about)[-1].startswith("The last sync broke off")

    def test_case_whose_clock_is_ahead_has_lived_through_what_it_says(
        self, archive: Archive
    ) -> None:
        book = begun(archive, WEEKLY)
        book.behind = -10 * DAY
        book.use()
        book.keep(finished=False)
        about = case_status.summarise(history.read(archive), book.case, book.now)
        assert about.now == book.now + 10 * DAY
        assert about.state.time <= about.now - CASE_EPOCH


class TestRules:
    def test_policy_that_nobody_chose_is_shown_as_assumed(self, archive: Archive) -> None:
        assert "assumed" in " ".join(row(told_now(archive, begun(archive)), "Rules"))
        book = Logbook(archive, HERE, "bb00")
        book.set_rules(WEEKLY)
        assert row(told_now(archive, book), "Rules") == ["0.25 mm needles, 7 days of rest"]

    def test_status_json_has_the_policy_in_millimetres_and_days(self, archive: Archive) -> None:
        found = case_document(told_now(archive, begun(archive, WEEKLY)))
        assert (found["needle_mm"], found["rest_days"]) == (0.25, 7)

    def test_missing_records_are_counted(self, archive: Archive) -> None:
        book = begun(archive, WEEKLY)
        book.keep(lost=[2])
        about = case_status.summarise(history.read(archive), book.case, book.now)
        assert (about.records, about.missing) == (2, 1)
        assert row(about, "Missing") == ["1 record that the case no longer held"]

    def test_case_without_a_complete_sync_has_a_status(self, archive: Archive) -> None:
        with archive.transaction():
            archive.keep_case("aa00", "pico", "0.1.0")
        about = case_status.summarise(history.read(archive), archive.cases()[0], HERE)
        assert headline(about).startswith("Rested.")
        assert (about.records, about.missing, about.last_use) == (0, 0, None)
