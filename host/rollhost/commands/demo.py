"""``host demo``: four weeks with a virtual case, printed step by step."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timezone
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rollhost.cli.arguments import add_json
from rollhost.cli.program import program_name
from rollhost.cli.result import Result
from rollhost.errors import DONE, RollcaseError, UsageError
from rollhost.now import current_time
from rollhost.output import lamp_text, units
from rollhost.output.records import event_sentence
from rollhost.sim.transcript import Happening, record

if TYPE_CHECKING:  # rich is imported only to print; virtual_case cannot be imported on Windows
    from rich.console import Console

    from rollhost.sim.virtual_case import VirtualCase

FLASH_NAME = "flash.img"
DATABASE_NAME = "rollcase.db"

MINUTE_MS = 60 * 1000
DAY_MS = 86400 * 1000


class Scene(NamedTuple):
    """A step of the story as written: it comes `after_ms` later, `person` says what one does.

    `gesture` is a key of `GESTURES`, `command` a command of this program; empty for none.
    """

    after_ms: int
    person: str
    gesture: str = ""
    command: str = ""


STORY = (
    Scene(0, "You put a roller into a new case and plug it in."),
    Scene(
        0,
        "With clean hands you lay the roller into a cup of fresh alcohol beside the case, the head"
        " fully under, cover it, and press the button.",
        "press",
    ),
    Scene(10 * MINUTE_MS, "Ten minutes later the soak is done. The roller dries in air."),
    Scene(10 * MINUTE_MS, "Dry: the case says go."),
    Scene(MINUTE_MS, "You press, and roll on clean skin.", "press"),
    Scene(4 * MINUTE_MS, "You press again: done. Now the roller wants cleaning.", "press"),
    Scene(
        2 * MINUTE_MS,
        "You rinse it with detergent, lay it into fresh alcohol in the cup, and press.",
        "press",
    ),
    Scene(10 * MINUTE_MS, "The soak is done. The roller dries in air, beside the case."),
    Scene(30 * MINUTE_MS, "Dry: it goes back. Now your skin rests."),
    Scene(DAY_MS, "Next day you want to roll again, and hold the button. Too early.", "hold"),
    Scene(
        0, "You bring the log home, and say which needles these are.", command="sync --needle 0.5"
    ),
    Scene(27 * DAY_MS, "Four weeks after the use the lamp turns blue by itself."),
    Scene(0, "You ask your computer, too. It needs no case for that.", command="status"),
    Scene(0, "And all of it on one page, to look at or to show.", command="report"),
)

GESTURES: "dict[str, Callable[[VirtualCase], None]]" = {
    "press": lambda case: case.press(),
    "hold": lambda case: case.long_press(),
}


class Step(NamedTuple):
    """A scene that was played, at Unix time `at` (s), with its results.

    `pattern` and `stage` are the lamp's, `logged` the new records, `answer` is the output
    of the scene's command.
    """

    scene: Scene
    at: float
    pattern: str
    stage: int
    logged: list[Happening]
    answer: str

    @property
    def lamp(self) -> tuple[str, str]:
        """The lamp's message: a key of `lamp_text.HUES`, and words."""
        look = lamp_text.lamp(self.pattern, self.stage)
        if any(happening["kind"] == "refused" for happening in self.logged):
            return look.hue, f"a red flicker, then {look.words}"
        return look.hue, look.words


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_json(parser)
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="keep the case's memory and the database there (default: nothing is kept)",
    )
    parser.add_argument(
        "--emulated", action="store_true", help="live it on an emulated Pico, with the real image"
    )
    parser.add_argument(
        "--image",
        type=Path,
        metavar="UF2",
        help="with this image on one (default: what make firmware has built)",
    )
    parser.add_argument(
        "--svg", type=Path, metavar="FILE", help="write what is printed as a picture, too"
    )


