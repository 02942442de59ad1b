"""``host status``: may I roll today, from the database alone."""

import argparse
import json

from rollhost.cli.arguments import SCHEMA_VERSION, add_case, add_database, add_json
from rollhost.cli.choose import choose_case
from rollhost.database.open import open_archive
from rollhost.errors import DONE
from rollhost.history import case_status, skin_status
from rollhost.now import current_time
from rollhost.output.status import case_document, case_lines, skin_document, skin_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_case(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Say where each case stands, and what the skin needs."""
    now = int(current_time())
    with open_archive(args.db) as archive:
        with archive.reading():
            every = [case_status.summarise(archive, case, now) for case in archive.cases()]
            # Of a case that is ahead of this computer, the skin has lived through as much.
            about_skin = skin_status.look(archive, every, max([now, *(one.now for one in every)]))
            quarantined = archive.quarantined()
        found = every
        if args.case is not None:
            chosen = choose_case([one.case for one in every], args.case)
            found = [one for one in every if one.case == chosen]
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "quarantined": quarantined,
            "cases": [case_document(one) for one in found],
            **skin_document(about_skin),
        }
        print(json.dumps(document, indent=2))
        return DONE
    parts = [] if found else [["No case was synced yet."]]
    for one in found:
        title = [f"Case {one.case.title}"] if len(found) > 1 else []
        parts.append([*title, *case_lines(one)])
    # What is told of the skin goes with a single case's lines.
    separator = "\n\n" if len(found) > 1 else "\n"
    parts.append(skin_lines(about_skin))
    print(separator.join("\n".join(part) for part in parts if part))
    return DONE
