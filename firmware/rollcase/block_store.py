"""The blocks of the log: which there are, and how they are made, begun, read and let go.

The store knows where records lie and not what they say. Its index is made from the marks on the
flash. What littlefs has to do with the blocks is done here, in small pieces that `tend` is called
for when the case is idle: first every block is compared with its file; only then a file is made or
removed, a folder too. Programming a block in place needs none of this.
"""

from errno import ENOENT
from os import urandom

from rollcase import heads
from rollcase.heads import Heads, is_blank, read_mark, read_opening
from rollcore import blocks, slots
from rollcore.blocks import (
    DONE_AT,
    DONE_SIZE,
    LOG,
    MARK_AT,
    MARK_SIZE,
    OPENING_AT,
    SLOTS,
    SLOTS_AT,
    Done,
    Mark,
    Opening,
)
from rollcore.events import RECORD_SIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from rollcase.parts import Files
    from rollcase.raw_flash import RawFlash

RESERVE = 8
"""Flash blocks that the log leaves free, for littlefs to move its own things (own)."""

FOLDER = 32
"""Files in a folder: making one takes 8 to 17 ms so, and up to 700 ms among 260."""

_FOLDER_BLOCKS = 2
"""Flash blocks of a folder, which littlefs keeps its names in."""

HURT = "littlefs has lost a part of the log: sync, and a new log begins"
"""What is wrong where a living block has no file any more: littlefs may give it away."""

NO_START = "what the log began with is damaged: sync, and a new log begins"
"""What is wrong where nobody knows what was before the first record: holds and rests, maybe."""

NONE = -1

_MAX_GENERATION = 0xFFFF


def name_of(generation: int, number: int) -> str:
    """Return the name of the file of a block, in the folder of the log."""
    return f"{generation}-{number // FOLDER:03d}/{number:05d}"


def _generation_of(name: str) -> int:
    """Return the generation in the name of a block's file; 0 if it is no such name."""
    try:
        generation, number = int(name.split("-")[0]), int(name.split("/")[1])
    except ValueError:
        return 0
    fits = name == name_of(generation, number) and generation <= _MAX_GENERATION
    return generation if fits else 0


class NoRoom(OSError):
    """No block is left, and none may be let go."""


