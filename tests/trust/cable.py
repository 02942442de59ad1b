"""A case in this process at the end of a cable that a trial spoils.

The firmware is as it is, with its loop, and so is `host`: pyserial opens ``cable://NAME`` by the
class `Serial`. The bytes are those of a real port, in packets of USB. Time passes only while `host`
waits for bytes, so that a trial waits for nothing and is the same whenever it is run again.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, ClassVar
from unittest.mock import patch

import serial
from serial.serialutil import SerialBase, SerialException
from tests.firmware.fakes import FakeParts
from tests.firmware.memory_flash import Ground, MemoryFiles
from tests.firmware.whole_case import FIRST_TICK, WholeCase

from rollcase.clock import TICKS_MASK
from rollcase.loop import Loop
from rollcase.parts import Parts
from rollcase.server import Server
from rollcore import events
from rollcore.frames import PACKET
from rollhost.case import connection, prompt

HANDLERS = "tests.trust.serial_handlers"

if HANDLERS not in serial.protocol_handler_packages:
    serial.protocol_handler_packages.append(HANDLERS)

URL = "cable://"

TO_CASE, TO_HOST = 0, 1
"""The two ways of a cable."""

MAX_READ = 256
"""Most bytes that a case reads in one turn, as `rollcase.hal.serial` does."""

KEPT = 4096
"""Bytes that wait for a host which does not read, as a system's port keeps them."""

TURN_MS = 1
"""How long a turn of the case takes, if it does something."""

READ_MS = 50
"""How long a read waits for a byte: the port's timeout in `rollhost.case.connection`."""


class CableOff(SerialException):
    """The cable came off."""


@dataclass(frozen=True)
class Fault:
    """What happens to the cable before byte `at`, counted both ways together from 0.

    `kind` is one of: "flip", the bits of `data` in the bytes from there on; "drop", that `size`
    bytes of this way are lost; "double", that up to `size` come twice; "insert", that `data` comes
    in between, which goes the way of `way`; "delay", that nothing arrives either way for `size` ms;
    "cut", that the cable comes off.
    """

    at: int
    kind: str
    size: int = 0
    data: bytes = b""
    way: int = TO_CASE


