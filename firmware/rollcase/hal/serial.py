"""The USB serial port, as MicroPython gives it: standard input and output.

Ctrl-C keeps its meaning here, so that a host can always stop the program.

MicroPython tells whether there is room for a byte of output, and not for how many. A write that
finds no room waits: half a second for each packet that the host takes, and a second in all if it
takes none. So output begins in single packets: as long as everything is written in whole
packets, a port with room for a byte has room for one, and no write waits. Once more has gone out
than the chip can keep, the host is reading, and larger pieces follow, which takes two thirds of
the time. Only a host that stops reading within such a piece costs one wait of a second; its
computer has to have filled its own buffers by then, too. On this computer, as a virtual case, a
write waits for ever, and all output is in single packets.
"""

import sys
from select import POLLIN, POLLOUT, poll

from rollcore.frames import PACKET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

KEPT = 5 * PACKET
"""Bytes that wait on the chip for the host at most: TinyUSB's 256, and a packet in the hardware."""

MAX_READ = 256
"""Most bytes read in one go, before button and lamp have their turn again."""


class SerialPort:
    """The serial port. Reading never waits for the host; for writing see above.

    `gives_up` says whether a write that finds no room ends after a second, as on a chip.
    """

    def __init__(self, gives_up: bool) -> None:
        incoming = poll()
        incoming.register(sys.stdin, POLLIN)
        outgoing = poll()
        outgoing.register(sys.stdout, POLLOUT)
        # Kept, because looking a method up anew allocates memory.
        self._ready = incoming.ipoll
        self._read = sys.stdin.buffer.readinto
        self._room = outgoing.ipoll
        self._write = sys.stdout.buffer.write
        self._byte = bytearray(1)
        self._got = memoryview(bytearray(MAX_READ))
        self._frame: Iterable[bytes | bytearray] = ()
        self._rest: bytes | memoryview = b""  # of the piece that is on its way
        self._gives_up = gives_up
        self._taken = 0  # bytes that went out in single packets since the last question
        self.busy = False
        """Whether there is output that the host has not taken yet."""

    def read(self) -> bytes:
        """Return bytes that the host has sent, `MAX_READ` at most; no bytes if there are none."""
        for _ in self._ready(0):
            return self._read_all()  # apart, because a call with so many variables allocates memory
        return b""

    def _read_all(self) -> bytes:
        """Return what has come, byte by byte: on a chip, a read of more waits for the rest."""
        ready, read, byte, got = self._ready, self._read, self._byte, self._got
        self._taken = 0  # who asks anew may not read
        size = 0
        while size < MAX_READ:
            end = size
            for _, happened in ready(0):
                if happened & POLLIN and read(byte):
                    got[size] = byte[0]
                    size += 1
                break
            if size == end:
                break
        return bytes(got[:size])

    def send(self, frame: "Iterable[bytes | bytearray]") -> None:
        """Send a frame, in pieces, as far as the host takes it now; the port is not busy.

        Its last piece is filled up to whole packets with line ends; the others are whole packets.
        """
        self._frame = iter(frame)
        self.go_on()

    def go_on(self) -> None:
        """Send more of the frame, as far as the host takes it now."""
        self.busy = True
        if self._rest and not self._push(self._rest):
            return
        push = self._push
        for piece in self._frame:
            if len(piece) % PACKET:
                # Not in `_push`: the rest of a piece may be of any size, and more of it follows.
                piece = bytes(piece) + b"\n" * (-len(piece) % PACKET)
            if not push(piece):
                return
        self._frame = ()
        self.busy = False

    def _push(self, piece: "bytes | bytearray | memoryview") -> bool:
        """Send a piece; return whether all of it went out. Else the rest is kept."""
        size = len(piece)
        at = 0
        while at < size and (self._taken <= KEPT or not self._gives_up):
            sent = self._write(piece[at : at + PACKET]) or 0 if self._has_room() else 0
            if not sent:
                self._rest = memoryview(piece)[at:]
                return False
            at += sent
            self._taken += sent
        if at:
            piece = memoryview(piece)[at:]
        sent = self._write(piece) or 0 if at < size else 0
        if at + sent < size:
            self._rest = memoryview(piece)[sent:]
            self._taken = 0  # the host reads no more
            return False
        self._rest = b""
        return True

    def _has_room(self) -> bool:
        """Return whether there is room for a packet now."""
        for _, happened in self._room(0):
            return bool(happened & POLLOUT)
        return False
