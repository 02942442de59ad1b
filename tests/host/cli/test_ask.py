"""One list of choices with numbers, as a person at a terminal answers it."""

import json
import sys

import pytest
from tests.host.cli.test_terminal import in_a_terminal

from rollhost.cli.ask import choose_many

SIGNS = [("pus", "pus, or yellow"), ("streaks", "red streaks"), ("cold-sore", "a cold sore")]

PROGRAM = f"""
import json
from rollhost.cli.ask import choose_many
chosen = choose_many(["Do you see any of these?"], {SIGNS!r}, "none of these")
print("", json.dumps(chosen), sep="\\n")
"""


def answering(typed: str) -> tuple[list[str] | None, list[str]]:
    """Return what is chosen by somebody who types this, and all lines that they see."""
    lines = in_a_terminal(80, [sys.executable, "-c", PROGRAM], typed=typed)
    chosen: list[str] | None = json.loads(lines[-1])
    return chosen, lines


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [
        ("1 3", ["pus", "cold-sore"]),
        ("3,1", ["pus", "cold-sore"]),
        ("2, 2", ["streaks"]),
        ("1 and 2.", ["pus", "streaks"]),
        ("Pus; STREAKS", ["pus", "streaks"]),
        ("pus cold", ["pus", "cold-sore"]),
        ("cold sore", ["cold-sore"]),
        ("red streaks", ["streaks"]),
        ("", []),
        ("none", []),
        ("0", []),
    ],
)
def test_list_takes_numbers_and_words_and_enter_for_none(typed: str, chosen: list[str]) -> None:
    found, lines = answering(f"{typed}\n")
    assert found == chosen
    assert "Do you see any of these?" in lines
    assert "  2  red streaks" in lines
    assert "Numbers, such as 1 3, or Enter for none of these: " in lines


@pytest.mark.parametrize("wrong", ["4", "1 9", "00", "rash", "-1", "²", ","])
def test_wrong_answer_is_asked_again(wrong: str) -> None:
    found, lines = answering(f"{wrong}\n2\n")
    assert found == ["streaks"]
    assert sum("is not in the list. Numbers from 1 to 3:" in line for line in lines) == 1


def test_end_of_input_is_no_answer() -> None:
    assert answering("7\n\x04")[0] is None


def test_nobody_is_asked_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert choose_many(["Do you see any of these?"], SIGNS, "none of these") is None
    assert capsys.readouterr() == ("", "")
