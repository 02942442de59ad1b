"""What was read from a board comes into the database, whatever format it has."""

import struct
import zlib

import pytest
from tests.host.older_logs import clock_file, segments_of
from tests.host.raw_logs import START, STEP_S, RawLog
from tests.micropython.suite import old_log, vectors

from rollcore import events, segments, snapshot
from rollcore.events import CASE_EPOCH
from rollhost.board import bring_home
from rollhost.board.bring_home import keep_in, what_is_known
from rollhost.board.rescue import Saved
from rollhost.database.archive import Archive

DEVICE = "e661a4d1"
MET_AT = CASE_EPOCH + START + 86400
"""When the board was read, in Unix s."""

OTHER_ID = b"another."


def lived_in() -> RawLog:
    """A log of three blocks with some uses."""
    log = RawLog()
    log.start()
    log.use()
    log.fill(240)
    log.use()
    return log


def read(*logs: RawLog, files: dict[str, bytes] | None = None) -> Saved:
    """Return what was read from a board with these logs and files."""
    blocks = {place: raw for log in logs for place, raw in log.raw.items()}
    return Saved(DEVICE, "Raspberry Pi Pico with RP2040", blocks, files or {})


def at_home(archive: Archive) -> dict[str, list[bytes]]:
    """Return the records in the database, by the name of their log."""
    (case,) = archive.cases()
    ids = archive.logs(case.id)
    return {archive.log_name(log_id): list(archive.raw_records(log_id)) for log_id in ids}


def keep(archive: Archive, saved: Saved) -> tuple[int, int]:
    """Take what was read into the database."""
    return keep_in(archive, saved, "pico", MET_AT)


# Blocks.


def test_records_of_every_log_come_home_each_to_its_own_log(archive: Archive) -> None:
    old, new = lived_in(), RawLog(100, OTHER_ID, 2, lived_in().state, vectors.LOG_ID)
    new.start()
    saved = read(old, new)
    assert keep(archive, saved) == (len(old.records) + 1, 0)
    assert at_home(archive) == {
        old.log_id.hex(): list(old.records.values()),
        OTHER_ID.hex(): list(new.records.values()),
    }
    (case,) = archive.cases()
    assert archive.log_name(case.log_id or 0) == OTHER_ID.hex()
    assert keep(archive, saved) == (0, 0)


def test_what_a_log_follows_and_begins_with_is_kept(archive: Archive) -> None:
    old, born = lived_in(), lived_in().state
    new = RawLog(100, OTHER_ID, 2, born, old.log_id)
    begins = snapshot.pack(new.state)
    new.start()
    del old.blocks[old.places[0]]
    keep(archive, read(old, new))
    (case,) = archive.cases()
    first, second = (archive.log_facts(log_id) for log_id in archive.logs(case.id))
    assert (first.generation, first.follows) == (1, None)
    assert [seq for seq, _ in first.states] == [117]
    assert (second.generation, second.follows) == (2, old.log_id.hex())
    assert second.states == ((0, begins),)


def test_first_log_of_a_flash_needs_no_state_to_begin_with(archive: Archive) -> None:
    keep(archive, read(lived_in()))
    (case,) = archive.cases()
    assert archive.log_facts(archive.logs(case.id)[0]).states == ()


def test_damaged_record_goes_into_quarantine_with_the_crc_before_it(archive: Archive) -> None:
    log = lived_in()
    log.checkpoint()
    log.flip(9, 40, 50, 60)
    log.flip(20, 3)
    log.spoil(b"torn" * 8)
    assert keep(archive, read(log)) == (len(log.records), 1)
    (case,) = archive.cases()
    log_id = archive.logs(case.id)[0]
    ((seq, raw, chain, reason),) = archive.quarantine_of(log_id)
    place, at = log.at(9)
    assert (seq, raw) == (9, bytes(log.blocks[place][at : at + 32]))
    assert chain == events.crc_of(log.records[8])
    assert reason == "its checksum does not fit"
    assert list(archive.raw_records(log_id)) == [
        log.records[seq] for seq in log.records if seq != 9
    ]


def test_damaged_record_does_not_harm_one_that_is_at_home(archive: Archive) -> None:
    log = lived_in()
    keep(archive, read(log))
    log.flip(9, 40, 50, 60)
    assert keep(archive, read(log)) == (0, 0)
    assert archive.quarantined() == 0


def test_log_that_has_gone_back_and_on_is_kept_as_a_log_of_its_own(archive: Archive) -> None:
    """A flash that was put back from a copy."""
    log = lived_in()
    keep(archive, read(log))
    other = RawLog()
    other.start()
    other.use()
    other.fill(3)
    other.start()
    other.fill(9)
    same = [seq for seq in other.records if other.records[seq] == log.records[seq]]
    assert keep(archive, read(other)) == (len(other.records) - len(same), 0)
    (old, fork) = at_home(archive).items()
    assert old == (log.log_id.hex(), list(log.records.values()))
    assert fork[1] == [other.records[seq] for seq in other.records if seq not in same]
    (case,) = archive.cases()
    assert archive.log_name(case.log_id or 0) == fork[0]


