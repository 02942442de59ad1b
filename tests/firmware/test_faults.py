"""Fault records: what is read from a traceback, MicroPython's own or garbage."""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcase.faults import MAX_LINE, fields
from rollcore import events
from rollcore.events import Event

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"
FILES, ERRORS = dict(events.FILES), dict(events.ERRORS)
NOWHERE = {"file": 0, "error": 0, "line": 0}


def number_of(names: dict[int, str], name: str) -> int:
    (number,) = [number for number in names if names[number] == name]
    return number


def line_of(path: str, text: str) -> int:
    lines = (FIRMWARE / path).read_text("utf-8").splitlines()
    return 1 + next(number for number, line in enumerate(lines) if text in line)


def traceback_of(statement: str) -> str:
    """Return what the real interpreter prints of the exception that a statement raises."""
    scripts = sysconfig.get_path("scripts")
    micropython = shutil.which("micropython", path=scripts) or shutil.which("micropython")
    if micropython is None:
        pytest.skip("no MicroPython for this machine")
    script = (
        f"import sys\ntry:\n    {statement}\n"
        "except Exception as error:\n    sys.print_exception(error, sys.stdout)\n"
    )
    done = subprocess.run(
        [micropython, "-c", script], env={**os.environ, "MICROPYPATH": str(FIRMWARE)},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("Traceback")
    return done.stdout


def test_place_is_found_in_a_real_traceback() -> None:
    told = traceback_of("from rollcase import clock; clock.elapsed(None, 1)")
    assert fields("TypeError", told) == {
        "file": number_of(FILES, "rollcase/clock.py"),
        "error": number_of(ERRORS, "TypeError"),
        "line": line_of("rollcase/clock.py", "return (now - since) & TICKS_MASK"),
    }


def test_innermost_file_of_ours_is_the_place() -> None:
    told = traceback_of("from rollcase import lamp; lamp.Player().colour(None)")
    assert "rollcase/lamp.py" in told
    assert fields("TypeError", told)["file"] == number_of(FILES, "rollcase/clock.py")


def test_traceback_without_a_file_of_ours_is_from_elsewhere() -> None:
    told = traceback_of("1 // 0")
    error = number_of(ERRORS, "ZeroDivisionError")
    assert fields("ZeroDivisionError", told) == {**NOWHERE, "error": error}


def test_foreign_files_in_a_traceback_do_not_hide_ours() -> None:
    told = (
        'Traceback (most recent call last):\n  File "main.py", line 92, in run\n'
        '  File "rollcase/journal.py", line 111, in append\n'
        '  File "somewhere/else.py", line 5, in call\nOSError: 28\n'
    )
    assert fields("OSError", told) == {
        "file": number_of(FILES, "rollcase/journal.py"),
        "error": number_of(ERRORS, "OSError"),
        "line": 111,
    }


def test_own_error_class_is_recorded_as_another_error() -> None:
    told = 'Traceback (most recent call last):\n  File "main.py", line 7, in run\nJournalError: x\n'
    assert fields("JournalError", told) == {"file": 1, "error": 0, "line": 7}


def test_line_that_does_not_fit_is_the_last_that_does() -> None:
    told = '  File "main.py", line 70000, in run\n'
    assert fields("ValueError", told)["line"] == MAX_LINE


@pytest.mark.parametrize(
    "told",
    [
        "",
        "\n",
        '"',
        '"main.py"',
        'File "main.py"',
        '"main.py" line',
        'File "", line 3',
        '"""""line ',
    ],
)
def test_garbage_instead_of_a_traceback_gives_no_place(told: str) -> None:
    assert fields("", told) == NOWHERE


@pytest.mark.parametrize("told", ['File "main.py", line ', 'File "main.py", line x7'])
def test_line_without_a_number_is_line_0(told: str) -> None:
    assert fields("", told) == {"file": 1, "error": 0, "line": 0}


pieces = st.sampled_from(
    ['"', "\n", "line ", "main.py", "rollcase/app.py", "9" * 30, "7", ",", " ", "File ", "é\0"]
)


@given(st.text() | st.sampled_from(list(ERRORS.values())), st.lists(pieces).map("".join))
def test_place_read_from_any_text_fits_a_record(error: str, told: str) -> None:
    event = Event(events.FAULT, fields(error, told), seq=1)
    assert events.decode(events.encode(event, 0)) == event


def test_every_file_of_the_firmware_has_a_number() -> None:
    ours = [path.relative_to(FIRMWARE).as_posix() for path in FIRMWARE.rglob("*.py")]
    missing = {name for name in ours if not name.endswith("__init__.py")} - set(FILES.values())
    assert missing == set()


def test_recorded_file_names_are_not_the_end_of_another() -> None:
    names = [name for number, name in FILES.items() if number]
    assert [(a, b) for a in names for b in names if a != b and a.endswith(b)] == []
