"""The host's end of the line, without a line: bytes in, answers out."""

from rollcore import frames, messages
from rollcore.messages import Message

NOISE_KEPT = 400
"""Bytes kept of what was no frame, to tell what is at the other end."""


class Conversation:
    """One question at a time, and the answer that belongs to it.

    Answers to earlier questions, of this program or of one that was killed, are
    passed over: ids start at a random `first_number` (1 to 2**31).
    """

    def __init__(self, first_number: int) -> None:
        self._number = first_number
        self._question = b""
        self._decoder = frames.Decoder(messages.MAX_ANSWER)
        self.noise = b""
        """The start of what came in before the first answer."""
        self.heard = False
        """Whether any frame has come in."""

    def ask(self, verb: str, fields: dict[str, object] | None = None) -> bytes:
        """Return the bytes that ask a new question."""
        self._number = self._number % 0x7FFFFFFF + 1
        return self.ask_again(verb, fields)

    def ask_again(self, verb: str, fields: dict[str, object] | None = None) -> bytes:
        """Return the bytes that ask the last question once more, under the same id."""
        message = Message(self._number, verb, fields)
        self._question = messages.encode(message, messages.REQUESTS)
        return frames.encode(self._question)

    def receive(self, data: bytes) -> Message | None:
        """Take bytes from the case; return the answer to the last question once it is there.

        Raises `MessageError` for an answer that makes no sense.
        """
        if not self.heard:
            self.noise = (self.noise + data)[:NOISE_KEPT]
        answer = None
        for body in self._decoder.feed(data):
            # A terminal or a MicroPython prompt sends back what we said.
            if messages.number_of(body) == self._number and body != self._question:
                self.heard = True
                answer = messages.decode(body, messages.ANSWERS)
        return answer
