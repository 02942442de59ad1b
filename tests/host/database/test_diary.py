"""The diary: entries are kept as they were written, and found in that order."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import MAX_TEXT, Entry
from rollhost.database.open import open_archive
from rollhost.errors import ArchiveError, UsageError
from rollhost.history.untold import untold

NOW = 1_800_000_000
DAY = 86400


@pytest.fixture
def archive(home: Path) -> Iterator[Archive]:
    """A new database that knows one case."""
    with open_archive(home / "a.db", create=True) as one:
        with one.transaction():
            one.keep_case("5c1f", "pico", "0.1.0")
        yield one


class TestDiary:
    def test_entries_read_back_as_they_were_written_and_in_that_order(
        self, archive: Archive
    ) -> None:
        entries = [
            Entry(diary.CLINIC, NOW, "face", data={"needle_um": 1500, "text": "Dr Ä\n肌"}),
            Entry(diary.REACTION, NOW - DAY, data={"signs": ["pus", "fever"], "text": ""}),
            Entry(diary.HEAD, NOW - 9 * DAY, case_id=1),
        ]
        with archive.transaction():
            kept = [archive.diary.add(entry, NOW + 5) for entry in entries]
        assert archive.diary.entries() == kept
        for number, (before, after) in enumerate(zip(entries, kept, strict=True)):
            assert 1 <= after.token < 1 << 32
            assert after.written_at == NOW + 5 + number  # the order is that of writing
            assert after == Entry(
                before.kind, before.at, before.zone, before.case_id, before.data,
                after.token, after.written_at,
            )  # fmt: skip

    def test_new_token_is_neither_0_nor_taken(
        self, archive: Archive, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rolls = iter([0, 7, 7, 0, 7, 9])
        monkeypatch.setattr("os.urandom", lambda size: next(rolls).to_bytes(size, "big"))
        with archive.transaction():
            found = [archive.diary.add(Entry(diary.NOTE, NOW), NOW).token for _ in range(2)]
        assert found == [7, 9]

    def test_text_of_an_entry_has_a_maximum_length(self, archive: Archive) -> None:
        with archive.transaction():
            archive.diary.add(Entry(diary.NOTE, NOW, data={"text": "肌" * MAX_TEXT}), NOW)
        too_long = Entry(diary.NOTE, NOW, data={"text": "x" * (10 << 20)})
        with pytest.raises(UsageError, match="10,485,760 characters"), archive.transaction():
            archive.diary.add(too_long, NOW)
        assert len(archive.diary.entries()) == 1

    def test_later_entry_counts_even_if_the_clock_was_put_back(self, archive: Archive) -> None:
        with archive.transaction():
            hold = Entry(diary.HOLD, NOW + DAY, data={"reason": 1, "until": 0})
            held = archive.diary.add(hold, NOW + DAY)
            released = archive.diary.add(
                Entry(diary.HOLD, NOW, data={"reason": 0, "until": 0}), NOW
            )
            note = archive.diary.add(Entry(diary.NOTE, NOW), NOW + 2 * DAY)
        assert archive.diary.entries() == [held, released, note]
        assert (released.at, released.written_at) == (NOW, NOW + DAY + 1)
        assert note.written_at == NOW + 2 * DAY
        assert untold(archive.diary.entries(), {1}, {held.token}, NOW) == [released]

    def test_entry_from_another_computer_is_placed_by_its_clock(self, archive: Archive) -> None:
        """And what is written after that counts, though that clock runs ahead."""
        theirs = [
            Entry(diary.HOLD, NOW, token=7, written_at=NOW - DAY),
            Entry(diary.HOLD, NOW, token=8, written_at=NOW + DAY),
        ]
        with archive.transaction():
            mine = archive.diary.add(Entry(diary.HOLD, NOW), NOW)
            for entry in theirs:
                archive.diary.keep(entry)
            last = archive.diary.add(Entry(diary.HOLD, NOW), NOW)
        assert archive.diary.entries() == [theirs[0], mine, theirs[1], last]

    def test_entry_of_a_failed_transaction_is_not_kept(self, archive: Archive) -> None:
        def fail() -> None:
            with archive.transaction():
                archive.diary.add(Entry(diary.NOTE, NOW), NOW)
                raise LookupError

        with pytest.raises(LookupError):
            fail()
        assert archive.diary.entries() == []

    def test_entry_about_an_unknown_case_is_refused(self, archive: Archive) -> None:
        with pytest.raises(ArchiveError), archive.transaction():
            archive.diary.add(Entry(diary.HEAD, NOW, case_id=99), NOW)
        assert archive.diary.entries() == []
