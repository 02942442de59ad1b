"""The flash blocks in which a log lies: mark, opening, done and checkpoint page, as bytes.

`firmware/SPEC.md` has each layout and tells what damage to each means. Everything here ends with
a CRC-32 of the bytes before, and so does a record; `corrected` puts flipped bits right in any.
"""

import struct
from binascii import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK_SIZE = 4096
"""Bytes of a flash block, and of each file of the log."""

MARK_AT = 64
MARK_SIZE = 32
OPENING_AT = 96
OPENING_SIZE = 224
SLOTS_AT = 320
SLOTS = 117
"""Records in a block of the log."""

DONE_AT = 4064
DONE_SIZE = 32

PAGE_SIZE = 256
PAGES = 16
"""Pages in a checkpoint's block. The first one holds the mark and no checkpoint."""

FORMAT = 2

# What a block is of (mark.what).
LOG = 1
CHECKPOINT = 2

NO_LOG = bytes(8)
"""Id of no log: what the first log of a flash follows."""

MAX_FOR_TWO = 32
"""Most bytes in which two flipped bits are put right: up to 268 bits and a CRC-32, all words
differ in 6 bits at least (P. Koopman, "32-bit cyclic redundancy codes for Internet applications",
2002)."""

_MARK = "<4sBBH8sI8s"
_MARK_MAGIC = b"RCLG"
_OPENING = "<HHII200s8s"
_DONE = "<4sHHI16x"
_DONE_MAGIC = b"DONE"
_PAGE = "<4sHHIIIII200s24x"
_PAGE_MAGIC = b"RCCP"

_POLYNOMIAL = 0xEDB88320  # that of CRC-32, bits reversed


class Mark:
    """Says that a block belongs to a log: written through littlefs when its file is made.

    `what` is LOG or CHECKPOINT, `generation` counts the logs of this flash from 1, `log_id` and
    `nonce` have 8 bytes, `number` counts the blocks of the log from 0.
    """

    def __init__(
        self, what: int, generation: int, log_id: bytes, number: int, nonce: bytes
    ) -> None:
        self.what = what
        self.generation = generation
        self.log_id = log_id
        self.number = number
        self.nonce = nonce

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mark) and self.__dict__ == other.__dict__


class Opening:
    """Says what a block of the log begins with: programmed when it begins to take records.

    `block` is the number of the flash block, `first` the seq of its first record, `chain` the CRC
    that this one is chained to, `state` the packed state before it (200 bytes), `follows` the id of
    the log before, in the first block of a log; `NO_LOG` in every other.
    """

    def __init__(
        self, block: int, first: int, chain: int, state: bytes, follows: bytes = NO_LOG
    ) -> None:
        self.block = block
        self.first = first
        self.chain = chain
        self.state = state
        self.follows = follows

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Opening) and self.__dict__ == other.__dict__


class Done:
    """Says that a block may go: all its records were acknowledged.

    `block` is the number of the flash block, `seq` the last record that was acknowledged.
    """

    def __init__(self, block: int, seq: int) -> None:
        self.block = block
        self.seq = seq

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Done) and self.__dict__ == other.__dict__


class Page:
    """A checkpoint: what the log added up to, and what is kept nowhere else.

    `block` is the number of the flash block, `serial` counts all checkpoints, `seq` and `crc` are
    those of the last record, `time` is case time (s), `acked` the seq up to which a host has
    acknowledged, `state` the packed state (200 bytes).
    """

    def __init__(
        self, block: int, serial: int, seq: int, crc: int, time: int, acked: int, state: bytes
    ) -> None:
        self.block = block
        self.serial = serial
        self.seq = seq
        self.crc = crc
        self.time = time
        self.acked = acked
        self.state = state

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Page) and self.__dict__ == other.__dict__


def pack_mark(mark: Mark) -> bytes:
    """Return the 32 bytes of a mark."""
    return sealed(
        struct.pack(
            _MARK,
            _MARK_MAGIC,
            FORMAT,
            mark.what,
            mark.generation,
            mark.log_id,
            mark.number,
            mark.nonce,
        ),
        0,
    )


def unpack_mark(raw: bytes) -> "Mark | None":
    """Return the mark in these 32 bytes; None if they are none of this format, or damaged."""
    if len(raw) != MARK_SIZE or not is_whole(raw, 0):
        return None
    magic, number, what, generation, log_id, place, nonce = struct.unpack(_MARK, raw[:-4])
    if magic != _MARK_MAGIC or number != FORMAT:
        return None
    return Mark(what, generation, log_id, place, nonce)


def pack_opening(opening: Opening, mark: bytes) -> bytes:
    """Return the 224 bytes of an opening of the block that has this mark (32 bytes)."""
    return sealed(
        struct.pack(
            _OPENING,
            opening.block,
            0,
            opening.first,
            opening.chain,
            opening.state,
            opening.follows,
        ),
        crc_of(mark),
    )


