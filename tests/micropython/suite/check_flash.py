"""The flash of the virtual case and that of these tests keep the rules of NOR flash."""

import os

from boards.virtual.flash import BLOCK_SIZE, BLOCKS, PAGE_SIZE, Flash, Misuse, Nor, make
from tests.micropython.suite.expect import equal, raises, true
from tests.micropython.suite.fake_machine import Rp2
from tests.micropython.suite.logbook import open_journal, read_all, tend, write
from tests.micropython.suite.ram_flash import LOG, PLACE, RamFlash, mount, new_flash

from rollcore.blocks import MARK_AT, SLOTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

LAST = BLOCKS - 1
BLANK = b"\xff"


def blank_flashes() -> "Iterator[Nor]":
    """Yield blank flash of each sort, of 352 blocks: in memory, and in a file."""
    yield RamFlash(BLOCKS)
    path = (os.getenv("TMPDIR") or "/tmp") + "/flash.img"
    make(path)
    yield Flash(path)
    os.remove(path)


def page(start: bytes) -> bytes:
    """Return a page that begins with these bytes and is 0xFF behind them."""
    return start + BLANK * (PAGE_SIZE - len(start))


def standing(flash: Nor, block: int, offset: int = 0, length: int = PAGE_SIZE) -> bytes:
    """Return the bytes that stand there."""
    buf = bytearray(length)
    flash.readblocks(block, buf, offset)
    return bytes(buf)


def test_flash_begins_blank() -> None:
    for flash in blank_flashes():
        for block in (0, LAST):
            equal(standing(flash, block, 0, BLOCK_SIZE), BLANK * BLOCK_SIZE, flash)


def test_program_clears_bits_and_keeps_its_neighbours() -> None:
    for flash in blank_flashes():
        flash.writeblocks(LAST, page(b"\xf0\x0f"), 256)
        flash.writeblocks(LAST, page(b"\x80\x0f"), 256)
        equal(standing(flash, LAST, 0, 768), page(b"") + page(b"\x80\x0f") + page(b""), flash)


def test_program_with_ff_leaves_what_is_there() -> None:
    """Slots of one page are programmed one after the other."""
    for flash in blank_flashes():
        flash.writeblocks(7, page(b"\x00\x55"), 0)
        flash.writeblocks(7, page(b"\xff\xff\xaa"), 0)
        equal(standing(flash, 7), page(b"\x00\x55\xaa"), flash)


def test_bit_that_would_have_to_be_set_is_refused_and_nothing_changes() -> None:
    for flash in blank_flashes():
        flash.writeblocks(7, page(b"\x11\xf0"), 512)
        error = raises(Misuse, flash.writeblocks, 7, page(b"\x01\xf1"), 512)
        equal(str(error), "block 7, byte 513: 0xf0 becomes 0xf1 only after an erase")
        equal(standing(flash, 7, 512), page(b"\x11\xf0"), flash)
        equal((flash.programs[7], flash.erases[7]), (1, 0), flash)


def test_refusal_is_no_failure_of_the_flash() -> None:
    """The firmware would take an OSError for a chip that fails, and go on."""
    true(not issubclass(Misuse, OSError), "an OSError")


def test_flash_that_is_not_strict_keeps_a_zero_and_says_nothing() -> None:
    for flash in blank_flashes():
        flash.strict = False
        flash.writeblocks(7, page(b"\xf0"), 0)
        flash.writeblocks(7, page(b"\x1f"), 0)
        equal(standing(flash, 7), page(b"\x10"), flash)


def test_erase_blanks_one_block() -> None:
    for flash in blank_flashes():
        for block in (6, 7, 8):
            flash.writeblocks(block, bytes(BLOCK_SIZE), 0)
        equal(flash.ioctl(6, 7), 0, flash)
        equal(standing(flash, 6, 0, BLOCK_SIZE), bytes(BLOCK_SIZE), flash)
        equal(standing(flash, 7, 0, BLOCK_SIZE), BLANK * BLOCK_SIZE, flash)
        equal(standing(flash, 8, 0, BLOCK_SIZE), bytes(BLOCK_SIZE), flash)


