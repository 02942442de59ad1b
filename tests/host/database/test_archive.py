"""The database: its schema's history, what it keeps of a damaged log, and how it fails."""

import itertools
import os
import sqlite3
import stat
import struct
import subprocess
import sys
from binascii import crc32
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Host
from tests.firmware.logs import log_of, records_of
from tests.host.complaints import complaint, sentence_and_step
from tests.host.scripted_case import ScriptedCase

from rollcore import events, policy
from rollcore.events import RECORD_SIZE, Event
from rollhost.cli.main import main
from rollhost.database import open as open_module
from rollhost.database.archive import Archive
from rollhost.database.open import APPLICATION_ID, open_archive, schema_steps
from rollhost.errors import ArchiveError
from rollhost.output.records import event_sentence

STEPS = schema_steps()

ROWS = {
    # version: rows as a program of that version left them, in the tables that it added
    1: """
        INSERT INTO cases
            VALUES (1, '5c1f', 'mine', 'pico', '0.1.0', NULL, 1800000000, 3, 1800000000, 3);
        INSERT INTO logs VALUES (1, 1, '0102030405060708');
        UPDATE cases SET log_id = 1;
        INSERT INTO records VALUES (1, 1, x'01', 'boot', 0, 1, 0, 1577836800, '{}');
        INSERT INTO quarantine VALUES (1, 2, x'00', 7, 'its checksum does not fit');
        INSERT INTO policies VALUES (5, '1;revision=0');
        INSERT INTO pending_policies VALUES (1, '1;revision=1');
    """,
    2: """
        INSERT INTO diary
            VALUES (1, 4000000000, NULL, 'note', 1800000000, 'face', '{"text": "a"}', 1800000001);
        INSERT INTO diary
            VALUES (2, 7, 1, 'head', 1800000000, NULL, '{"text": ""}', 1800000002);
    """,
    3: """
        INSERT INTO persons VALUES (4294967295, 'Ben');
        UPDATE logs SET person = 4294967295, generation = 2, follows = '0807060504030201',
            state = x'02', state_seq = 1;
        INSERT INTO case_states VALUES (1, 4294967295, x'0203');
        INSERT INTO carried VALUES (1, 4294967295, 255, 1800000000, 1, 65535, NULL);
        INSERT INTO entries VALUES (9, 4294967295, 0, 1, 'note', 1800000000, 'face',
            '{"text": "b"}', 1800000003, 4294967295);
        INSERT INTO forgotten VALUES (4294967295);
    """,
}

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


def make_old(path: Path, version: int) -> None:
    """Make a database as a program left it whose schema had `version` steps, rows and all."""
    with sqlite3.connect(path) as db:
        if version:
            db.execute("PRAGMA journal_mode = WAL")
        for number in range(1, version + 1):
            db.executescript(STEPS[number - 1])
            db.executescript(ROWS[number])
        if version:
            db.execute(f"PRAGMA user_version = {version}")
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.close()
    path.touch()


def rows_of(path: Path) -> dict[str, list[dict[str, object]]]:
    """Return every row of every table, by name of column."""
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = {table: [dict(row) for row in db.execute(f"SELECT * FROM {table}")] for table in tables}
    db.close()
    return found


def schema_of(path: Path) -> list[tuple[str, str]]:
    """Return the schema of a database, its version first."""
    db = sqlite3.connect(path)
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    schema = db.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
    found = [("version", str(version)), *schema.fetchall()]
    db.close()
    return found


