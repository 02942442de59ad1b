"""What `host verify` makes of a log: as the case wrote it, or edited, swapped, incomplete."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Host
from tests.firmware.logs import boot_data, log_of, records_of
from tests.host.complaints import complaint
from tests.host.run_host import sync_here
from tests.host.scripted_case import DEVICE, LOG_ID, ScriptedCase, spoil_record

from rollcore import events
from rollcore.events import RECORD_SIZE, Event
from rollhost.database.archive import Archive
from rollhost.database.open import open_archive
from rollhost.database.row_crc import teach
from rollhost.history import lineage
from rollhost.history.lineage import Start
from rollhost.history.verify import (
    DAMAGED,
    LOST,
    MISSING,
    MOVED,
    NEVER_GIVEN,
    PUT_RIGHT,
    RESUMED,
    TOLD,
    UNCHAINED,
    UNKNOWN,
    UNREADABLE,
    Verdict,
    count_missing,
    verify,
)
from rollhost.output.verify import remark_sentence

LOG = LOG_ID.hex()

SEED = events.first_chain(LOG_ID)

START = Start(0, SEED)


def look(path: Path) -> Verdict:
    """Return the verdict on the only log in a database."""
    with open_archive(path) as archive:
        [case] = archive.cases()
        [log_id] = archive.logs(case.id)
        return verify(
            lineage.start_of(archive, log_id, {}),
            archive.stored(log_id),
            archive.quarantine_of(log_id),
            flipped=archive.flipped(log_id),
        )


def remarks_of(verdict: Verdict) -> list[tuple[str, int, int]]:
    """Return what kind of remark there is about which records."""
    return [(remark.kind, remark.first, remark.last) for remark in verdict.remarks]


def change(path: Path, statement: str, *values: object) -> None:
    """Tamper with a database, checksums and all."""
    with sqlite3.connect(path) as db:
        teach(db)
        assert db.execute(statement, values).rowcount > 0
    db.close()


def raw_of(path: Path, seq: int) -> bytes:
    """Return the bytes of a record."""
    db = sqlite3.connect(path)
    raw: bytes = db.execute("SELECT raw FROM records WHERE seq = ?", (seq,)).fetchone()[0]
    db.close()
    return raw


def resealed(raw: bytes, chain: int) -> bytes:
    """Return a record with the checksum that fits its bytes, hung on `chain`."""
    return raw[:28] + events.crc_due(raw, chain).to_bytes(4, "little")


@pytest.fixture
def database(case: ScriptedCase, home: Path) -> Path:
    """A database with ten records of the case: its start, eight refusals, its clock set."""
    case.log(8)
    sync_here(case, home / "rollcase.db")
    return home / "rollcase.db"


@pytest.fixture(scope="module")
def keep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[list[bytes]], Verdict]]:
    """Return what keeps blocks of records as a sync would, and verifies the log."""
    path = tmp_path_factory.mktemp("shelf") / "a.db"
    with open_archive(path, create=True) as archive:
        archive._db.execute("PRAGMA synchronous = OFF")  # hundreds of examples, for nobody to keep

        def one(raw: list[bytes]) -> Verdict:
            with archive.transaction():
                archive._db.execute("DELETE FROM records")
                archive._db.execute("DELETE FROM quarantine")
                archive._db.execute("DELETE FROM flipped")
                log_id = archive.keep_log(archive.keep_case(DEVICE, "pico", "0.1.0"), LOG)
                archive.keep_records(log_id, 1, SEED, b"".join(raw))
            return verify(START, archive.stored(log_id), archive.quarantine_of(log_id))

        yield one


Keep = Callable[[list[bytes]], Verdict]


def stored(log: list[Event], chain: int = SEED) -> dict[int, bytes]:
    """Return a log as the database holds it."""
    return {event.seq: raw for event, raw in zip(log, records_of(log, chain), strict=True)}


class TestAnyLog:
    @given(log=log_of(0, 12))
    def test_untouched_log_is_completely_chained(self, keep: Keep, log: list[Event]) -> None:
        verdict = keep(records_of(log, SEED))
        assert verdict.remarks == []
        assert verdict.records == len(log)
        assert sum(verdict.starts.values()) == sum(event.kind == events.BOOT for event in log)

    @given(log=log_of(1, 12), at=st.integers(0, 11), bit=st.integers(0, RECORD_SIZE * 8 - 1))
    def test_any_changed_bit_is_noticed(self, log: list[Event], at: int, bit: int) -> None:
        rows = stored(log)
        seq = at % len(rows) + 1
        edited = bytearray(rows[seq])
        edited[bit // 8] ^= 1 << bit % 8
        rows[seq] = bytes(edited)
        verdict = verify(START, rows, [])
        assert verdict.wrong
        assert all(seq <= remark.first <= seq + 1 for remark in verdict.remarks if remark.is_wrong)

    @given(
        log=log_of(2, 12),
        at=st.integers(0, 11),
        damaged=st.integers(0, RECORD_SIZE - 1),
        bit=st.integers(0, RECORD_SIZE * 8 - 1),
    )
    def test_changed_bit_behind_a_damaged_record_is_noticed(
        self, log: list[Event], at: int, damaged: int, bit: int
    ) -> None:
        rows = stored(log)
        seq = at % (len(rows) - 1) + 1
        chain = events.crc_of(rows[seq - 1]) if seq > 1 else SEED
        came = bytearray(rows.pop(seq))
        came[damaged] ^= 0x55
        edited = bytearray(rows[seq + 1])
        edited[bit // 8] ^= 1 << bit % 8
        rows[seq + 1] = bytes(edited)
        verdict = verify(START, rows, [(seq, bytes(came), chain, "its checksum does not fit")])
        wrong = [remark.first for remark in verdict.remarks if remark.is_wrong]
        assert wrong[0] == seq
        assert set(wrong[1:]) & {seq + 1, seq + 2}

    @given(log=log_of(2, 12), one=st.integers(0, 11), other=st.integers(0, 11))
    def test_any_two_swapped_records_are_noticed(
        self, log: list[Event], one: int, other: int
    ) -> None:
        one, other = one % len(log) + 1, other % len(log) + 1
        if one == other:
            return
        rows = stored(log)
        rows[one], rows[other] = rows[other], rows[one]
        kinds = remarks_of(verify(START, rows, []))
        assert (MOVED, one, one) in kinds
        assert (MOVED, other, other) in kinds

    @given(log=log_of(3, 12), gone=st.integers(0, 11))
    def test_any_deleted_record_but_the_last_is_noticed(self, log: list[Event], gone: int) -> None:
        rows = stored(log)
        seq = gone % (len(rows) - 1) + 1
        del rows[seq]
        assert remarks_of(verify(START, rows, [])) == [(MISSING, seq, seq)]
        assert verify(START, rows, []).wrong == 1

    def test_record_behind_two_damaged_checksums_is_chained(self, keep: Keep) -> None:
        opened = {"what": events.LID_OPENED}
        raw = records_of([Event(events.LID, opened, seq=seq) for seq in range(1, 5)], SEED)
        for index in (1, 2):
            raw[index] = raw[index][:28] + bytes([raw[index][28] ^ 0x55]) + raw[index][29:]
        assert remarks_of(keep(raw)) == [(DAMAGED, 2, 2), (DAMAGED, 3, 3)]

    @given(log=log_of(1, 12), damaged=st.sets(st.integers(0, 11)), byte=st.integers(0, 31))
    def test_only_records_that_came_damaged_are_reported(
        self, keep: Keep, log: list[Event], damaged: set[int], byte: int
    ) -> None:
        raw = records_of(log, SEED)
        for index in damaged:
            if index < len(raw):
                broken = bytearray(raw[index])
                broken[byte] ^= 0x55
                raw[index] = bytes(broken)
        verdict = keep(raw)
        assert {kind for kind, _, _ in remarks_of(verdict)} <= {DAMAGED}
        assert len(verdict.remarks) == verdict.quarantined


class TestTampering:
    def test_synced_log_has_no_remarks(self, database: Path) -> None:
        verdict = look(database)
        assert (verdict.records, verdict.remarks, verdict.starts) == (10, [], {"power": 1})

    def test_edit_under_a_new_checksum_breaks_the_next_link(self, database: Path) -> None:
        raw = bytearray(raw_of(database, 4))
        raw[12] += 1
        forged = resealed(bytes(raw), events.crc_of(raw_of(database, 3)))
        change(
            database,
            "UPDATE records SET raw = ? WHERE seq = 4",
            forged,
        )
        [remark] = look(database).remarks
        assert (remark.kind, remark.first) == (UNCHAINED, 5)
        assert remark_sentence(remark) == (
            "Record 5 is not chained to record 4: one of the two was edited or swapped."
        )

    def test_first_record_is_chained_to_the_log_id(self, database: Path) -> None:
        change(database, "UPDATE logs SET log = '00000000000000aa'")
        [remark] = look(database).remarks
        assert (remark.kind, remark.first) == (UNCHAINED, 1)
        assert "is not chained to the log's id" in remark_sentence(remark)

    def test_bytes_that_are_no_record_are_reported(self, database: Path) -> None:
        change(database, "UPDATE records SET raw = x'00' WHERE seq = 4")
        assert remarks_of(look(database)) == [(UNREADABLE, 4, 4)]

    def test_deleted_records_are_counted(self, database: Path) -> None:
        change(database, "DELETE FROM records WHERE seq BETWEEN 4 AND 6")
        [remark] = look(database).remarks
        assert (remark.kind, remark.first, remark.last, remark.is_wrong) == (MISSING, 4, 6, True)
        says = remark_sentence(remark)
        assert says.startswith("Records 4 to 6: missing. Record 7 is chained to one that is not")

    def test_deleted_beginning_is_reported_as_missing(self, database: Path) -> None:
        change(database, "DELETE FROM records WHERE seq = 1")
        assert remarks_of(look(database)) == [(MISSING, 1, 1)]


def boot(seq: int, torn: int = 0) -> Event:
    """Return the start of a case whose log has `torn` broken bytes or half-written records."""
    return Event(events.BOOT, boot_data(torn=torn), seq=seq, boot=seq)


class TestGaps:
    """Numbers that no record here has."""

    @pytest.mark.parametrize(
        ("torn", "kind", "says"),
        [
            (0, NEVER_GIVEN, "Number 2: never given to a record. Nothing is missing there."),
            (31, NEVER_GIVEN, "Number 2: never given to a record. Nothing is missing there."),
            (32, LOST, "Record 2: lost by the case, which went on after record 1."),
        ],
    )
    def test_gap_that_the_chain_goes_across_is_judged_by_what_the_start_says(
        self, torn: int, kind: str, says: str
    ) -> None:
        log = [boot(1), boot(3, torn)]
        verdict = verify(START, stored(log), [])
        [remark] = verdict.remarks
        assert (remark.kind, remark.first, remark.last, remark.is_wrong) == (kind, 2, 2, False)
        assert verdict.damage["torn"] == (torn if kind == NEVER_GIVEN else 0)
        assert remark_sentence(remark) == says
        records = stored(log)
        assert count_missing(records, [], START, ()) == (kind == LOST)

    def test_gap_at_the_beginning_that_the_chain_goes_across_was_never_given(self) -> None:
        assert remarks_of(verify(START, stored([boot(4)]), [])) == [(NEVER_GIVEN, 1, 3)]

    def test_gap_that_the_chain_does_not_go_across_is_missing(self) -> None:
        rows = stored([boot(1), boot(2), boot(3)])
        del rows[2]
        verdict = verify(START, rows, [])
        assert remarks_of(verdict) == [(MISSING, 2, 2)]
        assert verdict.wrong == 1
        assert count_missing(rows, [], START, ()) == 1

    def test_records_that_the_case_has_summed_up_are_not_wrong_and_not_here(self) -> None:
        rows = stored([boot(1), boot(2), boot(3)])
        del rows[1], rows[2]
        verdict = verify(START, rows, [], told={2})
        assert remarks_of(verdict) == [(TOLD, 1, 2)]
        assert verdict.wrong == 0
        [remark] = verdict.remarks
        assert remark_sentence(remark) == (
            "Records 1 to 2: not here; the case has told what they add up to."
        )
        assert count_missing(rows, [], START, {2}) == 2

    def test_record_that_is_put_right_is_told_with_its_bits(self) -> None:
        rows = stored([boot(1), boot(2)])
        came = bytearray(rows[2])
        came[9] ^= 3
        [remark] = verify(START, rows, [], flipped={2: bytes(came)}).remarks
        assert (remark.kind, remark.is_wrong) == (PUT_RIGHT, False)
        assert remark_sentence(remark) == "Record 2: came with 2 flipped bits, put right here."


class TestWhatACaseMayDo:
    """As the firmware's own journal does it."""

    def test_records_lost_by_the_case_after_their_sync_are_reported_and_not_wrong(
        self, case: ScriptedCase, home: Path, database: Path
    ) -> None:
        for seq in (8, 9, 10):
            spoil_record(home / "flash", seq)
        with ScriptedCase(home / "flash") as again:
            sync_here(again, database)
        verdict = look(database)
        [remark] = verdict.remarks
        assert (remark.kind, remark.first, remark.last) == (RESUMED, 8, 10)
        assert not remark.is_wrong
        assert "lost by the case later, which went on with record 11" in remark_sentence(remark)
        assert verdict.records == 12

    def test_last_records_that_were_cut_are_no_records(
        self, case: ScriptedCase, home: Path
    ) -> None:
        case.log(8)
        for seq in (8, 9):
            spoil_record(home / "flash", seq)
        with ScriptedCase(home / "flash") as again:
            sync_here(again, home / "rollcase.db")
        verdict = look(home / "rollcase.db")
        assert remarks_of(verdict) == [(NEVER_GIVEN, 8, 9)]
        assert (verdict.quarantined, verdict.damage["torn"]) == (0, 2)

    def test_record_that_came_damaged_is_in_quarantine_and_wrong(
        self, host: Host, case: ScriptedCase, home: Path
    ) -> None:
        case.log(5)
        spoil_record(home / "flash", 3)
        sync_here(case, home / "rollcase.db")
        [remark] = look(home / "rollcase.db").remarks
        assert (remark.kind, remark.first, remark.is_wrong) == (DAMAGED, 3, True)
        hint = host("verify").stderr
        assert "damaged in the case itself" in hint
        assert "fetched anew" not in hint

    def test_record_of_a_future_kind_is_in_quarantine_and_not_wrong(self, keep: Keep) -> None:
        boot = Event(events.BOOT, boot_data(), seq=1, boot=1)
        [first] = records_of([boot], SEED)
        strange = resealed(b"\x02\0\0\0\x63" + first[5:], events.crc_of(first))
        [third] = records_of(
            [Event(events.BOOT, boot_data(cause=2), seq=3)], events.crc_of(strange)
        )
        verdict = keep([first, strange, third])
        [remark] = verdict.remarks
        assert (remark.kind, remark.first, remark.is_wrong) == (UNKNOWN, 2, False)
        assert "kind 99 is not known here" in remark_sentence(remark)
        assert verdict.starts == {"power": 1, "watchdog": 1}
        aside = [(2, strange, events.crc_of(first), "kind 99 is not known here")]
        other = stored([Event(events.BOOT, boot_data(cause=2), seq=3)], chain=7)
        assert (UNCHAINED, 3, 3) in remarks_of(verify(START, {1: first, **other}, aside))

    def test_damage_that_the_case_has_found_is_counted_and_not_wrong(self, keep: Keep) -> None:
        boots = [
            Event(events.BOOT, {**boot_data(), "corrected": 1, "lost": 2}, seq=1, boot=1),
            Event(events.BOOT, {**boot_data(), "corrected": 3, "skipped": 4}, seq=2, boot=2),
        ]
        verdict = keep(records_of(boots, SEED))
        found = {"torn": 0, "corrected": 4, "lost": 2, "skipped": 4}
        assert (verdict.wrong, verdict.damage) == (0, found)