def run(args: argparse.Namespace) -> Result:
    """Play the story and print it."""
    if args.json and args.svg:
        raise UsageError("--json prints a document, --svg draws a story.", "Ask for one of them.")
    from rollhost.sim.virtual_case import VirtualCase, choose_image

    image = choose_image(args.emulated, args.image)
    with (
        _picture_file(args.svg) as draw,
        _folder(args.keep) as folder,
        VirtualCase(folder / FLASH_NAME, image) as case,
    ):
        steps = _live(case, folder / DATABASE_NAME, args.json)
        documents: list[dict[str, object]] = []
        if args.json:
            documents = [_document(step) for step in steps]
        else:
            # An emulated Pico takes longer than a second.
            draw(_print_story(steps, "" if image else " in a second", args.keep))
    return Result(lambda: {"steps": documents}, lambda: [])


@contextmanager
def _picture_file(path: Path | None) -> Iterator[Callable[[str], None]]:
    """Yield a function that writes a picture to `path`, or does nothing if `path` is None.

    Raises `RollcaseError` at once if the file cannot be written. On an error no empty file is
    left.
    """
    if path is None:
        yield lambda picture: None
        return
    is_new = not path.exists()
    _write(path, "a", "")
    try:
        yield partial(_write, path, "w")
    except BaseException:
        if is_new:
            path.unlink(missing_ok=True)
        raise


def _write(path: Path, mode: str, text: str) -> None:
    """Write to a file. Raises `RollcaseError` if it cannot be written."""
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise RollcaseError(
            f"{path} cannot be written ({error.strerror}).", "Name another file."
        ) from None


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """Yield a folder for the case's flash and the database: `kept`, or None for a temporary one."""
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="rollcase-demo-") as folder:
            yield Path(folder)
        return
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{kept} cannot be made ({error.strerror}).", "Name another.") from None
    for name in (FLASH_NAME, DATABASE_NAME):
        if (kept / name).exists():
            raise UsageError(
                f"{kept} holds a {name} already, and the story begins with a new case.",
                "Name a folder that is not there yet.",
            )
    yield kept


def _live(case: "VirtualCase", database: Path, as_json: bool) -> Iterator[Step]:
    """Play the story; yield each step as soon as it is done."""
    # From the middle of a minute: a second more or less changes no time that is printed.
    began = current_time() // 60 * 60 + 30
    pattern, stage = "", 0
    for scene in STORY:
        case.jump(scene.after_ms)
        if scene.gesture:
            GESTURES[scene.gesture](case)
        at = began + case.elapsed_s
        answer = _ask_host(scene.command, case.port, database, at, as_json)
        logged = []
        for happening in case.take():
            if happening["event"] == "lamp":
                pattern, stage = str(happening["pattern"]), int(str(happening["stage"]))
            elif happening["event"] == "log":
                logged.append(happening)
        yield Step(scene, at, pattern, stage, logged, answer)


