"""The slots of a log, read as they lie on flash: which hold a record, and what is with the others.

The case reads them at its start, a host reads what the case sends or what was read from a flash.
`firmware/SPEC.md`, "Flipped bits", tells what is found and what it means.
"""

from rollcore import blocks, events
from rollcore.events import RECORD_SIZE

BLANK = b"\xff" * RECORD_SIZE

# What a slot holds. A blank one is not told of.
WHOLE = 0
CORRECTED = 1  # a record in which one flipped bit, or two, were put right
SKIPPED = 2  # blank but for one bit or two: it can take no record
TORN = 3  # a write that was cut: nobody was answered, nothing is assumed
DAMAGED = 4  # a record that was whole once: it can have been anything

MAX_GONE = 2
"""Bits that a slot which was never written can have lost (own)."""

_MAX_OPEN = 8
"""Slots in a row that do not fit, after which flipped bits are not looked for until one fits
(own): each look takes long, and a block of any bytes would stop case or sync for many seconds."""

_MAX_SEEDS = 16
"""Most CRCs that are tried for one record; more are only there after damage upon damage (own)."""


class Slot:
    """What one slot holds.

    `seq` is the record's number by its place, `what` one of `WHOLE` to `DAMAGED`, `raw` its 32
    bytes (corrected, if they were), `seed` the CRC that the record is chained to; 0 if not known.
    """

    def __init__(self, seq: int, what: int, raw: bytes, seed: int) -> None:
        self.seq = seq
        self.what = what
        self.raw = raw
        self.seed = seed

    def __repr__(self) -> str:
        return f"Slot({self.seq}, {self.what}, {self.raw!r}, {self.seed:#x})"

    @property
    def is_record(self) -> bool:
        """Whether the bytes are those of a record, which may be of a kind not known here."""
        return self.what <= CORRECTED


def walk(
    raw: bytes, first: int, chain: "int | None", known: int = 0, following: "int | None" = None
) -> "tuple[list[Slot], int | None]":
    """Return the slots that are not blank, and the CRC that the next record is chained to.

    `raw` is whole slots, the first of which has the number `first`. `chain` is the CRC that the
    first record is chained to; None if it is not known: then nobody can say whether that record is
    whole, and it counts as damaged. So it is in what is returned.
    `known` is the highest seq that is known to have been whole, `following` the CRC that the next
    record behind these slots is chained to; None if there is none.
    """
    walker = _Walker(chain)
    # Mostly nothing is behind the last record, and looking at each slot for that takes long.
    used = len(raw.rstrip(b"\xff"))
    records = [raw[at : at + RECORD_SIZE] for at in range(0, used, RECORD_SIZE)]
    for index, record in enumerate(records):
        if record == BLANK:
            continue
        if _is_nearly_blank(record):
            walker.slots.append(Slot(first + index, SKIPPED, record, 0))
            continue
        walker.read(first + index, record, records, index)
    walker.end(known, following)
    return walker.slots, walker.seeds[0] if walker.seeds else None


