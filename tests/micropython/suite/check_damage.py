"""Damaged logs: damaged bytes are left out and counted, and all other records stay."""

import os
import struct
from binascii import crc32

from tests.micropython.suite.expect import equal, raises, true
from tests.micropython.suite.logbook import (
    LOG_ID,
    chained,
    folded,
    load,
    open_journal,
    read_all,
    save,
    segment,
    write,
)
from tests.micropython.suite.ram_flash import LOG, RamFlash, mount, new_flash, power_cuts
from tests.micropython.suite.stories import Dice

from rollcase.journal import SEGMENT_RECORDS, Journal, JournalError
from rollcore import events, snapshot
from rollcore.segments import HEAD_SIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def reopened(path: str, raw: bytes) -> Journal:
    """Return the journal that a start makes of these bytes in that file."""
    save(path, raw)
    return open_journal()


def numbers(records: "list[bytes]") -> "list[int]":
    """Return the sequence numbers of records."""
    return [events.seq_of(record) for record in records]


def test_tail_cut_at_any_byte_is_dropped_and_counted() -> None:
    new_flash()
    records = write(open_journal(), 5)
    whole = load(segment(1))
    for size in range(HEAD_SIZE, len(whole) + 1):
        journal = reopened(segment(1), whole[:size])
        left, torn = divmod(size - HEAD_SIZE, 32)
        equal((journal.next, journal.torn), (left + 1, torn), size)
        equal(snapshot.pack(journal.state), snapshot.pack(folded(records[:left])), size)


def test_appends_after_a_torn_tail_continue_the_chain() -> None:
    for torn in (1, 16, 31):
        flash = new_flash()
        records = write(open_journal(), 6)
        journal = reopened(segment(1), load(segment(1))[: -32 + torn])
        equal(journal.torn, torn)
        # The sixth was torn before anybody was told of it: its number is still free.
        records = records[:5] + write(journal, 3)
        mount(flash)
        again = open_journal()
        equal(read_all(again), records, torn)
        equal((again.next, again.torn), (9, 0), torn)
        true(chained(records, events.first_chain(LOG_ID)), torn)
        equal(snapshot.pack(again.state), snapshot.pack(folded(records)), torn)


def test_tail_torn_right_after_the_header_is_overwritten() -> None:
    flash = new_flash()
    write(open_journal(), 1)
    journal = reopened(segment(1), load(segment(1))[: HEAD_SIZE + 20])
    equal((journal.next, journal.torn), (1, 20))
    records = write(journal, 2)
    mount(flash)
    equal(read_all(open_journal()), records)


