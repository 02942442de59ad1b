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
from pathlib import Path

from rollcase.app import App
from rollcase.journal import Journal
from rollcase.server import Server
from rollcore import events, frames, messages
from rollcore.events import Event
from rollcore.messages import Message

LOG_ID = bytes(range(1, 9))

DEVICE = "5c1f0a2b3c4d5e6f"

HANG_UP = b"\x00hang up"
"""What a script returns to close the port instead of answering."""

Script = Callable[[Message, bytes], bytes]
"""Told the question and the frame that the firmware answers it with; returns what is sent."""


def honest(request: Message, answer: bytes) -> bytes:
    """Answer as the firmware does."""
    return answer


class ScriptedCase:
    """The case; its log and small values are in `directory`, its port is `port`."""

    def __init__(
        self,
        directory: Path,
        script: Script = honest,
        device: str = DEVICE,
        board: str = "pico",
        log_id: bytes = LOG_ID,
        cause: int = events.POWER_ON,
    ) -> None:
        directory.mkdir(exist_ok=True)
        self.app = App(
            str(directory),
            Journal(str(directory), lambda: log_id),
            cause,
            0,
            lambda said: None,
        )
        self.app.start()
        self._server = Server(self.app, device, board)
        self.script = script
        self.asked: list[Message] = []
        """Every question, in order, also those that were asked again."""
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._stop_reading, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)

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
        try:
            while (
                self._stop_reading
                not in select.select([self._master, self._stop_reading], [], [])[0]
            ):
                for body in decoder.feed(os.read(self._master, 4096)):
                    request = messages.decode(body, messages.REQUESTS)
                    self.asked.append(request)
                    self._server.receive(frames.encode(body))
                    reply = self.script(request, self._server.answer())
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