def test_write_of_whole_blocks_erases_them_first() -> None:
    for flash in blank_flashes():
        flash.writeblocks(7, bytes(2 * BLOCK_SIZE), 0)
        flash.writeblocks(7, b"\x5a" * 2 * BLOCK_SIZE)
        equal(standing(flash, 7, 0, 2 * BLOCK_SIZE), b"\x5a" * 2 * BLOCK_SIZE, flash)


def test_parts_of_a_page_or_block_and_what_lies_outside_are_refused() -> None:
    for flash in blank_flashes():
        for arguments in (
            (7, bytes(255), 0),
            (7, bytes(256), 100),
            (7, bytes(256)),
            (-1, bytes(256), 0),
            (LAST, bytes(512), BLOCK_SIZE - 256),
            (LAST, bytes(2 * BLOCK_SIZE)),
        ):
            raises(Misuse, flash.writeblocks, *arguments)
        raises(Misuse, flash.ioctl, 6, -1)
        raises(Misuse, flash.ioctl, 6, BLOCKS)
        equal(sum(flash.programs) + sum(flash.erases), 0, flash)


def test_flash_answers_what_a_file_system_asks() -> None:
    for flash in blank_flashes():
        answers = [flash.ioctl(op, 0) for op in (1, 2, 3, 4, 5, 7)]
        equal(answers, [0, 0, 0, BLOCKS, BLOCK_SIZE, None], flash)


def test_pages_programmed_and_erases_are_counted_by_block() -> None:
    for flash in blank_flashes():
        flash.writeblocks(7, bytes(512), BLOCK_SIZE - 256)  # into the next block
        flash.writeblocks(8, bytes(BLOCK_SIZE))
        flash.ioctl(6, 9)
        standing(flash, 7)
        equal(flash.programs[6:10], [0, 1, 17, 0], flash)
        equal(flash.erases[6:10], [0, 0, 1, 1], flash)
        equal((sum(flash.programs), sum(flash.erases)), (18, 2), flash)


class BlankPagesOnly(RamFlash):
    """Flash that takes a program of littlefs only where all bytes are 0xFF.

    The log programs slot after slot into the pages of its own blocks.
    """

    def writeblocks(
        self, block: int, buf: "bytes | bytearray", offset: "int | None" = None
    ) -> None:
        """Program `buf` into blank pages, or into blank bytes of a block of the log."""
        there = bytearray(len(buf))
        self.readblocks(block, there, offset or 0)
        head = standing(self, block)[MARK_AT : MARK_AT + 4]
        if head == b"RCLG":
            for old, new in zip(there, buf):
                true(old == 0xFF or new in (0xFF, old), f"block {block}, offset {offset}")
        else:
            equal(there, BLANK * len(buf), f"block {block}, offset {offset}")
        super().writeblocks(block, buf, offset)


def test_littlefs_programs_blank_pages_and_the_log_blank_slots_only() -> None:
    """So neither asks for a bit to be set, and littlefs takes no page twice."""
    flash = BlankPagesOnly(32, new_flash(32).image)
    mount(flash)
    journal = open_journal()
    for seq in range(60 * SLOTS):
        write(journal, 1)
        if seq % 100 == 0:
            with open(LOG + "/new", "wb") as file:
                file.write(bytes(seq % 3000))
            os.rename(LOG + "/new", LOG + "/small")
            journal.ack(journal.next - 1, seq)
            tend(journal, seq)
    # Every block was used again, but for the two of the root and those of folders that stay.
    true(len([times for times in flash.erases if times == 0]) <= 4, flash.erases)
    equal(len(read_all(journal)), journal.next - journal.first)


def test_flash_of_the_board_is_formatted_and_mounted_anew() -> None:
    """As where littlefs cannot be used any more; also with nothing mounted."""
    from rollcase.hal.flash import flash, format_and_mount

    true(flash() is Rp2.flash, "another flash")
    for _ in range(2):
        format_and_mount(PLACE)
        equal(os.listdir(PLACE), [])
        os.mkdir(LOG)
    true(Rp2.flash.operations > 0, "nothing was written")
