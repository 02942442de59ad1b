"""Where what is read from a flash belongs, with no case that answers."""

from pathlib import Path

import pytest
from tests.firmware.logs import records_of
from tests.host.bringing_home import (
    DAY,
    NOW,
    PutBack,
    bring_home,
    go_on,
    home_now,
    logs_in,
    make_put_back,
    use,
    write,
)
from tests.host.scripted_case import (
    DEVICE,
    FLASH,
    LOG_ID,
    ScriptedCase,
    slot_on_flash,
    spoil_record,
)

from rollcore import events
from rollcore.events import Event, first_chain
from rollhost.case.log_and_forks import keep_flash
from rollhost.database.archive import Kept
from rollhost.database.open import open_archive
from rollhost.database.slot_reader import Read, SlotReader, read_all

pytestmark = pytest.mark.in_process


@pytest.fixture
def put_back(home: Path) -> PutBack:
    """A case whose flash was put back, see `make_put_back`."""
    return make_put_back(home)


def slots_of(case: ScriptedCase) -> list[Read]:
    """Return the slots on the flash of a case."""
    journal = case.app.journal
    reader = SlotReader(1, None)
    found: list[Read] = []
    while reader.next < journal.next:
        found += reader.feed(*journal.read(reader.next, 1000))
    return found + reader.end(known=0)


def keep(case: ScriptedCase, path: Path) -> tuple[int, Kept]:
    """Keep what is on the flash of a case in its database, as a rescue does."""
    with open_archive(path, create=True) as archive, archive.transaction():
        case_id = archive.keep_case("5c1f0a2b3c4d5e6f", "pico", "0.1.0")
        return keep_flash(archive, case_id, LOG_ID.hex(), slots_of(case))


def test_flash_that_was_put_back_goes_into_the_fork_that_a_sync_would_make(
    put_back: PutBack, home: Path
) -> None:
    with put_back.case() as case:
        go_on(case)
        log_id, kept = keep(case, put_back.path)
        case.app.new_log = lambda keep: "not now"  # type: ignore[method-assign]
        outcome = home_now(case, put_back.path)
    original, fork = sorted(logs_in(put_back.path), key=lambda log: log.id)
    assert (outcome.new, outcome.log_id, fork.id) == (
        3,
        log_id,
        log_id,
    )  # the clock, a use, the head
    assert (fork.facts.fork_of, len(kept.events)) == (original.name, len(fork.raw) - 3)


def test_flash_of_a_new_case_is_kept_whole(case: ScriptedCase, home: Path) -> None:
    case.log(130)
    _, kept = keep(case, home / "a.db")
    assert len(kept.events) == 131
    _, kept = keep(case, home / "a.db")
    assert (kept.events, kept.quarantined, kept.corrected) == ([], 0, 0)


def test_flash_fills_gaps_with_records_and_never_with_damage(
    case: ScriptedCase, home: Path
) -> None:
    case.log(5)
    keep(case, home / "a.db")
    with open_archive(home / "a.db") as archive, archive.transaction():
        archive._db.execute("DELETE FROM records WHERE seq IN (2, 3)")
    spoil_record(case.directory, 3)
    case.log(2)
    spoil_record(case.directory, 7)
    _, kept = keep(case, home / "a.db")
    assert ([event.seq for event in kept.events], kept.quarantined) == ([2, 8], 1)


def test_fork_whose_first_number_was_never_given_in_the_log_here_keeps_it(
    home: Path,
) -> None:
    """The log has a torn slot where the fork has a record."""
    one = PutBack(home)
    with one.case() as case:
        bring_home(case, one.path, NOW - 91 * DAY)
        use(case, NOW - 90 * DAY)
        shared = case.app.journal.next - 1
    one.copy()
    with one.case() as case:
        torn = case.app.journal.next
        write(case, events.LID, NOW - 50 * DAY, what=events.LID_OPENED)
        at = slot_on_flash(home / "flash" / FLASH, torn)
        with (home / "flash" / FLASH).open("r+b") as file:
            file.seek(at + 16)
            file.write(b"\xff" * 16)
    with one.case() as case:
        write(case, events.LID, NOW - 40 * DAY, what=events.LID_OPENED)
        home_now(case, one.path)
    one.put_back()
    with one.case() as case:
        write(case, events.LID, NOW - 30 * DAY, what=events.LID_CLOSED)
        last = case.app.journal.next - 1
        home_now(case, one.path)
    original, fork = sorted(logs_in(one.path), key=lambda log: log.id)[:2]
    assert torn not in [event.seq for event in original.events]
    assert fork.events[0].seq == torn == shared + 2
    assert fork.events[-1].seq == last


# A block that goes on from what is here, and was all that the flash had.

BEFORE = [Event(events.LID, {"what": 1}, seq=seq, boot=1, uptime=seq) for seq in range(1, 118)]
AFTER = [Event(events.LID, {"what": 2}, seq=seq, boot=1, uptime=seq) for seq in range(118, 121)]


@pytest.mark.parametrize(
    ("chained_to", "logs"), [(117, 1), (116, 1), (0, 2)], ids=["last", "earlier", "other"]
)
def test_block_behind_the_last_record_here_is_of_this_log_if_it_is_chained_to_any(
    home: Path, chained_to: int, logs: int
) -> None:
    """A case that has lost the last ones goes on from an earlier one."""
    raw = records_of(BEFORE, first_chain(LOG_ID))
    chain = events.crc_of(raw[chained_to - 1]) if chained_to else 12345
    with open_archive(home / "a.db", create=True) as archive, archive.transaction():
        case_id = archive.keep_case(DEVICE, "pico", "0.1.0")
        keep_flash(archive, case_id, LOG_ID.hex(), read_all(1, first_chain(LOG_ID), b"".join(raw)))
        newer = read_all(118, chain, b"".join(records_of(AFTER, chain)))
        log_id, kept = keep_flash(archive, case_id, LOG_ID.hex(), newer)
        assert len(kept.events) == 3
        assert (len(archive.logs(case_id)), log_id) == (logs, logs)


def test_log_that_has_nothing_in_common_but_its_id_is_kept_beside(home: Path) -> None:
    with open_archive(home / "a.db", create=True) as archive, archive.transaction():
        case_id = archive.keep_case(DEVICE, "pico", "0.1.0")
        for chain in (first_chain(LOG_ID), 12345):
            raw = b"".join(records_of(BEFORE, chain))
            log_id, kept = keep_flash(archive, case_id, LOG_ID.hex(), read_all(1, chain, raw))
            assert len(kept.events) == 117
        assert archive.log_facts(log_id).fork_of == LOG_ID.hex()
