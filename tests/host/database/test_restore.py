"""A restored backup: checked, swapped in whole, and what was there before is kept."""

import json
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.complaints import complaint, sentence_and_step
from tests.host.database_files import (
    HOLD_LOCK,
    UNUSABLE,
    UNUSABLE_NAMES,
    change_entries,
    make_foreign,
    make_full,
    make_golden,
    make_newer,
    make_short,
    make_text,
    records_in,
    rows_of,
    schema_of,
    seal,
)
from tests.host.lived_in import NOW
from tests.host.run_host import host_with_small_files
from tests.trust.traced import IS_HERE, Child

from rollhost.cli.main import main
from rollhost.database import diary, restore
from rollhost.database import open as open_module
from rollhost.database.archive import Person
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive

pytestmark = pytest.mark.in_process

KEPT = "rollcase-replaced-20261121-100000.db"


def make_sealed(path: Path) -> None:
    """Make a database whose records cannot be read."""
    make_full(path)
    seal(path, "records")


DAMAGED = [
    pytest.param(make_text, id="text"),
    pytest.param(make_short, id="short"),
    pytest.param(make_sealed, id="sealed"),
]

Rows = dict[str, list[dict[str, object]]]


def note(database: Path, text: str) -> Entry:
    """Write a note into a database; return its entry."""
    with open_archive(database, create=True) as archive, archive.transaction():
        return archive.diary.add(Entry(diary.NOTE, NOW, data={"text": text}), NOW)


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture
def backup(lived_in: Path, home: Path) -> Path:
    """A backup on a stick; the database has another note since."""
    stick = home / "stick"
    stick.mkdir()
    shutil.copyfile(lived_in, stick / "a.db")
    note(lived_in, "since then")
    return stick / "a.db"


class TestShown:
    def test_without_terminal_and_yes_nothing_is_done_and_what_would_be_is_said(
        self, host: Host, backup: Path, home: Path
    ) -> None:
        before = files_in(home)
        result = host("restore", str(backup))
        assert result.returncode == 0
        assert result.stderr == "Nothing was changed. To do it, say --yes.\n"
        assert result.stdout.splitlines() == [
            f"{backup} holds 10 records and 7 entries of 1 case, the newest of 2026-11-21 10:00.",
            "The database here holds 10 records and 8 entries of 1 case,"
            " the newest of 2026-11-21 10:00.",
            "Only here, and then only in the copy that is kept: 0 records and 1 entry.",
        ]
        assert files_in(home) == before

    def test_json_tells_the_same_without_asking(
        self, host_json: HostJson, backup: Path, home: Path
    ) -> None:
        before = files_in(home)
        told = host_json("restore", str(backup))
        assert (told["restored"], told["kept"], told["damage"]) == (False, None, None)
        assert (told["holds"]["entries"], told["present"]["entries"]) == (7, 8)
        assert told["only_present"] == {"records": 0, "entries": 1, "undone": 0, "forgotten": 0}
        assert files_in(home) == before
        told = host_json("restore", str(backup), "--yes")
        assert (told["restored"], told["kept"]) == (True, str(home / KEPT))

    def test_database_without_a_record_or_entry_has_nothing_newest(self, home: Path) -> None:
        for name in ("mine.db", "theirs.db"):
            with open_archive(home / name, create=True) as archive, archive.transaction():
                archive.keep_case("5c1f", "pico", "0.1.0")
        offer = restore.examine(home / "theirs.db", home / "mine.db")
        assert offer.holds == (1, 0, 0, None)

    @pytest.mark.parametrize("answer", ["y", "YES", "n", "", "yep", "\4"])
    def test_on_a_terminal_only_a_yes_does_it(
        self, backup: Path, lived_in: Path, answer: str
    ) -> None:
        before = rows_of(lived_in)
        master, slave = pty.openpty()
        words = [sys.executable, "-m", "rollhost", "restore", str(backup)]
        with subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave) as process:
            os.close(slave)
            said = b""
            while b"[y/N] " not in said:
                said += os.read(master, 1000)
            os.write(master, answer.encode() + b"\n")
            process.wait(timeout=60)
        os.close(master)
        assert process.returncode == 0
        is_yes = answer in ("y", "YES")
        assert (rows_of(lived_in) == rows_of(backup)) == is_yes
        assert (rows_of(lived_in) == before) != is_yes


