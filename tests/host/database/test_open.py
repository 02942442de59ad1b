"""Opening a database: older schemas are brought along, and what cannot be used is refused."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.host.complaints import complaint, sentence_and_step
from tests.host.database_files import (
    HOLD_LOCK,
    ROWS,
    STEPS,
    UNUSABLE,
    UNUSABLE_NAMES,
    make_full,
    make_old,
    rows_of,
    schema_of,
)
from tests.host.run_host import host_with_small_files
from tests.host.scripted_case import ScriptedCase
from tests.trust.traced import IS_HERE, SLEEPS, Child

from rollcore import policy
from rollcore.events import RECORD_SIZE
from rollhost.cli.main import main
from rollhost.database import open as open_module
from rollhost.database.archive import Archive
from rollhost.database.diary import NAMING
from rollhost.database.open import open_archive
from rollhost.errors import ArchiveError

pytestmark = pytest.mark.in_process

MOVED = {"diary": "entries", "pending_policies": None}
"""Tables that a step has taken away: where their rows are, None where they have another form."""

NEXT_STEP = """
ALTER TABLE cases ADD COLUMN colour TEXT;
CREATE TABLE notes (text TEXT) STRICT;
"""

BROKEN_STEP = """
CREATE TABLE half_done (id INTEGER) STRICT;
DELETE FROM cases;
INSERT INTO nowhere VALUES (1);
"""


def everything_in(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


class TestMigrations:
    def test_every_schema_version_has_rows_to_migrate(self) -> None:
        assert sorted(ROWS) == list(range(1, len(STEPS) + 1))

    @pytest.mark.parametrize("version", range(len(STEPS)))
    def test_older_database_gets_the_schema_of_a_new_one(self, home: Path, version: int) -> None:
        make_old(home / "old.db", version)
        with open_archive(home / "old.db"), open_archive(home / "new.db", create=True):
            pass
        assert schema_of(home / "old.db") == schema_of(home / "new.db")
        assert schema_of(home / "new.db")[0] == ("version", str(len(STEPS)))

    @pytest.mark.parametrize("version", range(len(STEPS) + 1))
    def test_next_migration_keeps_the_rows_of_every_version(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, version: int
    ) -> None:
        make_old(home / "a.db", version)
        before = rows_of(home / "a.db")
        monkeypatch.setattr(open_module, "schema_steps", lambda: [*STEPS, NEXT_STEP])
        with open_archive(home / "a.db"):
            pass
        after = rows_of(home / "a.db")
        assert after["notes"] == []
        for table, rows in before.items():
            place = table if table in after else MOVED[table]
            found = after[place] if place else rows
            if place == "entries":  # a step may add what has become an entry
                added = [row for row in found if row["token"] not in [old["token"] for old in rows]]
                assert {row["kind"] for row in added} <= {"policy", *NAMING}
                found = [row for row in found if row not in added]
            assert len(found) == len(rows)
            for old, new in zip(rows, found, strict=True):
                if place == "records":  # what stood beside the bytes has gone
                    old = {name: old[name] for name in new}
                if place == "calendar_events" and version < 12:  # its checksum has more in it
                    old.pop("crc", None)
                assert old.items() <= new.items()
        assert schema_of(home / "a.db")[0] == ("version", str(len(STEPS) + 1))

    @pytest.mark.parametrize("version", range(1, len(STEPS) + 1))
    def test_failed_migration_leaves_the_file_unchanged(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, version: int
    ) -> None:
        make_old(home / "a.db", version)
        before = everything_in(home)
        monkeypatch.setattr(open_module, "schema_steps", lambda: [*STEPS, BROKEN_STEP])
        with (
            pytest.raises(ArchiveError, match="no such table: nowhere"),
            open_archive(home / "a.db"),
        ):
            pass
        assert everything_in(home) == before

    def test_failed_first_migration_can_be_tried_again(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(open_module, "schema_steps", lambda: [*STEPS, BROKEN_STEP])
            with pytest.raises(ArchiveError), open_archive(home / "a.db", create=True):
                pass
        assert schema_of(home / "a.db") == [("version", "0")]
        with open_archive(home / "a.db") as archive:
            assert archive.cases() == []

    def test_opening_a_current_database_changes_nothing(self, home: Path) -> None:
        make_old(home / "a.db", len(STEPS))
        before = everything_in(home)
        with open_archive(home / "a.db") as archive:
            assert len(archive.cases()) == 1
        assert everything_in(home) == before


class TestSafety:
    def test_new_database_is_readable_only_by_its_owner(self, home: Path) -> None:
        old = os.umask(0)
        try:
            with open_archive(home / "a.db", create=True) as archive, archive.transaction():
                archive.keep_case("5c1f", "pico", "0.1.0")
                modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()}
        finally:
            os.umask(old)
        assert modes == {"a.db": 0o600, "a.db-wal": 0o600, "a.db-shm": 0o600}

    def test_only_the_default_path_creates_missing_folders(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("ROLLCASE_DB")
        monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
        monkeypatch.setenv("HOME", str(home))
        with open_archive(None, create=True) as archive:
            assert archive.cases() == []
        folder = home / "some"
        with pytest.raises(ArchiveError), open_archive(folder / "a.db", create=True):
            pass
        assert not folder.exists()

    @pytest.mark.parametrize("place", ["/dev/null", "/dev/full"])
    def test_path_that_is_no_ordinary_file_is_refused(self, place: str) -> None:
        with pytest.raises(ArchiveError, match="is no ordinary file"), open_archive(Path(place)):
            pass

    def test_every_commit_is_flushed(self, archive: Archive) -> None:
        pragmas = [
            archive._db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
        assert pragmas == ["wal", 2, 1]

    def test_failed_transaction_leaves_nothing(self, archive: Archive) -> None:
        def fail() -> None:
            with archive.transaction():
                case_id = archive.keep_case("5c1f", "pico", "0.1.0")
                log_id = archive.keep_log(case_id, "01")
                archive.keep_records(log_id, 1, 0, bytes(RECORD_SIZE))
                archive.keep_policy(policy.for_needle(500))
                raise LookupError

        with pytest.raises(LookupError):
            fail()
        assert (archive.cases(), archive.quarantined()) == ([], 0)
        assert policy.for_needle(500).digest not in archive.policies()

    def test_failed_transaction_does_not_stop_the_next(self, archive: Archive) -> None:
        with pytest.raises(LookupError), archive.transaction():
            raise LookupError
        with archive.transaction():
            archive.keep_case("5c1f", "pico", "0.1.0")
        assert [case.device for case in archive.cases()] == ["5c1f"]

    def test_commit_is_visible_to_other_programs_at_once(
        self, archive: Archive, home: Path
    ) -> None:
        with archive.transaction():
            archive.keep_case("5c1f", "pico", "0.1.0")
        with open_archive(home / "rollcase.db") as other:
            assert [case.device for case in other.cases()] == ["5c1f"]


class TestUnusable:
    @pytest.mark.parametrize(("make", "says"), UNUSABLE, ids=UNUSABLE_NAMES)
    def test_status_explains_an_unusable_database_and_changes_nothing(
        self, host: Host, home: Path, make: Callable[[Path], None], says: str
    ) -> None:
        make(home / "rollcase.db")
        before = everything_in(home)
        sentence, _ = complaint(host("status"))
        assert sentence == f"{home / 'rollcase.db'} {says}"
        assert everything_in(home) == before

    @pytest.mark.parametrize(("make", "says"), UNUSABLE, ids=UNUSABLE_NAMES)
    def test_sync_explains_an_unusable_database_and_takes_nothing_from_the_case(
        self, host: Host, home: Path, case: ScriptedCase, make: Callable[[Path], None], says: str
    ) -> None:
        make(home / "rollcase.db")
        before = everything_in(home)
        sentence, _ = complaint(host("sync", "--port", case.port))
        assert sentence == f"{home / 'rollcase.db'} {says}"
        assert everything_in(home) == before
        assert case.verbs() == []

    @pytest.mark.parametrize("command", ["status", "log"])
    def test_record_stored_by_a_newer_version_is_explained(
        self, host: Host, home: Path, command: str
    ) -> None:
        make_full(home / "rollcase.db")
        with sqlite3.connect(home / "rollcase.db") as db:
            db.execute("UPDATE records SET raw = ? WHERE seq = 7", (b"\7\0\0\0\x63" + bytes(27),))
        db.close()
        sentence, step = complaint(host(command))
        assert sentence.endswith("holds what this version cannot read: kind 99 is not known here.")
        assert step == "Update this program."

    def test_status_without_a_database_says_what_to_do(self, host: Host, home: Path) -> None:
        sentence, step = complaint(host("status"))
        assert sentence == f"There is no database at {home / 'rollcase.db'} yet."
        assert step == "Run sync first, or name another place with --db."
        assert everything_in(home) == {}

    def test_empty_file_is_a_database_without_cases(self, host: Host, home: Path) -> None:
        (home / "rollcase.db").touch()
        result = host("status")
        assert (result.returncode, result.stdout) == (0, "No case was synced yet.\n")

    def test_folder_that_cannot_be_made_is_named(self, host: Host, case: ScriptedCase) -> None:
        place = f"{__file__}/rollcase.db"
        sentence, _ = complaint(host("sync", "--port", case.port, "--db", place))
        assert sentence.startswith(f"The database cannot be made at {place}: ")

    @pytest.mark.parametrize("command", ["status", "log"])
    def test_locked_database_is_reported_as_in_use(
        self,
        home: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        command: str,
    ) -> None:
        monkeypatch.setattr(open_module, "BUSY_MS", 20)
        make_full(home / "rollcase.db")
        before = (home / "rollcase.db").read_bytes()
        with subprocess.Popen(
            [sys.executable, "-c", HOLD_LOCK, str(home / "rollcase.db")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"locked\n"
            assert main([command]) == 1
            holder.communicate()
        said = capsys.readouterr()
        assert said.out == ""
        assert sentence_and_step(said.err) == (
            f"{home / 'rollcase.db'} is in use by another program.",
            "Wait for it to finish, then try again.",
        )
        assert (home / "rollcase.db").read_bytes() == before

    def test_database_without_read_permission_is_reported(
        self, home: Path, host_without_rights: Host
    ) -> None:
        make_full(home / "rollcase.db")
        before = everything_in(home)
        (home / "rollcase.db").chmod(0o000)
        sentence, step = complaint(host_without_rights("status"))
        (home / "rollcase.db").chmod(0o600)
        assert sentence == f"{home / 'rollcase.db'} cannot be opened."
        assert "who owns" in step
        assert everything_in(home) == before

    def test_folder_that_may_not_be_entered_is_reported(
        self, home: Path, host_without_rights: Host
    ) -> None:
        closed = home / "closed"
        closed.mkdir(mode=0o000)
        sentence, _ = complaint(host_without_rights("status", "--db", f"{closed}/a.db"))
        closed.chmod(0o700)
        assert sentence == f"{closed}/a.db cannot be opened: Permission denied."

    def test_read_only_database_takes_no_sync(
        self, home: Path, host_without_rights: Host, case: ScriptedCase
    ) -> None:
        make_full(home / "rollcase.db")
        (home / "rollcase.db").chmod(0o444)
        before = (home / "rollcase.db").read_bytes()
        sentence, step = complaint(host_without_rights("sync", "--port", case.port))
        assert sentence.endswith(" cannot be written.")
        assert "who owns" in step
        assert (home / "rollcase.db").read_bytes() == before
        assert "ack" not in case.verbs()

    def test_new_database_in_a_read_only_folder_is_refused(
        self, home: Path, host_without_rights: Host, case: ScriptedCase
    ) -> None:
        before = everything_in(home)
        home.chmod(0o555)
        sentence, step = complaint(host_without_rights("sync", "--port", case.port))
        home.chmod(0o700)
        assert sentence == (
            f"The database cannot be made at {home / 'rollcase.db'}: Permission denied."
        )
        assert step == "Name another place with --db or ROLLCASE_DB."
        assert everything_in(home) == before

    @pytest.mark.parametrize("most", [0, 4096, 16384])
    def test_disk_too_full_for_a_new_database_is_reported(
        self, home: Path, case: ScriptedCase, host: Host, most: int
    ) -> None:
        sentence, step = complaint(host_with_small_files(most, "sync", "--port", case.port))
        assert sentence.startswith(f"{home / 'rollcase.db'} does not take it: ")
        assert "rollback" not in sentence
        assert step == "Check the free space on that disk."
        assert host("sync", "--port", case.port).returncode == 0

    def test_disk_too_full_for_a_sync_loses_nothing(
        self, home: Path, case: ScriptedCase, host: Host
    ) -> None:
        assert host("sync", "--port", case.port).returncode == 0
        before = rows_of(home / "rollcase.db")
        case.log(4000)
        most = (home / "rollcase.db").stat().st_size + 32768
        sentence, step = complaint(host_with_small_files(most, "sync", "--port", case.port))
        assert "does not take it: " in sentence
        assert step == "Check the free space on that disk."
        kept = rows_of(home / "rollcase.db")["records"]
        assert kept[: len(before["records"])] == before["records"]
        assert len(kept) < case.app.journal.next - 1
        assert case.app.journal.acked == len(before["records"])
        assert host("sync", "--port", case.port).returncode == 0
        assert len(rows_of(home / "rollcase.db")["records"]) == case.app.journal.next - 1


@pytest.mark.skipif(not IS_HERE, reason="no Linux on x86-64")
@pytest.mark.parametrize("lead", [11, 12, 25])
def test_two_programs_may_make_a_database_at_once(
    home: Path, monkeypatch: pytest.MonkeyPatch, lead: int
) -> None:
    monkeypatch.setattr(open_module, "BUSY_MS", 600_000)  # waiting takes no time here
    with (
        Child(lambda: main(["note", "a"]), home, locks=True) as first,
        Child(lambda: main(["note", "b"]), home, locks=True) as second,
    ):
        for _ in range(lead):
            first.step()
        while first.call or second.call:
            until_it_waits(second)
            for _ in range(10):
                if first.call:
                    first.skip() if first.call.number in SLEEPS else first.step()
    assert (first.complained, second.complained) == ("", "")
    with open_archive(home / "rollcase.db") as archive:
        assert len(archive.diary.everything()) == 2


def until_it_waits(child: Child) -> None:
    """Let it go on until it has waited once for a lock, or to its end."""
    while child.call and child.call.number not in SLEEPS:
        child.step()
    if child.call:
        child.skip()
