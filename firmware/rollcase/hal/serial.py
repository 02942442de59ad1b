"""The USB serial port, as MicroPython gives it: standard input and output.

Ctrl-C keeps its meaning here, so that a host can always stop the program.
"""

import select
import sys

PIECE = 64
"""Bytes written at once: one USB packet. A port that is ready has room for at least one byte; as
long as everything is written in whole pieces, it has room for a piece, and no write waits."""

MAX_PIECES = 48
"""Pieces written in one go: a whole answer and no more, some 5 ms on a Pico."""

MAX_READ = 256
"""Most bytes read in one go, before button and lamp have their turn again."""


class SerialPort:
    """The serial port. Reading and writing never wait for the host."""

    def __init__(self) -> None:
        self._in = select.poll()
        self._in.register(sys.stdin, select.POLLIN)
        self._out = select.poll()
        self._out.register(sys.stdout, select.POLLOUT)
        self._unsent = b""

    def read(self) -> bytes:
        """Return bytes that the host has sent, `MAX_READ` at most; no bytes if there are none."""
        data = b""
        while len(data) < MAX_READ and self._readable():
            byte = sys.stdin.buffer.read(1)
            if not byte:
                break
            data += byte
        return data

    @property
    def busy(self) -> bool:
        """Whether there is output that the host has not taken yet."""
        return bool(self._unsent)

    def write(self, data: bytes) -> None:
        """Add whole frames to the output, and send as much of it as the host takes now.

        Line ends, which mean nothing between frames, fill them up to whole pieces.
        """
        if data:
            self._unsent += data + b"\n" * (-len(data) % PIECE)
        sent = 0
        while sent < len(self._unsent) and sent < MAX_PIECES * PIECE:
            if not self._writable():
                break
            sent += sys.stdout.buffer.write(self._unsent[sent : sent + PIECE]) or 0
        if sent:
            self._unsent = self._unsent[sent:]

    def _readable(self) -> bool:
        for _, happened in self._in.ipoll(0):
            return bool(happened & select.POLLIN)
        return False

    def _writable(self) -> bool:
        for _, happened in self._out.ipoll(0):
            return bool(happened & select.POLLOUT)
        return False
