"""When space is short: acknowledged segments go, oldest first, and nothing else ever does."""

import os

from tests.micropython.suite.expect import equal, raises, true
from tests.micropython.suite.logbook import LOG_ID, chained, open_journal, read_all, write
from tests.micropython.suite.ram_flash import LOG, RamFlash, mount, new_flash, power_cuts

from rollcase.journal import RESERVE_BLOCKS, SEGMENT_RECORDS, Journal, JournalError, JournalFull
from rollcore import events

BLOCKS = 24


def free() -> int:
    """Return how many blocks are free."""
    return os.statvfs(LOG)[3]


def filled(blocks: int = BLOCKS) -> "tuple[RamFlash, Journal, list[bytes]]":
    """Return flash, journal and records of a log that has filled its flash."""
    flash = new_flash(blocks)
    journal = open_journal()
    records: list[bytes] = []
    while True:
        try:
            records += write(journal, 1)
        except JournalFull:
            return flash, journal, records


def test_unfetched_log_fills_the_flash_and_then_refuses_records() -> None:
    flash, journal, records = filled()
    true(len(records) >= 8 * SEGMENT_RECORDS, len(records))
    equal(len(records) % SEGMENT_RECORDS, 0)
    equal((journal.first, journal.next), (1, len(records) + 1))
    for _ in range(3):
        raises(JournalFull, write, journal, 1)
    equal(read_all(journal), records)
    mount(flash)
    journal = open_journal()
    equal((read_all(journal), journal.next), (records, len(records) + 1))
    raises(JournalFull, write, journal, 1)


def test_full_log_leaves_room_for_everything_else() -> None:
    filled()
    true(free() >= RESERVE_BLOCKS - 1, free())


def test_full_log_goes_on_after_an_acknowledgement() -> None:
    flash, journal, records = filled()
    journal.ack(SEGMENT_RECORDS)
    records += write(journal, 1)
    equal(journal.first, 1 + SEGMENT_RECORDS)
    mount(flash)
    journal = open_journal()
    equal((journal.first, journal.next), (1 + SEGMENT_RECORDS, len(records) + 1))
    equal(read_all(journal), records[SEGMENT_RECORDS:])
    true(chained(records, events.first_chain(LOG_ID)), "chain")


def test_segment_is_pruned_once_all_of_it_is_acknowledged() -> None:
    _, journal, records = filled()
    journal.ack(SEGMENT_RECORDS - 1)
    raises(JournalFull, write, journal, 1)
    equal(read_all(journal), records)
    journal.ack(SEGMENT_RECORDS)
    write(journal, 1)
    equal(journal.first, 1 + SEGMENT_RECORDS)


def test_pruning_removes_no_more_segments_than_needed() -> None:
    _, journal, records = filled()
    journal.ack(len(records))
    write(journal, 1)
    true(1 < journal.first <= 1 + 2 * SEGMENT_RECORDS, journal.first)


def test_failure_in_a_new_segment_prunes_nothing_too_early() -> None:
    """The first append to a new segment fails at one operation after another, and is repeated."""
    for number in range(12):
        flash = new_flash(BLOCKS)
        journal = open_journal()
        records = write(journal, SEGMENT_RECORDS)
        flash.fails_in, flash.fails_for = number, 1
        while flash.fails_for:
            try:
                records += write(journal, 1)
            except JournalError:
                records += write(journal, 1)
        try:
            while True:
                records += write(journal, 1)
        except JournalFull:
            acked = SEGMENT_RECORDS + 4
            journal.ack(acked)
        try:
            while True:
                records += write(journal, 1)
        except JournalFull:
            pass
        true(1 < journal.first <= acked + 1, f"first is {journal.first}, failed at {number}")
        equal(read_all(journal), records[journal.first - 1 :], number)


def test_acknowledged_segment_stays_while_there_is_space() -> None:
    new_flash()
    journal = open_journal()
    records = write(journal, 2 * SEGMENT_RECORDS)
    journal.ack(2 * SEGMENT_RECORDS)
    records += write(journal, 2 * SEGMENT_RECORDS)
    equal((journal.first, read_all(journal)), (1, records))


def test_fetched_log_never_runs_full() -> None:
    flash = new_flash(BLOCKS)
    journal = open_journal()
    for number in range(40 * SEGMENT_RECORDS):
        record = journal.append(events.Event(events.HEAD_NEW, {"uses": number & 0xFF, "token": 0}))
        if number % 50 == 0:
            journal.ack(events.seq_of(record))
    true(journal.first > 25 * SEGMENT_RECORDS, journal.first)
    mount(flash)
    again = open_journal()
    equal((again.first, again.next), (journal.first, 40 * SEGMENT_RECORDS + 1))
    equal(len(read_all(again)), again.next - again.first)


def test_acknowledgement_survives_a_reset_and_never_goes_back() -> None:
    flash = new_flash()
    journal = open_journal()
    write(journal, 60)
    for seq, acked in ((40, 40), (20, 40), (59, 59), (60, 60), (61, 60), (1 << 31, 60)):
        journal.ack(seq)
        equal(journal.acked, acked, seq)
        mount(flash)
        journal = open_journal()
        equal(journal.acked, acked, seq)


def test_acknowledgement_is_stored_on_a_full_flash() -> None:
    flash, journal, records = filled()
    for seq in range(1, len(records), 7):
        journal.ack(seq)
        mount(flash)
        journal = open_journal()
        equal(journal.acked, seq)


def test_power_cut_while_pruning_loses_no_unacknowledged_record() -> None:
    flash, journal, records = filled()
    acked = 2 * SEGMENT_RECORDS + 9
    journal.ack(acked)
    image = bytes(flash.image)
    operations: list[tuple[int, bytes]] = []
    flash.record = operations
    records += write(journal, 2)
    for quarters in range(4):
        for number, cut in power_cuts(image, operations, quarters):
            mount(cut)
            again = open_journal()
            where = f"after operation {number} and {quarters} quarters"
            true(again.first <= acked + 1, f"first is {again.first} {where}")
            found = read_all(again)
            left = len(records) - again.first + 1
            true(left - 2 <= len(found) <= left, f"{len(found)} records {where}")
            equal(found, records[again.first - 1 :][: len(found)], where)
            write(again, 1)
