"""A journal on flash, and what it ought to hold: shared by the scripts that look at journals."""

from boards.virtual.flash import BLOCK_SIZE
from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.ram_flash import LOG, RamFlash, device, make_anew
from tests.micropython.suite.stories import day

from rollcase.block_files import BlockFiles
from rollcase.journal import Journal
from rollcore import blocks, events, slots, state
from rollcore.blocks import SLOTS
from rollcore.memory import State

LOG_ID = b"\x01\x02\x03\x04\x05\x06\x07\x08"


def open_journal(log_id: bytes = LOG_ID) -> Journal:
    """Return the journal on the flash that is mounted; a log that it makes has this id."""
    return Journal(device(), BlockFiles(LOG, make_anew), lambda: log_id)


def tend(journal: Journal, uptime: int = 0) -> None:
    """Do all upkeep that there is, as an idle case does it."""
    while journal.tend():
        pass
    if not journal.checkpoint_due(uptime):
        journal.checkpoint(journal.state.time, uptime)


def write(journal: Journal, count: int) -> list[bytes]:
    """Append `count` events; return their records. Between them nothing is idle."""
    return [journal.append(day(journal.next - 1)) for _ in range(count)]


def write_at_leisure(journal: Journal, count: int) -> list[bytes]:
    """Append `count` events, with all upkeep done after each; return their records."""
    records: list[bytes] = []
    for _ in range(count):
        records += write(journal, 1)
        tend(journal, journal.state.seq * 700)
    return records


def read_all(journal: Journal, most: int = SLOTS) -> list[bytes]:
    """Return every record that the journal gives away, asked for and read as by a host.

    Checks that what comes is in order, goes forward, and is no more than was asked for.
    """
    found: list[bytes] = []
    seq = journal.first
    while True:
        first, chain, raw = journal.read(seq, most)
        if not raw:
            equal(first, journal.next)
            return found
        true(first >= seq, f"asked for {seq}, got {first}")
        true(len(raw) <= most * 32 and len(raw) % 32 == 0, f"{len(raw)} bytes at {first}")
        told, _ = slots.walk(raw, first, chain)
        found += [slot.raw for slot in told if slot.is_record]
        seq = first + len(raw) // 32


def chained(records: list[bytes], chain: int) -> bool:
    """Say whether the records are chained, the first one to `chain`."""
    for record in records:
        if not events.intact(record, chain):
            return False
        chain = events.crc_of(record)
    return True


def folded(records: list[bytes], start: "State | None" = None) -> State:
    """Return what the records add up to, from the beginning, or from the state `start`."""
    now = start.copy() if start else State()
    for record in records:
        state.apply(now, events.decode(record))
    return now


def load(path: str) -> bytes:
    """Return the bytes of a file."""
    with open(path, "rb") as file:
        return file.read()


def save(path: str, raw: bytes) -> None:
    """Replace the bytes of a file."""
    with open(path, "wb") as file:
        file.write(raw)


def path_of(number: int) -> str:
    """Return the path of the file of a block of the first log."""
    return f"{LOG}/1-{number // 32:03d}/{number:05d}"


def blocks_with(flash: RamFlash, what: int) -> "list[int]":
    """Return the flash blocks that have a mark of this kind."""
    found = []
    for block in range(flash.blocks):
        at = block * BLOCK_SIZE + blocks.MARK_AT
        mark = blocks.unpack_mark(bytes(flash.image[at : at + blocks.MARK_SIZE]))
        if mark and mark.what == what:
            found.append(block)
    return found


def block_of(flash: RamFlash, number: int) -> int:
    """Return the flash block in which a block of the log lies: the first with its mark."""
    for block in range(flash.blocks):
        at = block * BLOCK_SIZE + blocks.MARK_AT
        mark = blocks.unpack_mark(bytes(flash.image[at : at + blocks.MARK_SIZE]))
        if mark and mark.what == blocks.LOG and mark.number == number:
            return block
    raise AssertionError(f"there is no block {number} on the flash")


def bytes_of(flash: RamFlash, number: int) -> bytes:
    """Return the 4,096 bytes of a block of the log, as they are on flash."""
    at = block_of(flash, number) * BLOCK_SIZE
    return bytes(flash.image[at : at + BLOCK_SIZE])


def damage(flash: RamFlash, number: int, at: int, raw: "bytes | bytearray") -> None:
    """Put other bytes into a block of the log, as no program would."""
    start = block_of(flash, number) * BLOCK_SIZE + at
    flash.image[start : start + len(raw)] = raw


def flip(flash: RamFlash, number: int, at: int, mask: int = 0x15) -> None:
    """Flip bits of one byte in a block of the log: three, which nothing puts right."""
    flash.image[block_of(flash, number) * BLOCK_SIZE + at] ^= mask