class _Walker:
    """Reads slot after slot; `seeds` are the CRCs that the next record may be chained to.

    The first of them is that of the last whole record. Behind it come those of the slots that do
    not fit, as long as nobody knows whether they were torn or damaged: what is in a damaged record
    as its CRC, and what should be there. So damage costs one record.
    """

    def __init__(self, chain: "int | None") -> None:
        self.slots: list[Slot] = []
        self.seeds = [] if chain is None else [chain]
        self._open: list[Slot] = []
        """Slots since the last whole record that do not fit."""
        self._after: list[int] = []
        """How many `seeds` there were before each slot in `_open`."""

    def read(self, seq: int, record: bytes, records: "list[bytes]", index: int) -> None:
        """Read the slot of record `seq`, which is `records[index]`."""
        for seed in self.seeds:
            if events.intact(record, seed) and events.seq_of(record) == seq:
                self._take(Slot(seq, WHOLE, record, seed))
                return
        if self._open and events.seq_of(record) == seq:
            # Of the record before, both the CRC and the bytes may be damaged: then the one to which
            # this record is chained differs from the one that stands there in a few bits.
            seed = blocks.seed_of(record)
            if _ones(seed ^ events.crc_of(self._open[-1].raw)) <= MAX_GONE:
                self._take(Slot(seq, WHOLE, record, seed))
                return
        after = _next(records, index) if len(self._open) < _MAX_OPEN else 0
        following = records[after] if after else b""
        for seed in self.seeds if len(self._open) < _MAX_OPEN else ():
            mended = _mended(seq, record, seed)
            if mended and self._is_confirmed(mended, record, seq + after - index, following):
                self._take(Slot(seq, CORRECTED, mended, seed))
                return
        slot = Slot(seq, DAMAGED, record, self.seeds[0] if self.seeds else 0)
        self.slots.append(slot)
        self._open.append(slot)
        self._after.append(len(self.seeds))
        if len(self.seeds) < _MAX_SEEDS:
            due = [events.crc_due(record, seed) for seed in self.seeds]
            self.seeds.append(events.crc_of(record))
            self.seeds += due

    def end(self, known: int, following: "int | None") -> None:
        """Tell what the last slots were that do not fit."""
        if following is not None:
            self._settle(following)
            self.seeds = [following]
            return
        # Nothing is chained to a torn one.
        chain = self.seeds[: self._after[0]] if self._open else self.seeds
        for slot, before in zip(self._open, self._after):
            slot.what = DAMAGED if slot.seq <= known or not before else TORN
            if slot.what == DAMAGED:
                chain = [events.crc_of(slot.raw)]
        self._chain_damaged()
        self.seeds = chain[:1]

    def _is_confirmed(self, mended: bytes, record: bytes, seq: int, following: bytes) -> bool:
        """Return whether the next record, `seq`, allows that `record` was `mended`.

        It does not if it is chained across it, because the write was cut; or to what stands there.
        """
        if not following or _mended(seq, following, events.crc_of(mended)):
            return True
        others = self.seeds[:]
        others.append(events.crc_of(record))
        for seed in others:
            if _mended(seq, following, seed):
                return False
        return True

    def _take(self, slot: Slot) -> None:
        """Add a record, which tells what the slots before it were that do not fit."""
        if self._open:
            self._settle(slot.seed)
        self.slots.append(slot)
        self.seeds = [events.crc_of(slot.raw)]

    def _settle(self, seed: int) -> None:
        """Tell what the slots in `_open` were, now that the next record is chained to `seed`."""
        place = self.seeds.index(seed) if seed in self.seeds else -1
        for slot, before in zip(self._open, self._after):
            # Chained to what was there before the slot: it was never whole.
            slot.what = TORN if 0 <= place < before else DAMAGED
        self._chain_damaged()
        self._open = []
        self._after = []

    def _chain_damaged(self) -> None:
        """Give each slot in `_open` the CRC of the last record before it."""
        seed = self._open[0].seed if self._open else 0
        for slot in self._open:
            slot.seed = seed
            if slot.what == DAMAGED:
                seed = events.crc_of(slot.raw)


def _next(records: "list[bytes]", index: int) -> int:
    """Return the index of the next slot that is not blank; 0 if there is none."""
    for after in range(index + 1, len(records)):
        if records[after] != BLANK and not _is_nearly_blank(records[after]):
            return after
    return 0


def _mended(seq: int, record: bytes, seed: int) -> "bytes | None":
    """Return record `seq`, chained to `seed`, with its wrong bits flipped back.

    None if these bytes cannot be that record.
    """
    mended = blocks.corrected(record, seed)
    return mended if mended and events.seq_of(mended) == seq else None


def _is_nearly_blank(record: bytes) -> bool:
    """Return whether one bit of a blank slot has gone, or two."""
    if record.count(b"\xff") < RECORD_SIZE - MAX_GONE:
        return False
    return sum([_ones(byte ^ 0xFF) for byte in record]) <= MAX_GONE


def _ones(number: int) -> int:
    """Return how many bits of the number are 1."""
    ones = 0
    while number:
        number &= number - 1
        ones += 1
    return ones
