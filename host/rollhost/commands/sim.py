"""``host sim``: a virtual case, drawn in the terminal or driven by a script."""

import argparse
import json
import os
import re
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from rollcore.events import CASE_EPOCH
from rollhost.case.virtual_ports import announce
from rollhost.cli import terminal
from rollhost.cli.program import program_name
from rollhost.errors import DONE, CaseError, UsageError
from rollhost.now import current_time, follow_time_zone
from rollhost.output import lamp_text
from rollhost.output.text import fitted

if TYPE_CHECKING:  # imported later: they load rich, and what Windows does not have
    from rollhost.sim.screen import View
    from rollhost.sim.virtual_case import VirtualCase

UNITS_MS = {
    "s": 1000,
    "m": 60 * 1000,
    "h": 3600 * 1000,
    "d": 86400 * 1000,
    "w": 7 * 86400 * 1000,
}

LONGEST_JUMP_MS = 10 * 366 * 86400 * 1000
"""The longest jump (ms): ten years, which takes about 20 s (own)."""

AHEAD_S = 60
"""A case that is ahead by less than this (s) can be synced without ``ROLLCASE_NOW``."""

EPILOG = """\
When time has jumped, the case is ahead of this computer. Lend its time to \
the other commands (the screen shows the whole line):

  ROLLCASE_NOW=2026-12-18T20:30:00Z host sync

With --headless, what happens is printed as one JSON document a line, beginning \
with the port, and commands are read from stdin, one a line:

  press, hold, long   the button: for a moment, 2 s, 10 s; takes no real time
  down, up            a finger that stays on it, in real time
  jump 10m            time passes at once: a number and s, m, h, d or w
  cut                 the power goes and comes back
  quit                the end; so is the end of stdin

After each, wait for "event": "done". It follows all that the command \
has caused, and its "now" is the ROLLCASE_NOW that fits the case. A line that is \
no command gets an "event": "error" instead.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    columns = terminal.width()
    parser.epilog = "\n".join(
        part for line in EPILOG.splitlines() for part in fitted(line, columns)
    )
    parser.add_argument(
        "--headless", action="store_true", help="draw nothing: commands on stdin, events on stdout"
    )
    parser.add_argument(
        "--plain",
        action="store_true",
        help="draw nothing: one line of text for each change, for a screen reader (default where"
        " stdout is no terminal, or TERM is dumb)",
    )
    parser.add_argument(
        "--flash",
        type=Path,
        metavar="FILE",
        help="the case's memory, made if it is not there and kept (default: forgotten at the end)",
    )
    parser.add_argument(
        "--emulated", action="store_true", help="run the real image on an emulated Pico"
    )
    parser.add_argument(
        "--image",
        type=Path,
        metavar="UF2",
        help="run this image on one (default: what make firmware has built)",
    )


def run(args: argparse.Namespace) -> int:
    """Run a virtual case until the person ends it."""
    if args.headless and args.plain:
        raise UsageError(
            "--headless is for scripts, --plain for people.", "Leave one of them away."
        )
    if not args.headless:
        _check_keyboard()
    current_time()  # raises for a wrong ROLLCASE_NOW before anything starts
    with suppress(_Ended), _ending_on_signals():
        from rollhost.sim.virtual_case import VirtualCase, choose_image

        image = choose_image(args.emulated, args.image)
        with VirtualCase(args.flash, image) as case, _announced(case.port):
            if args.headless:
                _run_headless(case)
            else:
                _run_for_people(case, args.flash, args.plain or not _can_draw())
    return DONE


class _Ended(Exception):
    """The person has ended the virtual case."""


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """Raise `_Ended` at the first SIGINT, SIGTERM or SIGHUP; ignore later ones."""
    signals = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32":
        signals.append(signal.SIGHUP)

    def end(number: int, frame: FrameType | None) -> None:
        for ending in signals:
            signal.signal(ending, signal.SIG_IGN)
        raise _Ended

    before = [(ending, signal.signal(ending, end)) for ending in signals]
    try:
        yield
    finally:
        for ending, handler in before:
            signal.signal(ending, handler)


@contextmanager
def _announced(port: str) -> Iterator[None]:
    """Let `host sync` find the port in this context; if that fails, print what to do instead."""
    with ExitStack() as stack:
        try:
            stack.enter_context(announce(port))
        except OSError as error:
            print(f"host sync will not find this case by itself ({error}).", file=sys.stderr)
            print(f"  Name its port: --port {port}", file=sys.stderr)
        yield


# For scripts.


def _run_headless(case: "VirtualCase") -> None:
    """Print all events and carry out the commands on stdin, until it ends."""
    _say({"event": "port", "port": case.port})
    typed = b""
    try:
        while True:
            ready, _, _ = select.select([sys.stdin.fileno(), case], [], [])
            if case in ready:
                _say_news(case)
            if sys.stdin.fileno() in ready:
                data = os.read(sys.stdin.fileno(), 4096)
                *lines, typed = (typed + data).split(b"\n") if data else [typed, b""]
                for line in lines:
                    _obey(case, line.decode(errors="replace").strip())
                if not data:
                    return
    except CaseError:
        _say_news(case)
        raise


def _obey(case: "VirtualCase", line: str) -> None:
    """Carry out one command, and print that it is done. Raises `_Ended` for ``quit``."""
    if not line:
        return
    verb, _, argument = line.partition(" ")
    commands = {
        "press": case.press,
        "hold": case.long_press,
        "long": case.very_long_press,
        "down": case.down,
        "up": case.up,
        "cut": case.cut,
    }
    if line == "quit":
        _say_done(case, line)
        raise _Ended
    if line in commands:
        commands[line]()
    elif verb == "jump" and (ms := jump_ms(argument)) is not None:
        case.jump(ms)
    else:
        known = ", ".join([*commands, "jump 10m", "quit"])
        span = "jump takes a number and s, m, h, d or w, up to ten years."
        complaint = span if verb == "jump" else f"Commands are {known}."
        _say({"event": "error", "command": line[:80], "words": complaint})
        return
    _say_done(case, line)


def _say_done(case: "VirtualCase", command: str) -> None:
    """Print the events that a command has caused, that it is done, and the case's present time."""
    _say_news(case)
    now = datetime.fromtimestamp(current_time() + case.jumped_s, timezone.utc)
    _say({"event": "done", "command": command, "now": f"{now:%Y-%m-%dT%H:%M:%SZ}"})