class Spoiler:
    """Lets faults happen to bytes; `now_ms` returns the time (ms)."""

    def __init__(self, faults: Iterable[Fault], now_ms: Callable[[], int]) -> None:
        self.passed = 0
        """Bytes that have gone in, both ways together."""
        self.held_until = 0
        """The ms until which nothing arrives."""
        self._faults = deque(sorted(faults, key=lambda fault: fault.at))
        self._now_ms = now_ms
        self._lost = [0, 0]

    def put(self, way: int, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield what comes out of the bytes that go one way: way and bytes. Raises `CableOff`."""
        while self._faults and self._faults[0].at < self.passed + len(data):
            fault = self._faults.popleft()
            ahead = max(0, fault.at - self.passed)
            yield from self._left(way, data[:ahead])
            self.passed += ahead
            data = data[ahead:]
            if fault.kind == "cut":
                raise CableOff("the cable came off")
            if fault.kind == "drop":
                self._lost[way] += fault.size
            elif fault.kind == "double":
                yield from self._left(way, data[: fault.size])
            elif fault.kind == "insert":
                yield from self._left(fault.way, fault.data)
            elif fault.kind == "delay":
                self.held_until = self._now_ms() + fault.size
            else:
                flipped = bytes(byte ^ bits for byte, bits in zip(data, fault.data, strict=False))
                data = flipped + data[len(flipped) :]
        self.passed += len(data)
        yield from self._left(way, data)

    def _left(self, way: int, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield what is not lost of bytes."""
        lost = min(self._lost[way], len(data))
        self._lost[way] -= lost
        if data[lost:]:
            yield way, data[lost:]


class Cable:
    """The cable of a case; `faults` come at their places as the bytes go through."""

    def __init__(self, case: "CabledCase", name: str) -> None:
        self.case = case
        self.name = name
        Serial.cables[name] = self
        self.plug_in()

    @property
    def port(self) -> str:
        """The name by which `host` opens it."""
        return URL + self.name

    def plug_in(self, faults: Iterable[Fault] = ()) -> None:
        """Begin anew, with nothing on the way, and with these faults to come."""
        self.queues: tuple[deque[tuple[int, bytes]], ...] = (deque(), deque())
        """What is on the way, each with the ms of the case's life from which on it is there."""
        self.unread = 0
        """How many bytes are on the way to the host."""
        self.go_on(faults)

    def go_on(self, faults: Iterable[Fault] = ()) -> None:
        """Count bytes anew, with these faults to come; what is on the way stays so."""
        self.ways: list[tuple[int, int]] = []
        """What has gone in: its way and how many bytes."""
        self.is_off = False
        self._spoiler = Spoiler(faults, lambda: self.case.ms)

    @property
    def held_until(self) -> int:
        """The ms of the case's life until which nothing arrives."""
        return self._spoiler.held_until

    def put(self, way: int, data: bytes) -> None:
        """Send bytes one way; a fault may come over them. Raises `CableOff`."""
        if self.is_off:
            raise CableOff("the cable came off")
        self.ways.append((way, len(data)))
        try:
            for goes, part in self._spoiler.put(way, data):
                self.queues[goes].append((max(self.case.ms, self.held_until), part))
                self.unread += len(part) * (goes == TO_HOST)
        except CableOff:
            self.is_off = True
            raise

    def take(self, way: int, most: int) -> bytes:
        """Return up to `most` bytes that have arrived."""
        found = b""
        queue = self.queues[way]
        while queue and queue[0][0] <= self.case.ms and len(found) < most:
            at, data = queue.popleft()
            found += data
            if len(found) > most:
                queue.appendleft((at, found[most:]))
                found = found[:most]
        self.unread -= len(found) * (way == TO_HOST)
        return found

    def waiting(self, way: int) -> int:
        """Return how many bytes have arrived and were not taken."""
        return sum(len(data) for at, data in self.queues[way] if at <= self.case.ms)

    def next_arrival(self) -> int:
        """Return the ms of the case's life at which something arrives next; far off if nothing."""
        return min((queue[0][0] for queue in self.queues if queue), default=1 << 60)


class Serial(SerialBase):  # type: ignore[misc,unused-ignore]
    """The host's end, as pyserial wants it."""

    cables: ClassVar[dict[str, Cable]] = {}

    def open(self) -> None:
        """Open the port."""
        self._cable = self.cables[str(self.port).removeprefix(URL)]
        self.is_open = True

    def close(self) -> None:
        """Close the port."""
        self.is_open = False

    def _reconfigure_port(self, *_: Any, **__: Any) -> None:
        """Nothing: there is no speed to set."""

    @property
    def in_waiting(self) -> int:
        """How many bytes wait to be read."""
        return self._cable.waiting(TO_HOST)

    def read(self, size: int = 1) -> bytes:
        """Return up to `size` bytes; wait for one as long as a port does."""
        cable = self._cable
        until = cable.case.ms + READ_MS
        while not (found := cable.take(TO_HOST, size)) and cable.case.ms < until:
            cable.case.turn(until)
            if cable.is_off:
                raise CableOff("the cable came off")
        return found

    def write(self, data: Any, /) -> int:
        """Send bytes."""
        self._cable.put(TO_CASE, bytes(data))
        return len(data)


class CasePort:
    """The case's end: it sends what there is room for, in packets, as `rollcase.hal.serial`."""

    def __init__(self, case: "CabledCase") -> None:
        self._case = case
        self._frame: Iterator[bytes | bytearray] = iter(())
        self._rest = b""
        self.busy = False

    def read(self) -> bytes:
        """Return bytes that the host has sent; no bytes if it has sent none."""
        return self._case.cable.take(TO_CASE, MAX_READ)

    def send(self, frame: Iterable[bytes | bytearray]) -> None:
        """Send a frame, in pieces, as far as there is room."""
        self._frame = iter(frame)
        self.go_on()

    def go_on(self) -> None:
        """Send more of the frame, as far as there is room."""
        cable = self._case.cable
        self.busy = True
        while True:
            while self._rest:
                if cable.unread >= KEPT:
                    return
                packet, self._rest = self._rest[:PACKET], self._rest[PACKET:]
                if not cable.is_off:
                    with suppress(CableOff):  # the host sees it; the case goes on
                        cable.put(TO_HOST, packet)
            piece = next(self._frame, None)
            if piece is None:
                break
            self._rest = bytes(piece) + b"\n" * (-len(piece) % PACKET)
        self.busy = False


class CasePause:
    """What the case does between two turns: nothing, until something is due."""

    def __init__(self, case: "CabledCase") -> None:
        self._case = case

    def wait(self, lamp_ms: int, idle_ms: int) -> None:
        """Let time pass until the lamp changes, the app is due or bytes arrive."""
        case = self._case
        due = min(case.ms + min(lamp_ms, idle_ms), case.until, case.cable.next_arrival())
        case.pass_ms(max(due - case.ms, TURN_MS))

    sleep = wait


class CabledCase(WholeCase):
    """A case with a cable, switched on at millisecond `ms` of the world."""

    def __init__(
        self, directory: Path, number: int, ms: int, flash: bytes = b"", logs: int = 0
    ) -> None:
        self.number = number
        self.device = f"{number + 1:x}{number + 1:x}cab1e"
        self.until = 0
        """The ms of its life until which a turn may wait."""
        ground = Ground()
        if flash:
            ground.flash.image[:] = flash
            ground.files = MemoryFiles(ground.flash)
        super().__init__(directory, ground=ground)
        self._logs = logs
        self.ms = ms
        self.cable = Cable(self, f"case{number}")

    def switch_on(self, cause: int = events.POWER_ON, first_tick: int = FIRST_TICK) -> None:
        """Start from what is on the flash."""
        super().switch_on(cause, first_tick)
        fakes = FakeParts()
        parts = Parts(
            lambda: self._ticks,
            fakes.button,
            fakes.lamp,
            CasePort(self),
            CasePause(self),
            fakes.supply,
            fakes.watchdog,
            fakes.flush,
        )
        self._loop = Loop(parts, self.app, Server(self.app, self.device, "pico"))

    def pass_ms(self, ms: int) -> None:
        """Let time pass without a turn."""
        self.ms += ms
        self._ticks = (self._ticks + ms) & TICKS_MASK

    def turn(self, until: int) -> None:
        """Take one turn, and wait no longer than until this ms of its life."""
        self.until = until
        before = self.ms
        self._loop.turn()
        if self.ms == before:
            self.pass_ms(TURN_MS)

    def live(self, ms: int) -> None:
        """Take turns for so many ms."""
        until = self.ms + ms
        while self.ms < until:
            self.turn(until)

    @property
    def now(self) -> int:
        """Unix time (s) of the world."""
        return self.ms // 1000

    def _make_id(self) -> bytes:
        self._logs += 1
        return bytes([0xC0 + self.number, 1, 2, 3, 4, 5, self._logs >> 8, self._logs & 255])


class CaseTime:
    """The module `time` for the host's end of a cable: it goes as the case's does."""

    def __init__(self, case: CabledCase) -> None:
        self._case = case

    def monotonic(self) -> float:
        """Return the seconds of the case's life."""
        return self._case.ms / 1000

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


@contextmanager
def shared_time(case: CabledCase) -> Iterator[None]:
    """Let the host wait by the case's time, and begin its random numbers anew.

    So every byte of a sync is the same when it is run again.
    """
    clock, chance = CaseTime(case), Random(case.ms)
    with (
        patch.object(connection, "time", clock),
        patch.object(prompt, "time", clock),
        patch("os.urandom", chance.randbytes),
    ):
        yield