class TestDone:
    def test_database_is_that_of_the_file_and_the_old_one_is_kept(
        self, host: Host, backup: Path, lived_in: Path, home: Path
    ) -> None:
        old, new = rows_of(lived_in), rows_of(backup)
        result = host("restore", str(backup), "--yes")
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout.splitlines()[-2:] == [
            f"Restored: {lived_in}.",
            f"What was there before is {home / KEPT}, read back whole.",
        ]
        assert rows_of(lived_in) == new
        assert rows_of(home / KEPT) == old
        assert [path.stat().st_mode & 0o777 for path in (lived_in, home / KEPT)] == [0o600] * 2
        assert sorted(files_in(home)) == [KEPT, "rollcase.db"]
        with sqlite3.connect(lived_in) as db:
            assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        db.close()

    def test_restored_database_can_be_taken_back(
        self, host: Host, backup: Path, lived_in: Path, home: Path
    ) -> None:
        old = rows_of(lived_in)
        host("restore", str(backup), "--yes")
        assert host("restore", str(home / KEPT), "--yes").returncode == 0
        assert rows_of(lived_in) == old
        assert (home / f"{KEPT.removesuffix('.db')}-2.db").exists()

    def test_wal_of_a_killed_program_does_not_come_through(
        self, host: Host, backup: Path, lived_in: Path, home: Path
    ) -> None:
        db = sqlite3.connect(lived_in, isolation_level=None)
        change_entries(db, "data = json_object('text', 'from the wal')")
        wal, shm = (Path(f"{lived_in}{ending}").read_bytes() for ending in ("-wal", "-shm"))
        main = lived_in.read_bytes()
        db.close()
        for ending, raw in (("", main), ("-wal", wal), ("-shm", shm)):
            Path(f"{lived_in}{ending}").write_bytes(raw)
        assert host("restore", str(backup), "--yes").returncode == 0
        assert rows_of(lived_in) == rows_of(backup)
        assert "from the wal" in str(rows_of(home / KEPT)["entries"])

    def test_wal_without_its_database_does_not_come_through(
        self, host: Host, backup: Path, lived_in: Path, home: Path
    ) -> None:
        db = sqlite3.connect(lived_in, isolation_level=None)
        change_entries(db, "data = json_object('text', 'from the wal')")
        wal = Path(f"{lived_in}-wal").read_bytes()
        db.close()
        lived_in.unlink()
        Path(f"{lived_in}-wal").write_bytes(wal)
        result = host("restore", str(backup), "--yes")
        assert f"There is no database at {lived_in} yet." in result.stdout
        assert rows_of(lived_in) == rows_of(backup)
        assert sorted(files_in(home)) == ["rollcase.db"]

    def test_changes_in_the_wal_of_the_file_count(
        self, host: Host, backup: Path, lived_in: Path
    ) -> None:
        db = sqlite3.connect(backup, isolation_level=None)
        db.execute("DELETE FROM quarantine")
        assert host("restore", str(backup), "--yes").returncode == 0
        assert rows_of(lived_in)["quarantine"] == []
        db.close()

    @pytest.mark.parametrize("version", [1, 2, 3])
    def test_older_file_is_migrated(
        self, host: Host, home: Path, lived_in: Path, version: int
    ) -> None:
        old = make_golden(home / "old.db", version)
        whole = (home / "old.db").read_bytes()
        assert host("restore", str(home / "old.db"), "--yes").returncode == 0
        assert records_in(lived_in) == [row["raw"] for row in old["records"]]
        with open_archive(home / "new.db", create=True):
            pass
        assert schema_of(lived_in) == schema_of(home / "new.db")
        assert (home / "old.db").read_bytes() == whole
        assert sorted(files_in(home)) == ["new.db", "old.db", KEPT, "rollcase.db"]

    def test_older_database_is_replaced(self, host: Host, home: Path, backup: Path) -> None:
        (home / "rollcase.db").unlink()
        old = make_golden(home / "rollcase.db", 2)
        assert host("restore", str(backup), "--yes").returncode == 0
        assert rows_of(home / KEPT) == old
        assert rows_of(home / "rollcase.db") == rows_of(backup)

    def test_file_with_another_page_size_is_restored(
        self, host: Host, backup: Path, lived_in: Path
    ) -> None:
        db = sqlite3.connect(backup, isolation_level=None)
        db.executescript("PRAGMA journal_mode = DELETE; PRAGMA page_size = 8192; VACUUM;")
        db.close()
        assert host("restore", str(backup), "--yes").returncode == 0
        assert rows_of(lived_in) == rows_of(backup)
        assert host("note", "and it goes on").returncode == 0

    def test_folder_of_the_usual_place_is_made(self, host: Host, backup: Path, home: Path) -> None:
        place = home / "data" / "rollcase.db"
        result = host("restore", str(backup), "--yes", ROLLCASE_DB=str(place))
        assert result.returncode == 0, result.stderr
        assert rows_of(place) == rows_of(backup)

    def test_symbolic_link_stays_one(
        self, host: Host, backup: Path, lived_in: Path, home: Path
    ) -> None:
        (home / "link.db").symlink_to(lived_in)
        assert host("restore", str(backup), "--yes", "--db", str(home / "link.db")).returncode == 0
        assert (home / "link.db").is_symlink()
        assert rows_of(lived_in) == rows_of(backup)


