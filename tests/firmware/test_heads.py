"""The index of the log by its marks: the same with flipped bits, copies and other things beside."""

from itertools import combinations

import pytest
from boards.virtual.flash import BLOCK_SIZE
from hypothesis import given
from hypothesis import strategies as st
from tests.firmware.memory_flash import MemoryFiles, MemoryFlash

from rollcase.heads import SURE, Heads, make, read_mark, read_opening
from rollcase.raw_flash import RawFlash
from rollcore import blocks
from rollcore.blocks import (
    CHECKPOINT,
    LOG,
    MARK_AT,
    MARK_SIZE,
    OPENING_AT,
    OPENING_SIZE,
    Mark,
    Opening,
)

LOG_ID = bytes(range(1, 9))
OTHER_ID = bytes(range(11, 19))

FEW, MANY = 3, SURE + 4
"""How many blocks a log has: with few, each mark is looked at closely, with many only odd ones."""

START = 5
"""The flash block of a log's first block in these tests."""

Index = list[tuple[int, bytes, dict[int, int]]]


def mark_of(number: int, generation: int = 1, log_id: bytes = LOG_ID, what: int = LOG) -> bytes:
    return blocks.pack_mark(Mark(what, generation, log_id, number, bytes([number, 7] * 4)))


def flash_with(count: int, first: int = 0) -> MemoryFlash:
    """Return a flash with the marks of this many blocks of a log, from number `first` on."""
    flash = MemoryFlash(32)
    for place in range(count):
        flash.replace(START + place, MARK_AT, mark_of(first + place))
    return flash


def index_of(flash: MemoryFlash) -> Index:
    """Return what the marks say: generation, id and blocks of each log, the newest first."""
    heads = Heads(RawFlash(flash))
    return [(log.generation, log.log_id, log.blocks) for log in heads.logs()]


def expected(count: int, first: int = 0) -> Index:
    return [(1, LOG_ID, {first + place: START + place for place in range(count)})]


@pytest.mark.parametrize("count", [FEW, MANY])
def test_marks_are_the_index(count: int) -> None:
    heads = Heads(RawFlash(flash_with(count)))
    assert index_of(flash_with(count)) == expected(count)
    assert (heads.corrected, heads.foreign, heads.checkpoints) == (0, False, [])


def test_blank_flash_has_no_log() -> None:
    heads = Heads(RawFlash(MemoryFlash()))
    assert (heads.logs(), heads.checkpoints, heads.foreign, heads.corrected) == ([], [], False, 0)


# Flipped bits


NONCE_AT = 20


