"""Raw slots of a log, answer after answer, until it is decided what each of them holds.

`rollcore.slots` tells what a slot holds by what is chained to it. The slots at the end of an
answer may be decided only by the next one, so they are kept back until it is here. What comes out
does not depend on where the answers were cut.

The page in a browser runs this file too, under MicroPython.
"""

from rollcore import blocks, events, slots
from rollcore.events import RECORD_SIZE
from rollcore.slots import Slot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_UNDECIDED = blocks.SLOTS
"""How many slots without one whole record are kept back (own): more are damaged anyway."""


class Read:
    """A slot that is not blank, and its bytes as they came."""

    __slots__ = ("raw", "slot")

    def __init__(self, slot: Slot, raw: bytes) -> None:
        self.slot = slot
        self.raw = raw


class SlotReader:
    """Reads the slots of one log in their order.

    The first one has the number `first`, and what is in it is chained to the CRC `chain`; None if
    that is not known.
    """

    def __init__(self, first: int, chain: int | None) -> None:
        self._first = first
        self._chain = chain
        self._kept_back = b""

    @property
    def next(self) -> int:
        """The number of the slot that would go on from what was fed."""
        return self._first + len(self._kept_back) // RECORD_SIZE

    def feed(self, seq: int, chain: int | None, raw: bytes) -> list[Read]:
        """Add whole slots that begin with number `seq`; return those that are decided now.

        `chain` is the CRC to which the case says that they are chained, None or 0 if it does not
        say. It counts where what is known here does not fit. Slots between the last ones and these
        are gone.
        """
        decided: list[Read] = []
        chain = chain or None  # a case says 0 where it does not know
        if seq != self.next or len(self._kept_back) > MOST_UNDECIDED * RECORD_SIZE:
            decided = self.end(known=seq - 1)
            self._first, self._chain = seq, None
        if self._chain is None and not self._kept_back:
            self._chain = chain
        found = self._walk(raw)
        if not _begins_with_a_record(found, seq) and chain is not None:
            by_the_case, _ = slots.walk(raw, seq, chain)
            if _begins_with_a_record(by_the_case, seq):
                decided += self._settle(following=chain)
                self._chain = chain
                found = by_the_case
        self._kept_back += raw
        return decided + self._up_to_the_last_whole_one(found)

    def end(self, known: int) -> list[Read]:
        """Return the slots that were kept back, now that nothing follows them.

        Those up to number `known` were whole once.
        """
        return self._settle(known)

    def _walk(self, more: bytes) -> list[Slot]:
        return slots.walk(self._kept_back + more, self._first, self._chain)[0]

    def _settle(self, known: int = 0, following: int | None = None) -> list[Read]:
        """Return the slots that were kept back; the arguments are as in `slots.walk`."""
        first, raw = self._first, self._kept_back
        found, self._chain = slots.walk(raw, first, self._chain, known, following)
        self._first, self._kept_back = self.next, b""
        return [_as_it_came(slot, first, raw) for slot in found]

    def _up_to_the_last_whole_one(self, found: list[Slot]) -> list[Read]:
        """Return those in `found` that nothing which comes later can decide otherwise.

        A record that was put right is taken back if the next one is chained across it.
        """
        whole = [slot for slot in found if slot.what == slots.WHOLE]
        if not whole:
            return []
        last, first, raw = whole[-1], self._first, self._kept_back
        self._first, self._chain = last.seq + 1, events.crc_of(last.raw)
        self._kept_back = raw[(self._first - first) * RECORD_SIZE :]
        return [_as_it_came(slot, first, raw) for slot in found if slot.seq <= last.seq]


def _begins_with_a_record(found: list[Slot], seq: int) -> bool:
    """Return whether the first written slot from number `seq` on is a record, if there is one."""
    written = [slot for slot in found if slot.seq >= seq and slot.what != slots.SKIPPED]
    return not written or written[0].is_record


def read_all(first: int, chain: int | None, raw: bytes, known: int | None = None) -> list[Read]:
    """Return the slots in `raw` that are not blank; the numbers are as in `SlotReader`.

    Slots up to number `known` were whole once; None if all of them were.
    """
    reader = SlotReader(first, chain)
    decided = reader.feed(first, chain, raw)
    return decided + reader.end(reader.next if known is None else known)


def is_same(raw: bytes, other: bytes) -> bool:
    """Return whether two records are the same but for as many flipped bits as are put right.

    Two that are chained to the same record differ in six bits at least.
    """
    change = int.from_bytes(raw, "little") ^ int.from_bytes(other, "little")
    return len(raw) == len(other) and bin(change).count("1") <= slots.MAX_GONE


def records_in(found: "Sequence[Read]") -> dict[int, bytes]:
    """Return the records among some slots, put right where they were, by seq."""
    return {read.slot.seq: read.slot.raw for read in found if read.slot.is_record}


def _as_it_came(slot: Slot, first: int, raw: bytes) -> Read:
    offset = (slot.seq - first) * RECORD_SIZE
    return Read(slot, raw[offset : offset + RECORD_SIZE])
