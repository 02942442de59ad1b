"""Damaged logs: what does not fit is left out and counted, and all other records stay."""

import os
import struct
from binascii import crc32

from boards.virtual.flash import BLOCK_SIZE
from tests.micropython.suite import old_log
from tests.micropython.suite.expect import equal, raises, true
from tests.micropython.suite.logbook import (
    LOG_ID,
    blocks_with,
    chained,
    damage,
    flip,
    folded,
    load,
    open_journal,
    path_of,
    read_all,
    save,
    tend,
    write,
    write_at_leisure,
)
from tests.micropython.suite.ram_flash import (
    LOG,
    PLACE,
    RamFlash,
    device,
    make_anew,
    mount,
    new_flash,
    power_cuts,
)
from tests.micropython.suite.stories import Dice

from rollcase.block_files import BlockFiles
from rollcase.journal import MAX_TORN, Journal, JournalError
from rollcore import events, snapshot
from rollcore.blocks import CHECKPOINT, SLOTS, slot_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def counts(journal: Journal) -> "tuple[int, int, int, int]":
    """Return what a start has found: torn, corrected, lost, skipped."""
    return journal.torn, journal.corrected, journal.lost, journal.skipped


def restarted(flash: RamFlash) -> Journal:
    """Return the journal of the next start."""
    mount(flash)
    return open_journal()


def booted(journal: Journal, boot: int = 1) -> bytes:
    """Append the record of a start, with what it has found; return it."""
    data = {"cause": events.POWER_ON}
    data["torn"], data["corrected"], data["lost"], data["skipped"] = counts(journal)
    return journal.append(events.Event(events.BOOT, data, boot=boot))


def numbers(records: "list[bytes]") -> "list[int]":
    """Return the sequence numbers of records."""
    return [events.seq_of(record) for record in records]


# Torn


def test_record_torn_at_any_byte_is_left_out_and_its_number_not_given_again() -> None:
    for size in range(33):
        flash = new_flash()
        records = write(open_journal(), 6)
        damage(flash, 0, slot_at(5) + size, b"\xff" * (32 - size))
        journal = restarted(flash)
        if journal.corrected:  # all but two bits of it are there
            equal(read_all(journal), records, size)
            true(size > 28, size)
            continue
        whole = size == 32
        equal(counts(journal), (int(0 < size < 32), 0, 0, 0), size)
        equal(journal.next, 7 if size else 6, size)
        equal(snapshot.pack(journal.state), snapshot.pack(folded(records[: 5 + whole])), size)
        fresh = write(journal, 3)
        equal(numbers(fresh), [7 if size else 6, 8 if size else 7, 9 if size else 8], size)
        again = restarted(flash)
        equal(read_all(again), records[: 5 + whole] + fresh, size)
        true(chained(records[: 5 + whole] + fresh, events.first_chain(LOG_ID)), size)
        equal(counts(again)[2], 0, size)


def test_garbage_after_the_last_record_is_left_out_and_its_numbers_are_not_given_again() -> None:
    dice = Dice(7)
    for size in (3, 31, 32, 33, 64, 100, 2000, 3500):
        flash = new_flash()
        records = write(open_journal(), 5)
        damage(flash, 0, slot_at(5), bytes([dice.below(255) for _ in range(size)]))
        spoiled = (size + 31) // 32
        journal = restarted(flash)
        equal(counts(journal), (min(spoiled, MAX_TORN), 0, 0, 0), size)
        equal((journal.next, journal.state.uses), (6 + spoiled, folded(records).uses), size)
        fresh = [booted(journal)] + write(journal, 2)
        equal(numbers(fresh), [6 + spoiled + more for more in range(3)], size)
        true(chained(records + fresh, events.first_chain(LOG_ID)), size)
        again = restarted(flash)
        equal((again.next, again.torn), (journal.next, max(0, spoiled - MAX_TORN) and 0), size)
        equal(read_all(again), records + fresh, size)


def test_torn_last_slot_of_a_block_costs_its_number_and_no_more() -> None:
    flash = new_flash()
    records = write(open_journal(), SLOTS)
    damage(flash, 0, slot_at(SLOTS - 1) + 9, b"\xff" * 23)
    journal = restarted(flash)
    equal((counts(journal), journal.next), ((1, 0, 0, 0), SLOTS + 1))
    fresh = [booted(journal)] + write(journal, 2)
    again = restarted(flash)
    equal((read_all(again), counts(again)), (records[:-1] + fresh, (0, 0, 0, 0)))


