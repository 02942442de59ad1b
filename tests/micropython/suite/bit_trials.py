"""Flips bits of a flash, starts the case on it, and judges what it makes of its log.

`Story` writes a flash and knows the truth. `Trial` starts the firmware on a copy with flipped bits
as `main.py` does, does its upkeep to the end, reads the log as a host does, writes some records,
starts again and judges again. What is found wrong has a name:

- bent: a rest, hold, open reaction, limit, head count or the clock came out less than it is,
  and the case does not say that it takes no use
- lost: a record cannot be read any more, and nothing says so
- doubled: a seq is given twice, or a second log begins though the first is not home
- blocked: a host cannot go on reading, or the case does not start
"""

import gc
import os

import vfs  # type: ignore[import-not-found]  # MicroPython alone has it
from boards.virtual.flash import BLOCK_SIZE, PAGE_SIZE
from tests.micropython.suite.ram_flash import LOG, PLACE, RamFlash
from tests.micropython.suite.stories import Dice

from rollcase import block_store, checkpoints
from rollcase.app import App
from rollcase.block_files import BlockFiles
from rollcase.clock import TICKS_MASK
from rollcase.journal import Journal, JournalError
from rollcore import blocks, events, policy, rest, slots, snapshot
from rollcore.memory import FOREVER, HEAD_SINCE, NEVER
from rollcore.policy import Policy

LOG_ID = b"\x01\x02\x03\x04\x05\x06\x07\x08"
NEXT_LOG_ID = b"3rd log."

NOW = 205000000
DAY_S = 86400
FIRST_TICK = 1000

BENT = "bent"
LOST = "lost"
DOUBLED = "doubled"
BLOCKED = "blocked"

CLOCK_BEHIND = "clock behind"

_RULES = policy.for_needle(500).changed(
    revision=3, rest_h=1200, clinic_rest_h=1000, reaction_rest_h=900, head_uses=60,
    head_warn_uses=50, head_days=80, soak_after_min=20,
)  # fmt: skip
RULES = Policy(policy.numbers_of(_RULES), ("face", "neck"))

LONGER_IS_SAFER = (
    "rest_h", "clinic_rest_h", "reaction_rest_h", "soak_before_min", "dry_before_min",
    "soak_after_min", "dry_after_min",
)  # fmt: skip
SHORTER_IS_SAFER = ("ready_min", "overdue_min", "warn_min", "stop_min", "head_uses", "head_days")


class Board:
    """The flash, the file system on it if it can be mounted, and the case."""

    def __init__(self, flash: RamFlash, formats: bool = False, log_id: bytes = LOG_ID) -> None:
        """Start the case as `main.py` does; with `formats` make a flash anew that does not mount.

        Stock MicroPython does that, and the product's own image does not.
        """
        self.flash = flash
        self.mounts = mount(flash)
        self.formatted = False
        if not self.mounts and formats:
            format_and_mount(flash)
            self.mounts = self.formatted = True
        files = BlockFiles(LOG, lambda: format_and_mount(flash))
        self._ticks = FIRST_TICK
        self.elapsed_s = 0
        self.journal = Journal(flash, files, lambda: log_id)
        self.torn = self.journal.torn
        self.corrected = self.journal.corrected
        self.lost = self.journal.lost
        self.skipped = self.journal.skipped
        self.time = self.journal.time
        self.app = App(LOG, self.journal, events.POWER_ON, self._ticks, lambda line: None)
        self.app.start()

    def wait_s(self, seconds: int) -> None:
        """Let so many seconds pass."""
        self._ticks = (self._ticks + 1000 * seconds) & TICKS_MASK
        self.elapsed_s += seconds
        self.app.step(self._ticks, False)

    def tend(self) -> None:
        """Do all upkeep that there is."""
        self.wait_s(2)
        for _ in range(500):
            if not self.app.tend():
                return
        raise AssertionError("the upkeep does not end")

    @property
    def is_said(self) -> bool:
        """Whether the case shows that something is wrong, and takes no use."""
        return bool(self.app.fault) or self.app.safe


def mount(flash: RamFlash) -> bool:
    """Mount what is on this flash in place of what is mounted; return whether it can be."""
    umount()
    flash.strict = True
    try:
        vfs.mount(vfs.VfsLfs2(flash, progsize=PAGE_SIZE), PLACE)
    except OSError:
        return False
    return True


