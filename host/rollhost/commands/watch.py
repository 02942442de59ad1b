"""``host watch``: keeps running, and syncs whenever a case is plugged in."""

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
from rollhost.cli import terminal
from rollhost.cli.arguments import add_database, add_port
from rollhost.cli.program import program_name, this_program
from rollhost.cli.sure_clock import how_sure
from rollhost.database.open import open_archive
from rollhost.errors import DONE, PortError, RollcaseError
from rollhost.history import case_status, checks, owners
from rollhost.now import current_case_time, current_time, follow_time_zone
from rollhost.output import units
from rollhost.output.checks import check_hint
from rollhost.output.status import headline

UNIT_FILE = "~/.config/systemd/user/rollcase.service"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
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
    current_time()  # raises for a wrong ROLLCASE_NOW before anything starts
    with suppress(_Ended), _ending_on_signals():
        _watch(args.port or os.environ.get("ROLLCASE_PORT"), args.db)
    print("Stopped.", file=sys.stderr)
    return DONE


class _Ended(BaseException):
    """A signal has ended the program. Not an `Exception`, so that no library catches it."""


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """Raise `_Ended` at SIGINT or SIGTERM, also during a sync, which can stop anywhere."""
    is_ending = False

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal is_ending
        if not is_ending:  # a second signal would interrupt the clean-up after the first
            is_ending = True
            raise _Ended

    before = [(ending, signal.signal(ending, end)) for ending in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for ending, handler in before:
            signal.signal(ending, handler)


def _watch(named: str | None, database: Path | None) -> None:
    watcher = Watcher()
    never = threading.Event()
    print(f"Watching {named or 'the ports'}; Ctrl-C ends it.", file=sys.stderr, flush=True)
    while True:
        for port in watcher.due(_plugged_in(named), time.monotonic()):
            _try(port, database, watcher)
        never.wait(LOOK_S)


def _plugged_in(named: str | None) -> dict[str, Hashable]:
    """Return the ports that are plugged in now, with their marks for `Watcher`."""
    if named:
        # A URL is no file, so it is always tried.
        is_windows = sys.platform == "win32"
        ports = [named] if "://" in named or is_windows or Path(named).exists() else []
    else:
        try:
            ports = candidates()
        except OSError:  # a device was pulled meanwhile
            ports = []
    return {port: _mark(port) for port in ports}


def _mark(port: str) -> Hashable:
    """Return what is another thing once a port was plugged in anew; None if nothing tells it."""
    if sys.platform == "win32":  # looking at a port there opens it, and keeps others out meanwhile
        return None
    try:
        return Path(port).stat().st_ino
    except (OSError, ValueError):
        return None


def _try(port: str, database: Path | None, watcher: Watcher) -> None:
    """Sync the case on a port, and print the result, or the error if it is new."""
    follow_time_zone()
    try:
        news = _sync(port, database)
    except (RollcaseError, OSError) as error:
        sentence = getattr(error, "sentence", str(error))
        # A new port may not have its access rights yet, or another program may look at it first.
        is_early = isinstance(error, PortError) and not watcher.has_failed(port)
        if is_early:
            watcher.failed(port, "", time.monotonic())
        elif watcher.failed(port, sentence, time.monotonic()):
            _say(sentence)
            hint = getattr(error, "hint", "")
            if hint:
                terminal.print_fitted([f"  {hint}"], sys.stderr)
    else:
        watcher.synced(port, time.monotonic())
        _say(news)


def _say(text: str) -> None:
    line = f"{datetime.fromtimestamp(current_time()):%Y-%m-%d %H:%M}  {text}"
    terminal.print_fitted([line], sys.stdout)
    sys.stdout.flush()


def _sync(port: str, database: Path | None) -> str:
    """Sync the case on a port and close the port; return the result in sentences."""
    with Line(port, starts=True) as line, open_archive(database, create=True) as archive:
        sure = how_sure(archive.path, may_ask=False)
        before = owners.owned_cases(archive)
        outcome = sync(line, archive, current_case_time, how_sure=sure)
    past, case = outcome.past, outcome.case
    summary = case_status.summarise(past, case, int(current_time()))
    names_check = checks.is_to_be_named(past, before, summary.person, summary.now)
    new = units.count(outcome.new, "new record") if outcome.new else "nothing new"
    sentences = [f"Case {case.title}: {new}. {headline(summary)}"]
    if names_check:
        sentences.append(check_hint(program_name()))
    if line.started_again:
        sentences.append("It had been stopped, and was started again.")
    if outcome.quarantined:
        sentences.append(f"{units.count(outcome.quarantined, 'record')} could not be read.")
    if outcome.new_log:
        sentences.append("It has begun a new log.")
    if outcome.fault:
        sentences.append(f"It shows SOS: {outcome.fault}.")
    refused = [
        outcome.clock_refused,
        outcome.policy_refused,
        outcome.new_log_refused,
        outcome.state_refused,
        *outcome.agreed.refused,
    ]
    if any(refused) or outcome.clock_heard or (outcome.untold and not outcome.fault):
        sentences.append(f"It did not take everything: {program_name()} sync says more.")
    return " ".join(sentences)


# For systemd.


def _print_unit(args: argparse.Namespace) -> int:
    command = [*this_program(), "watch"]
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