def test_garbage_after_the_last_record_is_dropped_and_its_numbers_are_not_given_again() -> None:
    dice = Dice(7)
    for size in (1, 31, 32, 33, 64, 100, 2000, 4096):
        flash = new_flash()
        records = write(open_journal(), 5)
        garbage = bytes([dice.below(256) for _ in range(size)])
        journal = reopened(segment(1), load(segment(1)) + garbage)
        equal((journal.next, journal.torn), (6 + size // 32, size), size)
        equal(journal.state.uses, folded(records).uses, size)
        fresh = write(journal, 3)
        equal(numbers(fresh), [6 + size // 32 + more for more in range(3)], size)
        true(chained(records + fresh, events.first_chain(LOG_ID)), size)
        mount(flash)
        again = open_journal()
        equal((again.next, again.torn), (journal.next, 0), size)
        got = read_all(again)
        equal(got[:5] + got[-3:], records + fresh, size)


def test_erased_flash_after_the_last_record_is_dropped() -> None:
    for filler in (b"\xff", b"\x00"):
        new_flash()
        records = write(open_journal(), 5)
        journal = reopened(segment(1), load(segment(1)) + filler * 64)
        equal((journal.next, journal.torn, journal.state.uses), (8, 64, folded(records).uses))


def test_count_of_torn_bytes_stops_at_the_highest_number() -> None:
    flash = new_flash(128)
    write(open_journal(), 1)
    journal = reopened(segment(1), load(segment(1)) + b"\xaa" * 70000)
    equal(journal.torn, 0xFFFF)
    journal.append(
        events.Event(
            events.BOOT, {"cause": 1, "torn": journal.torn, "corrected": 0, "lost": 0, "skipped": 0}
        )
    )
    mount(flash)
    equal(open_journal().state.boot, 0)


def test_records_after_a_damaged_one_are_kept() -> None:
    """The damage can be at any byte of the record, its CRC included."""
    new_flash()
    journal = open_journal()
    for zone in (0, 1, 2, 3, 0, 1, 2, 3):
        used = {"how": events.BY_BUTTON, "seconds": 60}
        journal.append(events.Event(events.USE_ENDED, used, zone, time=journal.next * 100))
    whole = load(segment(1))
    for place in range(32):
        raw = bytearray(whole)
        raw[HEAD_SIZE + 3 * 32 + place] ^= 0x55
        journal = reopened(segment(1), bytes(raw))
        equal((journal.next, journal.state.uses), (9, 7), f"byte {place} of record 4")
        equal(journal.state.at[:4], [500, 600, 700, 800], f"byte {place} of record 4")


def test_damaged_record_is_still_given_to_the_host_as_it_is() -> None:
    new_flash()
    records = write(open_journal(), 8)
    raw = bytearray(load(segment(1)))
    raw[HEAD_SIZE + 3 * 32 + 20] ^= 0x55
    journal = reopened(segment(1), bytes(raw))
    got = b"".join([journal.read(seq, 1)[2] for seq in range(1, 9)])
    equal(got, bytes(raw[HEAD_SIZE:]))
    true(got != b"".join(records), "nothing was damaged")


def test_damaged_last_record_keeps_its_number() -> None:
    flash = new_flash()
    records = write(open_journal(), 8)
    raw = bytearray(load(segment(1)))
    raw[-20] ^= 0x55
    journal = reopened(segment(1), bytes(raw))
    equal((journal.next, journal.torn), (9, 32))
    fresh = write(journal, 2)
    equal(numbers(fresh), [9, 10])
    true(chained(records[:7] + fresh, events.first_chain(LOG_ID)), "chain")
    mount(flash)
    again = open_journal()
    equal(snapshot.pack(again.state), snapshot.pack(folded(records[:7] + fresh)))


def test_record_in_the_place_of_another_is_left_out() -> None:
    new_flash()
    records = write(open_journal(), 6)
    head = load(segment(1))[:HEAD_SIZE]
    swapped = head + b"".join(records[:3] + [records[4], records[3], records[5]])
    journal = reopened(segment(1), swapped)
    equal(journal.next, 7)
    # Of the three after the swap only those whose forerunner is in its place can be believed.
    true(journal.state.uses <= folded(records).uses, journal.state.uses)


def test_record_with_another_number_than_its_place_is_left_out() -> None:
    for number in (0, 3, 5, 900):
        new_flash()
        records = write(open_journal(), 3)
        wrong = bytearray(records[2])
        struct.pack_into("<I", wrong, 0, number)
        crc = crc32(bytes(wrong[:28]), events.crc_of(records[2]))
        struct.pack_into("<I", wrong, 28, crc)
        journal = reopened(segment(1), load(segment(1)) + bytes(wrong))
        equal((journal.next, journal.torn), (5, 32), number)


def test_segment_under_the_name_of_another_is_not_believed() -> None:
    new_flash()
    records = write(open_journal(), SEGMENT_RECORDS + 9)
    copy = load(segment(1))
    journal = reopened(segment(900), copy)
    true(journal.next > 900, journal.next)
    equal(journal.torn, len(copy))
    equal(snapshot.pack(journal.state)[11:], snapshot.pack(folded(records))[11:])


def test_damaged_header_in_the_middle_of_the_log_costs_nothing() -> None:
    flash = new_flash()
    records = write(open_journal(), 2 * SEGMENT_RECORDS + 9)
    save(segment(1), b"\x00" + load(segment(1))[1:])
    mount(flash)
    journal = open_journal()
    equal((journal.torn, read_all(journal)), (0, records))


def test_damage_inside_a_segment_is_counted_once() -> None:
    """The damaged segment is closed, and the next one begins with the state of the good records."""
    for place in (HEAD_SIZE + 3 * 32 + 20, HEAD_SIZE + 7 * 32, HEAD_SIZE + 8 * 32 - 1):
        flash = new_flash()
        records = write(open_journal(), 8)
        raw = bytearray(load(segment(1)))
        raw[place] ^= 0x55
        lost = (place - HEAD_SIZE) // 32
        for _ in range(2):  # nothing was appended: the start still has to be told of it
            journal = reopened(segment(1), bytes(raw))
            equal((journal.next, journal.torn), (9, 32), place)
        fresh = write(journal, 1)
        equal(load(segment(1)), bytes(raw), place)
        for _ in range(2):
            mount(flash)
            journal = open_journal()
            equal((journal.next, journal.torn), (9 + len(fresh), 0), place)
            whole = records[:lost] + records[lost + 1 :] + fresh
            equal(snapshot.pack(journal.state), snapshot.pack(folded(whole)), place)
            fresh += write(journal, 2)
        equal(numbers(read_all(journal))[8:], [9, 10, 11, 12, 13], place)


def test_power_cut_in_the_first_append_after_damage_does_not_hide_the_damage() -> None:
    """Until a record of it is on flash, each start counts the damage again."""
    flash = new_flash()
    write(open_journal(), 8)
    raw = bytearray(load(segment(1)))
    raw[HEAD_SIZE + 3 * 32 + 20] ^= 0x55
    for quarters, number, cut in cuts_in_the_first_append(flash, segment(1), bytes(raw)):
        mount(cut)
        journal = open_journal()
        where = f"after operation {number} and {quarters} quarters"
        true((journal.next, journal.torn) in ((9, 32), (10, 0)), where)


def cuts_in_the_first_append(
    flash: RamFlash, path: str, raw: bytes
) -> "Iterator[tuple[int, int, RamFlash]]":
    """Yield the flash after a power cut anywhere between a start on it and its first record.

    The start finds these bytes in that file. With each come the quarters and the operation.
    """
    save(path, raw)
    mount(flash)
    image = bytes(flash.image)
    operations: list[tuple[int, bytes]] = []
    flash.record = operations
    write(open_journal(), 1)
    true(operations, "nothing was done")
    for quarters in range(4):
        for number, cut in power_cuts(image, operations, quarters):
            yield quarters, number, cut


def test_damaged_acknowledgement_is_none() -> None:
    for damage in (b"", b"\x00", b"\xff" * 16):
        new_flash()
        journal = open_journal()
        write(journal, 5)
        journal.ack(5)
        equal(open_journal().acked, 5)
        save(LOG + "/acked", damage)
        equal(open_journal().acked, 0)


def test_acknowledgement_of_another_log_is_none() -> None:
    new_flash()
    journal = Journal(LOG, lambda: b"another.")
    write(journal, 5)
    journal.ack(5)
    os.remove(segment(1))
    journal = open_journal()
    write(journal, 9)
    equal(open_journal().acked, 0)


def test_unreadable_flash_makes_an_unusable_journal_that_says_so() -> None:
    """The case has to start, or nobody would see that it has a fault."""
    flash = new_flash()
    records = write(open_journal(), 5)
    mount(flash)
    flash.unreadable = True
    journal = open_journal()
    true(journal.unusable, "no complaint")
    raises(JournalError, write, journal, 1)
    raises(JournalError, journal.read, 1, 10)
    equal((journal.acked, len(journal.log_id)), (0, 8))
    flash.unreadable = False
    mount(flash)
    journal = open_journal()
    equal((journal.unusable, read_all(journal)), ("", records))


def test_file_that_is_not_ours_does_no_harm() -> None:
    flash = new_flash()
    records = write(open_journal(), 5)
    for name in ("notes.txt", "0000000001.seg.bad", "x.seg", ".seg", "-1.seg"):
        save(LOG + "/" + name, b"something")
        mount(flash)
        journal = open_journal()
        equal((journal.unusable, journal.torn, read_all(journal)), ("", 0, records), name)


def test_missing_folder_makes_an_unusable_journal_that_says_so() -> None:
    new_flash()
    os.rmdir(LOG)
    journal = open_journal()
    true(journal.unusable, "no complaint")
    raises(JournalError, write, journal, 1)