def test_record_of_an_unknown_kind_waits_in_quarantine(archive: Archive) -> None:
    log = lived_in()
    body = struct.pack("<IBBHII", log.seq + 1, 200, 0, 1, 9, START) + bytes(12)
    raw = body + struct.pack("<I", zlib.crc32(body, log.chain))
    log.spoil(raw)
    assert keep(archive, read(log)) == (len(log.records) + 1, 1)
    (case,) = archive.cases()
    assert [row[1:3] for row in archive.quarantine_of(archive.logs(case.id)[0])] == [
        (raw, log.chain)
    ]


def test_case_time_of_the_checkpoint_says_how_far_the_clock_is_behind(archive: Archive) -> None:
    log = RawLog()
    log.start()
    log.checkpoint(later_s=900)
    keep(archive, read(log))
    (case,) = archive.cases()
    assert (case.met_at, case.met_behind_s) == (MET_AT, 86400 - 900)


def test_board_without_a_log_leaves_the_database_as_it_was(archive: Archive) -> None:
    for saved in (read(), read(files={"notes.txt": b"mine"})):
        assert not bring_home.is_anything(saved)
        assert keep(archive, saved) == (0, 0)
    assert archive.cases() == []
    assert what_is_known(archive, read()) is None


# Older formats.


def test_log_of_format_1_comes_home_whole(archive: Archive) -> None:
    files = {old_log.NAME: old_log.segment()}
    assert segments.unpack(files[old_log.NAME]).format == 1
    assert keep(archive, read(files=files)) == (len(old_log.RECORDS), 0)
    assert at_home(archive) == {vectors.LOG_ID.hex(): old_log.RECORDS}


@pytest.mark.parametrize("number", [1, 2])
def test_older_log_comes_home_and_adds_up_to_its_state(archive: Archive, number: int) -> None:
    log = lived_in()
    saved = read(files={**segments_of(log, number), "clock": clock_file(log.seq, START + 99999)})
    assert keep(archive, saved) == (len(log.records), 0)
    assert at_home(archive) == {log.log_id.hex(): list(log.records.values())}
    known = what_is_known(archive, saved)
    assert known
    assert known.state == log.state
    assert known.time == START + 99999
    assert known.places == []


def test_write_that_was_cut_at_the_end_of_an_older_log_is_no_record(archive: Archive) -> None:
    log = lived_in()
    files = segments_of(log, 2)
    files[max(files)] += b"torn"
    assert keep(archive, read(files=files)) == (len(log.records), 0)


def test_clock_of_an_older_record_is_not_believed(archive: Archive) -> None:
    log = lived_in()
    saved = read(files={**segments_of(log, 2), "clock": clock_file(log.seq - 1, START + 99999)})
    keep(archive, saved)
    known = what_is_known(archive, saved)
    assert known
    assert known.time == log.state.time


def test_older_log_that_was_pruned_is_folded_from_its_state_or_from_what_is_at_home(
    archive: Archive,
) -> None:
    log = lived_in()
    names = sorted(segments_of(log, 2))
    for number in (2, 1):
        files = segments_of(log, number)
        saved = read(files={names[-1]: files[names[-1]]})
        keep(archive, saved)
        known = what_is_known(archive, saved)
        assert known
        if number == 2:
            assert known.state == log.state
        else:
            # Of format 1 nobody can read the state, and the first records are nowhere.
            assert known.state.at[0:4] == [known.time] * 4
    keep(archive, read(files=segments_of(log, 1)))
    known = what_is_known(archive, saved)
    assert known
    assert known.state == log.state


def test_lost_records_of_an_older_log_count_as_a_use_unless_a_start_has_told(
    archive: Archive,
) -> None:
    for told in (True, False):
        log = RawLog(log_id=bytes([told] * 8))
        log.start()
        log.use()
        log.fill(60)
        if told:
            log.start(torn=events.RECORD_SIZE)
        log.fill(5)
        files = segments_of(log, 2)
        last = max(files)
        at = segments.HEAD_SIZE + (63 - segments.RECORDS - 1) * events.RECORD_SIZE
        raw = bytearray(files[last])
        raw[at + 12] ^= 0xFF
        saved = read(files={**files, last: bytes(raw)})
        keep(archive, saved)
        known = what_is_known(archive, saved)
        assert known
        assert (known.state.at[0] == known.time) == (not told)
        assert known.state.at[0] >= log.state.at[0]


def test_older_log_counts_until_the_newer_one_has_a_record(archive: Archive) -> None:
    older, born = lived_in(), RawLog(100, OTHER_ID, 1, None, vectors.LOG_ID)
    saved = read(born, files=segments_of(older, 2))
    keep(archive, saved)
    known = what_is_known(archive, saved)
    assert known
    assert known.state == older.state
    born.start()
    saved = read(born, files=segments_of(older, 2))
    keep(archive, saved)
    known = what_is_known(archive, saved)
    assert known
    assert known.state == born.state
    assert known.time == START + 0 * STEP_S
