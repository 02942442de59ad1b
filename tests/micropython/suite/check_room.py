"""A log that fills its flash leaves littlefs the room that it needs, over any number of folders."""

from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.ram_flash import LOG, PLACE, new_flash

from rollcase.block_files import BlockFiles
from rollcase.block_store import FOLDER, RESERVE
from rollcase.journal import Journal, JournalFull
from rollcore.blocks import BLOCK_SIZE, SLOTS
from rollcore.events import LONG_PRESS, REFUSED, STILL_RESTING, Event

BLOCKS = 4 * FOLDER


def never() -> None:
    """Format nothing: it is done here."""
    raise OSError


def append(journal: Journal, records: int) -> int:
    """Append so many records, with all upkeep after each; return how many the log took."""
    for number in range(records):
        data = {"gesture": LONG_PRESS, "reason": STILL_RESTING, "until": 0, "digest": 0}
        try:
            journal.append(Event(REFUSED, data, boot=1, uptime=number, time=number))
        except JournalFull:
            return number
        while journal.tend():
            pass
        if not journal.checkpoint_due(number):
            journal.checkpoint(number, number)
    return records


def full_log() -> Journal:
    """Return a log that has filled its flash."""
    flash = new_flash(BLOCKS)
    journal = Journal(flash, BlockFiles(LOG, never), lambda: bytes(8))
    taken = append(journal, BLOCKS * SLOTS)
    true(3 * FOLDER * SLOTS < taken < BLOCKS * SLOTS, taken)
    return journal


def files_that_fit() -> int:
    """Write files of one block each until there is no space; return how many it were."""
    count = 0
    try:
        while True:
            with open(f"{PLACE}/{count}", "wb") as file:
                file.write(bytes(BLOCK_SIZE))
            count += 1
    except OSError:
        return count


def test_log_that_has_filled_four_folders_leaves_its_reserve_free() -> None:
    full_log()
    equal(files_that_fit(), RESERVE)


def test_log_that_lets_blocks_go_for_new_ones_leaves_its_reserve_free() -> None:
    journal = full_log()
    journal.ack(journal.next - 1, 0)
    equal(append(journal, 2 * FOLDER * SLOTS), 2 * FOLDER * SLOTS)
    true(journal.first > FOLDER * SLOTS, journal.first)
    true(RESERVE <= files_that_fit() <= RESERVE + 3, "files of one block")