def test_blank_slot_with_bits_gone_is_passed_over_and_counted_once() -> None:
    flash = new_flash()
    records = write(open_journal(), 5)
    damage(flash, 0, slot_at(5) + 7, b"\xef")
    damage(flash, 0, slot_at(6) + 9, b"\xfc")
    journal = restarted(flash)
    equal((counts(journal), journal.next), ((0, 0, 0, 0), 6))  # nobody has met them
    fresh = write(journal, 2)
    equal(numbers(fresh), [8, 9])
    journal = restarted(flash)
    equal((counts(journal), read_all(journal)), ((0, 0, 0, 2), records + fresh))
    booted(journal)
    equal(counts(restarted(flash)), (0, 0, 0, 0))


# Damaged


def test_records_after_a_damaged_one_are_kept() -> None:
    """The damage can be at any byte of the record, its CRC included."""
    flash = new_flash()
    journal = open_journal()
    for zone in (0, 1, 2, 3, 0, 1, 2, 3):
        used = {"how": events.BY_BUTTON, "seconds": 60}
        journal.append(events.Event(events.USE_ENDED, used, zone, time=journal.next * 100))
    for place in range(32):
        flip(flash, 0, slot_at(3) + place)
        journal = restarted(flash)
        where = f"byte {place} of record 4"
        equal((journal.next, journal.state.uses, journal.lost), (9, 7, 1), where)
        equal(journal.state.at[:4], [500, 600, 700, 800], where)
        flip(flash, 0, slot_at(3) + place)


def test_damaged_record_is_still_given_to_the_host_as_it_is() -> None:
    flash = new_flash()
    records = write(open_journal(), 8)
    flip(flash, 0, slot_at(3) + 20)
    journal = restarted(flash)
    got = b"".join([journal.read(seq, 1)[2] for seq in range(1, 9)])
    due = bytearray(b"".join(records))
    due[3 * 32 + 20] ^= 0x15
    equal(got, bytes(due))


def test_damaged_last_record_is_lost_if_a_checkpoint_knows_it_and_else_torn() -> None:
    """A write that was cut looks the same; but a record in a checkpoint was whole once.

    Where its CRC is whole, the checkpoint hangs on to it, and the state has the record.
    """
    crc, data = 30, 12
    for known, place, found in (
        (False, crc, (1, 0, 0, 0)),
        (False, data, (1, 0, 0, 0)),
        (True, crc, (0, 0, 1, 0)),
        (True, data, (0, 0, 0, 0)),
    ):
        flash = new_flash()
        journal = open_journal()
        records = write(journal, 8)
        if known:
            tend(journal, 1000)
        flip(flash, 0, slot_at(7) + place)
        for _ in range(2):  # nothing was appended: the start still has to be told of it
            journal = restarted(flash)
            equal((counts(journal), journal.next), (found, 9), (known, place))
            due = folded(records if known and place == data else records[:7])
            due.seq = 8 if known else 7
            equal(snapshot.pack(journal.state), snapshot.pack(due), (known, place))
        fresh = [booted(journal)] + write(journal, 2)
        equal(numbers(fresh), [9, 10, 11])
        again = restarted(flash)
        equal((counts(again), read_all(again)), ((0, 0, 0, 0), records[:7] + fresh), place)


def test_lost_record_counts_as_a_use_once_the_start_is_logged() -> None:
    flash = new_flash()
    journal = open_journal()
    write(journal, 8)
    uses = journal.state.uses
    flip(flash, 0, slot_at(4) + 20)
    journal = restarted(flash)
    equal(journal.lost, 1)
    booted(journal, 2)
    true(journal.state.uses >= uses and journal.state.dirty, journal.state.__dict__)
    equal(snapshot.pack(restarted(flash).state), snapshot.pack(journal.state))


def test_record_in_the_place_of_another_is_left_out() -> None:
    flash = new_flash()
    records = write(open_journal(), 6)
    damage(flash, 0, slot_at(3), records[4] + records[3])
    journal = restarted(flash)
    equal(journal.next, 7)
    # Of the three after the swap only those whose forerunner is in its place can be believed.
    true(journal.state.uses <= folded(records).uses, journal.state.uses)
    true(journal.lost + journal.torn >= 2, counts(journal))


