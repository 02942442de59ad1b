"""A log as the firmware before this format wrote it: one segment of format 1."""

from binascii import crc32

from tests.micropython.suite import vectors

RECORDS = [bytes.fromhex(row[-1]) for row in vectors.RECORDS[:15]]
"""The records in it."""

NAME = "0000000001.seg"


def segment() -> bytes:
    """Return the bytes of the file `NAME`; its header has the state after its records.

    In a real one it is the state before them. Here every number of it can be looked at.
    """
    head = bytes.fromhex(vectors.OLD_SEGMENT + vectors.OLD_SNAPSHOT)
    head += bytes(252 - len(head))
    return head + crc32(head).to_bytes(4, "little") + b"".join(RECORDS)
