"""What every Pico on the bench can do, on whichever emulator: be touched, asked, and looked at.

Nothing here looks at the wall clock: a Pico is driven by its own time.
"""

import ast
import random
from abc import ABC, abstractmethod
from collections.abc import Callable

from rollcore import frames, messages, slots
from rollcore.events import RECORD_SIZE
from rollcore.messages import Message


class AnyPico(ABC):
    """A Pico that has power; how it runs is its emulator's."""

    def __init__(self) -> None:
        self.said = bytearray()
        """Everything that came over USB."""
        self.lamp: list[tuple[float, bool]] = []
        """When (ms) the lamp's pin went high or low."""
        self.trace: list[tuple[float, str]] = []
        """What the watcher's wire said, and when (ms)."""
        self._decoder = frames.Decoder(messages.MAX_ANSWER)
        self._number = random.randrange(1, 1 << 31)
        self._answers: list[Message] = []  # that nobody has taken yet

    @property
    @abstractmethod
    def now(self) -> float:
        """The chip's own time since power-up, in ms."""

    @property
    @abstractmethod
    def flash(self) -> bytes:
        """What the files' part of the flash holds at this instant."""

    @abstractmethod
    def run(self, ms: float, until: Callable[[], bool] | None = None) -> bool:
        """Run for so many ms, or until `until` says so; say whether it did."""

    @abstractmethod
    def hop(self, ms: float) -> None:
        """Let ms pass in which the chip does nothing, and its watchdog stands still."""

    @abstractmethod
    def hold_button(self, down: bool) -> None:
        """Press the button, or let it go."""

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send bytes over USB, and wait for nothing."""

    @abstractmethod
    def accept(self, data: bytes) -> int:
        """Take as many bytes as there is room for, running meanwhile; return how many."""

    def let_pass(self, s: float, hop: float = 60) -> None:
        """Let many seconds pass in hops; what is due comes up to a hop late.

        The watchdog stands still in a hop, since nobody could feed it.
        """
        while s > 0:
            self.hop(min(s, hop) * 1000)
            self.run(30)
            s -= hop

    def boot(self) -> None:
        """Run until the firmware shows its first lamp."""
        self.lamp.clear()
        assert self.run(3000, lambda: any(on for _, on in self.lamp)), bytes(self.said)

    def touch(self, levels: list[tuple[bool, float]]) -> None:
        """Move the button: each level (down or not) for so many ms."""
        for down, ms in levels:
            self.hold_button(down)
            self.run(ms)

    def press(self) -> None:
        """Press the button for a moment, and let the case notice."""
        self.touch([(True, 150), (False, 200)])

    def type(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.said.clear()
        self.write(data)

    def send(self, verb: str, **fields: object) -> None:
        """Send a question, and wait for nothing."""
        self._number += 1
        question = messages.encode(Message(self._number, verb, fields), messages.REQUESTS)
        self.write(frames.encode(question))

    def take(self, count: int, ms: float) -> list[Message]:
        """Return the next `count` answers, which come within so many ms. Raises TimeoutError."""

        def came() -> bool:
            for body in self._decoder.feed(bytes(self.said)):
                self._answers.append(messages.decode(body, messages.ANSWERS))
            self.said.clear()
            return len(self._answers) >= count

        if not self.run(ms, came):
            raise TimeoutError(f"{len(self._answers)} answers in place of {count}")
        answers, self._answers = self._answers[:count], self._answers[count:]
        return answers

    def ask(self, verb: str, **fields: object) -> Message:
        """Ask the case, as a host does; return what it answers first. Raises TimeoutError."""
        self._forget()
        self.send(verb, **fields)
        answers: list[Message] = []

        def answered() -> bool:
            for body in self._decoder.feed(bytes(self.said)):
                if messages.number_of(body) == self._number:
                    answers.append(messages.decode(body, messages.ANSWERS))
            self.said.clear()
            return bool(answers)

        if not self.run(5000, answered):
            raise TimeoutError(f"no answer to {verb}")
        return answers[0]

    def log(self) -> list[bytes]:
        """Return every record that the case holds, read from its slots as a host reads them."""
        status = self.ask("status")
        seq, end = status.integer("first"), status.integer("next")
        found: list[bytes] = []
        self._forget()
        if seq < end:
            self.send("get", seq=seq, count=end - seq)
        while seq < end:
            (answer,) = self.take(1, 5000)
            assert answer.integer("seq") == seq
            if answer.verb == "missing":
                seq = answer.integer("next")
                continue
            raw = answer.raw("raw")
            told, _ = slots.walk(raw, seq, answer.integer("chain"))
            found += [slot.raw for slot in told if slot.is_record]
            seq += len(raw) // RECORD_SIZE
        return found

    def execute(self, code: str, ms: float = 3000) -> str:
        """Stop the firmware with Ctrl-C and run code at the raw prompt, for `ms` at most.

        The code has 500 bytes at most; more is in a file (`tests/emulator/files.py`).
        """
        self.type(b"\x03\x03\x01")
        assert self.run(2000, lambda: b"raw REPL; CTRL-B to exit\r\n>" in self.said)
        self.type(code.encode() + b"\x04")
        self.run(ms, lambda: self.said.count(b"\x04") >= 2)
        return bytes(self.said).decode(errors="replace")

    def value(self, code: str, ms: float = 3000) -> object:
        """Run code as `execute` does; return what it prints, which must be a literal."""
        said = self.execute(code, ms).partition("OK")[2].partition("\x04")[0]
        try:
            return ast.literal_eval(said.strip())
        except (SyntaxError, ValueError):
            raise AssertionError(bytes(self.said)) from None

    def _forget(self) -> None:
        """Take no answer any more to what was asked before."""
        self.said.clear()
        self._answers.clear()
        self._decoder.forget()
