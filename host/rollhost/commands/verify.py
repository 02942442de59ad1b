"""``host verify``: whether the database holds the logs as the cases wrote them."""

import argparse
import json
import sys

from rollhost.cli.arguments import SCHEMA_VERSION, add_case, add_database, add_json
from rollhost.cli.choose import choose_case
from rollhost.cli.program import program_name
from rollhost.database.archive import Archive, Case
from rollhost.database.open import open_archive
from rollhost.errors import DONE, FAILED
from rollhost.history.verify import Verdict, verify
from rollhost.output import units

MOST_SHOWN = 20
"""Remarks on a log that are printed (own)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_case(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Verify every log. Returns 1 where something is wrong."""
    with open_archive(args.db) as archive:
        known = archive.cases()
        chosen = known if args.case is None else [choose_case(known, args.case)]
        found = [
            (case, archive.log_name(log_id), _verify(archive, log_id))
            for case in chosen
            for log_id in archive.logs(case.id)
        ]
    wrong = sum(verdict.wrong for _, _, verdict in found)
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "intact": not wrong,
            "logs": [_document(*one) for one in found],
        }
        print(json.dumps(document, indent=2))
        return FAILED if wrong else DONE
    if not found:
        print("Nothing was logged yet.")
    for case, log, verdict in found:
        several = sum(other.id == case.id for other, _, _ in found) > 1
        # A case whose flash was wiped has begun another log.
        print(f"Case {case.title}{f', log {log[-6:]}' if several else ''}: {_headline(verdict)}")
        for remark in verdict.remarks[:MOST_SHOWN]:
            print(f"  {remark.says}")
        if len(verdict.remarks) > MOST_SHOWN:
            print(f"  And {len(verdict.remarks) - MOST_SHOWN:,} more: see --json.")
    if wrong:
        print(
            "A backup may hold these records as they were. What a case still has can be fetched"
            f" anew: {program_name()} sync --db with a new file.",
            file=sys.stderr,
        )
    return FAILED if wrong else DONE


def _verify(archive: Archive, log_id: int) -> Verdict:
    log = archive.log_name(log_id)
    return verify(log, archive.stored(log_id), archive.quarantine_of(log_id))


def _headline(verdict: Verdict) -> str:
    held = units.count(verdict.records, "record")
    if verdict.wrong:
        return f"{held}, {units.count(verdict.wrong, 'thing')} wrong."
    starts = sum(verdict.starts.values())
    odd = ", ".join(
        f"{number:,} by {cause}" for cause, number in verdict.starts.items() if cause != "power"
    )
    told = f"; {units.count(starts, 'start')}" if starts else ""
    return f"{held}, all chained{told}{f' ({odd})' if odd else ''}."


def _document(case: Case, log: str, verdict: Verdict) -> dict[str, object]:
    return {
        "device": case.device,
        "name": case.name,
        "log": log,
        "intact": not verdict.wrong,
        "records": verdict.records,
        "quarantined": verdict.quarantined,
        "starts": verdict.starts,
        "remarks": [
            {
                "kind": remark.kind,
                "first": remark.first,
                "last": remark.last,
                "wrong": remark.is_wrong,
                "says": remark.says,
            }
            for remark in verdict.remarks
        ],
    }
