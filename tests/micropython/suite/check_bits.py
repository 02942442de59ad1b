"""Flipped bits in a flash with a log: each is put right or said, and none bends a rest.

`make trust` flips every bit; here are those that were found to do harm, and some of each sort.
"""

import os

from boards.virtual.flash import BLOCK_SIZE, PAGE_SIZE
from tests.micropython.suite.bit_trials import (
    CLOCK_BEHIND,
    LOG_ID,
    Bench,
    Board,
    Copied,
    Formatted,
    Known,
    SecondLog,
    SecondLogEmpty,
    SecondLogTidy,
    Settled,
    Story,
    Trial,
    Turned,
    Young,
    flip,
    mount,
    umount,
)
from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.ram_flash import LOG, RamFlash
from tests.micropython.suite.stories import Dice

from rollcase.block_store import HURT, NO_START
from rollcase.recorder import NO_POLICY
from rollcore import blocks


def place(story: Story, name: str) -> "tuple[int, int]":
    """Return the first byte of a place on the flash of a story, and the one behind the last."""
    for found, start, end in story.places():
        if found == name:
            return start, end
    raise AssertionError(name)


def newest_page(story: Story) -> int:
    """Return where the newest checkpoint begins."""
    newest, found = -1, 0
    for at in range(0, len(story.image), PAGE_SIZE):
        page = blocks.unpack_page(story.image[at : at + PAGE_SIZE], LOG_ID)
        if page and page.serial > newest:
            newest, found = page.serial, at
    return found


def clean(bench: Bench, tried: int) -> None:
    """Fail unless so many trials were made and none found anything wrong."""
    equal((bench.wrong, bench.tried), ({}, tried), bench.examples)


def test_flipped_bit_of_the_newest_checkpoint_is_put_right() -> None:
    """One in its serial (bytes 8 to 11) makes it older than the one before it."""
    bench = Bench(Settled())
    start = 8 * newest_page(bench.story)
    bits = list(range(8 * 8, 12 * 8)) + list(range(0, 8 * PAGE_SIZE, 31))
    for bit in bits:
        bench.one((start + bit,))
    clean(bench, len(bits))
    equal(bench.notes, {"boot: corrected": len(bits)})


def test_every_bit_of_the_newest_mark_is_put_right_where_it_brings_that_before_the_oldest() -> None:
    bench = Bench(Turned())
    start, end = place(bench.story, f"block 1/{(bench.story.last - 1) // blocks.SLOTS} mark")
    for bit in range(8 * start, 8 * end):
        bench.one((bit,))
    clean(bench, 256)
    # Of so many blocks the last four bytes of a mark are not looked at, nor is the nonce.
    true(bench.notes["boot: corrected"] >= 160, bench.notes)


def test_bits_of_the_folders_lose_the_policy_or_a_block_and_it_is_said() -> None:
    bench = Bench(Settled())
    tried = 0
    for name, start, end in bench.story.places():
        if name.startswith("littlefs") and not name.endswith("blank"):
            for bit in range(8 * start, 8 * end, 61):
                bench.one((bit,))
                tried += 1
    clean(bench, tried)
    for fault in (HURT, NO_POLICY):
        true(bench.notes.get("fault: " + fault), bench.notes)


def pairs(bench: Bench, start: int, end: int, count: int) -> None:
    """Flip so many pairs of bits between two bytes."""
    dice = Dice(5)
    size = 8 * (end - start)
    for _ in range(count):
        first = dice.below(size)
        second = (first + 1 + dice.below(size - 1)) % size
        bench.one((8 * start + first, 8 * start + second))


def test_two_bits_of_an_opening_that_a_tool_has_copied_lose_nothing() -> None:
    bench = Bench(Copied())
    pairs(bench, *place(bench.story, "block 1/2 opening"), 40)
    clean(bench, 40)
    equal(bench.notes.get("fault: " + HURT), 40)


def test_two_bits_of_the_first_opening_of_a_second_log_bend_nothing() -> None:
    """What the log was born with is in a checkpoint, too."""
    bench = Bench(SecondLog())
    pairs(bench, *place(bench.story, "block 2/0 opening"), 40)
    clean(bench, 40)
    equal(bench.notes.get("boot: lost"), 40)


