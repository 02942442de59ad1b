"""A journal on flash, and what it ought to hold: shared by the scripts that look at journals."""

from tests.micropython.suite.expect import equal, true
from tests.micropython.suite.ram_flash import GONE, LOG
from tests.micropython.suite.stories import day

from rollcase.journal import Journal
from rollcore import events, state
from rollcore.memory import State

LOG_ID = b"\x01\x02\x03\x04\x05\x06\x07\x08"


def open_journal() -> Journal:
    """Return the journal on the flash that is mounted."""
    journal = Journal(LOG, lambda: LOG_ID)
    GONE.append(journal)  # with its open file: from the next `mount` on it is
    return journal


def write(journal: Journal, count: int) -> list[bytes]:
    """Append `count` events; return their records."""
    return [journal.append(day(journal.next - 1)) for _ in range(count)]


def read_all(journal: Journal, most: int = 1000) -> list[bytes]:
    """Return every record that the journal gives away, asked for as a host asks.

    Checks that what comes is in order, goes forward, and is no more than was asked for.
    """
    found: list[bytes] = []
    seq = journal.first
    while True:
        first, _, raw = journal.read(seq, most)
        if not raw:
            equal(first, journal.next)
            return found
        true(first >= seq, f"asked for {seq}, got {first}")
        true(len(raw) <= most * 32 and len(raw) % 32 == 0, f"{len(raw)} bytes at {first}")
        found += [raw[at : at + 32] for at in range(0, len(raw), 32)]
        seq = first + len(raw) // 32


def chained(records: list[bytes], chain: int) -> bool:
    """Say whether the records are chained, the first one to `chain`."""
    for record in records:
        if not events.intact(record, chain):
            return False
        chain = events.crc_of(record)
    return True


def folded(records: list[bytes]) -> State:
    """Return what the records add up to, from the beginning."""
    now = State()
    for record in records:
        now = state.fold(now, events.decode(record))
    return now


def segment(first: int) -> str:
    """Return the path of the segment that starts with this record."""
    return f"{LOG}/{first:010d}.seg"


def load(path: str) -> bytes:
    """Return the bytes of a file."""
    with open(path, "rb") as file:
        return file.read()


def save(path: str, raw: bytes) -> None:
    """Replace the bytes of a file."""
    with open(path, "wb") as file:
        file.write(raw)
