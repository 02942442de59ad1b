"""``host clinic``: notes a session at a clinic, which starts a rest, or shows those noted."""

import argparse

from rollhost.cli import parse_dates
from rollhost.cli.arguments import add_database, add_json, add_person, add_zone
from rollhost.cli.choose import choose_zone
from rollhost.cli.persons import look, policies_of
from rollhost.cli.result import Result
from rollhost.cli.write_entry import entry_result, keep_entry
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_or_empty
from rollhost.errors import UsageError
from rollhost.guidance.numbers import CLINIC_NEEDLE_UM
from rollhost.history import clinics
from rollhost.now import current_time
from rollhost.output.clinics import visits_document, visits_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "when", nargs="?",
        help=f"when it was; without it, those that are known are shown. {parse_dates.HOW}",
    )  # fmt: skip
    parser.add_argument("text", nargs="*", help="where, or what else to remember")
    parser.add_argument("--needle", metavar="MM", help="the length of its needles, if you know it")
    add_zone(parser)
    add_person(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Write the entry of a clinic session, or show every session and its rest."""
    now = int(current_time())
    if args.when is None:
        return _show(args, now)
    when, text = parse_dates.with_time(args.when, args.text)
    data: dict[str, object] = {"needle_um": _length(args.needle), "text": " ".join(text)}
    at = parse_dates.past(when, now)
    data |= parse_dates.said_day(when, now)

    def make(archive: Archive) -> Entry:
        zone = choose_zone(policies_of(archive, args.person), args.zone, needed=True)
        return Entry(diary.CLINIC, at, zone, data=data)

    return entry_result(args.db, keep_entry(args.db, make, now, args.person), now)


def _show(args: argparse.Namespace, now: int) -> Result:
    if args.needle is not None:
        raise UsageError("Say when the session was too.", "Write it like clinic 2026-11-20.")
    with open_or_empty(args.db) as archive:
        past = look(archive, args.person)
    visits = clinics.visits(past)
    if args.zone is not None:
        theirs = [visit.session.zone for visit in visits]
        zone = choose_zone(past.policies, args.zone, also=theirs)
        visits = [visit for visit in visits if visit.session.zone in (None, zone)]
    return Result(lambda: visits_document(visits, now), lambda: visits_lines(visits, now))


def _length(text: str | None) -> int:
    """Return a needle length in micrometres, 0 for None; a clinic's may exceed the policy's limit.

    Raises `UsageError` unless it is 0.05 mm to `CLINIC_NEEDLE_UM`.
    """
    if text is None:
        return 0
    try:
        millimetres = float(text.removesuffix("mm"))
    except ValueError:
        millimetres = 0.0
    if not 0.05 <= millimetres <= CLINIC_NEEDLE_UM / 1000:
        raise UsageError(f"{text!r} is no needle length.", "Write it in millimetres, like 1.5.")
    return round(millimetres * 1000)
