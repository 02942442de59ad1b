"""Segments with a damaged header: mended if their records continue the chain, else set aside."""

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
from tests.micropython.suite.ram_flash import GONE, LOG, RamFlash, mount, new_flash, power_cuts
from tests.micropython.suite.stories import day

from rollcase.app import App
from rollcase.journal import SEGMENT_RECORDS, Journal, JournalError
from rollcore import events, policy, snapshot, state
from rollcore.memory import NEVER, USE_END
from rollcore.rest import rested_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEAD = 256
ID = range(16, 24)
"""Offset of the log's id in a header."""

SECOND = 1 + SEGMENT_RECORDS
THIRD = SECOND + SEGMENT_RECORDS

SOME_PLACES = [0, 3, 4, 5, 8, 12, 15, 24, 40, 91, 150, 251, 252, 255]


def damaged(raw: bytes, place: int) -> bytes:
    """Return the bytes with one bit flipped."""
    changed = bytearray(raw)
    changed[place] ^= 0x01
    return bytes(changed)


def damage(first: int, place: int = 0) -> bytes:
    """Flip a bit in the header of a segment; return the bytes on flash now."""
    raw = damaged(load(segment(first)), place)
    save(segment(first), raw)
    return raw


def ruin(first: int) -> bytes:
    """Overwrite a whole segment; return the bytes on flash now."""
    raw = b"\xa5" * len(load(segment(first)))
    save(segment(first), raw)
    return raw


def restarted(flash: RamFlash) -> Journal:
    """Return the journal of the next start; a log that it makes has another id."""
    mount(flash)
    journal = Journal(LOG, lambda: b"another.")
    GONE.append(journal)
    return journal


def cuts(flash: RamFlash, appends: int) -> "Iterator[tuple[str, RamFlash]]":
    """Yield the flash after a power cut anywhere in a start on it and so many appends."""
    mount(flash)
    image = bytes(flash.image)
    operations: list[tuple[int, bytes]] = []
    flash.record = operations
    write(restarted(flash), appends)
    flash.record = None
    true(operations, "nothing was done")
    for quarters in range(4):
        for number, cut in power_cuts(image, operations, quarters):
            yield f"after operation {number} and {quarters} quarters", cut


def stays_sound(flash: RamFlash, records: "list[bytes]", where: object) -> None:
    """Start, append and start again: all records are there, and the chain goes on."""
    journal = restarted(flash)
    equal((journal.unusable, journal.torn, journal.log_id), ("", 0, LOG_ID), where)
    equal((journal.first, journal.next), (1, len(records) + 1), where)
    equal(snapshot.pack(journal.state), snapshot.pack(folded(records)), where)
    equal(read_all(journal), records, where)
    whole = records + write(journal, 2)
    journal = restarted(flash)
    equal((journal.torn, read_all(journal)), (0, whole), where)
    equal(snapshot.pack(journal.state), snapshot.pack(folded(whole)), where)
    true(chained(whole, events.first_chain(LOG_ID)), where)


# Mended


def test_damaged_header_costs_nothing_if_the_segments_before_are_whole() -> None:
    for place in list(range(92)) + [150, 251, 252, 255]:
        flash = new_flash()
        records = write(open_journal(), 2 * SEGMENT_RECORDS + 9)
        whole = load(segment(THIRD))
        bad = damage(THIRD, place)
        restarted(flash)
        equal(load(segment(THIRD)), whole, place)
        equal(load(segment(THIRD) + ".bad"), bad, place)
        stays_sound(flash, records, place)


def test_damaged_first_header_costs_nothing_if_its_log_id_is_whole() -> None:
    for place in list(range(92)) + [150, 251, 252, 255]:
        if place in ID:
            continue
        for count in (1, 9, SEGMENT_RECORDS):
            flash = new_flash()
            records = write(open_journal(), count)
            whole = load(segment(1))
            bad = damage(1, place)
            restarted(flash)
            equal(load(segment(1)), whole, place)
            equal(load(segment(1) + ".bad"), bad, place)
            stays_sound(flash, records, place)


def test_erased_header_costs_nothing() -> None:
    for filler in (b"\x00", b"\xff"):
        flash = new_flash()
        records = write(open_journal(), SEGMENT_RECORDS + 9)
        save(segment(SECOND), filler * HEAD + load(segment(SECOND))[HEAD:])
        stays_sound(flash, records, filler)


def test_segment_with_one_record_or_all_of_them_is_mended() -> None:
    for count in (SEGMENT_RECORDS + 1, 2 * SEGMENT_RECORDS):
        flash = new_flash()
        records = write(open_journal(), count)
        damage(SECOND)
        stays_sound(flash, records, count)


