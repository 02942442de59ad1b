"""The log on flash: append, replay, rotate, prune.

Segments
========

The log is a row of files, each of at most half a flash block: a head of
`HEAD_SIZE` bytes and up to `SEGMENT_RECORDS` records. A file is named after the
sequence number of its first record. Its head holds the state that all earlier
records add up to, so that a start replays one segment however old the case is:

====== ==== ==========================================
offset size
====== ==== ==========================================
0      4    ``ROLL``
4      1    format, 1
5      1    size of the snapshot
6      2    zeros
8      4    seq of the first record
12     4    CRC that the first record is chained to
16     8    id of the log, random, made with its first segment
24     size snapshot: the state before the first record
252    4    CRC-32 of the 252 bytes before
====== ==== ==========================================

A record is on flash when `append` returns. Appending rewrites the last block of
a file, so short files make cheap appends; 2 KiB is where the cost of an append
and the waste of a half-used block meet.

Damage
======

What does not fit the chain is skipped and left where it is; the host fetches it
raw. Sequence numbers of lost records are not given again. Nothing is deleted
but segments that the host has acknowledged, oldest first, when space is short.
"""

import os
import struct
from binascii import crc32, hexlify

from rollcase import cells
from rollcore import events, state
from rollcore.events import RECORD_SIZE, Event
from rollcore.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

HEAD_SIZE = 256
SEGMENT_RECORDS = 56
"""256 + 56 * 32 = 2048 bytes."""

RESERVE_BLOCKS = 8
"""Flash blocks that the log leaves free, for littlefs to move things and for an
update of the firmware's smallest files (own)."""

_HEAD = "<4sBBHII8s"
_HEAD_USED = 24
_MAGIC = b"ROLL"
_FORMAT = 1
_SUFFIX = ".seg"


class JournalError(Exception):
    """The flash did not take the record; the log is as it was before."""


class JournalFull(JournalError):
    """No space is left, and nothing may be pruned: the host has to sync."""


