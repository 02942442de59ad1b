"""``host status``: may I roll today, from the database alone."""

import argparse
import json

from rollhost import moment, summary
from rollhost.archive import open_archive
from rollhost.commands.arguments import SCHEMA_VERSION, add_database, add_json
from rollhost.errors import DONE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Say where each case stands."""
    now = int(moment.now())
    with open_archive(args.db) as archive:
        found = [summary.summarise(archive, case, now) for case in archive.cases()]
        quarantined = archive.quarantined()
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "quarantined": quarantined,
            "cases": [summary.document(one) for one in found],
        }
        print(json.dumps(document, indent=2))
        return DONE
    if not found:
        print("No case was synced yet.")
    for number, one in enumerate(found):
        if len(found) > 1:
            print(f"{'' if number == 0 else chr(10)}Case {one.case.title}")
        print("\n".join(summary.lines(one)))
    return DONE
