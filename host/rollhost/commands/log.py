"""``host log``: what happened, and when, as well as that is known; with the owner's own entries."""

import argparse
import json

from rollcore import events
from rollhost.cli import parse_dates
from rollhost.cli.arguments import (
    SCHEMA_VERSION,
    add_case,
    add_database,
    add_json,
    add_zone,
    positive,
)
from rollhost.cli.choose import choose_case, choose_zone
from rollhost.database import diary
from rollhost.database.archive import Case
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import DONE
from rollhost.history.logs import OF_A_ZONE, in_order, zoned
from rollhost.history.timeline import Placed
from rollhost.now import current_time
from rollhost.output import units
from rollhost.output.entries import entry_document, entry_sentence
from rollhost.output.records import event_fields, event_sentence, stamp

KINDS = sorted({kind.name for kind in events.KINDS.values()} | set(diary.KINDS))

OF_A_REACTION = (diary.FOLLOW_UP, diary.REACTION_OVER)
"""Entries that are about a reaction, beside that of its beginning."""

Row = tuple[Placed, str | None]
"""A record, and the name of the zone that it is about."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
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
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print every record of every case, oldest first, and what was written down meanwhile."""
    now = current_time()
    since = parse_dates.since(args.since, now) if args.since else 0
    with open_archive(args.db) as archive:
        chosen = archive.cases()
        if args.case is not None:
            chosen = [choose_case(chosen, args.case)]
        logs = [
            (case, list(zoned(archive, case, log_id)))
            for case in chosen
            for log_id in in_order(archive, case)
        ]
        if args.zone not in {None} | {zone for _, log in logs for _, zone in log}:
            choose_zone(archive, args.zone)
        several = any(len(rules.zones) > 1 for rules in archive.policies())
        about = {None} | {case.id for case in chosen}
        entries = [
            entry
            for entry in archive.diary.entries()
            if entry.case_id in about and _wanted_entry(entry, args, since)
        ]
    logs = [(case, [row for row in log if _wanted(row, args, since)]) for case, log in logs]
    if args.last:
        logs = [(case, log[-args.last :]) for case, log in logs]
        last = sorted(entries, key=lambda entry: entry.at)[-args.last :]
        entries = [entry for entry in entries if entry in last]
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "records": [_document(case, row) for case, log in logs for row in log],
            "diary": [entry_document(entry) for entry in entries],
        }
        print(json.dumps(document, indent=2))
        return DONE
    _print(logs, entries, several, now)
    return DONE


def _print(
    logs: list[tuple[Case, list[Row]]], entries: list[Entry], several: bool, now: float
) -> None:
    """Print records, with their zones where there are `several`, and what was written down."""
    shown = [(case, log) for case, log in logs if log]
    if not shown and not entries:
        print("Nothing of that was logged." if logs else "Nothing was logged yet.")
    for case, log in shown:
        if len(logs) > 1:
            # A case whose flash was wiped has begun another log.
            print(f"Case {case.title}, log of {units.count(len(log), 'record')}")
        for placed, name in log:
            zone = f", {name}" if name and several else ""
            told = event_sentence(placed.event, now)
            print(f"{stamp(placed):<16}  {told}{zone}")
    if entries and shown:
        print("You wrote down")
    for entry in sorted(entries, key=lambda entry: entry.at):
        print(f"{units.minute(entry.at):<16}  {entry_sentence(entry, now, dated=False)}")


def _wanted(row: Row, args: argparse.Namespace, since: int) -> bool:
    placed, zone = row
    kind_fits = not args.kind or placed.event.name in args.kind
    about_skin = placed.event.kind in OF_A_ZONE
    zone_fits = args.zone is None or (about_skin and zone in (None, args.zone))
    return placed.last >= since and kind_fits and zone_fits


def _wanted_entry(entry: Entry, args: argparse.Namespace, since: int) -> bool:
    # As a record of a reaction is of its beginning or its end.
    kinds = {*args.kind, *(OF_A_REACTION if diary.REACTION in args.kind else ())}
    kind_fits = not args.kind or entry.kind in kinds
    return entry.at >= since and kind_fits and args.zone in (None, entry.zone)


def _document(case: Case, row: Row) -> dict[str, object]:
    placed, zone = row
    event = placed.event
    return {
        "device": case.device,
        "seq": event.seq,
        "kind": event.name,
        "zone": event.zone,
        "zone_name": zone,
        "boot": event.boot,
        "uptime_s": event.uptime,
        "earliest": units.iso(placed.earliest),
        "latest": units.iso(placed.latest),
        "data": event_fields(event),
    }
