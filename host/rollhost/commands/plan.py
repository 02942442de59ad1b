"""``host plan``: begins or ends a plan of sessions, or shows its progress and the next session."""

import argparse

from rollhost.cli import parse_dates
from rollhost.cli.arguments import add_database, add_json, add_person, add_zone
from rollhost.cli.choose import choose_zone
from rollhost.cli.persons import entries_of, look, policies_of
from rollhost.cli.result import Result
from rollhost.cli.write_entry import keep_entry
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import UsageError
from rollhost.guidance.numbers import FEWEST_SESSIONS, MOST_SESSIONS, USUAL_SESSIONS
from rollhost.history import case_status, skin_status
from rollhost.history.plan import Plan, running
from rollhost.now import current_time
from rollhost.output.entries import written_document
from rollhost.output.plan import (
    FOR_LONGER_NEEDLES,
    begun_document,
    begun_lines,
    ended_sentence,
    has_short_needles,
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
        help=f"how many, {FEWEST_SESSIONS} to {MOST_SESSIONS} (default: {USUAL_SESSIONS}), one a"
        " month; then one a year",
    )  # fmt: skip
    parser.add_argument(
        "--from", dest="begins", metavar="WHEN",
        help="when it begins, such as 2026-12-01, or 3w for three weeks ago (default: today)",
    )  # fmt: skip
    add_zone(parser)
    add_person(parser)
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
    if not FEWEST_SESSIONS <= number <= MOST_SESSIONS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number from {FEWEST_SESSIONS} to {MOST_SESSIONS}"
        )
    return number


def _start(args: argparse.Namespace, now: int) -> Result:
    # From midnight: a session earlier today is a step of a plan that begins today.
    typed = "today" if args.begins is None else args.begins
    begins = parse_dates.since(typed, now)
    if begins > now + AHEAD_S:
        raise UsageError(f"{args.begins!r} is more than a year ahead.", "Name an earlier day.")
    data = {"sessions": args.sessions or USUAL_SESSIONS, **parse_dates.said_day(typed, now)}
    replaced: list[Entry] = []

    def make(archive: Archive) -> Entry:
        zone = choose_zone(policies_of(archive, args.person), args.zone, needed=True)
        entries = running(entries_of(archive, args.person))
        replaced.extend(entry for entry in entries if entry.zone == zone)
        return Entry(diary.PLAN, begins, zone, data=data)

    entry = keep_entry(args.db, make, now, args.person)
    plans, held = _look(args, now)
    (begun,) = [plan for plan in plans if plan.zone == entry.zone]
    with open_archive(args.db) as archive:
        is_short = has_short_needles(policies_of(archive, args.person).longest_needle_after_sync())
    return Result(
        lambda: begun_document(entry, replaced, begun, held, now),
        lambda: begun_lines(replaced, begun, held, now),
        notes=[FOR_LONGER_NEEDLES] if is_short else [],
    )


def _end(args: argparse.Namespace, now: int) -> Result:
    def make(archive: Archive) -> Entry:
        # By the plan's own zone: maybe no policy names it any more.
        entries = running(entries_of(archive, args.person))
        zone = _asked(archive, args, [entry.zone for entry in entries])
        begun = [entry for entry in entries if zone in (None, entry.zone)]
        if not begun:
            raise UsageError(no_plan(zone), "See plan for those that do.")
        if len(begun) > 1:
            zones = ", ".join(entry.zone or "the whole skin" for entry in begun)
            raise UsageError(f"Several courses run: {zones}.", "Say which with --zone.")
        return Entry(diary.PLAN, now, begun[0].zone, data={"sessions": 0})

    entry = keep_entry(args.db, make, now, args.person)
    return Result(lambda: written_document(entry), lambda: [ended_sentence(entry)])


def _show(args: argparse.Namespace, now: int) -> Result:
    plans, held = _look(args, now)
    with open_archive(args.db) as archive:
        zone = _asked(archive, args, [plan.zone for plan in plans])
    plans = [plan for plan in plans if zone in (None, plan.zone)]
    return Result(
        lambda: plans_document(plans, held, now), lambda: plans_lines(plans, held, zone, now)
    )


def _asked(archive: Archive, args: argparse.Namespace, planned: list[str | None]) -> str | None:
    """Return the zone that was asked for: of a policy or `planned`; None if none was."""
    if args.zone is None:
        return None
    return choose_zone(policies_of(archive, args.person), args.zone, also=planned)


def _look(args: argparse.Namespace, now: int) -> tuple[list[Plan], list[str]]:
    """Return the plans that run, and sentences on what forbids any session now."""
    with open_archive(args.db) as archive:
        past = look(archive, args.person)
    summaries = case_status.summarise_skin(past, now)
    skin = skin_status.look(past, summaries, now)
    return skin.plans, held_lines(summaries, skin)
