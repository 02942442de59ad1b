"""Brings what was read from a board into the database, as a sync would have added it."""

from rollcore import blocks, events, snapshot
from rollcore.blocks import NO_LOG
from rollcore.events import CASE_EPOCH, RECORD_SIZE
from rollhost.board import older_log, raw_log
from rollhost.board.older_log import OlderLog, Segment
from rollhost.board.raw_log import Known, Log
from rollhost.board.rescue import Saved
from rollhost.case.log_and_forks import keep_flash
from rollhost.database.archive import Archive
from rollhost.database.slot_reader import Read


def is_anything(saved: Saved) -> bool:
    """Return whether there is anything to bring home."""
    return bool(saved.logs.logs or saved.older)


def keep_in(archive: Archive, saved: Saved, board: str, now: int) -> tuple[int, int]:
    """Add the records of all logs that were saved to the database, at Unix time `now` (s).

    Returns how many are new, and how many of these are in quarantine. A case that was
    never synced is added with the board `board`.
    """
    if not is_anything(saved):
        return 0, 0
    new = quarantined = 0
    with archive.transaction():
        case_id = _case(archive, saved.device, board)
        ids: list[int] = []
        if saved.older:
            older = saved.older.log_id.hex()
            ids.append(archive.keep_log(case_id, older, archive.heir(case_id)))
            for segment in saved.older.segments:
                added, damaged = _keep_segment(archive, ids[0], segment)
                new += added
                quarantined += damaged
        for log in reversed(saved.logs.logs):  # the oldest first
            log_id, kept = keep_flash(archive, case_id, log.log_id.hex(), _reads(log))
            _note_facts(archive, log_id, log)
            ids.append(log_id)
            new += len(kept.events) + kept.quarantined
            quarantined += kept.quarantined
        known = what_is_known(archive, saved)
        assert known
        # How far the clock is behind is not known. Assume that the last record was written
        # just now: then a rest is shown too long, not too short.
        behind_s = now - CASE_EPOCH - known.time
        archive.note_meeting(case_id, ids[0 if older_counts(saved) else -1], now, behind_s)
    return new, quarantined


def older_counts(saved: Saved) -> bool:
    """Return whether the log of a board is one of an older format.

    It is until the one that follows it has a record: else nothing has run with that one yet.
    """
    current = saved.logs.current
    return saved.older is not None and not (current and current.slots)


def what_is_known(archive: Archive, saved: Saved) -> Known | None:
    """Return what the log of a board adds up to, once its records are in the database.

    None if there is no log.
    """
    if saved.older and older_counts(saved):
        return older_log.newest_state(saved.older, _records(archive, saved, saved.older))
    return raw_log.newest_state(saved.logs.current) if saved.logs.current else None


def _records(archive: Archive, saved: Saved, older: OlderLog) -> list[bytes]:
    case_id = next(case.id for case in archive.cases() if case.device == saved.device)
    return list(archive.raw_records(archive.keep_log(case_id, older.log_id.hex())))


def _case(archive: Archive, device: str, board: str) -> int:
    """Return the id of the case with this device id, added if it is new, else left as it is."""
    for case in archive.cases():
        if case.device == device:
            return case.id
    return archive.keep_case(device, board, "unknown")


def _keep_segment(archive: Archive, log_id: int, segment: Segment) -> tuple[int, int]:
    """Add the new records of a segment; return how many are new, and how many in quarantine.

    Of records before the last in the database only undamaged ones are added.
    """
    highest = archive.highest_seq(log_id)
    new = 0
    for seq, (record, seed, _) in enumerate(
        events.split(segment.raw, segment.chain), segment.first
    ):
        if seq > highest:
            remaining = segment.raw[(seq - segment.first) * RECORD_SIZE :]
            added, quarantined = archive.keep_records(log_id, seq, seed, remaining)
            return new + added, quarantined
        if events.intact(record, seed):
            new += archive.keep_records(log_id, seq, seed, record)[0]
    return new, 0


def _reads(log: Log) -> list[Read]:
    """Return the slots of a log that are not blank, in order, with their bytes as they came."""
    found: list[Read] = []
    for block in log.blocks:
        for slot in block.slots:
            at = blocks.slot_at(slot.seq - block.first)
            found.append(Read(slot, block.raw[at : at + RECORD_SIZE]))
    return found


def _note_facts(archive: Archive, log_id: int, log: Log) -> None:
    """Note what is known of a log besides its records: what it follows, what it begins with."""
    facts = archive.log_facts(log_id)
    openings = [block.opening for block in log.blocks if block.opening]
    states = [
        (opening.first - 1, opening.state)
        for opening in openings[:1]
        if snapshot.is_snapshot(opening.state) and (opening.first > 1 or log.follows != NO_LOG)
    ]
    follows = log.follows.hex() if log.follows != NO_LOG else None
    known = facts._replace(generation=log.generation, follows=follows, states=tuple(states))
    archive.note_log_facts(log_id, known)
