"""The wire between `host` and a case in one process: no threads, no waiting, cut where a life says.

pyserial opens ``lives://NAME`` by the class `Serial`, as it opens ``socket://…`` by one of its own:
`host` itself is as it is.
"""

import itertools
from collections.abc import Callable
from typing import Any, ClassVar

import serial
from serial.serialutil import SerialBase, SerialException

HANDLERS = "tests.lives.serial_handlers"

if HANDLERS not in serial.protocol_handler_packages:
    serial.protocol_handler_packages.append(HANDLERS)

URL = "lives://"

_numbers = itertools.count(1)


class Wire:
    """The case's end: `answer` takes what the host sends and returns what the case sends.

    `cut_at` is the number of the write of the host at which the cable comes off, 0 for never;
    `reaches` says whether the case still hears that one, and answers into the air.
    """

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.answer = answer
        self.name = f"case{next(_numbers)}"
        self.writes = 0
        self.cut_at = 0
        self.reaches = False
        Serial.wires[self.name] = self

    @property
    def port(self) -> str:
        """The name by which `host` opens it."""
        return URL + self.name

    def take_away(self) -> None:
        """Take the case away for good."""
        Serial.wires.pop(self.name, None)

    def send(self, data: bytes) -> bytes:
        """Return the answer of the case. Raises `SerialException` where the cable comes off."""
        self.writes += 1
        if not self.cut_at or self.writes < self.cut_at:
            return self.answer(data)
        if self.writes == self.cut_at and self.reaches:
            self.answer(data)
        raise SerialException("the cable came off")


class Serial(SerialBase):  # type: ignore[misc,unused-ignore]
    """The host's end, as pyserial wants it."""

    wires: ClassVar[dict[str, Wire]] = {}

    def open(self) -> None:
        """Open the port. Raises `SerialException` if nothing is there."""
        name = str(self.port).removeprefix(URL)
        if name not in self.wires:
            raise SerialException(2, f"no case {name}")
        self._wire = self.wires[name]
        self._heard = bytearray()
        self.is_open = True

    def close(self) -> None:
        """Close the port."""
        self.is_open = False

    def _reconfigure_port(self, *_: Any, **__: Any) -> None:
        """Nothing: there is no speed to set."""

    @property
    def in_waiting(self) -> int:
        """How many bytes wait to be read."""
        return len(self._heard)

    def read(self, size: int = 1) -> bytes:
        """Return up to `size` bytes: what the case has sent."""
        found = bytes(self._heard[:size])
        del self._heard[:size]
        return found

    def write(self, data: Any, /) -> int:
        """Send bytes; the case answers at once. Raises `SerialException` once the cable is off."""
        sent = bytes(data)
        self._heard += self._wire.send(sent)
        return len(sent)
