"""``host log``: the records of the cases with their times, and the entries of the diary."""

import argparse

from rollcore import events
from rollhost.cli import parse_dates
from rollhost.cli.arguments import add_case, add_database, add_json, add_person, add_zone, positive
from rollhost.cli.choose import choose_zone
from rollhost.cli.persons import case_meant, person_meant
from rollhost.cli.result import Result
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.history import history, recent
from rollhost.history.logs import Log
from rollhost.history.reactions import waiting_for_clinician
from rollhost.history.zones import OF_A_ZONE
from rollhost.now import current_time
from rollhost.output import units
from rollhost.output.entries import said_days
from rollhost.output.log import Row, log_document, log_lines

_RECORDS_OF_A_REACTION = [
    events.KINDS[kind].name
    for kind in (
        events.REACTION,
        events.REACTION_OPENED,
        events.REACTION_CLOSED,
        events.REACTION_RED,
        events.CLINICIAN_SAW,
    )
]

KINDS = sorted({kind.name for kind in events.KINDS.values()} | set(diary.KINDS))

OF_A_REACTION = (
    diary.FOLLOW_UP,
    diary.REACTION_OVER,
    diary.SAW,
    diary.WATCH,
    diary.WATCH_OVER,
)
"""Kinds of entries about a reaction or what is watched, besides that of its beginning."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "--last",
        type=positive,
        metavar="N",
        help="only the last N records of each log, and the last N that you wrote down",
    )
    parser.add_argument("--since", metavar="WHEN", help="only from there on, such as 3w or a date")
    parser.add_argument(
        "--kind", action="append", choices=KINDS, default=[], metavar="KIND",
        help=f"only records of this kind; may be given again: {', '.join(KINDS)}",
    )  # fmt: skip
    add_zone(parser)
    add_case(parser)
    add_person(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Return the records of every case and the entries that the options choose, oldest first."""
    now = current_time()
    since = parse_dates.since(args.since, now) if args.since else 0
    with open_archive(args.db) as archive:
        chooses = args.since or args.kind or args.zone
        if args.last and not chooses:
            every = recent.read(archive, int(now), args.last)
        else:
            every = history.read(archive)
    past = every.of(person_meant(every, args.person, args.case))
    chosen = past.cases
    if args.case is not None:
        chosen = [case_meant(every, args.person, args.case)]
    logs = [(case, _rows(log, past.early_by_later)) for case in chosen for log in past.logs(case)]
    if args.zone is not None:
        logged = {zone for _, log in logs for _, zone, _ in log}
        args.zone = choose_zone(past.policies, args.zone, also=logged)
    several = past.policies.has_several_zones()
    case_ids = {None} | {case.id for case in chosen}
    entries = [
        entry
        for entry in past.diary
        if entry.case_id in case_ids and _wanted_entry(entry, args, since)
    ]
    logs = [(case, [row for row in log if _wanted(row, args, since)]) for case, log in logs]
    if args.last:
        logs = [(case, log[-args.last :]) for case, log in logs]
        last = sorted(entries, key=lambda entry: entry.at)[-args.last :]
        entries = [entry for entry in entries if entry in last]
    days = said_days(past.written)
    to_be_seen = waiting_for_clinician(past.entries)
    return Result(
        lambda: log_document(logs, entries, days, to_be_seen),
        lambda: log_lines(logs, entries, days, several, now, to_be_seen),
    )


def _rows(log: Log, early_by_later: set[str]) -> list[Row]:
    """Return the records of a log; uses with a key in `early_by_later` are marked where they begin.

    A use of which the case was told only afterwards is marked where it was told.
    """
    uses = [session.use for session in log.content.uses if session.key in early_by_later]
    begin = [use.began or use.end for use in uses if use is not None]
    marked = {placed.event.seq for placed in begin if placed is not None}
    return [
        (placed, zone, placed.event.seq in marked)
        for placed, zone in zip(log.placed, log.zones, strict=True)
    ]


def _wanted(row: Row, args: argparse.Namespace, since: int) -> bool:
    placed, zone, _ = row
    kinds = {*args.kind, *(_RECORDS_OF_A_REACTION if diary.REACTION in args.kind else ())}
    kind_fits = not args.kind or placed.event.name in kinds
    has_zone = placed.event.kind in OF_A_ZONE
    zone_fits = args.zone is None or (has_zone and zone in (None, args.zone))
    return placed.last >= since and kind_fits and zone_fits


def _wanted_entry(entry: Entry, args: argparse.Namespace, since: int) -> bool:
    # Kind reaction means all entries about reactions.
    kinds = {*args.kind, *(OF_A_REACTION if diary.REACTION in args.kind else ())}
    kind_fits = not args.kind or entry.kind in kinds
    return _is_from(entry, since) and kind_fits and args.zone in (None, entry.zone)


def _is_from(entry: Entry, since: int) -> bool:
    """Return whether an entry is from Unix time `since` (s) on; a day without a time if it is."""
    if entry.day is None:
        return entry.at >= since
    return units.date_of(entry.at, entry.day) >= units.date_of(since)
