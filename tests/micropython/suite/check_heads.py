"""Blocks with a damaged mark or opening, and blocks that littlefs has lost: the log is as it was.

What the marks say is the index, whatever littlefs says. One flipped bit is put right; where more
are wrong, nothing is made up, no number is given again, and no rest gets shorter.
"""

import os
from binascii import crc32

from boards.virtual.flash import BLOCK_SIZE
from tests.micropython.suite.expect import equal, raises, true
from tests.micropython.suite.logbook import (
    LOG_ID,
    block_of,
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
    RamFlash,
    mount,
    new_flash,
    power_cuts,
)
from tests.micropython.suite.stories import day

from rollcase.app import App
from rollcase.journal import Journal, JournalError, JournalFull
from rollcore import blocks, events, policy, snapshot, state
from rollcore.blocks import (
    MARK_AT,
    MARK_SIZE,
    OPENING_AT,
    OPENING_SIZE,
    SLOTS,
    slot_at,
)
from rollcore.memory import NEVER, USE_END
from rollcore.rest import rested_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BEHIND = 2 * SLOTS + 9
"""Records of a log of three blocks."""

MARK_PLACES = range(MARK_AT, MARK_AT + MARK_SIZE, 3)
OPENING_PLACES = (96, 97, 100, 104, 105, 107, 108, 109, 140, 224, 300, 308, 316, 319)


def restarted(flash: RamFlash) -> Journal:
    """Return the journal of the next start; a log that it makes has another id."""
    mount(flash)
    return open_journal(b"another.")


def found(journal: Journal) -> "tuple[int, int, int, int]":
    """Return what a start has found: torn, corrected, lost, skipped."""
    return journal.torn, journal.corrected, journal.lost, journal.skipped


def stays_sound(flash: RamFlash, records: "list[bytes]", where: object) -> Journal:
    """Start, append and start again: all records are there, and the chain goes on."""
    journal = restarted(flash)
    equal((journal.unusable, journal.log_id), ("", LOG_ID), where)
    equal((journal.torn, journal.lost), (0, 0), where)
    equal((journal.first, journal.next), (1, len(records) + 1), where)
    equal(snapshot.pack(journal.state), snapshot.pack(folded(records)), where)
    equal(read_all(journal), records, where)
    first = journal
    whole = records + write(journal, 2)
    journal = restarted(flash)
    equal((journal.lost, read_all(journal)), (0, whole), where)
    equal(snapshot.pack(journal.state), snapshot.pack(folded(whole)), where)
    true(chained(whole, events.first_chain(LOG_ID)), where)
    return first


# Flipped bits


def test_flipped_bit_in_a_mark_or_an_opening_costs_nothing() -> None:
    for number in range(3):
        for place in list(MARK_PLACES) + list(OPENING_PLACES):
            flash = new_flash()
            records = write(open_journal(), BEHIND)
            flip(flash, number, place, 0x10)
            journal = stays_sound(flash, records, (number, place))
            in_mark = place < OPENING_AT
            # The openings of blocks before the last one are not read at a start.
            equal(journal.corrected, int(in_mark or number == 2), (number, place))
            equal(journal.hurt, "")


def test_two_flipped_bits_in_a_mark_cost_nothing() -> None:
    for number in range(3):
        for place in MARK_PLACES:
            flash = new_flash()
            records = write(open_journal(), BEHIND)
            flip(flash, number, place, 0x81)
            equal(stays_sound(flash, records, (number, place)).corrected, 1)


def test_log_of_many_blocks_with_flipped_bits_in_marks_costs_nothing() -> None:
    """Of so many blocks of one log not every CRC is computed at a start."""
    flash = new_flash()
    records = write(open_journal(), 10 * SLOTS + 5)
    for number, place in ((0, 64), (3, 80), (4, 73), (7, 70), (9, 83), (10, 95)):
        flip(flash, number, place, 0x04)
    stays_sound(flash, records, "six marks")


# More damage than can be put right


def test_damaged_opening_costs_nothing_if_the_block_before_is_whole() -> None:
    for number in (1, 2):
        for place in OPENING_PLACES:
            flash = new_flash()
            records = write(open_journal(), BEHIND)
            flip(flash, number, place)
            stays_sound(flash, records, (number, place))


def test_damaged_openings_in_a_row_cost_nothing() -> None:
    flash = new_flash()
    records = write(open_journal(), BEHIND)
    for number in (1, 2):
        damage(flash, number, OPENING_AT, bytes(OPENING_SIZE))
    stays_sound(flash, records, "two of three")


