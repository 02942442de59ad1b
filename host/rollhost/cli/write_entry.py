"""Keep an entry of the owner's, and say what was written down and who hears of it."""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from rollhost.cli.arguments import SCHEMA_VERSION
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive, open_or_empty
from rollhost.errors import DONE
from rollhost.history.untold import TOLD
from rollhost.output.entries import entry_document, entry_sentence


def keep_entry(database: Path | None, make: Callable[[Archive], Entry], now: int) -> Entry:
    """Write down, at Unix time `now` (s), the entry that `make` returns; return it with its token.

    What is wrong with it `make` raises, so that no database is made for it.
    """
    with open_or_empty(database) as archive:
        entry = make(archive)
    with open_archive(database, create=True) as archive, archive.transaction():
        return archive.diary.add(entry, now)


def print_entry(
    args: argparse.Namespace, entry: Entry, now: int, advice: Sequence[str] | None = None
) -> int:
    """Print what was written down at Unix time `now` (s), and advice; return the exit code."""
    if args.json:
        said: dict[str, object] = {"schema_version": SCHEMA_VERSION, "entry": entry_document(entry)}
        if advice is not None:
            said["advice"] = list(advice)
        print(json.dumps(said, indent=2))
        return DONE
    print(f"Written down: {entry_sentence(entry, now)}.")
    if entry.kind in TOLD:
        print("The next sync tells the case.")
    for line in advice or ():
        print(line)
    return DONE