class TestCarriedOver:
    def test_undone_entry_stays_undone(self, host: Host, backup: Path, lived_in: Path) -> None:
        undone = note(backup, "a mistake")
        shutil.copyfile(backup, lived_in)
        with open_archive(lived_in) as archive, archive.transaction():
            archive.keep_person(Person(77, "Ben"))
            archive.diary.undo(Entry(diary.NOTE, NOW, token=undone.token, person=77), NOW)
        result = host("restore", str(backup), "--yes")
        assert "1 entry in the file was undone here, and stays so." in result.stdout
        with open_archive(lived_in) as archive:
            assert undone.token in [entry.token for entry in archive.diary.everything()]
            assert undone.token not in [entry.token for entry in archive.diary.entries()]
            (undoing,) = [entry for entry in archive.diary.everything() if entry.kind == diary.UNDO]
            assert undoing.person == 77

    def test_undoing_about_a_case_that_the_file_lacks_is_carried_over(
        self, host: Host, home: Path, lived_in: Path
    ) -> None:
        with open_archive(lived_in) as archive, archive.transaction():
            (head,) = [entry for entry in archive.diary.entries() if entry.kind == diary.HEAD]
            archive.diary.undo(head, NOW)
        note(home / "other.db", "of another computer")
        assert host("restore", str(home / "other.db"), "--yes").returncode == 0
        with open_archive(lived_in) as archive:
            (undoing,) = [entry for entry in archive.diary.everything() if entry.kind == diary.UNDO]
            (case,) = archive.cases()
        assert (undoing.case_id, undoing.number("token")) == (case.id, head.token)

    def test_forgotten_entry_stays_forgotten(
        self, host: Host, backup: Path, lived_in: Path, home: Path
    ) -> None:
        secret = note(backup, "nobody shall ever read this again")
        shutil.copyfile(backup, lived_in)
        with open_archive(lived_in) as archive, archive.transaction():
            assert archive.diary.forget(secret.token)
        result = host("restore", str(backup), "--yes")
        assert "1 entry in the file was forgotten here, and stays so." in result.stdout
        with open_archive(lived_in) as archive:
            assert secret.token not in [entry.token for entry in archive.diary.everything()]
            assert secret.token in archive.diary.forgotten()
        assert b"nobody shall ever read" not in lived_in.read_bytes()


