"""Writes first-month.md: a month with a case, and what each command says in it.

Usage: make docs. The case is virtual, with the real firmware; its time jumps from
one visit to the next. A test lives through it again and compares.
"""

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
from unittest.mock import patch

from PIL import Image

from rollhost.case.virtual_ports import announce, live_ports
from rollhost.cli.main import main as host
from rollhost.output.records import event_sentence
from rollhost.output.text import fitted
from rollhost.sim import lamp_text
from rollhost.sim.transcript import record
from rollhost.sim.virtual_case import VirtualCase

FILE = Path(__file__).resolve().parent / "first-month.md"

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
        self._parts += [f"## {text}", ""]

    def say(self, text: str) -> None:
        """Tell something between two steps."""
        self._parts += [text, ""]

    def wait(self, ms: int) -> None:
        """Let time pass (ms), what this computer has taken for the last step included."""
        self._due_ms += ms
        self._case.jump(max(self._due_ms - round(self._case.elapsed_s * 1000), 0))

    def lamp(self, person: str, gesture: str = "") -> None:
        """Tell what a person does with the button, or only sees, and what the case makes of it."""
        if gesture:
            getattr(self._case, gesture)()
        logged = []
        for happening in self._case.take():
            if happening["event"] == "lamp":
                look = lamp_text.lamp(str(happening["pattern"]), int(str(happening["stage"])))
                self._lamp = look.words
            elif happening["event"] == "log":
                event = record(happening)
                logged += [event_sentence(event, self.now)] if event is not None else []
        told = f"*{datetime.fromtimestamp(self.now, timezone.utc):%H:%M}* {person}"
        self._parts.append(f"- {told} Lamp: **{self._lamp}**.")
        self._parts += [f"  - logged: {one}" for one in logged]

    def host(self, command: str, only: str = "") -> None:
        """Run a command of ours as a person would, a minute later; write down what it says.

        Of what differs from one computer to the next, only lines that match `only`
        are written down.
        """
        self._run(command, StringIO(), only)

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
        if self._parts and self._parts[-1]:  # a list ends here
            self._parts.append("")
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


def live(walk: Walk) -> None:
    """Live through the month."""
    walk.say("# A month with Rollcase")
    walk.say(
        "Every command as somebody meets it in the first month, with what it says. Nothing here is"
        " typed by hand: `make docs` lives through it with a virtual case, the real firmware in it,"
        " and writes this page; a test does it again and compares. `…` stands for lines that differ"
        " from one computer to the next."
    )
    _first_evening(walk)
    _too_early(walk)
    _skin(walk)
    _a_month_later(walk)
    _mistakes(walk)
    _two_people(walk)
    _for_a_board(walk)


def _first_evening(walk: Walk) -> None:
    walk.title("Friday: a new case")
    walk.say("The roller moves in, and the case goes to the computer's USB port.")
    walk.host("--help")
    walk.host("doctor", only="clock of|no database")
    walk.host("ports")
    walk.host("sync --needle 0.25")
    walk.say("Two areas of skin, each with a rest of its own. The rules wait for the next sync.")
    walk.host("policy")
    walk.host("policy set zones=face,neck")
    walk.host("policy diff")
    walk.host("name bathroom")
    walk.host("sync")
    walk.say("Then the first session.")
    _prepare(walk)
    _roll(walk, "A press shows the next rested area: one flash, the face. Holding starts the use.")
    _clean(walk)
    walk.host("sync")
    walk.host("status")
    walk.say("You want to do four of these, one a month, and to see what comes of it.")
    walk.host("plan start --sessions 4 --zone face")
    walk.photo("day-1.jpg", "#d99a86")
    walk.host("photo day-1.jpg before the first --zone face")


def _prepare(walk: Walk) -> None:
    walk.lamp("You pour alcohol over the roller and press.", "press")
    walk.wait(11 * MINUTE)
    walk.lamp("The soak is done; the roller dries.")
    walk.wait(11 * MINUTE)
    walk.lamp("Dry.")


def _roll(walk: Walk, how: str) -> None:
    walk.lamp(how, "press")
    walk.lamp("You hold, and roll.", "long_press")
    walk.wait(4 * MINUTE)
    walk.lamp("You press: done.", "press")


def _clean(walk: Walk) -> None:
    walk.wait(2 * MINUTE)
    walk.lamp("You rinse the roller, pour alcohol over it and press.", "press")
    walk.wait(11 * MINUTE)
    walk.lamp("Disinfected; it dries in the case.")
    walk.wait(31 * MINUTE)
    walk.lamp("Dry.")


