"""``host plan``: begins or ends a plan of sessions, or shows its progress and the next session."""

import argparse
from pathlib import Path

from rollhost.cli import parse_dates
from rollhost.cli.arguments import add_database, add_json, add_zone
from rollhost.cli.choose import choose_zone
from rollhost.cli.result import Result
from rollhost.cli.write_entry import keep_entry
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import UsageError
from rollhost.history import case_status, history, skin_status
from rollhost.history.plan import FEWEST, MOST, USUAL, Plan, running
from rollhost.history.policies import read_policies
from rollhost.now import current_time
from rollhost.output.entries import written_document
from rollhost.output.plan import (
    begun_document,
    begun_lines,
    ended_sentence,
    no_plan,
    plans_document,
    plans_lines,
)
from rollhost.output.status import held_lines

AHEAD_S = 366 * 86400
"""How far ahead (s) a plan may begin: a year (own)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "what", nargs="?", choices=["start", "end"], default=None,
        help="start: a course begins; end: it is over; without one: how far it has come",
    )  # fmt: skip
    parser.add_argument(
        "--sessions", type=_number, metavar="N",
        help=f"how many, {FEWEST} to {MOST} (default: {USUAL}), one a month; then one a year",
    )  # fmt: skip
    parser.add_argument(
        "--from", dest="begins", metavar="WHEN",
        help="when it begins, such as 2026-12-01, or 3w for three weeks ago (default: today)",
    )  # fmt: skip
    add_zone(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Begin a plan, end it, or show the progress of each."""
    now = int(current_time())
    if args.what != "start" and (args.sessions is not None or args.begins is not None):
        raise UsageError("--sessions and --from are for a course that begins.", "Say plan start.")
    if args.what == "start":
        return _start(args, now)
    if args.what == "end":
        return _end(args, now)
    return _show(args, now)


def _number(text: str) -> int:
    """Return the number of sessions in an option's text, for argparse."""
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not FEWEST <= number <= MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {FEWEST} to {MOST}")
    return number


def _start(args: argparse.Namespace, now: int) -> Result:
    # From midnight: a session earlier today is a step of a plan that begins today.
    begins = parse_dates.since("today" if args.begins is None else args.begins, now)
    if begins > now + AHEAD_S:
        raise UsageError(f"{args.begins!r} is more than a year ahead.", "Name an earlier day.")
    replaced: list[Entry] = []

    def make(archive: Archive) -> Entry:
        zone = choose_zone(read_policies(archive), args.zone, needed=True)
        entries = running(archive.diary.entries())
        replaced.extend(entry for entry in entries if entry.zone == zone)
        return Entry(diary.PLAN, begins, zone, data={"sessions": args.sessions or USUAL})

    entry = keep_entry(args.db, make, now)
    plans, held = _look(args.db, now)
    (begun,) = [plan for plan in plans if plan.zone == entry.zone]
    return Result(
        lambda: begun_document(entry, replaced, begun, held, now),
        lambda: begun_lines(replaced, begun, held, now),
    )


def _end(args: argparse.Namespace, now: int) -> Result:
    def make(archive: Archive) -> Entry:
        # By the plan's own zone: maybe no policy names it any more.
        entries = running(archive.diary.entries())
        begun = [entry for entry in entries if args.zone in (None, entry.zone)]
        if not begun:
            raise UsageError(no_plan(args.zone), "See plan for those that do.")
        if len(begun) > 1:
            zones = ", ".join(entry.zone or "the whole skin" for entry in begun)
            raise UsageError(f"Several courses run: {zones}.", "Say which with --zone.")
        return Entry(diary.PLAN, now, begun[0].zone, data={"sessions": 0})

    entry = keep_entry(args.db, make, now)
    return Result(lambda: written_document(entry), lambda: [ended_sentence(entry)])


def _show(args: argparse.Namespace, now: int) -> Result:
    plans, held = _look(args.db, now)
    plans = [plan for plan in plans if args.zone in (None, plan.zone)]
    return Result(
        lambda: plans_document(plans, held, now), lambda: plans_lines(plans, held, args.zone, now)
    )


def _look(database: Path | None, now: int) -> tuple[list[Plan], list[str]]:
    """Return the plans that run, and sentences on what forbids any session now."""
    with open_archive(database) as archive:
        past = history.read(archive)
    summaries = case_status.summarise_all(past, now)
    skin = skin_status.look(past, summaries, now)
    return skin.plans, held_lines(summaries, skin)
