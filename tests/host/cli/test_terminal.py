"""How wide the lines are that a person reads, and that a program reads."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import Host

from rollhost.cli.main import COMMANDS
from rollhost.output.text import fitted

DOCTOR = (
    "doctor          an unstable skin type, which reacts easily, or an illness or a medicine to ask"
    " about (a doctor first)"
)
"""The longest line that the list of reasons to hold has."""


def on_a_terminal(columns: int, *words: str, code: int = 0, typed: str = "") -> list[str]:
    """Return what ``host`` prints on a terminal with so many columns; its exit code is `code`.

    `typed` is what the person types, before they are asked.
    """
    return in_a_terminal(columns, [sys.executable, "-m", "rollhost", *words], code, typed)


def in_a_terminal(columns: int, command: list[str], code: int = 0, typed: str = "") -> list[str]:
    """Return what a command prints on a terminal with so many columns; its exit code is `code`.

    `typed` is what the person types, before they are asked.
    """
    master, slave = pty.openpty()
    subprocess.run(["stty", "cols", str(columns)], stdin=slave, check=True)
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    with subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
    ) as process:
        os.close(slave)
        os.write(master, typed.encode())
        told = b""
        try:
            while part := os.read(master, 4096):
                told += part
        except OSError:  # the program has closed its end
            pass
        os.close(master)
    assert process.returncode == code, told
    return told.decode().splitlines()


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_lines_fill_the_terminal_and_fit_it(columns: int) -> None:
    lines = on_a_terminal(columns, "hold")
    assert columns - 20 < max(map(len, lines)) <= columns
    first = next(number for number, line in enumerate(lines) if line.startswith("doctor"))
    last = next(number for number, line in enumerate(lines) if line.startswith("other"))
    assert all(line.startswith(" " * 16) for line in lines[first + 1 : last])
    assert " ".join(" ".join(lines[first:last]).split()) == " ".join(DOCTOR.split())


ANSWERS = [
    ("log", 0),
    ("policy", 0),
    ("policy show --needle", 2),
    ("policy set rest=2d", 2),
    ("note x --zone knee --at 2026-11-01", 2),
    ("note --at 2026-02-30 hello", 2),
    ("note hello --at x", 2),
    ("hold boredom", 2),
    ("export pdf", 2),
    ("export", 2),
    ("stats", 2),
    ("head", 0),
    ("clinic", 0),
    ("hold", 0),
    ("plan", 0),
    ("verify", 1),
    ("--help", 0),
    *((f"{command} --help", 0) for command in COMMANDS),
]
"""Commands with long answers, and their exit codes."""


@pytest.fixture
def full_diary(lived_in: Path, host: Host) -> None:
    """A database in which somebody has written long lines."""
    words = "a rather long note of somebody who wanted to forget nothing at all"
    assert host("note", words).returncode == 0
    assert host("clinic", "3d", "--zone", "face", words).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize(("line", "code"), ANSWERS, ids=[line for line, _ in ANSWERS])
def test_answers_help_and_errors_fit_the_terminal(
    full_diary: None, columns: int, line: str, code: int
) -> None:
    lines = on_a_terminal(columns, *line.split(), code=code)
    assert [line for line in lines if len(line) > columns] == []


def test_wrapped_line_of_the_log_stays_beside_its_time(full_diary: None) -> None:
    lines = on_a_terminal(60, "log", "--kind", "note", "--last", "1")
    note = [line for line in lines if line[:16].strip() and line.count(":") > 1]
    first = lines.index(note[-1])
    assert len(lines) > first + 1
    assert all(line.startswith(" " * 18) and line[18] != " " for line in lines[first + 1 :])
    assert "nothing at all" in " ".join(line[18:] for line in lines[first:])


def test_error_on_a_terminal_is_wrapped_and_in_a_pipe_stays_whole(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    words = ("note", "--at", "2026-02-30", "hello")
    wrapped = on_a_terminal(60, *words, code=2)
    whole = host(*words).stderr.splitlines()
    assert len(whole) == 2 < len(wrapped)
    assert all(line.startswith("  ") for line in wrapped[1:])
    assert " ".join(map(str.strip, wrapped)) == " ".join(map(str.strip, whole))


def test_error_is_as_wide_as_the_terminal_when_the_answer_goes_to_a_pipe(home: Path) -> None:
    script = f"{sys.executable} -m rollhost note --at 2026-02-30 hello | cat"
    lines = in_a_terminal(60, ["sh", "-c", script])
    assert len(lines) > 2
    assert max(map(len, lines)) <= 60


def test_lines_that_are_to_be_copied_are_never_wrapped() -> None:
    assert max(map(len, on_a_terminal(60, "doctor", "--udev"))) > 60


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("short", ["short"]),
        ("one two three four five", ["one two three", "four five"]),
        ("  one two three four five", ["  one two", "  three four", "  five"]),
        ("ab  one two three four", ["ab  one two", "    three four"]),
        ("a  b  one two three four", ["a  b  one two", "      three", "      four"]),
        ("a long label here  one two", ["a long label", "here  one two"]),
        ("see /a/path/that/is/long now", ["see", "/a/path/that/is/long", "now"]),
        ("", [""]),
        (" " * 20, []),
    ],
)
def test_line_is_cut_between_words_and_keeps_its_labels(line: str, parts: list[str]) -> None:
    assert fitted(line, 14) == parts
    assert fitted(line, None) == [line]


def test_lines_on_a_very_narrow_terminal_keep_room_for_words() -> None:
    assert max(map(len, on_a_terminal(5, "hold"))) <= 40


def test_pipe_gets_each_fact_in_one_line(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert DOCTOR in host("hold").stdout.splitlines()


def test_file_gets_each_fact_in_one_line(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    # Named, because readline puts a COLUMNS past os.environ into the environment that is inherited.
    environment = dict(os.environ)
    with (home / "reasons").open("w") as file:
        subprocess.run(
            [sys.executable, "-m", "rollhost", "hold"], stdout=file, env=environment, check=True
        )
    assert DOCTOR in (home / "reasons").read_text().splitlines()


def test_columns_variable_sets_the_width_in_a_pipe_too(host: Host) -> None:
    assert max(map(len, host("hold", COLUMNS="50").stdout.splitlines())) <= 50