class TestCommand:
    def test_intact_log_is_one_line(self, host: Host, database: Path) -> None:
        result = host("verify")
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout == f"Case {DEVICE[-6:]}: 10 records, all chained; 1 start.\n"

    def test_verify_says_what_the_case_found_broken(self, host: Host, archive: Archive) -> None:
        boot = Event(events.BOOT, {**boot_data(), "corrected": 1, "lost": 2}, seq=1, boot=1)
        with archive.transaction():
            log_id = archive.keep_log(archive.keep_case(DEVICE, "pico", "0.1.0"), LOG)
            archive.keep_records(log_id, 1, SEED, records_of([boot], SEED)[0])
        assert host("verify").stdout == (
            f"Case {DEVICE[-6:]}: 1 record, all chained; 1 start; flipped bits put right in"
            " 1 place; 2 records lost to damage.\n"
        )

    def test_verify_says_where_a_log_is_wrong_and_fails(self, host: Host, database: Path) -> None:
        change(database, "UPDATE records SET raw = zeroblob(32) WHERE seq = 4")
        change(database, "DELETE FROM records WHERE seq = 7")
        result = host("verify")
        assert result.returncode == 1
        headline, *remarks = result.stdout.splitlines()
        assert headline == f"Case {DEVICE[-6:]}: 9 records, 4 things wrong."
        assert remarks[0] == (
            "  Record 4 was edited: its bytes cannot be read (kind 0 is not known here)."
        )
        assert remarks[-1].startswith("  Record 7: missing.")
        assert "host sync --db" in result.stderr

    def test_verify_prints_the_same_as_json(self, host: Host, database: Path) -> None:
        document = json.loads(host("verify", "--json").stdout)
        [log] = document["logs"]
        assert (document["schema_version"], document["intact"]) == (1, True)
        assert (log["device"], log["log"], log["records"]) == (DEVICE, LOG, 10)
        change(database, "DELETE FROM records WHERE seq = 6")
        result = host("verify", "--json")
        assert result.returncode == 1
        document = json.loads(result.stdout)
        assert document["intact"] is False
        [remark] = document["logs"][0]["remarks"]
        assert (remark["kind"], remark["first"], remark["wrong"]) == ("missing", 6, True)

    def test_verify_prints_a_limited_number_of_remarks(
        self, host: Host, case: ScriptedCase, home: Path
    ) -> None:
        case.log(60)
        sync_here(case, home / "rollcase.db")
        change(home / "rollcase.db", "UPDATE records SET raw = zeroblob(32)")
        lines = host("verify").stdout.splitlines()
        assert len(lines) == 22
        assert lines[-1] == "  And 104 more: see --json."

    def test_verify_checks_one_named_case(self, host: Host, database: Path, home: Path) -> None:
        other = "bbbbbbbbbb000002"
        with ScriptedCase(home / "other", device=other) as one:
            sync_here(one, database)
        assert len(host("verify").stdout.splitlines()) == 2
        assert host("verify", "--case", other[-6:]).stdout.startswith("Case 000002: ")
        assert len(host("verify", "--case", other[-6:]).stdout.splitlines()) == 1
        sentence, step = complaint(host("verify", "--case", "nobody"), 2)
        assert sentence == "There is no case nobody."
        assert "000002" in step

    def test_logs_of_a_wiped_case_are_distinguished(
        self, host: Host, database: Path, home: Path
    ) -> None:
        with ScriptedCase(home / "wiped", log_id=bytes(8)) as one:
            sync_here(one, database)
        lines = host("verify").stdout.splitlines()
        assert lines[0].startswith(f"Case {DEVICE[-6:]}, log {LOG[-6:]}: 10 records")
        assert lines[1].startswith(f"Case {DEVICE[-6:]}, log 000000: 2 records")

    def test_verify_without_a_database_says_so(self, host: Host) -> None:
        complaint(host("verify"))
