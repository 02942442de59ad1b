"""The blocks of the log: made, begun, let go; copied by tools, half made, lost."""

import errno
from collections.abc import Callable

import pytest
from boards.virtual.flash import BLOCK_SIZE
from tests.firmware.memory_flash import Ground
from tests.firmware.whole_case import LOG_ID, log_id

from rollcase.block_store import FOLDER, HURT, RESERVE, BlockStore, name_of
from rollcase.heads import Heads
from rollcase.journal import OLDER, Journal, JournalError, JournalFull
from rollcase.raw_flash import RawFlash
from rollcore import blocks, events, slots
from rollcore.blocks import DONE_AT, DONE_SIZE, MARK_AT, MARK_SIZE, OPENING_AT, OPENING_SIZE, SLOTS
from rollcore.events import Event

FIRST = name_of(1, 0)


class Log:
    """A journal on a flash, which can be started again."""

    def __init__(self, count: int = 64) -> None:
        self.ground = Ground(count)
        self.flash, self.files = self.ground.flash, self.ground.files
        self.logs = 0
        self.start()

    def start(self) -> Journal:
        """Read the log from the flash, and do all upkeep."""
        self.journal = Journal(self.flash, self.files, self._make_id)
        self.tend()
        return self.journal

    def tend(self) -> None:
        """Do all upkeep."""
        while self.journal.tend():
            pass

    def append(self, count: int) -> None:
        """Append so many records, and do all upkeep behind each."""
        for _ in range(count):
            self.journal.append(Event(events.BATTERY_LOW, {"millivolts": 3000}))
            self.tend()

    def seqs(self) -> list[int]:
        """Return the seq of each record that is read as it was written."""
        found: list[int] = []
        seq = 1
        while True:
            first, chain, raw = self.journal.read(seq, SLOTS)
            if not raw:
                return found
            walked, _ = slots.walk(raw, first, chain)
            found += [slot.seq for slot in walked if slot.what == slots.WHOLE]
            seq = first + len(raw) // events.RECORD_SIZE

    def block(self, number: int, generation: int = 1) -> int:
        """Return the flash block of the log's block with this number."""
        return self.files.block_of(name_of(generation, number))

    def copy(self, name: str, to: int) -> None:
        """Copy a file as a tool does, into flash block `to`."""
        self.flash.replace(to, 0, self.flash.read(self.files.block_of(name), 0, BLOCK_SIZE))

    def _make_id(self) -> bytes:
        self.logs += 1
        return log_id(self.logs)


@pytest.fixture
def log() -> Log:
    return Log()


# Making and beginning


def test_records_fill_one_block_after_the_other(log: Log) -> None:
    log.append(2 * SLOTS + 3)
    flash = RawFlash(log.flash)
    store = BlockStore(flash, log.files, Heads(flash))
    assert (store.first, store.last, store.numbers(0)) == (0, 2, [0, 1, 2])
    for number in range(3):
        opening, is_mended = store.opening(number)
        assert opening
        assert (opening.first, opening.block) == (SLOTS * number + 1, log.block(number))
        assert not is_mended
    assert log.seqs() == list(range(1, 2 * SLOTS + 4))


def test_next_block_is_made_when_the_case_is_idle_and_a_record_waits_for_none(log: Log) -> None:
    log.append(SLOTS - 1)
    names = log.files.names()
    erases = sum(log.flash.erases)
    for _ in range(2):
        log.journal.append(Event(events.BATTERY_LOW, {"millivolts": 3000}))
    assert log.journal.next == SLOTS + 2
    assert (log.files.names(), sum(log.flash.erases)) == (names, erases)


def test_record_makes_its_block_itself_where_there_was_no_idle_time(log: Log) -> None:
    for _ in range(3 * SLOTS):
        log.journal.append(Event(events.BATTERY_LOW, {"millivolts": 3000}))
    assert log.seqs() == list(range(1, 3 * SLOTS + 1))
    log.start()
    assert log.seqs() == list(range(1, 3 * SLOTS + 1))


def test_files_lie_in_folders_of_32() -> None:
    assert FOLDER == 32
    assert [name_of(3, number) for number in (0, 31, 32, 1000)] == [
        "3-000/00000", "3-000/00031", "3-001/00032", "3-031/01000",
    ]  # fmt: skip


