"""What a case's lamp shows, as the host works it out: the same as the case itself says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.host.scripted_case import ScriptedCase, answer, only

from rollcore import events, frames, messages, state
from rollcore.messages import Message
from rollhost.case.connection import Line
from rollhost.case.shown import Shown, shown
from rollhost.output import lamp_text
from rollhost.sim.virtual_case import VirtualCase


def shown_on(port: str) -> Shown | None:
    with Line(port) as line:
        return shown(line)


def with_fault(request: Message, status: bytes) -> bytes:
    """Return the frame of a status with a fault in place of none."""
    [body] = frames.Decoder(messages.MAX_ANSWER).feed(status)
    return frames.encode(body + b"the flash takes no record")


def log_is_gone(request: Message, status: bytes) -> bytes:
    return answer(request, "error", code=messages.BAD_STORAGE, words="the flash is gone")


def test_shown_is_what_a_real_case_shows_through_a_soak() -> None:
    seen = []
    with VirtualCase() as case:
        for press, minutes in ((0, 0), (1, 0), (0, 10), (0, 10), (1, 0), (0, 6), (1, 0)):
            if press:
                case.press()
            case.jump(minutes * 60_000)
            lamp = [event for event in case.events() if event["event"] == "lamp"][-1]
            assert shown_on(case.port) == (lamp["pattern"], lamp["stage"], False)
            seen.append(lamp["pattern"])
    assert seen == [
        *(state.PREPARE, state.SOAKING, state.DRYING, state.READY),
        *(state.IN_USE, state.IN_USE, state.CLEAN_ME),
    ]


def test_clock_that_was_set_is_not_asked_for(tmp_path: Path) -> None:
    with ScriptedCase(tmp_path / "case") as case:
        now = shown_on(case.port)
        assert now == Shown(state.PREPARE, state.NORMAL, False)
        with Line(case.port) as line:
            line.ask("time", time=200_000_000, sure=events.GIVEN, force=0)
            assert shown(line) == Shown(state.PREPARE, state.NORMAL, True)


@pytest.mark.parametrize("script", [with_fault, log_is_gone])
def test_fault_is_shown_in_place_of_a_phase(
    tmp_path: Path, script: Callable[[Message, bytes], bytes]
) -> None:
    with ScriptedCase(tmp_path / "case", only("status", script)) as case:
        now = shown_on(case.port)
    assert now is not None
    assert now.phase == ""


def test_case_without_the_question_for_its_state_shows_nothing_known(tmp_path: Path) -> None:
    with ScriptedCase(tmp_path / "case") as case:
        case.unknown = {"state"}
        assert shown_on(case.port) is None


def test_message_in_words_has_the_phase_and_the_clock() -> None:
    assert lamp_text.message(state.PREPARE, 0, True) == "blue, slow (prepare)"
    assert lamp_text.message(state.PREPARE, 1, True).endswith("(asked for against the rest)")
    assert lamp_text.message(lamp_text.FAULT, 0, False) == (
        "red SOS (fault), and a short blue blink: its clock is not set"
    )
