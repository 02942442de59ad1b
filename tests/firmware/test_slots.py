"""Slots read as they lie on flash: what was answered comes back, and nothing else does."""

import zlib
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.firmware.logs import any_event, log_of, records_of
from tests.micropython.suite import vectors

from rollcore import blocks, events, slots
from rollcore.events import RECORD_SIZE, Event
from rollcore.slots import BLANK, CORRECTED, DAMAGED, SKIPPED, TORN, WHOLE, Slot, walk

LOG = [bytes.fromhex(row[-1]) for row in vectors.RECORDS]
"""The golden log: record `seq` is at `seq` - 1."""

CHAIN = vectors.FIRST_CHAIN
LAST_CRC = events.crc_of(LOG[-1])

BITS = st.integers(0, 8 * RECORD_SIZE - 1)


def flipped(raw: bytes, *bits: int) -> bytes:
    """Return the bytes with these bits flipped."""
    changed = bytearray(raw)
    for bit in bits:
        changed[bit >> 3] ^= 1 << (bit & 7)
    return bytes(changed)


def with_slot(seq: int, raw: bytes, log: list[bytes] | None = None) -> list[bytes]:
    """Return the golden log, or another, with other bytes in the slot of record `seq`."""
    changed = list(log or LOG)
    changed[seq - 1] = raw
    return changed


def read(log: list[bytes], known: int = 0, following: int | None = None) -> list[Slot]:
    """Return the slots of a log that begins with record 1."""
    return walk(b"".join(log), 1, CHAIN, known, following)[0]


def told(log: list[bytes], known: int = 0, following: int | None = None) -> dict[int, int]:
    """Return what each slot holds that is not a whole record, by its seq."""
    return {slot.seq: slot.what for slot in read(log, known, following) if slot.what != WHOLE}


def crc(seq: int) -> int:
    """Return the CRC of a record of the golden log."""
    return events.crc_of(LOG[seq - 1])


def chained(seq: int, chain: int) -> bytes:
    """Return another record `seq`, chained to `chain`."""
    return events.encode(Event(events.LID, {"what": events.LID_OPENED}, seq=seq), chain)


PAYLOAD = (40, 75, 130)
"""Three bits of a record that are neither in its seq nor in its CRC."""

CRC_BITS = (225, 240)
"""Two bits of a record's CRC."""


# A whole log.


def test_whole_log_is_read_as_it_is() -> None:
    found, chain = walk(b"".join(LOG), 1, CHAIN)
    assert [slot.raw for slot in found] == LOG
    assert [slot.seq for slot in found] == list(range(1, len(LOG) + 1))
    assert [slot.seed for slot in found] == [CHAIN, *map(events.crc_of, LOG[:-1])]
    assert all(slot.what == WHOLE and slot.is_record for slot in found)
    assert chain == LAST_CRC


def test_blank_slots_are_not_told_and_what_is_chained_across_them_counts() -> None:
    assert walk(BLANK * 5, 3, 7) == ([], 7)
    later = chained(20, crc(3))
    found, chain = walk(b"".join(LOG[:3]) + BLANK * 16 + later + BLANK, 1, CHAIN)
    assert [slot.seq for slot in found] == [1, 2, 3, 20]
    assert [slot.what for slot in found] == [WHOLE] * 4
    assert chain == events.crc_of(later)


def test_slots_from_the_middle_of_a_log_are_read_alike() -> None:
    found, _ = walk(b"".join(LOG[4:9]), 5, crc(4))
    assert [(slot.seq, slot.raw) for slot in found] == list(enumerate(LOG[4:9], 5))


def test_record_of_another_seq_than_its_slot_has_is_none() -> None:
    found, _ = walk(b"".join(LOG[4:9]), 6, crc(4))
    assert not any(slot.is_record for slot in found)