def test_record_with_another_number_than_its_place_is_left_out() -> None:
    for number in (0, 3, 5, 900):
        flash = new_flash()
        records = write(open_journal(), 3)
        wrong = bytearray(records[2])
        struct.pack_into("<I", wrong, 0, number)
        crc = crc32(bytes(wrong[:28]), events.crc_of(records[2]))
        struct.pack_into("<I", wrong, 28, crc)
        damage(flash, 0, slot_at(3), wrong)
        journal = restarted(flash)
        equal((journal.next, journal.torn), (5, 1), number)


def test_copy_of_a_block_that_a_tool_has_made_does_not_count() -> None:
    """Not in another file, and not under the name of the next block."""
    for name in (LOG + "/1-000/copy", path_of(1), path_of(2), LOG + "/0", PLACE + "/00000"):
        for copied in (0, 1):
            flash = new_flash()
            journal = open_journal()
            records = write(journal, SLOTS + 9)
            tend(journal, 1000)
            if name == path_of(copied) or (name == path_of(1) and copied == 0):
                continue  # that is no copy, but damage: see check_heads
            save(name, load(path_of(copied)))
            for _ in range(2):
                journal = restarted(flash)
                equal((counts(journal), journal.next), ((0, 0, 0, 0), len(records) + 1), name)
                equal(read_all(journal), records, name)
                tend(journal, 1000)
                equal(journal.hurt, "", name)
                records += write(journal, SLOTS)


def test_damage_is_told_until_a_start_has_logged_it() -> None:
    for place in (slot_at(3) + 20, slot_at(5), slot_at(7) - 1):
        flash = new_flash()
        journal = open_journal()
        records = write(journal, 8)
        flip(flash, 0, place)
        lost = (place - slot_at(0)) // 32
        for _ in range(2):  # nothing was appended: the start still has to be told of it
            journal = restarted(flash)
            equal((journal.next, counts(journal)), (9, (0, 0, 1, 0)), place)
        fresh = [booted(journal)]
        for _ in range(2):
            journal = restarted(flash)
            equal((journal.next, counts(journal)), (9 + len(fresh), (0, 0, 0, 0)), place)
            whole = records[:lost] + records[lost + 1 :] + fresh
            equal(snapshot.pack(journal.state), snapshot.pack(folded(whole)), place)
            fresh += write(journal, 2)
        equal(numbers(read_all(journal))[7:], [9, 10, 11, 12, 13], place)


def test_power_cut_in_the_first_append_after_damage_does_not_hide_the_damage() -> None:
    """Until a record of it is on flash, each start counts the damage again."""
    flash = new_flash()
    write(open_journal(), 8)
    flip(flash, 0, slot_at(3) + 20)
    for where, cut in cuts_in_the_first_append(flash):
        journal = restarted(cut)
        told = journal.state.boot == 2
        equal(journal.lost, 0 if told else 1, where)


def cuts_in_the_first_append(flash: RamFlash) -> "Iterator[tuple[str, RamFlash]]":
    """Yield the flash after a power cut anywhere between a start on it and its first record."""
    mount(flash)
    image = bytes(flash.image)
    operations: list[tuple[int, bytes]] = []
    flash.record = operations
    booted(open_journal(), 2)
    true(operations, "nothing was done")
    for quarters in range(4):
        for number, cut in power_cuts(image, operations, quarters):
            yield f"after operation {number} and {quarters} quarters", cut


# Checkpoints


def page_of(flash: RamFlash, number: int) -> int:
    """Return where in the flash the page of that checkpoint is, counted from the first."""
    return blocks_with(flash, CHECKPOINT)[0] * BLOCK_SIZE + 256 * (1 + number)


def test_damaged_checkpoint_costs_its_acknowledgement_and_no_record() -> None:
    for place in (0, 5, 9, 13, 17, 24, 40, 229, 255):
        flash = new_flash()
        journal = open_journal()
        records = write(journal, 9)
        tend(journal, 1000)
        for acked in (4, 9):
            journal.ack(acked, 1000)
            journal.checkpoint(0, 1000)
        flash.image[page_of(flash, 2) + place] ^= 0x15
        journal = restarted(flash)
        equal((journal.acked, read_all(journal), counts(journal)), (4, records, (0, 0, 0, 0)))
        equal(snapshot.pack(journal.state), snapshot.pack(folded(records)), place)
        flash.image[page_of(flash, 1) + place] ^= 0x15
        flash.image[page_of(flash, 0) + place] ^= 0x15
        journal = restarted(flash)
        equal((journal.acked, read_all(journal), counts(journal)), (0, records, (0, 0, 0, 0)))
        equal(snapshot.pack(journal.state), snapshot.pack(folded(records)), place)


