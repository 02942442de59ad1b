"""``host selftest``: tries a case that nobody uses yet, part by part, and writes a report."""

import argparse
import platform
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rollcore import VERSION
from rollhost.atomic_file import new_file
from rollhost.board.selftest import (
    FULL,
    NEW_LOG,
    QUICK,
    TAKES_LONG,
    Done,
    Facts,
    Owned,
    SelfTest,
)
from rollhost.case.discovery import find_case
from rollhost.cli import terminal
from rollhost.cli.arguments import add_json, add_port
from rollhost.cli.ask import ask, can_ask
from rollhost.cli.progress import progress_bar
from rollhost.cli.result import Result
from rollhost.cli.sure_clock import how_sure
from rollhost.database.open import open_archive
from rollhost.errors import DONE, FAILED, UsageError
from rollhost.now import current_time
from rollhost.output import selftest as words
from rollhost.output import units
from rollhost.output.lamp_text import LAMP
from rollhost.system_clock import is_synchronised

CHOICES = 3
"""Messages of the lamp that a person chooses from."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_port(parser)
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="where the report goes, as Markdown (default: printed)",
    )
    parser.add_argument(
        "--unattended",
        action="store_true",
        help="only what needs nobody at the case",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"{QUICK.syncs} syncs, {QUICK.records} records and {QUICK.clock_s:.0f} seconds of the"
        f" clock, not {FULL.syncs}, {FULL.records} and ten minutes",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Do every step, and report. The exit code is 1 if one has failed."""
    report: Path | None = args.report
    if report is not None and report.exists():
        raise UsageError(f"{report} is there already.", "Name another file.")
    plan = QUICK if args.quick else FULL
    person = AtTerminal() if can_ask() and not args.unattended else None
    results: list[Done] = []
    stopped: BaseException | None = None
    with tempfile.TemporaryDirectory(prefix="rollcase-selftest-") as folder:
        database = Path(folder) / "selftest.db"
        sure = how_sure(database, may_ask=person is not None)
        with find_case(args.port) as line, open_archive(database, create=True) as archive:
            test = SelfTest(line, archive, plan, sure, person)
            try:
                for name, step in test.steps():
                    _do(test, name, step, results)
            except Owned as error:
                stopped = error
            except KeyboardInterrupt as error:
                stopped = error
                _leave_tidy(test, results)
    computer = _computer()
    document = words.report_document(test, plan, computer, results)
    lines = words.report_lines(test, plan, computer, results)
    if report is not None:
        with new_file(report) as path:
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if isinstance(stopped, Owned):
        raise stopped
    left = [words.STAYS] if test.has_written else []
    summary = [f"The report is in {report}."] if report else lines
    if stopped is not None:
        terminal.print_fitted(summary, sys.stdout)
        raise KeyboardInterrupt(*left) from None
    return Result(
        lambda: document,
        lambda: summary,
        notes=left,
        exit_code=DONE if words.passed(results) else FAILED,
        to_copy=True,
    )


def _do(test: SelfTest, name: str, step: Callable[[], Facts], results: list[Done]) -> None:
    """Do one step, and say what came of it."""
    if name in TAKES_LONG:
        with progress_bar(words.TITLES[name].capitalize()) as test.progress:
            results.append(test.do(name, step))
    else:  # a bar would be drawn over what a person is asked
        results.append(test.do(name, step))
    terminal.print_fitted([words.step_line(results[-1])], sys.stderr)


def _leave_tidy(test: SelfTest, results: list[Done]) -> None:
    """Have a case whose log has records of the test begin a new one, as far as that can be done."""
    if not test.has_written:
        return
    terminal.print_fitted(["", "Stopping: the case begins a new log. Wait a moment."], sys.stderr)
    try:
        _do(test, NEW_LOG, test.new_log, results)
    except (KeyboardInterrupt, Owned):
        return


def _computer() -> words.Computer:
    now = current_time()
    system = f"{platform.system()} on {platform.machine()}"
    return words.Computer(
        units.iso_day(now), VERSION, platform.python_version(), system, is_synchronised(now)
    )


class AtTerminal:
    """The person at this terminal, who has the case in front of them."""

    def do(self, act: str) -> None:
        """Tell the person what to do."""
        terminal.print_fitted([words.ACTS[act]], sys.stderr)

    def sees(self, phase: str, stage: int, clock_set: bool) -> bool:
        """Return whether the person picks what the lamp should show from three messages."""
        others = random.sample([other for other in LAMP if other != phase], CHOICES - 1)
        shown = random.sample([phase, *others], CHOICES)
        lines = ["What does the lamp show?"]
        for number, choice in enumerate(shown, 1):
            look = words.lamp_words(choice, stage if choice == phase else 0)
            lines.append(f"{number:>3}  {look}")
        if not clock_set:
            lines.append(words.CLOCK_UNSET)
        terminal.print_fitted(lines, sys.stderr)
        answer = ask(f"1 to {CHOICES}, or Enter for none of these:").strip(" .()")
        return answer == str(shown.index(phase) + 1)
