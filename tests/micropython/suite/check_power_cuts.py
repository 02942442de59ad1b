"""Power cut at every program and every erase, done whole and done in part.

What had been answered is there afterwards, at most one more is, and all of it hangs together. A
whole day of the case, and cuts in the recovery, are tried in `tests/trust`.
"""

from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.logbook import (
    LOG_ID,
    chained,
    open_journal,
    read_all,
    tend,
    write,
    write_at_leisure,
)
from tests.micropython.suite.ram_flash import EIO, RamFlash, mount, new_flash, power_cuts
from tests.micropython.suite.stories import Dice

from rollcase.journal import JournalError
from rollcore import events, snapshot
from rollcore.blocks import SLOTS
from rollcore.memory import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

HURRIED = SLOTS + 9
"""Records without a pause: the next block is made in the way of one of them."""

LEISURELY = SLOTS + 9
"""Records with all upkeep after each: blocks are made in time, and there are checkpoints."""

WAYS = (0, 1, 2, 3, 4)
"""How a cut can be: after so many quarters of an operation; 4: with any of its bits done."""


class Run:
    """A run of appends from empty flash, with everything that was done to the flash for it."""

    def __init__(self) -> None:
        flash = new_flash()
        self.image = bytes(flash.image)
        self.operations: list[tuple[int, bytes]] = []
        flash.record = self.operations
        journal = open_journal()
        self.begun = len(self.operations)
        self.records: list[bytes] = []
        self.snapshots = [snapshot.pack(State())]
        self.done_after: list[int] = []
        """For each append, how many operations had been done when it returned."""
        for number in range(HURRIED + LEISURELY):
            self.records += write(journal, 1)
            self.snapshots.append(snapshot.pack(journal.state))
            self.done_after.append(len(self.operations))
            if number >= HURRIED:
                tend(journal, journal.state.time)

    def returned(self, operations: int) -> int:
        """Return how many appends had returned after so many operations."""
        return len([done for done in self.done_after if done <= operations])

    def cuts(self, way: int) -> "Iterator[tuple[int, RamFlash]]":
        """Yield the flash as a cut at each operation leaves it, with the operation's number."""
        return power_cuts(self.image, self.operations, way, Dice(7) if way == 4 else None)


def cut_everywhere(way: int) -> None:
    """Cut the power everywhere in a run, start and check; append, start and check again."""
    run = Run()
    true(chained(run.records, events.first_chain(LOG_ID)), "the run's own chain")
    true(len(run.operations) > len(run.records), len(run.operations))
    for number, flash in run.cuts(way):
        mount(flash)
        journal = open_journal()
        returned = run.returned(number)
        found = read_all(journal)
        where = f"after operation {number}, cut as {way}, {returned} had returned"
        true(returned <= len(found) <= returned + 1, f"{len(found)} records {where}")
        equal(found, run.records[: len(found)], where)
        equal(snapshot.pack(journal.state), run.snapshots[len(found)], where)
        fresh = write(journal, 1)
        mount(flash)
        equal(read_all(open_journal()), found + fresh, where)
        true(chained(found[-1:] + fresh, crc_before(found)), where)
        true(not found or events.seq_of(fresh[0]) > events.seq_of(found[-1]), where)


def crc_before(found: "list[bytes]") -> int:
    """Return the CRC that the last of the records is chained to."""
    return events.crc_of(found[-2]) if len(found) > 1 else events.first_chain(LOG_ID)


def test_power_cut_between_two_flash_operations_loses_no_answered_record() -> None:
    cut_everywhere(0)


def test_power_cut_in_the_first_quarter_of_a_flash_operation_loses_no_answered_record() -> None:
    cut_everywhere(1)


def test_power_cut_in_the_middle_of_a_flash_operation_loses_no_answered_record() -> None:
    cut_everywhere(2)


def test_power_cut_at_the_end_of_a_flash_operation_loses_no_answered_record() -> None:
    cut_everywhere(3)


def test_power_cut_with_any_bits_of_a_flash_operation_done_loses_no_answered_record() -> None:
    cut_everywhere(4)


def test_power_cut_leaves_out_one_number_at_most_and_damages_nothing() -> None:
    """A slot that was half written is torn: it takes no record, and costs no use."""
    run = Run()
    for way in WAYS:
        for number, flash in run.cuts(way):
            mount(flash)
            journal = open_journal()
            where = f"after operation {number}, cut as {way}"
            spoiled = journal.torn + journal.skipped
            true(journal.lost == 0 and spoiled + journal.corrected <= 1, where)
            equal(journal.next, len(read_all(journal)) + 1 + journal.torn, where)
            if way == 0:
                equal(spoiled, 0, where)