def test_damaged_headers_in_a_row_cost_nothing() -> None:
    for heads in ((SECOND, THIRD), (1, SECOND, THIRD)):
        flash = new_flash()
        records = write(open_journal(), 2 * SEGMENT_RECORDS + 9)
        bad = [damage(first, 30) for first in heads]
        restarted(flash)
        equal([load(segment(first) + ".bad") for first in heads], bad)
        stays_sound(flash, records, heads)


def test_damaged_header_after_pruned_segments_costs_nothing() -> None:
    """The first segments are gone from a flash that was full."""
    flash = new_flash(24)
    journal = open_journal()
    records: list[bytes] = []
    while journal.first < 1 + 2 * SEGMENT_RECORDS or journal.next % SEGMENT_RECORDS != 9:
        records += write(journal, 1)
        journal.ack(journal.next - 1)
    first = journal.first
    damage(journal.next - 8)
    journal = restarted(flash)
    equal((journal.unusable, journal.torn, journal.first), ("", 0, first))
    equal(read_all(journal), records[first - 1 :])
    equal(snapshot.pack(journal.state), snapshot.pack(folded(records)))


def test_mended_log_is_acknowledged_as_far_as_before() -> None:
    for first in (1, SECOND):
        flash = new_flash()
        journal = open_journal()
        write(journal, first + 8)
        journal.ack(first + 4)
        damage(first)
        equal(restarted(flash).acked, first + 4)


def test_mended_segment_has_its_other_damage_counted_once() -> None:
    for place in (0, 3, 8):
        flash = new_flash()
        records = write(open_journal(), SEGMENT_RECORDS + 9)
        damage(SECOND)
        damage(SECOND, HEAD + place * 32 + 20)
        lost = SEGMENT_RECORDS + place
        left = records[:lost] + records[lost + 1 :]
        for _ in range(2):  # nothing was appended: the start still has to be told of it
            journal = restarted(flash)
            equal((journal.torn, journal.next), (32, len(records) + 1), place)
            now = folded(left)
            now.seq = len(records)
            equal(snapshot.pack(journal.state), snapshot.pack(now), place)
        fresh = write(journal, 2)
        journal = restarted(flash)
        equal((journal.torn, journal.next), (0, len(records) + 3), place)
        equal(snapshot.pack(journal.state), snapshot.pack(folded(left + fresh)), place)
        equal([events.seq_of(raw) for raw in fresh], [len(records) + 1, len(records) + 2])


def test_power_cut_in_a_start_that_mends_loses_nothing() -> None:
    for heads, count in (((1,), 9), ((THIRD,), THIRD + 8), ((SECOND, THIRD), THIRD + 8)):
        flash = new_flash()
        records = write(open_journal(), count)
        bad = [damage(first, 33) for first in heads]
        for where, cut in cuts(flash, 0):
            restarted(cut)
            equal([load(segment(first) + ".bad") for first in heads], bad, where)
            stays_sound(cut, records, where)


def test_second_power_cut_in_the_next_start_loses_nothing() -> None:
    flash = new_flash()
    records = write(open_journal(), SEGMENT_RECORDS + 3)
    bad = damage(SECOND)
    for where, cut in cuts(flash, 0):
        mount(cut)
        image = bytes(cut.image)
        operations: list[tuple[int, bytes]] = []
        cut.record = operations
        restarted(cut)
        for number, again in power_cuts(image, operations, 2):
            stays_sound(again, records, f"{where}, and again after {number}")
            equal(load(segment(SECOND) + ".bad"), bad, where)


def test_flash_that_fails_in_a_start_that_mends_loses_nothing() -> None:
    flash = new_flash()
    records = write(open_journal(), SEGMENT_RECORDS + 3)
    damage(SECOND)
    image = bytes(flash.image)
    for number in range(12):
        flash = RamFlash(64, image)
        mount(flash)
        flash.fails_in, flash.fails_for = number, 1
        restarted(flash)
        flash.fails_for = 0
        stays_sound(flash, records, number)


# Not to be mended


def unmendable() -> "Iterator[tuple[str, RamFlash, list[bytes], int, bytes]]":
    """Yield logs whose newest segment is lost.

    With each its name, the records before the loss, and of the lost segment number and bytes.
    """
    flash = new_flash()
    records = write(open_journal(), SEGMENT_RECORDS + 9)
    yield "nothing left of it", flash, records[:SEGMENT_RECORDS], SECOND, ruin(SECOND)

    flash = new_flash()
    records = write(open_journal(), SEGMENT_RECORDS + 9)
    raw = b"\x00" * 40
    save(segment(SECOND), raw)
    yield "not even a head", flash, records[:SEGMENT_RECORDS], SECOND, raw

    flash = new_flash()
    records = write(open_journal(), 2 * SEGMENT_RECORDS + 9)
    raw = damage(THIRD)
    os.remove(segment(SECOND))
    yield "the one before it is gone", flash, records[:SEGMENT_RECORDS], THIRD, raw


