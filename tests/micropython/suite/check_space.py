"""When space is short: acknowledged blocks go, oldest first, and nothing else ever does."""

import os

from tests.micropython.suite.expect import equal, raises, true
from tests.micropython.suite.logbook import (
    LOG_ID,
    chained,
    damage,
    open_journal,
    path_of,
    read_all,
    tend,
    write,
    write_at_leisure,
)
from tests.micropython.suite.ram_flash import LOG, RamFlash, mount, new_flash, power_cuts

from rollcase.block_store import RESERVE
from rollcase.journal import Journal, JournalError, JournalFull
from rollcore import events
from rollcore.blocks import DONE_AT, PAGES, SLOTS, number_of

BLOCKS = 24


def free() -> int:
    """Return how many files of one block still fit."""
    made: list[str] = []
    try:
        while True:
            made.append(f"{LOG}/fill{len(made)}")
            with open(made[-1], "wb") as file:
                file.write(bytes(4096))
    except OSError:
        return len(made) - 1
    finally:
        for path in made:
            try:
                os.remove(path)
            except OSError:
                pass  # the last one could not be made


def filled(blocks: int = BLOCKS) -> "tuple[RamFlash, Journal, list[bytes]]":
    """Return flash, journal and records of a log that has filled its flash."""
    flash = new_flash(blocks)
    journal = open_journal()
    records: list[bytes] = []
    while True:
        try:
            records += write_at_leisure(journal, 1)
        except JournalFull:
            return flash, journal, records


def test_unfetched_log_fills_the_flash_and_then_refuses_records() -> None:
    flash, journal, records = filled()
    true(len(records) >= 4 * SLOTS, len(records))
    equal(len(records) % SLOTS, 0)
    equal((journal.first, journal.next), (1, len(records) + 1))
    for _ in range(3):
        raises(JournalFull, write, journal, 1)
    equal((read_all(journal), journal.left), (records, 0))
    mount(flash)
    journal = open_journal()
    equal((read_all(journal), journal.next), (records, len(records) + 1))
    raises(JournalFull, write, journal, 1)


def test_left_is_how_many_records_fit() -> None:
    """Also where the log gets a second folder, which needs blocks of its own."""
    for blocks in (BLOCKS, 60):
        flash = new_flash(blocks)
        journal = open_journal()
        tend(journal, 1000)
        for number in range(PAGES):  # so that both blocks of checkpoints are made
            journal.checkpoint(0, number)
        mount(flash)
        journal = open_journal()
        tend(journal, 1000)
        left = journal.left
        count = 0
        try:
            while True:
                write_at_leisure(journal, 1)
                count += 1
                equal(journal.left, left - count, count)
        except JournalFull:
            equal(count, left, blocks)


def test_full_log_leaves_room_for_everything_else() -> None:
    filled()
    true(free() >= RESERVE - 1, free())


def test_pico_holds_thirty_thousand_records() -> None:
    new_flash(352)
    journal = open_journal()
    tend(journal, 1000)
    true(journal.left >= 30000, journal.left)


def test_full_log_goes_on_after_an_acknowledgement() -> None:
    flash, journal, records = filled()
    journal.ack(SLOTS, 0)
    records += write(journal, 1)
    equal(journal.first, 1 + SLOTS)
    mount(flash)
    journal = open_journal()
    equal((journal.first, journal.next), (1 + SLOTS, len(records) + 1))
    equal(read_all(journal), records[SLOTS:])
    true(chained(records, events.first_chain(LOG_ID)), "chain")


def test_block_is_let_go_once_all_of_it_is_acknowledged() -> None:
    _, journal, records = filled()
    journal.ack(SLOTS - 1, 0)
    raises(JournalFull, write, journal, 1)
    equal(read_all(journal), records)
    journal.ack(SLOTS, 0)
    write(journal, 1)
    equal(journal.first, 1 + SLOTS)


def test_no_more_blocks_go_than_needed() -> None:
    _, journal, records = filled()
    journal.ack(len(records), 0)
    write(journal, 1)
    true(1 < journal.first <= 1 + 2 * SLOTS, journal.first)


def test_failure_in_a_new_block_lets_nothing_go_too_early() -> None:
    """The first append to a new block fails at one operation after another, and is repeated."""
    for number in range(12):
        flash = new_flash(BLOCKS)
        journal = open_journal()
        records = write(journal, SLOTS)
        flash.fails_in, flash.fails_for = number, 1
        while flash.fails_for:
            try:
                records += write(journal, 1)
            except JournalError:
                records += write(journal, 1)
        acked = SLOTS + 4
        for _ in range(2):
            try:
                while True:
                    records += write(journal, 1)
            except JournalFull:
                journal.ack(acked, 0)
        true(1 < journal.first <= acked + 1, f"first is {journal.first}, failed at {number}")
        equal(read_all(journal), records[journal.first - 1 :], number)