@given(log_of(1, 8), st.integers(0, 0xFFFFFFFF), st.data())
def test_one_flipped_bit_or_two_anywhere_give_back_the_same_records(
    log: list[Event], chain: int, data: st.DataObject
) -> None:
    raws = records_of(log, chain)
    bit = st.integers(0, 8 * RECORD_SIZE * len(raws) - 1)
    bits = data.draw(st.lists(bit, min_size=1, max_size=2, unique=True))
    found, end = walk(flipped(b"".join(raws), *bits), 1, chain)
    assert [slot.raw for slot in found] == raws
    hit = {bit // (8 * RECORD_SIZE) + 1 for bit in bits}
    assert {slot.seq for slot in found if slot.what == CORRECTED} == hit
    assert all(slot.what in (WHOLE, CORRECTED) for slot in found)
    assert end == events.crc_of(raws[-1])


@pytest.mark.parametrize("seq", [1, 11, len(LOG)])
def test_each_single_bit_of_a_record_is_put_right(seq: int) -> None:
    for bit in range(8 * RECORD_SIZE):
        found = read(with_slot(seq, flipped(LOG[seq - 1], bit)))
        assert [slot.raw for slot in found] == LOG, bit
        assert found[seq - 1].what == CORRECTED, bit


@given(st.lists(st.tuples(BITS, BITS), min_size=len(LOG), max_size=len(LOG)))
def test_two_flipped_bits_in_every_record_give_back_the_same_records(
    pairs: list[tuple[int, int]],
) -> None:
    found = read([flipped(raw, *pair) for raw, pair in zip(LOG, pairs, strict=True)])
    assert [slot.raw for slot in found] == LOG


@pytest.mark.parametrize("bits", [(0,), (7, 8), (100, 255)])
def test_blank_slot_that_lost_a_bit_or_two_is_skipped(bits: tuple[int, ...]) -> None:
    slot = flipped(BLANK, *bits)
    found = read([*LOG[:5], slot, chained(7, crc(5))])
    assert [(hole.seq, hole.what) for hole in found if not hole.is_record] == [(6, SKIPPED)]
    assert len(found) == 7
    assert told([*LOG, slot]) == {len(LOG) + 1: SKIPPED}


def test_blank_slot_that_lost_three_bits_is_no_skipped_one() -> None:
    assert told([*LOG, flipped(BLANK, 3, 4, 200)]) == {len(LOG) + 1: TORN}


# Damage.


def test_damaged_record_costs_no_other() -> None:
    for seq in range(1, len(LOG)):
        damaged = with_slot(seq, flipped(LOG[seq - 1], *PAYLOAD))
        assert told(damaged) == {seq: DAMAGED}, seq
        assert [slot.raw for slot in read(damaged)] == damaged, seq


def test_record_behind_one_whose_crc_is_damaged_counts() -> None:
    assert told(with_slot(4, flipped(LOG[3], 226, 231, 250))) == {4: DAMAGED}


def test_record_behind_one_that_is_damaged_in_both_counts_if_its_crc_lost_two_bits_at_most() -> (
    None
):
    """Also where it is the last one, which no other record is chained to."""
    for log in (LOG, LOG[:5]):
        damaged = with_slot(4, flipped(LOG[3], *PAYLOAD, *CRC_BITS), log)
        assert told(damaged) == {4: DAMAGED}
        assert read(damaged)[4].seed == crc(4)
        beyond = with_slot(4, flipped(LOG[3], *PAYLOAD, *CRC_BITS, 250), log)
        assert told(beyond, known=5) == {4: DAMAGED, 5: DAMAGED}


@given(st.integers(1, len(LOG) - 2), st.integers(0, 3), st.data())
def test_damaged_record_behind_a_damaged_one_is_never_taken_for_whole(
    seq: int, count: int, data: st.DataObject
) -> None:
    """A page that fails takes several records along."""
    past_seq = st.integers(32, 8 * RECORD_SIZE - 1)
    first = data.draw(st.lists(past_seq, min_size=3, max_size=9, unique=True))
    second = data.draw(st.lists(past_seq, min_size=3, max_size=3 + count, unique=True))
    log = with_slot(seq, flipped(LOG[seq - 1], *first))
    log = with_slot(seq + 1, flipped(LOG[seq], *second), log)
    for slot in read(log):
        assert not slot.is_record or slot.raw == LOG[slot.seq - 1]


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=7), st.booleans())
def test_other_bytes_are_never_records(noise: list[bytes], in_a_log: bool) -> None:
    log = [*(LOG[:3] if in_a_log else []), *noise, *(LOG[len(noise) + 3 :] if in_a_log else [])]
    assert all(slot.raw in LOG for slot in read(log) if slot.is_record)


