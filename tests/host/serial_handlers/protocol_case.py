"""A port of pyserial, ``case://DEVICE``: at its other end is a case in this process.

The firmware's own server answers. `SERVERS` has that of each case, by the case's device id.
"""

from typing import TYPE_CHECKING

from serial import SerialBase
from tests.firmware.server_line import whole

from rollcase.server import Server

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

SERVERS: dict[str, Server] = {}


class Serial(SerialBase):
    """The port. What is written to it is answered when it is read next."""

    def open(self) -> None:
        """Open the port."""
        self._server = SERVERS[str(self.port).removeprefix("case://")]
        self._answers = b""
        self.is_open = True

    def close(self) -> None:
        """Close the port."""
        self.is_open = False

    @property
    def in_waiting(self) -> int:
        """How many bytes can be read at once."""
        return len(self._answers)

    def read(self, size: int = 1) -> bytes:
        """Return up to `size` bytes of what the case has answered."""
        while not self._answers and self._server.waiting:
            self._answers = whole(self._server.answer())
        found, self._answers = self._answers[:size], self._answers[size:]
        return found

    def write(self, data: "ReadableBuffer", /) -> int:
        """Send bytes to the case."""
        sent = bytes(data)
        self._server.receive(sent)
        return len(sent)

    def _reconfigure_port(self, force_update: bool = False) -> None:
        """Nothing: this port has no speed."""