def everything_in(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


class TestMigrations:
    def test_every_version_has_rows_to_bring_along(self) -> None:
        assert sorted(ROWS) == list(range(1, len(STEPS) + 1))

    @pytest.mark.parametrize("version", range(len(STEPS)))
    def test_an_older_database_gets_the_schema_of_a_new_one(self, home: Path, version: int) -> None:
        make_old(home / "old.db", version)
        with open_archive(home / "old.db"), open_archive(home / "new.db", create=True):
            pass
        assert schema_of(home / "old.db") == schema_of(home / "new.db")
        assert schema_of(home / "new.db")[0] == ("version", str(len(STEPS)))

    @pytest.mark.parametrize("version", range(len(STEPS) + 1))
    def test_the_next_step_keeps_the_rows_of_every_version(
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
            if table == "diary":  # and the policies that wait have become entries
                found = [row for row in found if row["kind"] != "policy"]
            assert len(found) == len(rows)
            for old, new in zip(rows, found, strict=True):
                assert old.items() <= new.items()
        assert schema_of(home / "a.db")[0] == ("version", str(len(STEPS) + 1))

    @pytest.mark.parametrize("version", range(1, len(STEPS) + 1))
    def test_a_step_that_fails_leaves_the_file_as_it_was(
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

    def test_a_first_step_that_fails_leaves_a_file_that_can_be_tried_again(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(open_module, "schema_steps", lambda: [*STEPS, BROKEN_STEP])
            with pytest.raises(ArchiveError), open_archive(home / "a.db", create=True):
                pass
        assert schema_of(home / "a.db") == [("version", "0")]
        with open_archive(home / "a.db") as archive:
            assert archive.cases() == []

    def test_opening_a_database_of_this_version_changes_nothing(self, home: Path) -> None:
        make_old(home / "a.db", len(STEPS))
        before = everything_in(home)
        with open_archive(home / "a.db") as archive:
            assert len(archive.cases()) == 1
        assert everything_in(home) == before


class TestSafety:
    def test_nobody_else_may_read_a_new_database(self, home: Path) -> None:
        old = os.umask(0)
        try:
            with open_archive(home / "a.db", create=True) as archive, archive.transaction():
                archive.keep_case("5c1f", "pico", "0.1.0")
                modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()}
        finally:
            os.umask(old)
        assert modes == {"a.db": 0o600, "a.db-wal": 0o600, "a.db-shm": 0o600}

    def test_only_the_usual_place_makes_the_folders_down_to_it(
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
    def test_what_is_no_ordinary_file_is_refused(self, place: str) -> None:
        with pytest.raises(ArchiveError, match="is no ordinary file"), open_archive(Path(place)):
            pass

    def test_every_commit_is_flushed(self, archive: Archive) -> None:
        pragmas = [
            archive._db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
        assert pragmas == ["wal", 2, 1]

    def test_a_transaction_that_fails_leaves_nothing(self, archive: Archive) -> None:
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
        assert policy.for_needle(500) not in archive.policies()

    def test_a_transaction_that_failed_does_not_stop_the_next(self, archive: Archive) -> None:
        with pytest.raises(LookupError), archive.transaction():
            raise LookupError
        with archive.transaction():
            archive.keep_case("5c1f", "pico", "0.1.0")
        assert [case.device for case in archive.cases()] == ["5c1f"]

    def test_what_was_committed_is_there_for_others_at_once(
        self, archive: Archive, home: Path
    ) -> None:
        with archive.transaction():
            archive.keep_case("5c1f", "pico", "0.1.0")
        with open_archive(home / "archive.db") as other:
            assert [case.device for case in other.cases()] == ["5c1f"]


@pytest.fixture
def archive(home: Path) -> Iterator[Archive]:
    """A new database."""
    with open_archive(home / "archive.db", create=True) as one:
        yield one


CHAIN = 0x1234


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], tuple[Archive, int]]]:
    """Return a database with a new log in it, as often as asked."""
    with open_archive(tmp_path_factory.mktemp("shelf") / "a.db", create=True) as archive:
        numbers = itertools.count(1)

        def new_log() -> tuple[Archive, int]:
            case_id = archive.keep_case("5c1f", "pico", "0.1.0")
            return archive, archive.keep_log(case_id, f"{next(numbers):016x}")

        archive._db.execute("PRAGMA synchronous = OFF")  # hundreds of examples, for nobody to keep
        yield new_log


NewLog = Callable[[], tuple[Archive, int]]


def kept(archive: Archive, log_id: int) -> list[bytes]:
    """Return the raw records of a log that could be read."""
    rows = archive._db.execute(
        "SELECT raw FROM records WHERE log_id = ? ORDER BY seq", (log_id,)
    ).fetchall()
    return [row[0] for row in rows]


def in_quarantine(archive: Archive, log_id: int) -> list[tuple[int, bytes, int, str]]:
    """Return seq, bytes, chain and reason of the records of a log that could not be read."""
    return archive._db.execute(
        "SELECT seq, raw, chain, reason FROM quarantine WHERE log_id = ? ORDER BY seq", (log_id,)
    ).fetchall()


def three_records() -> list[bytes]:
    """Return a boot, a refusal and another boot."""
    return records_of(
        [
            Event(events.BOOT, {"cause": 1, "torn": 0}, seq=1, boot=1),
            Event(
                events.REFUSED,
                {"gesture": 2, "reason": 1, "until": 9, "digest": 5},
                seq=2,
                boot=1,
                uptime=5,
            ),
            Event(events.BOOT, {"cause": 2, "torn": 3}, seq=3, boot=2),
        ],
        CHAIN,
    )


def sealed(body: bytes, chain: int) -> bytes:
    """Return a record with this body and the checksum that fits."""
    return body + struct.pack("<I", crc32(body, chain))


class TestRecords:
    @given(log=log_of(1, 12))
    def test_a_log_reads_back_as_it_was(self, shelf: NewLog, log: list[Event]) -> None:
        archive, log_id = shelf()
        raw = records_of(log, CHAIN)
        assert archive.keep_records(log_id, 1, CHAIN, b"".join(raw)) == (len(log), 0)
        assert [events.decode(raw) for raw in archive.raw_records(log_id)] == log
        assert kept(archive, log_id) == raw

    @given(log=log_of(1, 12), damaged=st.sets(st.integers(0, 11)), bit=st.integers(0, 28 * 8 - 1))
    def test_any_damaged_bodies_are_kept_aside_and_stop_no_others(
        self, shelf: NewLog, log: list[Event], damaged: set[int], bit: int
    ) -> None:
        archive, log_id = shelf()
        damaged = {index for index in damaged if index < len(log)}
        raw = records_of(log, CHAIN)
        for index in damaged:
            broken = bytearray(raw[index])
            broken[bit // 8] ^= 1 << bit % 8
            raw[index] = bytes(broken)
        new, quarantined = archive.keep_records(log_id, 1, CHAIN, b"".join(raw))
        assert (new, quarantined) == (len(log), len(damaged))
        assert [(seq - 1, each) for seq, each, _, _ in in_quarantine(archive, log_id)] == [
            (index, raw[index]) for index in sorted(damaged)
        ]
        assert [events.decode(raw) for raw in archive.raw_records(log_id)] == [
            event for index, event in enumerate(log) if index not in damaged
        ]

    @given(log=log_of(3, 12), at=st.integers(0, 11), bit=st.integers(0, 31))
    def test_a_damaged_checksum_costs_that_record_and_no_other(
        self, shelf: NewLog, log: list[Event], at: int, bit: int
    ) -> None:
        archive, log_id = shelf()
        at %= len(log)
        raw = records_of(log, CHAIN)
        broken = bytearray(raw[at])
        broken[28 + bit // 8] ^= 1 << bit % 8
        raw[at] = bytes(broken)
        archive.keep_records(log_id, 1, CHAIN, b"".join(raw))
        lost = {seq - 1 for seq, _, _, _ in in_quarantine(archive, log_id)}
        assert lost == {at}

    def test_the_same_block_again_adds_nothing(self, shelf: NewLog) -> None:
        archive, log_id = shelf()
        raw = three_records()
        raw[1] = bytes(RECORD_SIZE)
        block = b"".join(raw)
        assert archive.keep_records(log_id, 1, CHAIN, block) == (3, 2)
        before = kept(archive, log_id), in_quarantine(archive, log_id)
        assert archive.keep_records(log_id, 1, CHAIN, block) == (0, 0)
        assert (kept(archive, log_id), in_quarantine(archive, log_id)) == before

    def test_a_block_that_overlaps_adds_what_is_new(self, shelf: NewLog) -> None:
        archive, log_id = shelf()
        raw = three_records()
        archive.keep_records(log_id, 1, CHAIN, b"".join(raw[:2]))
        chain = events.crc_of(raw[0])
        assert archive.keep_records(log_id, 2, chain, b"".join(raw[1:])) == (1, 0)
        assert kept(archive, log_id) == raw

    def test_an_unknown_kind_is_kept_aside_with_the_reason(self, shelf: NewLog) -> None:
        archive, log_id = shelf()
        first, second, third = three_records()
        chain = events.crc_of(first)
        second = sealed(second[:4] + b"\x63" + second[5:28], chain)
        third = sealed(third[:28], events.crc_of(second))
        block = first + second + third
        assert archive.keep_records(log_id, 1, CHAIN, block) == (3, 1)
        assert in_quarantine(archive, log_id) == [(2, second, chain, "kind 99 is not known here")]
        assert kept(archive, log_id) == [first, third]

    def test_a_fault_in_an_unknown_file_is_kept_and_reads_elsewhere(self, shelf: NewLog) -> None:
        archive, log_id = shelf()
        data = {"file": 1, "error": 9, "line": 30}
        raw = events.encode(Event(events.FAULT, data, seq=1, boot=1), CHAIN)
        newer = sealed(raw[:16] + b"\xc8" + raw[17:28], CHAIN)
        assert archive.keep_records(log_id, 1, CHAIN, newer) == (1, 0)
        assert kept(archive, log_id) == [newer]
        assert event_sentence(events.decode(newer), 0).endswith("OSError in elsewhere, line 30")

    def test_a_record_that_lies_about_its_number_is_kept_aside(self, shelf: NewLog) -> None:
        archive, log_id = shelf()
        first, second, third = three_records()
        chain = events.crc_of(first)
        second = sealed(struct.pack("<I", 7) + second[4:28], chain)
        third = sealed(third[:28], events.crc_of(second))
        block = first + second + third
        assert archive.keep_records(log_id, 1, CHAIN, block) == (3, 1)
        assert in_quarantine(archive, log_id) == [(2, second, chain, "it says it is number 7")]
        assert kept(archive, log_id) == [first, third]

    def test_a_swap_of_two_records_is_noticed(self, shelf: NewLog) -> None:
        archive, log_id = shelf()
        first, second, third = three_records()
        archive.keep_records(log_id, 1, CHAIN, second + first + third)
        assert [row[0] for row in in_quarantine(archive, log_id)][:2] == [1, 2]

    def test_what_is_held_counts_what_is_in_quarantine(self, shelf: NewLog) -> None:
        archive, log_id = shelf()
        block = b"".join([*three_records()[:2], bytes(RECORD_SIZE)])
        archive.keep_records(log_id, 1, CHAIN, block)
        assert archive.highest_seq(log_id) == 3
        assert archive.missing(log_id) == 0

    def test_records_that_the_case_had_lost_are_missing(self, shelf: NewLog) -> None:
        archive, log_id = shelf()
        raw = three_records()
        archive.keep_records(log_id, 3, events.crc_of(raw[1]), raw[2])
        assert archive.missing(log_id) == 2

    def test_logs_of_one_case_are_kept_apart(self, shelf: NewLog) -> None:
        archive, one = shelf()
        _, other = shelf()
        archive.keep_records(one, 1, CHAIN, b"".join(three_records()))
        archive.keep_records(other, 1, CHAIN, three_records()[0])
        assert (archive.highest_seq(one), archive.highest_seq(other)) == (3, 1)


MINE = policy.for_needle(250).changed(revision=1)


class TestRules:
    def test_policy_is_kept_once(self, archive: Archive) -> None:
        rules = policy.for_needle(300)
        with archive.transaction():
            archive.keep_policy(rules)
            archive.keep_policy(rules)
        assert [known.text for known in archive.policies()] == [rules.text]

    def test_the_last_rules_to_wait_are_the_ones_that_wait(self, archive: Archive) -> None:
        with archive.transaction():
            case_id = archive.keep_case("5c1f", "pico", "0.1.0")
            archive.pend_policy(case_id, policy.for_needle(300))
            archive.pend_policy(case_id, policy.for_needle(500))
        assert archive.pending_policies()[case_id].needle_um == 500

    def test_rules_that_were_taken_wait_no_more(self, archive: Archive) -> None:
        with archive.transaction():
            case_id = archive.keep_case("5c1f", "pico", "0.1.0")
            archive.pend_policy(case_id, policy.for_needle(300))
            archive.pend_policy(case_id, None)
        assert archive.pending_policies() == {}


def make_newer(path: Path) -> None:
    """Make a database whose schema has a step that this program does not know."""
    make_old(path, len(STEPS))
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    db.close()


def make_foreign(path: Path) -> None:
    """Make a database of a program that does not say who it is."""
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE photographs (name TEXT)")
    db.close()


def make_signed(path: Path) -> None:
    """Make a database, still empty, of a program that says who it is."""
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA application_id = 77")
    db.close()


def make_text(path: Path) -> None:
    """Make a file that is no database."""
    path.write_text("Dear diary, today I rolled again.\n" * 100)


def make_short(path: Path) -> None:
    """Make a database that lost its second half."""
    make_full(path)
    os.truncate(path, path.stat().st_size // 2)


def make_full(path: Path, count: int = 500) -> None:
    """Make a database with that many records in it."""
    log = [Event(events.HEAD_NEW, {"uses": 1, "token": 0}, seq=seq) for seq in range(1, count + 1)]
    with open_archive(path, create=True) as archive, archive.transaction():
        case_id = archive.keep_case("5c1f", "pico", "0.1.0")
        log_id = archive.keep_log(case_id, "01")
        archive.note_meeting(case_id, log_id, 1800000000, 0)
        archive.keep_records(log_id, 1, CHAIN, b"".join(records_of(log, CHAIN)))


def make_folder(path: Path) -> None:
    """Make a folder where a database should be."""
    path.mkdir()


UNUSABLE = [
    (make_newer, "was written by a newer version of this program."),
    (make_foreign, "is a database of another program."),
    (make_signed, "is a database of another program."),
    (make_text, "is damaged or no database: file is not a database."),
    (make_short, "is damaged or no database: database disk image is malformed."),
    (make_folder, "is a folder."),
]

UNUSABLE_NAMES = [make.__name__.removeprefix("make_") for make, _ in UNUSABLE]

HOLD_LOCK = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA locking_mode = EXCLUSIVE")
db.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""

WITH_SMALL_FILES = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from rollhost.cli.main import main
sys.exit(main(sys.argv[2:]))
"""


def host_with_small_files(most: int, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run ``host`` where no file may grow beyond `most` bytes, as on a disk that is full."""
    return subprocess.run(
        [sys.executable, "-c", WITH_SMALL_FILES, str(most), *words],
        capture_output=True,
        text=True,
        timeout=60,
    )


class TestUnusable:
    @pytest.mark.parametrize(("make", "says"), UNUSABLE, ids=UNUSABLE_NAMES)
    def test_status_says_what_is_the_matter_and_changes_nothing(
        self, host: Host, home: Path, make: Callable[[Path], None], says: str
    ) -> None:
        make(home / "rollcase.db")
        before = everything_in(home)
        sentence, _ = complaint(host("status"))
        assert sentence == f"{home / 'rollcase.db'} {says}"
        assert everything_in(home) == before

    @pytest.mark.parametrize(("make", "says"), UNUSABLE, ids=UNUSABLE_NAMES)
    def test_sync_says_the_same_and_takes_nothing_from_the_case(
        self, host: Host, home: Path, case: ScriptedCase, make: Callable[[Path], None], says: str
    ) -> None:
        make(home / "rollcase.db")
        before = everything_in(home)
        sentence, _ = complaint(host("sync", "--port", case.port))
        assert sentence == f"{home / 'rollcase.db'} {says}"
        assert everything_in(home) == before
        assert case.verbs() == []

    @pytest.mark.parametrize("command", ["status", "log"])
    def test_a_record_that_a_newer_version_took_in_is_said_to_be_so(
        self, host: Host, home: Path, command: str
    ) -> None:
        make_full(home / "rollcase.db")
        with sqlite3.connect(home / "rollcase.db") as db:
            db.execute("UPDATE records SET raw = ? WHERE seq = 7", (b"\7\0\0\0\x63" + bytes(27),))
        db.close()
        sentence, step = complaint(host(command))
        assert sentence.endswith("holds what this version cannot read: kind 99 is not known here.")
        assert step == "Update this program."

    def test_where_there_is_none_status_says_what_to_do(self, host: Host, home: Path) -> None:
        sentence, step = complaint(host("status"))
        assert sentence == f"There is no database at {home / 'rollcase.db'} yet."
        assert step == "Run sync first, or name another place with --db."
        assert everything_in(home) == {}

    def test_an_empty_file_is_a_database_without_cases(self, host: Host, home: Path) -> None:
        (home / "rollcase.db").touch()
        result = host("status")
        assert (result.returncode, result.stdout) == (0, "No case was synced yet.\n")

    def test_a_folder_that_cannot_be_made_is_named(self, host: Host, case: ScriptedCase) -> None:
        place = f"{__file__}/rollcase.db"
        sentence, _ = complaint(host("sync", "--port", case.port, "--db", place))
        assert sentence.startswith(f"The database cannot be made at {place}: ")

    @pytest.mark.parametrize("command", ["status", "log"])
    def test_a_locked_database_is_said_to_be_in_use(
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

    def test_a_file_that_may_not_be_read_is_said_to_be_so(
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

    def test_a_file_in_a_folder_that_may_not_be_written_is_said_to_be_so(
        self, home: Path, host_without_rights: Host
    ) -> None:
        make_full(home / "rollcase.db")
        (home / "rollcase.db").chmod(0o444)
        home.chmod(0o555)
        before = everything_in(home)
        sentence, step = complaint(host_without_rights("status"))
        home.chmod(0o700)
        assert sentence == f"{home / 'rollcase.db'} cannot be written."
        assert "its folder" in step
        assert everything_in(home) == before

    def test_a_folder_that_may_not_be_entered_is_said_to_be_so(
        self, home: Path, host_without_rights: Host
    ) -> None:
        closed = home / "closed"
        closed.mkdir(mode=0o000)
        sentence, _ = complaint(host_without_rights("status", "--db", f"{closed}/a.db"))
        closed.chmod(0o700)
        assert sentence == f"{closed}/a.db cannot be opened: Permission denied."

    def test_a_read_only_file_takes_no_sync(
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

    def test_a_new_database_in_a_folder_that_may_not_be_written_is_refused(
        self, home: Path, host_without_rights: Host, case: ScriptedCase
    ) -> None:
        home.chmod(0o555)
        sentence, step = complaint(host_without_rights("sync", "--port", case.port))
        home.chmod(0o700)
        assert sentence == (
            f"The database cannot be made at {home / 'rollcase.db'}: Permission denied."
        )
        assert step == "Name another place with --db or ROLLCASE_DB."
        assert everything_in(home) == {}

    @pytest.mark.parametrize("most", [0, 4096, 16384])
    def test_a_disk_too_full_for_a_new_database_is_said_to_be_so(
        self, home: Path, case: ScriptedCase, host: Host, most: int
    ) -> None:
        sentence, step = complaint(host_with_small_files(most, "sync", "--port", case.port))
        assert sentence.startswith(f"{home / 'rollcase.db'} does not take it: ")
        assert "rollback" not in sentence
        assert step == "Check the free space on that disk."
        assert host("sync", "--port", case.port).returncode == 0

    def test_a_disk_too_full_for_a_sync_loses_nothing(
        self, home: Path, case: ScriptedCase, host: Host
    ) -> None:
        assert host("sync", "--port", case.port).returncode == 0
        before = rows_of(home / "rollcase.db")
        case.log(2000)
        most = (home / "rollcase.db").stat().st_size + 32768
        sentence, step = complaint(host_with_small_files(most, "sync", "--port", case.port))
        assert "does not take it: " in sentence
        assert step == "Check the free space on that disk."
        assert rows_of(home / "rollcase.db")["records"] == before["records"]
        assert case.app.journal.acked == len(before["records"])
        assert host("sync", "--port", case.port).returncode == 0
        assert len(rows_of(home / "rollcase.db")["records"]) == case.app.journal.next - 1
