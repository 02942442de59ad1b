"""Courses: which sessions are their steps, when the next one is, and how it is said."""

import os
import sqlite3
import time
from calendar import monthrange
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.conftest import Host
from tests.host.commands.test_entries import run_main
from tests.host.complaints import complaint, sentence_and_step
from tests.host.lived_in import make_lived_in

from rollcore.policy import Policy, for_needle, numbers_of
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.history import history
from rollhost.history.plan import APART_S, FEWEST, MOST, Plan, months_after, plans
from rollhost.history.sessions import Session, Use

HostJson = Callable[..., dict[str, Any]]

DAY = 86400
BEGAN = 1_790_000_000
NOW = "2026-11-21T10:00:00Z"
"""When the case of `make_lived_in` was synced."""

RULES = for_needle(500)
AT_HOME = Use(1, None, None, 240, 0, 0, RULES, None)


@pytest.fixture(autouse=True)
def now(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be one moment for every command."""
    monkeypatch.setenv("ROLLCASE_NOW", NOW)


@contextmanager
def local(zone: str) -> Iterator[None]:
    """Let it be that time zone here."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()


def plan(wanted: int = 4, at: int = BEGAN, zone: str | None = "face") -> Entry:
    return Entry(diary.PLAN, at, zone, data={"sessions": wanted})


def session(days: float, zone: str | None = "face", use: Use | None = AT_HOME) -> Session:
    """Return a session so many days after `BEGAN`."""
    return Session(f"use {days} {zone}", BEGAN + int(days * DAY), 500, zone, use)


def only(found: list[Plan]) -> Plan:
    (one,) = found
    return one


def of_face(*held: Session, wanted: int = 4, rested: dict[str, int] | None = None) -> Plan:
    """Return the only plan, for the face, after these sessions."""
    return only(plans([plan(wanted)], list(held), {"face": 0} if rested is None else rested))


ZONES = st.sampled_from(["face", "neck", None])
HELD = st.lists(
    st.builds(session, st.floats(-60, 900), ZONES, st.sampled_from([AT_HOME, None])), max_size=30
).map(lambda found: sorted(found, key=lambda one: one.ended))
RESTED = st.dictionaries(
    st.sampled_from(["face", "neck"]), st.just(0) | st.integers(BEGAN - DAY, BEGAN + 900 * DAY)
)


class TestLaws:
    @given(held=HELD, rested=RESTED, wanted=st.integers(FEWEST, MOST), zone=ZONES)
    def test_of_every_plan(
        self, held: list[Session], rested: dict[str, int], wanted: int, zone: str | None
    ) -> None:
        found = only(plans([plan(wanted, zone=zone)], held, rested))
        its = [
            one for one in held if one.ended >= BEGAN and (zone is None or one.zone in (zone, None))
        ]
        ends = [one.ended for one in found.done]
        assert all(one in its for one in found.done)
        assert all(later - end >= APART_S for end, later in pairwise(ends))
        # Each session belongs to a step.
        assert all(any(0 <= one.ended - end < APART_S for end in ends) for one in its)
        # The next is not before the skin has rested, nor before the course, nor a second time.
        about = [until for name, until in rested.items() if zone in (None, name)]
        assert all(found.next_at >= until for until in about)
        assert found.next_at >= BEGAN
        assert found.complete == (len(ends) >= wanted)
        if ends:
            away_s = (365 if found.complete else 28) * DAY - 3600  # clocks may be put on
            assert found.next_at >= ends[-1] + away_s

    @given(
        written=st.lists(st.tuples(ZONES, st.sampled_from([0, FEWEST, MOST])), max_size=12),
    )
    def test_of_each_zone_the_last_word_counts(self, written: list[tuple[str | None, int]]) -> None:
        entries = [plan(wanted, zone=zone) for zone, wanted in written]
        found = {one.zone: one.sessions for one in plans(entries, [], {})}
        assert found == {zone: wanted for zone, wanted in dict(written).items() if wanted}


class TestPlan:
    def test_weekly_sessions_are_steps_three_weeks_apart(self) -> None:
        weekly = [session(days) for days in range(0, 50, 7)]
        assert [one.ended for one in of_face(*weekly).done] == [
            BEGAN, BEGAN + 21 * DAY, BEGAN + 42 * DAY,
        ]  # fmt: skip

    def test_one_at_a_clinic_is_a_step_like_one_at_home(self) -> None:
        found = of_face(session(0), session(30, use=None), session(40))
        assert [one.at_clinic for one in found.done] == [False, True]

    def test_what_was_before_it_is_no_step(self) -> None:
        assert of_face(session(-0.001)).done == []
        assert len(of_face(session(0)).done) == 1

    def test_a_session_of_which_nobody_knows_the_zone_may_be_its(self) -> None:
        assert len(of_face(session(1, zone=None), session(40, zone="neck")).done) == 1

    def test_a_course_of_the_whole_skin_has_the_sessions_of_all_zones(self) -> None:
        held = [session(0, "face"), session(0.1, "neck"), session(30, "neck")]
        rested = {"face": BEGAN + 50 * DAY, "neck": BEGAN + 90 * DAY}
        found = only(plans([plan(zone=None)], held, rested))
        assert [one.zone for one in found.done] == ["face", "neck"]
        assert found.next_at == rested["neck"]

    def test_the_first_is_planned_for_when_it_begins(self) -> None:
        assert of_face().next_at == BEGAN

    def test_then_it_is_one_a_month_and_after_the_last_one_a_year(self) -> None:
        held = [session(days) for days in (0, 31, 62)]
        found = of_face(*held[:2], wanted=3)
        assert (found.complete, found.next_at) == (False, months_after(held[1].ended, 1))
        found = of_face(*held, wanted=3)
        assert (found.complete, found.next_at) == (True, months_after(held[2].ended, 12))
        again = session(430)
        found = of_face(*held, again, wanted=3)
        assert (found.complete, found.next_at) == (True, months_after(again.ended, 12))

    def test_a_rest_that_is_longer_than_a_month_wins(self) -> None:
        until = BEGAN + 42 * DAY
        assert of_face(session(0), rested={"face": until}).next_at == until

    def test_the_rest_of_another_zone_does_not_count(self) -> None:
        found = of_face(rested={"face": 0, "neck": BEGAN + 90 * DAY})
        assert found.next_at == BEGAN

    def test_without_a_case_a_session_at_a_clinic_and_a_reaction_rest_all_the_same(self) -> None:
        clinic = session(-3, use=None)
        until = clinic.ended + RULES.clinic_rest_s
        assert of_face(clinic, rested={}).next_at == until
        assert of_face(session(-3, "neck", None), rested={}).next_at == BEGAN
        over = Entry(diary.REACTION_OVER, BEGAN, data={"reaction": 1})
        plan = Entry(diary.PLAN, BEGAN, "face", data={"sessions": 4})
        (found,) = plans([plan, over], [], {})
        assert found.next_at == BEGAN + RULES.reaction_rest_s
        (found,) = plans([plan, over], [], {"face": 0})
        assert found.next_at == BEGAN
        # A case that knows the zone knows of the session too, and has rules of its own.
        assert of_face(clinic, rested={"face": 0}).next_at == BEGAN


class TestMonthsAfter:
    @given(
        unix=st.integers(1_577_836_800, 4_000_000_000),
        months=st.integers(0, 200),
        zone=st.sampled_from(
            ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
        ),
    )
    @example(unix=1_772_335_800, months=1, zone="Europe/Berlin")  # to 02:30 on 29 March 2026
    @example(unix=1_887_845_400, months=29, zone="Europe/Berlin")  # from the second 02:30 to none
    def test_it_is_the_same_time_of_day_in_the_month_that_is_meant(
        self, unix: int, months: int, zone: str
    ) -> None:
        with local(zone):
            then = datetime.fromtimestamp(unix)
            found = datetime.fromtimestamp(months_after(unix, months))
            assert found.year * 12 + found.month == then.year * 12 + then.month + months
            assert found.day == min(then.day, monthrange(found.year, found.month)[1])
            wanted = then.replace(year=found.year, month=found.month, day=found.day, fold=0)
            if datetime.fromtimestamp(wanted.timestamp()) == wanted:
                assert found.time() == then.time()
            else:  # there is no such time on that day
                assert 0 < (found - wanted).total_seconds() <= 3600

    def test_clocks_that_are_put_on_do_not_move_it(self) -> None:
        with local("Europe/Berlin"):
            began = int(datetime(2026, 3, 10, 21, 40).timestamp())
            assert months_after(began, 1) - began == 31 * DAY - 3600

    def test_a_month_without_that_day_ends_earlier_and_is_not_skipped(self) -> None:
        with local("UTC"):
            began = int(datetime(2027, 1, 31, 9).timestamp())
            found = [datetime.fromtimestamp(months_after(began, months)) for months in range(5)]
            assert [(one.month, one.day) for one in found] == [
                (1, 31), (2, 28), (3, 31), (4, 30), (5, 31),
            ]  # fmt: skip
            leap = int(datetime(2028, 2, 29, 9).timestamp())
            assert datetime.fromtimestamp(months_after(leap, 12)) == datetime(2029, 2, 28, 9)


def said(host: Host, *argv: str) -> list[str]:
    """Run a command that has to succeed; return the lines that it printed."""
    result = host(*argv)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout.splitlines()


def rows(home: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(home / "rollcase.db") as database:
        return database.execute("SELECT * FROM entries WHERE kind <> 'policy'").fetchall()


def know_two_zones(home: Path) -> None:
    """Make a database whose rules name face and neck."""
    rules = Policy(numbers_of(RULES.changed(revision=1)), ("face", "neck"))
    with open_archive(home / "rollcase.db", create=True) as archive, archive.transaction():
        archive.pend_policy(archive.keep_case("5c1f0a2b3c4d5e6f", "pico", "0.1.0"), rules)


OWN = "This is your own plan: what your clinic says counts more."


class TestCommand:
    def test_a_course_begins_today(self, host: Host, host_json: HostJson) -> None:
        assert said(host, "plan", "start") == [
            "Course of 4 sessions, face: none done yet, the first is due today.", OWN,
        ]  # fmt: skip
        document = host_json("plan")
        assert document == {
            "schema_version": 1,
            "courses": [
                {
                    "zone": "face",
                    "began": "2026-11-21T00:00:00+00:00",
                    "sessions": 4,
                    "done": 0,
                    "complete": False,
                    "next": "2026-11-21T00:00:00+00:00",
                    "due": True,
                    "steps": [],
                }
            ],
            "held": [],
        }

    def test_a_session_of_the_same_day_is_its_first(self, host: Host) -> None:
        said(host, "clinic", "today 08:00", "--needle", "1.5")
        assert said(host, "plan", "start")[:2] == [
            "Course of 4 sessions, face: 1 done, the next from Mon 21 Dec 2026 on.",
            "  1  Sat 21 Nov 2026, at a clinic, 1.5 mm",
        ]

    def test_uses_of_a_case_are_steps_and_its_rest_counts(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        make_lived_in(home / "rollcase.db")
        assert said(host, "plan", "start", "--sessions", "3", "--from", "2d")[:2] == [
            "Course of 3 sessions, face: 1 done, the next from Sun 20 Dec 2026 on.",
            "  1  Fri 20 Nov 2026, at home, 0.25 mm",
        ]
        (found,) = host_json("plan")["courses"]
        assert found["steps"] == [
            {
                "at": "2026-11-20T09:49:00+00:00",
                "at_clinic": False,
                "zone": "face",
                "needle_mm": 0.25,
            }
        ]
        # A session at a clinic of which the case has not been told yet.
        said(host, "plan", "start", "--sessions", "3", "--from", "2026-11-21")
        (found,) = host_json("plan")["courses"]
        assert (found["next"], found["due"]) == ("2026-12-16T10:00:00+00:00", False)

    def test_all_of_it_done_is_one_a_year(
        self, host: Host, host_json: HostJson, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for day in ("2026-05-01 09:00", "2026-06-05 09:00", "2026-07-05 09:00"):
            said(host, "clinic", day)
        said(host, "plan", "start", "--sessions", "3", "--from", "2026-05-01")
        assert said(host, "plan") == [
            "Course of 3 sessions, face: all done, now one a year, the next from Mon 5 Jul 2027"
            " on.",
            "  1  Fri 1 May 2026, at a clinic",
            "  2  Fri 5 Jun 2026, at a clinic",
            "  3  Sun 5 Jul 2026, at a clinic",
        ]
        monkeypatch.setenv("ROLLCASE_NOW", "2027-07-06T09:00:00Z")
        assert said(host, "plan")[0].endswith("now one a year, the next was due on Mon 5 Jul 2027.")
        assert host_json("plan")["courses"][0]["due"] is True

    def test_one_that_lies_ahead_says_when(self, host: Host) -> None:
        assert said(host, "plan", "start", "--from", "2026-12-01")[0] == (
            "Course of 4 sessions, face: none done yet, the first from Tue 1 Dec 2026 on."
        )

    def test_a_new_one_takes_the_place_of_the_old_one(
        self, host: Host, host_json: HostJson
    ) -> None:
        said(host, "plan", "start", "--sessions", "5", "--from", "2026-09-01")
        assert said(host, "plan", "start", "--sessions", "6")[0] == (
            "The course of 5 sessions from Tue 1 Sep 2026 on is over; this one takes its place."
        )
        document = host_json("plan", "start")
        assert [one["sessions"] for one in document["replaced"]] == [6]
        assert document["entry"]["sessions"] == document["course"]["sessions"] == 4
        assert [one["sessions"] for one in host_json("plan")["courses"]] == [4]

    def test_it_ends(self, host: Host, host_json: HostJson) -> None:
        said(host, "plan", "start")
        assert said(host, "plan", "end") == ["Written down: the course is over, face."]
        assert said(host, "plan") == ["No course runs."]
        assert host_json("plan")["courses"] == []

    def test_each_zone_has_its_own(self, host: Host, host_json: HostJson, home: Path) -> None:
        know_two_zones(home)
        sentence, step = complaint(host("plan", "start"), 2)
        assert (sentence, step) == ("No area of skin was named.", "Say --zone: face or neck.")
        said(host, "plan", "start", "--zone", "face")
        second = said(host, "plan", "start", "--zone", "neck", "--sessions", "6")
        assert second[0].startswith("Course of 6 sessions, neck")
        assert [line.partition(":")[0] for line in said(host, "plan")] == [
            "Course of 4 sessions, face", "Course of 6 sessions, neck",
        ]  # fmt: skip
        assert len(said(host, "plan", "--zone", "neck")) == 1
        before = rows(home)
        sentence, step = complaint(host("plan", "end"), 2)
        assert (sentence, step) == ("Several courses run: face, neck.", "Say which with --zone.")
        assert rows(home) == before
        said(host, "plan", "end", "--zone", "face")
        assert [one["zone"] for one in host_json("plan")["courses"]] == ["neck"]

    def test_one_for_a_zone_that_the_rules_name_no_more_can_end(
        self, host: Host, host_json: HostJson, home: Path
    ) -> None:
        said(host, "plan", "start")
        rules = Policy(numbers_of(RULES.changed(revision=1)), ("neck",))
        with open_archive(home / "rollcase.db") as archive, archive.transaction():
            archive.pend_policy(archive.keep_case("5c1f0a2b3c4d5e6f", "pico", "0.1.0"), rules)
        complaint(host("plan", "start", "--zone", "face"), 2)
        said(host, "plan", "end", "--zone", "face")
        assert host_json("plan")["courses"] == []

    def test_what_holds_the_skin_is_said_with_it(self, host: Host, host_json: HostJson) -> None:
        said(host, "plan", "start")
        said(host, "reaction", "open")
        assert said(host, "plan")[-1] == "A reaction of the skin is open."
        assert host_json("plan")["held"] == ["A reaction of the skin is open."]

    def test_a_hold_of_a_case_is_said_with_it(self, host: Host, home: Path) -> None:
        know_two_zones(home)
        said(host, "hold", "sunburn")
        assert "On hold (sunburn)." in said(host, "plan", "start", "--zone", "face")

    def test_a_plan_is_told_to_no_case(self, host: Host, host_json: HostJson, home: Path) -> None:
        make_lived_in(home / "rollcase.db")
        before = host_json("status")["cases"][0]["waiting"]
        said(host, "plan", "start")
        assert host_json("status")["cases"][0]["waiting"] == before

    @pytest.mark.parametrize(
        "argv",
        [
            ["pause"],
            ["start", "--sessions", "2"],
            ["start", "--sessions", "7"],
            ["start", "--sessions", "four"],
            ["start", "--from", "once"],
            ["start", "--from", "2019-12-31"],
            ["start", "--from", "2026-02-30"],
            ["start", "--from", "2027-11-23"],
            ["start", "--from", "9999-12-31"],
            ["start", "--from", ""],
            ["start", "--zone", "knee"],
            ["start", "--zone", ""],
            ["end"],
            ["end", "--zone", "face"],
            ["end", "--sessions", "4"],
            ["end", "--from", "today"],
            ["--sessions", "4"],
            ["--from", "today"],
        ],
        ids=" ".join,
    )
    def test_bad_words_make_no_database(
        self, home: Path, capsys: pytest.CaptureFixture[str], argv: list[str]
    ) -> None:
        code, out, err = run_main(capsys, ["plan", *argv])
        assert (code, out) == (2, "")
        sentence_and_step(err)
        assert not (home / "rollcase.db").exists()

    def test_its_text_sends_nobody_to_a_clinic_twice(self, host: Host) -> None:
        text = host("plan", "start").stdout + host("plan", "--help").stdout
        assert text.count("clinic") == 1


def test_every_session_of_a_real_database_is_looked_at(home: Path) -> None:
    """What `sessions` returns is what a course takes."""
    make_lived_in(home / "rollcase.db")
    with open_archive(home / "rollcase.db") as archive:
        held = history.read(archive).sessions
    found = {zone: only(plans([plan(zone=zone)], held, {})).done for zone in ("face", "scalp")}
    assert {zone: len(done) for zone, done in found.items()} == {"face": 1, "scalp": 1}