@pytest.mark.parametrize("count", [FEW, MANY])
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_flipped_bit_in_a_mark_leaves_the_index_as_it_is(count: int, place: str) -> None:
    """Bits that change the index are put right and counted; a nonce's may be left alone."""
    which = START + {"first": 0, "middle": count // 2, "last": count - 1}[place]
    for bit in range(8 * MARK_SIZE):
        flash = flash_with(count)
        flash.flip(which, MARK_AT + bit // 8, bit % 8)
        heads = Heads(RawFlash(flash))
        assert index_of(flash) == expected(count), bit
        assert heads.corrected <= 1
        if bit < 8 * NONCE_AT:
            assert heads.corrected == 1, bit


@pytest.mark.parametrize("count", [FEW, MANY])
def test_two_flipped_bits_in_a_mark_leave_the_index_as_it_is(count: int) -> None:
    """All pairs of the bytes that the index is made of, one pair of bits each."""
    for number, (one, other) in enumerate(combinations(range(MARK_SIZE), 2)):
        flash = flash_with(count)
        which = START + number % count
        flash.flip(which, MARK_AT + one, number % 8)
        flash.flip(which, MARK_AT + other, number // 8 % 8)
        assert index_of(flash) == expected(count), (which, one, other)


@given(st.integers(FEW, MANY), st.data())
def test_flipped_bit_in_each_mark_leaves_the_index_as_it_is(
    count: int, data: st.DataObject
) -> None:
    flash = flash_with(count)
    for place in range(count):
        bit = data.draw(st.integers(0, 8 * MARK_SIZE - 1))
        flash.flip(START + place, MARK_AT + bit // 8, bit % 8)
    assert index_of(flash) == expected(count)


def test_mark_with_three_flipped_bits_is_none() -> None:
    flash = flash_with(FEW)
    for bit in range(3):
        flash.flip(START + 1, MARK_AT, bit)
    assert index_of(flash) == [(1, LOG_ID, {0: START, 2: START + 2})]


# What else is on a flash


@pytest.mark.parametrize("count", [FEW, MANY])
def test_log_that_was_pruned_begins_with_a_later_number(count: int) -> None:
    assert index_of(flash_with(count, 40)) == expected(count, 40)


@pytest.mark.parametrize("count", [FEW, MANY])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_copied_block_is_a_second_candidate_of_its_number(count: int, number: int) -> None:
    flash = flash_with(count)
    flash.image[20 * BLOCK_SIZE : 21 * BLOCK_SIZE] = flash.read(START + number, 0, BLOCK_SIZE)
    (log,) = Heads(RawFlash(flash)).logs()
    assert sorted(log.candidates(number)) == [START + number, 20]
    assert sorted(log.blocks) == list(range(count))


@pytest.mark.parametrize("count", [FEW, MANY])
def test_later_generation_comes_first(count: int) -> None:
    flash = flash_with(count)
    flash.replace(25, MARK_AT, mark_of(0, 2, OTHER_ID))
    assert index_of(flash) == [(2, OTHER_ID, {0: 25}), *expected(count)]


def test_blocks_of_checkpoints_are_found_by_their_marks() -> None:
    flash = flash_with(MANY)
    for place in (0, 1):
        flash.replace(24 + place, MARK_AT, mark_of(place, what=CHECKPOINT))
        flash.flip(24 + place, MARK_AT + 5, place)  # what it is of
    heads = Heads(RawFlash(flash))
    assert [(mark.what, mark.number, block) for mark, block in heads.checkpoints] == [
        (CHECKPOINT, 0, 24),
        (CHECKPOINT, 1, 25),
    ]
    assert heads.corrected == 2
    assert index_of(flash) == expected(MANY)


@pytest.mark.parametrize("what", [LOG, CHECKPOINT])
def test_mark_of_another_format_is_seen_and_is_no_log(what: int) -> None:
    flash = MemoryFlash()
    raw = bytearray(mark_of(0, what=what))
    raw[4] += 1
    flash.replace(9, MARK_AT, blocks.sealed(bytes(raw[:-4]), 0))
    heads = Heads(RawFlash(flash))
    assert (heads.logs(), heads.foreign) == ([], True)


@given(st.lists(st.binary(min_size=MARK_SIZE, max_size=MARK_SIZE), max_size=8))
def test_blocks_of_other_files_are_none_of_the_log(others: list[bytes]) -> None:
    flash = flash_with(FEW)
    for place, raw in enumerate(others):
        flash.replace(20 + place, MARK_AT, raw)
    heads = Heads(RawFlash(flash))
    assert index_of(flash) == expected(FEW)
    assert not heads.foreign


# Openings


def opened(block: int = START, named: int = START, first: int = 1) -> MemoryFlash:
    """Return a flash with an opening in a block that names a block and a first record."""
    flash = flash_with(FEW)
    raw = blocks.pack_opening(Opening(named, first, 5, bytes(200)), mark_of(block - START))
    flash.replace(block, OPENING_AT, raw)
    return flash


def test_opening_is_read_with_its_block_and_place() -> None:
    opening, is_mended = read_opening(RawFlash(opened()), START, 0)
    assert opening == Opening(START, 1, 5, bytes(200))
    assert not is_mended


def test_opening_of_another_block_or_place_is_none() -> None:
    for flash in (opened(named=START + 1), opened(first=2), opened(first=118)):
        assert read_opening(RawFlash(flash), START, 0) == (None, False)


def test_blank_opening_is_none() -> None:
    assert read_opening(RawFlash(flash_with(FEW)), START, 0) == (None, False)


def test_opening_with_a_flipped_bit_is_put_right() -> None:
    whole, _ = read_opening(RawFlash(opened()), START, 0)
    for bit in range(8 * OPENING_SIZE):
        flash = opened()
        flash.flip(START, OPENING_AT + bit // 8, bit % 8)
        assert read_opening(RawFlash(flash), START, 0) == (whole, True), bit


def test_opening_is_read_though_the_mark_has_a_flipped_bit() -> None:
    """Its CRC is seeded with that of the mark."""
    whole, _ = read_opening(RawFlash(opened()), START, 0)
    for bit in range(8 * MARK_SIZE):
        flash = opened()
        flash.flip(START, MARK_AT + bit // 8, bit % 8)
        assert read_mark(RawFlash(flash), START) == mark_of(0)
        assert read_opening(RawFlash(flash), START, 0) == (whole, False), bit


def test_made_file_is_found_by_its_mark() -> None:
    flash = MemoryFlash()
    files = MemoryFiles(flash)
    for number in range(4):
        name = f"1-000/{number:05d}"
        block = make(RawFlash(flash), files, name, mark_of(number))
        assert block == files.block_of(name)
