"""The journal on sound flash: append, replay, go on in the next block, read."""

import os
import struct
from binascii import crc32

from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.logbook import (
    LOG_ID,
    block_of,
    blocks_with,
    bytes_of,
    chained,
    damage,
    folded,
    load,
    open_journal,
    path_of,
    read_all,
    tend,
    write,
    write_at_leisure,
)
from tests.micropython.suite.ram_flash import LOG, RamFlash, mount, new_flash

from rollcase.journal import MAX_BEHIND, id_text
from rollcore import blocks, events, snapshot
from rollcore.blocks import DONE_AT, SLOTS, SLOTS_AT, slot_at

THREE_BLOCKS = 3 * SLOTS + 7


def written(count: int) -> "tuple[RamFlash, list[bytes]]":
    """Return flash with a log of this many records, and the records."""
    flash = new_flash()
    return flash, write(open_journal(), count)


def test_new_journal_is_empty_and_the_next_start_writes_nothing() -> None:
    flash = new_flash()
    for _ in range(2):
        journal = open_journal()
        equal((journal.first, journal.next, journal.acked, journal.torn), (1, 1, 0, 0))
        equal(read_all(journal), [])
        done = flash.operations
        mount(flash)
        open_journal()
        equal(flash.operations, done)


def test_id_is_sixteen_hex_digits() -> None:
    equal(id_text(LOG_ID), "0102030405060708")


def test_appended_records_are_there_after_a_reset() -> None:
    for count in (1, 2, SLOTS - 1, SLOTS, SLOTS + 1):
        flash, records = written(count)
        mount(flash)
        journal = open_journal()
        equal(read_all(journal), records, count)
        equal((journal.first, journal.next, journal.torn), (1, count + 1, 0), count)
        equal(journal.log_id, LOG_ID)


def test_appending_goes_on_after_a_reset() -> None:
    for do in (write, write_at_leisure):
        flash, records = written(10)
        for _ in range(SLOTS + 14):
            mount(flash)
            records += do(open_journal(), 1)
        mount(flash)
        journal = open_journal()
        equal(read_all(journal), records)
        true(chained(records, events.first_chain(LOG_ID)), "chain")
        equal(journal.next, len(records) + 1)


def test_id_of_a_log_is_made_once() -> None:
    flash = new_flash()
    open_journal()
    mount(flash)
    equal(open_journal(b"another.").log_id, LOG_ID)


def test_replay_equals_the_fold_of_the_whole_log() -> None:
    """From a checkpoint at any distance behind the last record, and from an opening."""
    for count in (5, SLOTS, SLOTS + 1, 3 * SLOTS, THREE_BLOCKS):
        for behind in (0, 1, MAX_BEHIND, SLOTS, count):
            flash = new_flash()
            journal = open_journal()
            records = write_at_leisure(journal, max(0, count - behind))
            records += write(journal, count - len(records))
            mount(flash)
            where = f"{count} records, {behind} behind the checkpoint"
            equal(snapshot.pack(open_journal().state), snapshot.pack(folded(records)), where)


def test_start_reads_no_records_but_those_of_the_newest_block() -> None:
    flash, records = written(THREE_BLOCKS)
    for number in range(3):
        damage(flash, number, SLOTS_AT, b"\xa5" * (SLOTS * 32))
    mount(flash)
    journal = open_journal()
    equal(snapshot.pack(journal.state), snapshot.pack(folded(records)))
    equal((journal.lost, journal.torn, journal.corrected), (0, 0, 0))


def test_block_is_blank_then_mark_opening_slots_and_done() -> None:
    flash, records = written(THREE_BLOCKS)
    for number in range(4):
        raw = bytes_of(flash, number)
        mine = b"".join(records[number * SLOTS : (number + 1) * SLOTS])
        equal(raw[: blocks.MARK_AT], b"\xff" * 64, number)
        equal(raw[SLOTS_AT : SLOTS_AT + len(mine)], mine, number)
        equal(raw[SLOTS_AT + len(mine) :].count(b"\xff"), 4096 - SLOTS_AT - len(mine), number)
        equal(DONE_AT, SLOTS_AT + SLOTS * 32)


def test_file_of_a_block_is_that_block() -> None:
    """So any tool that copies files copies the log."""
    flash, _ = written(THREE_BLOCKS)
    mount(flash)
    for number in range(4):
        equal(load(path_of(number)), bytes_of(flash, number), number)


