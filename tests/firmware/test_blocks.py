"""The blocks of the log: each layout is its golden bytes, and one flipped bit is put right."""

import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.micropython.suite import vectors

from rollcore import blocks, events
from rollcore.blocks import Done, Mark, Opening, Page

MARK = bytes.fromhex(vectors.MARK)
OPENING = bytes.fromhex(vectors.OPENING)
DONE = bytes.fromhex(vectors.DONE)
PAGE = bytes.fromhex(vectors.PAGE)
RECORD = bytes.fromhex(vectors.RECORDS[1][-1])

SEEDS = {
    "mark": (MARK, 0),
    "opening": (OPENING, blocks.crc_of(MARK)),
    "done": (DONE, blocks.crc_of(MARK)),
    "page": (PAGE, zlib.crc32(vectors.LOG_ID)),
    "record": (RECORD, events.crc_of(bytes.fromhex(vectors.RECORDS[0][-1]))),
}
"""Everything that ends with a CRC, and what this is seeded with."""


def flipped(raw: bytes, *bits: int) -> bytes:
    """Return the bytes with these bits flipped."""
    found = bytearray(raw)
    for bit in bits:
        found[bit >> 3] ^= 1 << (bit & 7)
    return bytes(found)


def test_mark_is_its_golden_bytes() -> None:
    mark = Mark(blocks.LOG, 0x0102, vectors.LOG_ID, 0x03040506, vectors.NONCE)
    assert blocks.pack_mark(mark) == MARK
    assert blocks.unpack_mark(MARK) == mark


def test_opening_is_its_golden_bytes() -> None:
    opening = Opening(0x0708, 0x090A0B0C, 0x0D0E0F10, vectors.BLOCK_STATE, vectors.FOLLOWS)
    assert blocks.pack_opening(opening, MARK) == OPENING
    assert blocks.unpack_opening(OPENING, MARK) == opening


def test_done_is_its_golden_bytes() -> None:
    done = Done(0x0708, 0x191A1B1C)
    assert blocks.pack_done(done, MARK) == DONE
    assert blocks.unpack_done(DONE, MARK) == done


def test_page_is_its_golden_bytes() -> None:
    page = Page(
        0x1D1E, 0x1F202122, 0x23242526, 0x2728292A, 0x2B2C2D2E, 0x2F303132, vectors.BLOCK_STATE
    )
    assert blocks.pack_page(page, vectors.LOG_ID) == PAGE
    assert blocks.unpack_page(PAGE, vectors.LOG_ID) == page


def test_parts_of_a_block_fill_it_without_overlap() -> None:
    assert blocks.MARK_AT + len(MARK) == blocks.OPENING_AT
    assert blocks.OPENING_AT + len(OPENING) == blocks.SLOTS_AT == blocks.slot_at(0)
    assert blocks.slot_at(blocks.SLOTS) == blocks.DONE_AT
    assert blocks.DONE_AT + len(DONE) == blocks.BLOCK_SIZE == blocks.PAGES * len(PAGE)
    sizes = (blocks.MARK_SIZE, blocks.OPENING_SIZE, blocks.DONE_SIZE, blocks.PAGE_SIZE)
    assert sizes == (32, 224, 32, 256)
    assert blocks.slot_at(1) - blocks.slot_at(0) == events.RECORD_SIZE


OTHER_MARK = blocks.pack_mark(Mark(blocks.LOG, 1, vectors.LOG_ID, 0, vectors.NONCE))


@pytest.mark.parametrize(
    "unpack",
    [
        lambda raw: blocks.unpack_mark(raw),
        lambda raw: blocks.unpack_opening(raw, MARK),
        lambda raw: blocks.unpack_done(raw, MARK),
        lambda raw: blocks.unpack_page(raw, vectors.LOG_ID),
    ],
    ids=["mark", "opening", "done", "page"],
)
@given(raw=st.binary(max_size=300))
def test_any_other_bytes_are_none(unpack: Callable[[bytes], object], raw: bytes) -> None:
    assert unpack(raw) is None
    for size in (0, 4, 31, 32, 33, 224, 256):
        assert unpack(b"\xff" * size) is None
        assert unpack(bytes(size)) is None


def test_opening_and_done_of_another_mark_and_page_of_another_log_are_none() -> None:
    assert blocks.unpack_opening(OPENING, OTHER_MARK) is None
    assert blocks.unpack_done(DONE, OTHER_MARK) is None
    assert blocks.unpack_page(PAGE, b"another.") is None


@pytest.mark.parametrize("number", [0, 1, 3, 255])
def test_mark_of_another_format_is_none(number: int) -> None:
    body = bytearray(MARK[:-4])
    body[4] = number
    assert blocks.unpack_mark(blocks.sealed(bytes(body), 0)) is None


def test_record_in_the_place_of_done_is_none() -> None:
    crc = blocks.crc_of(MARK)
    record = events.encode(events.Event(events.LID, {"what": events.LID_OPENED}, seq=7), crc)
    assert blocks.is_whole(record, crc)
    assert blocks.unpack_done(record, MARK) is None


@pytest.mark.parametrize("name", SEEDS)
def test_each_flipped_bit_is_flipped_back(name: str) -> None:
    raw, seed = SEEDS[name]
    assert blocks.corrected(raw, seed) == raw
    for bit in range(8 * len(raw)):
        assert blocks.corrected(flipped(raw, bit), seed) == raw, bit


@pytest.mark.parametrize("name", ["mark", "done", "record"])
def test_two_flipped_bits_of_32_bytes_are_flipped_back(name: str) -> None:
    raw, seed = SEEDS[name]
    for first in range(8 * len(raw)):
        second = (first * 7 + 13) % (8 * len(raw))
        if second != first:
            assert blocks.corrected(flipped(raw, first, second), seed) == raw, (first, second)


@given(st.sampled_from(["mark", "done", "record"]), st.data())
def test_three_flipped_bits_are_never_taken_for_fewer(name: str, data: st.DataObject) -> None:
    """The distance of a CRC-32 over 32 bytes is six bits."""
    raw, seed = SEEDS[name]
    bits = st.integers(0, 8 * len(raw) - 1)
    chosen = data.draw(st.lists(bits, min_size=3, max_size=3, unique=True))
    assert blocks.corrected(flipped(raw, *chosen), seed) is None


@given(st.sampled_from(["opening", "page"]), st.data())
def test_two_flipped_bits_of_a_longer_part_are_never_taken_for_one(
    name: str, data: st.DataObject
) -> None:
    raw, seed = SEEDS[name]
    bits = st.integers(0, 8 * len(raw) - 1)
    first, second = data.draw(st.lists(bits, min_size=2, max_size=2, unique=True))
    assert blocks.corrected(flipped(raw, first, second), seed) is None


@given(st.binary(min_size=28, max_size=252), st.integers(0, 0xFFFFFFFF), st.data())
def test_flipped_bit_in_any_bytes_is_flipped_back(
    body: bytes, seed: int, data: st.DataObject
) -> None:
    raw = blocks.sealed(body, seed)
    bit = data.draw(st.integers(0, 8 * len(raw) - 1))
    assert blocks.corrected(flipped(raw, bit), seed) == raw