def jump_ms(text: str) -> int | None:
    """Return the milliseconds in a text such as ``90s`` or ``8d``; None for any other text."""
    number, unit = text[:-1], text[-1:]
    if unit not in UNITS_MS or not (number.isascii() and number.isdigit()) or len(number) > 9:
        return None
    ms = int(number) * UNITS_MS[unit]
    return ms if ms <= LONGEST_JUMP_MS else None


def _say_news(case: "VirtualCase") -> None:
    for happening in case.take():
        _say(happening)
        if happening["event"] == "died":
            raise case.death()


def _say(happening: dict[str, object]) -> None:
    print(json.dumps(happening), flush=True)


# For people.


def _check_keyboard() -> None:
    """Raise `UsageError` unless stdin is a terminal, which sends each key at once."""
    if not sys.stdin.isatty():
        raise UsageError(
            f"{program_name()} sim takes its keys from a terminal, and this is none.",
            f"To drive it from a script: {program_name()} sim --headless.",
        )


def _can_draw() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _run_for_people(case: "VirtualCase", flash: Path | None, plain: bool) -> None:
    """Show the case, drawn or in plain lines, and carry out the keys, until q."""
    from rollhost.sim.screen import View

    kept = f"memory kept in {flash}" if flash else "forgotten at the end; to keep it: --flash FILE"
    view = View(case.port, kept, "")
    with _Lines() if plain else _Screen() as shown:
        signal.signal(signal.SIGWINCH, lambda number, where: case.wake())
        while True:
            _refresh(view, case)
            shown.draw(view)
            # Drawn once a second for the clocks, and at once at each event.
            ready, _, _ = select.select([sys.stdin.fileno(), case], [], [], 1.0)
            if sys.stdin.fileno() in ready:
                for key in _keys():
                    _act(key, case, view)
                    _refresh(view, case)
                    if key in EXPLAINS:
                        shown.explain(view)


