"""`host selftest` in a terminal, with a person who reads it and presses the button of a case."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rollhost.board.selftest import CABLE, LONG_PRESS, POWER, PRESS
from rollhost.output.selftest import ACTS, lamp_words
from rollhost.sim.virtual_case import VirtualCase

LONG = "SELFTEST_FULL"
"""The environment variable that has this run: it takes over half a minute in real time."""

pytestmark = pytest.mark.skipif(LONG not in os.environ, reason=f"takes long: {LONG}=1")

PATIENCE_S = 180.0
"""How long (s) all of it may take on a busy computer; it takes 40."""


class Terminal:
    """A person at a terminal, who reads until something is asked."""

    def __init__(self, *words: str) -> None:
        self._near, far = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rollhost", *words],
            stdin=far,
            stdout=far,
            stderr=far,
            env={**os.environ, "COLUMNS": "400", "NO_COLOR": "1"},
            start_new_session=True,
        )
        os.close(far)
        self._deadline = time.monotonic() + PATIENCE_S
        self.said = ""
        self._read = 0

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._near)

    def next_line(self) -> str | None:
        """Return the next line, or question without a line's end; None once the program ends."""
        while True:
            rest = self.said[self._read :]
            found = re.match(r"[^\r\n]*(?:[\r\n]+|these: |\[y/N\] )", rest)
            if found:
                self._read += found.end()
                return found[0].strip()
            left = self._deadline - time.monotonic()
            assert select.select([self._near], [], [], max(0, left))[0], self.said
            try:
                data = os.read(self._near, 4096)
            except OSError:
                data = b""
            if not data:
                self.process.wait()
                return None
            self.said += data.decode(errors="replace")

    def type(self, text: str) -> None:
        os.write(self._near, text.encode())


def test_person_at_the_terminal_is_led_through_all_of_it(case: VirtualCase, home: Path) -> None:
    shown = {"prepare": lamp_words("prepare"), "soaking": lamp_words("soaking")}
    acts = {
        ACTS[PRESS]: case.press,
        ACTS[LONG_PRESS]: case.long_press,
        ACTS[CABLE]: case.cut,
        ACTS[POWER]: case.cut,
    }
    report = home / "report.md"
    words = ["selftest", "--port", case.port, "--quick", "--report", str(report)]
    expected = "prepare"
    choices: dict[str, str] = {}
    with Terminal(*words) as terminal:
        while (line := terminal.next_line()) is not None:
            if line in acts:
                acts[line]()
                expected = "soaking" if line == ACTS[PRESS] else "prepare"
            elif choice := re.match(r"([123])  (.+)", line):
                choices[choice[2]] = choice[1]
            elif line.endswith("these:"):
                terminal.type(choices[shown[expected]] + "\n")
                choices = {}
            elif line.startswith("Is it "):
                terminal.type("y\n")
    # The emulated chip's clock lags behind while the computer is busy, and catches up.
    failed = [line for line in report.read_text().splitlines() if "| failed |" in line]
    assert [line for line in failed if "| clock |" not in line] == [], terminal.said
    assert "| lamp seen | passed |" in report.read_text()
