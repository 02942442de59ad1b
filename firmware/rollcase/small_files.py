"""Small files, each of one value, replaced whole: the old value or the new one, never a mixture.

A file is the CRC-32 of the value (4 bytes, little-endian) and the value. littlefs commits a file
when it is closed, so that writing it anew is atomic; the CRC is for every other kind of damage.
One flipped bit is put right.
"""

import struct
from binascii import crc32

from rollcore import blocks


def load(path: str) -> bytes:
    """Return the value that `store` wrote last; no bytes if the file is missing or damaged."""
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError:
        return b""
    if len(raw) < 4:
        return b""
    whole = blocks.corrected(raw[4:] + raw[:4], 0)
    return whole[:-4] if whole else b""


def store(path: str, value: bytes) -> None:
    """Replace the value in the file. Raises OSError if the flash does not take it."""
    with open(path, "wb") as file:
        file.write(struct.pack("<I", crc32(value)) + value)
