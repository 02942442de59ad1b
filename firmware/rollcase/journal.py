"""The log on flash: append, replay, acknowledge, begin anew.

`firmware/SPEC.md` has the bytes. Three files have parts of it: `heads` finds the blocks of the log
by their marks, `block_store` makes and removes them, `checkpoints` keeps what a start needs.

A record is one program in place, into the next slot of the last block. Its seq follows from its
place and is never given again, whatever becomes of the slot. A start takes the newest checkpoint,
or the opening of the last block, and reads the records behind it; `rollcore.slots` tells what is
torn and what is damaged. `torn`, `corrected`, `lost` and `skipped` count what no start before has
counted, and the record of the start carries the numbers to everyone who folds the log.
"""

from binascii import hexlify

from rollcase.block_store import NO_START, BlockStore, NoRoom
from rollcase.checkpoints import Checkpoints
from rollcase.heads import Heads
from rollcase.raw_flash import RawFlash
from rollcore import blocks, events, rest, slots, snapshot, state
from rollcore.blocks import SLOTS, Opening, Page, first_of, number_of
from rollcore.events import RECORD_SIZE, Event
from rollcore.memory import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from rollcase.parts import BlockDevice, Files

    Reader = Callable[[int, bytearray], None]

OLDER = "it was written by another version of the firmware, and is kept: host rescue brings it home"

MAX_TORN = 31
"""Half-written slots that a start tells of; 32 and more means lost bytes in older logs."""

MAX_COUNT = 0xFFFF

CLOCK_EVERY_S = 15 * 60
"""How often (s) a checkpoint keeps case time, and so the most that a power cut takes of it: some
100 pages and 7 erases a day, in two blocks that stand 100,000 erases each (own)."""

SETTLED_S = 60
"""A checkpoint follows so many seconds after the last record (own)."""

MAX_BEHIND = 8
"""Records after which a checkpoint follows as soon as the case is idle (own)."""

_TRIES = 3
"""Slots that one record is tried in."""


class JournalError(Exception):
    """The flash did not take the record; the log is as it was before."""


class JournalFull(JournalError):
    """No space is left, and nothing may be pruned: the host has to sync."""


