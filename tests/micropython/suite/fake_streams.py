"""A serial port between two streams that the test holds."""

import io
import select

import tests.micropython.suite.fake_machine  # noqa: F401  # before any driver
from tests.micropython.suite.expect import true

from rollcase.hal import serial
from rollcase.hal.levels import POLL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Stream(io.IOBase):
    """One end of a port: has bytes to read, or takes bytes when it is `ready`."""

    def __init__(self, waiting: bytes = b"") -> None:
        self.buffer = self
        self.waiting = waiting
        self.taken = b""
        self.sizes: list[int] = []  # of the pieces that were written
        self.most = 1 << 30
        self.keeps = 1 << 30  # bytes that it takes before it is not ready any more
        self.ready = True

    def ioctl(self, request: int, flags: int) -> int:
        """Answer a poll, and no other question: least of all what file this is."""
        if request != POLL:
            return -1
        found = select.POLLIN if self.waiting else 0
        return flags & (found | (select.POLLOUT if self._takes() else 0))

    def _takes(self) -> bool:
        return self.ready and len(self.taken) < self.keeps

    def read(self, size: int) -> bytes:
        """Return what waits."""
        data, self.waiting = self.waiting[:size], self.waiting[size:]
        return data

    def readinto(self, buffer: bytearray) -> int:
        """Fill the buffer with what waits. A board waits until it is full."""
        true(len(self.waiting) >= len(buffer), "a read that would wait")
        buffer[:] = self.read(len(buffer))
        return len(buffer)

    def write(self, data: bytes) -> int:
        """Take bytes, `most` of them at once."""
        true(self._takes(), "written to a port that takes nothing")
        self.sizes.append(len(data))
        self.taken += data[: self.most]
        return min(len(data), self.most)


class Port:
    """A serial port between two streams that the test holds."""

    def __init__(self, waiting: bytes = b"", gives_up: bool = True) -> None:
        self.stdin = Stream(waiting)
        self.stdout = Stream()
        driver: Any = serial
        driver.sys = self
        self.port = serial.SerialPort(gives_up)
