"""Writing an entry into the diary, and the result of the command that does."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rollhost.cli.choose import choose_person
from rollhost.cli.result import Result
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry, check_length
from rollhost.database.open import open_archive, open_or_empty
from rollhost.history import recent
from rollhost.history.history import History
from rollhost.history.untold import is_told
from rollhost.output.entries import (
    ALL_RETIRED,
    NEXT_SYNC,
    NO_CASE_YET,
    written_document,
    written_lines,
)


def keep_entry(
    database: Path | None, make: Callable[[Archive], Entry], now: int, person: str | None = None
) -> Entry:
    """Write the entry that `make` returns, at Unix time `now` (s); return it with its token.

    It is about the person called `person`, without a name about `ME`. `make` raises an error
    if the person asked for something wrong; then no database is made.
    """
    with open_or_empty(database) as archive:
        about = choose_person(archive.persons(), person)
        entry = make(archive)._replace(person=about.token)
    check_length(entry)
    with open_archive(database, create=True) as archive, archive.transaction():
        return archive.diary.add(entry, now)


def keep_entries(database: Path | None, entries: Sequence[Entry], now: int) -> None:
    """Write entries at Unix time `now` (s), all or none."""
    with open_archive(database) as archive, archive.transaction():
        for entry in entries:
            archive.diary.add(entry, now)


def entry_result(
    database: Path | None,
    entry: Entry,
    now: int,
    advice: Sequence[str] | None = None,
    also: Mapping[str, object] | None = None,
    after: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Result:
    """Return the result of a command that wrote an entry at Unix time `now` (s).

    `also` are more fields for ``--json``, `after` more lines, `notes` lines for stderr.
    """
    with open_archive(database) as archive:
        told = told_line(recent.read(archive, now), entry) if is_told(entry) else ""
    return Result(
        lambda: {**written_document(entry, advice), **(also or {})},
        lambda: [*written_lines(entry, now, told, advice), *after],
        notes,
    )


def told_line(past: History, entry: Entry) -> str:
    """Return which case of the person is told of an entry; `past` is of everybody."""
    cases = [case for case in past.cases if past.person_now(case) == entry.person]
    if past.cases and not cases:
        return NO_CASE_YET
    is_used = not cases or any(case.id not in past.retired for case in cases)
    return NEXT_SYNC if is_used else ALL_RETIRED
