"""A log of an older format, in files of many records each: read from what was saved of it.

Nothing writes such a log any more. `rollcore.segments` has the layout of its files.
"""

import struct
from binascii import crc32
from collections.abc import Iterable
from dataclasses import dataclass, field

from rollcore import events, rest, segments, snapshot, state
from rollcore.events import RECORD_SIZE, Event
from rollcore.memory import State
from rollcore.segments import HEAD_SIZE
from rollhost.board.raw_log import Known

CLOCK = "clock"
BESIDE = (CLOCK, "acked")
"""Files that belong to such a log."""

_CLOCK = "<III"  # CRC of what follows; seq of the record that the time belongs to, case time (s)


@dataclass
class Segment:
    """A segment: the seq of its first record, the CRC before it, its records.

    `states` has the packed state before the first record, empty if it cannot be read.
    """

    first: int
    chain: int
    raw: bytes
    state: bytes = b""


@dataclass
class OlderLog:
    """The log with this id (8 bytes). `names` are the files that its records are from.

    `clock` is case time (s) as it was stored with the record of a seq.
    """

    log_id: bytes
    segments: list[Segment]
    names: list[str]
    clock: tuple[int, int] = (0, 0)
    unknown: list[str] = field(default_factory=list)
    """Segments of which nobody can say to which log they belong."""


def is_segment(name: str) -> bool:
    """Return whether this is the name of a segment, also of one that was set aside."""
    return bool(segments.first_in(name.removesuffix(".bad")))


def read(files: dict[str, bytes]) -> OlderLog | None:
    """Return the newest log in these files, its segments in order; None if there is none.

    A segment with a damaged header is taken for one of this log, unless there is a whole
    one of the same number: the firmware has repaired it.
    """
    names = [name for name in files if is_segment(name)]
    whole: dict[int, tuple[bytes, Segment]] = {}
    damaged: dict[int, bytes] = {}
    for name in names:
        raw, first = files[name], segments.first_in(name.removesuffix(".bad"))
        if segments.is_whole(raw, first) and not name.endswith(".bad"):
            header = segments.unpack(raw)
            segment = Segment(first, header.chain, _records(raw), header.snapshot)
            whole[first] = (header.log_id, segment)
        elif len(raw) >= HEAD_SIZE:
            damaged[first] = raw
    if not whole and 1 in damaged:
        # The log id in a damaged header is right if the log's first record is chained to it.
        log_id = segments.unpack(damaged[1]).log_id
        raw = _records(damaged[1])
        if events.intact(raw[:RECORD_SIZE], events.first_chain(log_id)):
            whole[1] = (log_id, Segment(1, events.first_chain(log_id), raw))
    if not whole:
        return None
    log_id = whole[max(whole)][0]
    known = {first: segment for first, (name, segment) in whole.items() if name == log_id}
    for first in sorted(damaged.keys() - known.keys()):
        raw = _records(damaged[first])
        known[first] = Segment(first, _chain_into(known, first, log_id), raw)
    home = [name for name in names if segments.first_in(name.removesuffix(".bad")) in known]
    in_order = [known[first] for first in sorted(known)]
    unknown = sorted(set(names) - set(home))
    return OlderLog(log_id, in_order, home, _stored_clock(files.get(CLOCK, b"")), unknown)


def _records(raw: bytes) -> bytes:
    """Return the whole records in the bytes of a segment; a write that was cut may follow them."""
    count = (len(raw) - HEAD_SIZE) // RECORD_SIZE
    return raw[HEAD_SIZE : HEAD_SIZE + count * RECORD_SIZE]


def _chain_into(known: dict[int, Segment], first: int, log_id: bytes) -> int:
    """Return the CRC that record `first` should be chained to; 0 if the record before is lost."""
    if first == 1:
        return events.first_chain(log_id)
    for segment in known.values():
        records = len(segment.raw) // RECORD_SIZE
        if segment.first + records == first and records:
            return events.crc_of(segment.raw[(records - 1) * RECORD_SIZE : records * RECORD_SIZE])
    return 0


def _stored_clock(raw: bytes) -> tuple[int, int]:
    if len(raw) != struct.calcsize(_CLOCK):
        return 0, 0
    crc, seq, time = struct.unpack(_CLOCK, raw)
    return (seq, time) if crc == crc32(raw[4:]) else (0, 0)


def newest_state(log: OlderLog, records: Iterable[bytes]) -> Known:
    """Return what a log adds up to. `records` are all whole ones that are known of it, by seq.

    Records that are lost, and of which no start has told, count as a use that ended now.
    """
    now, lost = State(), True
    for segment in reversed(log.segments):
        if snapshot.is_snapshot(segment.state):
            now, lost = snapshot.unpack(segment.state), False
            now.seq = segment.first - 1
            break
    for raw in records:
        event = events.decode(raw)
        if event.seq <= now.seq:
            continue
        if event.seq == 1:
            lost = False
        lost = lost or event.seq > now.seq + 1
        if event.kind == events.BOOT and _tells_of_lost(event):
            lost = False
        state.apply(now, event)
    seq, time = log.clock
    time = max(now.time, time) if seq == now.seq else now.time
    if lost:
        rest.assume_used(now, time)
    return Known(now, time)


def _tells_of_lost(boot: Event) -> bool:
    return boot.data["torn"] >= RECORD_SIZE or bool(boot.data["lost"])
