"""``host status``: may I roll today, from the database alone."""

import argparse
import json

from rollhost.cli import terminal
from rollhost.cli.arguments import SCHEMA_VERSION, add_case, add_database, add_json
from rollhost.cli.choose import choose_case
from rollhost.database.open import open_archive
from rollhost.errors import DONE
from rollhost.history import case_status, history, skin_status
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
        past = history.read(archive)
    every = case_status.summarise_all(past, now)
    # Of a case that is ahead of this computer, the skin has lived through as much.
    about_skin = skin_status.look(past, every, max([now, *(summary.now for summary in every)]))
    found = every
    if args.case is not None:
        chosen = choose_case(past.cases, args.case)
        found = [summary for summary in every if summary.case == chosen]
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "quarantined": past.quarantined,
            "cases": [case_document(one) for one in found],
            **skin_document(about_skin),
        }
        print(json.dumps(document, indent=2))
        return DONE
    width = terminal.width()
    parts = [] if found else [["No case was synced yet."]]
    for one in found:
        title = [f"Case {one.case.title}"] if len(found) > 1 else []
        parts.append([*title, *case_lines(one, width)])
    # What is told of the skin goes with a single case's lines.
    separator = "\n\n" if len(found) > 1 else "\n"
    parts.append(skin_lines(about_skin, width))
    print(separator.join("\n".join(part) for part in parts if part))
    return DONE
