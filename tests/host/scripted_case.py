"""A case at the other end of a real pseudo-terminal, which answers as a test says.

Behind it is the firmware's own app, journal and server: what a script leaves alone is answered as a
board would answer it.
"""

import os
import pty
import select
import threading
import tty
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from boards.virtual.flash import Flash, make
from tests.firmware.memory_flash import MemoryFiles
from tests.firmware.server_line import whole

from rollcase.app import App
from rollcase.journal import Journal
from rollcase.server import Server
from rollcore import blocks, events, frames, messages
from rollcore.events import Event
from rollcore.messages import Message

LOG_ID = bytes(range(1, 9))

DEVICE = "5c1f0a2b3c4d5e6f"

FLASH = "flash"
"""The name of the file that is the flash of a case, in its directory."""

HANG_UP = b"\x00hang up"
"""What a script returns to close the port instead of answering."""

Script = Callable[[Message, bytes], bytes]
"""Told the question and a frame that the firmware answers it with; returns what is sent.

A question for records has a frame for each block.
"""


def honest(request: Message, answer: bytes) -> bytes:
    """Answer as the firmware does."""
    return answer


def app_in(directory: Path, cause: int = events.POWER_ON, log_id: bytes = LOG_ID) -> App:
    """Start a case whose flash and policy are in `directory`; the first log has this id.

    The flash is a file, so that what is in it can be damaged and a case be started anew. The id of
    a later log follows from what is on the flash when it begins.
    """
    directory.mkdir(exist_ok=True)
    path = directory / FLASH
    ids = [] if path.exists() else [log_id]
    make(str(path))
    flash = Flash(str(path))

    def make_id() -> bytes:
        return ids.pop() if ids else sha256(path.read_bytes()).digest()[:8]

    journal = Journal(flash, MemoryFiles(flash), make_id)
    app = App(str(directory), journal, cause, 0, lambda said: None)
    app.start()
    return app


def slot_on_flash(flash: Path, seq: int) -> int:
    """Return where in the file of a flash the slot of record `seq` of its last log begins."""
    files = MemoryFiles(Flash(str(flash)))
    number = f"/{blocks.number_of(seq):05d}"
    name = max(name for name in files.names() if name.endswith(number))
    slot = blocks.slot_at((seq - 1) % blocks.SLOTS)
    return files.block_of(name) * blocks.BLOCK_SIZE + slot


def spoil_record(directory: Path, seq: int) -> None:
    """Damage record `seq` of the log in `directory`, beyond what can be put right."""
    at = slot_on_flash(directory / FLASH, seq)
    with (directory / FLASH).open("r+b") as file:
        file.seek(at)
        raw = file.read(events.RECORD_SIZE)
        assert events.seq_of(raw) == seq
        file.seek(at + 8)
        file.write(bytes(byte ^ 0x55 for byte in raw[8:16]))


class ScriptedCase:
    """The case; its flash and policy are in `directory`, its port is `port`."""

    def __init__(
        self,
        directory: Path,
        script: Script = honest,
        device: str = DEVICE,
        board: str = "pico",
        log_id: bytes = LOG_ID,
        cause: int = events.POWER_ON,
    ) -> None:
        self.directory = directory
        self.app = app_in(directory, cause, log_id)
        self._server = Server(self.app, device, board)
        self.script = script
        self.unknown: set[str] = set()
        """Verbs that the firmware does not know, as if it were older."""
        self.asked: list[Message] = []
        """Every question, in order, also those that were asked again."""
        self.answers = 0
        """How many answers it has given."""
        self._stop_reading, self._stop = os.pipe()
        self._open_port()

    def _open_port(self) -> None:
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def reopen(self) -> None:
        """Open another port after a script has hung up, and be honest: the case has run on."""
        self._thread.join()
        os.close(self._slave)
        self.script = honest
        self._open_port()
        self._thread.start()

    def reopen_elsewhere(self) -> None:
        """Let the port go away and be another one, with another name, as behind a hub."""
        os.write(self._stop, b"!")
        self._thread.join()
        old = self._slave
        os.close(self._stop)
        os.close(self._stop_reading)
        self._stop_reading, self._stop = os.pipe()
        self._open_port()  # before the old one is closed, else it has the same name
        os.close(old)
        self._thread.start()

    def __enter__(self) -> "ScriptedCase":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.write(self._stop, b"!")
        self._thread.join()
        for descriptor in (self._slave, self._stop, self._stop_reading):
            os.close(descriptor)

    def log(self, count: int) -> None:
        """Let the case log that many refusals, one a second."""
        data = {
            "gesture": events.PRESS, "reason": events.STILL_RESTING, "until": 0, "digest": 0
        }  # fmt: skip
        for second in range(1, count + 1):
            self.app.journal.append(
                Event(events.REFUSED, dict(data), boot=1, uptime=second, time=second)
            )

    def verbs(self) -> list[str]:
        """Return the verbs of the questions so far."""
        return [request.verb for request in self.asked]

    def _serve(self) -> None:
        decoder = frames.Decoder(messages.MAX_REQUEST)
        questions: list[Message] = []
        try:
            while True:
                patience = 0 if self._server.waiting else None
                ready, _, _ = select.select([self._master, self._stop_reading], [], [], patience)
                if self._stop_reading in ready:
                    return
                if self._master in ready:
                    for body in decoder.feed(os.read(self._master, 4096)):
                        request = messages.decode(body, messages.REQUESTS)
                        questions.append(request)
                        if request.verb in self.unknown:
                            body = body.replace(request.verb.encode(), b"unknown", 1)
                        self._server.receive(frames.encode(body))
                if not self._server.waiting:
                    continue
                if questions:
                    self.asked.append(questions.pop(0))
                reply = self.script(self.asked[-1], whole(self._server.answer()))
                self.answers += 1
                if reply == HANG_UP or not self._send(reply):
                    return
        finally:
            os.close(self._master)

    def _send(self, data: bytes) -> bool:
        """Send everything; false if we are to stop first."""
        os.set_blocking(self._master, False)
        rest = memoryview(data)
        while rest:
            ready, _, _ = select.select([self._stop_reading], [self._master], [])
            if ready:
                return False
            rest = rest[os.write(self._master, rest[:65536]) :]
        return True


def answer(request: Message, verb: str, **fields: object) -> bytes:
    """Return the frame of an answer to `request`, which may be a lie."""
    return frames.encode(messages.encode(Message(request.number, verb, fields), messages.ANSWERS))


def only(verb: str, wrong: Callable[[Message, bytes], bytes], times: int = 1000) -> Script:
    """Return a script that is honest but for the first `times` questions with this verb."""
    asked = 0

    def script(request: Message, right: bytes) -> bytes:
        nonlocal asked
        if request.verb != verb:
            return right
        asked += 1
        return wrong(request, right) if asked <= times else right

    return script
