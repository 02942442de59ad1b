"""Backups: copies that were looked at, and no more of them than asked for."""

import json
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Host
from tests.host.complaints import complaint
from tests.host.database_files import UNUSABLE, UNUSABLE_NAMES, make_full, rows_of, triggers_off
from tests.host.lived_in import NOW, beside, make_lived_in
from tests.host.run_host import host_with_small_files

from rollhost.cli.main import main
from rollhost.database import backup, diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import ArchiveError

pytestmark = pytest.mark.in_process

NAME = "rollcase-backup-20261121-100000.db"


class TestCopy:
    def test_backup_is_beside_the_database_with_the_date_in_its_name(
        self, host: Host, lived_in: Path, home: Path
    ) -> None:
        result = host("backup", TZ="Asia/Tokyo")  # names sort in any zone
        assert result.stdout == f"9 records in {home / NAME}, which was read back whole.\n"
        assert beside(home) == [NAME]
        assert rows_of(home / NAME) == rows_of(lived_in)
        assert stat.S_IMODE((home / NAME).stat().st_mode) == 0o600

    def test_backup_goes_to_a_given_path(self, host: Host, lived_in: Path, home: Path) -> None:
        (home / "stick").mkdir()
        assert host("backup", str(home / "stick" / "a.db")).returncode == 0
        assert rows_of(home / "stick" / "a.db") == rows_of(lived_in)
        assert beside(home) == ["stick"]

    def test_restored_backup_answers_the_same(self, host: Host, lived_in: Path, home: Path) -> None:
        before = host("status").stdout
        host("backup")
        lived_in.unlink()
        (home / NAME).rename(lived_in)
        assert host("status").stdout == before
        assert host("note", "and it goes on").returncode == 0

    def test_backup_json_says_what_is_in_it(
        self, host_json: Callable[..., dict[str, Any]], lived_in: Path, home: Path
    ) -> None:
        told = host_json("backup", "--keep", "3")
        assert told["file"] == str(home / NAME)
        assert told["removed"] == []
        assert told["rows"] == {table: len(rows) for table, rows in rows_of(lived_in).items()}

    def test_backup_is_of_one_moment_while_others_write(self, lived_in: Path, home: Path) -> None:
        class Interrupted(Archive):
            def copy_to(self, path: Path) -> None:
                super().copy_to(path)
                with open_archive(lived_in) as other, other.transaction():
                    other.diary.add(Entry(diary.NOTE, NOW, data={"text": "meanwhile"}), NOW)

        with open_archive(lived_in) as archive:
            before = archive.counts()["entries"]
            assert backup.copy(Interrupted(archive._db), home / "a.db")["entries"] == before
        assert len(rows_of(home / "a.db")["entries"]) == before
        assert len(rows_of(lived_in)["entries"]) == before + 1

    def test_existing_backup_is_not_replaced(self, host: Host, lived_in: Path, home: Path) -> None:
        (home / NAME).write_text("mine")
        sentence, _ = complaint(host("backup"), 2)
        assert sentence == f"{home / NAME} is there already."
        assert (home / NAME).read_text() == "mine"
        assert host("backup", "--force").returncode == 0
        assert len(rows_of(home / NAME)["records"]) == 9

    @pytest.mark.parametrize("name", ["rollcase.db", "rollcase.db-wal", "link"])
    def test_backup_onto_the_database_itself_is_refused(
        self, host: Host, lived_in: Path, home: Path, name: str
    ) -> None:
        (home / "link").symlink_to(lived_in)
        before = rows_of(lived_in)
        with open_archive(lived_in) as archive, archive.transaction():  # so that there is a -wal
            archive.keep_case("5c1f0a2b3c4d5e6f", "pico", "0.1.0")
            sentence, _ = complaint(host("backup", str(home / name), "--force"), 2)
        assert sentence == f"{home / name} is the database itself."
        assert rows_of(lived_in) == before


