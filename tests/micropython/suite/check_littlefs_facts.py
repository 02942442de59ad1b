"""What littlefs does against a good guess, on a flash that counts; firmware/SPEC.md lists it.

None of this is ours. Where one of these tests fails, another littlefs came with MicroPython: look
whether the log still holds, then change test and table.
"""

import os

import vfs  # type: ignore[import-not-found]  # MicroPython alone has it
from boards.virtual.flash import BLOCK_SIZE, BLOCKS, PAGE_SIZE
from tests.micropython.suite.expect import equal, raises, true
from tests.micropython.suite.ram_flash import EIO, PLACE, RamFlash, mount

ENOSPC = 28

FEW = 32
"""Blocks of a small flash."""

SMALL = 512
"""Most bytes of a file that littlefs keeps in the folder itself: an eighth of a block."""

CACHE = 4 * PAGE_SIZE
"""Bytes that an open file reads ahead (read in extmod/vfs_lfsx.c of MicroPython 1.25)."""


def formatted(flash: RamFlash) -> RamFlash:
    """Return the flash with a new file system, mounted."""
    vfs.VfsLfs2.mkfs(flash, progsize=PAGE_SIZE)
    mount(flash)
    return flash


def write(name: str, content: bytes, mode: str = "wb") -> None:
    """Write a file."""
    with open(f"{PLACE}/{name}", mode) as file:
        file.write(content)


def read(name: str) -> bytes:
    """Return what is in a file that is opened for this."""
    with open(f"{PLACE}/{name}", "rb") as file:
        return file.read()


