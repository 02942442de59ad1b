"""The self-test against a case on a pseudo-terminal: whose log it takes, what it notices."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.host.living_case import LivingCase
from tests.host.scripted_case import HANG_UP, only

from rollcase.app import App
from rollcore import events, policy, snapshot
from rollcore.events import SYNCHRONISED, Event
from rollcore.memory import NEVER, State
from rollhost.board import selftest
from rollhost.board.selftest import (
    CABLE,
    LONG_PRESS,
    NEW_LOG,
    POWER,
    PRESS,
    Done,
    Owned,
    Plan,
    Result,
    SelfTest,
    is_nobodys,
)
from rollhost.case.connection import Line
from rollhost.database.archive import Archive
from rollhost.database.open import open_archive
from rollhost.errors import CaseError

PLAN = Plan(syncs=3, records=130, clock_s=0, ticks=1)
"""More records than a block of flash holds."""


@pytest.fixture
def case(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LivingCase]:
    """A virtual case that was never used."""
    one = LivingCase(home / "case")
    with one:
        monkeypatch.setattr(selftest, "time", one)
        yield one


@pytest.fixture
def thrown_away(home: Path) -> Iterator[Archive]:
    """A database for one run."""
    with open_archive(home / "thrown-away.db", create=True) as archive:
        yield archive


def begin(case: LivingCase, archive: Archive) -> SelfTest:
    """Begin the test of a case, which nobody attends."""
    return SelfTest(Line(case.port), archive, PLAN, lambda meeting: SYNCHRONISED, None)


class AtTheCase:
    """A person who does what they are told, or what `acts` has in its place."""

    def __init__(self, case: LivingCase) -> None:
        self.acts: dict[str, Callable[[], object]] = {
            PRESS: lambda: case.touch(150),
            LONG_PRESS: lambda: case.touch(2200),
            CABLE: case.cut,
            POWER: case.cut,
        }
        self.picks_right = True
        self.seen: list[str] = []

    def do(self, act: str) -> None:
        self.acts[act]()

    def sees(self, phase: str, stage: int, clock_set: bool) -> bool:
        self.seen.append(phase)
        return self.picks_right


def attended(case: LivingCase, archive: Archive) -> tuple[dict[str, Done], AtTheCase]:
    """Do the steps by hand; return what came of each, and the person."""
    person = AtTheCase(case)
    test = SelfTest(Line(case.port), archive, PLAN, lambda meeting: SYNCHRONISED, person)
    steps = dict(test.steps())
    return {name: test.do(name, steps[name]) for name in selftest.BY_HAND}, person


def by_hand(
    case: LivingCase, archive: Archive, name: str, change: Callable[[AtTheCase], object]
) -> Done:
    """Do one step with a person who is changed; return what came of it."""
    person = AtTheCase(case)
    change(person)
    test = SelfTest(Line(case.port), archive, PLAN, lambda meeting: SYNCHRONISED, person)
    return test.do(name, dict(test.steps())[name])


def run_all(test: SelfTest) -> dict[str, Done]:
    """Do every step; return what came of each."""
    return {name: test.do(name, step) for name, step in test.steps()}


def log(app: App, kind: int, **data: int) -> None:
    """Let a case log an event now."""
    app.journal.append(Event(kind, data, boot=1, time=1000))


USED: dict[str, Callable[[App], object]] = {
    "a use": lambda app: log(app, events.USE_STARTED, how=events.IN_TURN, digest=0),
    "a session at a clinic": lambda app: log(app, events.CLINIC, at=900, needle_um=0, token=1),
    "a hold": lambda app: log(app, events.HOLD_SET, reason=events.OTHER, until=0, token=1),
    "a reaction": lambda app: log(app, events.REACTION_OPENED, at=900, token=1, red=0),
    "a new head": lambda app: log(app, events.HEAD_NEW, uses=0, token=1),
    "a head that is out": lambda app: log(app, events.HEAD_OUT, reason=1, uses=0, token=1),
    "a use of another log": lambda app: log(
        app, events.CARRIED, what=1, at=900, needle_um=0, origin=1
    ),
    "the owner's rules": lambda app: app.set_policy(policy.for_needle(250)),
}


@pytest.mark.parametrize("what", USED)
def test_case_that_knows_of_a_person_is_refused_and_left_as_it_is(
    case: LivingCase, thrown_away: Archive, what: str
) -> None:
    USED[what](case.app)
    before = case.app.journal.log_id, case.app.journal.next
    with pytest.raises(Owned):
        begin(case, thrown_away)
    assert (case.app.journal.log_id, case.app.journal.next) == before
    assert set(case.verbs()) <= {"hello", "status", "state", "policy"}


def test_state_of_a_soak_without_a_use_is_nobodys_and_any_other_moment_is_somebodys() -> None:
    mine = [moment for moment in range(len(State().at)) if not is_nobodys(with_moment(moment))]
    others = sorted(set(range(len(State().at))) - set(mine))
    assert others == [9, 10, 13]  # the soak, its end, the lid: see firmware/SPEC.md


def with_moment(moment: int) -> State:
    """Return a new state in which one moment has happened."""
    state = State()
    assert state.at[moment] == NEVER
    state.at[moment] = 5
    return state


def test_case_that_soaks_is_refused_until_it_is_blue_again(
    case: LivingCase, thrown_away: Archive
) -> None:
    log(case.app, events.SOAK_STARTED, purpose=events.BEFORE_USE)
    with pytest.raises(CaseError, match="soaking"):
        begin(case, thrown_away)


def test_unattended_steps_pass_and_end_in_a_new_log_that_knows_nothing(
    case: LivingCase, thrown_away: Archive
) -> None:
    old = case.app.journal.log_id
    test = begin(case, thrown_away)
    done = run_all(test)
    wrong = {name: step.why for name, step in done.items() if step.result is Result.FAILED}
    assert wrong == {}
    skipped = [name for name, step in done.items() if step.result is Result.SKIPPED]
    assert skipped == [*selftest.BY_HAND, "flash"]
    assert done["records"].facts["records"] == PLAN.records
    assert (case.app.journal.follows, case.app.journal.next) == (old, 1)
    assert is_nobodys(case.app.journal.state)
    assert not test.has_written


def test_records_of_the_test_change_nothing_that_the_case_knows(
    case: LivingCase, thrown_away: Archive
) -> None:
    test = begin(case, thrown_away)
    test.do("sync", dict(test.steps())["sync"])
    before = case.app.journal.state.copy()
    test.do("records", dict(test.steps())["records"])
    after = case.app.journal.state.copy()
    assert after.seq == before.seq + PLAN.records
    for name in ("seq", "time", "token"):
        setattr(after, name, getattr(before, name))
    assert snapshot.pack(after) == snapshot.pack(before)


def test_record_that_the_case_says_it_logged_and_did_not_is_a_failure(
    case: LivingCase, thrown_away: Archive
) -> None:
    test = begin(case, thrown_away)
    append = case.app.journal.append
    lost: list[Event] = []

    def lose_one(event: Event) -> bytes:
        if event.kind == events.HOLD_SET and not lost:
            lost.append(event)
            return b""
        return append(event)

    case.app.journal.append = lose_one  # type: ignore[method-assign]
    done = test.do("records", dict(test.steps())["records"])
    assert done.result is Result.FAILED
    assert done.why.startswith(f"Of {PLAN.records} records {PLAN.records - 1} came home")


def test_sync_that_breaks_off_is_a_failure_and_the_next_steps_are_done(
    case: LivingCase, thrown_away: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rollhost.case import connection

    monkeypatch.setattr(connection, "ANSWER_S", 0.02)
    test = begin(case, thrown_away)
    steps = dict(test.steps())
    test.do("sync", steps["sync"])
    live, silent = case.live, only("state", lambda request, right: b"", times=6)
    case.script = lambda request, right: silent(request, live(request, right))
    done = test.do("syncs", steps["syncs"])
    assert (done.result, done.why[:30]) == (Result.FAILED, "2 of 3 syncs broke off: The ca")
    assert case.port not in done.why
    assert test.do(NEW_LOG, steps[NEW_LOG]).result is Result.PASSED


def test_use_that_begins_meanwhile_ends_the_test_before_anything_is_acknowledged(
    case: LivingCase, thrown_away: Archive
) -> None:
    test = begin(case, thrown_away)
    steps = dict(test.steps())
    test.do("sync", steps["sync"])
    acked, log_id = case.app.journal.acked, case.app.journal.log_id
    USED["a use"](case.app)
    for name in ("syncs", "records", NEW_LOG):
        with pytest.raises(Owned):
            test.do(name, steps[name])
    assert (case.app.journal.acked, case.app.journal.log_id) == (acked, log_id)


def test_clock_that_stands_still_is_a_failure(case: LivingCase, thrown_away: Archive) -> None:
    test = begin(case, thrown_away)
    case.stands_still = True
    done = test.do("clock", dict(test.steps())["clock"])
    assert (done.result, done.why) == (Result.FAILED, "The case's clock stands still.")


# By hand.


def test_steps_by_hand_pass_with_a_person_who_does_them(
    case: LivingCase, thrown_away: Archive
) -> None:
    done, person = attended(case, thrown_away)
    assert {name: step.why for name, step in done.items() if step.result != Result.PASSED} == {}
    assert person.seen == ["prepare", "soaking", "prepare"]
    assert (done[CABLE].facts, done[POWER].facts) == ({"starts": 1}, {"starts": 1})


def test_press_that_does_not_come_is_a_failure_after_some_time(
    case: LivingCase, thrown_away: Archive
) -> None:
    done = by_hand(case, thrown_away, PRESS, lambda person: person.acts.update({PRESS: int}))
    assert (done.result, done.why) == (Result.FAILED, "The case has seen no press within 90 s.")
    assert done.seconds >= selftest.PERSON_S


def test_lamp_that_is_seen_otherwise_is_a_failure(case: LivingCase, thrown_away: Archive) -> None:
    done = by_hand(case, thrown_away, "lamp", lambda person: setattr(person, "picks_right", False))
    assert (done.result, done.why) == (
        Result.FAILED,
        "The lamp shows prepare, and was not seen so.",
    )


@pytest.mark.parametrize(
    ("act", "why"),
    [(CABLE, ""), (POWER, "The case ran on: it has a battery, which was still in.")],
)
def test_case_that_ran_on_passes_without_its_cable_and_fails_without_power(
    case: LivingCase,
    thrown_away: Archive,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    act: str,
    why: str,
) -> None:
    """The port goes, and another one comes under its name, as on a real computer."""
    monkeypatch.setattr(selftest, "time", time)  # it waits for a thread
    link = home / "port"
    link.symlink_to(case.port)

    def come_back() -> None:
        case.reopen()  # once the line is dead
        case.script = case.live
        link.unlink()
        link.symlink_to(case.port)

    def pull() -> None:
        case.script = lambda request, right: HANG_UP
        threading.Thread(target=come_back, daemon=True).start()

    person = AtTheCase(case)
    person.acts[act] = pull
    test = SelfTest(Line(str(link)), thrown_away, PLAN, lambda meeting: SYNCHRONISED, person)
    assert test.do(act, dict(test.steps())[act]).why == why


def test_power_that_is_never_taken_is_a_failure(case: LivingCase, thrown_away: Archive) -> None:
    done = by_hand(case, thrown_away, POWER, lambda person: person.acts.update({POWER: int}))
    assert (done.result, done.why) == (
        Result.FAILED,
        "The case was there all the time: no power out and in within 90 s.",
    )