def test_mark_and_opening_are_laid_out_as_documented() -> None:
    flash, records = written(SLOTS + 1)
    raw = bytes_of(flash, 1)
    nonce = raw[84:92]
    mark = struct.pack("<4sBBH8sI8s", b"RCLG", 2, 1, 1, LOG_ID, 1, nonce)
    mark += struct.pack("<I", crc32(mark))
    equal(raw[64:96], mark)
    packed = snapshot.pack(folded(records[:SLOTS]))
    chain = events.crc_of(records[SLOTS - 1])
    opening = struct.pack("<HHII200s8s", block_of(flash, 1), 0, SLOTS + 1, chain, packed, bytes(8))
    opening += struct.pack("<I", crc32(opening, crc32(mark[:28])))
    equal(raw[96:320], opening)


def test_records_are_read_from_any_place_in_pieces_of_any_size() -> None:
    flash, records = written(THREE_BLOCKS)
    mount(flash)
    journal = open_journal()
    for most in (1, 5, SLOTS, 1000):
        equal(read_all(journal, most), records, most)
    chains = [events.first_chain(LOG_ID)] + [events.crc_of(record) for record in records]
    for seq in range(1, THREE_BLOCKS + 1):
        first, chain, raw = journal.read(seq, 3)
        left = SLOTS - (seq - 1) % SLOTS
        expected = b"".join(records[seq - 1 : seq - 1 + min(3, left)])
        equal((first, chain, raw), (seq, chains[seq - 1], expected), seq)


def test_state_before_the_block_of_any_record_is_given() -> None:
    flash, records = written(2 * SLOTS + 7)
    mount(flash)
    journal = open_journal()
    for seq in range(1, len(records) + 1, 29):
        before = (seq - 1) // SLOTS * SLOTS
        packed = snapshot.pack(folded(records[:before]))
        equal(journal.snapshot(seq), (before, packed), seq)
    equal(journal.snapshot(0), (len(records), snapshot.pack(folded(records))))


def test_read_after_the_end_gives_nothing() -> None:
    for count in (3, SLOTS):
        _, records = written(count)
        journal = open_journal()
        for seq in (len(records) + 1, len(records) + 500):
            equal(journal.read(seq, 10), (len(records) + 1, 0, b""))


def test_reads_do_not_disturb_appends() -> None:
    flash = new_flash()
    journal = open_journal()
    records: list[bytes] = []
    for _ in range(SLOTS + 5):
        records += write_at_leisure(journal, 1)
        equal(read_all(journal), records)
    mount(flash)
    equal(read_all(open_journal()), records)


def test_record_of_a_newer_firmware_keeps_its_place() -> None:
    flash, records = written(5)
    unknown = bytearray(records[-1])
    struct.pack_into("<IB", unknown, 0, 6, 200)
    crc = crc32(bytes(unknown[:28]), events.crc_of(records[-1]))
    struct.pack_into("<I", unknown, 28, crc)
    damage(flash, 0, slot_at(5), unknown)
    mount(flash)
    journal = open_journal()
    equal((journal.next, journal.torn, journal.lost), (7, 0, 0))
    records += [bytes(unknown)] + write(journal, 2)
    mount(flash)
    journal = open_journal()
    equal(read_all(journal), records)
    true(chained(records, events.first_chain(LOG_ID)), "chain")


def test_new_log_keeps_the_state_that_it_is_born_with() -> None:
    flash = new_flash()
    journal = open_journal()
    records = write(journal, SLOTS + 20)
    journal.ack(len(records), 0)
    journal._make_id = lambda: b"another."  # what a real one makes is random
    journal.new_log(journal.state.copy())
    known = folded(records)
    known.seq = 0
    for _ in range(2):
        equal((journal.log_id, journal.follows, journal.next), (b"another.", LOG_ID, 1))
        equal(snapshot.pack(journal.state), snapshot.pack(known))
        equal(read_all(journal), [])
        mount(flash)
        journal = open_journal()
    tend(journal)
    equal(sorted(os.listdir(LOG)), ["2-000"])
    fresh = write(journal, 3)
    true(chained(fresh, events.first_chain(b"another.")), "chain")
    equal(snapshot.pack(journal.state), snapshot.pack(folded(fresh, known)))


def test_record_costs_one_program_and_its_share_of_a_block() -> None:
    """The budget by which a block has 117 slots, and by which the flash lasts."""
    flash = new_flash(64)
    journal = open_journal()
    write_at_leisure(journal, 5)
    programs, erases = list(flash.programs), list(flash.erases)
    count = 20 * SLOTS
    write_at_leisure(journal, count)
    mine = blocks_with(flash, blocks.LOG)
    true(len(mine) >= 21, len(mine))
    pages = sum([flash.programs[block] - programs[block] for block in mine])
    blanked = sum([flash.erases[block] - erases[block] for block in mine])
    print(f"{pages / count:.3f} programs and {blanked / count:.4f} erases a record")
    true(pages <= 1.25 * count, pages)
    true(blanked <= 0.02 * count, blanked)
