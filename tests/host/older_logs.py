"""A log as older firmware kept it: segments of format 1 or 2, and the files beside them."""

import struct
from binascii import crc32

from tests.host.raw_logs import RawLog

from rollcore import events, segments, snapshot, state
from rollcore.memory import State
from rollcore.policy import Policy
from rollcore.segments import Head

OLD_STATE = 167
"""Bytes of a packed state of format 1, which nothing reads any more."""


def segments_of(log: RawLog, number: int) -> dict[str, bytes]:
    """Return the files of format `number` that hold the records of a log, by name."""
    files: dict[str, bytes] = {}
    now, chain = State(), events.first_chain(log.log_id)
    for first in range(1, len(log.records) + 1, segments.RECORDS):
        packed = snapshot.pack(now) if number == segments.FORMAT else bytes(OLD_STATE)
        head = Head(first, chain, log.log_id, packed)
        head.format = number
        raw = segments.pack(head)
        for seq in range(first, min(first + segments.RECORDS, len(log.records) + 1)):
            raw += log.records[seq]
            chain = events.crc_of(log.records[seq])
            state.apply(now, events.decode(log.records[seq]))
        files[segments.name(first)] = raw
    return files


def small_file(value: bytes) -> bytes:
    """Return the bytes of a small file: the CRC of a value, and the value."""
    return struct.pack("<I", crc32(value)) + value


def clock_file(seq: int, time: int) -> bytes:
    """Return the file of case time (s) that was stored with record `seq`."""
    return small_file(struct.pack("<II", seq, time))


def policy_file(policy: Policy) -> tuple[str, bytes]:
    """Return name and bytes of a policy's file."""
    return f"policy-{policy.digest:08x}", small_file(policy.text.encode())