def noise(length: int) -> bytes:
    """Return bytes of which no two blocks are alike."""
    return bytes((at * 7 + at // 256) & 0xFF for at in range(length))


def holders(flash: RamFlash, content: bytes) -> "list[int]":
    """Return the blocks that have these bytes in them."""
    image = flash.image
    ends = range(BLOCK_SIZE, len(image) + 1, BLOCK_SIZE)
    return [
        end // BLOCK_SIZE - 1 for end in ends if image.find(content, end - BLOCK_SIZE, end) >= 0
    ]


def changed(flash: RamFlash, name: str) -> "set[int]":
    """Return the blocks that are programmed when a small file is written."""
    before = list(flash.programs)
    write(name, b"value")
    return {number for number in range(flash.blocks) if flash.programs[number] > before[number]}


def test_rmdir_removes_a_file_and_remove_an_empty_folder() -> None:
    formatted(RamFlash(FEW))
    write("file", b"content")
    os.mkdir(PLACE + "/folder")
    os.rmdir(PLACE + "/file")
    os.remove(PLACE + "/folder")
    equal(os.listdir(PLACE), [])


def test_listing_has_a_name_before_its_own_beginning() -> None:
    """So it looks sorted, until one name begins like another."""
    formatted(RamFlash(FEW))
    for name in ("b", "a", "1", "2", "10", "11", "a1"):
        write(name, b"")
    equal(os.listdir(PLACE), ["10", "11", "1", "2", "a1", "a", "b"])


def test_change_at_the_start_of_a_file_writes_all_behind_it_anew() -> None:
    flash = formatted(RamFlash(BLOCKS))
    write("file", bytes(64 * BLOCK_SIZE))
    for offset, least, most in ((0, 64, 66), (60 * BLOCK_SIZE, 1, 5)):
        before = sum(flash.erases)
        with open(PLACE + "/file", "r+b") as file:
            file.seek(offset)
            file.write(b"eight by")
        true(least <= sum(flash.erases) - before <= most, (offset, sum(flash.erases) - before))


def test_change_in_a_file_of_over_half_the_flash_finds_no_space() -> None:
    """The bytes behind it are written to new blocks before the old ones are free."""
    formatted(RamFlash(FEW))
    write("file", bytes(18 * BLOCK_SIZE))
    error = raises(OSError, write, "file", b"eight by", "r+b")
    equal(error.args[0], ENOSPC)


def test_small_file_lies_in_its_folder_and_a_larger_one_in_a_block_of_its_own() -> None:
    for size, blocks in ((SMALL, [1]), (SMALL + 1, [3])):
        flash = formatted(RamFlash(FEW))
        content = b"content." * (SMALL // 8) + b"c" * (size - SMALL)
        write("file", content)
        equal(holders(flash, content), blocks, size)


def test_file_of_one_block_is_that_block_byte_for_byte() -> None:
    flash = formatted(RamFlash(FEW))
    content = noise(BLOCK_SIZE)
    write("file", content)
    (block,) = holders(flash, content)
    equal(flash.image[block * BLOCK_SIZE : (block + 1) * BLOCK_SIZE], content)


def test_later_blocks_of_a_file_begin_with_pointers() -> None:
    """Block n has 4 bytes for each time that n can be halved, and 4 more."""
    flash = formatted(RamFlash(FEW))
    content = noise(5 * BLOCK_SIZE)
    write("file", content)
    at = 0
    for pointers in (0, 4, 8, 4, 12):
        part = content[at : at + BLOCK_SIZE - pointers]
        (block,) = holders(flash, part)
        equal(flash.image.find(part, block * BLOCK_SIZE), block * BLOCK_SIZE + pointers)
        at += len(part)


def test_block_of_a_file_that_nobody_writes_is_neither_moved_nor_written() -> None:
    flash = formatted(RamFlash(FEW))
    write("quiet", noise(BLOCK_SIZE))
    (block,) = holders(flash, noise(BLOCK_SIZE))
    done = flash.erases[block], flash.programs[block]
    for number in range(400):
        write(f"busy{number % 3}", bytes([number & 0xFF]) * 6000)
    equal(holders(flash, noise(BLOCK_SIZE)), [block])
    equal((flash.erases[block], flash.programs[block]), done)
    # Every other block was in use meanwhile.
    true(min(flash.erases[:block] + flash.erases[block + 1 :]) > 10, flash.erases)


def test_block_that_the_folder_no_longer_names_is_given_to_the_next_file() -> None:
    """What a roll-back forgot is alive until something is written."""
    flash = formatted(RamFlash(FEW))
    older = bytes(flash.image[: 2 * BLOCK_SIZE])
    write("log", noise(BLOCK_SIZE))
    flash.image[: 2 * BLOCK_SIZE] = older
    mount(flash)
    equal(os.listdir(PLACE), [])
    equal(len(holders(flash, noise(BLOCK_SIZE))), 1)
    write("other", bytes(BLOCK_SIZE))
    equal(holders(flash, noise(BLOCK_SIZE)), [])


def test_file_that_is_written_anew_or_removed_leaves_its_old_block_as_it_was() -> None:
    """So the same bytes can stand in two blocks, and in one that no file has."""
    flash = formatted(RamFlash(FEW))
    for _ in range(2):
        write("log", noise(BLOCK_SIZE))
    equal(len(holders(flash, noise(BLOCK_SIZE))), 2)
    os.remove(PLACE + "/log")
    equal(len(holders(flash, noise(BLOCK_SIZE))), 2)


def test_format_erases_two_blocks_and_leaves_what_is_in_the_others() -> None:
    flash = formatted(RamFlash(FEW))
    write("log", noise(BLOCK_SIZE))
    before = list(flash.erases)
    formatted(flash)
    equal([now - then for now, then in zip(flash.erases, before)], [1, 1] + [0] * (FEW - 2))
    equal(os.listdir(PLACE), [])
    equal(len(holders(flash, noise(BLOCK_SIZE))), 1)


def test_folder_leaves_its_blocks_after_a_hundred_erases_so_wear_comes_in_turn() -> None:
    """A value that is replaced 2000 times has worn a few blocks, and most of them not at all."""
    flash = formatted(RamFlash(BLOCKS))
    for number in range(2000):
        write("value.new", b"%d" % number)
        os.rename(PLACE + "/value.new", PLACE + "/value")
    worn = [erases for erases in flash.erases if erases]
    true(len(worn) < 20, worn)
    equal(max(worn), 101)


def test_opening_a_file_to_append_programs_a_page_though_nothing_is_appended() -> None:
    """MicroPython keeps the time of the last change with the file."""
    flash = formatted(RamFlash(FEW))
    write("file", b"content")
    before = flash.operations
    open(PLACE + "/file", "ab").close()
    equal(flash.operations - before, 1)


def test_two_files_of_one_folder_share_a_block_and_those_of_two_folders_do_not() -> None:
    flash = formatted(RamFlash(FEW))
    for folder in ("/a", "/b"):
        os.mkdir(PLACE + folder)
    first, second = changed(flash, "a/1"), changed(flash, "b/1")
    equal(len(first | second), 2)
    for _ in range(3):
        equal((changed(flash, "a/2"), changed(flash, "b/2")), (first, second))


def test_flipped_bit_in_a_file_is_read_without_an_error() -> None:
    flash = formatted(RamFlash(FEW))
    content = noise(BLOCK_SIZE)
    write("file", content)
    (block,) = holders(flash, content)
    flash.image[block * BLOCK_SIZE + 1000] ^= 1
    mount(flash)
    got = read("file")
    equal([at for at in range(BLOCK_SIZE) if got[at] != content[at]], [1000])


def blank_file(flash: RamFlash) -> int:
    """Write a file of one blank block with a mark in it; return the block."""
    write("log", b"\xff" * 64 + b"a mark" + b"\xff" * (BLOCK_SIZE - 70))
    (block,) = holders(flash, b"a mark")
    return block


def test_program_in_place_is_read_through_a_file_that_is_opened_afterwards() -> None:
    flash = formatted(RamFlash(FEW))
    block = blank_file(flash)
    record = bytes(range(32))
    for page in range(1, 16):
        flash.writeblocks(block, record + b"\xff" * (PAGE_SIZE - 32), page * PAGE_SIZE)
        equal(read("log")[page * PAGE_SIZE :][:32], record, page)
    mount(flash)
    equal(read("log")[:96], b"\xff" * 64 + b"a mark" + b"\xff" * 26)
    equal(read("log")[15 * PAGE_SIZE :][:32], record)


def test_program_in_place_is_not_read_through_a_file_that_has_read_there_before() -> None:
    """An open file keeps the bytes that it has read ahead, and gives them again."""
    flash = formatted(RamFlash(FEW))
    block = blank_file(flash)
    start = 2 * CACHE
    with open(PLACE + "/log", "rb") as file:
        file.seek(start)
        file.read(1)
        for page in range(start, BLOCK_SIZE, PAGE_SIZE):
            flash.writeblocks(block, bytes(PAGE_SIZE), page)
        stale = []
        for at in range(start, BLOCK_SIZE):
            file.seek(at)
            if file.read(1) != b"\x00":
                stale.append(at)
                file.seek(start)
                file.read(1)
        equal(stale, list(range(start, start + CACHE)))
        equal(read("log")[start:], bytes(BLOCK_SIZE - start))


class Failing(RamFlash):
    """Flash that remembers where it was written; it may do `half` of the write that fails."""

    def __init__(self, half: bool) -> None:
        super().__init__(FEW)
        self.half = half
        self.places: list[int] = []

    def _write(self, at: int, data: bytes) -> None:
        self.places.append(at)
        if self.half and self.fails_in == 0 and self.fails_for:
            self.image[at : at + len(data) // 2] = bytes(len(data) // 2)
        super()._write(at, data)


def after_a_failed_commit(flash: Failing) -> "tuple[int, list[int]]":
    """Let a page of a folder fail; return its offset in its block, and those written there next."""
    formatted(flash)
    write("before", b"content")
    flash.places.clear()
    flash.fails_in, flash.fails_for = 0, 1
    equal(raises(OSError, write, "file", noise(3000)).args[0], EIO)
    block, failed = divmod(flash.places[0], BLOCK_SIZE)
    flash.places.clear()
    write("file", noise(3000))
    mount(flash)
    equal((read("before"), read("file")), (b"content", noise(3000)))
    return failed, [at % BLOCK_SIZE for at in flash.places if at // BLOCK_SIZE == block]


def test_page_whose_program_failed_is_programmed_again_without_an_erase() -> None:
    failed, offsets = after_a_failed_commit(Failing(half=False))
    equal(offsets[0], failed)
    true(failed > 0, failed)


def test_page_whose_program_failed_half_done_waits_for_an_erase_of_its_block() -> None:
    """littlefs sees that the page is no longer blank; nothing that was written before is lost."""
    failed, offsets = after_a_failed_commit(Failing(half=True))
    equal(offsets[0], 0)
    true(failed > 0, failed)