def test_damaged_opening_costs_nothing_behind_a_checkpoint() -> None:
    for number in (0, 1, 2):
        flash = new_flash()
        records = write_at_leisure(open_journal(), BEHIND)
        damage(flash, number, OPENING_AT, bytes(OPENING_SIZE))
        journal = restarted(flash)
        equal((journal.lost, read_all(journal)), (0, records), number)
        equal(snapshot.pack(journal.state), snapshot.pack(folded(records)), number)


def test_state_before_a_block_with_a_damaged_opening_is_refused() -> None:
    """A host then asks for that of another block; nothing is made up."""
    flash = new_flash()
    write(open_journal(), BEHIND)
    flip(flash, 1, 120)
    journal = restarted(flash)
    raises(JournalError, journal.snapshot, SLOTS + 5)
    equal(journal.snapshot(5)[0], 0)
    equal(journal.snapshot(BEHIND)[0], 2 * SLOTS)


def test_first_opening_that_is_lost_keeps_the_records_and_counts_as_a_loss() -> None:
    flash = new_flash()
    records = write(open_journal(), 9)
    damage(flash, 0, OPENING_AT, bytes(OPENING_SIZE))
    for _ in range(2):
        journal = restarted(flash)
        equal((journal.log_id, journal.next), (LOG_ID, 10))
        true(journal.lost >= 1, journal.lost)
        equal(journal.read(1, SLOTS)[2], b"".join(records))
    write(journal, 2)
    equal(restarted(flash).next, 12)


def unmendable() -> "Iterator[tuple[str, RamFlash, list[bytes]]]":
    """Yield logs whose last block cannot be found: name, flash, records of the blocks before."""
    for name, at, size in (("mark", MARK_AT, MARK_SIZE), ("all of it", 0, BLOCK_SIZE)):
        for do in (write, write_at_leisure):
            flash = new_flash()
            records = do(open_journal(), SLOTS + 9)
            damage(flash, 1, at, b"\xa5" * size)
            yield f"{name}, {do.__name__}", flash, records[:SLOTS]


def test_last_block_that_is_lost_counts_and_its_numbers_are_not_given_again() -> None:
    for name, flash, records in unmendable():
        for _ in range(3):  # the power is cut before anything was appended
            journal = restarted(flash)
            equal((journal.log_id, journal.lost, journal.torn), (LOG_ID, 1, 0), name)
            equal(read_all(journal), records, name)
            true(journal.next > SLOTS + 9, f"{journal.next}, {name}")
        fresh = write(journal, 1)
        true(events.seq_of(fresh[0]) > SLOTS + 9, name)
        journal = restarted(flash)
        equal(read_all(journal), records + fresh, name)


def test_block_in_the_middle_that_is_lost_costs_its_own_records() -> None:
    flash = new_flash()
    records = write(open_journal(), BEHIND)
    damage(flash, 1, MARK_AT, b"\xa5" * MARK_SIZE)
    journal = restarted(flash)
    equal((journal.log_id, journal.next), (LOG_ID, BEHIND + 1))
    got = read_all(journal)
    equal(got[-9:], records[-9:])
    true(got[:-9] in ([], records[:SLOTS]), len(got))
    equal(snapshot.pack(journal.state), snapshot.pack(folded(records)))
    records += write(journal, 3)
    equal(snapshot.pack(restarted(flash).state), snapshot.pack(folded(records)))


# littlefs has lost something


def test_block_whose_file_is_gone_is_alive_and_said() -> None:
    """The records go on in place; no file is made or removed any more."""
    for number in range(3):
        flash = new_flash()
        records = write(open_journal(), BEHIND)
        os.remove(path_of(number))
        journal = restarted(flash)
        equal((read_all(journal), journal.unusable), (records, ""), number)
        tend(journal, 1000)
        true("littlefs" in journal.hurt, number)
        true("littlefs" in journal.settle(), number)
        done = sum(flash.erases)
        fresh = write(journal, SLOTS - 9)
        raises(JournalFull, write, journal, 1)
        equal(sum(flash.erases), done, number)
        equal(read_all(restarted(flash)), records + fresh, number)


def test_no_use_begins_while_the_log_is_hurt_and_a_new_log_ends_that() -> None:
    flash = new_flash()
    journal = open_journal()
    records = write(journal, BEHIND)
    os.remove(path_of(1))
    journal = restarted(flash)
    app = App(LOG, journal, events.POWER_ON, 0, lambda line: None)
    app.start()
    for ticks in range(0, 5000, 100):
        app.step(ticks, False)
        while app.tend():
            pass
    true("littlefs" in app.fault, app.fault)
    raises(JournalError, journal.new_log, journal.state.copy())  # not all of it is home
    app.ack(journal.state.seq)
    known = journal.state.copy()
    equal(app.new_log(True), "")
    equal((app.fault, journal.hurt, journal.follows), ("", "", LOG_ID))
    equal(journal.state.uses, known.uses)
    tend(journal, 1000)
    fresh = write(journal, SLOTS + 3)
    again = restarted(flash)
    equal((again.log_id, read_all(again)), (b"another.", fresh))
    true(len(records) == BEHIND, "the log before")


