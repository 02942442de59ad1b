"""Power cut at every program and every erase, done whole and done in part.

What had been acknowledged is there afterwards, at most one more is, and all of it hangs together.
"""

from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.logbook import LOG_ID, chained, open_journal, read_all, write
from tests.micropython.suite.ram_flash import EIO, RamFlash, mount, new_flash, power_cuts

from rollcase.journal import SEGMENT_RECORDS, JournalError
from rollcore import events, snapshot
from rollcore.memory import State

APPENDS = 150
"""Two rotations in the middle, and the making of the first segment."""


class Run:
    """A run of appends from empty flash, with everything that was done to the flash for it."""

    def __init__(self, appends: int) -> None:
        flash = new_flash()
        self.image = bytes(flash.image)
        self.operations: list[tuple[int, bytes]] = []
        flash.record = self.operations
        journal = open_journal()
        self.records: list[bytes] = []
        self.snapshots = [snapshot.pack(State())]
        self.done_after: list[int] = []
        """For each append, how many operations had been done when it returned."""
        for _ in range(appends):
            self.records += write(journal, 1)
            self.snapshots.append(snapshot.pack(journal.state))
            self.done_after.append(len(self.operations))

    def returned(self, operations: int) -> int:
        """Return how many appends had returned after so many operations."""
        return len([done for done in self.done_after if done <= operations])


def cut_everywhere(quarters: int) -> None:
    """Cut the power everywhere in a run, start and check; append, start and check again."""
    run = Run(APPENDS)
    true(chained(run.records, events.first_chain(LOG_ID)), "the run's own chain")
    true(len(run.operations) > 2 * APPENDS, len(run.operations))
    for number, flash in power_cuts(run.image, run.operations, quarters):
        mount(flash)
        journal = open_journal()
        returned = run.returned(number)
        found = read_all(journal)
        where = f"after operation {number} and {quarters} quarters, {returned} had returned"
        true(returned <= len(found) <= returned + 1, f"{len(found)} records {where}")
        equal(found, run.records[: len(found)], where)
        packed = snapshot.pack(journal.state)
        equal(packed[5:], run.snapshots[len(found)][5:], where)  # but for its seq
        fresh = write(journal, 1)
        mount(flash)
        equal(read_all(open_journal()), found + fresh, where)
        true(chained(found[-1:] + fresh, crc_before(found)), where)


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


def test_power_cut_costs_no_sequence_number_and_tears_nothing() -> None:
    """There is no gap in the numbers: for the host a gap means lost records."""
    run = Run(APPENDS)
    for quarters in (0, 2):
        for number, flash in power_cuts(run.image, run.operations, quarters):
            mount(flash)
            journal = open_journal()
            where = f"after operation {number} and {quarters} quarters"
            equal(journal.next, len(read_all(journal)) + 1, where)
            equal(journal.torn, 0, where)


def test_second_power_cut_in_the_first_append_after_one_loses_no_answered_record() -> None:
    run = Run(SEGMENT_RECORDS + 2)
    # The operations around the rotation are the ones that leave something half-made.
    around = range(run.done_after[SEGMENT_RECORDS - 2], run.done_after[SEGMENT_RECORDS] + 1)
    for number, flash in power_cuts(run.image, run.operations, 0):
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
    operations = len(Run(SEGMENT_RECORDS + 3).operations)
    for number in range(operations - 40, operations):
        flash = new_flash()
        journal = open_journal()
        flash.fails_in, flash.fails_for = number, 1
        records: list[bytes] = []
        failed = 0
        for _ in range(SEGMENT_RECORDS + 3):
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
    flash.fails_for = 0
    records += write(journal, 2)
    mount(flash)
    equal(read_all(open_journal()), records)


def test_emulated_flash_loses_operations_that_were_cut() -> None:
    """A cut before the first operation of the last append leaves one record fewer."""
    run = Run(10)
    counts = []
    for number, flash in power_cuts(run.image, run.operations, 0):
        mount(flash)
        counts.append(len(read_all(open_journal())))
        true(isinstance(flash, RamFlash), number)
    equal(sorted(set(counts)), list(range(11)))
    equal(counts[-1], 10)
