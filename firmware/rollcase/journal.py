"""The log on flash: append, replay, rotate, prune.

Segments
========

The log is a series of files, each of at most half a flash block: a header of
`HEAD_SIZE` bytes and up to `SEGMENT_RECORDS` records. A file is named after the
sequence number of its first record. Its header holds the state that all earlier
records add up to, so that a start replays one segment however old the case is:

====== ==== ==========================================
offset size
====== ==== ==========================================
0      4    ``ROLL``
4      1    format, 2
5      1    size of the snapshot
6      2    zeros
8      4    seq of the first record
12     4    CRC that the first record is chained to
16     8    id of the log, random, made with its first segment
24     size snapshot: the state before the first record
252    4    CRC-32 of the 252 bytes before
====== ==== ==========================================

A record is on flash when `append` returns. littlefs rewrites the last block of a
file for each append, so appends to short files are cheap. At 2 KiB the cost of
an append and the waste of a half-used block are in balance.

Damage
======

A record whose CRC does not continue the chain is skipped and left where it is;
the host fetches it raw. A segment whose header is damaged gets a new header, made
from the segments before it, if its records continue their chain; otherwise it is
kept as ``.bad``, for rescue. Sequence numbers of lost records are not given again.
`Journal.torn` counts the bytes that were left out, and the record of the start
carries that number to everyone who folds the log. Only segments that the host has
acknowledged are deleted, the oldest first, when space is short.
"""

import os
import struct
from binascii import hexlify

from rollcase import small_files
from rollcore import events, segments, snapshot, state
from rollcore.events import RECORD_SIZE, Event
from rollcore.memory import State
from rollcore.segments import HEAD_SIZE, Head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

SEGMENT_RECORDS = segments.RECORDS

RESERVE_BLOCKS = 8
"""Flash blocks that the log leaves free, for littlefs to move things and for an
update of the firmware's smallest files (own)."""

MAX_TORN = 0xFFFF


class JournalError(Exception):
    """The flash did not take the record; the log is as it was before."""


class JournalFull(JournalError):
    """No space is left, and nothing may be pruned: the host has to sync."""


