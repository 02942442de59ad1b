"""``host log``: what happened, and when, as well as that is known."""

import argparse
import json

from rollhost import moment, timeline, words
from rollhost.archive import Archive, Case, open_archive
from rollhost.commands.arguments import SCHEMA_VERSION, add_database, add_json
from rollhost.errors import DONE
from rollhost.timeline import Placed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_database(parser)
    add_json(parser)
    parser.add_argument(
        "--last", type=_positive, metavar="N", help="only the last N records of each case"
    )


def run(args: argparse.Namespace) -> int:
    """Print every record of every case, oldest first."""
    now = moment.now()
    with open_archive(args.db) as archive:
        logs = [
            (case, _placed(archive, case, log_id, args.last))
            for case in archive.cases()
            for log_id in archive.logs(case.id)
        ]
    if args.json:
        records = [_document(case, one) for case, log in logs for one in log]
        print(json.dumps({"schema_version": SCHEMA_VERSION, "records": records}, indent=2))
        return DONE
    if not logs:
        print("Nothing was logged yet.")
    for case, log in logs:
        if len(logs) > 1:
            # A case whose flash was wiped has begun another log.
            print(f"Case {case.title}, log of {words.count(len(log), 'record')}")
        for one in log:
            print(f"{words.stamp(one):<16}  {words.sentence(one.event, now)}")
    return DONE


def _placed(archive: Archive, case: Case, log_id: int, last: int | None) -> list[Placed]:
    log = timeline.place(archive.events(log_id), case.met_at)
    return log[-last:] if last else log


def _document(case: Case, placed: Placed) -> dict[str, object]:
    event = placed.event
    return {
        "device": case.device,
        "seq": event.seq,
        "kind": event.name,
        "zone": event.zone,
        "boot": event.boot,
        "uptime_s": event.uptime,
        "earliest": words.iso(placed.earliest),
        "latest": words.iso(placed.latest),
        "data": words.fields(event),
    }


def _positive(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return number
