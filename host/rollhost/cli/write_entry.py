"""Keep an entry of the owner's, and answer what was written down and who hears of it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from rollhost.cli.result import Result
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive, open_or_empty
from rollhost.output.entries import written_document, written_lines


def keep_entry(database: Path | None, make: Callable[[Archive], Entry], now: int) -> Entry:
    """Write down, at Unix time `now` (s), the entry that `make` returns; return it with its token.

    What is wrong with it `make` raises, so that no database is made for it.
    """
    with open_or_empty(database) as archive:
        entry = make(archive)
    with open_archive(database, create=True) as archive, archive.transaction():
        return archive.diary.add(entry, now)


def entry_result(entry: Entry, now: int, advice: Sequence[str] | None = None) -> Result:
    """Return the answer about an entry that was written down at Unix time `now` (s)."""
    return Result(
        lambda: written_document(entry, advice), lambda: written_lines(entry, now, advice)
    )
