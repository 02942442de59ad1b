"""Small values kept on flash, replaced whole: the old one or the new one, never a mixture.

littlefs commits a file when it is closed, so writing it anew is atomic there; the
checksum is for every other mishap.
"""

import struct
from binascii import crc32


def load(path: str) -> bytes:
    """Return what `store` put there last; empty if that is missing or damaged."""
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError:
        return b""
    if len(raw) < 4 or struct.unpack("<I", raw[:4])[0] != crc32(raw[4:]):
        return b""
    return raw[4:]


def store(path: str, value: bytes) -> None:
    """Replace what is kept at `path`. Raises OSError if the flash does not take it."""
    with open(path, "wb") as file:
        file.write(struct.pack("<I", crc32(value)) + value)
