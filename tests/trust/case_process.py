"""A case in a process of its own, forked from this one: it lives on where a host is killed.

Each fork begins as the case is here. What a host has said to it by then is said for good.
"""

import os
import pickle
import signal
import socket
import struct
from pathlib import Path
from select import select
from types import TracebackType
from typing import NamedTuple

from tests.lives.living_case import LivingCase

from rollcore.events import RECORD_SIZE

LATE_S = 60
"""How long a case may take for an answer (s)."""

_LOOK = 0xFFFFFFFF
"""Asks for a `Look` in place of a length."""


class Look(NamedTuple):
    """What is in a case."""

    log: str
    """The log's id."""
    records: list[bytes]
    state: dict[str, object]
    policy: str
    standing: str


class CaseProcess:
    """The case in a fork of this process. This one reaches it, and hosts that are forked here."""

    def __init__(self, case: LivingCase, place: Path) -> None:
        self._place = str(place)
        place.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(self._place)
        listening.listen(4)
        self._pid = os.fork()
        if self._pid == 0:
            _serve(case, listening)
        listening.close()
        self._case = case
        self.plug_in()

    def plug_in(self) -> None:
        """Let the next host find it on the port of the case, by a line of its own."""
        self._case.wire.answer = _Line(self._place).answer

    def look(self) -> Look:
        """Return what is in the case now."""
        with _connected(self._place) as line:
            line.sendall(struct.pack("<I", _LOOK))
            found: Look = pickle.loads(_read(line))
            return found

    def __enter__(self) -> "CaseProcess":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


class _Line:
    """A line to the case, which is there once something is said on it."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._line: socket.socket | None = None

    def answer(self, data: bytes) -> bytes:
        """Return what the case answers."""
        if self._line is None:
            self._line = _connected(self._place)
        self._line.sendall(struct.pack("<I", len(data)) + data)
        return _read(self._line)


def _connected(place: str) -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(LATE_S)
    line.connect(place)
    return line


def _read(line: socket.socket) -> bytes:
    (size,) = struct.unpack("<I", _exactly(line, 4))
    return _exactly(line, size)


def _exactly(line: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        piece = line.recv(size - len(found))
        if not piece:
            raise EOFError
        found += piece
    return found


def _serve(case: LivingCase, listening: socket.socket) -> None:
    """Be the case until somebody kills it: answer whoever has said something. Never returns."""
    lines = [listening]
    try:
        while True:
            for line in select(lines, [], [])[0]:
                if line is listening:
                    lines.append(listening.accept()[0])
                elif not _answer(case, line):
                    lines.remove(line)
                    line.close()
    finally:
        os._exit(1)


def _answer(case: LivingCase, line: socket.socket) -> bool:
    """Answer once; return whether the host is still there."""
    try:
        (size,) = struct.unpack("<I", _exactly(line, 4))
        said = pickle.dumps(_look(case)) if size == _LOOK else case._answer(_exactly(line, size))
        line.sendall(struct.pack("<I", len(said)) + said)
    except (EOFError, OSError):
        return False
    return True


def _look(case: LivingCase) -> Look:
    journal = case.app.journal
    records: list[bytes] = []
    while raw := journal.read(len(records) + 1, 1000)[2]:
        records += [raw[at : at + RECORD_SIZE] for at in range(0, len(raw), RECORD_SIZE)]
    state = {name: value for name, value in vars(journal.state).items() if name != "seq"}
    standing = case.standing
    return Look(case.log_id, records, state, case.policy.text, f"{standing.phase} {vars(standing)}")
