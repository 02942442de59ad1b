"""``host sync``: finds the case, brings its log home, and shows what is new and what comes next."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rollhost.case.connection import Line
from rollhost.case.discovery import find_case
from rollhost.case.fetch import Progress
from rollhost.case.sync import sync
from rollhost.cli import terminal
from rollhost.cli.arguments import (
    add_case,
    add_database,
    add_json,
    add_person,
    add_port,
)
from rollhost.cli.ask import agrees, can_ask
from rollhost.cli.choose import case_option, is_called
from rollhost.cli.meet_persons import ask_whose
from rollhost.cli.parse_needle import needle
from rollhost.cli.program import program_name
from rollhost.cli.result import Result
from rollhost.cli.sure_clock import how_sure
from rollhost.database.open import open_archive, open_or_empty
from rollhost.errors import DONE, QUARANTINED, RollcaseError, UsageError
from rollhost.guidance.never import reminder
from rollhost.history import alcohol, case_status, checks, owners
from rollhost.history.sessions import uses_of
from rollhost.now import current_case_time, current_time
from rollhost.output import units
from rollhost.output.alcohol import bottle_fields, old_lines
from rollhost.output.cases import retired_hint
from rollhost.output.checks import check_hint
from rollhost.output.entries import short_token
from rollhost.output.policy import deep_needle_warning
from rollhost.output.sync import needle_stays_hint, sync_document, sync_hints, sync_lines

WORTH_SHOWING_S = 1.0
"""Progress is shown if the transfer takes longer than this (s)."""

SURE_S = 0.1
"""How long (s) to measure before the time ahead is estimated (own)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_port(parser)
    add_case(parser)
    add_person(parser)
    add_database(parser)
    add_json(parser)
    parser.add_argument(
        "--needle", type=needle, metavar="MM", help="the roller's needle length: sets its rules"
    )
    parser.add_argument(
        "--all-along",
        action="store_true",
        help="with --needle: the uses before it were with these needles, too",
    )
    parser.add_argument(
        "--clock-is-right",
        action="store_true",
        help="you say that this computer's clock is right: set the case's, far back or ahead, too",
    )


def run(args: argparse.Namespace) -> Result:
    """Sync one case. The exit code is 5 if a record that came is in quarantine."""
    if args.all_along and args.needle is None:
        raise UsageError("Say which needle it was all along.", "Add --needle MM.")
    try:
        return _run(args)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("Nothing is lost; run it again to go on.") from None


def _run(args: argparse.Namespace) -> Result:
    with _find(args) as line, open_archive(args.db, create=True) as archive:
        before = owners.owned_cases(archive)
        with _Bar() as bar:
            outcome = sync(
                line,
                archive,
                current_case_time,
                args.needle,
                args.clock_is_right,
                bar.show,
                lambda archive, case_id, log_id: ask_whose(archive, case_id, log_id, args.person),
                how_sure(archive.path, is_right=args.clock_is_right),
                lambda: args.all_along or (can_ask() and agrees(_ALL_ALONG)),
            )
        has_more = archive.has_settings()
    said_after = _after_sync(args.db) if has_more else []
    past, case = outcome.past, outcome.case
    overtaken = outcome.policy_overtaken
    number = short_token(overtaken, past.written) if overtaken else ""
    option = case_option(case, past.cases)
    summary = case_status.summarise(past, case, int(current_time()))
    names_check = checks.is_to_be_named(past, before, summary.person, summary.now)
    uses = len(uses_of(past.of(summary.person).sessions)) if outcome.uses else 0
    never = reminder(uses)
    # What is nobody's is about no person, and so has no bottle.
    bottle = alcohol.bottle(past.of(summary.person).diary)
    longest_um = max(summary.state.needles)
    stays = args.all_along and outcome.all_along is None and longest_um > args.needle
    warning = deep_needle_warning(args.needle) if args.needle else ""
    return Result(
        lambda: {
            **sync_document(outcome, past.quarantined, summary, never),
            "alcohol": bottle_fields(bottle, summary.now),
            "names_check": names_check,
            "after_sync": said_after,
        },
        lambda: [
            *sync_lines(outcome, summary, terminal.width(), never, past.called(summary.person)),
            *old_lines(bottle, summary.now),
        ],
        notes=[*([warning] if warning else []), *said_after],
        hints=[
            *sync_hints(outcome, case, current_time(), program_name(), number, option),
            *([needle_stays_hint(longest_um)] if stays else []),
            *([retired_hint(case, program_name())] if case.id in past.retired else []),
            *([check_hint(program_name())] if names_check else []),
        ],
        exit_code=QUARANTINED if outcome.quarantined else DONE,
    )


def _after_sync(database: Path | None) -> list[str]:
    """Do what was set up once; the case's port is free by now, as it may take some seconds."""
    from rollhost.cli.after_sync import after_sync  # few have set anything up

    try:
        with open_archive(database) as archive:
            return after_sync(archive, int(current_time()))
    except RollcaseError as error:  # the sync is done, whatever happens to the database by now
        return [f"{error.sentence} {error.hint}"]


_ALL_ALONG = (
    "Uses from before count as with 0.5 mm needles, as nobody had said another length. Was it this"
    " one all along?"
)


def _find(args: argparse.Namespace) -> Line:
    with open_or_empty(args.db) as archive:
        titles = {case.device: case.name for case in archive.cases() if case.name is not None}

    def is_wanted(device: str) -> bool:
        return args.case is None or is_called(device, titles.get(device), args.case)

    return find_case(args.port, is_wanted, titles, args.case)


class _Bar:
    """Draws progress on stderr, if the transfer takes long enough."""

    def __init__(self) -> None:
        self._began = 0.0
        self._first = 0
        self._draw: Progress | None = None
        self._finish: Callable[[], None] = lambda: None

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self._finish()

    def show(self, done: int, total: int) -> None:
        """Note that `done` of `total` records were fetched."""
        if self._draw is not None:
            self._draw(done, total)
        elif done <= self._first or not self._began:  # the first block of a fetch
            self._began, self._first = time.monotonic(), done
        else:
            seconds = time.monotonic() - self._began
            ahead = seconds / (done - self._first) * (total - done)
            if seconds > SURE_S and ahead > WORTH_SHOWING_S:
                self._start(total)

    def _start(self, total: int) -> None:
        if not sys.stderr.isatty():
            print(f"Fetching {units.count(total, 'record')}…", file=sys.stderr)
            self._draw = lambda done, total: None
            return
        from rich.console import Console
        from rich.progress import Progress as RichProgress

        bar = RichProgress(console=Console(stderr=True), transient=True)
        task = bar.add_task("Fetching records", total=total)
        bar.start()
        self._draw = lambda done, total: bar.update(task, completed=done)
        self._finish = bar.stop