def _refresh(view: "View", case: "VirtualCase") -> None:
    follow_time_zone()
    now = current_time()
    for happening in case.take():
        if happening["event"] == "died":
            raise case.death()
        view.hear(happening, now)
    view.colour = case.colour
    view.elapsed_s = case.elapsed_s
    view.jumped_s = case.jumped_s
    view.sync = f"{program_name()} sync"
    ahead = 0.0 if view.case_time is None else view.case_time + CASE_EPOCH - now
    if ahead >= AHEAD_S:
        # The next full minute, so that the command changes once a minute and can be copied.
        then = datetime.fromtimestamp((now + ahead) // 60 * 60 + 60, timezone.utc)
        view.sync = f"ROLLCASE_NOW={then:%Y-%m-%dT%H:%MZ} {view.sync}"


def _keys() -> str:
    """Return the keys that were pressed, without escape sequences such as arrows."""
    data = os.read(sys.stdin.fileno(), 1024)
    if not data:
        raise _Ended
    return re.sub(r"\x1b(\[[0-?]*[ -/]*[@-~]|O.)?", "", data.decode(errors="replace"))


def _act(key: str, case: "VirtualCase", view: "View") -> None:
    from rollhost.sim.screen import QUIET, STEPS, passing

    acts = {
        " ": ("you press", case.press),
        "h": ("you hold the button", case.long_press),
        "l": ("you hold the button for ten seconds", case.very_long_press),
        "c": ("power lost, and back", case.cut),
    }
    key = key.lower()
    if key == "q":
        raise _Ended
    if key in acts:
        text, act = acts[key]
        view.add(case.elapsed_s, text, QUIET)
        act()
        if key == " ":
            view.hear_press(case.elapsed_s)
    elif key in STEPS:
        ms, name = STEPS[key]
        view.add(case.elapsed_s, passing(name), QUIET)
        case.jump(ms)


UNKNOWN_SIZE = os.terminal_size((80, 24))
"""What a terminal that does not know its size is taken for: the oldest one of all."""


EXPLAINS = "?\n"
"""Keys at which plain lines say where the case stands, and what each key does now."""


class _Keyboard:
    """A terminal whose keys come each at once."""

    def __enter__(self) -> "_Keyboard":
        import termios
        import tty

        self._input = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._input)
        tty.setcbreak(self._input)
        keys = termios.tcgetattr(self._input)
        keys[6][termios.VSUSP] = b"\0"  # Ctrl-Z would show the shell's prompt in our screen
        termios.tcsetattr(self._input, termios.TCSADRAIN, keys)
        return self

    def __exit__(self, *_: object) -> None:
        import termios

        # Keys that were pressed meanwhile are discarded, else the shell would get them.
        termios.tcsetattr(self._input, termios.TCSAFLUSH, self._before)


class _Lines(_Keyboard):
    """A terminal that nothing is drawn in: a line for each change."""

    def __enter__(self) -> "_Lines":
        from rollhost.sim.plain import Teller

        self._teller = Teller()
        super().__enter__()
        return self

    def draw(self, view: "View") -> None:
        """Print what has changed."""
        self._print(self._teller.news(view))

    def explain(self, view: "View") -> None:
        """Print where the case stands, and what each key does now."""
        self._print(self._teller.explanation(view))

    def _print(self, lines: list[str]) -> None:
        terminal.print_fitted(lines, sys.stdout)
        sys.stdout.flush()


class _Screen(_Keyboard):
    """A terminal to draw in: another screen, and no cursor.

    Only changed lines are written, so that text in others can be selected and copied.
    """

    def __enter__(self) -> "_Screen":
        from rich.console import Console

        self._console = Console(highlight=False, soft_wrap=True)
        self._is_unicode = lamp_text.has_blocks(sys.stdout.encoding)
        self._drawn: list[str] = []
        self._size = (0, 0)
        super().__enter__()
        self._console.set_alt_screen(True)
        self._console.show_cursor(False)
        return self

    def __exit__(self, *_: object) -> None:
        self._console.show_cursor(True)
        self._console.set_alt_screen(False)
        super().__exit__()

    def explain(self, view: "View") -> None:
        """Nothing: the screen shows it all the time."""

    def draw(self, view: "View") -> None:
        """Draw the changed lines of the view."""
        from rollhost.sim.screen import Paper, frame

        size = os.get_terminal_size(sys.stdout.fileno())
        if 0 in size:  # a terminal that does not know, such as a serial line
            size = UNKNOWN_SIZE
        if size != self._size:
            self._size = size
            self._drawn = []
            sys.stdout.write("\x1b[2J")
        lines = []
        paper = Paper(
            size.columns, size.lines, lamp_text.colours_of(self._console), self._is_unicode
        )
        for line in frame(view, paper):
            with self._console.capture() as capture:
                self._console.print(line, end="")
            lines.append(capture.get())
        for number, text in enumerate(lines):
            if number >= len(self._drawn) or text != self._drawn[number]:
                sys.stdout.write(f"\x1b[{number + 1};1H{text}\x1b[K")
        sys.stdout.flush()
        self._drawn = lines