def test_power_cut_in_the_opening_of_the_next_block_is_no_loss() -> None:
    """The opening lies in two pages: with the first of them, it is neither blank nor whole."""
    run = Run()
    halves = 0
    for number, flash in run.cuts(0):
        if number not in range(run.done_after[SLOTS - 1], run.done_after[SLOTS]):
            continue
        mount(flash)
        journal = open_journal()
        equal((journal.lost, journal.next, journal.state.using), (0, SLOTS + 1, 0), number)
        halves += 1
    true(halves >= 3, halves)


def test_second_power_cut_in_the_first_append_after_one_loses_no_answered_record() -> None:
    run = Run()
    # The operations around the next block are the ones that leave something half-made.
    around = range(run.done_after[SLOTS - 2], run.done_after[SLOTS] + 1)
    for number, flash in run.cuts(0):
        if number not in around:
            continue
        image = bytes(flash.image)
        mount(flash)
        second: list[tuple[int, bytes]] = []
        flash.record = second
        journal = open_journal()
        found = read_all(journal)
        fresh = write(journal, 1)
        for again, cut in power_cuts(image, second, 2):
            mount(cut)
            got = read_all(open_journal())
            where = f"cut after {number}, and again after {again}"
            true(got in (found, found + fresh), f"{len(got)} records {where}")
            true(got == found + fresh or again < len(second), where)


def test_flash_that_fails_once_costs_one_append_and_no_record() -> None:
    """Every operation of a run fails in turn; the log is then as it was, and goes on."""
    run = Run()
    count = SLOTS + 3
    for number in range(run.done_after[count - 1] - 40, run.done_after[count - 1]):
        flash = new_flash()
        flash.fails_in, flash.fails_for = number, 1
        journal = open_journal()
        records: list[bytes] = []
        failed = 0
        for _ in range(count):
            before = snapshot.pack(journal.state)
            try:
                records += write(journal, 1)
            except JournalError:
                failed += 1
                equal(snapshot.pack(journal.state), before, number)
        true(failed <= 1, f"{failed} appends failed")
        equal(flash.fails_for, 0, "the failure never came")
        equal(read_all(journal), records, number)
        records += write(journal, 2)
        mount(flash)
        again = open_journal()
        equal(read_all(again), records, number)
        equal(snapshot.pack(again.state), snapshot.pack(journal.state), number)
        true(chained(records, events.first_chain(LOG_ID)), number)


def test_flash_that_stays_broken_gives_an_error_each_time() -> None:
    flash = new_flash()
    journal = open_journal()
    records = write(journal, 5)
    flash.fails_in, flash.fails_for = 0, 1 << 30
    for _ in range(3):
        try:
            write(journal, 1)
        except JournalError as error:
            true(str(EIO) in str(error) or "EIO" in str(error), error)
        else:
            raise AssertionError("the flash took it")
        equal(read_all(journal), records)
        tend(journal)  # comes to an end, too
        equal(journal.tend(), False)
    flash.fails_for = 0
    records += write(journal, 2)
    mount(flash)
    equal(read_all(open_journal()), records)


def test_flash_that_fails_in_upkeep_costs_nothing() -> None:
    """Each operation of making blocks and checkpoints fails in turn."""
    for number in range(60):
        flash = new_flash()
        journal = open_journal()
        records = write(journal, 3)
        flash.fails_in, flash.fails_for = number, 1
        tend(journal, 1000)
        for _ in range(SLOTS):
            try:
                records += write_at_leisure(journal, 1)
            except JournalError:
                pass
        records += write_at_leisure(journal, SLOTS)
        mount(flash)
        again = open_journal()
        equal(read_all(again), records, number)
        equal(snapshot.pack(again.state), snapshot.pack(journal.state), number)


def test_emulated_flash_loses_operations_that_were_cut() -> None:
    """A cut before the first operation of the last append leaves one record fewer."""
    run = Run()
    counts = []
    for number, flash in run.cuts(0):
        if number > run.done_after[9]:
            break
        mount(flash)
        counts.append(len(read_all(open_journal())))
        true(isinstance(flash, RamFlash), number)
    equal(sorted(set(counts)), list(range(11)))
    equal(counts[-1], 10)
