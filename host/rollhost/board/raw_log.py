"""The logs on a flash, read from its raw blocks: what the file system says does not matter here.

The input is what was read from a board: the blocks that have a mark, by their number on the flash.
`firmware/SPEC.md` has the bytes, and tells what damage means. Nothing here reads or writes
anything.
"""

from binascii import crc32
from dataclasses import dataclass, field

from rollcore import blocks, events, rest, slots, snapshot, state
from rollcore.blocks import (
    BLOCK_SIZE,
    CHECKPOINT,
    DONE_AT,
    DONE_SIZE,
    LOG,
    MARK_AT,
    MARK_SIZE,
    NO_LOG,
    OPENING_AT,
    OPENING_SIZE,
    PAGE_SIZE,
    PAGES,
    SLOTS_AT,
    Mark,
    Opening,
    Page,
)
from rollcore.memory import State
from rollcore.slots import DAMAGED, MAX_GONE, Slot

_START = b"RCLG\x02"  # magic and format
_CHAIN_AT = 8  # in an opening
_ALIKE = 4
"""So many of the first six bytes are right in a mark with two flipped bits."""


@dataclass
class LogBlock:
    """A block of a log that has begun. `place` is the number of the flash block that it is.

    `opening` is None if it is damaged; `is_done` says that the case would have let it go. `slots`
    are those that are not blank.
    """

    place: int
    mark: Mark
    raw: bytes
    opening: Opening | None
    is_done: bool
    slots: list[Slot] = field(default_factory=list)

    @property
    def number(self) -> int:
        """Its number in the log, from 0."""
        return self.mark.number

    @property
    def first(self) -> int:
        """The seq of its first record."""
        return blocks.first_of(self.number)


@dataclass
class Log:
    """A log. `blocks` are in order; there can be gaps between them.

    `pages` are its readable checkpoints, the newest first. `places` are all flash blocks that have
    its mark, but for copies that a tool has made; `corrected` counts the marks, openings and pages
    in which flipped bits were put right.
    """

    generation: int
    log_id: bytes
    blocks: list[LogBlock] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    corrected: int = 0

    @property
    def has_begun(self) -> bool:
        """Whether it holds anything: a log whose first opening was never written does not."""
        return bool(self.blocks or self.pages)

    @property
    def follows(self) -> bytes:
        """The id of the log before it on this flash; zeros for none, or if not known."""
        for block in self.blocks:
            if block.number == 0 and block.opening:
                return block.opening.follows
        return NO_LOG

    @property
    def living(self) -> list[LogBlock]:
        """The blocks that the case still counts on."""
        return [block for block in self.blocks if not block.is_done]

    @property
    def slots(self) -> list[Slot]:
        """All slots that are not blank, in order."""
        return [slot for block in self.blocks for slot in block.slots]

    @property
    def last(self) -> int:
        """The seq of the last record that is or was there; 0 for none."""
        held = [slot.seq for slot in self.slots if slot.is_record or slot.what == DAMAGED]
        return max([*held, *(page.seq for page in self.pages)], default=0)

    def count(self, *what: int) -> int:
        """Return how many slots are of one of these kinds (`WHOLE` to `DAMAGED` of slots)."""
        return sum(slot.what in what for slot in self.slots)


@dataclass
class FlashLogs:
    """What the marks of a flash lead to. `logs` have begun, the newest generation first.

    `places` are all flash blocks that a mark makes a part of any log, also of one that has not
    begun. `unreadable` are blocks with a mark beyond repair, `newer` those that another version
    of the firmware has written.
    """

    logs: list[Log] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)
    newer: list[int] = field(default_factory=list)

    @property
    def current(self) -> Log | None:
        """The log that counts; None if there is none."""
        return self.logs[0] if self.logs else None


@dataclass
class Known:
    """What a log adds up to: `state` after its last record, at case time `time` (s).

    `places` are the flash blocks that this was read from.
    """

    state: State
    time: int
    places: list[int] = field(default_factory=list)


