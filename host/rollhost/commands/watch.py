"""``host watch``: stays, syncs whenever a case is plugged in, and does what follows from that."""

import argparse
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import FrameType

from rollhost.case.connection import Line
from rollhost.case.discovery import candidates
from rollhost.case.sync import sync
from rollhost.case.watch_schedule import LOOK_S, Complaints, Rounds, Sleeps, Watcher, unit
from rollhost.cli import after_sync, terminal
from rollhost.cli.after_sync import Part, Said, explained
from rollhost.cli.arguments import add_broker_login, add_database, add_port
from rollhost.cli.program import program_name, this_program
from rollhost.cli.remind_to import VARIABLE
from rollhost.cli.sure_clock import how_sure
from rollhost.cli.watch_parts import mqtt_part, remind_part
from rollhost.database.open import default_path, is_there, open_archive
from rollhost.errors import DONE, PortError, UsageError
from rollhost.history import case_status, checks, owners
from rollhost.now import current_case_time, current_time, follow_time_zone
from rollhost.output import units
from rollhost.output.checks import check_hint
from rollhost.output.status import headline

UNIT_FILE = "~/.config/systemd/user/rollcase.service"

SECRETS = {
    VARIABLE: "put the addresses into a file, and name it with --remind",
    "ROLLCASE_MQTT_PASSWORD": "put it into a file, and name it with --password-file",
    "ROLLCASE_SHARE_PASSPHRASE": "put it into a file, and name it once with share"
    " --passphrase-file",
}
"""Variables with secrets, which no unit has, and what to do instead."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "--systemd",
        action="store_true",
        help="print a unit that lets systemd run this from your login on, and nothing else",
    )
    parser.add_argument(
        "--remind",
        nargs="?",
        const="",
        metavar="FILE",
        help="remind, too: at the addresses in a file, one a line, as remind --to-file does"
        f" (default: {VARIABLE}, else the desktop)",
    )
    parser.add_argument(
        "--person", metavar="NAME", help="whom to remind, where several people are known"
    )
    parser.add_argument(
        "--mqtt",
        metavar="URL",
        help="tell this broker, too, such as mqtts://USER@HOST; see mqtt publish",
    )
    add_broker_login(parser)
    add_port(parser)
    add_database(parser)
    parser.epilog = (
        "After each sync, and every 15 minutes without one, it also does what was set up once: it"
        " shares, writes the calendar's file, and makes a backup."
    )


def run(args: argparse.Namespace) -> int:
    """Watch until a signal ends it."""
    parts = _parts(args)
    if args.systemd:
        return _print_unit(args)
    current_time()  # raises for a wrong ROLLCASE_NOW before anything starts
    ending = _Ending()
    with suppress(_Ended), ending.on_signals():
        Watch(args.port or os.environ.get("ROLLCASE_PORT"), args.db, parts, ending.check).run()
    print("Stopped.", file=sys.stderr)
    return DONE


def _parts(args: argparse.Namespace) -> list[Part]:
    """Return what is done besides what was set up once. Raises `UsageError`, `NotInstalled`."""
    if args.person is not None and args.remind is None:
        raise UsageError("--person says whom to remind.", "Add --remind, or leave it out.")
    if args.mqtt is None and not (args.password_file is None and args.ca is None):
        raise UsageError("--password-file and --ca are for a broker.", "Name it: --mqtt URL.")
    parts = []
    if args.remind is not None:
        parts.append(remind_part(_addresses(args), args.person))
    if args.mqtt is not None:
        parts.append(mqtt_part(args.mqtt, args.password_file, args.ca))
    return parts


def _addresses(args: argparse.Namespace) -> Path | None:
    return Path(args.remind) if args.remind else None


class _Ended(BaseException):
    """A signal has ended the program. Not an `Exception`, so that no library catches it."""


class _Ending:
    """Ends the program at SIGINT or SIGTERM, also during a sync, which can stop anywhere."""

    def __init__(self) -> None:
        self._is_asked = False

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Raise `_Ended` at the first signal."""
        signals = (signal.SIGINT, signal.SIGTERM)
        before = [(ending, signal.signal(ending, self._end)) for ending in signals]
        try:
            yield
        finally:
            for ending, handler in before:
                signal.signal(ending, handler)

    def check(self) -> None:
        """Raise `_Ended` if there was a signal.

        Who calls us back from C, as SQLite does for a checksum, makes another error of the first.
        """
        if self._is_asked:
            raise _Ended

    def _end(self, number: int, frame: FrameType | None) -> None:
        if not self._is_asked:  # a second signal would interrupt the clean-up after the first
            self._is_asked = True
            raise _Ended


