"""A database that cannot be written is looked at all the same, and nothing is changed there."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.host.complaints import complaint
from tests.host.database_files import change_entries, make_golden, records_in
from tests.host.lived_in import make_lived_in
from tests.host.scripted_case import ScriptedCase

READING = [
    "status",
    "status --json",
    "log",
    "plan",
    "policy",
    "policy replay rest=28d",
    "photo",
    "verify",
    "export json",
    "export csv",
    "export ics",
]
"""Commands that read only."""

WRITING = [
    "note hello",
    "plan start --sessions 4",
    "undo --yes",
    "name bath",
    "policy set rest_h=700",
]
"""Commands that write."""

NEWEST_NOTE = "in the -wal alone"

STOPPED = f"""
import os, signal, sqlite3, sys
from tests.host.database_files import change_entries
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode = " + sys.argv[2])
if sys.argv[2] == "DELETE":
    db.execute("PRAGMA cache_size = 1")
    db.execute("BEGIN")
    db.execute("UPDATE records SET raw = zeroblob(32)")
    db.execute("UPDATE entries SET data = '{{}}'")
    db.execute("CREATE TABLE much AS SELECT randomblob(100000)")
else:
    change_entries(db, "data = json_object('text', '{NEWEST_NOTE}') WHERE kind = 'note'")
os.kill(os.getpid(), signal.SIGKILL)
"""
"""Stops in the middle: with a change in the -wal that counts, or one in the file that does not."""


def stop_in_the_middle(database: Path, mode: str) -> None:
    """Change a database by a program that is killed, and so leaves its -wal or journal."""
    words = [sys.executable, "-c", STOPPED, str(database), mode]
    assert subprocess.run(words, timeout=60).returncode == -signal.SIGKILL


@pytest.fixture
def shelf(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the owner's database, which nobody may write once it is `shut`."""
    monkeypatch.setenv("ROLLCASE_NOW", "2026-11-21T10:00:00Z")
    folder = home / "shelf"
    folder.mkdir()
    monkeypatch.setenv("ROLLCASE_DB", str(folder / "rollcase.db"))
    make_lived_in(folder / "rollcase.db")
    yield folder
    folder.chmod(0o700)


def shut(folder: Path) -> dict[str, bytes]:
    """Take the right to write away from a folder and its files; return what is in them."""
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    return bytes_in(folder)