def may_be_mark(raw: bytes) -> bool:
    """Return whether these bytes can be a mark, with two flipped bits at most; 6 bytes will do."""
    right = sum(is_there == wanted for is_there, wanted in zip(raw, _START, strict=False))
    return right + (raw[5] in (LOG, CHECKPOINT)) >= _ALIKE


def read(found: dict[int, bytes]) -> FlashLogs:
    """Return the logs in these blocks, whole and by their number on the flash."""
    flash = FlashLogs()
    logs: dict[tuple[int, bytes], Log] = {}
    candidates: dict[tuple[int, bytes, int], list[LogBlock]] = {}
    for place, raw in sorted(found.items()):
        assert len(raw) == BLOCK_SIZE
        as_it_is = raw[MARK_AT : MARK_AT + MARK_SIZE]
        mended = blocks.corrected(as_it_is, 0)
        if mended is None or mended[:4] != _START[:4]:
            flash.unreadable.append(place)
            continue
        mark = blocks.unpack_mark(mended)
        if mark is None or mark.what not in (LOG, CHECKPOINT):
            flash.newer.append(place)
            continue
        name = (mark.generation, mark.log_id)
        log = logs.setdefault(name, Log(*name))
        log.corrected += mended != as_it_is
        if mark.what == CHECKPOINT:
            log.places.append(place)
            _read_pages(log, place, raw)
        else:
            block = LogBlock(place, mark, raw, None, _is_done(raw, mended, place))
            candidates.setdefault((*name, mark.number), []).append(block)
    for (generation, log_id, _), same in sorted(candidates.items()):
        _choose(logs[generation, log_id], same)
    for log in logs.values():
        log.pages.sort(key=lambda page: -page.serial)
        _read_slots(log)
    flash.places = sorted(place for log in logs.values() for place in log.places)
    begun = [log for log in logs.values() if log.has_begun]
    flash.logs = sorted(begun, key=lambda log: -log.generation)
    return flash


def _choose(log: Log, same: list[LogBlock]) -> None:
    """Add the one of the blocks with this mark that is the log's, if it has begun.

    The others are copies, and nobody's.
    """
    damaged: list[LogBlock] = []
    """Blocks whose opening is blank or damaged."""
    named: set[int] = set()
    """The flash blocks that the openings say they are."""
    for block in same:
        mark = blocks.pack_mark(block.mark)
        as_it_is = block.raw[OPENING_AT : OPENING_AT + OPENING_SIZE]
        mended = blocks.corrected(as_it_is, blocks.crc_of(mark))
        opening = blocks.unpack_opening(mended, mark) if mended else None
        if opening is None or opening.first != block.first:
            damaged.append(block)
            named.add(int.from_bytes(as_it_is[:2], "little"))
            continue
        named.add(opening.block)
        if opening.block == block.place:
            block.opening = opening
            log.corrected += mended != as_it_is
            log.blocks.append(block)
            log.places.append(block.place)
            return
    if damaged:
        # Openings say which block they were made for; else the one with the most records counts.
        block = max(damaged, key=lambda block: (block.place in named, _written(block.raw)))
        log.places.append(block.place)
        if not _is_blank(block.raw[SLOTS_AT:DONE_AT]):
            log.blocks.append(block)


def _written(raw: bytes) -> int:
    """Return how many bytes of a block's slots are not blank."""
    return DONE_AT - SLOTS_AT - raw[SLOTS_AT:DONE_AT].count(b"\xff")


def _is_blank(raw: bytes) -> bool:
    """Return whether these bytes are blank, but for one bit or two."""
    return sum((~byte & 0xFF).bit_count() for byte in raw if byte != 0xFF) <= MAX_GONE


def _is_done(raw: bytes, mark: bytes, place: int) -> bool:
    mended = blocks.corrected(raw[DONE_AT : DONE_AT + DONE_SIZE], blocks.crc_of(mark))
    done = blocks.unpack_done(mended, mark) if mended else None
    return done is not None and done.block == place


