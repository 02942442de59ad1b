"""Saving a log from a board whose firmware does not answer: the files themselves, then the records.

The board only reads. Every file is compared with the hash that the board itself
makes of it, and kept as it is; what can be read in it goes into the database,
as a sync would have brought it.
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
"""Told how many bytes have come, of how many."""


@dataclass
class Saved:
    """What was saved from a board. `files` are the log's, by their name in ``/log``."""

    device: str
    machine: str
    files: dict[str, bytes] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    """Files that the board cannot read."""
    whole_flash: bool = False
    """Whether there were no files to be had, but all of the flash."""


def save(repl: Repl, folder: Path, progress: Progress = lambda done, total: None) -> Saved:
    """Copy all files of the log into `folder`, or all of the flash where it has no files.

    Raises `CaseError` where the line breaks; what has come by then is in the folder.
    """
    saved = Saved(
        repl.text("hexlify(machine.unique_id()).decode()"),
        repl.text("getattr(sys.implementation, '_machine', '')"),
    )
    if not repl.number("os.statvfs('/')[0]"):  # the size of a block, where anything is mounted
        _keep(folder, WHOLE_FLASH, _whole_flash(repl, progress))
        saved.whole_flash = True
        return saved
    sizes = {
        name: repl.number(f"os.stat({LOG + '/' + name!r})[6]")
        for name in repl.names(f"os.listdir({LOG!r}) if kind({LOG!r}) else []")
        # A name becomes one on this computer: nothing that leads out of the folder.
        if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,60}", name)
    }
    done, total = 0, sum(sizes.values())
    for name, size in sorted(sizes.items()):

        def tell(come: int, before: int = done) -> None:
            progress(before + come, total)

        data = _file(repl, f"{LOG}/{name}", size, tell)
        done += size
        if data is None:
            saved.lost.append(name)
        else:
            saved.files[name] = data
            _keep(folder, name, data)
    return saved


def _file(repl: Repl, path: str, size: int, progress: Callable[[int], None]) -> bytes | None:
    """Return a file as the board has it; None if the board cannot read it."""
    for _ in range(TRIES):
        try:
            data = repl.read(f"send({path!r}, {size})", size, progress)
            if repl.text(f"digest({path!r})") == hashlib.sha256(data).hexdigest():
                return data
        except BoardError:
            continue  # a damaged place in the flash; the other files may be whole
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
    first: int
    log: bytes
    chain: int
    raw: bytes
    """The records."""


def keep_in(archive: Archive, saved: Saved, board: str, now: int) -> tuple[int, int]:
    """Take the records of the saved files into the database.

    Returns how many were new, and how many of these went into quarantine. `board`
    is what a case that was never synced is taken for; `now` is in Unix time (s).
    """
    found = list(_segments(saved.files))
    if not found:
        return 0, 0
    new = quarantined = 0
    with archive.transaction():
        case_id = _case(archive, saved.device, board)
        for segment in found:
            log_id = archive.keep_log(case_id, segment.log.hex())
            added, damaged = _keep_segment(archive, log_id, segment)
            new += added
            quarantined += damaged
        last = found[-1].raw[-RECORD_SIZE:]
        if len(last) == RECORD_SIZE:
            # How far behind its clock was, nobody knows: as if the last record were of this
            # instant, so that a rest is rather shown too long.
            time = int.from_bytes(last[12:16], "little")
            archive.note_meeting(case_id, log_id, now, now - CASE_EPOCH - time)
    return new, quarantined


def _case(archive: Archive, device: str, board: str) -> int:
    """Return the id of the case with this chip; what is known of it stays."""
    for case in archive.cases():
        if case.device == device:
            return case.id
    return archive.keep_case(device, board, "unknown")


def _segments(files: dict[str, bytes]) -> list[_Segment]:
    """Return the segments of the newest log, in order, with what their records hang on.

    One with a damaged head belongs between those around it, unless there is a
    whole one of the same number: the firmware has mended it.
    """
    whole: dict[int, _Segment] = {}
    damaged: dict[int, bytes] = {}
    for name, raw in files.items():
        first = segments.first_in(name.removesuffix(".bad"))
        if not first:
            continue
        if segments.is_whole(raw, first) and not name.endswith(".bad"):
            head = segments.unpack(raw)
            whole[first] = _Segment(first, head.log_id, head.chain, raw[segments.HEAD_SIZE :])
        elif len(raw) >= segments.HEAD_SIZE:
            damaged[first] = raw
    if not whole and 1 in damaged:
        # The id in a damaged head counts if the first record of all hangs on it.
        log = segments.unpack(damaged[1]).log_id
        raw = damaged[1][segments.HEAD_SIZE :]
        if events.intact(raw[:RECORD_SIZE], events.first_chain(log)):
            whole[1] = _Segment(1, log, events.first_chain(log), raw)
    if not whole:
        return []
    log = whole[max(whole)].log
    known = {first: one for first, one in whole.items() if one.log == log}
    for first in sorted(damaged.keys() - known.keys()):
        raw = damaged[first][segments.HEAD_SIZE :]
        known[first] = _Segment(first, log, _chain_into(known, first, log), raw)
    return [known[first] for first in sorted(known)]


def _chain_into(known: dict[int, _Segment], first: int, log: bytes) -> int:
    """Return the CRC that record `first` should hang on; 0 where the one before it is not here."""
    if first == 1:
        return events.first_chain(log)
    for one in known.values():
        records = len(one.raw) // RECORD_SIZE
        if one.first + records == first and records:
            return events.crc_of(one.raw[(records - 1) * RECORD_SIZE : records * RECORD_SIZE])
    return 0


def _keep_segment(archive: Archive, log_id: int, segment: _Segment) -> tuple[int, int]:
    """Keep what is new in a segment. Of what a sync has passed over, only whole records count."""
    held = archive.highest_seq(log_id)
    new = 0
    for seq, (record, seed, _) in enumerate(
        events.split(segment.raw, segment.chain), segment.first
    ):
        if seq > held:
            rest = segment.raw[(seq - segment.first) * RECORD_SIZE :]
            added, quarantined = archive.keep_records(log_id, seq, seed, rest)
            return new + added, quarantined
        if events.intact(record, seed):
            new += archive.keep_records(log_id, seq, seed, record)[0]
    return new, 0


def title_of(saved: Saved) -> str:
    """Return what to call the board: the end of its id."""
    return plain(saved.device[-6:])
