"""Frames on the serial line: one line of text each, with a checksum.

A frame is ``~BODY*CRC`` and a newline. BODY is printable ASCII without ``~``;
CRC is the CRC-32 of the body in eight lower-case hex digits. ``~`` occurs only at
the start of a frame, so a reader that lost some bytes finds the next frame. A frame
has no control characters, so Ctrl-C (0x03) always reaches MicroPython.
"""

from binascii import crc32

MARK = b"~"
END = b"\n"
OVERHEAD = 11
"""Bytes that a frame adds to its body: mark, star, eight digits, newline."""


def encode(body: bytes) -> bytes:
    """Return the frame around `body`, whose bytes `messages.encode` has checked."""
    return b"~" + body + b"*%08x\n" % crc32(body)


class Decoder:
    """Finds the frames in a stream of bytes, cut at any place, with any bytes between frames.

    A body longer than `limit` bytes is dropped; at most one frame of `limit` bytes is kept in
    memory.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._partial = b""  # a frame of which the end has not come yet

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes of the stream; return the bodies of the frames that end in them."""
        bodies: list[bytes] = []
        lines = (self._partial + data).split(END)
        for line in lines[:-1]:
            body = _body(line[line.rfind(MARK) + 1 :])
            if body is not None and len(body) <= self._limit and MARK in line:
                bodies.append(body)
        rest = lines[-1]
        start = rest.rfind(MARK)
        self._partial = rest[start:] if start >= 0 else b""
        if len(self._partial) > self._limit + OVERHEAD:
            self._partial = b""
        return bodies


def _body(line: bytes) -> bytes | None:
    """Return the body of `line`, a frame without its mark and newline; None if it is damaged."""
    if line[-1:] == b"\r":  # a terminal in between may add one
        line = line[:-1]
    if line[-9:-8] != b"*" or line[-8:] != b"%08x" % crc32(line[:-9]):
        return None
    return line[:-9]
