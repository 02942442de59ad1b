"""What is heard from a virtual case, line by line."""

import pytest

from rollhost.sim.transcript import Transcript


@pytest.mark.parametrize(
    "line",
    [
        "",
        "mark",
        "pwm",
        "pwm 16 x",
        "pwm 99 1",
        "at -1",
        "nonsense",
        "pwm 16 ²",
        "at ²",
        "writes 1 2",
    ],
)
def test_senseless_lines_are_ignored(line: str) -> None:
    transcript = Transcript()
    assert transcript.hear(line) is None
    assert transcript.colour == 0


@pytest.mark.parametrize(("asks", "sync_me"), [("", False), (" sync_me", True)])
def test_lamp_is_heard_with_its_stage_and_whether_it_asks_for_a_sync(
    asks: str, sync_me: bool
) -> None:
    assert Transcript(5).hear("trace lamp clean_me 1" + asks) == {
        "event": "lamp", "pattern": "clean me", "stage": 1, "sync_me": sync_me, "at": 5
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["log 00ff", "log xyz", "lamp resting", "lamp resting 0 more", "boot ²", "hello", ""],
)
def test_unknown_traces_are_passed_on(text: str) -> None:
    assert Transcript(5).hear("trace " + text) == {"event": "trace", "words": text, "at": 5}
