"""``host log``: what happened, and when, as well as that is known; with the owner's own entries."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass

from rollcore import events, policy
from rollhost import cases, dates, diary, moment, timeline, words
from rollhost.archive import Archive, Case, open_archive
from rollhost.commands import written
from rollhost.commands.arguments import (
    SCHEMA_VERSION,
    add_case,
    add_database,
    add_json,
    add_zone,
    positive,
)
from rollhost.diary import Entry
from rollhost.errors import DONE
from rollhost.sessions import OF_A_ZONE
from rollhost.timeline import Placed

KINDS = sorted({kind.name for kind in events.KINDS.values()} | {diary.NOTE, diary.FOLLOW_UP})


@dataclass(frozen=True)
class Row:
    """A record and the zone that it is about, by name, where there are several."""

    placed: Placed
    zone: str | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "--last", type=positive, metavar="N", help="only the last N records of each case"
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
    now = moment.now()
    since = dates.since(args.since, now) if args.since else 0
    with open_archive(args.db) as archive:
        chosen = archive.cases()
        if args.case is not None:
            chosen = [cases.choose(chosen, args.case)]
        logs = [
            (case, [row for row in _rows(archive, case, log_id) if _wanted(row, args, since)])
            for case in chosen
            for log_id in archive.logs(case.id)
        ]
        if args.zone is not None:
            cases.zone_of(archive, args.zone)
        about = {None} | {case.id for case in chosen}
        entries = [
            entry
            for entry in archive.diary.entries()
            if entry.case_id in about and _wanted_entry(entry, args, since)
        ]
    if args.last:
        logs = [(case, log[-args.last :]) for case, log in logs]
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "records": [_document(case, row) for case, log in logs for row in log],
            "diary": [written.document(entry) for entry in entries],
        }
        print(json.dumps(document, indent=2))
        return DONE
    _print(logs, entries, now)
    return DONE


def _print(logs: list[tuple[Case, list[Row]]], entries: list[Entry], now: float) -> None:
    if not logs and not entries:
        print("Nothing was logged yet.")
    for case, log in logs:
        if len(logs) > 1:
            # A case whose flash was wiped has begun another log.
            print(f"Case {case.title}, log of {words.count(len(log), 'record')}")
        for row in log:
            zone = f", {row.zone}" if row.zone else ""
            told = words.sentence(row.placed.event, now)
            print(f"{words.stamp(row.placed):<16}  {told}{zone}")
    if entries and logs:
        print("You wrote down")
    for entry in sorted(entries, key=lambda entry: entry.at):
        print(f"{words.minute(entry.at):<16}  {written.sentence(entry, now, dated=False)}")


def _rows(archive: Archive, case: Case, log_id: int) -> Iterator[Row]:
    zones: tuple[str, ...] = policy.DEFAULT_ZONES
    for placed in timeline.place(archive.events(log_id), case.met_at):
        event = placed.event
        if event.kind == events.POLICY_SET:
            rules = archive.policy(event.data["digest"])
            zones = rules.zones if rules is not None else policy.DEFAULT_ZONES
        named = event.kind in OF_A_ZONE and len(zones) > 1 and event.zone < len(zones)
        yield Row(placed, zones[event.zone] if named else None)


def _wanted(row: Row, args: argparse.Namespace, since: int) -> bool:
    placed = row.placed
    last = placed.earliest if placed.latest is None else placed.latest
    kind_fits = not args.kind or placed.event.name in args.kind
    about_skin = placed.event.kind in OF_A_ZONE
    zone_fits = args.zone is None or (about_skin and row.zone in (None, args.zone))
    return last >= since and kind_fits and zone_fits


def _wanted_entry(entry: Entry, args: argparse.Namespace, since: int) -> bool:
    kind_fits = not args.kind or entry.kind in args.kind
    return entry.at >= since and kind_fits and args.zone in (None, entry.zone)


def _document(case: Case, row: Row) -> dict[str, object]:
    placed = row.placed
    event = placed.event
    return {
        "device": case.device,
        "seq": event.seq,
        "kind": event.name,
        "zone": event.zone,
        "zone_name": row.zone,
        "boot": event.boot,
        "uptime_s": event.uptime,
        "earliest": words.iso(placed.earliest),
        "latest": words.iso(placed.latest),
        "data": words.fields(event),
    }
