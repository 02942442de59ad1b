"""A case that refuses: the clock, the policy, an entry, or everything because its flash fails.

Its log is home all the same, what it refused waits for the next sync, and the sync says which
it was.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.host.scripted_case import ScriptedCase, answer, honest, only
from tests.host.status_logs import NOW

from rollcore import events, policy
from rollcore.memory import HEAD_SINCE, NEVER
from rollhost.case.connection import CaseRefused, Line
from rollhost.case.sync import Outcome, sync
from rollhost.database.archive import Archive
from rollhost.database.diary import HEAD, HOLD, ME, Entry
from rollhost.database.open import open_archive
from rollhost.history.policies import read_policies

WORDS = "there is a reason"
SAID = "The case says: there is a reason."

OLDER = (
    "The case does not know what it was asked for (there is a reason): its firmware is older than"
    " this program, and host install updates it."
)

RULES = policy.for_needle(250).changed(revision=1)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """A new database."""
    with open_archive(tmp_path / "a.db", create=True) as archive:
        yield archive


@pytest.fixture
def case(tmp_path: Path) -> Iterator[ScriptedCase]:
    """A case with three records, whose log is about the owner."""
    with ScriptedCase(tmp_path / "one") as case:
        case.log(3)
        yield case


def refuse(case: ScriptedCase, verb: str, code: str) -> None:
    """Let the case refuse every question with this verb, and do nothing of what it asks."""
    case.unknown = {verb}
    case.script = only(
        verb, lambda request, right: answer(request, "error", code=code, words=WORDS)
    )


def refuse_no_more(case: ScriptedCase) -> None:
    """Let the case do what it is asked."""
    case.unknown = set()
    case.script = honest


def synced(case: ScriptedCase, archive: Archive, sure: int = events.GIVEN) -> Outcome:
    """Sync at `NOW`, on a computer that is as sure of its time."""
    with Line(case.port) as line:
        return sync(
            line,
            archive,
            lambda: NOW,
            whose=lambda archive, case_id, log_id: ME,
            how_sure=lambda meeting: sure,
        )


def assert_is_home(archive: Archive, least: int = 4) -> None:
    """Check that the records from before the refusal are in the database."""
    [log_id] = archive.logs(1)
    assert archive.highest_seq(log_id) >= least
    assert archive.quarantined() == 0


def pend(archive: Archive) -> None:
    """Let a policy wait for the case."""
    with archive.transaction():
        archive.pend_policy(1, RULES, NOW + events.CASE_EPOCH)


def hold(archive: Archive, reason: int) -> Entry:
    """Write a hold down."""
    now = NOW + events.CASE_EPOCH
    with archive.transaction():
        return archive.diary.add(Entry(HOLD, now, data={"reason": reason, "until": 0}), now)


def test_computer_whose_time_is_named_is_sure_of_it(case: ScriptedCase, archive: Archive) -> None:
    with Line(case.port) as line:
        assert sync(line, archive, lambda: NOW).clock_sure == events.GIVEN == 5


# The clock


def test_clock_that_the_case_refuses_is_said_and_the_sync_goes_on(
    case: ScriptedCase, archive: Archive
) -> None:
    synced(case, archive)
    pend(archive)
    refuse(case, "time", "clock")
    outcome = synced(case, archive)
    assert (outcome.clock_refused, outcome.untold, outcome.clock_heard) == (SAID, "", False)
    assert outcome.policy_changed
    assert_is_home(archive)
    assert archive.cases()[0].synced_at == NOW + events.CASE_EPOCH


@pytest.mark.parametrize(("code", "said"), [("storage", SAID), ("request", OLDER)])
@pytest.mark.parametrize(
    ("verb", "sure"), [("time", events.GIVEN), ("heard", events.NOT_SURE)], ids=["set", "heard"]
)
def test_clock_that_cannot_be_logged_is_said_to_be_so(
    case: ScriptedCase, archive: Archive, verb: str, sure: int, code: str, said: str
) -> None:
    refuse(case, verb, code)
    outcome = synced(case, archive, sure)
    assert (outcome.untold, outcome.clock_refused, outcome.clock_heard) == (said, "", False)
    assert_is_home(archive)


@pytest.mark.parametrize(("verb", "sure"), [("time", events.GIVEN), ("heard", events.NOT_SURE)])
def test_clock_refused_for_another_reason_ends_the_sync_and_the_log_is_home(
    case: ScriptedCase, archive: Archive, verb: str, sure: int
) -> None:
    refuse(case, verb, "range")
    with pytest.raises(CaseRefused) as refused:
        synced(case, archive, sure)
    assert (refused.value.sentence, refused.value.code) == (SAID, "range")
    assert_is_home(archive)
    assert archive.cases()[0].synced_at is None


# The policy


@pytest.mark.parametrize(
    ("code", "refused", "untold"),
    [("policy", SAID, ""), ("storage", "", SAID), ("request", "", OLDER)],
)
def test_policy_that_the_case_refuses_waits_on(
    case: ScriptedCase, archive: Archive, code: str, refused: str, untold: str
) -> None:
    synced(case, archive)
    pend(archive)
    before = case.app.policy
    refuse(case, "rule", code)
    outcome = synced(case, archive)
    assert (outcome.policy_refused, outcome.untold) == (refused, untold)
    assert (outcome.policy_changed, outcome.policy_put_back) == (False, False)
    assert outcome.policy is not None
    assert outcome.policy.text == before.text == case.app.policy.text
    waiting = read_policies(archive).waiting(archive.cases()[0])
    assert waiting is not None
    assert waiting.digest == RULES.digest
    refuse_no_more(case)
    assert synced(case, archive).policy_changed
    assert case.app.policy.text == RULES.text
    assert read_policies(archive).waiting(archive.cases()[0]) is None


def test_policy_refused_for_another_reason_ends_the_sync_and_waits_on(
    case: ScriptedCase, archive: Archive
) -> None:
    synced(case, archive)
    pend(archive)
    case.log(2)
    refuse(case, "rule", "range")
    with pytest.raises(CaseRefused):
        synced(case, archive)
    assert_is_home(archive, case.app.journal.next - 1)
    assert read_policies(archive).waiting(archive.cases()[0]) is not None


# Entries


def test_entry_that_the_case_refuses_keeps_no_other_from_it(
    case: ScriptedCase, archive: Archive
) -> None:
    synced(case, archive)
    hold(archive, events.SUNBURN)
    now = NOW + events.CASE_EPOCH
    with archive.transaction():
        archive.diary.add(Entry(HEAD, now, case_id=1, data={"text": ""}), now)
    refuse(case, "hold", "range")
    outcome = synced(case, archive)
    assert (outcome.agreed.refused, outcome.agreed.told) == ([SAID], 1)
    assert outcome.untold == ""
    assert case.app.journal.state.at[HEAD_SINCE] != NEVER
    refuse_no_more(case)
    outcome = synced(case, archive)
    assert (outcome.agreed.refused, outcome.agreed.told) == ([], 1)
    assert case.app.journal.state.hold_reason == events.SUNBURN


def test_entry_that_the_case_refuses_is_asked_once_in_a_sync(
    case: ScriptedCase, archive: Archive
) -> None:
    synced(case, archive)
    hold(archive, events.SUNBURN)
    refuse(case, "hold", "range")
    case.asked.clear()
    assert synced(case, archive).agreed.refused == [SAID]
    assert case.verbs().count("hold") == 1


def test_case_that_cannot_log_is_told_the_entry_by_the_next_sync(
    case: ScriptedCase, archive: Archive
) -> None:
    synced(case, archive)
    hold(archive, events.SUNBURN)
    hold(archive, events.ACNE)
    refuse(case, "hold", "storage")
    case.asked.clear()
    outcome = synced(case, archive)
    assert (outcome.untold, outcome.agreed.untold) == (SAID, SAID)
    assert (outcome.agreed.told, outcome.agreed.refused) == (0, [])
    assert case.verbs().count("hold") == 1
    assert case.app.journal.state.hold_reason == events.NO_HOLD
    assert_is_home(archive)
    refuse_no_more(case)
    assert synced(case, archive).agreed.told == 2
    assert case.app.journal.state.hold_reason != events.NO_HOLD


def test_case_that_does_not_say_what_it_knows_is_synced_and_not_compared(
    case: ScriptedCase, archive: Archive
) -> None:
    synced(case, archive)
    case.log(2)
    refuse(case, "state", "storage")
    outcome = synced(case, archive)
    assert (outcome.new, outcome.agreed.agrees) == (2, None)
    assert_is_home(archive, case.app.journal.next - 1)
