"""Checkpoints: pages that are filled in order in two blocks, and which of them counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.firmware.memory_flash import Ground

from rollcase.checkpoints import NAMES, Checkpoints
from rollcase.heads import Heads
from rollcase.raw_flash import RawFlash
from rollcore.blocks import BLOCK_SIZE, MARK_AT, MARK_SIZE, PAGE_SIZE, PAGES, Page

LOG_ID = bytes(range(1, 9))
OTHER_ID = bytes(range(11, 19))

IN_A_BLOCK = PAGES - 1


class Two:
    """The two blocks of checkpoints on a flash, which can be started again."""

    def __init__(self) -> None:
        self.ground = Ground()
        self.flash, self.files = self.ground.flash, self.ground.files
        self.start()

    def start(self, log_id: bytes = LOG_ID) -> "tuple[Page | None, bool]":
        """Read the flash; return what counts, and whether a flipped bit was put right in it."""
        flash = RawFlash(self.flash)
        self.checkpoints = Checkpoints(flash, self.files, Heads(flash))
        return self.checkpoints.newest(log_id)

    def write(self, count: int = 1, may_make: bool = True, log_id: bytes = LOG_ID) -> bool:
        """Keep so many checkpoints; return whether the last one was written."""
        is_written = False
        for _ in range(count):
            serial = self.checkpoints._serial + 1
            page = Page(0, 0, 10 * serial, 7, 1000 * serial, serial, bytes(200))
            is_written = self.checkpoints.write(page, 1, log_id, may_make)
        return is_written

    def place(self, serial: int) -> tuple[int, int]:
        """Return flash block and offset of the checkpoint with this serial."""
        number = serial - 1
        block = self.files.block_of(NAMES[1 - number // IN_A_BLOCK % 2])
        return block, (number % IN_A_BLOCK + 1) * PAGE_SIZE

    def flip(self, serial: int, bits: "set[int]") -> None:
        """Flip bits of the checkpoint with this serial."""
        block, at = self.place(serial)
        for bit in bits:
            self.flash.flip(block, at + bit // 8, bit % 8)


@pytest.fixture
def two() -> Two:
    return Two()


def serial_of(found: "tuple[Page | None, bool]") -> int:
    """Return the serial of the checkpoint that counts; 0 if none does."""
    page, _ = found
    if not page:
        return 0
    assert (page.seq, page.time, page.acked) == (10 * page.serial, 1000 * page.serial, page.serial)
    return page.serial


def test_blank_flash_has_no_checkpoint(two: Two) -> None:
    assert two.start() == (None, False)


def test_newest_checkpoint_counts_after_any_number_of_them(two: Two) -> None:
    for serial in range(1, 4 * IN_A_BLOCK):
        assert two.write()
        assert serial_of(two.start()) == serial


def test_pages_are_filled_in_order_and_blocks_in_turn(two: Two) -> None:
    two.write(2 * IN_A_BLOCK)
    assert two.files.names() == sorted(NAMES)
    erases = list(two.flash.erases)
    first, second = (two.place(serial)[0] for serial in (1, IN_A_BLOCK + 1))
    assert first != second
    for serial in range(1, 2 * IN_A_BLOCK + 1):
        block, at = two.place(serial)
        assert two.flash.read(block, at + 8, 4) == serial.to_bytes(4, "little")
    assert two.flash.erases == erases
    two.write()
    assert two.flash.erases[first] == erases[first] + 1
    assert two.files.names() == sorted(NAMES)
    assert serial_of(two.start()) == 2 * IN_A_BLOCK + 1


# Damage


@pytest.mark.parametrize("serial", [1, 3, IN_A_BLOCK, IN_A_BLOCK + 1, 2 * IN_A_BLOCK])
def test_flipped_bit_in_the_newest_checkpoint_is_put_right(two: Two, serial: int) -> None:
    """Also one in its serial, which makes it look older than the one before."""
    two.write(serial)
    for bit in range(8 * PAGE_SIZE):
        two.flip(serial, {bit})
        found = two.start()
        assert (serial_of(found), found[1]) == (serial, True), bit
        two.flip(serial, {bit})


@given(st.sets(st.integers(0, 8 * PAGE_SIZE - 1), min_size=2, max_size=4))
def test_checkpoint_with_more_flipped_bits_leaves_the_one_before_it(bits: set[int]) -> None:
    two = Two()
    two.write(IN_A_BLOCK + 1)
    two.flip(IN_A_BLOCK + 1, bits)
    found = two.start()
    assert (serial_of(found), found[1]) == (IN_A_BLOCK, False)
    two.write()
    assert serial_of(two.start()) == IN_A_BLOCK + 1


@pytest.mark.parametrize("size", range(0, PAGE_SIZE, 17))
def test_checkpoint_that_was_cut_leaves_the_one_before_it(two: Two, size: int) -> None:
    two.write(5)
    block, at = two.place(5)
    whole = two.flash.read(block, at, PAGE_SIZE)
    two.flash.replace(block, at, whole[:size].ljust(PAGE_SIZE, b"\xff"))
    assert serial_of(two.start()) == 4
    two.write(2)
    assert serial_of(two.start()) == 6


def test_block_that_was_cut_while_it_was_erased_leaves_the_newest_of_the_other(two: Two) -> None:
    two.write(2 * IN_A_BLOCK)
    block, _ = two.place(1)  # the older of the two, which is erased next
    for size in (0, 70, 1000, BLOCK_SIZE):
        two.flash.replace(block, 0, b"\xff" * size)
        assert serial_of(two.start()) == 2 * IN_A_BLOCK
    two.write(2)
    assert serial_of(two.start()) == 2 * IN_A_BLOCK + 2


@pytest.mark.parametrize("bits", [1, 2])
def test_mark_with_flipped_bits_costs_no_checkpoint(two: Two, bits: int) -> None:
    two.write(IN_A_BLOCK + 3)
    block, _ = two.place(IN_A_BLOCK + 3)
    for bit in range(8 * MARK_SIZE - bits):
        for number in range(bit, bit + bits):
            two.flash.flip(block, MARK_AT + number // 8, number % 8)
        assert serial_of(two.start()) == IN_A_BLOCK + 3, bit
        for number in range(bit, bit + bits):
            two.flash.flip(block, MARK_AT + number // 8, number % 8)


def test_lost_block_leaves_the_newest_of_the_other(two: Two) -> None:
    two.write(IN_A_BLOCK + 3)
    block, _ = two.place(IN_A_BLOCK + 3)
    two.flash.replace(block, MARK_AT, b"\0" * MARK_SIZE)
    assert serial_of(two.start()) == IN_A_BLOCK


# What does not count


def test_checkpoint_of_another_log_does_not_count(two: Two) -> None:
    two.write(3)
    assert two.start(OTHER_ID) == (None, False)
    two.write(log_id=OTHER_ID)
    page, _ = two.start(OTHER_ID)
    assert page
    assert page.serial == 1


LOW, HIGH = 3, 60
"""Flash blocks before and behind that of the checkpoints which `copied` returns."""


def copied(to: int) -> tuple[Two, int]:
    """Return three checkpoints whose block a tool has copied, and the block."""
    two = Two()
    for number in range(2, 20):
        two.files.make(f"tools/{number}", bytes(MARK_SIZE))
    two.write(3)
    block, _ = two.place(1)
    assert LOW < block < HIGH
    two.flash.replace(to, 0, two.flash.read(block, 0, BLOCK_SIZE))
    return two, block


@pytest.mark.parametrize("to", [LOW, HIGH])
def test_copy_of_a_block_does_not_count_and_is_not_written(to: int) -> None:
    two, _ = copied(to)
    copy = two.flash.read(to, 0, BLOCK_SIZE)
    for is_checked in (False, True):
        assert serial_of(two.start()) == 3 + is_checked
        if is_checked:
            two.checkpoints.check()
        assert two.write(may_make=is_checked)
    assert two.flash.read(to, 0, BLOCK_SIZE) == copy
    assert serial_of(two.start()) == 5


@pytest.mark.parametrize("to", [LOW, HIGH])
def test_block_whose_file_is_a_copy_now_is_written_no_more(to: int) -> None:
    """As after `cp x y; rm x; mv y x`: it has no file any more."""
    two, block = copied(to)
    two.files.move(NAMES[1], to)
    assert serial_of(two.start()) == 3
    two.checkpoints.check()
    before = two.flash.read(block, 0, BLOCK_SIZE)
    assert two.write(IN_A_BLOCK)
    assert two.flash.read(block, 0, BLOCK_SIZE) == before
    assert serial_of(two.start()) == 3 + IN_A_BLOCK


# Files


def test_no_file_is_made_and_no_block_erased_unless_it_may_be(two: Two) -> None:
    assert not two.write(may_make=False)
    assert (two.files.names(), two.start()) == ([], (None, False))
    two.write(IN_A_BLOCK)
    erases = list(two.flash.erases)
    assert not two.write(may_make=False)
    assert two.flash.erases == erases
    assert serial_of(two.start()) == IN_A_BLOCK
    assert two.write()
    assert two.write(IN_A_BLOCK - 1, may_make=False)


def test_block_whose_file_is_lost_is_written_no_more(two: Two) -> None:
    two.write(3)
    block, _ = two.place(1)
    name = NAMES[1]
    two.files.forget(name)
    assert serial_of(two.start()) == 3
    two.checkpoints.check()
    before = two.flash.read(block, 0, BLOCK_SIZE)
    assert two.write()
    assert two.flash.read(block, 0, BLOCK_SIZE) == before
    assert serial_of(two.start()) == 4


def test_checkpoint_that_the_flash_does_not_take_leaves_the_one_before_it(two: Two) -> None:
    two.write(3)
    two.flash.spoiling = True
    with pytest.raises(OSError, match="input/output"):
        two.write()
    two.flash.spoiling = False
    assert two.write()
    assert serial_of(two.start()) == 4