class TestDamaged:
    @pytest.mark.parametrize("make", DAMAGED)
    @pytest.mark.parametrize("beside", ["", "-wal", "-journal"])
    def test_damaged_database_is_replaced_and_kept_as_it_was(
        self, host: Host, backup: Path, home: Path, make: Callable[[Path], None], beside: str
    ) -> None:
        (home / "rollcase.db").unlink()
        make(home / "rollcase.db")
        if beside:
            (home / f"rollcase.db{beside}").write_bytes(b"not its own")
        before = files_in(home)
        result = host("restore", str(backup), "--yes")
        assert result.returncode == 0, result.stderr
        assert "is damaged" in result.stdout
        assert "cannot be carried over" in result.stdout
        assert f"{home / KEPT}, as it was." in result.stdout
        assert rows_of(home / "rollcase.db") == rows_of(backup)
        after = files_in(home)
        after.pop("rollcase.db")
        assert after == {f"{KEPT}{name[11:]}": raw for name, raw in before.items()}

    def test_backup_copied_over_a_database_beside_an_old_wal_is_mended(
        self, host: Host, backup: Path, home: Path
    ) -> None:
        (home / "rollcase.db").unlink()
        make_full(home / "rollcase.db")
        db = sqlite3.connect(home / "rollcase.db", isolation_level=None)
        db.execute("CREATE TABLE much AS SELECT * FROM records")
        wal = (home / "rollcase.db-wal").read_bytes()
        db.close()
        shutil.copyfile(backup, home / "rollcase.db")
        (home / "rollcase.db-wal").write_bytes(wal)
        assert "is damaged" in host("doctor").stdout
        assert host("restore", str(backup), "--yes").returncode == 0
        assert rows_of(home / "rollcase.db") == rows_of(backup)
        assert "is damaged" not in host("doctor").stdout