def unpack_opening(raw: bytes, mark: bytes) -> "Opening | None":
    """Return the opening in these 224 bytes; None if they are damaged or of another mark."""
    if len(raw) != OPENING_SIZE or not is_whole(raw, crc_of(mark)):
        return None
    block, _, first, chain, state, follows = struct.unpack(_OPENING, raw[:-4])
    return Opening(block, first, chain, state, follows)


def pack_done(done: Done, mark: bytes) -> bytes:
    """Return the 32 bytes that say that the block with this mark (32 bytes) may go."""
    return sealed(struct.pack(_DONE, _DONE_MAGIC, done.block, 0, done.seq), crc_of(mark))


def unpack_done(raw: bytes, mark: bytes) -> "Done | None":
    """Return what these 32 bytes say; None if they are damaged, of another mark, or no done."""
    if len(raw) != DONE_SIZE or not is_whole(raw, crc_of(mark)):
        return None
    magic, block, _, seq = struct.unpack(_DONE, raw[:-4])
    return Done(block, seq) if magic == _DONE_MAGIC else None


def pack_page(page: Page, log_id: bytes) -> bytes:
    """Return the 256 bytes of a checkpoint of the log with this id (8 bytes)."""
    return sealed(
        struct.pack(
            _PAGE,
            _PAGE_MAGIC,
            page.block,
            0,
            page.serial,
            page.seq,
            page.crc,
            page.time,
            page.acked,
            page.state,
        ),
        crc32(log_id),
    )


def unpack_page(raw: bytes, log_id: bytes) -> "Page | None":
    """Return the checkpoint in these 256 bytes; None if they are damaged or of another log."""
    if len(raw) != PAGE_SIZE or not is_whole(raw, crc32(log_id)):
        return None
    magic, block, _, serial, seq, crc, time, acked, state = struct.unpack(_PAGE, raw[:-4])
    return Page(block, serial, seq, crc, time, acked, state) if magic == _PAGE_MAGIC else None


def first_of(number: int) -> int:
    """Return the seq of the first record of the log's block with this number."""
    return SLOTS * number + 1


def number_of(seq: int) -> int:
    """Return the number of the log's block that holds record `seq`."""
    return (seq - 1) // SLOTS


def slot_at(slot: int) -> int:
    """Return the offset in its block of slot `slot`, which holds record first + `slot`."""
    return SLOTS_AT + 32 * slot


def sealed(raw: bytes, seed: int) -> bytes:
    """Return these bytes with the CRC of them, seeded with `seed`, behind them."""
    return raw + struct.pack("<I", crc32(raw, seed))


def crc_of(raw: bytes) -> int:
    """Return the CRC at the end of these bytes."""
    crc: int = struct.unpack("<I", raw[-4:])[0]
    return crc


def is_whole(raw: bytes, seed: int) -> bool:
    """Say whether the CRC at the end of these bytes, seeded with `seed`, fits them."""
    return crc32(raw[:-4], seed) == crc_of(raw)


def corrected(raw: bytes, seed: int) -> "bytes | None":
    """Return these bytes with their wrong bits flipped back; None if too many are wrong.

    One wrong bit is found in any number of bytes up to 256, two in up to 32: over so few bits no
    two pairs change a CRC-32 in the same way. The CRC at their end is seeded with `seed`. Bytes
    that are whole are returned as they are. It can also be that more wrong bits look like one or
    two: whoever asks has to look whether what comes out fits otherwise.
    """
    change = crc32(raw[:-4], seed) ^ crc_of(raw)
    if not change:
        return raw
    for effect, bit in _effects(len(raw)):
        if effect == change:
            return _flipped(raw, bit)
    if len(raw) <= MAX_FOR_TWO:
        bits = dict(_effects(len(raw)))
        for effect, bit in bits.items():
            other = bits.get(change ^ effect, -1)
            if other >= 0:
                return _flipped(_flipped(raw, bit), other)
    return None


def seed_of(raw: bytes) -> int:
    """Return the CRC with which the one at the end of these bytes was seeded, if they are whole."""
    crc = crc_of(raw) ^ 0xFFFFFFFF
    for byte in reversed(raw[:-4]):
        for _ in range(8):
            if crc >> 31:
                crc = (crc ^ _POLYNOMIAL) << 1 | 1
            else:
                crc <<= 1
        crc ^= byte
    return crc ^ 0xFFFFFFFF


def _effects(size: int) -> "Iterator[tuple[int, int]]":
    """Yield how each bit of `size` bytes changes what `corrected` compares, and the bit's number.

    A flipped bit changes the CRC in the same way whatever the bytes are, and in another way at
    each place. So the change is computed for each place, from the last bit backwards: one shift
    for each, and no table.
    """
    payload = 8 * (size - 4)
    for bit in range(32):
        yield 1 << bit, payload + bit
    effect = _POLYNOMIAL
    for bit in range(payload - 1, -1, -1):
        yield effect, bit
        effect = effect >> 1 ^ (_POLYNOMIAL if effect & 1 else 0)


def _flipped(raw: bytes, bit: int) -> bytes:
    mended = bytearray(raw)
    mended[bit >> 3] ^= 1 << (bit & 7)
    return bytes(mended)
