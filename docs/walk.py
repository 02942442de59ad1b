"""Lives with a virtual case and writes down what a person sees: the pages in this folder.

The case has the real firmware in it; its time jumps from one step to the next.
"""

import json
import os
import re
import shlex
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import datetime, timezone
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from PIL import Image

from rollhost.case.virtual_ports import announce, live_ports
from rollhost.cli.main import main as host
from rollhost.output import lamp_text
from rollhost.output.records import event_sentence
from rollhost.output.text import fitted
from rollhost.sim.transcript import record
from rollhost.sim.virtual_case import VirtualCase

BEGAN = datetime(2026, 11, 20, 19, 40, 30, tzinfo=timezone.utc).timestamp()
"""From the middle of a minute, so that a second more or less shows nowhere."""

MINUTE = 60 * 1000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

ROOT = "/home/you"
"""What the document calls the folder in which all of this happens."""

COLUMNS = 80
"""How wide the terminal is."""

PATIENCE_S = 60
"""How long a `host watch` may take to sync (own): many times as long as it takes."""

PORT, DEVICE = "/dev/ttyACM0", "5c1f0a"
"""And what it calls the case's port and the end of its id."""


class Walk:
    """Lives with a case and writes down what a person sees."""

    def __init__(self, case: VirtualCase, folder: Path) -> None:
        self._case = case
        self._folder = folder
        self._lamp = ""
        self._due_ms = 0
        self._parts: list[str] = []

    @property
    def text(self) -> str:
        """The document so far, in Markdown."""
        return "\n".join(self._parts)

    @property
    def now(self) -> float:
        """What the case's owner has on the clock (Unix s)."""
        return BEGAN + self._case.elapsed_s

    def title(self, text: str) -> None:
        """Begin a chapter."""
        self._end_list()
        self._parts += [f"## {text}", ""]

    def say(self, text: str) -> None:
        """Tell something between two steps."""
        self._end_list()
        self._parts += [text, ""]

    def _end_list(self) -> None:
        if self._parts and self._parts[-1]:
            self._parts.append("")

    def wait(self, ms: int) -> None:
        """Let time pass (ms), what this computer has taken for the last step included."""
        self._due_ms += ms
        self._case.jump(max(self._due_ms - round(self._case.elapsed_s * 1000), 0))

    def lamp(self, person: str, gesture: str = "") -> None:
        """Tell what a person does with the button, or only sees, and what the case makes of it."""
        if gesture:
            getattr(self._case, gesture)()
        logged = list(self._seen())
        told = f"*{datetime.fromtimestamp(self.now).astimezone():%H:%M}* {person}"
        self._parts.append(f"- {told} Lamp: **{self._lamp}**.")
        self._parts += [f"  - logged: {sentence}" for sentence in logged]

    def _seen(self) -> Iterator[str]:
        """Yield what was logged since the last look, and keep what the lamp shows now."""
        self._case.settle()
        for happening in self._case.take():
            if happening["event"] == "lamp":
                look = lamp_text.lamp(str(happening["pattern"]), int(str(happening["stage"])))
                self._lamp = look.words
            elif happening["event"] == "log":
                event = record(happening)
                if event is not None:
                    yield event_sentence(event, self.now)

    @contextmanager
    def unwritten(self) -> Iterator[None]:
        """Live on without writing it down: what came before a story."""
        kept = len(self._parts)
        yield
        list(self._seen())
        del self._parts[kept:]

    @contextmanager
    def abroad(self, time_zone: str) -> Iterator[None]:
        """Be in another time zone for a while."""
        try:
            with patch.dict(os.environ, TZ=time_zone):
                time.tzset()
                yield
        finally:
            time.tzset()

    def host(self, command: str, only: str = "", answer: str | None = None) -> None:
        """Run a command of ours as a person would, a minute later; write down what it says.

        Of what differs from one computer to the next, only lines that match `only`
        are written down. With an `answer` somebody is at a terminal and gives it.
        """
        if answer is None:
            self._run(command, StringIO(), only)
            return
        terminal = _Terminal()
        with patch("sys.stdin", _Answers(answer, terminal)):
            self._run(command, terminal, only)

    def document(self, command: str) -> dict[str, Any]:
        """Return what a command of ours prints for ``--json`` at this moment."""
        out = StringIO()
        with (
            patch("rollhost.now.time", lambda: self.now),
            patch.dict(os.environ, self._environment()),
            redirect_stdout(out),
        ):
            assert _code_of([*shlex.split(command), "--json"]) == 0
        found: dict[str, Any] = json.loads(out.getvalue())
        return found

    def watch(self) -> None:
        """Let `host watch` sync once, and end it with Ctrl-C; after a while, in any case."""
        late = threading.Timer(PATIENCE_S, os.kill, (os.getpid(), signal.SIGINT))
        late.start()
        try:
            self._run("watch", _EndsWatching())
        finally:
            late.cancel()

    def _run(self, command: str, out: StringIO, only: str = "") -> None:
        # In this process, so that its clock goes on with the case's: one that stands still
        # while a busy computer starts a process would put the case's clock back.
        self.wait(MINUTE)
        home = Path.cwd()
        os.chdir(self._folder)
        try:
            with (
                patch("rollhost.now.time", lambda: self.now),
                # Wrapped only once the folder has the name that the document gives it.
                patch("rollhost.cli.terminal.width", lambda stream=None: None),
                patch.dict(os.environ, self._environment()),
                redirect_stdout(out),
                redirect_stderr(out),
            ):
                os.environ.pop("FORCE_COLOR", None)
                code = _code_of(shlex.split(command))
        finally:
            os.chdir(home)
        self._write(command, out.getvalue(), code, only)

    def _environment(self) -> dict[str, str]:
        return {
            "HOME": str(self._folder),
            "COLUMNS": str(COLUMNS),  # for what argparse prints
            "NO_COLOR": "1",
            "ROLLCASE_DB": str(self._folder / "rollcase.db"),
            "ROLLCASE_PORT": self._case.port,
        }

    def _write(self, command: str, told: str, code: int, only: str = "") -> None:
        self._end_list()
        self._parts += ["```console", f"$ host {command}", *self._told(told, only)]
        if code:
            self._parts.append(f"(exit code {code})")
        self._parts += ["```", ""]

    def photo(self, name: str, colour: str) -> None:
        """Take a photo of the skin."""
        Image.new("RGB", (640, 480), colour).save(self._folder / name)

    def _told(self, output: str, only: str) -> Iterator[str]:
        output = output.replace(str(self._folder), ROOT).replace(self._case.port, PORT)
        output = re.sub(r"(?i)(case) [0-9a-f]{6}\b", rf"\1 {DEVICE}", output)
        output = re.sub(r"(?m)^[0-9a-f]{6}  ", f"{DEVICE}  ", output)
        # Seconds are not told anywhere else.
        output = re.sub(r"(-backup-\d{8}-\d{4})\d\d", r"\g<1>30", output)
        left_out = False
        for line in output.splitlines():
            if only and not re.search(only, line):
                if not left_out:
                    yield "…"
                left_out = True
                continue
            left_out = False
            yield from fitted(line.rstrip(), COLUMNS)


