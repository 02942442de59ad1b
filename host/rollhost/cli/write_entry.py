"""Writing an entry into the diary, and the result of the command that does."""

from collections.abc import Callable, Sequence
from pathlib import Path

from rollhost.cli.result import Result
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive, open_or_empty
from rollhost.output.entries import written_document, written_lines


def keep_entry(database: Path | None, make: Callable[[Archive], Entry], now: int) -> Entry:
    """Write the entry that `make` returns, at Unix time `now` (s); return it with its token.

    `make` raises an error if the person asked for something wrong; then no database is made.
    """
    with open_or_empty(database) as archive:
        entry = make(archive)
    with open_archive(database, create=True) as archive, archive.transaction():
        return archive.diary.add(entry, now)


def entry_result(entry: Entry, now: int, advice: Sequence[str] | None = None) -> Result:
    """Return the result of a command that wrote an entry at Unix time `now` (s)."""
    return Result(
        lambda: written_document(entry, advice), lambda: written_lines(entry, now, advice)
    )