def test_file_of_a_block_that_was_replaced_is_no_block_any_more() -> None:
    """A tool has written the file anew: littlefs may give the old block away."""
    flash = new_flash()
    records = write(open_journal(), BEHIND)
    save(path_of(1), load(path_of(1)))
    journal = restarted(flash)
    equal(read_all(journal), records)
    tend(journal, 1000)
    true("littlefs" in journal.hurt, "nothing is said")
    equal(read_all(journal), records)


def test_copies_of_all_files_that_a_tool_puts_in_their_place_are_not_believed() -> None:
    """As a restore from a backup does. The living blocks count, and the host is told."""
    flash = new_flash()
    records = write(open_journal(), BEHIND)
    old = [load(path_of(number)) for number in range(3)]
    journal = restarted(flash)
    records += write(journal, 5)
    for number, raw in enumerate(old):
        save(path_of(number), raw)
    journal = restarted(flash)
    equal((read_all(journal), journal.next), (records, len(records) + 1))


# Other versions


def test_log_of_another_version_is_not_touched() -> None:
    """The format of the mark, and that of the state in the opening."""
    for place, at, size, seed_of_mark in ((4, MARK_AT, 32, False), (12, OPENING_AT, 224, True)):
        flash = new_flash()
        records = write(open_journal(), 9)
        start = block_of(flash, 0) * BLOCK_SIZE
        whole = bytes(flash.image[start + at : start + at + size])
        foreign = bytearray(whole)
        foreign[place] += 1
        seed = blocks.crc_of(bytes(flash.image[start + 64 : start + 96])) if seed_of_mark else 0
        foreign[-4:] = crc32(bytes(foreign[:-4]), seed).to_bytes(4, "little")
        flash.image[start + at : start + at + size] = foreign
        mount(flash)
        done = flash.operations
        journal = restarted(flash)
        true(journal.unusable, f"no complaint about byte {at + place}")
        equal(journal.trouble(), journal.unusable)
        raises(JournalError, write, journal, 1)
        raises(JournalError, journal.read, 1, 1)
        equal((journal.tend(), flash.operations), (False, done), place)
        flash.image[start + at : start + at + size] = whole
        stays_sound(flash, records, place)


# The case on such a log


def test_rest_survives_any_damaged_opening_or_mark_and_power_cut() -> None:
    """With three bits flipped in any byte, or all of it gone, and a power cut in the next start."""
    for number in (0, 1):
        for spoil in [ruin] + [at(place) for place in list(OPENING_PLACES) + [64, 70, 80, 84]]:
            flash = new_flash()
            journal = open_journal()
            data = {"cause": events.POWER_ON, "torn": 0, "corrected": 0, "lost": 0, "skipped": 0}
            journal.append(events.Event(events.BOOT, data, boot=1))
            while journal.next <= number * SLOTS + 14:
                journal.append(day(journal.next - 2))  # the second use is in the newest block
            used, now = journal.state.at[USE_END], journal.state.time
            true(used != NEVER, "no use to rest from")
            spoil(flash, number)
            for where, cut in cuts_of_a_start(flash):
                app = App(LOG, restarted(cut), events.POWER_ON, 0, lambda _: None)
                app.start()
                # A new log has a new clock: what counts is how much rest is left.
                left = rested_at(app.journal.state, app.policy, 0) - app.clock.time
                if not app.fault:
                    due = used + policy.for_needle(500).rest_s - now
                    true(left >= due, f"block {number} {where}: {left} instead of {due}")
                    resting = (state.RESTING, state.CLEAN_ME, state.DRYING)
                    true(app.standing.phase in resting, where)


def ruin(flash: RamFlash, number: int) -> None:
    """Overwrite the opening of a block and all its slots."""
    damage(flash, number, OPENING_AT, b"\xa5" * (slot_at(SLOTS - 1) + 32 - OPENING_AT))


def at(place: int) -> "Callable[[RamFlash, int], None]":
    """Return a function that flips three bits at that place of a block."""
    return lambda flash, number: flip(flash, number, place)


def cuts_of_a_start(flash: RamFlash) -> "Iterator[tuple[str, RamFlash]]":
    """Yield the flash after a power cut anywhere in a start of the case on it."""
    mount(flash)
    image = bytes(flash.image)
    operations: list[tuple[int, bytes]] = []
    flash.record = operations
    App(LOG, restarted(flash), events.POWER_ON, 0, lambda _: None).start()
    flash.record = None
    for number, cut in power_cuts(image, operations, 0):
        yield f"after operation {number}", cut