def test_acknowledged_block_stays_while_there_is_space() -> None:
    new_flash()
    journal = open_journal()
    records = write_at_leisure(journal, 2 * SLOTS)
    journal.ack(2 * SLOTS, 0)
    records += write_at_leisure(journal, 2 * SLOTS)
    equal((journal.first, read_all(journal)), (1, records))


def test_fetched_log_never_runs_full() -> None:
    flash = new_flash(BLOCKS)
    journal = open_journal()
    for number in range(40 * SLOTS):
        record = journal.append(events.Event(events.HEAD_NEW, {"uses": number & 0xFF, "token": 0}))
        if number % 50 == 0:
            journal.ack(events.seq_of(record), number)
            tend(journal, number)
    true(journal.first > 30 * SLOTS, journal.first)
    mount(flash)
    again = open_journal()
    equal((again.first, again.next), (journal.first, 40 * SLOTS + 1))
    equal(len(read_all(again)), again.next - again.first)
    tend(again, 1)
    # No file stays behind of a block that has gone.
    names = [name for folder in os.listdir(LOG) if "-" in folder for name in folder_of(folder)]
    equal(len(names), number_of(again.next) - number_of(again.first) + 2)  # one is spare


def folder_of(folder: str) -> "list[str]":
    """Return what is in a folder of the log."""
    return os.listdir(LOG + "/" + folder)


def test_file_that_a_power_cut_left_of_a_done_block_is_removed() -> None:
    flash, journal, _ = filled()
    journal.ack(SLOTS, 0)
    image = bytes(flash.image)
    operations: list[tuple[int, bytes]] = []
    flash.record = operations
    write(journal, 1)
    left = 0
    for number, cut in power_cuts(image, operations, 0):
        mount(cut)
        again = open_journal()
        if again.first == 1:
            continue
        left += path_of(0).rsplit("/", 1)[1] in folder_of("1-000")
        tend(again, 1)
        true(path_of(0).rsplit("/", 1)[1] not in folder_of("1-000"), number)
    true(left > 0, "no cut left a file")


def test_block_whose_done_slot_is_half_written_is_let_go_all_the_same() -> None:
    """Also if the power is cut again before any checkpoint has the acknowledgement."""
    for quarters in range(1, 4):
        flash, journal, records = filled()
        journal.ack(SLOTS, 0)
        image = bytes(flash.image)
        operations: list[tuple[int, bytes]] = []
        flash.record = operations
        write(journal, 1)
        for _, cut in power_cuts(image, operations[:1], quarters):
            mount(cut)
            again = open_journal()
            again.ack(SLOTS + 5, 0)
            fresh = write(again, 1)
            mount(cut)
            again = open_journal()
            equal(again.acked, 0)
            tend(again, 1000)
            equal((again.hurt, again.first), ("", SLOTS + 1), quarters)
            equal(read_all(again), records[SLOTS:] + fresh)


def test_block_with_a_half_written_done_does_not_come_back_when_later_ones_have_gone() -> None:
    flash = new_flash()
    records = write_at_leisure(open_journal(), 3 * SLOTS)
    damage(flash, 0, DONE_AT, b"DON\x00\x00\x00")
    damage(flash, 1, 0, b"\xff" * 4096)  # littlefs has given it to somebody else
    os.remove(path_of(0))
    os.remove(path_of(1))
    mount(flash)
    journal = open_journal()
    equal((journal.first, read_all(journal)), (2 * SLOTS + 1, records[2 * SLOTS :]))
    tend(journal, 1000)
    equal(journal.hurt, "")


def test_acknowledgement_survives_a_reset_and_never_goes_back() -> None:
    flash = new_flash()
    journal = open_journal()
    write(journal, 60)
    for seq, acked in ((40, 40), (20, 40), (59, 59), (60, 60), (61, 60), (1 << 31, 60)):
        journal.ack(seq, 0)
        equal(journal.acked, acked, seq)
        tend(journal, 1000)
        mount(flash)
        journal = open_journal()
        equal(journal.acked, acked, seq)


def test_acknowledgement_is_stored_on_a_full_flash() -> None:
    flash, journal, records = filled()
    for seq in range(1, len(records), 7):
        journal.ack(seq, 0)
        tend(journal, 1000)
        mount(flash)
        journal = open_journal()
        equal(journal.acked, seq)


def test_acknowledgement_that_no_checkpoint_has_is_none_after_a_power_cut() -> None:
    """The host says it again; until then nothing is let go that it might not have."""
    flash = new_flash()
    journal = open_journal()
    write_at_leisure(journal, 9)
    journal.ack(9, 100)
    mount(flash)
    equal(open_journal().acked, 0)


def test_power_cut_while_a_block_is_let_go_loses_no_unacknowledged_record() -> None:
    flash, journal, records = filled()
    acked = 2 * SLOTS + 9
    journal.ack(acked, 0)
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
            again.ack(acked, 0)
            write(again, 1)