def test_two_bits_of_the_opening_of_an_empty_second_log_bring_the_one_before_back() -> None:
    """It looks like a write that was cut. Both know the same."""
    bench = Bench(SecondLogEmpty())
    pairs(bench, *place(bench.story, "block 2/0 opening"), 40)
    clean(bench, 40)
    equal(bench.notes.get("the log before"), 40)


def test_log_whose_beginning_nobody_knows_takes_no_use() -> None:
    story = SecondLog()
    flash = RamFlash(len(story.image) // BLOCK_SIZE, story.image)
    for name, start, end in story.places():
        if name.endswith("pages"):
            flash.image[start:end] = b"\xff" * (end - start)
    start, _ = place(story, "block 2/0 opening")
    flip(flash.image, 8 * start + 200)
    flip(flash.image, 8 * start + 700)
    board = Board(flash)
    equal(board.app.fault, NO_START)
    equal(board.journal.state.seq, story.last + 1)
    umount()


def without_its_log(story: Story, pages: bool) -> RamFlash:
    """Return the flash of a story without its marks of a log's blocks, or without any mark."""
    flash = RamFlash(len(story.image) // BLOCK_SIZE, story.image)
    for at in range(0, len(flash.image), BLOCK_SIZE):
        mark = blocks.unpack_mark(bytes(flash.image[at + 64 : at + 96]))
        if mark and (mark.what == blocks.LOG or not pages):
            flash.image[at : at + BLOCK_SIZE] = b"\xff" * BLOCK_SIZE
    return flash


def test_log_that_is_lost_whole_is_known_by_its_checkpoint() -> None:
    story = Settled()
    board = Board(without_its_log(story, True))
    equal((board.lost, board.app.fault), (1, ""))
    bent = Known(board, story.clock).bent(story.after[0])
    equal(bent, [])
    equal(board.app.policy.text, story.rules.text)
    true("2-000" in os.listdir(LOG), os.listdir(LOG))
    umount()


def test_log_that_is_lost_with_its_checkpoints_is_missed_by_its_files() -> None:
    board = Board(without_its_log(SecondLogTidy(), False))
    equal(board.lost, 1)
    true(board.journal.state.dirty, board.journal.state.at)
    true("3-000" in os.listdir(LOG), os.listdir(LOG))
    umount()


def test_lost_files_of_checkpoints_are_made_once() -> None:
    """The blocks that are left of them keep their marks."""
    story = Settled()
    flash = RamFlash(len(story.image) // BLOCK_SIZE, story.image)
    mount(flash)
    os.remove(LOG + "/a/checkpoint")
    os.remove(LOG + "/b/checkpoint")
    for _ in range(3):
        board = Board(flash)
        board.tend()
        before = sum(flash.erases)
        board.wait_s(1000)
        board.tend()
    equal(sum(flash.erases), before)
    umount()


def test_policy_is_stored_again_with_the_new_log_that_a_formatted_flash_needs() -> None:
    """A case that knew its policy at the start, and lost the file meanwhile, keeps it."""
    story = Settled()
    flash = RamFlash(len(story.image) // BLOCK_SIZE, story.image)
    board = Board(flash)
    for folder in ("a", "b"):
        for name in os.listdir(f"{LOG}/{folder}"):
            os.remove(f"{LOG}/{folder}/{name}")
    board.app.ack(board.journal.next - 1)
    equal(board.app.new_log(True), "")
    again = Board(flash)
    equal((again.app.fault, again.app.policy.text), ("", story.rules.text))
    umount()


def test_trial_finds_what_is_wrong() -> None:
    """The last three records, which no checkpoint has, are erased."""
    story = Young()
    flash = RamFlash(len(story.image) // BLOCK_SIZE, story.image)
    _, end = place(story, "block 1/0 records")
    flash.image[end - 96 : end] = b"\xff" * 96
    trial = Trial(story, flash)
    trial.run()
    wrong = {words.split(":")[0] for words in trial.wrong}
    equal(wrong, {"bent", "doubled", "lost"}, trial.wrong)


def test_formatted_flash_is_said_at_every_start() -> None:
    story = Formatted()
    equal(story.found.wrong, [])
    true("fault: " + HURT in story.found.notes, story.found.notes)
    true(CLOCK_BEHIND not in story.found.notes, story.found.notes)