class Journal:
    """The log on the flash `device`; `state` is what its records add up to.

    `files` is the file system that the flash belongs to. `make_id` returns 8 random bytes for a
    new log.
    """

    def __init__(
        self, device: "BlockDevice", files: "Files", make_id: "Callable[[], bytes]"
    ) -> None:
        self._files = files
        self._make_id = make_id
        self._slot = 0  # of the last block: where the next record goes
        self._chain = 0
        self.state = State()
        self.time = 0
        """Case time (s) to go on from after a start: never later than the truth."""
        self.acked = 0
        """The seq up to which a host has acknowledged."""
        self.torn = self.corrected = self.lost = self.skipped = 0
        self._is_told = False  # whether a record of this start has these numbers
        self.unusable = ""
        """Why the log can be neither read nor written; empty if it can."""
        self._page_seq = self._page_acked = 0  # of the newest checkpoint
        self._page_at = 0  # uptime (s) at which it was written
        self._changed_at = 0  # uptime (s) of the last record or acknowledgement
        self._checkpoints_checked = False
        self._tending = True  # until the flash refuses
        try:
            flash = RawFlash(device)
            found = Heads(flash)
            self._store = BlockStore(flash, files, found)
            self._checkpoints = Checkpoints(flash, files, found)
            if found.foreign or (not self._store.has_log and files.has_older_log()):
                # Blocks of this format may be there too: what is left of a log before that one.
                self.unusable = OLDER
            elif self._store.has_log:
                self.corrected += found.corrected
                self._open()
            else:
                known = self._known_of_lost(found)
                self._begin_log(make_id(), known)
        except OSError as error:
            self.unusable = f"the log cannot be read ({error})"

    @property
    def log_id(self) -> bytes:
        """The id of the log, 8 bytes; zeros if it is unusable."""
        return bytes(8) if self.unusable else self._store.log_id

    @property
    def follows(self) -> bytes:
        """The id of the log before this one, as long as its first block is there; else zeros."""
        return self._store.follows

    @property
    def hurt(self) -> str:
        """What is wrong with the files of the log, in words; empty if nothing is known."""
        return "" if self.unusable else self._store.hurt

    @property
    def first(self) -> int:
        """The seq of the oldest record on flash; equal to `next` in an empty log."""
        return 1 if self.unusable else min(first_of(self._store.first), self.next)

    @property
    def next(self) -> int:
        """The seq of the record that will be written next, if its slot is as it should be."""
        return 1 if self.unusable else first_of(self._store.last) + self._slot

    @property
    def left(self) -> int:
        """How many records there is room for, as far as that is known."""
        return 0 if self.unusable else SLOTS - self._slot + self._store.left(self.acked)

    def append(self, event: Event) -> bytes:
        """Give `event` the next seq, write it to flash and return its 32 bytes.

        Raises `JournalFull` if there is no space and `JournalError` if the flash fails; the log is
        then as it was before. What does not fit a record raises `events.RecordError`.
        """
        if self.unusable:
            raise JournalError(self.unusable)
        for _ in range(_TRIES):
            try:
                self._find_slot()
                event.seq = self.next
                raw = events.encode(event, self._chain)
                if self._write(raw):
                    break
            except NoRoom as error:
                raise JournalFull(error.args[0])
            except OSError as error:
                raise JournalError(f"the flash did not take a record ({error})")
        else:
            raise JournalError("the flash did not take a record")
        self._chain = events.crc_of(raw)
        state.apply(self.state, event)
        self._is_told = self._is_told or event.kind == events.BOOT
        self._changed_at = event.uptime
        self._tending = True
        return raw

    def find(self, seq: int, most: int) -> "tuple[int, int, int, Reader] | None":
        """Return where up to `most` slots of one block are, from `seq` or the next one on flash.

        Returns the seq of the first slot, the CRC that its record is chained to, how many slots
        there are, and what reads their bytes as they are on flash: called with an offset and a
        buffer, it raises OSError. None after the end of the log. Raises `JournalError` if the
        flash cannot be read.
        """
        if self.unusable:
            raise JournalError(self.unusable)
        store = self._store
        try:
            number = store.at_or_after(number_of(seq))
            while number >= 0:
                slot = max(0, seq - first_of(number))
                end = self._slot if number == store.last else SLOTS
                count = min(end - slot, most)
                if count > 0:
                    chain = self._chain_into(number, slot)
                    return first_of(number) + slot, chain, count, store.reader(number, slot)
                number = store.at_or_after(number + 1)
        except OSError as error:
            raise JournalError(f"the flash cannot be read ({error})")
        return None

    def read(self, seq: int, most: int) -> tuple[int, int, bytes]:
        """Return what `find` finds: the first seq, its chain, and the bytes of the slots.

        No bytes after the end of the log. Raises `JournalError` if the flash cannot be read.
        """
        found = self.find(seq, most)
        if not found:
            return self.next, 0, b""
        first, chain, count, fill = found
        raw = bytearray(count * RECORD_SIZE)
        try:
            fill(0, raw)
        except OSError as error:
            raise JournalError(f"the flash cannot be read ({error})")
        return first, chain, bytes(raw)

    def snapshot(self, seq: int) -> tuple[int, bytes]:
        """Return the packed state before the block that holds record `seq`, and its last seq.

        For 0 it is the state of now. `seq` is on flash, or the next one. Raises `JournalError` if
        the flash cannot be read, or the state before is damaged.
        """
        if not seq or number_of(seq) > self._store.last:
            return self.state.seq, snapshot.pack(self.state)
        try:
            number = self._store.at_or_after(number_of(seq))
            opening = self._store.opening(number)[0] if number >= 0 else None
            if opening:
                return snapshot.unpack(opening.state).seq, opening.state
        except OSError as error:
            raise JournalError(f"the flash cannot be read ({error})")
        raise JournalError("the state before that record is damaged")

    def trouble(self) -> str:
        """Return in words why the next record could not be written; empty if nothing is known."""
        if self.unusable:
            return self.unusable
        try:
            self._find_slot()
        except OSError as error:
            return error.args[0] if isinstance(error, NoRoom) else f"the flash fails ({error})"
        return ""

    def ack(self, seq: int, uptime: int) -> None:
        """Note at `uptime` (s) that a host has committed every record up to `seq`.

        The next checkpoint stores it. Lost in a power cut before, a host says it again.
        """
        if self.acked < seq < self.next:
            self.acked = seq
            self._changed_at = uptime
            self._tending = True

    def new_log(self, known: State) -> None:
        """Begin a new log in place of this one, born with the state `known`.

        Where there is no file system that can be used, one is made. Raises `JournalError` if the
        flash does not take it, or if not everything is acknowledged; then this log goes on.
        """
        if self.unusable:
            raise JournalError(self.unusable)
        if self.acked < self.state.seq:
            raise JournalError("not everything of this log is home yet: sync it")
        try:
            self._files.start_over()
            self._begin_log(self._make_id(), known)
        except OSError as error:
            raise JournalError(f"the flash did not take a new log ({error})")
        try:
            self._check_checkpoints()
        except OSError:
            pass  # the next checkpoint is late

    # Upkeep.

    def settle(self) -> str:
        """See that files may be written now; return why not, or an empty string."""
        if not self.unusable:
            try:
                self._store.check_all(self.acked)
            except OSError as error:
                return f"the flash cannot be read ({error})"
        return self.unusable or self.hurt

    def tend(self) -> bool:
        """Do one piece of upkeep; return whether there was anything to do."""
        if self.unusable or not self._tending:
            return False
        try:
            if self._slot >= SLOTS and self._store.has_spare and not self.hurt:
                self._find_slot()
                return True
            if self._store.tend(self.acked):
                return True
            if not self._checkpoints_checked:
                self._check_checkpoints()
                return True
        except OSError:
            self._tending = False  # until something has changed
        return False

    def checkpoint_due(self, uptime: int) -> int:
        """Return the seconds until a checkpoint is due; 0 if it is, at `uptime` (s)."""
        if self.unusable:
            return CLOCK_EVERY_S
        due = self._page_at + CLOCK_EVERY_S - uptime
        behind = self.state.seq - self._page_seq
        if behind >= MAX_BEHIND:
            return 0
        if behind or self.acked != self._page_acked:
            due = min(due, self._changed_at + SETTLED_S - uptime)
        return max(0, due)

    def checkpoint(self, time: int, uptime: int) -> None:
        """Keep what the log adds up to, and that case time (s) is `time` now, at `uptime` (s)."""
        if self.unusable:
            return
        store = self._store
        packed = snapshot.pack(self._known())
        page = Page(0, 0, self.state.seq, self._chain, time, self.acked, packed)
        may_make = store.checked and not store.hurt and self._checkpoints_checked
        # If it cannot be written, the next try is a quarter of an hour away.
        self._page_at, self._page_seq, self._page_acked = uptime, self.state.seq, self.acked
        try:
            self._checkpoints.write(page, store.generation, store.log_id, may_make)
        except OSError:
            pass  # until the next one, a start takes longer and a power cut costs more time

    # Inside.

    def _check_checkpoints(self) -> None:
        self._checkpoints.check()
        self._checkpoints_checked = True

    def _known(self) -> State:
        """Return the state for an opening or a checkpoint, which the next start may take.

        It has to know of a loss, too, as long as no record tells of it.
        """
        if not self.lost or self._is_told:
            return self.state
        known = self.state.copy()
        rest.assume_used(known, known.time)
        return known

    def _find_slot(self) -> None:
        """Go to the next slot that is blank; begin the next block if this one is full."""
        while True:
            if self._slot >= SLOTS:
                first = first_of(self._store.last + 1)
                opening = Opening(0, first, self._chain, snapshot.pack(self._known()))
                self._store.begin(opening, self.acked)
                self._slot = 0
            if self._store.slots(self._store.last, self._slot, self._slot + 1) == slots.BLANK:
                return
            self._slot += 1

    def _write(self, raw: bytes) -> bool:
        """Program a record into its slot; return whether it is there. Raises OSError."""
        try:
            self._store.program(self._slot, raw)
        except OSError:
            there = self._store.slots(self._store.last, self._slot, self._slot + 1)
            if there == slots.BLANK:
                raise
            self._slot += 1  # spoiled: its number is not given
            return False
        self._slot += 1
        return True

    def _begin_log(self, log_id: bytes, known: State) -> None:
        known.seq = 0
        chain = events.first_chain(log_id)
        follows = self._store.log_id if self._store.has_log else blocks.NO_LOG
        opening = Opening(0, 1, chain, snapshot.pack(known), follows)
        self._store.new_log(log_id, opening)
        self.state = known
        self._slot, self._chain, self.acked = 0, chain, 0
        self._page_seq = -1
        self._page_acked = 0
        self._checkpoints_checked = False
        self._tending = True

    def _chain_into(self, number: int, slot: int) -> int:
        """Return the CRC that the record in a slot of a block is chained to; 0 if not known."""
        if 0 < slot < SLOTS:
            # Mostly the two records there hang together: then no other is looked at, which takes
            # 0.2 ms each. A host that has all of the log asks for the last one in every sync.
            raw = self._store.slots(number, slot - 1, slot + 1)
            before = events.crc_of(raw[:RECORD_SIZE])
            if events.intact(raw[RECORD_SIZE:], before):
                return before
        chain = self._store.chain(number)
        if chain is None and not number:
            chain = events.first_chain(self._store.log_id)
        elif chain is None and self._store.before(number) == number - 1:
            chain = self._chain_into(number - 1, SLOTS)
        if slot:
            raw = self._store.slots(number, 0, slot)
            _, chain = slots.walk(raw, first_of(number), chain)
        return chain or 0

    # At the start.

    def _known_of_lost(self, found: Heads) -> State:
        """Return what a log that is lost is known to have added up to; nothing if there was none.

        A checkpoint says so. What came behind it counts as a use. No log goes on from a checkpoint
        if a later one has begun: that one may be another owner's.
        """
        known = State()
        generation, log_id = found.checkpoint_of
        newest = max(generation, self._store.lost_generation())
        if not newest:
            return known
        self._store.generation = newest
        self.lost += 1
        if generation == newest:
            page, is_mended = self._checkpoints.newest(log_id)
            if page and snapshot.is_snapshot(page.state):
                self.corrected += is_mended
                known = snapshot.unpack(page.state)
                known.time = self.time = max(known.time, page.time)
        rest.assume_used(known, known.time)  # the power may be cut before the start is logged
        return known

    def _open(self) -> None:
        """Replay the records behind the newest checkpoint, or behind an opening."""
        store = self._store
        page, is_page_mended = self._checkpoints.newest(store.log_id)
        if page and not snapshot.is_snapshot(page.state):
            page = None
        if page and self._is_ahead(page):
            # Records that are in the checkpoint are not on the flash: their block was lost.
            self._take(page)
            self.lost += 1
            self._go_behind(page.seq)
        else:
            number, slot = self._start_of_replay(page, is_page_mended)
            self._replay(number, slot, page.seq if page else 0)
        self.time = self.state.time
        if page:
            self.acked = min(page.acked, self.state.seq)
            if page.seq == self.state.seq:
                self.time = max(self.time, page.time)
            self._page_seq, self._page_acked = page.seq, page.acked
        if not self.state.seq and store.generation > 1 and store.follows == blocks.NO_LOG:
            self.lost += 1  # born in place of a lost log, and the power cut before a record said so
        if self._slot >= SLOTS and store.has_lost(store.last + 1):
            self.lost += 1
            self._go_behind(first_of(store.last + 2) - 1)

    def _take(self, page: Page) -> None:
        self.state = snapshot.unpack(page.state)
        self._chain = page.crc

    def _is_ahead(self, page: Page) -> bool:
        """Return whether no record of this seq is on the flash."""
        slot = page.seq - first_of(self._store.last)
        if slot < 0:
            return False
        if slot >= SLOTS:
            return True
        return self._store.slots(self._store.last, slot, slot + 1) == slots.BLANK

    def _go_behind(self, seq: int) -> None:
        """Give no number up to `seq` any more."""
        self._store.last = number_of(seq)
        self._slot = SLOTS

    def _hangs_on(self, page: Page, number: int) -> bool:
        """Return whether the record of this seq in a block has this CRC, but for flipped bits."""
        raw = self._store.slots(number, page.seq - first_of(number))
        differing = events.crc_of(raw[:RECORD_SIZE]) ^ page.crc
        if bin(differing).count("1") <= slots.MAX_GONE:
            return True
        # The record may be damaged in its CRC: what is behind it is chained to what was there.
        found, _ = slots.walk(raw[RECORD_SIZE:], page.seq + 1, page.crc)
        return any(slot.is_record and slot.seed == page.crc for slot in found)

    def _start_of_replay(self, page: "Page | None", is_page_mended: bool) -> tuple[int, int]:
        """Take the newest state that is known; return block and slot of the records behind it."""
        store = self._store
        number = store.last
        while number >= 0:
            if page and number_of(page.seq) == number and self._hangs_on(page, number):
                self._take(page)
                self.corrected += is_page_mended
                return number, page.seq - first_of(number) + 1
            opening, is_mended = store.opening(number)
            if opening:
                if not snapshot.is_snapshot(opening.state):
                    raise OSError(OLDER)
                self.state = snapshot.unpack(opening.state)
                self._chain = opening.chain
                self.corrected += is_mended
                return number, 0
            number = store.before(number)
        self.lost += 1  # nobody knows what was before
        self._chain = events.first_chain(store.log_id)  # if it is the first block that is there
        if page:
            self._take(page)
            return number_of(page.seq + 1), page.seq - first_of(number_of(page.seq + 1)) + 1
        store.hurt = NO_START
        return store.numbers(0)[0], 0

    def _replay(self, start: int, slot: int, known: int) -> None:
        """Fold the records from a slot of block `start` on; `known` is known to have been whole."""
        store = self._store
        chain: int | None = self._chain
        # No block behind the start has an opening that can be read: the replay would start there.
        for number in store.numbers(start):
            first = first_of(number) + slot
            found, chain = slots.walk(store.slots(number, slot), first, chain, known)
            self._slot = slot
            for one in found:
                self._fold(one)
                if one.what != slots.SKIPPED:
                    self._slot = one.seq - first_of(number) + 1
            self._uncount_unpassed(found)
            slot = 0
        self._chain = chain or 0

    def _fold(self, slot: slots.Slot) -> None:
        """Add what is in a slot to the state and to the counts."""
        if slot.what == slots.TORN:
            self.torn = min(self.torn + 1, MAX_TORN)
        elif slot.what == slots.SKIPPED:
            self.skipped = min(self.skipped + 1, MAX_COUNT)
        elif slot.what == slots.DAMAGED:
            self.lost = min(self.lost + 1, MAX_COUNT)
            self.state.seq = slot.seq
        else:
            self.corrected = min(self.corrected + slot.what, MAX_COUNT)
            try:
                event = events.decode(slot.raw)
            except events.RecordError:
                # Written by a newer firmware: the record keeps its seq and changes nothing.
                self.state.seq = slot.seq
                return
            state.apply(self.state, event)
            if event.kind == events.BOOT:
                # That start has told of what was before it.
                data = event.data
                self.torn = max(0, self.torn - data["torn"])
                self.corrected = max(0, self.corrected - data["corrected"])
                self.lost = max(0, self.lost - data["lost"])
                self.skipped = max(0, self.skipped - data["skipped"])

    def _uncount_unpassed(self, found: "list[slots.Slot]") -> None:
        """Take back the count of spoiled slots that no record was written behind."""
        for slot in reversed(found):
            if slot.what != slots.SKIPPED:
                return
            self.skipped = max(0, self.skipped - 1)


def id_text(log_id: bytes) -> str:
    """Return the id of a log as 16 hex digits, as the line has it."""
    return hexlify(log_id).decode()