def test_damaged_record_has_the_crc_that_it_is_chained_to() -> None:
    log = with_slot(6, flipped(LOG[5], *PAYLOAD))
    log = with_slot(7, flipped(LOG[6], *PAYLOAD), log)
    assert [read(log)[seq - 1].seed for seq in (6, 7, 8)] == [crc(5), crc(6), crc(7)]


def test_last_slot_that_does_not_fit_is_damaged_only_if_it_is_known_to_have_been_whole() -> None:
    last = len(LOG)
    log = with_slot(last, flipped(LOG[-1], *PAYLOAD))
    assert told(log) == told(log, known=last - 1) == {last: TORN}
    assert told(log, known=last) == {last: DAMAGED}


def test_next_block_tells_whether_the_last_slot_was_damaged() -> None:
    last = len(LOG)
    log = with_slot(last, flipped(LOG[-1], *PAYLOAD))
    assert told(log, following=LAST_CRC) == {last: DAMAGED}
    assert told(log, following=crc(last - 1)) == {last: TORN}


def test_record_is_chained_to_the_last_damaged_one_and_never_to_a_torn_one() -> None:
    for log, known, chain in (
        (LOG, 0, LAST_CRC),
        (with_slot(len(LOG), flipped(LOG[-1], *PAYLOAD)), len(LOG), LAST_CRC),
        (with_slot(len(LOG), flipped(LOG[-1], *PAYLOAD)), 0, crc(len(LOG) - 1)),
        ([*with_slot(len(LOG), flipped(LOG[-1], *PAYLOAD)), b"torn" * 8], len(LOG), LAST_CRC),
    ):
        assert walk(b"".join(log), 1, CHAIN, known)[1] == chain
        # What was told of a slot is told of it again, once the next record is there.
        seq = len(log) + 1
        assert told([*log, chained(seq, chain)]) == told(log, known)
    assert walk(b"".join(LOG), 1, CHAIN, following=99)[1] == 99


# A chain that is not known.


def test_first_record_of_unknown_chain_is_damaged_for_nothing_says_that_it_is_whole() -> None:
    for damage in ((), (99,)):
        found, chain = walk(flipped(LOG[3], *damage) + LOG[4] + LOG[5], 4, None)
        assert [slot.what for slot in found] == [DAMAGED, WHOLE, WHOLE]
        assert chain == crc(6)
    found, _ = walk(LOG[3] + flipped(LOG[4], 99) + LOG[5], 4, None)
    assert [slot.what for slot in found] == [DAMAGED, CORRECTED, WHOLE]
    assert found[1].raw == LOG[4]


def test_only_record_of_unknown_chain_is_damaged() -> None:
    for known, following in ((0, None), (4, None), (0, crc(4))):
        (slot,), chain = walk(LOG[3], 4, None, known, following)
        assert (slot.what, slot.seed, chain) == (DAMAGED, 0, crc(4))


def test_record_of_unknown_chain_and_another_seq_does_not_count() -> None:
    found, _ = walk(b"".join(LOG[3:6]), 5, None)
    assert not any(slot.is_record for slot in found)


def test_nothing_of_unknown_chain_stays_unknown() -> None:
    assert walk(BLANK * 3, 4, None) == ([], None)
    assert walk(b"", 4, None) == ([], None)


# Writes that were cut.


class Cut(NamedTuple):
    """A write that was cut: which bits of the record had not been programmed."""

    event: Event
    left: int


def torn(record: bytes, left: int) -> bytes:
    """Return a slot in which the bits of `left` had not been programmed yet."""
    return bytes(byte | left >> 8 * place & 0xFF for place, byte in enumerate(record))


ALL = (1 << 8 * RECORD_SIZE) - 1
LEFT = st.one_of(
    # From some bit on, or some of them, or all but a few.
    st.integers(0, 8 * RECORD_SIZE).map(lambda bit: ALL >> bit << bit),
    st.integers(0, ALL),
    st.lists(BITS, min_size=1, max_size=4).map(lambda bits: sum(1 << bit for bit in set(bits))),
    st.lists(BITS, max_size=4).map(lambda bits: ALL ^ sum(1 << bit for bit in set(bits))),
)