class TestRefused:
    @pytest.mark.parametrize(("make", "says"), UNUSABLE, ids=UNUSABLE_NAMES)
    def test_unusable_file_is_refused_and_nothing_changes(
        self, host: Host, lived_in: Path, home: Path, make: Callable[[Path], None], says: str
    ) -> None:
        make(home / "a.db")
        before = files_in(home)
        sentence, _ = complaint(host("restore", str(home / "a.db"), "--yes"))
        if make is make_text:
            says = "is no backup, or a damaged one."
        assert sentence == f"{home / 'a.db'} {says}"
        assert files_in(home) == before

    def test_damaged_file_is_refused(self, host: Host, lived_in: Path, home: Path) -> None:
        make_full(home / "a.db")
        seal(home / "a.db", "records")
        before = files_in(home)
        sentence, step = complaint(host("restore", str(home / "a.db"), "--yes"))
        assert sentence.startswith(f"{home / 'a.db'} is damaged")
        assert step
        assert files_in(home) == before

    @pytest.mark.parametrize(("name", "code"), [("nowhere.db", 2), ("empty.db", 1)])
    def test_missing_or_empty_file_is_refused(
        self, host: Host, lived_in: Path, home: Path, name: str, code: int
    ) -> None:
        (home / "empty.db").touch()
        before = files_in(home)
        complaint(host("restore", str(home / name), "--yes"), code)
        assert files_in(home) == before

    @pytest.mark.parametrize("name", ["rollcase.db", "rollcase.db-wal", "link"])
    def test_database_itself_is_refused(
        self, host: Host, lived_in: Path, home: Path, name: str
    ) -> None:
        (home / "link").symlink_to(lived_in)
        (home / "rollcase.db-wal").touch()
        sentence, _ = complaint(host("restore", str(home / name), "--yes"), 2)
        assert sentence == f"{home / name} is the database itself."

    @pytest.mark.parametrize("make", [make_newer, make_foreign])
    def test_database_that_is_not_ours_is_not_replaced(
        self, host: Host, backup: Path, home: Path, make: Callable[[Path], None]
    ) -> None:
        (home / "rollcase.db").unlink()
        make(home / "rollcase.db")
        before = files_in(home)
        complaint(host("restore", str(backup), "--yes"))
        assert files_in(home) == before

    @pytest.mark.parametrize("is_damaged", [False, True], ids=["sound", "damaged"])
    @pytest.mark.parametrize("holds", ["lock", "open"])
    def test_database_that_another_program_has_open_is_not_replaced(
        self,
        host: Host,
        backup: Path,
        lived_in: Path,
        home: Path,
        monkeypatch: pytest.MonkeyPatch,
        holds: str,
        is_damaged: bool,
    ) -> None:
        monkeypatch.setattr(open_module, "BUSY_MS", 20)
        if is_damaged:
            seal(lived_in, "records")
        before = lived_in.read_bytes()
        program = HOLD_LOCK
        if holds == "open":
            program = program.replace('"BEGIN EXCLUSIVE"', '"SELECT count(*) FROM cases"')
            program = program.replace("EXCLUSIVE", "NORMAL")
        with subprocess.Popen(
            [sys.executable, "-c", program, str(lived_in)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"locked\n"
            sentence, _ = complaint(host("restore", str(backup), "--yes"))
            holder.communicate()
        assert sentence == f"{lived_in} is in use by another program."
        assert lived_in.read_bytes() == before
        assert not (home / KEPT).exists()

    def test_folder_that_cannot_be_written_is_said(
        self, backup: Path, lived_in: Path, home: Path, host_without_rights: Host
    ) -> None:
        before = files_in(home)
        home.chmod(0o555)
        sentence, _ = complaint(host_without_rights("restore", str(backup), "--yes"))
        home.chmod(0o700)
        assert sentence == f"{lived_in} cannot be written."
        assert files_in(home) == before

    def test_backup_on_a_stick_that_cannot_be_written_is_restored(
        self, backup: Path, lived_in: Path, host_without_rights: Host
    ) -> None:
        backup.chmod(0o444)
        backup.parent.chmod(0o555)
        result = host_without_rights("restore", str(backup), "--yes")
        backup.parent.chmod(0o700)
        assert result.returncode == 0, result.stderr
        assert rows_of(lived_in) == rows_of(backup)

    @pytest.mark.parametrize("missing", [4096, -4096])
    def test_full_disk_leaves_the_old_database(
        self, backup: Path, lived_in: Path, home: Path, missing: int
    ) -> None:
        before = rows_of(lived_in)
        make_full(backup.parent / "large.db", 5000)
        most = lived_in.stat().st_size - missing
        large = str(backup.parent / "large.db")
        complaint(host_with_small_files(most, "restore", large, "--yes"))
        assert rows_of(lived_in) == before


STOPPED_AT = """
import os, shutil, signal, sqlite3, sys
from pathlib import Path
from rollhost.database import open as open_module, restore

file, database, last, how = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
passed = []

def step(*_):
    passed.append(1)
    if len(passed) == last:
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise KeyboardInterrupt

def before_and_after(function):
    def stepped(*args, **options):
        step()
        result = function(*args, **options)
        step()
        return result
    return stepped

class Stepping(sqlite3.Connection):
    # One page at a time, so that it can be stopped after each.
    def backup(self, target, **options):
        super().backup(target, pages=1, progress=step)
        step()

real = sqlite3.connect
def connect(*args, **options):
    connection = real(*args, factory=Stepping, **options)
    connection.set_trace_callback(step if how == "kill" else None)
    return connection

sqlite3.connect = connect
for module, name in ((os, "link"), (os, "replace"), (os, "fsync"), (os, "unlink"),
                     (shutil, "copyfile")):
    setattr(module, name, before_and_after(getattr(module, name)))
try:
    restore.restore(file, database, 1795255200)
except KeyboardInterrupt as stop:
    print(*stop.args, flush=True)
    sys.exit(130)
print(len(passed), flush=True)
"""
"""Restores a file in a process that is stopped at its step of that number (from 1): before and
after each call that changes a folder or flushes, after each page, before each statement."""


def restored_until(
    file: Path, database: Path, step: int, how: str
) -> "subprocess.CompletedProcess[str]":
    """Restore a file in a process that is stopped at a step; 0: it is not."""
    return subprocess.run(
        [sys.executable, "-c", STOPPED_AT, str(file), str(database), str(step), how],
        capture_output=True,
        text=True,
        timeout=60,
    )


def put_back(home: Path, files: dict[str, bytes]) -> None:
    """Let a folder hold these files only."""
    for path in home.iterdir():
        if path.is_file():
            path.unlink()
    for name, raw in files.items():
        (home / name).write_bytes(raw)


@pytest.mark.slow
class TestInterrupted:
    @pytest.mark.parametrize("how", ["kill", "Ctrl-C"])
    def test_old_or_new_database_is_whole_wherever_it_is_stopped(
        self, backup: Path, lived_in: Path, home: Path, how: str
    ) -> None:
        undone = note(backup, "a mistake")
        shutil.copyfile(backup, lived_in)
        note(lived_in, "since then")
        with open_archive(lived_in) as archive, archive.transaction():
            archive.diary.undo(undone, NOW)
        files, old = files_in(home), rows_of(lived_in)
        steps = int(restored_until(backup, lived_in, 0, how).stdout)
        new = rows_of(lived_in)
        assert steps > 50
        assert new != old
        found = []
        for step in [*range(1, steps - 30, 7), *range(steps - 30, steps + 1)]:
            put_back(home, files)
            stopped = restored_until(backup, lived_in, step, how)
            assert stopped.returncode in (-signal.SIGKILL, 130), stopped.stderr
            rows = rows_of(lived_in)
            assert rows in (old, new)
            found.append(rows == new)
            if found[-1]:
                assert rows_of(home / KEPT) == old
            if how == "Ctrl-C" and stopped.stdout.startswith(str(lived_in)):
                says = "is restored; what was there before is" if found[-1] else "is as it was."
                assert says in stopped.stdout
            with open_archive(lived_in) as archive:
                assert archive.damage() == []
        assert sorted(found) == found
        assert set(found) == {False, True}

    @pytest.mark.parametrize("wal", [b"", b"not its own"])
    def test_damaged_database_is_there_as_it_was_or_replaced(
        self, backup: Path, lived_in: Path, home: Path, wal: bytes
    ) -> None:
        lived_in.unlink()
        make_short(lived_in)
        if wal:
            (home / "rollcase.db-wal").write_bytes(wal)
        files = files_in(home)
        steps = int(restored_until(backup, lived_in, 0, "kill").stdout)
        new = rows_of(backup)
        found = []
        for step in [*range(1, steps - 30, 7), *range(steps - 30, steps + 1)]:
            put_back(home, files)
            killed = restored_until(backup, lived_in, step, "kill")
            assert killed.returncode == -signal.SIGKILL
            found.append(lived_in.read_bytes() != files["rollcase.db"])
            if found[-1]:
                assert rows_of(lived_in) == new
            if found[-1] or (wal and not (home / "rollcase.db-wal").exists()):
                assert (home / KEPT).read_bytes() == files["rollcase.db"]
                assert not wal or (home / f"{KEPT}-wal").read_bytes() == wal
        assert set(found) == {False, True}


def test_file_of_what_was_there_has_the_date_that_it_is_given(
    backup: Path, lived_in: Path, home: Path
) -> None:
    done = restore.restore(backup, lived_in, 0.0)
    assert done.kept == home / "rollcase-replaced-19700101-000000.db"


class TestWhatIsNoBackup:
    @pytest.mark.parametrize("what", ["export", "text", "folder"])
    def test_file_that_is_no_backup_is_explained_by_what_it_is(
        self, host: Host, home: Path, what: str
    ) -> None:
        assert host("note", "stays").returncode == 0
        file = home / what
        if what == "export":
            assert host("export", "json", str(file)).returncode == 0
        elif what == "text":
            file.write_text("a letter")
        else:
            file.mkdir()
        sentence, step = complaint(host("restore", str(file), "--yes"), 1)
        if what == "folder":
            assert (sentence, step) == (
                f"{file} is a folder.",
                f"Name a backup in it: host restore {file}.",
            )
        else:
            assert sentence == f"{file} is no backup, or a damaged one."
            assert step.startswith("If it is an export: import ") is (what == "export")
        assert "stays" in host("undo", "--list").stdout


def test_amounts_of_a_restore_fit_together_whatever_kinds_of_entries_there_are(
    host: Host, home: Path
) -> None:
    assert host("note", "in both").returncode == 0
    assert host("backup", str(home / "copy.db")).returncode == 0
    for words in (
        ("note", "only here"),
        ("person", "add", "Ann"),
        ("note", "x", "--person", "Ann"),
    ):
        assert host(*words).returncode == 0
    told = json.loads(host("restore", str(home / "copy.db"), "--json").stdout)
    assert told["holds"]["entries"] == 1
    assert told["only_present"]["entries"] == 3
    assert told["present"]["entries"] == 4


@pytest.mark.skipif(not IS_HERE, reason="no Linux on x86-64")
def test_disk_that_gets_full_at_the_end_of_a_restore_of_nothing_is_said(
    backup: Path, lived_in: Path, home: Path
) -> None:
    lived_in.unlink()
    with Child(lambda: main(["restore", str(backup), "--yes"]), home) as child:
        while child.call and not child.call.about.endswith(".unfinished-shm"):
            child.step()
        child.is_full = True
        child.fail()
        child.finish()
    assert child.code == 1
    sentence, _ = sentence_and_step(child.complained)
    assert sentence.startswith(f"{lived_in} ")
    assert [path for path in home.iterdir() if path.is_file()] == []
