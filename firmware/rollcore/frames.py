"""Frames on the serial line: one line of text each, with a checksum.

A frame is ``~BODY*CRC`` and a newline. BODY is printable ASCII without ``~``;
CRC is the CRC-32 of the body in eight lower-case hex digits. ``~`` occurs only at
the start of a frame, so a reader that lost some bytes finds the next frame. A frame of a
host has no control characters, so Ctrl-C (0x03) always reaches MicroPython.

A case may send the last field, if it is bytes, as it is: ``~HEAD SIZE+CRC``, a newline, SIZE
bytes, and their CRC-32 in four bytes, little-endian, which goes on from that of the line. It
means the same as the frame with these bytes in base64, and takes half the time. The CRC of the
line is of its plus too, so that no flipped bit makes it the other kind.
"""

import struct
from binascii import b2a_base64, crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_base64: "Callable[..., bytes]" = b2a_base64
"""MicroPython's takes `newline` too, which its type does not say."""

MARK = b"~"
END = b"\n"
PLUS = b"+"
"""Stands before the checksum of a line that raw bytes follow."""

OVERHEAD = 11
"""Bytes that a frame adds to its body: mark, star, eight digits, newline."""

PACKET = 64
"""Bytes of a USB packet. A port sends whole packets; line ends between frames mean nothing, so
they fill a frame up."""

PIECE = 8 * PACKET
"""Bytes of a frame that are read from flash at once."""

CRC_SIZE = 4
"""Bytes of the CRC-32 behind raw bytes."""

MAX_DIGITS = 5
"""Digits of the number of bytes that follow a line."""


def encode(body: bytes) -> bytes:
    """Return the frame around `body`, whose bytes `messages.encode` has checked."""
    return b"".join((MARK, body, b"*%08x\n" % crc32(body)))


def with_bytes(
    head: bytes, size: int, read: "Callable[[int, bytearray], None]", piece: bytearray
) -> "Iterator[bytes | bytearray]":
    """Yield the frame whose body is `head` and `size` bytes as base64, with the bytes as they are.

    `read` fills a buffer with the bytes from an offset on. `piece` is the buffer, of whole
    packets: it is yielded again and again, so that what is sent is never in memory as a whole. If
    `read` raises OSError the frame breaks off, and a reader drops it.
    """
    head += b" %d+" % size
    crc = crc32(head)
    start = b"".join((MARK, head, b"%08x\n" % crc))
    yield END * (-len(start) % PACKET) + start
    at = 0
    try:
        while size - at >= len(piece):
            read(at, piece)
            crc = crc32(piece, crc)
            yield piece
            at += len(piece)
        last = bytearray(size - at)
        read(at, last)
    except OSError:
        return
    yield bytes(last) + struct.pack("<I", crc32(last, crc))


class Decoder:
    """Finds the frames in a stream of bytes, cut at any place, with any bytes between frames.

    A body longer than `limit` bytes is dropped, and what follows a line counts as base64. So no
    more than one frame of `limit` bytes is kept in memory.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._partial = b""  # a frame of which the end has not come yet

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes of the stream; return the bodies of the frames that end in them."""
        data = self._partial + data
        bodies: list[bytes] = []
        begin = 0
        end = data.find(END)
        while end >= 0:
            start = data.rfind(MARK, begin, end)
            begin = end + 1
            if start >= 0:
                line = data[start + 1 : end]
                if line[-1:] == b"\r":  # a terminal in between may add one
                    line = line[:-1]
                body = _body(line)
                size = -1 if body is not None else self._size_behind(line)
                if size >= 0:
                    behind = begin + size + CRC_SIZE
                    if len(data) < behind:
                        self._partial = data[start:]
                        return bodies
                    body = _joined(line, data[begin:behind])
                    # Bytes that do not fit may hold the next frame.
                    begin = begin if body is None else behind
                if body is not None and len(body) <= self._limit:
                    bodies.append(body)
            end = data.find(END, begin)
        start = data.rfind(MARK, begin)
        self._partial = data[start:] if start >= 0 else b""
        if len(self._partial) > self._limit + OVERHEAD:
            self._partial = b""
        return bodies

    def forget(self) -> None:
        """Wait no longer for the rest of a frame: a sender that was stopped in it says no more."""
        self._partial = b""

    def _size_behind(self, line: bytes) -> int:
        """Return how many raw bytes follow a line; -1 if none do, or too many."""
        head = line[:-8]
        if head[-1:] != PLUS or line[-8:] != b"%08x" % crc32(head):
            return -1
        before = head.rfind(b" ") + 1
        digits = head[before:-1]
        if not digits.isdigit() or len(digits) > MAX_DIGITS:
            return -1
        size = int(digits)
        return size if before + (size + 2) // 3 * 4 <= self._limit else -1


def _body(line: bytes) -> bytes | None:
    """Return the body of `line`, a frame without its mark and newline; None if it is damaged."""
    if line[-9:-8] != b"*" or line[-8:] != b"%08x" % crc32(line[:-9]):
        return None
    return line[:-9]


def _joined(line: bytes, behind: bytes) -> bytes | None:
    """Return the body that a line and the bytes behind it make; None if their CRC is wrong."""
    head, raw = line[:-8], behind[:-CRC_SIZE]
    if behind[-CRC_SIZE:] != struct.pack("<I", crc32(raw, crc32(head))):
        return None
    return head[: head.rfind(b" ") + 1] + _base64(raw, newline=False)
