"""Frames on the serial line: one line of text each, with a checksum.

A frame is ``~BODY*CRC`` and a newline. BODY is printable ASCII without ``~``;
CRC is the CRC-32 of the body in eight small hex digits. Because ``~`` occurs at
the start of a frame only, a reader that has lost its place finds it again at
the next frame, whatever came between; and because there are no control
characters, Ctrl-C (0x03) always reaches MicroPython.
"""

from binascii import crc32

MARK = b"~"
END = b"\n"
OVERHEAD = 11
"""Bytes that a frame adds to its body."""


def encode(body: bytes) -> bytes:
    """Return the frame for `body`, which `messages.encode` has made of allowed bytes only."""
    return b"~" + body + b"*%08x\n" % crc32(body)


class Decoder:
    """Finds the frames in a stream of bytes, however it is cut, whatever is between.

    A body longer than `limit` bytes is dropped whole, and no more than that is
    ever kept. `dropped` counts what began like a frame and did not become one.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._partial = b""
        self.dropped = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes as they came in; return the bodies that are complete now."""
        bodies: list[bytes] = []
        lines = (self._partial + data).split(END)
        for line in lines[:-1]:
            body = _body(line[line.rfind(MARK) + 1 :])
            self.dropped += line.count(MARK)
            if body is not None and len(body) <= self._limit and MARK in line:
                self.dropped -= 1
                bodies.append(body)
        rest = lines[-1]
        start = rest.rfind(MARK)
        if start < 0:
            self._partial = b""
        else:
            self.dropped += rest.count(MARK) - 1
            self._partial = rest[start:]
            if len(self._partial) > self._limit + OVERHEAD:
                self.dropped += 1
                self._partial = b""
        return bodies


def _body(line: bytes) -> bytes | None:
    """Return the body of what stood between a mark and an end, or None if it is broken."""
    if line[-1:] == b"\r":  # a terminal in between may add one
        line = line[:-1]
    if line[-9:-8] != b"*" or line[-8:] != b"%08x" % crc32(line[:-9]):
        return None
    return line[:-9]
