"""The migration of an earlier program's database: nothing is lost, and a copy of it is kept."""

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.firmware.logs import boot_data
from tests.host.complaints import complaint
from tests.host.database_files import (
    STEPS,
    make_full,
    make_golden,
    make_old,
    rows_of,
    schema_of,
    seal,
    triggers_off,
)
from tests.host.lived_in import make_lived_in
from tests.host.run_host import host_with_small_files

from rollhost.database import open as open_module
from rollhost.database.diary import CASE_NAME, KINDS, NAMING, OWNER
from rollhost.database.open import APPLICATION_ID, look_into, open_archive
from rollhost.database.row_crc import TABLES, with_crc
from rollhost.errors import ArchiveError
from rollhost.exchange import export_csv_json
from rollhost.history import history
from rollhost.history.policies import read_policies

COPY = f"rollcase.db.before-{len(STEPS)}"

Rows = dict[str, list[dict[str, object]]]

NO_DAYS: dict[str, object] = {"first_day": None, "last_day": None, "alarm_s": None}
"""What an event of a calendar has in the columns of schema 12, if it is from before them."""


def bytes_in(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def migrated(path: Path) -> Rows:
    """Open a database with this program; return its rows then."""
    with open_archive(path):
        pass
    return rows_of(path)


def without_crc(row: dict[str, object]) -> dict[str, object]:
    """Return a row without its checksum."""
    return {name: value for name, value in row.items() if name != "crc"}


def assert_nothing_is_lost(old: Rows, new: Rows) -> None:
    """Compare the rows of a database before and after it was brought to the newest schema."""
    new = {table: [without_crc(row) for row in rows] for table, rows in new.items()}
    named = [entry for entry in new["entries"] if entry["kind"] in NAMING]
    assert sorted(
        (entry["case_id"], entry["person"]) for entry in named if entry["kind"] == OWNER
    ) == sorted(
        (log["case_id"], log["person"])
        for log in new["logs"]
        if log["person"] is not None and log["fork_of"] is None
    )
    names = [
        json.loads(str(entry["data"]))["name"] for entry in named if entry["kind"] == CASE_NAME
    ]
    assert names == [case["name"] for case in new["cases"] if case["name"] is not None]
    new = {**new, "entries": [entry for entry in new["entries"] if entry not in named]}
    stays = ("log_id", "seq", "raw")
    assert new["records"] == [{name: row[name] for name in stays} for row in old["records"]]
    if "entries" in old:
        # In schema 6 what names say is in entries already.
        entries = [entry for entry in old["entries"] if entry["kind"] not in NAMING]
        old = {**old, "entries": entries, "records": new["records"]}
        if "calendar_events" in old:
            given = [{**row, **NO_DAYS} for row in old["calendar_events"]]
            old["calendar_events"] = given
        assert {table: new[table] for table in old} == old
        return
    for table in ("cases", "quarantine", "policies"):
        assert new[table] == old[table]
    assert [{name: log[name] for name in old["logs"][0]} for log in new["logs"]] == old["logs"]
    added = {"person": 0, "basis": None}
    entries = [entry for entry in new["entries"] if entry["kind"] != "policy"]
    assert entries == [{**entry, **added} for entry in old.get("diary", [])]
    waiting = [entry for entry in new["entries"] if entry["kind"] == "policy"]
    assert [
        {"case_id": entry["case_id"], **json.loads(str(entry["data"]))} for entry in waiting
    ] == old["pending_policies"]
    assert all(entry["written_at"] == 0 and entry["basis"] is None for entry in waiting)


class TestRows:
    @pytest.mark.parametrize("version", [8, 9])
    def test_every_row_with_a_checksum_is_the_same_after_the_migration(
        self, home: Path, version: int
    ) -> None:
        old = make_golden(home / "rollcase.db", version)
        new = migrated(home / "rollcase.db")
        assert len(old["records"]) == 15
        for table, rows in old.items():
            assert [*map(without_crc, new[table])] == [
                {**without_crc(row), **(NO_DAYS if table == "calendar_events" else {})}
                for row in rows
            ]
        assert new["reminders"] == []

    @pytest.mark.parametrize("version", [1, 2, 3, 6, 7])
    def test_every_row_is_there_after_the_migration(self, home: Path, version: int) -> None:
        old = make_golden(home / "rollcase.db", version)
        assert len(old["records"]) == 15
        assert len(old.get("diary", [])) == (11 if version == 2 else 0)
        assert len(old.get("entries", [])) == {3: 14, 6: 14 + 6, 7: 14 + 6}.get(version, 0)
        assert_nothing_is_lost(old, migrated(home / "rollcase.db"))

    def test_schema_9_gets_tables_of_reminders_and_settings_and_keeps_all_rows(
        self, home: Path
    ) -> None:
        old = make_golden(home / "rollcase.db", 9)
        new = migrated(home / "rollcase.db")
        events = new.pop("calendar_events")
        del old["calendar_events"]
        assert len(events) == 1
        assert new == {**old, "reminders": [], "settings": []}

    def test_event_of_schema_11_has_no_day_and_no_alarm_and_a_checksum(self, home: Path) -> None:
        old = make_golden(home / "rollcase.db", 11)
        new = migrated(home / "rollcase.db")
        (before,), (event,) = old.pop("calendar_events"), new.pop("calendar_events")
        assert new == old
        assert without_crc(event) == {**without_crc(before), **NO_DAYS}
        row = [*event.values()]
        assert row == [*with_crc(*row[:-1])]  # type: ignore[arg-type]

    def test_event_that_the_disk_has_changed_gets_no_checksum_from_the_migration(
        self, home: Path
    ) -> None:
        make_golden(home / "rollcase.db", 11)
        with sqlite3.connect(home / "rollcase.db") as db, triggers_off(db):
            db.execute("UPDATE calendar_events SET title = 'Rester'")
        db.close()
        (event,) = migrated(home / "rollcase.db")["calendar_events"]
        assert event["title"] == "Rester"
        row = [*event.values()]
        assert row != [*with_crc(*row[:-1])]  # type: ignore[arg-type]

    def test_logs_of_real_cases_go_to_me_and_virtual_ones_to_nobody(self, home: Path) -> None:
        make_golden(home / "rollcase.db")
        new = migrated(home / "rollcase.db")
        assert [(row["token"], row["name"]) for row in new["persons"]] == [(0, "me")]
        boards = {case["id"]: case["board"] for case in new["cases"]}
        assert [(boards[log["case_id"]], log["person"]) for log in new["logs"]] == [
            ("pico", 0), ("pico", 0), ("pico2_w", 0), ("virtual", None)
        ]  # fmt: skip

    @pytest.mark.parametrize("version", [1, 2, 3, 6, 7])
    def test_rows_of_an_older_database_get_their_checksums(self, home: Path, version: int) -> None:
        make_golden(home / "rollcase.db", version)
        rows = migrated(home / "rollcase.db")
        sealed = [tuple(row.values()) for table in TABLES for row in rows[table]]
        assert sealed
        assert all(row == with_crc(*row[:-1]) for row in sealed)  # type: ignore[arg-type]

    def test_text_that_is_none_in_an_older_database_is_said_and_nothing_is_changed(
        self, host: Host, home: Path
    ) -> None:
        make_golden(home / "rollcase.db", 7)
        with sqlite3.connect(home / "rollcase.db") as db:
            db.execute("UPDATE entries SET data = CAST(x'7bff7d' AS TEXT) WHERE kind = 'note'")
        db.close()
        before = schema_of(home / "rollcase.db")
        sentence, _ = complaint(host("status"))
        assert sentence.endswith("is damaged: it holds a text that is none.")
        assert schema_of(home / "rollcase.db") == before

    def test_export_holds_all_that_was_in_the_database(self, home: Path) -> None:
        old = make_golden(home / "rollcase.db")
        with open_archive(home / "rollcase.db") as archive:
            document = json.loads(export_csv_json.json_text(history.read(archive)))
        raw = [
            record["raw"]
            for case in document["cases"]
            for log in case["logs"]
            for record in [*log["records"], *log["quarantine"]]
        ]
        kept = [*old["records"], *old["quarantine"]]
        assert sorted(raw) == sorted(bytes(row["raw"]).hex() for row in kept)  # type: ignore[call-overload]
        tokens = [entry["token"] for entry in document["diary"] if entry["kind"] in KINDS]
        assert sorted(map(str, tokens)) == sorted(str(row["token"]) for row in old["diary"])
        waiting = [case["new_policy"] for case in document["cases"] if case["new_policy"]]
        assert set(waiting) == {row["policy"] for row in old["pending_policies"]}

    def test_verify_finds_nothing_new_wrong_after_the_migration(
        self, host: Host, home: Path
    ) -> None:
        make_golden(home / "rollcase.db")
        assert "was edited" not in host("verify").stdout

    def test_room_that_the_migration_has_freed_is_given_back(self, home: Path) -> None:
        make_old(home / "rollcase.db", 6)
        with sqlite3.connect(home / "rollcase.db") as db:
            db.executemany(
                "INSERT INTO records VALUES (1, ?, zeroblob(32), 'boot', 0, 1, 0, 1577836800, ?)",
                [(seq, json.dumps(boot_data())) for seq in range(2, 2000)],
            )
        db.close()
        before = (home / "rollcase.db").stat().st_size
        assert migrated(home / "rollcase.db")["records"][-1]["seq"] == 1999
        assert (home / "rollcase.db").stat().st_size < before * 0.6

    def test_policies_that_waited_wait_on(self, home: Path) -> None:
        old = make_golden(home / "rollcase.db")
        with open_archive(home / "rollcase.db") as archive:
            policies = read_policies(archive)
            found = {case.id: policies.waiting(case) for case in archive.cases()}
        waiting = {case: policy.text for case, policy in found.items() if policy is not None}
        assert waiting == {row["case_id"]: row["policy"] for row in old["pending_policies"]}


class TestToday:
    """A database as today's schema is, kept as SQL: what is in files out there can't change."""

    def test_golden_database_is_opened_as_it_is(self, home: Path) -> None:
        old = make_golden(home / "rollcase.db", 12)
        assert (len(old["records"]), len(old["entries"]), len(old["milestones"])) == (15, 20, 1)
        before = schema_of(home / "rollcase.db")
        assert migrated(home / "rollcase.db") == old
        assert schema_of(home / "rollcase.db") == before
        assert sorted(bytes_in(home)) == ["rollcase.db"]

    def test_new_database_has_the_tables_triggers_view_and_index_of_the_golden_one(
        self, home: Path
    ) -> None:
        make_golden(home / "golden.db", 12)
        with open_archive(home / "new.db", create=True):
            pass
        assert schema_of(home / "new.db") == schema_of(home / "golden.db")

    def test_database_says_in_its_header_whose_it_is_and_which_schema_it_has(
        self, home: Path
    ) -> None:
        with open_archive(home / "new.db", create=True):
            pass
        header = (home / "new.db").read_bytes()[:100]
        assert header[68:72] == b"ROLL"
        assert header[60:64] == bytes([0, 0, 0, 12])
        assert APPLICATION_ID == 1380928588

    def test_view_says_what_the_bytes_of_a_record_say(self, home: Path) -> None:
        make_golden(home / "rollcase.db", 12)
        with sqlite3.connect(home / "rollcase.db") as db:
            heads = db.execute("SELECT * FROM record_heads WHERE log_id = 3 AND seq > 3")
            assert heads.fetchall() == [
                (3, 4, 6, 0, 1, 100, 1795167900, "01DB1FCB4500000000000000"),
                (3, 5, 7, 0, 1, 340, 1795168140, "01F000000000000000000000"),
            ]
        db.close()


class TestCopy:
    @pytest.mark.parametrize("version", [1, 2, 3, 6, 7])
    def test_copy_beside_it_holds_what_it_held(self, home: Path, version: int) -> None:
        old = make_golden(home / "rollcase.db", version)
        old_umask = os.umask(0)
        try:
            migrated(home / "rollcase.db")
        finally:
            os.umask(old_umask)
        assert sorted(bytes_in(home)) == ["rollcase.db", COPY]
        assert stat.S_IMODE((home / COPY).stat().st_mode) == 0o600
        with look_into(home / COPY) as copy:
            assert (copy.damage(), copy.schema_version()) == ([], version)
        assert rows_of(home / COPY) == old

    def test_copy_put_back_is_migrated_again(self, home: Path) -> None:
        old = make_golden(home / "rollcase.db")
        migrated(home / "rollcase.db")
        (home / COPY).rename(home / "rollcase.db")
        assert_nothing_is_lost(old, migrated(home / "rollcase.db"))
        assert rows_of(home / COPY) == old

    def test_database_without_rows_is_not_copied(self, home: Path) -> None:
        db = sqlite3.connect(home / "rollcase.db")
        for step in STEPS[:2]:
            db.executescript(step)
        db.executescript(f"PRAGMA user_version = 2; PRAGMA application_id = {APPLICATION_ID};")
        db.close()
        migrated(home / "rollcase.db")
        assert sorted(bytes_in(home)) == ["rollcase.db"]

    def test_new_database_has_no_copy(self, home: Path) -> None:
        make_lived_in(home / "rollcase.db")
        assert sorted(bytes_in(home)) == ["rollcase.db"]

    def test_file_of_that_name_stays_and_the_copy_gets_a_number(self, home: Path) -> None:
        make_full(home / COPY, 3)
        before = (home / COPY).read_bytes()
        old = make_golden(home / "rollcase.db")
        migrated(home / "rollcase.db")
        assert (home / COPY).read_bytes() == before
        assert rows_of(home / f"{COPY}-2") == old

    def test_disk_too_full_for_it_leaves_the_database_as_it_was(
        self, host: Host, home: Path
    ) -> None:
        make_golden(home / "rollcase.db")
        before = bytes_in(home)
        most = (home / "rollcase.db").stat().st_size - 4096
        sentence, step = complaint(host_with_small_files(most, "status"))
        assert sentence.startswith(
            "The database was not updated, as no copy of it could be made:"
            f" {home / COPY} cannot be written: "
        )
        assert step == "Make room on that disk, then try again; the database is as it was."
        assert bytes_in(home) == before
        assert host("status").returncode == 0

    def test_damaged_database_is_not_migrated(self, host: Host, home: Path) -> None:
        make_golden(home / "rollcase.db")
        seal(home / "rollcase.db", "records")
        before = bytes_in(home)
        sentence, _ = complaint(host("status"))
        assert str(home / "rollcase.db") in sentence
        assert bytes_in(home) == before

    def test_older_program_names_the_copy_that_it_can_read(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_golden(home / "rollcase.db")
        migrated(home / "rollcase.db")
        steps = STEPS[:2]
        monkeypatch.setattr(open_module, "schema_steps", lambda: steps)
        before = bytes_in(home)
        with (
            pytest.raises(ArchiveError, match="was written by a newer version") as refused,
            open_archive(home / "rollcase.db"),
        ):
            pass
        assert f"nothing was changed. {home / COPY} is a copy from before" in refused.value.hint
        with open_archive(home / COPY) as archive:
            assert len(archive.cases()) == 3
        assert bytes_in(home) == before
        (home / COPY).unlink()
        with pytest.raises(ArchiveError) as refused, open_archive(home / "rollcase.db"):
            pass
        assert refused.value.hint == "Update this program; nothing was changed."

    def test_it_is_no_dated_backup(self, host: Host, home: Path) -> None:
        make_golden(home / "rollcase.db")
        migrated(home / "rollcase.db")
        before = (home / COPY).read_bytes()
        host("backup", ROLLCASE_NOW="2026-11-01")
        result = host("backup", "--keep", "1", ROLLCASE_NOW="2026-11-02")
        assert result.stdout.count("Removed") == 1
        assert (home / COPY).read_bytes() == before
        assert "before-" not in host("doctor").stdout


KILLED_AT = """
import os, signal, sqlite3, sys
from pathlib import Path
from rollhost.database.open import open_archive

real, last = sqlite3.connect, int(sys.argv[2])
ran = []

def note(statement):
    ran.append(statement)
    if len(ran) == last:
        os.kill(os.getpid(), signal.SIGKILL)

def connect(*args, **options):
    connection = real(*args, **options)
    connection.set_trace_callback(note)
    return connection

sqlite3.connect = connect
with open_archive(Path(sys.argv[1])):
    pass
print(len(ran), flush=True)
"""


def opened_until(path: Path, statement: int) -> "subprocess.CompletedProcess[str]":
    """Open a database in a process that is killed before that statement of SQL (from 1)."""
    return subprocess.run(
        [sys.executable, "-c", KILLED_AT, str(path), str(statement)],
        capture_output=True,
        text=True,
        timeout=60,
    )


class TestInterrupted:
    def test_kill_before_any_statement_leaves_the_old_or_the_new_database(self, home: Path) -> None:
        old = make_golden(home / "rollcase.db")
        whole = bytes_in(home)["rollcase.db"]
        statements = int(opened_until(home / "rollcase.db", 0).stdout)
        assert statements > 30
        versions = set()
        for statement in [*range(1, statements, 3), statements]:
            for path in home.iterdir():
                path.unlink()
            (home / "rollcase.db").write_bytes(whole)
            killed = opened_until(home / "rollcase.db", statement)
            assert killed.returncode == -signal.SIGKILL
            version = schema_of(home / "rollcase.db")[0][1]
            versions.add(version)
            if version == "2":
                assert rows_of(home / "rollcase.db") == old
            assert_nothing_is_lost(old, migrated(home / "rollcase.db"))
            copies = [path for path in home.iterdir() if ".before-" in path.name]
            assert copies == [home / COPY]
            assert rows_of(home / COPY) == old
        assert versions == {"2", str(len(STEPS))}

    def test_programs_that_open_it_at_once_make_one_copy(self, home: Path) -> None:
        old = make_golden(home / "rollcase.db")
        words = [sys.executable, "-m", "rollhost", "status"]
        programs = [
            subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        for program in programs:
            _, said = program.communicate(timeout=60)
            assert (program.returncode, said) == (0, "")
        assert_nothing_is_lost(old, rows_of(home / "rollcase.db"))
        assert sorted(bytes_in(home)) == ["rollcase.db", COPY]
