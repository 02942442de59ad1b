"""The journal on sound flash: append, replay, rotate, read."""

import os
import struct
from binascii import crc32

from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.logbook import (
    LOG_ID,
    chained,
    folded,
    load,
    open_journal,
    read_all,
    segment,
    write,
)
from tests.micropython.suite.ram_flash import LOG, RamFlash, mount, new_flash

from rollcase.journal import SEGMENT_RECORDS, id_text
from rollcore import events, snapshot
from rollcore.segments import HEAD_SIZE

THREE_SEGMENTS = 3 * SEGMENT_RECORDS + 7


def written(count: int) -> "tuple[RamFlash, list[bytes]]":
    """Return flash with a log of this many records, and the records."""
    flash = new_flash()
    return flash, write(open_journal(), count)


def test_new_journal_is_empty_and_writes_nothing() -> None:
    flash = new_flash()
    done = flash.operations
    journal = open_journal()
    equal((journal.first, journal.next, journal.acked, journal.torn), (1, 1, 0, 0))
    equal(read_all(journal), [])
    equal(flash.operations, done)


def test_id_is_sixteen_hex_digits() -> None:
    equal(id_text(LOG_ID), "0102030405060708")


def test_appended_records_are_there_after_a_reset() -> None:
    for count in (1, 2, SEGMENT_RECORDS - 1, SEGMENT_RECORDS, SEGMENT_RECORDS + 1):
        flash, records = written(count)
        mount(flash)
        journal = open_journal()
        equal(read_all(journal), records, count)
        equal((journal.first, journal.next, journal.torn), (1, count + 1, 0), count)
        equal(journal.log_id, LOG_ID)


def test_appending_goes_on_after_a_reset() -> None:
    flash, records = written(10)
    for _ in range(70):
        mount(flash)
        records += write(open_journal(), 1)
    mount(flash)
    journal = open_journal()
    equal(read_all(journal), records)
    true(chained(records, events.first_chain(LOG_ID)), "chain")
    equal(len(os.listdir(LOG)), 2)


def test_id_of_a_log_is_made_once() -> None:
    flash, _ = written(1)
    mount(flash)
    from rollcase.journal import Journal

    journal = Journal(LOG, lambda: b"another.")
    equal(journal.log_id, LOG_ID)


def test_replay_of_one_segment_equals_the_fold_of_the_whole_log() -> None:
    for count in (THREE_SEGMENTS, 3 * SEGMENT_RECORDS, 3 * SEGMENT_RECORDS + 1):
        flash, records = written(count)
        equal(len(os.listdir(LOG)), (count + SEGMENT_RECORDS - 1) // SEGMENT_RECORDS)
        mount(flash)
        equal(snapshot.pack(open_journal().state), snapshot.pack(folded(records)), count)


def test_start_reads_no_segment_but_the_newest() -> None:
    flash, records = written(THREE_SEGMENTS)
    for first in (1, 1 + SEGMENT_RECORDS, 1 + 2 * SEGMENT_RECORDS):
        os.remove(segment(first))
    mount(flash)
    journal = open_journal()
    equal(snapshot.pack(journal.state), snapshot.pack(folded(records)))
    equal(journal.first, 1 + 3 * SEGMENT_RECORDS)


def test_segment_is_a_header_and_records_in_at_most_half_a_block() -> None:
    _, records = written(THREE_SEGMENTS)
    for number in range(4):
        first = 1 + number * SEGMENT_RECORDS
        raw = load(segment(first))
        mine = records[first - 1 : first - 1 + SEGMENT_RECORDS]
        equal(raw[HEAD_SIZE:], b"".join(mine), first)
        true(len(raw) <= 2048, len(raw))


def test_segment_header_is_laid_out_as_documented() -> None:
    _, records = written(SEGMENT_RECORDS + 1)
    raw = load(segment(1 + SEGMENT_RECORDS))
    packed = snapshot.pack(folded(records[:SEGMENT_RECORDS]))
    chain = events.crc_of(records[SEGMENT_RECORDS - 1])
    head = struct.pack("<4sBBHII8s", b"ROLL", 2, len(packed), 0, 1 + SEGMENT_RECORDS, chain, LOG_ID)
    equal(len(head), 24)
    head += packed + bytes(252 - 24 - len(packed))
    equal(raw[:HEAD_SIZE], head + struct.pack("<I", crc32(head)))


def test_records_are_read_from_any_place_in_pieces_of_any_size() -> None:
    flash, records = written(THREE_SEGMENTS)
    mount(flash)
    journal = open_journal()
    for most in (1, 5, SEGMENT_RECORDS, 1000):
        equal(read_all(journal, most), records, most)
    chains = [events.first_chain(LOG_ID)] + [events.crc_of(record) for record in records]
    for seq in range(1, THREE_SEGMENTS + 1):
        first, chain, raw = journal.read(seq, 3)
        left = SEGMENT_RECORDS - (seq - 1) % SEGMENT_RECORDS
        expected = b"".join(records[seq - 1 : seq - 1 + min(3, left)])
        equal((first, chain, raw), (seq, chains[seq - 1], expected), seq)


def test_read_after_the_end_gives_nothing() -> None:
    _, records = written(3)
    journal = open_journal()
    for seq in (len(records) + 1, len(records) + 500):
        equal(journal.read(seq, 10), (len(records) + 1, 0, b""))


def test_reads_do_not_disturb_appends() -> None:
    flash = new_flash()
    journal = open_journal()
    records: list[bytes] = []
    for _ in range(SEGMENT_RECORDS + 5):
        records += write(journal, 1)
        equal(read_all(journal), records)
    mount(flash)
    equal(read_all(open_journal()), records)


def test_record_of_a_newer_firmware_keeps_its_place() -> None:
    flash, records = written(5)
    unknown = bytearray(records[-1])
    struct.pack_into("<IB", unknown, 0, 6, 200)
    crc = crc32(bytes(unknown[:28]), events.crc_of(records[-1]))
    struct.pack_into("<I", unknown, 28, crc)
    with open(segment(1), "ab") as file:
        file.write(unknown)
    mount(flash)
    journal = open_journal()
    equal((journal.next, journal.torn), (7, 0))
    records += [bytes(unknown)] + write(journal, 2)
    mount(flash)
    journal = open_journal()
    equal(read_all(journal), records)
    true(chained(records, events.first_chain(LOG_ID)), "chain")


def test_append_costs_few_programs_and_about_one_erase() -> None:
    """The budget for which segments have 56 records, and by which the flash lasts."""
    flash = new_flash()
    journal = open_journal()
    pages, erases = sum(flash.programs), sum(flash.erases)
    operations: list[tuple[int, bytes]] = []
    flash.record = operations
    write(journal, 10 * SEGMENT_RECORDS)
    pages, erases = sum(flash.programs) - pages, sum(flash.erases) - erases
    programs = len(operations) - erases  # of up to four pages each
    true(programs <= 3 * 10 * SEGMENT_RECORDS, programs)
    true(pages <= 7 * 10 * SEGMENT_RECORDS, pages)
    true(erases <= 1.1 * 10 * SEGMENT_RECORDS, erases)