def test_segment_that_cannot_be_mended_counts_as_torn() -> None:
    for name, flash, records, _, raw in unmendable():
        journal = restarted(flash)
        equal((journal.torn, journal.log_id), (len(raw), LOG_ID), name)
        equal(snapshot.pack(journal.state)[5:], snapshot.pack(folded(records))[5:], name)
        equal(read_all(journal), records, name)


def test_numbers_of_a_lost_segment_are_not_given_again() -> None:
    for name, flash, records, first, raw in unmendable():
        for _ in range(3):  # the power is cut before anything was appended
            journal = restarted(flash)
            equal((journal.next, journal.torn), (first + SEGMENT_RECORDS, len(raw)), name)
        fresh = write(journal, 2)
        equal(events.seq_of(fresh[0]), first + SEGMENT_RECORDS, name)
        journal = restarted(flash)
        equal((journal.torn, read_all(journal)), (0, records + fresh), name)
        true(chained(records + fresh, events.first_chain(LOG_ID)), name)


def test_lost_segment_is_set_aside_once_there_is_a_newer_one() -> None:
    for name, flash, _, first, raw in unmendable():
        journal = restarted(flash)
        equal(load(segment(first)), raw, name)
        write(journal, 1)
        equal(load(segment(first) + ".bad"), raw, name)
        true(segment(first)[len(LOG) + 1 :] not in os.listdir(LOG), os.listdir(LOG))


def test_two_lost_segments_are_both_counted_and_both_set_aside() -> None:
    flash = new_flash()
    records = write(open_journal(), 2 * SEGMENT_RECORDS + 9)
    raws = [ruin(SECOND), ruin(THIRD)]
    journal = restarted(flash)
    equal(journal.torn, len(raws[0]) + len(raws[1]))
    equal(journal.next, THIRD + SEGMENT_RECORDS)
    fresh = write(journal, 1)
    equal([load(segment(first) + ".bad") for first in (SECOND, THIRD)], raws)
    journal = restarted(flash)
    equal((journal.torn, read_all(journal)), (0, records[:SEGMENT_RECORDS] + fresh))


def test_power_cut_before_a_loss_is_recorded_does_not_hide_it() -> None:
    """Each start counts the loss again until a record of it is on flash."""
    for name, flash, records, first, raw in unmendable():
        for where, cut in cuts(flash, 1):
            journal = restarted(cut)
            found = read_all(journal)
            told = len(found) > len(records)
            equal(journal.torn, 0 if told else len(raw), f"{name}, {where}")
            equal(found[: len(records)], records, f"{name}, {where}")
            equal(journal.next, first + SEGMENT_RECORDS + told, f"{name}, {where}")
            kept = load(segment(first)) if not told else b""
            true(raw in (kept, read_if_there(segment(first)), bad(first)), f"{name}, {where}")
            fresh = write(journal, 1)
            journal = restarted(cut)
            equal((journal.torn, read_all(journal)), (0, found + fresh), f"{name}, {where}")


def read_if_there(path: str) -> bytes:
    """Return the bytes of a file; none if there is no such file."""
    try:
        return load(path)
    except OSError:
        return b""


def bad(first: int) -> bytes:
    """Return the bytes of a segment's .bad file."""
    return read_if_there(segment(first) + ".bad")


# No whole header and no chain


def hopeless() -> "Iterator[tuple[str, RamFlash, dict[int, bytes]]]":
    """Yield logs without a whole header, whose records continue no known chain: name, segments."""
    flash = new_flash()
    write(open_journal(), 5)
    yield "the only one", flash, {1: ruin(1)}

    flash = new_flash()
    write(open_journal(), 5)
    save(segment(1), b"\x00" * HEAD)
    yield "an empty head", flash, {1: b"\x00" * HEAD}

    flash = new_flash()
    write(open_journal(), SEGMENT_RECORDS + 5)
    yield "both of two", flash, {1: ruin(1), SECOND: ruin(SECOND)}

    flash = new_flash()
    write(open_journal(), SEGMENT_RECORDS + 5)
    os.remove(segment(1))
    yield "the first was fetched and is gone", flash, {SECOND: damage(SECOND)}


def test_log_without_a_whole_header_becomes_a_new_log() -> None:
    for name, flash, segments in hopeless():
        for _ in range(2):
            journal = restarted(flash)
            equal((journal.log_id, journal.next), (b"another.", 1), name)
            equal(journal.torn, sum([len(raw) for raw in segments.values()]), name)
        records = write(journal, SEGMENT_RECORDS + 2)
        equal(read_all(journal), records, name)
        again = restarted(flash)
        equal((again.log_id, again.torn, read_all(again)), (b"another.", 0, records), name)
        true(chained(records, events.first_chain(b"another.")), name)


