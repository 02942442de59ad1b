"""Plans: which sessions are their steps, and when the next one is."""

import os
import time
from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st
from tests.host.lived_in import make_lived_in

from rollcore.policy import for_needle
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.guidance.numbers import FEWEST_SESSIONS, MOST_SESSIONS
from rollhost.history import history
from rollhost.history.plan import APART_S, Plan, months_after, plans
from rollhost.history.sessions import Session, Use

DAY = 86400
BEGAN = 1_790_000_000

RULES = for_needle(500)
AT_HOME = Use(1, None, None, 240, 0, 0, RULES, None)


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
    @given(held=HELD, rested=RESTED, wanted=st.integers(FEWEST_SESSIONS, MOST_SESSIONS), zone=ZONES)
    def test_every_plan_keeps_the_laws_of_plans(
        self, held: list[Session], rested: dict[str, int], wanted: int, zone: str | None
    ) -> None:
        found = only(plans([plan(wanted, zone=zone)], held, rested))
        its = [
            session
            for session in held
            if session.ended >= BEGAN and (zone is None or session.zone in (zone, None))
        ]
        ends = [session.ended for session in found.done]
        assert all(session in its for session in found.done)
        assert all(later - end >= APART_S for end, later in pairwise(ends))
        # Each session belongs to a step.
        assert all(any(0 <= session.ended - end < APART_S for end in ends) for session in its)
        # The next is not before the skin has rested, nor before the plan, nor a second time.
        about = [until for name, until in rested.items() if zone in (None, name)]
        assert all(found.next_at >= until for until in about)
        assert found.next_at >= BEGAN
        assert found.complete == (len(ends) >= wanted)
        if ends:
            away_s = (365 if found.complete else 28) * DAY - 3600  # clocks may be put on
            assert found.next_at >= ends[-1] + away_s

    @given(
        written=st.lists(
            st.tuples(ZONES, st.sampled_from([0, FEWEST_SESSIONS, MOST_SESSIONS])), max_size=12
        ),
    )
    def test_last_plan_entry_of_each_zone_counts(
        self, written: list[tuple[str | None, int]]
    ) -> None:
        entries = [plan(wanted, zone=zone) for zone, wanted in written]
        found = {found.zone: found.sessions for found in plans(entries, [], {})}
        assert found == {zone: wanted for zone, wanted in dict(written).items() if wanted}


class TestPlan:
    def test_weekly_sessions_are_plan_steps_three_weeks_apart(self) -> None:
        weekly = [session(days) for days in range(0, 50, 7)]
        assert [session.ended for session in of_face(*weekly).done] == [
            BEGAN, BEGAN + 21 * DAY, BEGAN + 42 * DAY,
        ]  # fmt: skip

    def test_clinic_session_is_a_plan_step_like_one_at_home(self) -> None:
        found = of_face(session(0), session(30, use=None), session(40))
        assert [session.at_clinic for session in found.done] == [False, True]

    def test_session_before_a_plan_is_no_step(self) -> None:
        assert of_face(session(-0.001)).done == []
        assert len(of_face(session(0)).done) == 1

    def test_session_of_an_unknown_zone_may_be_a_plan_step(self) -> None:
        assert len(of_face(session(1, zone=None), session(40, zone="neck")).done) == 1

    def test_plan_of_the_whole_skin_has_the_sessions_of_all_zones(self) -> None:
        held = [session(0, "face"), session(0.1, "neck"), session(30, "neck")]
        rested = {"face": BEGAN + 50 * DAY, "neck": BEGAN + 90 * DAY}
        found = only(plans([plan(zone=None)], held, rested))
        assert [session.zone for session in found.done] == ["face", "neck"]
        assert found.next_at == rested["neck"]

    def test_first_session_is_planned_for_the_beginning_of_the_plan(self) -> None:
        assert of_face().next_at == BEGAN

    def test_plan_continues_monthly_and_yearly_after_its_last_session(self) -> None:
        held = [session(days) for days in (0, 31, 62)]
        found = of_face(*held[:2], wanted=3)
        assert (found.complete, found.next_at) == (False, months_after(held[1].ended, 1))
        found = of_face(*held, wanted=3)
        assert (found.complete, found.next_at) == (True, months_after(held[2].ended, 12))
        again = session(430)
        found = of_face(*held, again, wanted=3)
        assert (found.complete, found.next_at) == (True, months_after(again.ended, 12))

    def test_rest_longer_than_a_month_delays_the_next_session(self) -> None:
        until = BEGAN + 42 * DAY
        assert of_face(session(0), rested={"face": until}).next_at == until

    def test_rest_of_another_zone_does_not_delay_the_next_session(self) -> None:
        found = of_face(rested={"face": 0, "neck": BEGAN + 90 * DAY})
        assert found.next_at == BEGAN

    def test_clinic_session_and_reaction_rest_the_skin_without_a_case(self) -> None:
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
    def test_months_after_keeps_the_time_of_day(self, unix: int, months: int, zone: str) -> None:
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

    def test_months_after_is_not_moved_by_a_clock_change(self) -> None:
        with local("Europe/Berlin"):
            began = int(datetime(2026, 3, 10, 21, 40).timestamp())
            assert months_after(began, 1) - began == 31 * DAY - 3600

    def test_months_after_uses_the_last_day_of_a_shorter_month(self) -> None:
        with local("UTC"):
            began = int(datetime(2027, 1, 31, 9).timestamp())
            found = [datetime.fromtimestamp(months_after(began, months)) for months in range(5)]
            assert [(moment.month, moment.day) for moment in found] == [
                (1, 31), (2, 28), (3, 31), (4, 30), (5, 31),
            ]  # fmt: skip
            leap = int(datetime(2028, 2, 29, 9).timestamp())
            assert datetime.fromtimestamp(months_after(leap, 12)) == datetime(2029, 2, 28, 9)


def test_every_session_of_a_real_database_counts_for_its_plan(home: Path) -> None:
    """What `sessions` returns is what a plan takes; a use with 0.25 mm is no step of one."""
    make_lived_in(home / "rollcase.db")
    with open_archive(home / "rollcase.db") as archive:
        held = history.read(archive).sessions
    found = {zone: only(plans([plan(zone=zone)], held, {})).done for zone in ("face", "scalp")}
    assert {zone: len(done) for zone, done in found.items()} == {"face": 1, "scalp": 0}


def test_day_that_was_said_is_that_of_the_next_session_unless_the_rest_ends_later() -> None:
    said = Entry(diary.PLAN, BEGAN, "face", data={"sessions": 4, "day": "2026-09-21"})
    for rested, day in ((0, "2026-09-21"), (BEGAN, "2026-09-21"), (BEGAN + 1, None)):
        found = only(plans([said], [], {"face": rested}))
        assert (found.next_at, found.next_day) == (max(BEGAN, rested), day)
        assert found.began_day == "2026-09-21"
