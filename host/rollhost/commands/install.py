"""``host install``: puts the firmware onto a board, as files beside MicroPython or as an image."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from rollcore import VERSION, messages
from rollhost.board import bootsel, bring_home, bundled_files, install, new_log, rescue, room
from rollhost.board.new_log import Birth
from rollhost.board.repl import NotOpened, Repl
from rollhost.board.rescue import Saved
from rollhost.case.connection import CaseRefused, Line, plain
from rollhost.case.discovery import candidates, greet
from rollhost.case.shown import shown
from rollhost.case.sync import sync
from rollhost.cli.arguments import add_database, add_json, add_port
from rollhost.cli.find_board import find_board
from rollhost.cli.program import program_name
from rollhost.cli.progress import progress_bar
from rollhost.cli.result import Result
from rollhost.cli.sure_clock import how_sure
from rollhost.database.open import open_archive
from rollhost.errors import CaseError, UsageError
from rollhost.now import current_case_time, current_time
from rollhost.output import lamp_text, units
from rollhost.output.rescue import birth_lines, why_sentence

BACK_S = 15.0
"""How long (s) a board may take to come back after a restart (own): 2 s are usual."""

POWER_UP = "boards/power-up.md"
"""The page of the project that tells, second by second, what a case does once it has power."""

LOOK_AGAIN_S = 0.3
"""Time (s) between two looks at the ports (own)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_port(parser)
    parser.add_argument(
        "--board",
        metavar="NAME",
        help="which board it is, or the path of a board.py of your own"
        " (default: what the board itself says)",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, do nothing")
    parser.add_argument("--no-sync", action="store_true", help="leave the case's log for later")
    parser.add_argument(
        "--replace", action="store_true", help="take the place of another program on the board"
    )
    parser.add_argument(
        "--uf2",
        nargs="?",
        const="",
        metavar="FILE",
        help="write an image to the drive of a board in BOOTSEL mode"
        " (default: the one that make firmware has built)",
    )
    parser.add_argument(
        "--drive",
        type=Path,
        metavar="FOLDER",
        help="where that drive is (default: the one that is found)",
    )
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Install the firmware, and wait until the case answers. Prints each step once it is done."""
    document = _run_image(args) if args.uf2 is not None else _run_files(args)
    return Result(lambda: document, lambda: [])


# As files.


def _run_files(args: argparse.Namespace) -> dict[str, object]:
    say = _Talk(args.json)
    named = install.named_board(args.board) if args.board else None
    port = find_board(args.port)
    line, problem = greet(port)
    called, acked, may_sync = "", 0, not (args.no_sync or args.dry_run)
    if line:
        with line:
            called = line.board
            if called == "virtual":
                raise UsageError(
                    f"On {port} is a virtual case, which runs the firmware of this program.",
                    "There is nothing to install: stop it and start it again.",
                )
            try:
                if may_sync:
                    new = _sync(line, args.db)
                    say(f"Brought {units.count(new, 'new record')} home first.")
                acked = line.ask("status").integer("acked")
            except CaseRefused as refused:
                if refused.code != messages.BAD_STORAGE:
                    raise
                # Its firmware cannot read the log; we read the flash itself below.
    try:
        repl = Repl(port)
    except NotOpened as error:
        raise problem or error from None
    with repl:
        found = install.look(repl)
        board = named or install.board_for(found.machine, called)
        install.check_fits(board, found.machine)
        if found.runs_something_else and not args.replace:
            raise install.NotThisBoard(
                f"The board on {port} has a program of its own, in {install.MAIN}.",
                "If that program may go, install with --replace.",
            )
        compiled = install.can_compile(found.mpy)
        plan = install.plan(repl, found, install.firmware_files(board, compiled))
        say(f"{found.machine}, MicroPython {found.version_text}, on {port}.")
        with progress_bar("Reading the log") as progress:
            saved = rescue.read(repl, progress)
        _check_log(saved, args)
        birth = _bring_home(saved, board.name, args, say) if may_sync else None
        if not args.dry_run:
            home = _home(saved, acked, may_sync)
            with progress_bar("Installing") as progress:
                _carry_out(repl, found, plan, _Log(saved, birth, home, args.db), progress)
            if may_sync:
                new_log.remove_leftovers(repl, saved)
    if birth:
        say("\n".join(birth_lines(birth, saved)))
    say("\n".join(_lines(plan, board, args.dry_run)))
    for path in plan.stay:
        say.aside(f"/{path} is not ours, and stays.")
    advice = install.advice(board, found)
    if advice:
        say.aside(advice)
    if found.has_other_boot:
        say.aside(
            f"It has a {install.BOOT} of its own, which stays. So the case will not start by itself"
            " if it is left at MicroPython's prompt."
        )
    if not compiled:
        say.aside(
            "There is no mpy-cross here that fits this board, so the files go uncompiled:"
            " the case takes a few seconds longer to start."
        )
    shows = None
    if not args.dry_run:
        # The case may come back on another port.
        with _wait_for_case(lambda: [*{port, *candidates()}], found.device) as new_line:
            if line and may_sync:
                _sync(new_line, args.db)  # sets the clock, which stood still meanwhile
            shows = _lamp(new_line)
        say(f"The case answers, with firmware {new_line.firmware}.")
        _say_lamp(say, shows)
        if not line:
            say.aside(f"Next: {program_name()} sync")
    return {
        "port": port,
        "device": found.device,
        "machine": found.machine,
        "micropython": found.version_text,
        "board": board.name,
        "firmware": VERSION,
        "dry_run": args.dry_run,
        "compiled": compiled,
        "folder": plan.folder,
        "sent": sorted(plan.send),
        "bytes": plan.bytes,
        "unchanged": sorted([*plan.copy, *plan.keep]),
        "removed": sorted(plan.remove),
        "left": sorted(plan.stay),
        "new_log": birth.log_id.hex() if birth else None,
        "lamp": shows,
    }


class _Log(NamedTuple):
    """The log on a board: what was read of it, the new one that it needs, and what may go.

    All its records up to `home` are at home. The new log is noted in the `database`.
    """

    saved: Saved
    birth: Birth | None
    home: int
    database: Path | None


def _check_log(saved: Saved, args: argparse.Namespace) -> None:
    """Raise `RollcaseError` if this log must not be touched, or has to come home first."""
    new_log.check_known(saved)
    if args.no_sync and new_log.why(saved):
        raise UsageError(
            f"{why_sentence(new_log.why(saved), saved)} So the log has to come home first.",
            "Leave --no-sync away.",
        )


def _bring_home(saved: Saved, board: str, args: argparse.Namespace, say: "_Talk") -> Birth | None:
    """Bring home what was read from a board's flash; return the new log that the board needs."""
    if not bring_home.is_anything(saved):
        return None
    with open_archive(args.db, create=True) as archive:
        new, _ = bring_home.keep_in(archive, saved, board, int(current_time()))
        birth = new_log.plan(archive, saved)
    if new:
        say(f"Brought {units.count(new, 'new record')} home, read from the flash itself.")
    return birth


def _home(saved: Saved, acked: int, is_home: bool) -> int:
    """Return up to which record the log is at home: all of it, or what a host has acknowledged."""
    log = saved.logs.current
    if log is None:
        return acked
    return log.last if is_home else max([acked, *(page.acked for page in log.pages)])


def _carry_out(
    repl: Repl, found: install.Found, plan: install.Plan, log: _Log, progress: install.Progress
) -> None:
    """Install the firmware, and begin the new log that the board needs.

    Where littlefs may give a living log away, the new log comes before anything else. A log of an
    older format is safe, and the firmware that is on the board knows no other: there it comes last.
    """

    def begin() -> None:
        if log.birth:
            new_log.begin(repl, log.birth)
            with open_archive(log.database, create=True) as archive:
                new_log.note(archive, log.saved, log.birth, int(current_time()))

    if log.birth and log.birth.why != new_log.OLDER_LOG:
        begin()
        install.carry_out(repl, found, plan, progress=progress)
    else:
        spare = room.spare(log.saved, log.home)
        install.carry_out(repl, found, plan, spare, begin if log.birth else None, progress)


def _sync(line: Line, database: Path | None) -> int:
    """Sync the case; return how many records were new."""
    with open_archive(database, create=True) as archive:
        # Nobody is asked in the middle of this: a sync does it.
        sure = how_sure(archive.path, may_ask=False)
        return sync(line, archive, current_case_time, how_sure=sure).new


def _lines(plan: install.Plan, board: install.Board, dry_run: bool) -> list[str]:
    if plan.nothing:
        return [f"Firmware {VERSION} for the board {board.name} is on it already."]
    kept = len(plan.copy) + len(plan.keep)
    size = f"{units.count(len(plan.send), 'file')} ({-(-plan.bytes // 1024)} KB)"
    files = f"{size} sent, {kept} unchanged"
    if dry_run:
        lines = [f"Firmware {VERSION} would go onto it as board {board.name}: {files}."]
        lines += [f"  {path}" for path in sorted(plan.send)]
        lines += [f"  /{name} would be removed" for name in plan.remove]
        return [*lines, "Nothing was changed."]
    return [f"Firmware {VERSION} is on it as board {board.name}: {files}."]


def _wait_for_case(ports: Callable[[], list[str]], device: str = "") -> Line:
    """Return the line to a case on one of `ports`, as soon as it answers.

    With `device` it has to be the case with this device id. Raises `CaseError` if none answers
    within `BACK_S`.
    """
    deadline = time.monotonic() + BACK_S
    while time.monotonic() < deadline:
        for port in ports():
            line, _ = greet(port)
            if line and device in ("", line.device):
                return line
            if line:
                line.close()
        time.sleep(LOOK_AGAIN_S)
    raise CaseError(
        "The firmware is on the board, but no case answers.",
        "Unplug it and plug it in again. To see what it says: mpremote repl, then Ctrl-D.",
    )


def _lamp(line: Line) -> str | None:
    """Return in words what the lamp of the case on `line` shows now; None if nobody knows."""
    now = shown(line)
    return now and lamp_text.message(now.phase or lamp_text.FAULT, now.stage, now.clock_set)


def _say_lamp(say: "_Talk", shows: str | None) -> None:
    if shows:
        say(f"Its lamp shows: {shows}.")
    say.aside(f"Does it not? {POWER_UP} in the project says what to check, a question a step.")


# As an image.


def _run_image(args: argparse.Namespace) -> dict[str, object]:
    say = _Talk(args.json)
    drive = bootsel.find_drive(args.drive)
    image = bootsel.read_image(_image_path(args, drive), drive)
    say(f"{drive.model}, as a drive on {drive.path}.")
    if image.is_rollcase:
        # The drive does not tell them apart, and their flash is divided otherwise.
        say("This image is not for boards with wireless, which take the firmware as files.")
    before = candidates()
    if not args.dry_run:
        with progress_bar("Writing") as progress:
            bootsel.write(image, drive, progress)
    file = f"{image.path} ({-(-len(image.data) // 1024)} KB)"
    say(f"{file} would be written to it." if args.dry_run else f"{file} is written.")
    if sys.platform == "darwin" and not args.dry_run:
        say.aside(
            "macOS may say that the disk was not ejected: the board has restarted, all is well."
        )
    answered = shows = None
    if image.is_rollcase and not args.dry_run:
        with _wait_for_case(lambda: [port for port in candidates() if port not in before]) as line:
            answered, shows = line.device, _lamp(line)
            say(f"Case {line.device[-6:]} answers, with firmware {line.firmware}.")
            _say_lamp(say, shows)
    return {
        "drive": str(drive.path),
        "model": drive.model,
        "image": str(image.path),
        "bytes": len(image.data),
        "dry_run": args.dry_run,
        "device": answered,
        "lamp": shows,
    }


def _image_path(args: argparse.Namespace, drive: bootsel.Drive) -> Path:
    """Return the path of the named image, else of the one that was built here for this board.

    Raises `UsageError` if there is none.
    """
    if args.uf2:
        return Path(args.uf2)
    name = args.board or bootsel.USUAL_BOARD[drive.chip]
    built = bundled_files.image(name)
    if built is None:
        raise UsageError(
            f"There is no image for the board {plain(name)} here.",
            "Name one: --uf2 FILE. In a clone of the project, make firmware builds those for pico"
            " and pico2; other boards take MicroPython's own, and then install without --uf2.",
        )
    return built


class _Talk:
    """Prints each step at once: the answer to stdout (not with ``--json``), the rest to stderr."""

    def __init__(self, json_only: bool) -> None:
        self._json_only = json_only

    def __call__(self, text: str) -> None:
        if not self._json_only:
            print(text, flush=True)

    def aside(self, text: str) -> None:
        """Print a line that is not part of the answer, to stderr."""
        print(text, file=sys.stderr)