class _Terminal(StringIO):
    """What a command prints to where somebody is there to answer."""

    def isatty(self) -> bool:
        return True


class _Answers:
    """What a person types at a terminal, which shows it: the same answer to each question."""

    def __init__(self, answer: str, terminal: _Terminal) -> None:
        self._answer = answer
        self._terminal = terminal

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        self._terminal.write(f"{self._answer}\n")
        return f"{self._answer}\n"


class _EndsWatching(StringIO):
    """What `host watch` prints to; presses Ctrl-C once it has synced."""

    _has_ended = False

    def write(self, text: str) -> int:
        said = "record" in self.getvalue()
        written = super().write(text)
        if text == "\n" and said and not self._has_ended:
            self._has_ended = True
            signal.raise_signal(signal.SIGINT)
        return written


def _code_of(command: list[str]) -> int:
    """Run a command of ours; return its exit code."""
    try:
        return host(command)
    except SystemExit as end:  # argparse, on its own errors and help
        return end.code if isinstance(end.code, int) else 1


@contextmanager
def begin() -> Iterator[Walk]:
    """Yield a walk with a new case and a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="rollcase-month-") as name:
        folder = Path(name).resolve()
        try:
            with (
                patch.dict(os.environ, ROLLCASE_RUNTIME_DIR=str(folder / "run"), TZ="UTC"),
                VirtualCase(folder / "flash.img") as case,
                announce(case.port),
                # Boards that happen to be plugged in here are no part of the story.
                patch("rollhost.commands.ports.candidates", live_ports),
                patch("rollhost.commands.ports.bootsel_boards", list),
                patch("rollhost.commands.watch.candidates", live_ports),
            ):
                time.tzset()
                yield Walk(case, folder)
        finally:
            time.tzset()


# Each wait is a minute longer than what it is for, because a busy computer presses late.


def prepare(walk: Walk) -> None:
    """Soak the roller before a use, and let it dry."""
    walk.lamp(
        "You wash hands and skin, lay the roller into a cup of fresh alcohol beside the case, the"
        " head fully under, cover it, and press.",
        "press",
    )
    walk.wait(11 * MINUTE)
    walk.lamp("The soak is done; the roller dries in air.")
    walk.wait(11 * MINUTE)
    walk.lamp("Dry.")


def roll(walk: Walk, how: str = "") -> None:
    """Roll for four minutes; where there are several zones, `how` tells of the press before."""
    if how:
        walk.lamp(how, "press")
    walk.lamp("You hold, and roll.", "long_press")
    walk.wait(4 * MINUTE)
    walk.lamp("You press: done.", "press")


def clean(walk: Walk) -> None:
    """Soak the roller after a use, and let it dry."""
    walk.wait(2 * MINUTE)
    walk.lamp(
        "You rinse the roller with detergent, lay it into fresh alcohol in the cup, and press.",
        "press",
    )
    walk.wait(11 * MINUTE)
    walk.lamp("The soak is done; the roller dries in air, beside the case.")
    walk.wait(31 * MINUTE)
    walk.lamp("Dry: it goes back.")