def umount() -> None:
    """Take away what is mounted. No file is open: the firmware keeps none."""
    try:
        vfs.umount(PLACE)
    except OSError:
        pass  # nothing is


def format_and_mount(flash: RamFlash) -> None:
    """Make a new file system, as `rollcase.hal.flash` does."""
    umount()
    vfs.VfsLfs2.mkfs(flash, progsize=PAGE_SIZE)
    mount(flash)


# The truth.


class Known:
    """What a case knows that keeps its owner from a use too early, at one moment.

    Ends are case times (s). `real` is the case time that it is in truth: the clock of the case is
    behind it by what power cuts took.
    """

    def __init__(self, board: Board, real: int) -> None:
        state, rules = board.journal.state, board.app.policy
        self.packed = snapshot.pack(state)
        self.clock = board.app.clock.time
        self.real = real
        self.rests = [rest.rested_at(state, rules, zone) for zone in range(len(rules.zones))]
        self.hold = state.hold_reason
        self.hold_until = state.hold_until or FOREVER
        self.reactions = state.reactions
        self.red = bin(state.red & ~state.seen).count("1") + state.red_unnamed
        self.head_uses = state.head_uses
        self.head_out = state.head_out
        since = state.at[HEAD_SINCE]
        self.head_since = FOREVER if since == NEVER else since
        self.dirty = state.dirty
        self.numbers = policy.numbers_of(rules)
        self.digest = rules.digest

    def bent(self, true: "Known") -> "list[str]":
        """Return what is less here than it is in truth."""
        wrong: list[str] = []
        if self.clock > true.real:
            wrong.append(f"the clock is {self.clock - true.real} s ahead")
        if (self.packed, self.digest) == (true.packed, true.digest):
            return wrong
        late = true.real - self.clock
        for zone, end in enumerate(self.rests):
            if zone < len(true.rests) and end + late < true.rests[zone]:
                wrong.append(f"the rest of zone {zone} is {true.rests[zone] - end} s short")
        if true.hold and not self.hold:
            wrong.append("the hold is gone")
        elif self.hold and self.hold_until + late < true.hold_until:
            wrong.append("the hold is short")
        if self.reactions < true.reactions:
            wrong.append("a reaction is gone")
        if self.red < true.red:
            wrong.append("a red flag is gone")
        if self.head_uses < true.head_uses or self.head_since > true.head_since:
            wrong.append(f"the head has {self.head_uses} uses since {self.head_since}")
        if true.head_out and not self.head_out:
            wrong.append("the head is not out")
        if true.dirty and not self.dirty:
            wrong.append("the roller is not dirty")
        for name in LONGER_IS_SAFER:
            if self.numbers[name] < true.numbers[name]:
                wrong.append("limit " + name)
        for name in SHORTER_IS_SAFER:
            if self.numbers[name] > true.numbers[name]:
                wrong.append("limit " + name)
        return wrong


class Pulled:
    """What a host gets that reads the log from `start` on, and whose archive ends there."""

    def __init__(self, journal: Journal, start: int, chain: "int | None") -> None:
        self.records: dict[int, bytes] = {}
        self.said: dict[int, int] = {}
        """What `slots` says of each slot that is not whole."""
        self.unread = ""
        seq = start
        for _ in range(1000):
            try:
                first, seed, raw = journal.read(seq, slots_at_once())
            except JournalError as error:
                self.unread = str(error)
                return
            if not raw:
                return
            if first < seq or len(raw) % 32:
                self.unread = f"asked for {seq}, got {len(raw)} bytes at {first}"
                return
            if chain is None or first != seq:
                chain = seed or None
            found, chain = walked(raw, first, chain, journal.state.seq)
            for slot in found:
                if slot.is_record:
                    self.records[slot.seq] = slot.raw
                if slot.what != slots.WHOLE:
                    self.said[slot.seq] = slot.what
            seq = first + len(raw) // 32
        self.unread = "it does not end"


_walked: "dict[tuple[bytes, int, int | None, int], tuple[list[slots.Slot], int | None]]" = {}


