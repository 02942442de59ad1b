"""``host sync``: find the case, bring its log home, say what is new and what comes next."""

import argparse
import json
import sys
import time
from collections.abc import Callable

from rollhost.case.connection import Line
from rollhost.case.discovery import find_case
from rollhost.case.sync import Outcome, Progress, sync
from rollhost.cli import terminal
from rollhost.cli.arguments import (
    SCHEMA_VERSION,
    add_case,
    add_database,
    add_json,
    add_port,
    deep_needle_warning,
    needle,
)
from rollhost.cli.choose import is_called
from rollhost.database.open import open_archive, open_or_empty
from rollhost.errors import DONE, QUARANTINED
from rollhost.history import case_status, history
from rollhost.now import current_case_time, current_time
from rollhost.output import units
from rollhost.output.status import case_document, case_lines

WORTH_SHOWING_S = 1.0
"""Progress is shown where more than this much transfer is ahead."""

SURE_S = 0.1
"""How long to watch before believing the pace (own)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_port(parser)
    add_case(parser)
    add_database(parser)
    add_json(parser)
    parser.add_argument(
        "--needle", type=needle, metavar="MM", help="the roller's needle length: sets its rules"
    )
    parser.add_argument(
        "--force-clock",
        action="store_true",
        help="set the case's clock even if that means going far back or ahead",
    )


def run(args: argparse.Namespace) -> int:
    """Sync one case. Returns 5 where something is in quarantine."""
    try:
        return _run(args)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("Nothing is lost; run it again to go on.") from None


def _run(args: argparse.Namespace) -> int:
    with _find(args) as line, open_archive(args.db, create=True) as archive:
        with _Bar() as bar:
            outcome = sync(
                line,
                archive,
                current_case_time,
                args.needle,
                args.force_clock,
                bar.show,
            )
        quarantined = archive.quarantined()
        case = next(case for case in archive.cases() if case.id == outcome.case_id)
        about = case_status.summarise(history.read(archive), case, int(current_time()))
    warning = deep_needle_warning(args.needle) if args.needle else ""
    if warning:
        print(warning, file=sys.stderr)
    if args.json:
        print(json.dumps(_document(outcome, quarantined, about), indent=2))
    else:
        print("\n".join(_lines(outcome, quarantined, about)))
        for hint in _hints(outcome, case.board):
            print(hint, file=sys.stderr)
    return QUARANTINED if quarantined else DONE


def _find(args: argparse.Namespace) -> Line:
    with open_or_empty(args.db) as archive:
        titles = {case.device: case.name for case in archive.cases() if case.name is not None}

    def is_wanted(device: str) -> bool:
        return args.case is None or is_called(device, titles.get(device), args.case)

    return find_case(args.port, is_wanted, titles)


def _document(outcome: Outcome, quarantined: int, about: case_status.Summary) -> dict[str, object]:
    return {
        "schema_version": SCHEMA_VERSION,
        "new": outcome.new,
        "quarantined": quarantined,
        "clock": {
            "behind_s": outcome.clock_behind_s,
            "first_setting": outcome.clock_was_never_set,
            "refused": outcome.clock_refused or None,
        },
        "told": outcome.told,
        "refused": outcome.entries_refused,
        "fault": outcome.fault or None,
        "rules": {"changed": outcome.policy_changed, "refused": outcome.policy_refused or None},
        "case": case_document(about),
    }


def _lines(outcome: Outcome, quarantined: int, about: case_status.Summary) -> list[str]:
    held = units.count(about.records, "record")
    new = units.count(outcome.new, "new record") if outcome.new else "Nothing new"
    found = [f"{new} from case {about.case.title}; {held} in all."]
    if quarantined:
        found.append(
            f"{units.count(quarantined, 'record')} could not be read: kept as they came,"
            " in quarantine."
        )
    behind = outcome.clock_behind_s
    clock_set = not outcome.clock_refused and not outcome.untold
    if outcome.clock_was_never_set and clock_set:
        found.append("The case's clock is set now.")
    elif abs(behind) >= 60 and clock_set:
        way = "behind" if behind > 0 else "ahead"
        found.append(f"The case's clock was {units.span(abs(behind))} {way}; it is set now.")
    if outcome.policy_changed:
        found.append("The case has taken the new rules.")
    if outcome.told:
        what = units.count(outcome.told, "thing")
        found.append(f"The case was told {what} that you wrote down.")
    return [*found, "", *case_lines(about, terminal.width())]


def _hints(outcome: Outcome, board: str) -> list[str]:
    hints = []
    if outcome.fault:
        hints.append(f"The case shows SOS: {outcome.fault}.")
    elif outcome.untold:
        hints.append(f"{outcome.untold} Its clock may not be set: run sync again.")
    ahead = -outcome.clock_behind_s
    if outcome.clock_refused and ahead > 0:
        hints.append(
            f"The case's clock is {units.span(ahead)} ahead of this computer's, and was left alone."
            " If this computer is right: sync --force-clock."
        )
        if board == "virtual":
            then = units.utc(current_time() + ahead)
            hints.append(f"If its time was made to jump: ROLLCASE_NOW={then} sync.")
    elif outcome.clock_refused:
        hints.append(
            f"{outcome.clock_refused} Its clock was left alone."
            " If this computer is right: sync --force-clock."
        )
    for refused in outcome.entries_refused:
        hints.append(f"{refused} It was about what you wrote down; the next sync tries again.")
    if outcome.policy_refused:
        hints.append(f"{outcome.policy_refused} The old rules stay in force.")
    return hints


class _Bar:
    """Draws progress on stderr, once it is clear that it is worth it."""

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
        """Take note that `done` of `total` records have come."""
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
