"""The checksum of a row."""

from pathlib import Path

import pytest

from rollhost.database.archive import Archive, Person
from rollhost.database.diary import ME, NOTE, ChangedEntry, Entry
from rollhost.database.open import open_or_empty
from rollhost.database.row_crc import is_whole, row_crc


def entry_rows(archive: Archive) -> list[tuple[int | str | None, ...]]:
    """Return the rows of the entries."""
    return archive._db.execute("SELECT * FROM entries").fetchall()


def test_checksum_is_that_of_the_columns_as_json() -> None:
    # zlib.crc32 of these bytes: [1, "\\u00fc\\n", null, "00ff"]
    assert row_crc(1, "\u00fc\n", None, b"\x00\xff") == 4276977189


def test_entry_given_to_another_person_has_its_checksum(home: Path) -> None:
    with open_or_empty(home / "rollcase.db") as archive:
        archive.keep_person(Person(77, "Ben"))
        note = archive.diary.add(Entry(NOTE, 1_800_000_000), 1_800_000_000)
        assert [is_whole(row) for row in entry_rows(archive)] == [True]
        archive.diary.give_to(77, note.token)
        assert archive.diary.everything() == [note._replace(person=77)]


def test_changed_entry_is_not_read_and_gets_no_checksum_from_another_person(home: Path) -> None:
    with open_or_empty(home / "rollcase.db") as archive:
        archive.keep_person(Person(77, "Ben"))
        note = archive.diary.add(Entry(NOTE, 1_800_000_000), 1_800_000_000)
        archive._db.execute("UPDATE entries SET at = at + 1")
        with pytest.raises(ChangedEntry, match=f"{note.token:08x}"):
            archive.diary.everything()
        with pytest.raises(ChangedEntry):
            archive.diary.give_to(77, note.token)
        assert [row[2] for row in entry_rows(archive)] == [ME]
        assert archive.diary.changed() == [note.token]