class BlockStore:
    """The blocks of the log that counts: that of the newest generation which has begun.

    Raises OSError if the flash cannot be read; so does every method.
    """

    def __init__(self, flash: "RawFlash", files: "Files", found: Heads) -> None:
        self._flash = flash
        self._files = files
        self.generation = 0
        self.log_id = bytes(8)
        self.follows = blocks.NO_LOG
        """The id of the log before, as long as the first block of this one is there."""
        self.last = NONE
        """The number of the block that takes records; `NONE` if no log has begun."""
        self.hurt = ""
        """`HURT` if a living block has no file, or `NO_START`; else empty."""
        self._blocks: dict[int, int] = {}
        self._copied: set[int] = set()
        """Numbers of blocks whose mark is there more than once."""
        self._unbegun: set[int] = set()
        """Numbers of blocks that were made and had not begun at the start."""
        self._first = NONE  # the number of the oldest block; not looked for yet
        self._to_check = NONE  # the greatest number of the blocks not compared with their files yet
        self._old: list[str] = []  # names of files that may go
        self._free: int | None = None  # files that may still be made; not counted yet
        self._is_counted = False  # since the last file was made
        self._choose(found)

    @property
    def has_log(self) -> bool:
        """Whether a log has begun on this flash."""
        return self.last != NONE

    @property
    def has_spare(self) -> bool:
        """Whether the next block is made already."""
        return self.last + 1 in self._blocks

    @property
    def checked(self) -> bool:
        """Whether each block was compared with its file, so that files may be made and removed."""
        return self._to_check == NONE

    @property
    def first(self) -> int:
        """The number of the oldest block that is not done."""
        if self._first == NONE:
            self._first = self._find_first()
        return self._first

    def numbers(self, start: int) -> "list[int]":
        """Return the numbers of the blocks of the log from `start` on, in order."""
        return [number for number in range(start, self.last + 1) if number in self._blocks]

    def at_or_after(self, number: int) -> int:
        """Return the number of the first block from this one on; `NONE` if there is none."""
        number = max(number, self.first)
        while number <= self.last:
            if number in self._blocks:
                return number
            number += 1
        return NONE

    def before(self, number: int) -> int:
        """Return the number of the block before this one; `NONE` if there is none."""
        if number - 1 in self._blocks:
            return number - 1
        return max([other for other in self._blocks if other < number], default=NONE)

    def opening(self, number: int) -> "tuple[Opening | None, bool]":
        """Return the opening of a block, and whether a flipped bit was put right in it."""
        return read_opening(self._flash, self._blocks[number], number)

    def chain(self, number: int) -> "int | None":
        """Return the CRC that the first record of a block is chained to; None if it is damaged."""
        return heads.read_chain(self._flash, self._blocks[number], number)

    def slots(self, number: int, start: int = 0, end: int = SLOTS) -> bytes:
        """Return the bytes of the slots `start` to before `end` of a block."""
        at = blocks.slot_at(start)
        return bytes(self._flash.read(self._blocks[number], at, (end - start) * RECORD_SIZE))

    def reader(self, number: int, slot: int) -> "Callable[[int, bytearray], None]":
        """Return what fills a buffer with the bytes from an offset on, counted from this slot.

        It raises OSError if the flash cannot be read, or once the block was removed.
        """
        read, block, start = self._flash.read_into, self._blocks[number], blocks.slot_at(slot)

        def fill(at: int, buf: bytearray) -> None:
            if self._blocks.get(number) != block:
                raise OSError(ENOENT)
            read(block, buf, start + at)

        return fill

    def program(self, slot: int, record: bytes) -> None:
        """Write a record into a slot of the last block."""
        self._flash.program(self._blocks[self.last], blocks.slot_at(slot), record)

    def has_lost(self, number: int) -> bool:
        """Return whether the block behind the last one was there, and its mark is not any more."""
        if number in self._blocks or number in self._unbegun:
            return False
        # A file whose making was cut is empty.
        return len(self._files.read(self._name(number), MARK_AT, MARK_SIZE)) == MARK_SIZE

    def lost_generation(self) -> int:
        """Return the generation of the newest log that has a file and no mark; 0 if none has.

        Such a file is kept for who can read it. Asked for where no log has begun.
        """
        newest = 0
        for name in self._files.names():
            generation = _generation_of(name)
            if generation <= newest:
                continue
            head = self._files.read(name, 0, SLOTS_AT + RECORD_SIZE)
            if len(head) < SLOTS_AT + RECORD_SIZE:
                continue  # its making was cut
            mark = blocks.corrected(head[MARK_AT : MARK_AT + MARK_SIZE], 0)
            # One that was made and not begun has its mark, and no record.
            if not mark or not blocks.unpack_mark(mark) or head[SLOTS_AT:] != slots.BLANK:
                newest = generation
        return newest

    def begin(self, opening: Opening, acked: int) -> None:
        """Let the log go on in its next block, with this opening; `opening.block` is filled in.

        A block that is made already is taken; else one is made, for which the oldest one may go,
        if all its records are `acked`. Raises `NoRoom`.
        """
        number = blocks.number_of(opening.first)
        if number == self._to_check:
            self._check_next(acked)
        if number not in self._blocks:
            self.check_all(acked)
            self._make(number, acked)
        block = self._blocks[number]
        opening.block = block
        raw = blocks.pack_opening(opening, read_mark(self._flash, block))
        try:
            self._flash.program(block, OPENING_AT, raw)
        except OSError:
            del self._blocks[number]  # made anew for the next try
            raise
        self.last = number

    def new_log(self, log_id: bytes, opening: Opening) -> None:
        """Begin another log, whose first opening this is, in place of the one that counts.

        All of that one has been acknowledged. Its blocks go when the case is idle.
        """
        generation = min(self.generation + 1, _MAX_GENERATION)
        mark = blocks.pack_mark(Mark(LOG, generation, log_id, 0, urandom(8)))
        block = heads.make(self._flash, self._files, name_of(generation, 0), mark)
        opening.block = block
        self._flash.program(block, OPENING_AT, blocks.pack_opening(opening, mark))
        self._old += [self._name(number) for number in self._blocks]
        self.generation, self.log_id, self.follows = generation, log_id, opening.follows
        self._blocks = {0: block}
        self.last = self._first = 0
        self.hurt = ""
        self._copied = set()
        self._to_check = NONE
        self._free = None

    def left(self, acked: int) -> int:
        """Return how many slots are left behind the last block, as far as that is counted."""
        spare = int(self.has_spare)
        if self.hurt:
            return SLOTS * spare
        free = RESERVE if self._free is None else max(0, self._free)
        first = self.last if self._first == NONE else self._first
        done = max(0, min(blocks.number_of(acked + 1), self.last) - first)
        return SLOTS * (spare + free + done)

    # Upkeep.

    def check_all(self, acked: int) -> None:
        """Compare every block with its file, which `tend` does one by one."""
        while not self.checked:
            self._check_next(acked)

    def tend(self, acked: int) -> bool:
        """Do one piece of what there is to do; return whether there was anything.

        Blocks whose records are all `acked` may go if there is no room.
        """
        if not self.checked:
            self._check_next(acked)
            return True
        if self.hurt or not self.has_log:
            return False
        if self._old:
            self._remove_old()
            return True
        if self._free is None or not self._is_counted:
            # Folders, checkpoints and policies may have been made meanwhile, or an owner's files.
            self._free = None
            self._room()
            return True
        if not self.has_spare and (self._room() > 0 or self._may_go(acked)):
            self._make(self.last + 1, acked)
            return True
        return False

    def _check_next(self, acked: int) -> None:
        """Compare the next block with its file, from the newest to the oldest."""
        number = self._to_check
        self._to_check = number - 1 if number > self.first else NONE  # what is done has no file
        if number in self._blocks:
            self._check(number, acked)

    def _may_go(self, acked: int) -> bool:
        """Return whether the oldest block may be let go."""
        return self.first < self.last and _last_seq(self.first) <= acked

    def _room(self) -> int:
        """Return how many files may still be made, with the folders that they will be in.

        Counting them can take 0.1 s.
        """
        if self._free is None:
            free = self._files.free() - RESERVE
            number = self.last + 1 + self.has_spare
            self._free = 0
            while True:
                free -= 1 if number % FOLDER else 1 + _FOLDER_BLOCKS
                if free < 0:
                    break
                self._free += 1
                number += 1
            self._is_counted = True
        return self._free

    def _make(self, number: int, acked: int) -> None:
        """Make a block; let the oldest one go if there is no room. Raises `NoRoom`."""
        if self.hurt:
            raise NoRoom(self.hurt)
        while self._room() <= 0:
            if not self._old and self._may_go(acked):
                self._let_go(acked)
                continue
            if self._old:
                self._remove_old()
            self._free = None  # somebody may have removed other files, too
            if self._room() <= 0 and not self._old and not self._may_go(acked):
                raise NoRoom("the log is full: sync it with the host")
        raw = blocks.pack_mark(Mark(LOG, self.generation, self.log_id, number, urandom(8)))
        self._free = self._room() - 1
        self._is_counted = False  # when the case is idle, they are counted again
        name = self._name(number)
        self._blocks[number] = heads.make(self._flash, self._files, name, raw)

    def _remove_old(self) -> None:
        name = self._old.pop()
        if self._files.is_there(name):
            self._files.remove(name)

    def _let_go(self, acked: int) -> None:
        """Mark the oldest block as done, then remove its file."""
        number = self.first
        self._mark_done(number, acked)
        self._files.remove(self._name(number))
        del self._blocks[number]
        self._first = min(self._blocks)
        if self._free is not None:
            self._free += 1

    def _mark_done(self, number: int, acked: int) -> None:
        block = self._blocks[number]
        if not self._is_done(number):
            raw = blocks.pack_done(Done(block, acked), read_mark(self._flash, block))
            # The power may have been cut in this once: what is programmed there stays.
            there = self._flash.read(block, DONE_AT, DONE_SIZE)
            self._flash.program(block, DONE_AT, bytes([old & new for old, new in zip(there, raw)]))

    def _check(self, number: int, acked: int) -> None:
        """See that the file of a block still is this block, and not gone or a copy.

        Where it is not, the block is forgotten if nothing in it is needed.
        """
        block = self._blocks[number]
        name = self._name(number)
        leaf = self._leaf(number) if number in self._copied else b""
        mark = self._flash.read(block, MARK_AT, MARK_SIZE)
        head = self._files.read(name, 0, MARK_AT + MARK_SIZE)
        if head[MARK_AT:] == mark and (not leaf or head[:MARK_AT] == leaf):
            return
        if number > self.last or (number < self.last and self._may_be_gone(number, acked)):
            del self._blocks[number]
            self._first = NONE
        else:
            self.hurt = HURT

    def _may_be_gone(self, number: int, acked: int) -> bool:
        """Return whether a full block may have no file any more.

        It was let go, even if a power cut has left its done slot half written and the
        acknowledgement in no checkpoint.
        """
        return _last_seq(number) <= acked or not self._is_done_blank(number)

    def _leaf(self, number: int) -> bytes:
        """Clear one bit of the bytes before the mark, and return what they are now.

        A copy of the block does not have this bit cleared. Empty if no bit is left.
        """
        block = self._blocks[number]
        leaf = self._flash.read(block, 0, MARK_AT)
        for place in range(MARK_AT):
            if leaf[place]:
                leaf[place] &= leaf[place] - 1
                self._flash.program(block, place, leaf[place : place + 1])
                break
        return bytes(leaf)

    # At the start.

    def _choose(self, found: Heads) -> None:
        """Take the newest log that has begun. Those before it on this flash may go."""
        logs = found.logs()
        for log in logs:
            if log.generation < found.checkpoint_of[0] and not self._has_files(log):
                continue  # it was let go, and the one behind it is lost
            self._take_begun(log)
            if self.has_log:
                break
        for log in logs:
            if log.log_id == self.follows and log.generation < self.generation:
                # All of it was acknowledged before this one began.
                self._old += [name_of(log.generation, number) for number in log.blocks]

    def _has_files(self, log: heads.Log) -> bool:
        """Return whether any block of a log is a file."""
        for number in log.blocks:
            head = self._files.read(name_of(log.generation, number), MARK_AT, MARK_SIZE)
            if any(
                head == self._flash.read(block, MARK_AT, MARK_SIZE)
                for block in log.candidates(number)
            ):
                return True
        return False

    def _take_begun(self, log: heads.Log) -> None:
        """Take this log if it has begun: its last block is the one with the greatest number."""
        made: dict[int, int] = {}
        while log.blocks:
            number = max(log.blocks)
            block = self._begun(number, log.candidates(number))
            if block != NONE:
                break
            made[number] = log.blocks.pop(number)
        else:
            return
        self.generation, self.log_id, self.last = log.generation, log.log_id, number
        self._blocks = log.blocks
        self._blocks[number] = block
        self._copied = set(log.others)
        for number in log.others:
            if number in self._blocks and number != self.last:
                block = self._begun(number, log.candidates(number))
                if block != NONE:
                    self._blocks[number] = block
        spare = self.last + 1
        self._unbegun = set(made)
        for block in made.values():
            if self._is_spare(block, spare):
                self._blocks[spare] = block
        # The next one and the last one first: they are written soon.
        self._to_check = spare
        if 0 in self._blocks:
            opening, _ = self.opening(0)
            if opening:
                self.follows = opening.follows

    def _is_spare(self, block: int, number: int) -> bool:
        """Return whether a block that has not begun can be the next one, with this number."""
        mark = blocks.unpack_mark(read_mark(self._flash, block))
        if not mark or mark.number != number or number in self._copied:
            return False
        return self._is_opening_blank(block)

    def _is_opening_blank(self, block: int) -> bool:
        return is_blank(bytes(self._flash.read(block, OPENING_AT, blocks.OPENING_SIZE)))

    def _begun(self, number: int, candidates: "list[int]") -> int:
        """Return which of the flash blocks with one mark is the log's; `NONE` if none has begun."""
        for block in candidates:
            if read_opening(self._flash, block, number)[0]:
                return block
        # Its opening is damaged, or copies are all that is left: the one with the most records.
        best, most = NONE, 2
        for block in candidates:
            if not self._is_opening_blank(block):
                size = SLOTS * RECORD_SIZE
                written = size - bytes(self._flash.read(block, SLOTS_AT, size)).count(b"\xff")
                if written > most:
                    best, most = block, written
        if best != NONE and len(candidates) > 1:
            self.hurt = HURT
        return best

    def _find_first(self) -> int:
        """Return the number of the oldest block that is not done, looking back from the last."""
        first = number = self.last
        while number > 0:
            number -= 1
            if number not in self._blocks:
                continue
            if self._is_done(number) or self._is_left_over(number):
                break
            first = number
        for number in [number for number in self._blocks if number < first]:
            self._old.append(self._name(number))
            del self._blocks[number]
        return first

    def _is_done(self, number: int) -> bool:
        if self._is_done_blank(number):
            return False
        block = self._blocks[number]
        raw = bytes(self._flash.read(block, DONE_AT, DONE_SIZE))
        mark = read_mark(self._flash, block)
        mended = blocks.corrected(raw, blocks.crc_of(mark))
        done = blocks.unpack_done(mended, mark) if mended else None
        return done is not None and done.block == block

    def _is_left_over(self, number: int) -> bool:
        """Return whether a block was let go, though a power cut has left its done half written.

        The block behind it was let go, too, and is in use for something else by now.
        """
        return number + 1 not in self._blocks and not self._is_done_blank(number)

    def _is_done_blank(self, number: int) -> bool:
        """Return whether a block's done slot is blank, but for one bit or two."""
        raw = bytes(self._flash.read(self._blocks[number], DONE_AT, DONE_SIZE))
        return raw.count(b"\xff") >= DONE_SIZE - 2

    def _name(self, number: int) -> str:
        return name_of(self.generation, number)


def _last_seq(number: int) -> int:
    """Return the seq of the last record that a block can hold."""
    return blocks.first_of(number + 1) - 1