class TestDamage:
    def test_backup_of_a_damaged_database_is_not_kept(
        self, host: Host, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ROLLCASE_NOW", "2026-11-21T10:00:00Z")
        make_full(home / "rollcase.db")
        with sqlite3.connect(home / "rollcase.db") as db:
            root, size = (
                db.execute(query).fetchone()[0]
                for query in (
                    "SELECT rootpage FROM sqlite_schema WHERE name = 'records'",
                    "PRAGMA page_size",
                )
            )
        db.close()
        raw = bytearray((home / "rollcase.db").read_bytes())
        start = (root - 1) * size
        raw[start + 12 : start + 16] = raw[start + 14 : start + 16] * 2  # two rows in one place
        (home / "rollcase.db").write_bytes(raw)
        sentence, step = complaint(host("backup"))
        assert str(home / "rollcase.db") in sentence
        assert step
        assert beside(home) == []

    def test_backup_with_a_changed_row_says_so_and_no_older_backup_goes(
        self, host: Host, lived_in: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ROLLCASE_NOW", "2026-11-20T10:00:00Z")
        assert host("backup").returncode == 0
        with sqlite3.connect(lived_in) as db, triggers_off(db):
            db.execute("UPDATE entries SET at = at + 1 WHERE id = 3")
        db.close()
        monkeypatch.setenv("ROLLCASE_NOW", "2026-11-21T10:00:00Z")
        result = host("backup", "--keep", "1", "--json")
        document = json.loads(result.stdout)
        assert result.returncode == 1
        assert (document["removed"], len(document["wrong_rows"])) == ([], 1)
        assert "no older one was removed" in result.stderr
        assert len([name for name in beside(home) if "-backup-" in name]) == 2

    def test_backup_that_lacks_rows_is_not_kept(self, lived_in: Path, home: Path) -> None:
        class Forgetful(Archive):
            def copy_to(self, path: Path) -> None:
                super().copy_to(path)
                with sqlite3.connect(path) as db:
                    db.execute("DELETE FROM quarantine")
                db.close()

        with (
            open_archive(lived_in) as archive,
            pytest.raises(ArchiveError, match="does not hold what it should: rows are missing"),
        ):
            backup.copy(Forgetful(archive._db), home / "a.db")
        assert beside(home) == []

    @pytest.mark.parametrize(("make", "says"), UNUSABLE, ids=UNUSABLE_NAMES)
    def test_backup_of_an_unusable_database_is_explained(
        self, host: Host, home: Path, make: Callable[[Path], None], says: str
    ) -> None:
        make(home / "rollcase.db")
        sentence, _ = complaint(host("backup"))
        assert sentence == f"{home / 'rollcase.db'} {says}"
        assert beside(home) == []

    def test_backup_without_a_database_says_so(self, host: Host, home: Path) -> None:
        sentence, _ = complaint(host("backup"))
        assert sentence == f"There is no database at {home / 'rollcase.db'} yet."

    def test_full_disk_removes_no_older_backup(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_full(home / "rollcase.db")
        monkeypatch.setenv("ROLLCASE_NOW", "2026-11-20T10:00:00Z")
        assert main(["backup"]) == 0
        before = beside(home)
        monkeypatch.setenv("ROLLCASE_NOW", "2026-11-21T10:00:00Z")
        sentence, _ = complaint(host_with_small_files(36864, "backup", "--keep", "1"))
        assert sentence.startswith(f"{home / NAME} cannot be written: ")
        assert beside(home) == before


class TestKeep:
    def made(self, home: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
        """Make a backup on each of five days, the last with these words; return what is left."""
        for day in range(1, 6):
            monkeypatch.setenv("ROLLCASE_NOW", f"2026-11-0{day}T10:00:00Z")
            assert main(["backup", *(words if day == 5 else [])]) == 0
        return [name[-18:-10] for name in beside(home) if name.startswith("rollcase-backup-2026")]

    @pytest.mark.parametrize(
        ("keep", "left"),
        [(1, ["05"]), (2, ["04", "05"]), (5, ["01", "02", "03", "04", "05"]),
         (7, ["01", "02", "03", "04", "05"])],
    )  # fmt: skip
    def test_keep_retains_the_last_backups(
        self,
        lived_in: Path,
        home: Path,
        monkeypatch: pytest.MonkeyPatch,
        keep: int,
        left: list[str],
    ) -> None:
        found = self.made(home, monkeypatch, "--keep", str(keep))
        assert found == [f"202611{day}" for day in left]

    def test_backup_without_keep_removes_none(
        self, lived_in: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert len(self.made(home, monkeypatch)) == 5

    def test_keep_touches_only_backups(
        self, lived_in: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_lived_in(home / "work-backup-20200101-000000.db")  # of another database
        make_lived_in(home / "rollcase-backup-2020.db")
        make_lived_in(home / "rollcase-backup-20200101-000000.db.bak")
        (home / "rollcase-backup-20200102-000000.db").write_text("a letter")
        (home / "rollcase-backup-20200103-000000.db").mkdir()
        (home / "rollcase-backup-20200104-000000.db").symlink_to(home / "rollcase-backup-2020.db")
        with sqlite3.connect(home / "rollcase-backup-20200105-000000.db") as db:
            db.execute("CREATE TABLE photographs (name TEXT)")
        db.close()
        before = beside(home)
        self.made(home, monkeypatch, "--keep", "1")
        assert beside(home) == sorted([*before, "rollcase-backup-20261105-100000.db"])

    def test_keep_retains_the_new_backup_even_if_the_clock_went_back(
        self, lived_in: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.made(home, monkeypatch)
        monkeypatch.setenv("ROLLCASE_NOW", "2026-01-01T10:00:00Z")
        assert main(["backup", "--keep", "2"]) == 0
        assert beside(home) == [
            "rollcase-backup-20260101-100000.db",
            "rollcase-backup-20261105-100000.db",
        ]

    def test_keep_counts_only_dated_backups(self, host: Host, lived_in: Path, home: Path) -> None:
        sentence, step = complaint(host("backup", str(home / "a.db"), "--keep", "2"), 2)
        assert sentence == "--keep counts backups that are named by date."
        assert step == "Leave FILE out."
        assert beside(home) == []

    @pytest.mark.parametrize("number", ["0", "-1", "x", "", "1.5"])
    def test_keep_below_1_is_refused(self, host: Host, lived_in: Path, number: str) -> None:
        sentence, _ = complaint(host("backup", f"--keep={number}"), 2)
        assert f"{number!r} is not a number from 1 up" in sentence

    def test_removed_backups_are_named(self, host: Host, lived_in: Path, home: Path) -> None:
        host("backup", ROLLCASE_NOW="2026-11-01")
        result = host("backup", "--keep", "1")
        old = home / "rollcase-backup-20261101-000000.db"
        assert result.stdout.splitlines()[1:] == [f"Removed {old}."]
        host("backup", ROLLCASE_NOW="2026-11-01")
        told = json.loads(host("backup", "--force", "--keep", "1", "--json").stdout)
        assert told["removed"] == [str(old)]