@given(st.lists(st.one_of(any_event(), st.builds(Cut, any_event(), LEFT)), max_size=12))
def test_cut_write_loses_no_answered_record_and_no_number_is_given_twice(
    writes: list[Event | Cut],
) -> None:
    """The case reads its log after each cut, and goes on behind the last slot that is not blank."""
    flash: list[bytes] = []
    expected: dict[int, bytes] = {}
    chain: int | None = CHAIN
    known = 0
    for write in writes:
        event = write.event if isinstance(write, Cut) else write
        event.seq = len(flash) + 1
        assert chain is not None
        record = events.encode(event, chain)
        if isinstance(write, Cut):
            flash.append(torn(record, write.left))
            found, chain = walk(b"".join(flash), 1, CHAIN, known)
            last = found[-1] if found else None
            if last and last.seq == event.seq and last.is_record:
                # So little was missing that it is known: it counts, and for ever.
                assert last.raw == record
                expected[event.seq] = record
            while flash and flash[-1] == BLANK:
                flash.pop()  # its number has never been seen
        else:
            flash.append(record)
            expected[event.seq] = record
            chain = events.crc_of(record)
            known = event.seq
    for now_known in (0, known):
        found, _ = walk(b"".join(flash), 1, CHAIN, now_known)
        assert {slot.seq: slot.raw for slot in found if slot.is_record} == expected
        assert not [slot for slot in found if slot.what == DAMAGED]
        assert [slot.seq for slot in found] == list(range(1, len(flash) + 1))


def test_cut_write_before_a_flipped_record_is_not_mended_into_one_of_the_log() -> None:
    """Two bits were missing; the next record is chained across it, and has lost a bit itself."""
    cut = flipped(LOG[3], 0, 225)
    after = chained(5, crc(3))
    for following in (after, flipped(after, 77)):
        found = read([*LOG[:3], cut, following])
        assert [slot.what for slot in found[3:]] in ([TORN, WHOLE], [TORN, CORRECTED])
        assert found[4].raw == after


def test_many_cut_writes_in_a_row_leave_the_log_as_it_was() -> None:
    """A plug that bounces: each start writes its record, and none gets through."""
    cuts = [zlib.compress(bytes([number]) * 99).ljust(32, b"\xaa")[:32] for number in range(40)]
    seq = len(LOG) + len(cuts) + 1
    log = [*LOG, *cuts, chained(seq, LAST_CRC)]
    assert set(told(log).values()) == {TORN}
    assert len(told(log)) == len(cuts)
    assert {slot.seed for slot in read(log)[len(LOG) :]} == {LAST_CRC}
    assert read(log)[-1].is_record


def test_slot_shows_what_it_is_in_a_failure() -> None:
    assert repr(slots.Slot(7, TORN, b"raw", 255)) == "Slot(7, 3, b'raw', 0xff)"


@pytest.mark.parametrize("raw", [bytes(RECORD_SIZE), b"\x5a" * RECORD_SIZE], ids=["zeros", "bytes"])
def test_block_that_holds_no_record_is_read_with_few_looks_for_flipped_bits(
    raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def look(record: bytes, seed: int) -> bytes | None:
        looks.append(seed)
        return corrected(record, seed)

    corrected = blocks.corrected
    monkeypatch.setattr(blocks, "corrected", look)
    found, _ = walk(raw * blocks.SLOTS, 1, CHAIN)
    assert [slot.seq for slot in found] == list(range(1, blocks.SLOTS + 1))
    assert 0 < len(looks) < 200


def test_record_behind_many_that_do_not_fit_counts_and_bits_are_flipped_back_again() -> None:
    noise = [bytes([number]) * RECORD_SIZE for number in range(1, 10)]
    log = [*noise, *records_of([Event(events.LID, {"what": events.LID_OPENED}, seq=seq)
           for seq in range(10, 13)], events.crc_of(noise[-1]))]  # fmt: skip
    log[-2] = flipped(log[-2], 75)
    found, _ = walk(b"".join(log), 1, CHAIN)
    assert [slot.what for slot in found[-3:]] == [WHOLE, CORRECTED, WHOLE]