class Journal:
    """The log in `directory`; `state` is what its records add up to.

    `make_id` returns 8 random bytes for a new log.
    """

    def __init__(self, directory: str, make_id: "Callable[[], bytes]") -> None:
        self._directory = directory
        self._firsts: list[int] = []  # seq of each segment's first record, ascending
        self._file: BinaryIO | None = None  # the newest segment, if it takes more records
        self._filled = 0  # records in it
        self._lost: list[int] = []  # first seq of damaged segments, until the next segment exists
        self._chain = 0
        self.state = State()
        self.torn = 0
        """Bytes that replaying left out because they were damaged, up to `MAX_TORN`."""
        self.unusable = ""
        """Why the log can be neither read nor written; empty if it can."""
        self.log_id = bytes(8)
        try:
            self._open(make_id)
        except OSError as error:
            self.unusable = f"the log cannot be read ({error})"
            self._firsts = []
        self.acked = self._load_acked()

    @property
    def first(self) -> int:
        """The seq of the oldest record on flash; equal to `next` in an empty log."""
        return self._firsts[0] if self._firsts else self.next

    @property
    def next(self) -> int:
        """The seq of the record that will be written next."""
        return self.state.seq + 1

    def append(self, event: Event) -> bytes:
        """Give `event` the next seq, write it to flash and return its 32 bytes.

        Raises `JournalFull` if there is no space and `JournalError` if the
        flash fails; the log is then as it was before.
        """
        if self.unusable:
            raise JournalError(self.unusable)
        event.seq = self.next
        raw = events.encode(event, self._chain)
        begins = self._file is None or self._filled == SEGMENT_RECORDS
        if begins:
            self._close()
            self._make_room()
        try:
            if begins:
                self._begin_segment()
            assert self._file is not None
            self._file.write(raw)
            self._file.flush()
        except OSError as error:
            self._close()
            raise JournalError(f"the flash did not take a record ({error})")
        if begins:
            if self._firsts[-1:] != [event.seq]:
                self._firsts.append(event.seq)
            self._filled = 0
            self._set_lost_aside()
        self._filled += 1
        self._chain = events.crc_of(raw)
        self.state = state.fold(self.state, event)
        return raw

    def read(self, seq: int, most: int) -> tuple[int, int, bytes]:
        """Return up to `most` raw records of one segment, from `seq` or the next one on flash.

        Returns the seq of the first record, the CRC that it is chained to, and
        the records' bytes; no bytes after the end of the log. Raises
        `JournalError` if the flash cannot be read.
        """
        if self.unusable:
            raise JournalError(self.unusable)
        for index, first in enumerate(self._firsts):
            is_last = index + 1 == len(self._firsts)
            end = self.next if is_last else self._firsts[index + 1]
            if seq >= end:
                continue
            start = max(seq, first)
            try:
                with open(self._path(first), "rb") as file:
                    if start == first:
                        file.seek(12)
                    else:
                        file.seek(HEAD_SIZE + (start - first) * RECORD_SIZE - 4)
                    seed = file.read(4)
                    file.seek(HEAD_SIZE + (start - first) * RECORD_SIZE)
                    raw = file.read(min(most, end - start) * RECORD_SIZE)
            except OSError as error:
                raise JournalError(f"the flash cannot be read ({error})")
            raw = raw[: len(raw) // RECORD_SIZE * RECORD_SIZE]
            if raw:
                return start, struct.unpack("<I", seed)[0], raw
        return self.next, 0, b""

    def snapshot(self, seq: int) -> tuple[int, bytes]:
        """Return the packed state before the segment that holds record `seq`, and its last seq.

        For 0 it is the state of now. `seq` is on flash. Raises `JournalError` if the flash cannot
        be read, or the segment's header is damaged.
        """
        if not seq:
            return self.state.seq, snapshot.pack(self.state)
        first = max([first for first in self._firsts if first <= seq])
        try:
            with open(self._path(first), "rb") as file:
                raw = file.read(HEAD_SIZE)
        except OSError as error:
            raise JournalError(f"the flash cannot be read ({error})")
        if not segments.is_whole(raw, first):
            raise JournalError("the state before that record is damaged")
        return first - 1, segments.unpack(raw).snapshot

    def trouble(self) -> str:
        """Return in words why the next record could not be written; empty if nothing is known."""
        if self.unusable:
            return self.unusable
        if self._filled == SEGMENT_RECORDS or self._file is None:
            try:
                self._make_room()
            except JournalError as error:
                return str(error)
        return ""

    def ack(self, seq: int) -> None:
        """Store that a host has committed every record up to `seq`. Raises OSError."""
        if self.acked < seq < self.next:
            small_files.store(self._directory + "/acked", self.log_id + struct.pack("<I", seq))
            self.acked = seq

    def _load_acked(self) -> int:
        raw = small_files.load(self._directory + "/acked")
        if len(raw) != 12 or raw[:8] != self.log_id:
            return 0
        seq: int = struct.unpack("<I", raw[8:])[0]
        return min(seq, self.state.seq)

    def _open(self, make_id: "Callable[[], bytes]") -> None:
        """Replay the newest segment with a whole header, then mend or set aside the later ones."""
        found = [segments.first_in(name) for name in os.listdir(self._directory)]
        firsts = sorted([first for first in found if first])
        damaged: list[int] = []
        while firsts:
            raw = self._load(firsts[-1])
            if segments.is_whole(raw, firsts[-1]):
                break
            first = firsts.pop()
            if raw:
                damaged.insert(0, first)
            else:
                # The power was cut after the file was made and before it was filled.
                os.remove(self._path(first))
        self._firsts = firsts
        if firsts:
            head = segments.unpack(raw)
            if head.format != segments.FORMAT or not snapshot.is_snapshot(head.snapshot):
                raise OSError(
                    "it was written by another version of the firmware,"
                    " and is kept: host rescue brings it home"
                )
            self._replay(raw)
        else:
            self.log_id = make_id()
            self._chain = events.first_chain(self.log_id)
        for first in damaged:
            self._mend(first)

    def _mend(self, first: int) -> None:
        """Give a segment a new header if its records continue the chain; else count it as lost."""
        self._close()
        raw = self._load(first)
        if first == 1 and len(raw) >= HEAD_SIZE:
            # The log's id may be whole; the first record is chained to it then.
            log_id = segments.unpack(raw).log_id
            chain = events.first_chain(log_id)
        else:
            log_id, chain = self.log_id, self._chain
        fits = [intact for _, _, intact in events.split(raw[HEAD_SIZE:], chain)]
        if first == self.next and True in fits:
            self.log_id, self._chain = log_id, chain
            mended = self._head() + raw[HEAD_SIZE:]
            path = self._path(first)
            # First its copy and the new file are on flash, then one step replaces the damaged file.
            _save(path + ".bad", raw)
            _save(path + ".new", mended)
            os.rename(path + ".new", path)
            self._firsts.append(first)
            self._replay(mended)
        else:
            self._lost.append(first)
            self.torn = min(self.torn + len(raw), MAX_TORN)
            if self._firsts:
                self._skip_to(first + SEGMENT_RECORDS - 1)

    def _load(self, first: int) -> bytes:
        with open(self._path(first), "rb") as file:
            return file.read()

    def _replay(self, raw: bytes) -> None:
        """Fold the records of one segment; open it for more records if none is damaged."""
        head = segments.unpack(raw)
        first, self.log_id, self._chain = head.first, head.log_id, head.chain
        self.state = snapshot.unpack(head.snapshot)
        slots = whole = 0
        for record, _, intact in events.split(raw[HEAD_SIZE:], head.chain):
            if intact and events.seq_of(record) == first + slots:
                whole += 1
                self._chain = events.crc_of(record)
                try:
                    state.apply(self.state, events.decode(record))
                except events.RecordError:
                    # Written by a newer firmware: the record keeps its seq and changes nothing.
                    self.state.seq = first + slots
            slots += 1
        self._filled = slots
        lost = len(raw) - HEAD_SIZE - whole * RECORD_SIZE
        if lost:
            # The next record begins a new segment, so that this damage is counted only once.
            self.torn = min(self.torn + lost, MAX_TORN)
            self._skip_to(first + slots - 1)
        else:
            self._file = open(self._path(first), "ab")

    def _skip_to(self, seq: int) -> None:
        """Continue after `seq`: the numbers up to it belong to records that were lost."""
        self._close()
        self.state = self.state.copy()
        self.state.seq = max(self.state.seq, seq)

    def _begin_segment(self) -> None:
        """Open a new segment and write its header, without flushing. Raises OSError.

        The header reaches the flash together with the first record. Until then,
        every start finds the same damage again, so the record that counts it
        cannot get lost.
        """
        path = self._path(self.next)
        if self.next in self._lost:
            _save(path + ".bad", self._load(self.next))
            self._lost.remove(self.next)
        self._file = open(path, "wb")
        self._file.write(self._head())

    def _set_lost_aside(self) -> None:
        """Rename damaged segments to ``.bad``, for rescue.

        Only after a newer segment exists: until then their names keep their sequence numbers
        from being given again.
        """
        while self._lost:
            path = self._path(self._lost.pop())
            try:
                os.rename(path, path + ".bad")
            except OSError:
                pass  # the next start tries again

    def _head(self) -> bytes:
        """Return the header of a segment that begins with the next record."""
        return segments.pack(Head(self.next, self._chain, self.log_id, snapshot.pack(self.state)))

    def _make_room(self) -> None:
        try:
            while os.statvfs(self._directory)[3] < RESERVE_BLOCKS:
                if len(self._firsts) < 2 or self._firsts[1] - 1 > self.acked:
                    raise JournalFull("the log is full: sync it with the host")
                os.remove(self._path(self._firsts[0]))
                self._firsts.pop(0)
        except OSError as error:
            raise JournalError(f"the flash did not free a segment ({error})")

    def _close(self) -> None:
        if self._file is not None:
            try:
                self._file.close()
            except OSError:
                pass  # the caller has reported the failure already
            self._file = None

    def _path(self, first: int) -> str:
        return self._directory + "/" + segments.name(first)


def _save(path: str, raw: bytes) -> None:
    with open(path, "wb") as file:
        file.write(raw)


def id_text(log_id: bytes) -> str:
    """Return the id of a log as 16 hex digits, as the line has it."""
    return hexlify(log_id).decode()