def test_remains_of_a_lost_log_are_set_aside_once_there_is_a_new_one() -> None:
    for name, flash, segments in hopeless():
        write(restarted(flash), 1)
        for first, raw in segments.items():
            equal(bad(first), raw, f"{name}, segment {first}")


def test_power_cut_in_the_making_of_a_new_log_hides_no_loss() -> None:
    for name, flash, segments in hopeless():
        for where, cut in cuts(flash, 1):
            journal = restarted(cut)
            found = read_all(journal)
            equal(journal.log_id, b"another.", f"{name}, {where}")
            true(found or journal.torn >= 32, f"{name}, {where}: nothing is told of the loss")
            for first, raw in segments.items():
                true(raw in (read_if_there(segment(first)), bad(first)), f"{name}, {where}")


def test_flash_that_fails_in_the_making_of_a_new_log_costs_one_append() -> None:
    for number in range(12):
        flash = new_flash()
        write(open_journal(), 5)
        raw = ruin(1)
        journal = restarted(flash)
        flash.fails_in, flash.fails_for = number, 1
        records: list[bytes] = []
        for _ in range(3):
            try:
                records += write(journal, 1)
            except JournalError:
                equal(journal.next, len(records) + 1, number)
        flash.fails_for = 0
        true(len(records) >= 2, len(records))
        records += write(journal, 1)
        equal(bad(1), raw, number)
        journal = restarted(flash)
        equal((journal.log_id, journal.torn, read_all(journal)), (b"another.", 0, records), number)


def test_damaged_log_id_in_the_first_header_costs_a_rest_and_no_more() -> None:
    """No record continues the chain of that id; each start counts the loss until it is logged."""
    for place in ID:
        flash = new_flash()
        write(open_journal(), 9)
        bad_bytes = damage(1, place)
        for _ in range(2):
            journal = restarted(flash)
            true(journal.torn >= 32, f"{journal.torn} after damage at {place}")
        true(journal.log_id != LOG_ID, journal.log_id)
        write(journal, 1)
        equal(bad(1), bad_bytes, place)
        equal(restarted(flash).torn, 0, place)


def test_damaged_log_of_another_version_is_not_touched() -> None:
    """The format of the segment, the size of the state in it, the format of that state."""
    for place in (4, 5, 24):
        flash = new_flash()
        records = write(open_journal(), SEGMENT_RECORDS + 9)
        whole = load(segment(1))
        foreign = bytearray(whole)
        foreign[place] += 1
        struct.pack_into("<I", foreign, 252, crc32(foreign[:252]))
        save(segment(1), bytes(foreign))
        mended = load(segment(SECOND))
        damage(SECOND)
        mount(flash)
        done = flash.operations
        journal = restarted(flash)
        true("cannot be read" in journal.unusable, journal.unusable)
        equal(journal.trouble(), journal.unusable)
        raises(JournalError, write, journal, 1)
        raises(JournalError, journal.read, 1, 1)
        equal(flash.operations, done, place)
        save(segment(1), whole)
        stays_sound(flash, records, place)
        equal(load(segment(SECOND))[:HEAD], mended[:HEAD], place)


# The case on such a log


def test_rest_survives_any_damaged_header_and_power_cut() -> None:
    """With damage at any byte of the header, and a power cut anywhere in the next start."""
    for first in (1, SECOND):
        for spoil in [ruin] + [at(place) for place in SOME_PLACES + [16, 23]]:
            flash = new_flash()
            journal = open_journal()
            journal.append(
                events.Event(
                    events.BOOT,
                    {"cause": events.POWER_ON, "torn": 0, "corrected": 0, "lost": 0, "skipped": 0},
                    boot=1,
                )
            )
            while journal.next <= first + 14:
                journal.append(day(journal.next - 2))  # the second use is in the newest segment
            used, now = journal.state.at[USE_END], journal.state.time
            true(used != NEVER, "no use to rest from")
            spoil(first)
            for where, cut in cuts_of_a_start(flash):
                app = App(LOG, restarted(cut), events.POWER_ON, 0, lambda _: None)
                app.start()
                equal(app.fault, "", where)
                # A new log has a new clock: what counts is how much rest is left.
                left = rested_at(app.journal.state, app.policy, 0) - app.clock.time
                true(left >= used + policy.for_needle(500).rest_s - now, f"segment {first} {where}")
                true(app.standing.phase in (state.RESTING, state.CLEAN_ME, state.DRYING), where)


def at(place: int) -> "Callable[[int], bytes]":
    """Return a function that flips a bit at that place of a segment's header."""
    return lambda first: damage(first, place)


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
