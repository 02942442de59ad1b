"""A log as it lies on flash, block by block: what `rollhost.board.raw_log` reads."""

from collections.abc import Callable

from tests.micropython.suite import vectors

from rollcore import blocks, events, snapshot, state
from rollcore.blocks import (
    BLOCK_SIZE,
    CHECKPOINT,
    DONE_AT,
    LOG,
    MARK_AT,
    NO_LOG,
    OPENING_AT,
    PAGE_SIZE,
    Done,
    Mark,
    Opening,
    Page,
)
from rollcore.events import Event
from rollcore.memory import State

START = 200_000_000
"""Case time of the first record."""

STEP_S = 60
"""Case time between two records."""


MakeBlock = Callable[[int, int, bytes], int]
"""Makes room for a block, of which `what` and number are given and its mark; returns its place."""


class RawLog:
    """A log that is written record by record, from flash block `place` on, or where `make` says.

    `blocks` are its blocks by their number on the flash; `state` is what it adds up to, `records`
    are the records by seq.
    """

    def __init__(
        self,
        place: int | MakeBlock = 20,
        log_id: bytes = vectors.LOG_ID,
        generation: int = 1,
        born: State | None = None,
        follows: bytes = NO_LOG,
    ) -> None:
        self.log_id = log_id
        self.generation = generation
        self.follows = follows
        self.state = born or State()
        self.state.seq = 0
        self.time = max(START, self.state.time)
        self.blocks: dict[int, bytearray] = {}
        self.records: dict[int, bytes] = {}
        self.seq = 0
        self.chain = events.first_chain(log_id)
        self.pages = 0
        self._make = place if callable(place) else self._next_to(place)
        self.places: list[int] = []
        """The flash block of each block of the log."""
        self.checkpoints = [-1, -1]
        """The flash blocks of the checkpoints; -1 for none."""
        self._begin(0)

    @property
    def raw(self) -> dict[int, bytes]:
        """The blocks, as they are read from a flash."""
        return {place: bytes(block) for place, block in self.blocks.items()}

    @property
    def last_place(self) -> int:
        """The flash block that takes records."""
        return self.places[-1]

    def place_of(self, seq: int) -> int:
        """Return the flash block that holds record `seq`."""
        return self.places[blocks.number_of(seq)]

    def at(self, seq: int) -> tuple[int, int]:
        """Return the flash block that holds record `seq`, and the record's offset in it."""
        slot = seq - blocks.first_of(blocks.number_of(seq))
        return self.place_of(seq), blocks.slot_at(slot)

    def mark(self, what: int, number: int) -> bytes:
        """Return the mark of a block."""
        nonce = bytes([what, number & 0xFF, number >> 8, self.generation] * 2)
        return blocks.pack_mark(Mark(what, self.generation, self.log_id, number, nonce))

    def add(self, kind: int, data: dict[str, int], boot: int = 1) -> None:
        """Add a record."""
        event = Event(kind, data, boot=boot, uptime=self.seq, time=self.time)
        event.seq = self._next_seq()
        self.time += STEP_S
        raw = events.encode(event, self.chain)
        self._put(event.seq, raw)
        self.records[event.seq] = raw
        self.chain = events.crc_of(raw)
        state.apply(self.state, event)

    def start(self, **found: int) -> None:
        """Add the record of a start, which has found this damage."""
        data = {"cause": 1, "torn": 0, "corrected": 0, "lost": 0, "skipped": 0}
        self.add(events.BOOT, {**data, **found}, self.state.boot + 1)

    def fill(self, count: int) -> None:
        """Add so many records that change nothing much."""
        for number in range(count):
            what = (events.LID_OPENED, events.NOT_USED)[number % 2]
            self.add(events.LID, {"what": what}, self.state.boot)

    def use(self) -> None:
        """Add a use of four minutes."""
        boot = self.state.boot
        self.add(events.USE_STARTED, {"how": events.IN_TURN, "digest": 0}, boot)
        self.add(events.USE_ENDED, {"how": events.BY_BUTTON, "seconds": 240}, boot)

    def spoil(self, raw: bytes) -> int:
        """Write other bytes into the next slot; return its number."""
        seq = self._next_seq()
        self._put(seq, raw)
        return seq

    def flip(self, seq: int, *bits: int) -> None:
        """Flip bits of a record."""
        place, at = self.at(seq)
        flip(self.blocks[place], at, *bits)

    def checkpoint(self, acked: int = 0, later_s: int = 0) -> int:
        """Write a checkpoint, `later_s` after the last record; return the flash block."""
        self.pages += 1
        turn, page_number = divmod(self.pages - 1, blocks.PAGES - 1)
        if page_number == 0 and turn < 2:
            self.checkpoints[turn] = self._put_mark(CHECKPOINT, turn)
        place = self.checkpoints[turn % 2]
        if page_number == 0:
            self.blocks[place][PAGE_SIZE:] = b"\xff" * (BLOCK_SIZE - PAGE_SIZE)
        page = Page(
            place,
            self.pages,
            self.state.seq,
            self.chain,
            self.state.time + later_s,
            acked,
            snapshot.pack(self.state),
        )
        at = PAGE_SIZE * (page_number + 1)
        self.blocks[place][at : at + PAGE_SIZE] = blocks.pack_page(page, self.log_id)
        return place

    def done(self, number: int, acked: int) -> None:
        """Mark a block as done."""
        place = self.places[number]
        mark = bytes(self.blocks[place][MARK_AT:OPENING_AT])
        self.blocks[place][DONE_AT:] = blocks.pack_done(Done(place, acked), mark)

    def _next_seq(self) -> int:
        self.seq += 1
        if blocks.number_of(self.seq) == len(self.places):
            self._begin(blocks.number_of(self.seq))
        return self.seq

    def _next_to(self, first: int) -> MakeBlock:
        """Return what gives the log the blocks from `first` on, and two before them."""

        def make(what: int, number: int, mark: bytes) -> int:
            return first + number if what == LOG else first - 2 + number

        return make

    def _put_mark(self, what: int, number: int) -> int:
        mark = self.mark(what, number)
        place = self._make(what, number, mark)
        block = bytearray(b"\xff" * BLOCK_SIZE)
        block[MARK_AT : MARK_AT + len(mark)] = mark
        self.blocks[place] = block
        return place

    def _begin(self, number: int) -> None:
        place = self._put_mark(LOG, number)
        self.places.append(place)
        opening = Opening(
            place,
            blocks.first_of(number),
            self.chain,
            snapshot.pack(self.state),
            self.follows if number == 0 else NO_LOG,
        )
        raw = blocks.pack_opening(opening, self.mark(LOG, number))
        self.blocks[place][OPENING_AT : OPENING_AT + len(raw)] = raw

    def _put(self, seq: int, raw: bytes) -> None:
        place, at = self.at(seq)
        self.blocks[place][at : at + len(raw)] = raw


def flip(block: bytearray, at: int, *bits: int) -> None:
    """Flip bits of what begins at an offset of a block."""
    for bit in bits:
        block[at + (bit >> 3)] ^= 1 << (bit & 7)