def test_block_that_was_made_and_not_begun_is_taken_after_a_start(log: Log) -> None:
    log.append(SLOTS - 1)
    spare = log.block(1)
    log.start()
    log.append(3)
    assert log.block(1) == spare
    assert log.seqs() == list(range(1, SLOTS + 3))


@pytest.mark.parametrize("size", [*range(0, OPENING_SIZE, 13), OPENING_SIZE - 1])
def test_opening_that_was_cut_costs_no_record(log: Log, size: int) -> None:
    log.append(SLOTS)
    log.tend()  # which begins the next block
    block = log.block(1)
    whole = log.flash.read(block, OPENING_AT, OPENING_SIZE)
    assert whole.count(b"\xff") < OPENING_SIZE / 2
    log.flash.replace(block, OPENING_AT, whole[:size].ljust(OPENING_SIZE, b"\xff"))
    log.start()
    log.append(2)
    assert log.journal.lost == 0
    assert log.seqs() == list(range(1, SLOTS + 3))
    log.start()
    assert log.journal.lost == 0
    assert log.seqs() == list(range(1, SLOTS + 3))


def test_making_of_a_block_that_was_cut_costs_no_record(log: Log) -> None:
    """The last block is full, and the next one has a file without bytes."""
    while log.journal.next <= SLOTS:
        log.journal.append(Event(events.BATTERY_LOW, {"millivolts": 3000}))
    log.flash.ioctl(6, log.block(1))
    log.files.make_empty(name_of(1, 1))
    log.start()
    assert log.journal.lost == 0
    log.append(2)
    assert log.seqs() == list(range(1, SLOTS + 3))


@pytest.mark.parametrize("failure", ["broken", "spoiling"])
def test_opening_that_the_flash_does_not_take_is_tried_in_another_block(
    log: Log, failure: str
) -> None:
    log.append(SLOTS - 1)
    log.journal.append(Event(events.BATTERY_LOW, {"millivolts": 3000}))
    setattr(log.flash, failure, True)
    with pytest.raises(JournalError):
        log.journal.append(Event(events.BATTERY_LOW, {"millivolts": 3000}))
    setattr(log.flash, failure, False)
    log.tend()
    log.append(2)
    assert log.seqs() == list(range(1, SLOTS + 3))
    log.start()
    assert log.seqs() == list(range(1, SLOTS + 3))
    assert (log.journal.lost, log.journal.hurt) == (0, "")


# Room


@pytest.mark.parametrize("more", range(4))
def test_room_is_that_beyond_the_reserve(more: int) -> None:
    log = Log(2 + RESERVE + 1 + more)
    # The spare block is one of those beyond the reserve.
    assert log.journal.left == SLOTS * (1 + more)
    log.start()
    assert log.journal.left == SLOTS * (1 + more)
    with pytest.raises(JournalFull, match="the log is full"):
        log.append(SLOTS * (1 + more) + 1)
    assert log.journal.next == SLOTS * (1 + more) + 1
    assert log.files.free() == RESERVE
    assert log.journal.left == 0


def test_space_that_a_tool_takes_is_no_room(log: Log) -> None:
    while log.files.free() > RESERVE - 1:
        log.files.make(f"tools/{log.files.free()}", bytes(MARK_SIZE))
    log.start()
    assert log.journal.left == SLOTS * 2  # of the two blocks that are made


def test_oldest_acknowledged_block_goes_where_there_is_no_room() -> None:
    log = Log(2 + RESERVE + 3)
    log.append(SLOTS * 3)
    with pytest.raises(JournalFull):
        log.append(1)
    log.journal.ack(SLOTS, 0)
    log.tend()
    assert log.journal.first == SLOTS + 1
    assert FIRST not in log.files.names()
    log.append(SLOTS)
    assert log.seqs() == list(range(SLOTS + 1, 4 * SLOTS + 1))
    with pytest.raises(JournalFull):
        log.append(1)
    log.start()
    assert log.seqs() == list(range(SLOTS + 1, 4 * SLOTS + 1))


@pytest.mark.parametrize("acked", [0, 1, SLOTS - 1])
def test_block_with_a_record_that_is_not_acknowledged_stays(acked: int) -> None:
    log = Log(2 + RESERVE + 2)
    log.append(SLOTS * 2)
    log.journal.ack(acked, 0)
    log.tend()
    with pytest.raises(JournalFull):
        log.append(1)
    assert log.journal.first == 1