def _too_early(walk: Walk) -> None:
    walk.title("Sunday and Monday: too early")
    walk.wait(2 * DAY - 2 * HOUR)
    walk.say("On Sunday the neck has its turn. It was not rolled yet, so nothing is against it.")
    _prepare(walk)
    _roll(walk, "The press shows two flashes: the neck.")
    _clean(walk)
    walk.wait(DAY - HOUR)
    walk.lamp("On Monday you try again, and hold the button. Too early: no.", "long_press")
    walk.lamp(
        "You insist, and hold it for ten seconds. The case lets you, and logs it.",
        "very_long_press",
    )
    walk.wait(3 * MINUTE)
    walk.lamp("You press: done. You leave it at that and go to bed.", "press")
    walk.wait(2 * HOUR)
    walk.lamp("Two hours later it still wants to be cleaned.")
    _clean(walk)
    walk.host("sync")
    walk.host("log --since 2d")
    walk.host('note "new alcohol, 70 %" --at yesterday')


def _skin(walk: Walk) -> None:
    walk.title("Tuesday to Friday: the skin says no")
    walk.wait(16 * HOUR)
    walk.host("reaction open red and itchy --zone neck")
    walk.host("status")
    walk.wait(DAY)
    walk.host("reaction")
    walk.host("reaction look nearly gone")
    walk.wait(2 * DAY)
    walk.host("reaction over")
    walk.host("hold")
    walk.host("hold sunburn --until 5d")
    walk.host("sync")
    walk.lamp("You hold the button. The case knows, too.", "long_press")
    walk.host("hold release")
    walk.say("A session at a clinic in the first days of November counts as well.")
    walk.host("clinic 2026-11-02 --needle 1.5 --zone face Dr Smith")
    walk.host("head new dropped it")
    walk.watch()
    walk.host("log --kind clinic --kind reaction --kind head_new")


def _a_month_later(walk: Walk) -> None:
    walk.title("A month later")
    walk.wait(24 * DAY)
    walk.host("status")
    _prepare(walk)
    _roll(walk, "One flash: the face.")
    _clean(walk)
    walk.host("sync")
    walk.photo("day-30.jpg", "#d9a58c")
    walk.host("photo day-30.jpg a month on --zone face")
    walk.host("photo")
    walk.host("plan")
    walk.say("What would a rest of 28 days have refused?")
    walk.host("policy replay rest=28d")
    walk.host("report")
    walk.host("export csv rollcase.csv")
    walk.host("export diary diary.csv")
    walk.host("export ics rollcase.ics")
    walk.host("export json rollcase.json")
    walk.host("import rollcase.json --db other.db")
    walk.host("backup")
    walk.host("verify")
    walk.host("watch --systemd", only=r"^\[|Description|Restart")
    walk.host("completion bash", only="complete -")


def _mistakes(walk: Walk) -> None:
    walk.title("What goes wrong, and what is said then")
    walk.host("note --at 2026-02-30 hello")
    walk.host("clinic tomorrow --zone face")
    walk.host("photo lost.jpg")
    walk.host("reaction open itchy --zone neck")
    walk.say("It was only the scarf, and no case knows of it yet.")
    walk.host("undo --yes")
    walk.host("export json rollcase.json")
    walk.host("import rollcase.csv")
    walk.host("policy set needle=1.5")
    walk.host("policy set rest=3d")
    walk.host("log --zone knee")
    walk.host("status --case kitchen")
    walk.host("hold release --until 3d")
    walk.host("stats")


def _two_people(walk: Walk) -> None:
    walk.title("Ann moves in")
    walk.say("What she writes down is about her skin, and her case will be told of it, not yours.")
    walk.host("person add Ann")
    walk.host("hold sunburn --until 10d --person ann")
    walk.host("status --person Ann")
    walk.host("status")
    walk.say("Then she gets the case, with the roller's head out: a head is for one person.")
    walk.host("case lend bathroom Ann --yes")
    walk.host("sync")
    walk.host("status")
    walk.host("case")
    walk.say("A note for her was meant for you, after all. It was the last thing written down.")
    walk.host("note new alcohol --person Ann")
    walk.host("undo --yes --person Ann")
    walk.host("note new alcohol")
    walk.say("A photo that should not have been noted is erased, and not only taken back.")
    walk.host("forget day-1.jpg --yes")
    walk.host("restore rollcase.db", only="itself")


def _for_a_board(walk: Walk) -> None:
    walk.title("What this month had no need of")
    walk.say("Two commands are for a board that one can hold in the hand:")
    walk.host("install")
    walk.host("rescue")
    walk.say("`host sim` and `host demo` are for whoever has none yet: see the README.")


def write() -> str:
    """Live through it and return the document."""
    with begin() as walk:
        live(walk)
        return walk.text


def main() -> None:
    """Write the document."""
    FILE.write_text(write(), encoding="utf-8")


if __name__ == "__main__":
    main()
