"""How wide the lines are that a person reads, and that a program reads."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import Host

DOCTOR = (
    "doctor     ask a doctor first: keloids, bleeding or blood thinners, isotretinoin now or in the"
    " last 6 months, diabetes that is not controlled, pregnancy, immune suppression, skin cancer"
)
"""The longest line that the list of reasons to hold has."""


def on_a_terminal(columns: int, *words: str) -> list[str]:
    """Return what ``host`` prints on a terminal with so many columns."""
    master, slave = pty.openpty()
    subprocess.run(["stty", "cols", str(columns)], stdin=slave, check=True)
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    with subprocess.Popen(
        [sys.executable, "-m", "rollhost", *words],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
    ) as process:
        os.close(slave)
        told = b""
        try:
            while part := os.read(master, 4096):
                told += part
        except OSError:  # the program has closed its end
            pass
        os.close(master)
    assert process.returncode == 0, told
    return told.decode().splitlines()


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_lines_fill_the_terminal_and_fit_it(columns: int) -> None:
    lines = on_a_terminal(columns, "hold")
    assert columns - 20 < max(map(len, lines)) <= columns
    first = next(number for number, line in enumerate(lines) if line.startswith("doctor"))
    last = next(number for number, line in enumerate(lines) if line.startswith("other"))
    assert all(line.startswith(" " * 11) for line in lines[first + 1 : last])
    assert " ".join(" ".join(lines[first:last]).split()) == " ".join(DOCTOR.split())


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
