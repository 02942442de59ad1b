"""``host plan``: a course of sessions, how far it has come, and when the next one is."""

import argparse
import json
from collections.abc import Sequence
from datetime import datetime

from rollcore import state
from rollhost.cli import parse_dates
from rollhost.cli.arguments import SCHEMA_VERSION, add_database, add_json, add_zone
from rollhost.cli.choose import choose_zone
from rollhost.cli.write_entry import keep_entry
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import DONE, UsageError
from rollhost.history import case_status, history, plan, skin_status
from rollhost.history.plan import FEWEST, MOST, USUAL, Plan
from rollhost.history.policies import read_policies
from rollhost.history.sessions import Session
from rollhost.now import current_time
from rollhost.output import units
from rollhost.output.entries import entry_document
from rollhost.output.status import headline, plan_due
from rollhost.output.text import one_line

AHEAD_S = 366 * 86400
"""How far ahead a course may begin: a year (own)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
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


def run(args: argparse.Namespace) -> int:
    """Begin a course, end it, or say how far each has come."""
    now = int(current_time())
    if args.what != "start" and (args.sessions is not None or args.begins is not None):
        raise UsageError("--sessions and --from are for a course that begins.", "Say plan start.")
    if args.what == "start":
        return _start(args, now)
    if args.what == "end":
        return _end(args, now)
    return _show(args, now)


def _number(text: str) -> int:
    """Return a number of sessions, for argparse."""
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not FEWEST <= number <= MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {FEWEST} to {MOST}")
    return number


def _start(args: argparse.Namespace, now: int) -> int:
    # A session of today is a step of a course that begins today.
    begins = parse_dates.since("today" if args.begins is None else args.begins, now)
    if begins > now + AHEAD_S:
        raise UsageError(f"{args.begins!r} is more than a year ahead.", "Name an earlier day.")
    replaced: list[Entry] = []

    def made(archive: Archive) -> Entry:
        zone = choose_zone(read_policies(archive), args.zone, needed=True)
        replaced.extend(one for one in plan.running(archive.diary.entries()) if one.zone == zone)
        return Entry(diary.PLAN, begins, zone, data={"sessions": args.sessions or USUAL})

    entry = keep_entry(args.db, made, now)
    with open_archive(args.db) as archive:
        found, held = _look(archive, now)
    (begun,) = [one for one in found if one.zone == entry.zone]
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "entry": entry_document(entry),
            "replaced": [entry_document(one) for one in replaced],
            "course": _document(begun, now),
            "held": held,
        }
        print(json.dumps(document, indent=2))
        return DONE
    for one in replaced:
        told = units.count(one.number("sessions"), "session")
        print(f"The course of {told} from {_day(one.at)} on is over; this one takes its place.")
    print("\n".join([*_lines(begun, now), *held]))
    print("This is your own plan: what your clinic says counts more.")
    return DONE


def _end(args: argparse.Namespace, now: int) -> int:
    def made(archive: Archive) -> Entry:
        # By the zone that it has, whether or not the rules still name that.
        found = [
            one for one in plan.running(archive.diary.entries()) if args.zone in (None, one.zone)
        ]
        if not found:
            raise UsageError(_none(args.zone), "See plan for those that do.")
        if len(found) > 1:
            zones = ", ".join(one.zone or "the whole skin" for one in found)
            raise UsageError(f"Several courses run: {zones}.", "Say which with --zone.")
        return Entry(diary.PLAN, now, found[0].zone, data={"sessions": 0})

    entry = keep_entry(args.db, made, now)
    if args.json:
        document = {"schema_version": SCHEMA_VERSION, "entry": entry_document(entry)}
        print(json.dumps(document, indent=2))
        return DONE
    print("Written down: the course is over" + (f", {entry.zone}." if entry.zone else "."))
    return DONE


def _show(args: argparse.Namespace, now: int) -> int:
    with open_archive(args.db) as archive:
        found, held = _look(archive, now)
    found = [one for one in found if args.zone in (None, one.zone)]
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "courses": [_document(one, now) for one in found],
            "held": held,
        }
        print(json.dumps(document, indent=2))
        return DONE
    if not found:
        print(_none(args.zone))
        return DONE
    print("\n".join([*(line for one in found for line in _lines(one, now)), *held]))
    return DONE


def _look(archive: Archive, now: int) -> tuple[list[Plan], list[str]]:
    """Return the courses that run, and in a sentence each what keeps the skin from any session."""
    past = history.read(archive)
    found = case_status.summarise_all(past, now)
    about_skin = skin_status.look(past, found, now)
    held = sorted({headline(one) for one in found if one.standing.phase == state.HELD})
    if about_skin.reactions and not held:
        held = ["A reaction of the skin is open."]
    return about_skin.plans, held


def _none(zone: str | None) -> str:
    return "No course runs" + (f" for {one_line(zone)}." if zone is not None else ".")


def _lines(one: Plan, now: int) -> list[str]:
    zone = f", {one.zone}" if one.zone else ""
    which = "the next" if one.done else "the first"
    done = f"{len(one.done)} done" if one.done else "none done yet"
    if one.complete:
        done = "all done, now one a year"
    told = units.count(one.sessions, "session")
    when = plan_due(one, now, _day)
    return [f"Course of {told}{zone}: {done}, {which} {when}.", *_steps(one.done)]


def _steps(done: Sequence[Session]) -> list[str]:
    found = []
    for number, one in enumerate(done, 1):
        where = "at a clinic" if one.at_clinic else "at home"
        length = f", {units.needle(one.needle_um)}" if one.needle_um else ""
        found.append(f"{number:>3}  {_day(one.ended)}, {where}{length}")
    return found


def _document(one: Plan, now: int) -> dict[str, object]:
    """Return a course for ``--json``. Times are ISO 8601 with the local offset."""
    return {
        "zone": one.zone,
        "began": units.iso(one.began),
        "sessions": one.sessions,
        "done": len(one.done),
        "complete": one.complete,
        "next": units.iso(one.next_at),
        "due": one.next_at <= now,
        "steps": [
            {
                "at": units.iso(step.ended),
                "at_clinic": step.at_clinic,
                "zone": step.zone,
                "needle_mm": step.needle_um / 1000 if step.needle_um else None,
            }
            for step in one.done
        ],
    }


def _day(unix: int) -> str:
    return f"{datetime.fromtimestamp(unix):%a} {units.day(unix)}"