def bytes_in(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize("command", READING)
def test_reading_command_says_the_same_where_nothing_can_be_written(
    shelf: Path, host: Host, host_without_rights: Host, command: str
) -> None:
    before = host(*command.split())
    files = shut(shelf)
    result = host_without_rights(*command.split())
    assert (result.returncode, result.stdout) == (before.returncode, before.stdout)
    if command == "export ics":  # the next calendar would have said what is new since this one
        assert result.stderr.startswith(f"{shelf / 'rollcase.db'} cannot be written. ")
    else:
        assert result.stderr == before.stderr
    assert result.stdout
    assert bytes_in(shelf) == files


@pytest.mark.parametrize("left", [("-wal",), ("-wal", "-shm")], ids=["wal", "wal and shm"])
def test_changes_in_a_wal_that_was_left_count(
    shelf: Path, host_without_rights: Host, left: tuple[str, ...]
) -> None:
    stop_in_the_middle(shelf / "rollcase.db", "WAL")
    assert sorted(path.suffix for path in shelf.iterdir()) == [".db", ".db-shm", ".db-wal"]
    if "-shm" not in left:
        (shelf / "rollcase.db-shm").unlink()
    files = shut(shelf)
    for command in ("log", "verify", "doctor"):
        result = host_without_rights(command)
        assert "malformed" not in result.stdout
        assert (NEWEST_NOTE in result.stdout) == (command == "log"), result.stderr
    assert bytes_in(shelf) == files


def test_database_that_another_program_writes_is_read(
    shelf: Path, host_without_rights: Host
) -> None:
    db = sqlite3.connect(shelf / "rollcase.db", isolation_level=None)
    change_entries(db, f"data = json_object('text', '{NEWEST_NOTE}') WHERE kind = 'note'")
    files = shut(shelf)
    assert NEWEST_NOTE in host_without_rights("log").stdout
    assert bytes_in(shelf) == files
    db.close()


def test_change_that_was_not_completed_does_not_count(
    shelf: Path, host: Host, host_without_rights: Host
) -> None:
    before = host("log").stdout
    whole = (shelf / "rollcase.db").read_bytes()
    stop_in_the_middle(shelf / "rollcase.db", "DELETE")
    assert (shelf / "rollcase.db-journal").stat().st_size
    assert (shelf / "rollcase.db").read_bytes()[4096:] != whole[4096:]
    files = shut(shelf)
    result = host_without_rights("log")
    assert (result.stdout, result.stderr) == (before, "")
    assert bytes_in(shelf) == files


@pytest.mark.parametrize("version", [1, 2, 3])
def test_older_database_is_migrated_in_memory(
    shelf: Path, home: Path, host: Host, host_without_rights: Host, version: int
) -> None:
    (shelf / "rollcase.db").unlink()
    make_golden(shelf / "rollcase.db", version)
    shutil.copyfile(shelf / "rollcase.db", home / "other.db")
    files = shut(shelf)
    migrated = host("export", "json", "--db", str(home / "other.db")).stdout
    result = host_without_rights("export", "json")
    assert (result.returncode, result.stderr) == (0, "")
    # A policy that waits gets a random token in a migration.
    assert len(result.stdout.splitlines()) == len(migrated.splitlines())
    assert result.stdout.partition('"diary"')[0] == migrated.partition('"diary"')[0]
    assert bytes_in(shelf) == files


@pytest.mark.parametrize("version", [2, 4])
def test_backup_of_it_goes_elsewhere(
    shelf: Path, home: Path, host_without_rights: Host, version: int
) -> None:
    if version == 2:
        (shelf / "rollcase.db").unlink()
        make_golden(shelf / "rollcase.db", version)
    shut(shelf)
    sentence, _ = complaint(host_without_rights("backup"))
    assert sentence.endswith("20261121-100000.db cannot be written: Permission denied.")
    assert sentence.startswith(f"{shelf}/rollcase-backup-")
    for words in (["backup"], ["export", "sqlite"]):
        assert host_without_rights(*words, str(home / f"{words[0]}.db")).returncode == 0
        copy, kept = records_in(home / f"{words[0]}.db"), records_in(shelf / "rollcase.db")
        assert copy == kept
    shelf.chmod(0o700)


@pytest.mark.slow
@pytest.mark.parametrize("command", WRITING)
def test_writing_command_says_that_it_cannot_be_written_and_what_to_do(
    shelf: Path, host: Host, host_without_rights: Host, command: str
) -> None:
    files = shut(shelf)
    sentence, step = complaint(host_without_rights(*command.split()))
    assert sentence == f"{shelf / 'rollcase.db'} cannot be written."
    assert step == "Check who owns the file and its folder, or name another place with --db."
    assert bytes_in(shelf) == files


@pytest.mark.parametrize("version", [2, 4])
def test_sync_into_it_takes_nothing_from_the_case(
    shelf: Path, host_without_rights: Host, case: ScriptedCase, version: int
) -> None:
    if version == 2:
        (shelf / "rollcase.db").unlink()
        make_golden(shelf / "rollcase.db", version)
    files = shut(shelf)
    sentence, _ = complaint(host_without_rights("sync", "--port", case.port))
    assert sentence == f"{shelf / 'rollcase.db'} cannot be written."
    assert "ack" not in case.verbs()
    assert bytes_in(shelf) == files


def test_nothing_is_left_in_the_folder_for_temporary_files(
    shelf: Path, host_without_rights: Host
) -> None:
    stop_in_the_middle(shelf / "rollcase.db", "WAL")
    (shelf / "rollcase.db-shm").unlink()
    shut(shelf)
    assert NEWEST_NOTE in host_without_rights("log").stdout
    assert list(Path(os.environ["TMPDIR"]).iterdir()) == []
