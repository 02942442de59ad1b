"""``host undo``: takes the last entry back, as long as no case was told of it."""

import argparse

from rollcore import events
from rollhost.cli.arguments import add_database, add_json
from rollhost.cli.result import Result
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import UsageError
from rollhost.now import current_time
from rollhost.output.entries import entry_document, entry_sentence

_FOR_GOOD = "It is in the case's log for good. Say in a note that it was a mistake."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Delete the last entry and show it."""
    now = int(current_time())
    with open_archive(args.db) as archive, archive.transaction():
        entry = _last(archive, now)
        archive.diary.undo(entry, now)
    return Result(
        lambda: {"taken_back": entry_document(entry)},
        lambda: [f"Taken back: {entry_sentence(entry, now)}."],
    )


def _last(archive: Archive, now: int) -> Entry:
    """Return the last entry. Raises `UsageError` if there is none, or if a case was told of it."""
    entries = archive.diary.entries()
    if not entries:
        raise UsageError("There is nothing to take back.", "Nothing is written down.")
    entry = entries[-1]
    if archive.is_logged(entry.token):
        raise UsageError(f"The case knows of it: {entry_sentence(entry, now)}.", _way_out(entry))
    return entry


def _way_out(entry: Entry) -> str:
    """Return the next step for an entry of which a case was told."""
    if entry.kind == diary.HOLD:
        released = entry.number("reason") == events.NO_HOLD
        return "Say hold again, with its reason." if released else "Say hold release."
    if entry.kind == diary.REACTION:
        return "Say reaction over."
    if entry.kind == diary.REACTION_OVER:
        return "Say reaction open."
    return _FOR_GOOD
