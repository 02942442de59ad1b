"""Which questions a sync asks, and that what has changed meanwhile is asked for anew."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.host.scripted_case import ScriptedCase, only
from tests.host.status_logs import NOW

from rollcore import events, frames, messages
from rollcore.messages import Message
from rollhost.case.connection import Line
from rollhost.case.known import Known
from rollhost.case.sync import Outcome, sync
from rollhost.database.archive import Archive
from rollhost.database.diary import HOLD, ME, Entry
from rollhost.database.open import open_archive
from rollhost.history.logs import Log

LATER = NOW + events.CASE_EPOCH + 60
"""Unix time (s) by which the case's clock is a minute behind."""

NO_NEWS = ["hello", "status", "get", "time", "state"]


@contextmanager
def synced_case(folder: Path) -> Iterator[tuple[ScriptedCase, Archive]]:
    """Give a case of whose log every record is home, and the database."""
    with open_archive(folder / "a.db", create=True) as archive, ScriptedCase(folder / "a") as case:
        case.log(3)
        sync_again(case, archive)
        yield case, archive


def sync_again(case: ScriptedCase, archive: Archive) -> tuple[Outcome, list[str]]:
    """Sync with this computer's clock at `NOW`; return what was done, and the questions."""
    case.asked.clear()
    with Line(case.port) as line:
        return sync(line, archive, lambda: NOW), case.verbs()


def with_fault(status: bytes) -> bytes:
    """Return the frame of a status with a fault in place of none."""
    [body] = frames.Decoder(messages.MAX_ANSWER).feed(status)
    return frames.encode(body + b"the log is full")


def test_sync_without_news_asks_each_thing_once(tmp_path: Path) -> None:
    with synced_case(tmp_path) as (case, archive):
        outcome, verbs = sync_again(case, archive)
    assert outcome.new == 0
    assert outcome.agreed.agrees
    assert verbs == NO_NEWS


def logs_in_memory() -> int:
    """Return how many logs are in memory, which is what a history takes room for."""
    return sum(isinstance(held, Log) for held in gc.get_objects())


@contextmanager
def readings(archive: Archive) -> Iterator[list[int]]:
    """Give a list to which each reading of a log adds how many logs are in memory then."""
    found: list[int] = []

    def note(statement: str) -> None:
        if "FROM milestones" in statement:
            found.append(logs_in_memory())

    gc.collect()  # what other tests have left
    archive._db.set_trace_callback(note)
    yield found
    archive._db.set_trace_callback(None)


def test_sync_without_news_reads_the_history_once(tmp_path: Path) -> None:
    with synced_case(tmp_path) as (case, archive), readings(archive) as found:
        sync_again(case, archive)
    assert found == [0]


def test_sync_that_tells_something_holds_one_history_at_a_time(tmp_path: Path) -> None:
    with synced_case(tmp_path) as (case, archive):
        with archive.transaction():
            entry = Entry(HOLD, LATER, data={"reason": 1, "until": LATER + 86400}, person=ME)
            archive.diary.add(entry, LATER)
        with readings(archive) as found:
            outcome, _ = sync_again(case, archive)
        assert outcome.agreed.told == 1
        assert found == [0, 0]
        assert logs_in_memory() == 1
        del outcome
        assert logs_in_memory() == 0


def test_questions_of_a_sync_with_news(tmp_path: Path) -> None:
    with synced_case(tmp_path) as (case, archive):
        case.log(2)
        outcome, verbs = sync_again(case, archive)
    assert outcome.new == 2
    assert verbs == ["hello", "status", "get", "ack", "status", "time", "state"]


def test_record_of_a_press_while_the_clock_is_set_comes_home(tmp_path: Path) -> None:
    def press(request: Message, right: bytes) -> bytes:
        case.log(1)
        return right

    with synced_case(tmp_path) as (case, archive):
        case.script = only("time", press)
        outcome, verbs = sync_again(case, archive)
    assert outcome.new == 1
    assert verbs == [*NO_NEWS, "status", "get", "ack", "state"]