def _read_pages(log: Log, place: int, raw: bytes) -> None:
    for at in range(PAGE_SIZE, PAGES * PAGE_SIZE, PAGE_SIZE):
        as_it_is = raw[at : at + PAGE_SIZE]
        mended = blocks.corrected(as_it_is, crc32(log.log_id))
        page = blocks.unpack_page(mended, log.log_id) if mended else None
        if page and page.block == place and snapshot.is_snapshot(page.state):
            log.corrected += mended != as_it_is
            log.pages.append(page)


def _read_slots(log: Log) -> None:
    """Read the slots of each block, one after the other."""
    known = max([page.seq for page in log.pages], default=0)
    before: LogBlock | None = None
    end: int | None = None
    for index, block in enumerate(log.blocks):
        if block.opening:
            chain: int | None = block.opening.chain
        elif before and before.number == block.number - 1:
            chain = end
        elif block.number == 0:
            chain = events.first_chain(log.log_id)
        else:
            # What stands in the damaged opening, if it fits.
            at = OPENING_AT + _CHAIN_AT
            chain = int.from_bytes(block.raw[at : at + 4], "little")
        after = log.blocks[index + 1] if index + 1 < len(log.blocks) else None
        following = None
        if after and after.opening and after.number == block.number + 1:
            following = after.opening.chain
        raw = block.raw[SLOTS_AT:DONE_AT]
        block.slots, end = slots.walk(raw, block.first, chain, known, following)
        before = block


# What it adds up to.


def newest_state(log: Log) -> Known:
    """Return what a log adds up to, as the case computes it at its start.

    Damage that no start has told of yet counts as a use that ended now; so does a beginning that
    is lost.
    """
    known, seq, lost = _base(log)
    number = blocks.number_of(seq + 1)
    for block in log.blocks:
        if block.number < blocks.number_of(seq + 1):
            continue
        lost += block.number > number
        number = block.number + 1
        known.places.append(block.place)
        for slot in block.slots:
            if slot.seq > seq:
                lost = _fold(known.state, slot, lost)
    times = [page.time for page in log.pages if page.seq == known.state.seq]
    known.time = max([known.state.time, *times])
    if lost:
        rest.assume_used(known.state, known.time)
    return known


def _base(log: Log) -> tuple[Known, int, int]:
    """Return a state to go on from, the seq up to which it is folded, and what was lost before."""
    last = max([slot.seq for slot in log.slots], default=0)
    ends = [block.first - 1 for block in log.blocks[-1:]]
    for page in log.pages:
        is_ahead = page.seq > max([last, *ends]) or not log.blocks
        if is_ahead or _hangs_on(log, page):
            return Known(snapshot.unpack(page.state), 0, [page.block]), page.seq, int(is_ahead)
    for block in reversed(log.blocks):
        if block.opening and snapshot.is_snapshot(block.opening.state):
            return Known(snapshot.unpack(block.opening.state), 0), block.first - 1, 0
    first = log.blocks[0].first if log.blocks else 1
    return Known(State(), 0), first - 1, 1


def _hangs_on(log: Log, page: Page) -> bool:
    """Return whether the record of a page is in the log with the CRC that the page says."""
    for block in log.blocks:
        if block.first == page.seq + 1 and block.opening and block.opening.chain == page.crc:
            return True
    crcs = [events.crc_of(slot.raw) for slot in log.slots if slot.seq == page.seq]
    seeds = [slot.seed for slot in log.slots if slot.seq > page.seq and slot.is_record]
    return page.crc in [*crcs, *seeds[:1]]


def _fold(into: State, slot: Slot, lost: int) -> int:
    """Add what is in a slot to a state; return what is lost and no start has told of yet."""
    if slot.what == DAMAGED:
        into.seq = slot.seq
        return lost + 1
    if not slot.is_record:
        return lost
    try:
        event = events.decode(slot.raw)
    except events.RecordError:
        into.seq = slot.seq  # of a newer firmware: it changes nothing
        return lost
    state.apply(into, event)
    return max(0, lost - event.data["lost"]) if event.kind == events.BOOT else lost