def _ask_host(command: str, port: str, database: Path, now: float, as_json: bool) -> str:
    """Run a command of this program at Unix time `now` (s); return its output.

    Raises `RollcaseError` if it fails.
    """
    if not command:
        return ""
    line = [sys.executable, "-m", "rollhost", *command.split(), "--db", str(database.absolute())]
    if command.startswith("sync"):
        line += ["--port", port]
    if as_json:
        line += ["--json"]
    then = datetime.fromtimestamp(now, timezone.utc)
    done = subprocess.run(
        line,
        cwd=database.parent,  # the command may write a file here
        env={
            **os.environ,
            "ROLLCASE_NOW": then.isoformat(timespec="seconds"),
            "COLUMNS": str(WIDTH - MARGIN),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != DONE:
        raise RollcaseError(
            f"{program_name()} {command} did not work (exit code {done.returncode}).",
            done.stderr.strip(),
        )
    return done.stdout


def _document(step: Step) -> dict[str, object]:
    """Return a step for ``--json``."""
    return {
        "at": units.iso(step.at),
        "person": step.scene.person,
        "gesture": step.scene.gesture or None,
        "lamp": {"pattern": step.pattern, "stage": step.stage, "words": step.lamp[1]},
        "logged": step.logged,
        "command": step.scene.command or None,
        "answer": json.loads(step.answer) if step.answer else None,
    }


def _print_story(steps: Iterable[Step], pace: str, kept: Path | None) -> str:
    """Print each step as soon as it is done; return the story as an SVG."""
    from rich.console import Console

    screen = Console(highlight=False)
    screen.width = min(screen.width, WIDTH) if screen.is_terminal else WIDTH
    # The picture has full width and all colours, whatever the terminal has.
    picture = Console(
        record=True,
        highlight=False,
        width=WIDTH,
        file=StringIO(),
        color_system="truecolor",
        no_color=False,
    )
    pages = _Page(screen), _Page(picture)
    for page in pages:
        page.begin(pace)
    for step in steps:
        for page in pages:
            page.print_step(step)
    for page in pages:
        page.end(kept)
    return picture.export_svg(title=f"{program_name()} demo", code_format=SVG, unique_id="rollcase")


WIDTH = 80
"""Columns of the story, in its picture and on a terminal that is wide enough."""

MARGIN = 4
"""Columns to the left of a step's results."""

LAMP_WIDTH = 36
"""Columns for the lamp's message, before the logged records."""


class _Page:
    """Prints the story for a person, wrapped at words and in the terminal's colours."""

    def __init__(self, console: "Console") -> None:
        self._console = console
        self._colours = lamp_text.colours_of(console)
        self._dot = "●" if lamp_text.has_blocks(console.encoding) else "*"
        self._began: date | None = None

    def begin(self, pace: str) -> None:
        """Print the first sentence, which ends with `pace`."""
        self._print(f"The real firmware lives through four weeks{pace}. {self._dot} is its lamp.\n")

    def print_step(self, step: Step) -> None:
        """Print one step."""
        then = datetime.fromtimestamp(step.at)
        self._began = self._began or then.date()
        when = f"day {(then.date() - self._began).days + 1}, {then:%H:%M}"
        if step.answer:
            self._print()
        self._print((when, "dim"), "  ", (step.scene.person, "bold"))
        if step.answer:
            self._print(("$ ", "dim"), f"{program_name()} {step.scene.command}", margin=MARGIN)
            for line in step.answer.splitlines():
                self._print(line, margin=MARGIN)
            self._print()
            return
        hue, look = step.lamp
        lamp = (self._dot, lamp_text.ink(hue, self._colours) or "")
        logged = [
            (("logged: ", "dim"), event_sentence(event, step.at))
            for event in filter(None, map(record, step.logged))
        ]
        if self._console.width < WIDTH:
            self._print(lamp, " ", look, margin=MARGIN)
            for parts in logged:
                self._print(*parts, margin=MARGIN + 2)
            return
        beside = [part for parts in logged for part in (" " * (LAMP_WIDTH - len(look)), *parts)]
        self._print(lamp, " ", look, *beside, margin=MARGIN)

    def end(self, kept: Path | None) -> None:
        """Print how to go on."""
        again = f"{program_name()} sim"
        if kept is None:
            self._print(f"Nothing of this was kept. Now you: {again}")
            return
        # Not wrapped, so that it can be copied.
        text = f"Kept in {kept}. Go on from there:\n{again} --flash {kept / FLASH_NAME}"
        self._console.print(text, markup=False, soft_wrap=True)

    def _print(self, *parts: "str | tuple[str, str]", margin: int = 0) -> None:
        """Print a line, wrapped if it is too long."""
        from rich.text import Text

        for line in Text.assemble(*parts).wrap(self._console, self._console.width - margin):
            line.rstrip()
            if line:
                line.pad_left(margin)
            self._console.print(line, soft_wrap=True)


SVG = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg"
     xml:space="preserve">
<style>
.{unique_id}-matrix {{
    font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
    font-size: {char_height}px;
    line-height: {line_height}px;
    white-space: pre;
}}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""The template that rich fills with a picture of the terminal: it loads no font from elsewhere."""