def test_acknowledged_blocks_stay_while_there_is_room(log: Log) -> None:
    log.append(SLOTS * 3)
    log.journal.ack(SLOTS * 3, 0)
    log.tend()
    log.start()
    assert log.journal.first == 1


# Done


def done_in(log: Log, number: int) -> None:
    """Mark a block as done, as the log does before it removes the file."""
    block = log.block(number)
    mark = log.flash.read(block, MARK_AT, MARK_SIZE)
    done = blocks.Done(block, SLOTS * (number + 1))
    log.flash.replace(block, DONE_AT, blocks.pack_done(done, mark))


def test_block_that_is_done_does_not_count_and_its_file_goes_when_idle(log: Log) -> None:
    log.append(SLOTS * 2 + 1)
    done_in(log, 0)
    journal = Journal(log.flash, log.files, log._make_id)
    assert journal.first == SLOTS + 1
    log.start()
    assert FIRST not in log.files.names()
    assert log.seqs() == list(range(SLOTS + 1, 2 * SLOTS + 2))


def test_block_that_is_done_counts_as_such_with_two_flipped_bits(log: Log) -> None:
    log.append(SLOTS * 2 + 1)
    done_in(log, 0)
    block = log.block(0)
    for bit in range(8 * DONE_SIZE):
        other = (7 * bit + 1) % (8 * DONE_SIZE)
        for number in {bit, other}:
            log.flash.flip(block, DONE_AT + number // 8, number % 8)
        assert Journal(log.flash, log.files, log._make_id).first == SLOTS + 1, bit
        for number in {bit, other}:
            log.flash.flip(block, DONE_AT + number // 8, number % 8)


def test_blank_done_with_two_flipped_bits_is_none(log: Log) -> None:
    log.append(SLOTS + 1)
    block = log.block(0)
    for bit in range(8 * DONE_SIZE):
        other = (7 * bit + 1) % (8 * DONE_SIZE)
        for number in {bit, other}:
            log.flash.flip(block, DONE_AT + number // 8, number % 8)
        assert Journal(log.flash, log.files, log._make_id).first == 1, bit
        for number in {bit, other}:
            log.flash.flip(block, DONE_AT + number // 8, number % 8)


def test_done_of_another_flash_block_is_none(log: Log) -> None:
    """It came there with a copy."""
    log.append(SLOTS + 1)
    block = log.block(0)
    mark = log.flash.read(block, MARK_AT, MARK_SIZE)
    log.flash.replace(block, DONE_AT, blocks.pack_done(blocks.Done(block + 1, SLOTS), mark))
    assert Journal(log.flash, log.files, log._make_id).first == 1


def test_blocks_before_one_that_is_done_are_done(log: Log) -> None:
    log.append(SLOTS * 3 + 1)
    done_in(log, 1)
    log.start()
    assert log.journal.first == 2 * SLOTS + 1
    assert not {name_of(1, 0), name_of(1, 1)} & set(log.files.names())


# Copies


LOW, HIGH = 10, 60
"""Flash blocks before and behind those of the log that `grown` returns."""


def grown() -> Log:
    """Return a log of three blocks, with a spare one, in the middle of its flash."""
    log = Log()
    tools = [f"tools/{number}" for number in range(LOW + 10)]
    for name in tools:
        log.files.make(name, bytes(MARK_SIZE))
    log.append(SLOTS * 3)
    log.journal.ack(SLOTS * 3, 0)
    log.journal.new_log(log.journal.state.copy())
    log.append(SLOTS * 2 + 40)
    for name in tools:
        log.files.remove(name)
    assert LOW < min(log.block(number, 2) for number in range(4)) < HIGH
    return log


@pytest.mark.parametrize("number", [0, 1, 2, 3], ids=["first", "middle", "last", "spare"])
@pytest.mark.parametrize("to", [[LOW], [HIGH], [LOW, HIGH]], ids=str)
def test_copy_of_a_block_does_not_count(number: int, to: list[int]) -> None:
    log = grown()
    before, name = log.journal.state, name_of(2, number)
    block = log.files.block_of(name)
    for other in to:
        log.copy(name, other)
    log.start()
    assert log.journal.state == before
    assert (log.journal.hurt, log.journal.lost, log.journal.corrected) == ("", 0, 0)
    log.append(SLOTS)
    assert log.seqs() == list(range(1, 3 * SLOTS + 41))
    if number < 3:  # a spare one is made anew
        assert log.files.block_of(name) == block
    log.start()
    assert log.seqs() == list(range(1, 3 * SLOTS + 41))
    assert log.journal.hurt == ""


@pytest.mark.parametrize("number", [0, 1, 2], ids=["first", "middle", "last"])
@pytest.mark.parametrize("to", [LOW, HIGH])
def test_copy_in_place_of_a_file_that_is_needed_is_seen_and_costs_nothing(
    number: int, to: int
) -> None:
    """As after `cp x y; rm x; mv y x`: the block that is written has no file any more."""
    log = grown()
    before, name = log.journal.state, name_of(2, number)
    log.copy(name, to)
    log.files.move(name, to)
    log.start()
    assert (log.journal.state, log.journal.hurt) == (before, HURT)
    log.journal.append(Event(events.BATTERY_LOW, {"millivolts": 3000}))
    assert log.seqs() == list(range(1, 2 * SLOTS + 42))
    log.start()
    assert log.seqs() == list(range(1, 2 * SLOTS + 42))


# Holes, earlier logs, other formats


def spoil_mark(log: Log, number: int) -> None:
    for bit in range(3):
        log.flash.flip(log.block(number), MARK_AT, bit)


def test_block_whose_mark_is_damaged_leaves_a_hole(log: Log) -> None:
    log.append(SLOTS * 2 + 40)
    before = log.journal.state.seq
    spoil_mark(log, 1)
    log.start()
    assert (log.journal.first, log.journal.state.seq) == (1, before)
    assert log.seqs() == [*range(1, SLOTS + 1), *range(2 * SLOTS + 1, before + 1)]
    first, _, raw = log.journal.read(SLOTS + 1, SLOTS)
    assert (first, len(raw)) == (2 * SLOTS + 1, 40 * events.RECORD_SIZE)


def test_last_block_whose_mark_is_damaged_gives_no_number_again(log: Log) -> None:
    log.append(SLOTS + 40)
    log.journal.checkpoint(0, 0)
    spoil_mark(log, 1)
    log.start()
    assert log.journal.lost
    log.append(1)
    assert log.journal.state.seq > SLOTS + 40


@pytest.mark.parametrize("keeps_old_files", [True, False])
def test_newer_generation_counts_and_the_log_before_it_goes(
    log: Log, keeps_old_files: bool
) -> None:
    log.append(SLOTS + 5)
    log.journal.ack(SLOTS + 5, 0)
    old = [name_of(1, 0), name_of(1, 1)]
    log.journal.new_log(log.journal.state.copy())
    assert (log.journal.log_id, log.journal.follows) == (log_id(2), LOG_ID)
    if not keeps_old_files:
        log.tend()
        assert not set(old) & set(log.files.names())
    log.start()
    assert not set(old) & set(log.files.names())
    assert (log.journal.log_id, log.journal.follows) == (log_id(2), LOG_ID)
    log.append(3)
    assert log.seqs() == [1, 2, 3]


def test_newer_generation_that_has_not_begun_does_not_count(log: Log) -> None:
    log.append(5)
    log.journal.ack(5, 0)
    log.journal.new_log(log.journal.state.copy())
    log.flash.replace(log.block(0, 2), OPENING_AT, b"\xff" * OPENING_SIZE)
    log.start()
    assert (log.journal.log_id, log.journal.state.seq) == (LOG_ID, 5)
    log.append(1)
    assert log.seqs() == list(range(1, 7))


def test_earlier_log_that_the_newest_does_not_follow_is_kept(log: Log) -> None:
    """Nobody knows whether all of it is at home."""
    log.append(5)
    other = Log()
    other.logs = 7
    other.journal.ack(other.journal.state.seq, 0)
    other.journal.new_log(other.journal.state.copy())
    other.append(2)
    newest, block = name_of(2, 0), other.block(0, 2)
    assert other.journal.follows == LOG_ID
    opening = bytearray(other.flash.read(block, OPENING_AT, OPENING_SIZE))
    opening[212:220] = log_id(5)
    mark = other.flash.read(block, MARK_AT, MARK_SIZE)
    log.flash.replace(block, 0, other.flash.read(block, 0, BLOCK_SIZE))
    sealed = blocks.sealed(bytes(opening[:-4]), blocks.crc_of(mark))
    log.flash.replace(block, OPENING_AT, sealed)
    log.files.move(newest, block)
    log.start()
    assert (log.journal.log_id, log.journal.follows) == (log_id(8), log_id(5))
    assert {FIRST, newest} <= set(log.files.names())


def test_new_log_of_a_case_has_blocks_with_files_of_their_own(log: Log) -> None:
    log.append(5)
    log.journal.ack(5, 0)
    log.journal.new_log(log.journal.state.copy())
    log.append(SLOTS * 2)
    log.start()
    assert log.journal.hurt == ""
    assert log.seqs() == list(range(1, SLOTS * 2 + 1))


def to_another_format(log: Log) -> None:
    for name in log.files.names():
        block = log.files.block_of(name)
        raw = bytearray(log.flash.read(block, MARK_AT, MARK_SIZE))
        raw[4] += 1
        log.flash.replace(block, MARK_AT, blocks.sealed(bytes(raw[:-4]), 0))


def to_segments(log: Log) -> None:
    log.flash.image[:] = b"\xff" * len(log.flash.image)
    log.files.older = True


@pytest.mark.parametrize("change", [to_another_format, to_segments])
def test_log_of_another_format_is_left_alone_and_said(change: Callable[[Log], None]) -> None:
    log = grown()
    change(log)
    before = bytes(log.flash.image)
    log.start()
    log.journal.checkpoint(0, 0)
    assert log.journal.unusable == OLDER
    with pytest.raises(JournalError, match="another version"):
        log.journal.append(Event(events.BATTERY_LOW, {"millivolts": 3000}))
    with pytest.raises(JournalError, match="another version"):
        log.journal.new_log(log.journal.state)
    assert log.journal.settle() == OLDER
    assert log.flash.image == before


def test_flash_that_cannot_be_read_is_said(log: Log) -> None:
    log.flash.unreadable = True
    log.start()
    assert "the log cannot be read" in log.journal.unusable


def test_block_that_is_removed_while_it_is_sent_is_not_read_any_more() -> None:
    """Its flash may hold something else by then; the checksum of the frame would fit that."""
    log = Log()
    log.append(3 * SLOTS)
    found = log.journal.find(1, SLOTS)
    assert found
    _, _, _, read = found
    piece = bytearray(64)
    read(64, piece)
    assert piece == log.journal.read(3, 2)[2]
    log.journal.ack(3 * SLOTS, 0)
    while log.journal.first <= SLOTS:
        log.append(1)
    with pytest.raises(OSError, match=str(errno.ENOENT)):
        read(64, piece)


def test_chain_into_any_record_is_the_crc_of_the_record_before() -> None:
    log = Log()
    log.append(2 * SLOTS)
    for seq in range(2, log.journal.next):
        first, chain, _ = log.journal.read(seq, 1)
        assert first == seq
        assert chain == events.crc_of(log.journal.read(seq - 1, 1)[2])


def test_chain_into_a_record_behind_a_damaged_one_is_what_it_was_written_with(log: Log) -> None:
    log.append(20)
    seq = log.journal.next - 1
    before, record = (log.journal.read(number, 1)[2] for number in (seq - 1, seq))
    at = blocks.slot_at((seq - 2) % SLOTS)
    spoiled = bytes(byte ^ 0x55 for byte in before[8:16])
    log.flash.replace(log.block(blocks.number_of(seq)), at + 8, spoiled)
    _, chain, raw = log.journal.read(seq, 1)
    assert raw == record
    assert events.intact(raw, chain)


def test_asking_for_the_last_record_reads_two_slots_of_a_full_block(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host asks for it in each sync; on a Pico a look at all of them takes 30 ms."""
    log.append(SLOTS - log.journal.next)
    sizes: list[int] = []
    read = log.flash.readblocks

    def counted(block: int, buf: bytearray, offset: int) -> None:
        sizes.append(len(buf))
        read(block, buf, offset)

    monkeypatch.setattr(log.flash, "readblocks", counted)
    assert log.journal.find(log.journal.next - 1, 1)
    assert max(sizes) == 2 * events.RECORD_SIZE