class Journal:
    """The log in `directory`; `state` is what it adds up to.

    `make_id` returns 8 random bytes for a new log.
    """

    def __init__(self, directory: str, make_id: "Callable[[], bytes]") -> None:
        self._directory = directory
        self._firsts: list[int] = []  # seq of each segment's first record, ascending
        self._file: BinaryIO | None = None  # the segment that grows, if it may grow
        self._filled = 0  # records in it
        self._chain = 0
        self.state = State()
        self.torn = 0
        """Bytes that replaying had to leave out."""
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
        """The oldest record still held; equal to `next` in an empty log."""
        return self._firsts[0] if self._firsts else self.next

    @property
    def next(self) -> int:
        """The sequence number of the record that will be written next."""
        return self.state.seq + 1

    def append(self, event: Event) -> bytes:
        """Give `event` its sequence number, put it on flash and return its bytes.

        Raises `JournalFull` if there is no space and `JournalError` if the
        flash fails; the log is then as it was.
        """
        if self.unusable:
            raise JournalError(self.unusable)
        if self._file is None or self._filled == SEGMENT_RECORDS:
            self._rotate()
        event.seq = self.next
        raw = events.encode(event, self._chain)
        try:
            assert self._file is not None
            self._file.write(raw)
            self._file.flush()
        except OSError as error:
            self._close()
            raise JournalError(f"the flash did not take a record ({error})")
        self._filled += 1
        self._chain = events.crc_of(raw)
        self.state = state.fold(self.state, event)
        return raw

    def read(self, seq: int, most: int) -> tuple[int, int, bytes]:
        """Return up to `most` raw records of one segment, from `seq` on or the next there is.

        The answer is the sequence number of the first of them, the CRC that it
        is chained to, and their bytes; no bytes where the log ends. Raises
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

    def ack(self, seq: int) -> None:
        """Note that a host holds every record up to `seq`. Raises OSError."""
        if self.acked < seq < self.next:
            cells.store(self._directory + "/acked", self.log_id + struct.pack("<I", seq))
            self.acked = seq

    def _load_acked(self) -> int:
        raw = cells.load(self._directory + "/acked")
        if len(raw) != 12 or raw[:8] != self.log_id:
            return 0
        seq: int = struct.unpack("<I", raw[8:])[0]
        return min(seq, self.state.seq)

    def _open(self, make_id: "Callable[[], bytes]") -> None:
        """Find the newest segment whose head is whole and replay it."""
        names = [name for name in os.listdir(self._directory) if _is_segment(name)]
        self._firsts = sorted([int(name[: -len(_SUFFIX)]) for name in names])
        lost_up_to = 0
        while self._firsts:
            first = self._firsts[-1]
            with open(self._path(first), "rb") as file:
                raw = file.read()
            if _head_is_whole(raw, first):
                if raw[4] != _FORMAT or raw[5] != state.SNAPSHOT_SIZE:
                    raise OSError("it was written by another version of the firmware")
                self._replay(raw)
                break
            self._firsts.pop()
            if not raw:
                # Power went between making the file and filling it.
                os.remove(self._path(first))
                continue
            # Kept for rescue under a name that is out of the way.
            os.rename(self._path(first), self._path(first) + ".bad")
            lost_up_to = max(lost_up_to, first + SEGMENT_RECORDS - 1)
            self.torn = min(self.torn + len(raw), 0xFFFF)
        else:
            self.log_id = make_id()
            self._chain = events.first_chain(self.log_id)
            return
        if lost_up_to:
            self._skip_to(lost_up_to)

    def _replay(self, raw: bytes) -> None:
        """Fold the records of one segment, and open it to grow if its tail is whole."""
        _, _, size, _, first, chain, self.log_id = struct.unpack(_HEAD, raw[:_HEAD_USED])
        self.state = state.unpack(raw[_HEAD_USED : _HEAD_USED + size])
        self._chain = chain
        slots = good_slots = 0
        for record, _, intact in events.split(raw[HEAD_SIZE:], chain):
            if intact and events.seq_of(record) == first + slots:
                good_slots = slots + 1
                self._chain = events.crc_of(record)
                try:
                    self.state = state.fold(self.state, events.decode(record))
                except events.RecordError:
                    # Written by a newer firmware: it keeps its place in the log.
                    self.state.seq = first + slots
            slots += 1
        tail = len(raw) - HEAD_SIZE - good_slots * RECORD_SIZE
        self._filled = good_slots
        if tail:
            self.torn = min(self.torn + tail, 0xFFFF)
            if slots > good_slots:
                self._skip_to(first + slots - 1)
        else:
            self._file = open(self._path(first), "ab")

    def _skip_to(self, seq: int) -> None:
        """Leave the sequence numbers up to `seq` to records that were lost."""
        self._close()
        self.state = self.state.copy()
        self.state.seq = max(self.state.seq, seq)

    def _rotate(self) -> None:
        """Begin a new segment, making room for it if there is none."""
        self._close()
        self._make_room()
        snapshot = state.pack(self.state)
        head = bytearray(HEAD_SIZE)
        struct.pack_into(
            _HEAD, head, 0, _MAGIC, _FORMAT, len(snapshot), 0, self.next, self._chain, self.log_id
        )
        head[_HEAD_USED : _HEAD_USED + len(snapshot)] = snapshot
        struct.pack_into("<I", head, HEAD_SIZE - 4, crc32(head[: HEAD_SIZE - 4]))
        try:
            self._file = open(self._path(self.next), "wb")
            self._file.write(head)
            self._file.flush()
        except OSError as error:
            self._close()
            raise JournalError(f"the flash did not take a new segment ({error})")
        if self._firsts[-1:] != [self.next]:
            self._firsts.append(self.next)
        self._filled = 0

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
                pass  # the failure that led here has been reported
            self._file = None

    def _path(self, first: int) -> str:
        return f"{self._directory}/{first:010d}{_SUFFIX}"


def id_text(log_id: bytes) -> str:
    """Return the id of a log as it goes over the line: 16 hex digits."""
    return hexlify(log_id).decode()


def _is_segment(name: str) -> bool:
    """Say whether a file of this name is one of ours."""
    stem = name[: -len(_SUFFIX)]
    return name.endswith(_SUFFIX) and len(stem) == 10 and stem.isdigit()


def _head_is_whole(raw: bytes, first: int) -> bool:
    """Say whether the head of a segment is one of ours, undamaged and in its place."""
    if len(raw) < HEAD_SIZE or raw[:4] != _MAGIC:
        return False
    if struct.unpack_from("<I", raw, HEAD_SIZE - 4)[0] != crc32(raw[: HEAD_SIZE - 4]):
        return False
    named: int = struct.unpack_from("<I", raw, 8)[0]
    return named == first
