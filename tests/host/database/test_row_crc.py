"""The checksum of a row."""

from pathlib import Path

import pytest
from tests.host.database_files import triggers_off

from rollhost.database.archive import Archive, LogFacts, Person
from rollhost.database.diary import ME, NOTE, ChangedEntry, Entry
from rollhost.database.open import open_or_empty
from rollhost.database.row_crc import KEPT, is_whole, row_crc


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


def kept_rows(archive: Archive) -> dict[str, list[tuple[int | str | bytes | None, ...]]]:
    """Return the rows of the tables in which triggers keep the checksum."""
    return {table: archive._db.execute(f"SELECT * FROM {table}").fetchall() for table in KEPT}


def test_row_has_its_checksum_after_each_change_of_it(home: Path) -> None:
    with open_or_empty(home / "rollcase.db") as archive:
        case = archive.keep_case("5c1f", "pico", "0.1.0")
        log = archive.keep_log(case, "0102030405060708")
        later = archive.keep_log(case, "0807060504030201")
        archive.note_meeting(case, log, 1_800_000_000, 3)
        archive.note_sync(case, 1_800_000_001, 3)
        archive.note_log_facts(log, LogFacts("0102030405060708", ME, 2, None, None, (), ()))
        archive.note_follows(later, log)
        archive.keep_state(log, 4, b"\x02")
        archive.keep_case("5c1f", "pico", "0.2.0")
        rows = kept_rows(archive)
    assert all(is_whole(row) for of_table in rows.values() for row in of_table)
    assert [len(rows[table]) for table in ("cases", "logs", "case_states")] == [1, 2, 1]


def test_row_that_the_disk_has_changed_gets_no_checksum_from_a_later_change(home: Path) -> None:
    with open_or_empty(home / "rollcase.db") as archive:
        case = archive.keep_case("5c1f", "pico", "0.1.0")
        with triggers_off(archive._db):
            archive._db.execute("UPDATE cases SET device = '5c1e'")
        archive.note_sync(case, 1_800_000_001, 3)
        (row,) = kept_rows(archive)["cases"]
    assert not is_whole(row)
