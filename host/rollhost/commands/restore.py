"""``host restore``: puts a backup in the place of the database, and keeps what was there."""

import argparse
from pathlib import Path

from rollhost.cli.arguments import add_database, add_json
from rollhost.cli.ask import agrees, can_ask
from rollhost.cli.result import Result
from rollhost.database import restore
from rollhost.database.open import default_path
from rollhost.now import current_time
from rollhost.output.restore import offer_lines, restore_document, restored_lines

_NOT_DONE = "Nothing was changed. To do it, say --yes."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a backup, or another database")
    parser.add_argument("--yes", action="store_true", help="do it, and do not ask")
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Show what is in the file and what would go; with consent, restore it."""
    file = args.file.expanduser().absolute()
    database = (args.db or default_path()).expanduser().absolute()
    offer = restore.examine(file, database)
    shown = offer_lines(offer)
    agreed = args.yes
    if not agreed and not args.json and can_ask():
        print("\n".join(shown))
        shown = []
        agreed = agrees("Put it in place?")
    if not agreed:
        return Result(lambda: restore_document(offer, None), lambda: shown, notes=[_NOT_DONE])
    done = restore.restore(file, database, current_time())
    return Result(
        lambda: restore_document(offer, done), lambda: [*shown, *restored_lines(offer, done)]
    )
