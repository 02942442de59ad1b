"""``host undo``: takes back what was written down last, as long as no case knows of it."""

import argparse
import json

from rollcore import events
from rollhost.cli.arguments import SCHEMA_VERSION, add_database, add_json
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import DONE, UsageError
from rollhost.now import current_time
from rollhost.output.entries import entry_document, entry_sentence

_FOR_GOOD = "It is in the case's log for good. Say in a note that it was a mistake."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Take it back and say what it was."""
    now = int(current_time())
    with open_archive(args.db) as archive, archive.transaction():
        entry = _last(archive, now)
        archive.diary.remove(entry)
    if args.json:
        document = {"schema_version": SCHEMA_VERSION, "taken_back": entry_document(entry)}
        print(json.dumps(document, indent=2))
        return DONE
    print(f"Taken back: {entry_sentence(entry, now)}.")
    return DONE


def _last(archive: Archive, now: int) -> Entry:
    """Return what was written down last. Raises `UsageError` where it has to stay."""
    entries = archive.diary.entries()
    if not entries:
        raise UsageError("There is nothing to take back.", "Nothing is written down.")
    entry = entries[-1]
    logs = [log_id for case in archive.cases() for log_id in archive.logs(case.id)]
    if any(entry.token in archive.tokens(log_id) for log_id in logs):
        raise UsageError(f"The case knows of it: {entry_sentence(entry, now)}.", _way_out(entry))
    return entry


def _way_out(entry: Entry) -> str:
    """Say what can be done about an entry that a case was told of."""
    if entry.kind == diary.HOLD:
        released = entry.number("reason") == events.NO_HOLD
        return "Say hold again, with its reason." if released else "Say hold release."
    if entry.kind == diary.REACTION:
        return "Say reaction over."
    if entry.kind == diary.REACTION_OVER:
        return "Say reaction open."
    return _FOR_GOOD
