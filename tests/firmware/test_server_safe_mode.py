"""The server in safe mode: it answers, and logs nothing."""

import pytest
from tests.firmware.server_line import LOG, QUESTIONS, TOLD, TWO_ZONES, Line, effect
from tests.firmware.whole_case import DAY, NOW, lose_policy

from rollcase.recorder import NO_POLICY
from rollcore import events, messages, policy


def test_lost_policy_is_told_of_once_safe_mode_is_over(safe: Line) -> None:
    before = safe.case.last_seq
    lose_policy(safe.case)
    safe.case.switch_on(events.SOFT_RESET)
    assert [name for name, _ in safe.case.news(before)] == ["boot"]
    assert Line(safe.case).error("rule", policy=TWO_ZONES.text)[0] == messages.BAD_STORAGE
    safe.case.switch_on()
    assert [name for name, _ in safe.case.news(before)] == ["boot", "boot"]
    assert safe.case.app.fault == NO_POLICY


FAILED = "the firmware has failed 3 times in a row"


LATER: dict[str, dict[str, object]] = {
    "clock": {"time": NOW + DAY, "force": 0},
    "rule": {"policy": policy.for_needle(1000).text},
    **TOLD,
    "clinic": {**TOLD["clinic"], "token": 99},
}


@pytest.mark.parametrize("verb", sorted(LATER))
def test_safe_mode_refuses_requests_that_would_be_logged(safe: Line, verb: str) -> None:
    before = effect(safe.case)
    code, words = safe.error(verb, **LATER[verb])
    assert (code, words.split(".")[0]) == (messages.BAD_STORAGE, FAILED)
    assert effect(safe.case) == before


def test_safe_mode_knows_entries_that_were_told_before(safe: Line) -> None:
    before = effect(safe.case)
    assert safe.ask("clinic", **TOLD["clinic"]).fields == {"token": 12}
    assert effect(safe.case) == before


def test_safe_mode_gives_the_log(safe: Line) -> None:
    raw = safe.ask("get", seq=1, count=safe.case.last_seq).raw("raw")
    assert len(raw) == 32 * safe.case.last_seq


def test_safe_mode_takes_an_acknowledgement_and_stays(safe: Line) -> None:
    assert safe.ask("ack", log=LOG, seq=3).integer("seq") == 3
    assert safe.case.app.safe
    assert safe.ask("status").integer("acked") == 3


def test_safe_mode_says_why(safe: Line) -> None:
    assert safe.ask("status").word("fault").split(".")[0] == FAILED
    safe.ask("ack", log=LOG, seq=3)
    assert safe.ask("status").word("fault").split(".")[0] == FAILED


@pytest.mark.parametrize("verb", ["hello", "policy"])
def test_safe_mode_answers_greeting_and_policy(safe: Line, verb: str) -> None:
    assert safe.ask(verb, **QUESTIONS[verb]).verb in ("case", "policy")


def test_safe_mode_ends_with_a_power_cut(safe: Line) -> None:
    safe.case.switch_on()
    assert Line(safe.case).ask("hold", **TOLD["hold"]).verb == "told"