def test_flipped_bit_in_a_checkpoint_is_put_right() -> None:
    for bit in (0, 77, 99, 300, 1900, 2047):
        flash = new_flash()
        journal = open_journal()
        records = write(journal, 9)
        tend(journal, 1000)
        journal.ack(9, 1000)
        journal.checkpoint(123, 1000)
        flash.image[page_of(flash, 1) + bit // 8] ^= 1 << bit % 8
        journal = restarted(flash)
        equal((journal.acked, read_all(journal), counts(journal)), (9, records, (0, 1, 0, 0)), bit)


def test_checkpoints_of_another_log_do_not_count() -> None:
    flash = new_flash()
    journal = open_journal()
    write(journal, 20)
    tend(journal, 1000)
    journal.ack(20, 0)
    journal.checkpoint(1 << 30, 1000)
    journal._make_id = lambda: b"another."  # what a real one makes is random
    journal.new_log(folded([]))
    write(journal, 9)
    journal = restarted(flash)
    equal((journal.log_id, journal.acked, journal.next), (b"another.", 0, 10))
    true(journal.time < 1 << 30, journal.time)


# The flash and what is on it


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
    journal = restarted(flash)
    equal((journal.unusable, read_all(journal)), ("", records))


def test_file_that_is_not_ours_does_no_harm() -> None:
    flash = new_flash()
    journal = open_journal()
    records = write_at_leisure(journal, 9)  # there is a checkpoint
    names = ("notes.txt", "1-000/notes.txt", "1-000/00900", "9-000", "x", "a/0")
    for name in names:
        save(LOG + "/" + name, b"RCLG something")
        journal = restarted(flash)
        equal((journal.unusable, counts(journal)), ("", (0, 0, 0, 0)), name)
        equal(read_all(journal), records, name)
        records += write_at_leisure(journal, 3)


def test_missing_folder_is_made() -> None:
    new_flash()
    true("log" not in os.listdir(PLACE), os.listdir(PLACE))
    journal = open_journal()
    equal(journal.unusable, "")
    write(journal, 1)


def test_log_of_an_older_format_is_kept_and_said() -> None:
    flash = new_flash()
    os.mkdir(LOG)
    save(LOG + "/" + old_log.NAME, old_log.segment())
    done = flash.operations
    journal = restarted(flash)
    true("host rescue" in journal.unusable, journal.unusable)
    raises(JournalError, write, journal, 1)
    equal(journal.trouble(), journal.unusable)
    equal((flash.operations, journal.tend()), (done, False))
    equal(load(LOG + "/" + old_log.NAME), old_log.segment())


def test_flash_whose_file_system_is_gone_keeps_the_log_that_is_alive() -> None:
    """A format erases two blocks; the log lies in others."""
    flash = new_flash()
    records = write_at_leisure(open_journal(), SLOTS + 9)
    make_anew()
    journal = Journal(device(), BlockFiles(LOG, make_anew), lambda: b"another.")
    equal((journal.log_id, journal.unusable), (LOG_ID, ""))
    equal(read_all(journal), records)
    tend(journal, 1000)
    true(journal.hurt, "nothing is said")
    done = sum(flash.erases)
    records += write(journal, 5)
    equal(read_all(journal), records)
    equal(sum(flash.erases), done)  # nothing is written through littlefs


def test_loss_that_no_record_tells_of_yet_is_in_the_next_opening_and_checkpoint() -> None:
    """The next start may take its state from there, and does not read the damage again."""
    for count in (SLOTS, 9):  # the next block begins, or a checkpoint is written
        flash = new_flash()
        write(open_journal(), count)
        flip(flash, 0, slot_at(4) + 20)
        journal = restarted(flash)
        equal(journal.lost, 1)
        tend(journal, 2000)
        again = restarted(flash)
        equal(again.state.at[:4], [again.state.time] * 4, count)
