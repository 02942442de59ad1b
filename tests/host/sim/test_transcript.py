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


@pytest.mark.parametrize("text", ["log 00ff", "log xyz", "lamp resting", "boot ²", "hello", ""])
def test_unknown_traces_are_passed_on(text: str) -> None:
    assert Transcript(5).hear("trace " + text) == {"event": "trace", "words": text, "at": 5}