def test_record_of_a_press_behind_the_last_status_comes_home_before_both_are_compared(
    tmp_path: Path,
) -> None:
    def press(request: Message, right: bytes) -> bytes:
        case.script = only("get", lambda request, right: right)
        case.log(1)
        return right

    with synced_case(tmp_path) as (case, archive):
        case.script = only("get", press)
        outcome, _ = sync_again(case, archive)
    assert outcome.new == 1
    assert outcome.agreed.agrees


def test_press_after_the_last_status_that_was_asked_comes_home(tmp_path: Path) -> None:
    """Nothing was told since, so that status would still seem to hold."""
    asked = 0

    def script(request: Message, right: bytes) -> bytes:
        nonlocal asked
        asked += request.verb == "get"
        if request.verb == "status" and not asked:
            return with_fault(right)
        if request.verb == "get" and asked == 2:
            asked += 1
            case.log(1)
        return right

    with synced_case(tmp_path) as (case, archive):
        case.script = script
        outcome, verbs = sync_again(case, archive)
    assert verbs[:7] == ["hello", "status", "get", "time", "status", "get", "state"]
    assert outcome.new == 1
    assert outcome.agreed.agrees


def test_record_of_the_clock_comes_home_before_anything_is_told(tmp_path: Path) -> None:
    """What is told depends on when everything was, and so on what the clock was set to."""
    with synced_case(tmp_path) as (case, archive):
        with archive.transaction():
            hold = Entry(HOLD, LATER, data={"reason": events.SUNBURN, "until": LATER + 9000})
            archive.own_log(archive.logs(1)[0], ME, LATER, LATER)
            archive.diary.add(hold, LATER)
        case.asked.clear()
        with Line(case.port) as line:
            sync(line, archive, lambda: LATER - events.CASE_EPOCH)
        told = case.verbs().index("hold")
    assert case.verbs()[:told] == [*NO_NEWS, "status", "get", "ack"]


def test_policy_that_is_not_here_is_asked_for(tmp_path: Path) -> None:
    with synced_case(tmp_path) as (case, _):
        with open_archive(tmp_path / "b.db", create=True) as other:
            outcome, verbs = sync_again(case, other)
        assert outcome.policy is not None
        assert outcome.policy.digest == case.app.policy.digest
    assert verbs[:3] == ["hello", "status", "policy"]


def test_records_that_another_computer_has_acknowledged_are_not_acknowledged_again(
    tmp_path: Path,
) -> None:
    with synced_case(tmp_path) as (case, _):
        with open_archive(tmp_path / "b.db", create=True) as other:
            _, verbs = sync_again(case, other)
        assert case.app.journal.acked == case.app.journal.next - 1
    assert "ack" not in verbs


def test_acknowledgement_that_got_lost_is_made_up_for_without_news(tmp_path: Path) -> None:
    with synced_case(tmp_path) as (case, archive):
        everything = case.app.journal.acked
        case.app.journal.acked = 1
        outcome, verbs = sync_again(case, archive)
        assert case.app.journal.acked == everything
    assert outcome.new == 0
    assert "ack" in verbs


def test_case_with_a_fault_is_asked_for_its_status_again_after_it_was_told(tmp_path: Path) -> None:
    """What it was told may have been all that it needed."""

    def broken(request: Message, right: bytes) -> bytes:
        case.script = only("status", lambda request, right: right)
        return with_fault(right)

    with synced_case(tmp_path) as (case, archive):
        case.script = only("status", broken)
        outcome, verbs = sync_again(case, archive)
    assert outcome.fault == ""
    assert verbs.count("status") == 2


def test_known_asks_again_once_the_case_was_told_something(tmp_path: Path) -> None:
    with synced_case(tmp_path) as (case, _), Line(case.port) as line:
        known = Known(line, lambda: NOW)
        first = known.status()
        assert known.status() is first
        line.ask("policy")
        assert known.status() is first
        line.ask("time", time=NOW + 60, sure=1, force=0)
        assert first.behind_s == 0
        assert known.status().behind_s == -60
        assert known.state().integer("seq") == case.app.journal.next - 1