def walked(
    raw: bytes, first: int, chain: "int | None", known: int
) -> "tuple[list[slots.Slot], int | None]":
    """Return what `slots.walk` does; it is asked once for the same bytes, which saves hours."""
    asked = (raw, first, chain, known)
    if asked not in _walked:
        if len(_walked) > 50:
            _walked.clear()
        _walked[asked] = slots.walk(raw, first, chain, known)
    return _walked[asked]


def slots_at_once() -> int:
    """Return how many slots a host asks for at once."""
    return blocks.SLOTS


class Dates:
    """Appends events to a journal, one after the other, each some time after the one before."""

    def __init__(self, board: Board) -> None:
        self.board = board

    def log(self, kind: int, data: "dict[str, int]", zone: int = 0, after_s: int = 60) -> None:
        """Let so many seconds pass, then log this."""
        self.board.wait_s(after_s)
        why_not = self.board.app._recorder.log(kind, data, zone)
        if why_not:
            raise AssertionError(why_not)

    def use(self, zone: int, after_s: int = 4 * DAY_S // 24) -> None:
        """Soak, use this zone, and soak again: six records."""
        before = {"purpose": events.BEFORE_USE}
        self.log(events.SOAK_STARTED, before, 0, after_s)
        self.log(events.SOAK_ENDED, {"purpose": events.BEFORE_USE, "how": events.SOAK_DONE}, 0, 600)
        digest = self.board.app.policy.digest
        self.log(events.USE_STARTED, {"how": events.IN_TURN, "digest": digest}, zone, 700)
        self.log(events.USE_ENDED, {"how": events.BY_BUTTON, "seconds": 240}, zone, 240)
        self.log(events.SOAK_STARTED, {"purpose": events.AFTER_USE}, 0, 60)
        self.log(events.SOAK_ENDED, {"purpose": events.AFTER_USE, "how": events.SOAK_DONE}, 0, 1200)


def seed_urandom(seed: int) -> None:
    """Have the firmware's nonces be the same on every run."""
    dice = Dice(seed)

    def numbers(size: int) -> bytes:
        return bytes([dice.below(256) for _ in range(size)])

    block_store.urandom = numbers  # type: ignore[attr-defined]
    checkpoints.urandom = numbers  # type: ignore[attr-defined]


class Story:
    """A flash with a log on it, and what is true of it. `live` writes the log."""

    flash_blocks = 32
    log_id = LOG_ID
    rules = RULES

    def __init__(self) -> None:
        seed_urandom(11)
        flash = RamFlash(self.flash_blocks)
        format_and_mount(flash)
        os.mkdir(LOG)
        self._finish(self.live(Board(flash)))

    def live(self, board: Board) -> Board:
        """Write the log; return the case as it is when the power is cut."""
        raise NotImplementedError

    def _finish(self, board: Board) -> None:
        """Keep the flash as a power cut leaves it, and what is true of it."""
        journal = board.journal
        self.last = journal.next - 1
        self.clock = board.app.clock.time
        self.acked = journal.acked
        self.log_id = journal.log_id
        # What a host reads now is what is there.
        pulled = Pulled(journal, journal.first, None)
        if pulled.unread or pulled.said:
            raise AssertionError(f"{pulled.unread} {pulled.said}")
        self.records = pulled.records
        self.image = bytes(board.flash.image)
        # What is true after a start, and after some records more: as it is with no bit flipped.
        self.after: list[Known] = []
        self.found = Trial(self, None)
        self.found.run()
        self.after = self.found.known
        self.first = self.found.first
        self.acked_at_start = self.found.acked
        if self.found.wrong or len(self.after) != 2:
            raise AssertionError(f"{self.found.wrong} {self.found.notes}")
        self.image = self.hurt(self.image)
        self.found = Trial(self, None)
        self.found.run()
        if self.found.wrong:
            raise AssertionError(f"{self.found.wrong} {self.found.notes}")

    def hurt(self, image: bytes) -> bytes:
        """Return these bytes of the flash, after what has hurt it before any bit was flipped."""
        return image

    def places(self) -> "list[tuple[str, int, int]]":
        """Return the regions of the flash: name, and the first byte and the one behind the last."""
        found: list[tuple[str, int, int]] = []
        image = self.image
        names = _littlefs_blocks(image)
        for block in range(len(image) // BLOCK_SIZE):
            at = block * BLOCK_SIZE
            raw = image[at : at + BLOCK_SIZE]
            mark = blocks.unpack_mark(raw[64:96])
            if mark and mark.what == blocks.LOG:
                name = f"block {mark.generation}/{mark.number}"
                found.append((name + " before the mark", at, at + 64))
                found.append((name + " mark", at + 64, at + 96))
                found.append((name + " opening", at + 96, at + 320))
                end = blocks.SLOTS
                while end and raw[320 + 32 * (end - 1) : 320 + 32 * end] == slots.BLANK:
                    end -= 1
                found.append((name + " records", at + 320, at + 320 + 32 * end))
                found.append((name + " blank slots", at + 320 + 32 * end, at + 4064))
                found.append((name + " done", at + 4064, at + BLOCK_SIZE))
            elif mark:
                found.append((f"checkpoint {mark.number} mark", at + 64, at + 96))
                found.append((f"checkpoint {mark.number} pages", at + 256, at + BLOCK_SIZE))
                found.append((f"checkpoint {mark.number} first page", at, at + 64))
                found.append((f"checkpoint {mark.number} first page", at + 96, at + 256))
            elif block in names:
                end = len(raw)
                while end and raw[end - 1] == 0xFF:
                    end -= 1
                found.append((f"littlefs {names[block]}", at, at + end))
                found.append((f"littlefs {names[block]} blank", at + end, at + BLOCK_SIZE))
            else:
                found.append(("rest", at, at + BLOCK_SIZE))
        return found


def _littlefs_blocks(image: bytes) -> "dict[int, str]":
    """Return the blocks that hold littlefs' metadata: those whose first commit is one."""
    found: dict[int, str] = {}
    for block in range(len(image) // BLOCK_SIZE):
        at = block * BLOCK_SIZE
        raw = image[at : at + BLOCK_SIZE]
        if raw[:4] == b"\xff\xff\xff\xff" or blocks.unpack_mark(raw[64:96]):
            continue
        # The first tag of a metadata block is big-endian, XORed with 0xFFFFFFFF, and valid.
        tag = int.from_bytes(raw[4:8], "big") ^ 0xFFFFFFFF
        if not tag >> 31 and tag != 0:
            found[block] = f"block {block}"
    return found


def begin(board: Board) -> Dates:
    """Set clock and policy."""
    board.app.set_clock(NOW, events.FROM_HOST, events.SYNCHRONISED)
    board.app.set_policy(RULES)
    board.tend()
    return Dates(board)


def fill(dates: Dates, last: int) -> None:
    """Write records up to about this seq, of uses and of refusals."""
    board = dates.board
    zone = 0
    while board.journal.next + 6 < last:
        dates.use(zone)
        zone = 1 - zone
        board.tend()
    while board.journal.next < last:
        refused = {"gesture": 2, "reason": 1, "until": 9, "digest": RULES.digest}
        dates.log(events.REFUSED, refused)
        board.tend()


def end(dates: Dates) -> None:
    """Write what is in force at the end: 17 records that a checkpoint has, and 3 behind it."""
    board, app = dates.board, dates.board.app
    dates.log(events.HEAD_NEW, {"uses": app.journal.state.head_uses, "token": 71})
    dates.use(0, 8 * 3600)
    dates.log(events.CLINIC, {"at": app.clock.time - 300, "needle_um": 500, "token": 72}, 1)
    dates.use(1, 8 * 3600)
    dates.log(events.REACTION_OPENED, {"at": app.clock.time, "token": 73, "red": 1}, 0)
    board.tend()
    board.wait_s(100)
    board.tend()
    dates.log(events.HOLD_SET, {"reason": 2, "until": app.clock.time + 90 * DAY_S, "token": 78})
    dates.log(events.LID, {"what": events.LID_OPENED}, 0, 5)
    dates.log(events.REACTION_OPENED, {"at": app.clock.time, "token": 79, "red": 0}, 1, 5)


class ThreeBlocks(Story):
    """Three blocks that are not home, one that is done and still has its file, and a spare one.

    The newest records are in no checkpoint.
    """

    def live(self, board: Board) -> Board:
        """Write the log."""
        dates = begin(board)
        fill(dates, 3 * blocks.SLOTS + 40)
        board.journal.ack(blocks.SLOTS + 13, board.app.clock.uptime)
        end(dates)
        store = board.journal._store
        store._mark_done(store.first, board.journal.acked)
        return board


class Settled(ThreeBlocks):
    """The same, and all records are in two checkpoints, which differ in the time alone."""

    def live(self, board: Board) -> Board:
        """Write the log, and wait."""
        super().live(board)
        for _ in range(2):
            board.wait_s(1000)
            board.tend()
        return board


class Young(Story):
    """A few records in one block."""

    def live(self, board: Board) -> Board:
        """Write the log."""
        end(begin(board))
        return board


class Many(Story):
    """Nine full blocks and more, so many that the marks are not all looked at closely."""

    flash_blocks = 48

    def live(self, board: Board) -> Board:
        """Write the log."""
        dates = begin(board)
        fill(dates, 9 * blocks.SLOTS + 40)
        board.journal.ack(blocks.SLOTS + 13, board.app.clock.uptime)
        end(dates)
        return board


class Turned(Story):
    """A flash that was full and was fetched: its oldest blocks went, and the next one is not made.

    One bit makes the number of the newest block that of the one before the oldest.
    """

    flash_blocks = 28

    def live(self, board: Board) -> Board:
        """Write the log."""
        journal = board.journal
        store = journal._store
        dates = begin(board)
        end(dates)
        refused = {"gesture": 2, "reason": 1, "until": 9, "digest": RULES.digest}
        while journal.next < 80 * blocks.SLOTS:
            dates.log(events.REFUSED, refused, 0, 30)
            if journal.next % blocks.SLOTS == 3 and not store.has_spare:
                oldest = min(_numbers(board.flash.image))
                apart = (oldest - 1) ^ store.last
                if oldest and apart & (apart - 1) == 0:
                    return board
            if journal.next % blocks.SLOTS not in (1, 2, 3):
                board.tend()
            if len(store.numbers(0)) > 6:
                journal.ack(journal.next - 3 * blocks.SLOTS, board.app.clock.uptime)
        raise AssertionError("no bit brings the newest block before the oldest")


def _numbers(image: "bytes | bytearray") -> "list[int]":
    """Return the numbers of all blocks of a log whose marks are on a flash."""
    marks = [
        blocks.unpack_mark(bytes(image[at : at + blocks.MARK_SIZE]))
        for at in range(blocks.MARK_AT, len(image), BLOCK_SIZE)
    ]
    return [mark.number for mark in marks if mark and mark.what == blocks.LOG]


class Copied(Story):
    """Somebody has copied files of the log to other names."""

    def live(self, board: Board) -> Board:
        """Write the log, and copy its files."""
        dates = begin(board)
        fill(dates, 2 * blocks.SLOTS + 40)
        end(dates)
        os.mkdir(PLACE + "/copy")
        for name in ("1-000/00001", "1-000/00002", "1-000/00003", "a/checkpoint", "b/checkpoint"):
            copy_file(f"{LOG}/{name}", PLACE + "/copy/" + name.replace("/", "-"))
        return board


def copy_file(source: str, target: str) -> None:
    """Copy a file as `mpremote fs cp` does: read all of it, then write all of it."""
    with open(source, "rb") as file:
        raw = file.read()
    with open(target, "wb") as file:
        file.write(raw)


class SecondLog(Story):
    """A new log that was born with what the case knew; the files of the old one are still there."""

    goes_on = 3
    """Records in the new log."""

    def live(self, board: Board) -> Board:
        """Write two logs."""
        dates = begin(board)
        fill(dates, blocks.SLOTS + 40)
        end(dates)
        board.tend()
        board.app.ack(board.journal.next - 1)
        board.tend()
        board.journal._make_id = lambda: b"2nd log."
        why_not = board.app.new_log(True)
        if why_not:
            raise AssertionError(why_not)
        for _ in range(self.goes_on):
            dates.log(events.LID, {"what": events.LID_OPENED}, 0, 5)
        return board


class SecondLogEmpty(SecondLog):
    """The same, and nothing is in the new log yet."""

    goes_on = 0


class SecondLogTidy(SecondLog):
    """The same, and the files of the old log are gone."""

    def live(self, board: Board) -> Board:
        """Write two logs, and tidy up."""
        super().live(board)
        board.wait_s(200)
        board.tend()
        return board


class Formatted(Story):
    """Stock MicroPython has formatted the flash; the log is alive behind it."""

    def live(self, board: Board) -> Board:
        """Write the log."""
        end(begin(board))
        board.tend()
        return board

    def hurt(self, image: bytes) -> bytes:
        """Format."""
        flash = RamFlash(self.flash_blocks, image)
        format_and_mount(flash)
        return bytes(flash.image)


STORIES = (
    ThreeBlocks, Settled, Young, Many, Turned, Copied, SecondLog, SecondLogEmpty, SecondLogTidy,
    Formatted,
)  # fmt: skip


class Trial:
    """One flash with flipped bits, given as their numbers; `wrong` says what came out wrong."""

    def __init__(self, story: Story, flash: "RamFlash | None", formats: bool = False) -> None:
        self.story = story
        self.formats = formats
        self.flash = flash or RamFlash(len(story.image) // BLOCK_SIZE, story.image)
        self.wrong: list[str] = []
        self.known: list[Known] = []
        self.notes: set[str] = set()
        self.first = self.acked = 0
        self.real = story.clock  # case time at the next start, in truth
        self.board: Board | None = None

    def run(self) -> None:
        """Start, judge, write, start again, judge again."""
        written: dict[int, bytes] = {}
        try:
            for round_number in range(2):
                self.board = board = Board(self.flash, self.formats)
                self._judge(board, round_number, written)
                self.real += board.elapsed_s
                if self.wrong or "new log" in self.notes:
                    return
        except Exception as error:
            self.wrong.append(f"{BLOCKED}: {type(error).__name__} {error}")
            return

    def _judge(self, board: Board, round_number: int, written: "dict[int, bytes]") -> None:
        story, journal = self.story, board.journal
        where = f"(start {round_number + 1})"
        if journal.unusable:
            self.wrong.append(f"{BLOCKED}: {journal.unusable} {where}")
            return
        if journal.log_id != story.log_id and not story.last:
            # Its opening is taken for a write that was cut: the log before goes on.
            self.notes.add("the log before")
            self.notes.add("new log")
            bent = Known(board, self.real).bent(story.after[0])
            if bent:
                self.wrong.append(f"{BENT}: the log before: {', '.join(bent)}")
            return
        if journal.log_id != story.log_id:
            self.wrong.append(f"{DOUBLED}: a second log {where}")
            return
        last = max(story.last, max(written) if written else 0)
        if board.corrected:
            self.notes.add("boot: corrected")
        if board.lost:
            self.notes.add("boot: lost")
        if board.torn:
            self.notes.add("boot: torn")
        if board.skipped:
            self.notes.add("boot: skipped")
        if journal.state.seq <= last and not board.is_said:
            self.wrong.append(f"{DOUBLED}: after {last} came {journal.state.seq} {where}")
        if journal.acked > story.acked:
            self.wrong.append(f"{LOST}: acked {journal.acked} for {story.acked} {where}")
        board.tend()
        known = Known(board, self.real + board.elapsed_s)
        self.known.append(known)
        if board.is_said:
            self.notes.add("fault: " + board.app.fault)
        if story.after:
            true = story.after[round_number]
            if not board.is_said:
                bent = known.bent(true)
                if bent:
                    self.wrong.append(f"{BENT}: {', '.join(bent)} {where}")
            if true.real - known.clock > 30:
                self.notes.add(CLOCK_BEHIND)
            if known.packed != true.packed:
                self.notes.add("state differs")
            if known.digest != true.digest:
                self.notes.add("policy lost")
        self._pull(board, written, where)
        if board.journal.hurt:
            self._go_home(board, where)
            return
        self._restore_policy(board, where)
        if board.is_said:
            self.wrong.append(f"{BLOCKED}: the fault stays: {board.app.fault} {where}")
        if round_number == 0:
            self.first, self.acked = journal.first, journal.acked
            for number in range(3):
                board.wait_s(20)
                data = {"what": events.LID_OPENED + number % 2}
                if board.app._recorder.log(events.LID, data):
                    self.notes.add("log: refused")
                    continue
                if journal.state.seq in written or journal.state.seq <= last:
                    self.wrong.append(f"{DOUBLED}: {journal.state.seq} {where}")
                _, _, raw = journal.read(journal.state.seq, 1)
                written[journal.state.seq] = raw
            board.tend()

    def _pull(self, board: Board, written: "dict[int, bytes]", where: str) -> None:
        """Read the log as a host does, from where the archive ends and from the start."""
        story, journal = self.story, board.journal
        archived = story.records.get(story.acked)
        chain = events.crc_of(archived) if archived else None
        for start in (story.acked + 1, journal.first):
            pulled = Pulled(journal, start, chain if start == story.acked + 1 else None)
            if pulled.unread:
                self.wrong.append(f"{BLOCKED}: {pulled.unread} {where}")
                return
            for what in pulled.said.values():
                self.notes.add(("", "walk: corrected", "walk: skipped", "walk: torn",
                    "walk: damaged")[what])  # fmt: skip
            if pulled.records == story.records and start == journal.first and not written:
                continue
            for true in (story.records, written):
                for seq, raw in true.items():
                    if seq <= story.acked and start > journal.first:
                        continue
                    if seq < start or pulled.records.get(seq) == raw:
                        continue
                    self._missing(board, pulled, seq, where)
            for seq in pulled.records:
                if seq <= story.last and pulled.records[seq] != story.records.get(seq):
                    self.wrong.append(f"{BENT}: record {seq} is another one {where}")
        if journal.first > 1:
            try:
                journal.snapshot(journal.first)
            except JournalError:
                self.notes.add("no state before the first record")

    def _missing(self, board: Board, pulled: Pulled, seq: int, where: str) -> None:
        if seq < self.story.acked + 1:
            self.notes.add("acknowledged record lost")
        elif pulled.said.get(seq) == slots.DAMAGED:
            self.notes.add("record lost, said by the walk")
        elif board.lost:
            self.notes.add("record lost, said by the start")
        elif board.is_said:
            self.notes.add("record lost, said by a fault")
        elif "boot: lost" in self.notes:
            self.notes.add("record lost, said by a start")
        else:
            self.wrong.append(f"{LOST}: record {seq} {where}")

    def _restore_policy(self, board: Board, where: str) -> None:
        """Set the policy again where the case has lost it, as a host does."""
        if board.app.policy.digest != board.journal.state.policy_digest:
            why_not = board.app.set_policy(self.story.rules)
            if why_not:
                self.wrong.append(f"{BLOCKED}: the policy is not taken: {why_not} {where}")

    def _go_home(self, board: Board, where: str) -> None:
        """Where littlefs has lost a part: everything goes home, and a new log begins."""
        app, journal = board.app, board.journal
        before = snapshot.pack(journal.state)
        app.ack(journal.next - 1)
        server_id = NEXT_LOG_ID
        journal._make_id = lambda: server_id
        why_not = app.new_log(True)
        if why_not:
            self.wrong.append(f"{BLOCKED}: no new log: {why_not} {where}")
            return
        if before[12:] != snapshot.pack(journal.state)[12:]:
            self.wrong.append(f"{BENT}: the new log knows something else {where}")
        self._restore_policy(board, where)
        if app.fault:
            self.wrong.append(f"{BLOCKED}: fault in the new log: {app.fault} {where}")
            return
        board.tend()
        digest, clock = app.policy.digest, app.clock.time
        again = Board(self.flash, self.formats)
        if again.journal.log_id != NEXT_LOG_ID or again.journal.unusable or again.journal.hurt:
            self.wrong.append(
                f"{BLOCKED}: the new log: {again.journal.log_id!r} {again.journal.unusable}"
                f"{again.journal.hurt} {where}"
            )
            return
        if again.app.policy.digest != digest or again.time < clock - 3:
            self.notes.add("policy or clock lost with the new log")
        known = Known(again, self.real + board.elapsed_s)
        if self.story.after:
            true = self.story.after[0]
            true.real = known.real
            bent = known.bent(true)
            if bent:
                self.wrong.append(f"{BENT}: new log: {', '.join(bent)} {where}")
        again.tend()
        self.notes.add("new log")


def flip(image: bytearray, bit: int) -> None:
    """Flip one bit."""
    image[bit >> 3] ^= 1 << (bit & 7)


class Bench:
    """Runs trials on one flash, and counts what they find."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.flash = RamFlash(len(story.image) // BLOCK_SIZE, story.image)
        self.tried = 0
        self.wrong: dict[str, int] = {}
        self.examples: dict[str, list[str]] = {}
        self.notes: dict[str, int] = {}

    def one(self, bits: "tuple[int, ...]", place: str = "", formats: bool = False) -> Trial:
        """Try these bits."""
        flash = self.flash
        flash.image[:] = self.story.image
        for bit in bits:
            flip(flash.image, bit)
        trial = Trial(self.story, flash, formats)
        trial.run()
        self.tried += 1
        if len(bits) == 1:
            # One bit is put right: it is not enough that its harm is told of.
            for note in trial.notes:
                if note.startswith("record lost"):
                    trial.wrong.append(f"{LOST}: {note}")
                elif note == CLOCK_BEHIND:
                    trial.wrong.append(f"{BENT}: {note}")
        for note in trial.notes:
            self.notes[note] = self.notes.get(note, 0) + 1
        if not trial.notes:
            self.notes["nothing to say"] = self.notes.get("nothing to say", 0) + 1
        for words in trial.wrong:
            kind = words.split(":")[0]
            self.wrong[kind] = self.wrong.get(kind, 0) + 1
            examples = self.examples.setdefault(kind + " " + place, [])
            if len(examples) < 4:
                where = ", ".join([
                    f"block {bit // 8 // BLOCK_SIZE} byte {bit // 8 % BLOCK_SIZE} bit {bit % 8}"
                    for bit in bits
                ])  # fmt: skip
                examples.append(f"{where}: {words}")
        if self.tried % 1000 == 0:
            gc.collect()
        return trial


class Pairs:
    """Pairs of bits, chosen so that many fall together.

    Into one record, mark, opening or page; into the two copies of one thing; into what stands
    for one another.
    """

    def __init__(self, story: Story, seed: int) -> None:
        self._dice = Dice(seed)
        self.places = [
            place for place in story.places() if place[0] != "rest" and place[1] < place[2]
        ]
        self._things = _things(self.places)
        self._kinds = sorted(self._things)

    def next(self) -> "tuple[str, tuple[int, ...]]":
        """Return the name of a choice, and the numbers of two different bits."""
        while True:
            name, first, second = self._choice()
            if first != second:
                return name, (min(first, second), max(first, second))

    def _choice(self) -> "tuple[str, int, int]":
        below = self._dice.below
        way = below(10)
        if way == 0:  # anywhere that is used
            return "anywhere", self._bit(self._any()), self._bit(self._any())
        kind = self._kinds[below(len(self._kinds))]
        thing = self._one_of(kind)
        if way <= 5:
            return "one " + kind, self._bit(thing), self._bit(thing)
        if way <= 7:
            return "two " + kind, self._bit(thing), self._bit(self._one_of(kind))
        other = self._kinds[below(len(self._kinds))]
        return f"{kind} and {other}", self._bit(thing), self._bit(self._one_of(other))

    def _one_of(self, kind: str) -> "tuple[int, int]":
        things = self._things[kind]
        # The last ones of each kind are those that count most.
        if self._dice.below(2):
            things = things[-4:]
        return things[self._dice.below(len(things))]

    def _any(self) -> "tuple[int, int]":
        _, start, end = self.places[self._dice.below(len(self.places))]
        return start, end

    def _bit(self, thing: "tuple[int, int]") -> int:
        start, end = thing
        return 8 * start + self._dice.below(8 * (end - start))


def _things(places: "list[tuple[str, int, int]]") -> "dict[str, list[tuple[int, int]]]":
    """Return the single records, marks and so on: first byte and the one behind the last."""
    found: dict[str, list[tuple[int, int]]] = {}
    for name, start, end in places:
        size = end - start
        kind = "metadata"
        if name.endswith("records"):
            kind, size = "record", 32
        elif name.endswith("blank slots"):
            kind, size = "blank slot", 32
        elif name.endswith("pages"):
            kind, size = "page", PAGE_SIZE
        elif name.endswith("first page") or "before" in name or name.endswith("blank"):
            kind = "unused"
        elif not name.startswith("littlefs"):
            kind = name.split()[-1]
        things = found.setdefault(kind, [])
        things += [(at, at + size) for at in range(start, end, size)] if size else []
    return found
