"""The files of which the log consists: their names, and the heads that they begin with.

The journal writes them; a host that rescues a log reads them without it. What is
in a head is told in `rollcase/journal.py`.
"""

import struct
from binascii import crc32

HEAD_SIZE = 256
RECORDS = 56
"""Most records in a segment: 256 + 56 * 32 = 2048 bytes."""

SUFFIX = ".seg"
FORMAT = 2

_HEAD = "<4sBBHII8s"
_SNAPSHOT_AT = 24
_CRC_AT = HEAD_SIZE - 4
_MAGIC = b"ROLL"


class Head:
    """What the head of a segment says.

    `first` is the sequence number of its first record, `chain` the CRC that this
    one is chained to, `log_id` the id of the log (8 bytes), `snapshot` the packed
    state that all earlier records add up to.
    """

    def __init__(self, first: int, chain: int, log_id: bytes, snapshot: bytes) -> None:
        self.first = first
        self.chain = chain
        self.log_id = log_id
        self.snapshot = snapshot
        self.format = FORMAT


def pack(head: Head) -> bytes:
    """Return the 256 bytes of a head."""
    raw = bytearray(HEAD_SIZE)
    size = len(head.snapshot)
    struct.pack_into(
        _HEAD, raw, 0, _MAGIC, head.format, size, 0, head.first, head.chain, head.log_id
    )
    raw[_SNAPSHOT_AT : _SNAPSHOT_AT + size] = head.snapshot
    struct.pack_into("<I", raw, _CRC_AT, crc32(raw[:_CRC_AT]))
    return bytes(raw)


def unpack(raw: bytes) -> Head:
    """Return what the head of a segment says, whether it is whole or not; at least 24 bytes."""
    _, number, size, _, first, chain, log_id = struct.unpack(_HEAD, raw[:_SNAPSHOT_AT])
    head = Head(first, chain, log_id, raw[_SNAPSHOT_AT : _SNAPSHOT_AT + size])
    head.format = number
    return head


def is_whole(raw: bytes, first: int) -> bool:
    """Say whether a segment's head is undamaged, and that of the one that begins with `first`."""
    if len(raw) < HEAD_SIZE or raw[:4] != _MAGIC:
        return False
    if struct.unpack_from("<I", raw, _CRC_AT)[0] != crc32(raw[:_CRC_AT]):
        return False
    return unpack(raw).first == first


def name(first: int) -> str:
    """Return the name of the segment that begins with this record."""
    return f"{first:010d}{SUFFIX}"


def first_in(file_name: str) -> int:
    """Return the sequence number that a segment's name says; 0 for a name of another kind."""
    stem = file_name[: -len(SUFFIX)]
    if file_name.endswith(SUFFIX) and len(stem) == 10 and stem.isdigit():
        return int(stem)
    return 0
