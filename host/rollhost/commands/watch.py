"""``host watch``: stays, and syncs whenever a case is plugged in."""

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import FrameType

from rollhost.case.connection import Line
from rollhost.case.discovery import candidates
from rollhost.case.sync import sync
from rollhost.case.watch_schedule import LOOK_S, Watcher, unit
from rollhost.cli.arguments import add_database, add_port
from rollhost.cli.program import program_name
from rollhost.database.open import open_archive
from rollhost.errors import DONE, PortError, RollcaseError
from rollhost.history import case_status
from rollhost.now import current_case_time, current_time
from rollhost.output import units
from rollhost.output.status import headline

UNIT_FILE = "~/.config/systemd/user/rollcase.service"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "--systemd",
        action="store_true",
        help="print a unit that lets systemd run this from your login on, and nothing else",
    )
    add_port(parser)
    add_database(parser)


def run(args: argparse.Namespace) -> int:
    """Watch until a signal ends it."""
    if args.systemd:
        return _print_unit(args)
    current_time()  # a ROLLCASE_NOW that is no time is said before anything starts
    with suppress(_Ended), _ending_on_signals():
        _watch(args.port or os.environ.get("ROLLCASE_PORT"), args.db)
    print("Stopped.", file=sys.stderr)
    return DONE


class _Ended(BaseException):
    """A signal said stop. No `Exception`, so that no library takes it for an error of its own."""


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """Turn Ctrl-C, or a polite kill, into `_Ended`, wherever we are; a sync can stop anywhere."""
    is_ending = False

    def end(number: int, where: FrameType | None) -> None:
        nonlocal is_ending
        if not is_ending:  # a second one would disturb the tidying up after the first
            is_ending = True
            raise _Ended

    before = [(each, signal.signal(each, end)) for each in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for each, handler in before:
            signal.signal(each, handler)


def _watch(named: str | None, database: Path | None) -> None:
    watcher = Watcher()
    never = threading.Event()
    what = named or "the ports"
    print(f"Watching {what}; Ctrl-C ends it.", file=sys.stderr, flush=True)
    while True:
        for port in watcher.due(_there(named), time.monotonic()):
            _try(port, database, watcher)
        never.wait(LOOK_S)


def _there(named: str | None) -> dict[str, Hashable]:
    """Return the ports that are there now, each with what tells it from one of the same name."""
    if named:
        # A URL is no file, and always worth a try.
        ports = [named] if "://" in named or os.name == "nt" or Path(named).exists() else []
    else:
        try:
            ports = candidates()
        except OSError:  # a device has gone while it was looked at
            ports = []
    marks: dict[str, Hashable] = {}
    for port in ports:
        try:
            marks[port] = Path(port).stat().st_ino
        except (OSError, ValueError):
            marks[port] = None
    return marks


def _try(port: str, database: Path | None, watcher: Watcher) -> None:
    """Sync what is on a port, and say how that went."""
    try:
        said = _sync(port, database)
    except (RollcaseError, OSError) as error:
        sentence = getattr(error, "sentence", str(error))
        # A port that has just come up may not be ours yet, or still another program's.
        is_early = isinstance(error, PortError) and not watcher.has_failed(port)
        if is_early:
            watcher.failed(port, "", time.monotonic())
        elif watcher.failed(port, sentence, time.monotonic()):
            _say(sentence)
            hint = getattr(error, "hint", "")
            if hint:
                print(f"  {hint}", file=sys.stderr, flush=True)
    else:
        watcher.synced(port, time.monotonic())
        _say(said)


def _say(text: str) -> None:
    print(f"{datetime.fromtimestamp(current_time()):%Y-%m-%d %H:%M}  {text}", flush=True)


def _sync(port: str, database: Path | None) -> str:
    """Sync the case on a port and give the port back; return what there is to say."""
    with Line(port) as line, open_archive(database, create=True) as archive:
        outcome = sync(line, archive, current_case_time)
        line.close()
        case = next(case for case in archive.cases() if case.id == outcome.case_id)
        about = case_status.summarise(archive, case, int(current_time()))
    new = units.count(outcome.new, "new record") if outcome.new else "nothing new"
    said = [f"Case {case.title}: {new}. {headline(about)}"]
    if outcome.quarantined:
        said.append(f"{units.count(outcome.quarantined, 'record')} could not be read.")
    if outcome.fault:
        said.append(f"It shows SOS: {outcome.fault}.")
    refused = [outcome.clock_refused, outcome.policy_refused, *outcome.entries_refused]
    if any(refused) or (outcome.untold and not outcome.fault):
        said.append(f"It did not take everything: {program_name()} sync says more.")
    return " ".join(said)


# For systemd.


def _print_unit(args: argparse.Namespace) -> int:
    command = [*_this_program(), "watch"]
    if args.port:
        command += ["--port", args.port]
    named = args.db or os.environ.get("ROLLCASE_DB")
    if named:
        command += ["--db", str(Path(named).expanduser().absolute())]
    print(unit(command), end="")
    print(
        "To install and start it:\n"
        f"  mkdir -p {Path(UNIT_FILE).parent}\n"
        f"  {program_name()} watch --systemd > {UNIT_FILE}\n"
        "  systemctl --user enable --now rollcase\n"
        "What it says: journalctl --user -u rollcase",
        file=sys.stderr,
    )
    return DONE


def _this_program() -> list[str]:
    """Return how this program was started, as systemd can do it again."""
    typed = Path(sys.argv[0])
    if typed.suffix == ".py":
        return [sys.executable, "-m", "rollhost"]
    return [str(typed.absolute())]