class Watch:
    """Looks again and again at the ports and the clock, and does what is due.

    After the syncs of a look, and every `ROUND_S` without one, it does a round: what was set up
    once, and the other `parts`. `check` raises what ends it. `steady` is a clock (s) that nobody
    sets, `wall` that of the wall (Unix time).
    """

    def __init__(
        self,
        named: str | None,
        database: Path | None,
        parts: Sequence[Part],
        check: Callable[[], None] = lambda: None,
        steady: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = current_time,
    ) -> None:
        self._named = named
        self._database = database
        self._parts = [*after_sync.parts(), *parts]
        self._check = check
        self._steady = steady
        self._wall = wall
        self._watcher = Watcher()
        self._sleeps = Sleeps()
        self._rounds = Rounds()
        self._complaints = Complaints()

    def run(self) -> None:
        """Look for ever."""
        never = threading.Event()
        where = self._named or "the ports"
        print(f"Watching {where}; Ctrl-C ends it.", file=sys.stderr, flush=True)
        while True:
            self.look()
            never.wait(LOOK_S)

    def look(self) -> None:
        """Do what is due now."""
        self._check()
        follow_time_zone()
        now = self._steady()
        if self._sleeps.noticed(now, self._wall()):
            self._watcher.wake(now)
            self._rounds.wake()
        ports = _plugged_in(self._named)
        # All of them first: a hub brings several cases.
        due = [] if ports is None else self._watcher.due(ports, now)
        synced = [port for port in due if self._try(port)]
        if synced or self._rounds.is_due(now):
            self._do_round()

    def _do_round(self) -> None:
        """Do each part once, and say what is new."""
        is_wrong = False
        for part in self._parts:
            said = self._do(part)
            self._check()
            if said is None:
                is_wrong = True
                break
            for news in said.news:
                _say(news)
            for complaint in self._complaints.new(part.command, said.wrong, said.is_put_off):
                _say(complaint)
            is_wrong = is_wrong or bool(said.wrong)
            if said.is_for_cases:
                self._watcher.wake(self._steady())
        self._rounds.done(self._steady(), is_wrong)

    def _do(self, part: Part) -> Said | None:
        """Do a part; None if the database cannot be used, which all parts need.

        Each opens it anew: in between, another program may restore it.
        """
        try:
            if not is_there((self._database or default_path()).expanduser().absolute()):
                return Said()  # nothing was synced yet
            with open_archive(self._database) as archive:
                said = after_sync.done(part, archive, int(current_time()))
        except Exception as error:
            self._check()
            sentence, hint = explained(error, self._database, part.command)
            is_known = self._watcher.complains_of(sentence)
            if self._complaints.new("", [sentence]) and not is_known:
                _complain(sentence, hint)
            return None
        self._complaints.new("", [])
        return said

    def _try(self, port: str) -> bool:
        """Sync the case on a port, and print the result, or the error if it is new.

        Returns whether it was synced.
        """
        self._check()
        watcher = self._watcher
        try:
            news = _sync(port, self._database)
        except Exception as error:  # one of ours, too: other cases and the next sync may go well
            self._check()
            sentence, hint = explained(error, self._database, "sync")
            # A new port may not have its access rights yet, or another program may look at it
            # first.
            is_early = isinstance(error, PortError) and not watcher.has_failed(port)
            if is_early:
                watcher.failed(port, "", self._steady())
            elif watcher.failed(port, sentence, self._steady()) and not (
                self._complaints.has(sentence)  # it is the database
            ):
                _complain(sentence, hint)
            return False
        watcher.synced(port, self._steady())
        _say(news)
        return True


def _plugged_in(named: str | None) -> dict[str, Hashable] | None:
    """Return the ports that are plugged in now, with their marks for `Watcher`.

    None where it cannot be told, as a device was pulled meanwhile.
    """
    if named:
        # A URL is no file, so it is always tried.
        is_windows = sys.platform == "win32"
        ports = [named] if "://" in named or is_windows or Path(named).exists() else []
    else:
        try:
            ports = candidates()
        except OSError:
            return None
    return {port: _mark(port) for port in ports}


def _mark(port: str) -> Hashable:
    """Return what is another thing once a port was plugged in anew; None if nothing tells it."""
    if sys.platform == "win32":  # looking at a port there opens it, and keeps others out meanwhile
        return None
    try:
        return Path(port).stat().st_ino
    except (OSError, ValueError):
        return None


def _say(text: str) -> None:
    line = f"{datetime.fromtimestamp(current_time()):%Y-%m-%d %H:%M}  {text}"
    terminal.print_fitted([line], sys.stdout)
    sys.stdout.flush()


def _complain(sentence: str, hint: str) -> None:
    _say(sentence)
    if hint:
        terminal.print_fitted([f"  {hint}"], sys.stderr)


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
    options = []
    if args.remind is not None:
        options += ["--remind", *([_whole(args.remind)] if args.remind else [])]
    for option, value in (
        ("--person", args.person),
        ("--mqtt", args.mqtt),
        ("--password-file", args.password_file and _whole(args.password_file)),
        ("--ca", args.ca and _whole(args.ca)),
        ("--port", args.port),
    ):
        if value is not None:
            options += [option, value]
    named = args.db or os.environ.get("ROLLCASE_DB")
    if named:
        options += ["--db", _whole(named)]
    print(unit([*this_program(), "watch", *options]), end="")
    notes = [
        "To install and start it:",
        f"  mkdir -p {Path(UNIT_FILE).parent}",
        f"  {shlex.join([program_name(), 'watch', '--systemd', *options])} > {UNIT_FILE}",
        "  systemctl --user enable --now rollcase",
        "What it says: journalctl --user -u rollcase",
        *(
            f"The unit does not have {name}, as a secret is in it: {instead}."
            for name, instead in SECRETS.items()
            if os.environ.get(name)
        ),
    ]
    print("\n".join(notes), file=sys.stderr)
    return DONE


def _whole(file: Path | str) -> str:
    return str(Path(file).expanduser().absolute())
