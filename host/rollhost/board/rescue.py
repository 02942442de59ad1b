"""Saving a log from a board whose firmware does not answer: first its files, then its records.

Nothing on the board is written. Each file is compared with the hash that the board
computes of it, and saved as it is. Records that can be read in it go into the database,
as a sync would have added them.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rollcore import events, segments
from rollcore.events import CASE_EPOCH, RECORD_SIZE
from rollhost.board.repl import BoardError, Repl
from rollhost.case.connection import plain
from rollhost.database.archive import Archive
from rollhost.errors import RollcaseError

LOG = "/log"
WHOLE_FLASH = "flash.img"

FLASH_BLOCK = 4096
TRIES = 2

Progress = Callable[[int, int], None]
"""Called with the number of bytes that were read, and of those to read."""


@dataclass
class Saved:
    """What was saved from a board. `files` has the log's files, by their name in ``/log``."""

    device: str
    machine: str
    files: dict[str, bytes] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    """Files that the board cannot read."""
    whole_flash: bool = False
    """Whether the flash had no file system, and was saved whole."""


def save(repl: Repl, folder: Path, progress: Progress = lambda done, total: None) -> Saved:
    """Copy all files of the log into `folder`, or the whole flash if it has no file system.

    Raises `CaseError` if the line breaks; files that were complete are in the folder.
    """
    saved = Saved(
        repl.text("hexlify(machine.unique_id()).decode()"),
        repl.text("getattr(sys.implementation, '_machine', '')"),
    )
    if not repl.number("os.statvfs('/')[0]"):  # the size of a block; 0 if nothing is mounted
        _keep(folder, WHOLE_FLASH, _whole_flash(repl, progress))
        saved.whole_flash = True
        return saved
    sizes = {
        name: repl.number(f"os.stat({LOG + '/' + name!r})[6]")
        for name in repl.names(f"os.listdir({LOG!r}) if kind({LOG!r}) else []")
        # The name is used on this computer too: it must not lead out of the folder.
        if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,60}", name)
    }
    done, total = 0, sum(sizes.values())
    for name, size in sorted(sizes.items()):

        def file_progress(read: int, before: int = done) -> None:
            progress(before + read, total)

        data = _file(repl, f"{LOG}/{name}", size, file_progress)
        done += size
        if data is None:
            saved.lost.append(name)
        else:
            saved.files[name] = data
            _keep(folder, name, data)
    return saved


def _file(repl: Repl, path: str, size: int, progress: Callable[[int], None]) -> bytes | None:
    """Return the bytes of a file on the board; None if the board cannot read it."""
    for _ in range(TRIES):
        try:
            data = repl.read(f"send({path!r}, {size})", size, progress)
            if repl.text(f"digest({path!r})") == hashlib.sha256(data).hexdigest():
                return data
        except BoardError:
            continue  # the flash may be damaged here; other files may be whole
    return None


def _whole_flash(repl: Repl, progress: Progress) -> bytes:
    repl.run("import rp2; _flash = rp2.Flash()")
    blocks = repl.number("_flash.ioctl(4, 0)")
    size = blocks * FLASH_BLOCK
    return repl.read(f"send_flash(_flash, {blocks})", size, lambda done: progress(done, size))


def _keep(folder: Path, name: str, data: bytes) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    except OSError as error:
        raise RollcaseError(
            f"{folder / name} cannot be written: {error.strerror}.",
            "Name another folder with --to. The log is still on the board.",
        ) from None


# Into the database.


@dataclass
class _Segment:
    """A segment: the seq of its first record, its log's id, the CRC before it, its records."""

    first: int
    log: bytes
    chain: int
    raw: bytes


def keep_in(archive: Archive, saved: Saved, board: str, now: int) -> tuple[int, int]:
    """Add the records in the saved files to the database, at Unix time `now` (s).

    Returns how many are new, and how many of these are in quarantine. A case that was
    never synced is added with the board `board`.
    """
    in_order = _segments(saved.files)
    if not in_order:
        return 0, 0
    new = quarantined = 0
    with archive.transaction():
        case_id = _case(archive, saved.device, board)
        for segment in in_order:
            log_id = archive.keep_log(case_id, segment.log.hex())
            added, damaged = _keep_segment(archive, log_id, segment)
            new += added
            quarantined += damaged
        last = in_order[-1].raw[-RECORD_SIZE:]
        if len(last) == RECORD_SIZE:
            # How far the clock is behind is not known. Assume that the last record was written
            # just now: then a rest is shown too long, not too short.
            time = int.from_bytes(last[12:16], "little")
            archive.note_meeting(case_id, log_id, now, now - CASE_EPOCH - time)
    return new, quarantined


def _case(archive: Archive, device: str, board: str) -> int:
    """Return the id of the case with this device id, added if it is new, else left as it is."""
    for case in archive.cases():
        if case.device == device:
            return case.id
    return archive.keep_case(device, board, "unknown")


def _segments(files: dict[str, bytes]) -> list[_Segment]:
    """Return the segments of the newest log, in order.

    A segment with a damaged header is taken for one of this log, unless there is a whole
    one of the same number: the firmware has repaired it.
    """
    whole: dict[int, _Segment] = {}
    damaged: dict[int, bytes] = {}
    for name, raw in files.items():
        first = segments.first_in(name.removesuffix(".bad"))
        if not first:
            continue
        if segments.is_whole(raw, first) and not name.endswith(".bad"):
            header = segments.unpack(raw)
            whole[first] = _Segment(first, header.log_id, header.chain, raw[segments.HEAD_SIZE :])
        elif len(raw) >= segments.HEAD_SIZE:
            damaged[first] = raw
    if not whole and 1 in damaged:
        # The log id in a damaged header is right if the log's first record is chained to it.
        log = segments.unpack(damaged[1]).log_id
        raw = damaged[1][segments.HEAD_SIZE :]
        if events.intact(raw[:RECORD_SIZE], events.first_chain(log)):
            whole[1] = _Segment(1, log, events.first_chain(log), raw)
    if not whole:
        return []
    log = whole[max(whole)].log
    known = {first: segment for first, segment in whole.items() if segment.log == log}
    for first in sorted(damaged.keys() - known.keys()):
        raw = damaged[first][segments.HEAD_SIZE :]
        known[first] = _Segment(first, log, _chain_into(known, first, log), raw)
    return [known[first] for first in sorted(known)]


def _chain_into(known: dict[int, _Segment], first: int, log: bytes) -> int:
    """Return the CRC that record `first` should be chained to; 0 if the record before is lost."""
    if first == 1:
        return events.first_chain(log)
    for segment in known.values():
        records = len(segment.raw) // RECORD_SIZE
        if segment.first + records == first and records:
            return events.crc_of(segment.raw[(records - 1) * RECORD_SIZE : records * RECORD_SIZE])
    return 0


def _keep_segment(archive: Archive, log_id: int, segment: _Segment) -> tuple[int, int]:
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


def title_of(saved: Saved) -> str:
    """Return what to call the board: the last six characters of its device id."""
    return plain(saved.device[-6:])
