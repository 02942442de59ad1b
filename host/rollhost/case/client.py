"""The host's end of the line, without the port: bytes in, answers out."""

from rollcore import frames, messages
from rollcore.messages import Message

NOISE_KEPT = 400
"""How many bytes of input without a frame are kept, to find out what is on the port."""


class Conversation:
    """One question at a time, and its answer.

    Ids of questions start at `first_number` (1 to 2**31), which should be random, so that
    an answer to an earlier question, also of a program that was killed, is ignored.
    """

    def __init__(self, first_number: int) -> None:
        self._number = first_number
        self._question = b""
        self._decoder = frames.Decoder(messages.MAX_ANSWER)
        self.noise = b""
        """The first bytes that came in before the first answer."""
        self.heard = False
        """Whether an answer has come in."""

    def ask(self, verb: str, fields: dict[str, object] | None = None) -> bytes:
        """Return the bytes of a new question."""
        self._number = self._number % 0x7FFFFFFF + 1
        return self.ask_again(verb, fields)

    def ask_again(self, verb: str, fields: dict[str, object] | None = None) -> bytes:
        """Return the bytes of the last question again, with the same id."""
        message = Message(self._number, verb, fields)
        self._question = messages.encode(message, messages.REQUESTS)
        return frames.encode(self._question)

    def receive(self, data: bytes) -> Message | None:
        """Take bytes from the case; return the answer to the last question, None if not complete.

        Raises `MessageError` for an answer that makes no sense.
        """
        if not self.heard:
            self.noise = (self.noise + data)[:NOISE_KEPT]
        answer = None
        for body in self._decoder.feed(data):
            # A terminal or a MicroPython prompt sends our own question back.
            if messages.number_of(body) == self._number and body != self._question:
                self.heard = True
                answer = messages.decode(body, messages.ANSWERS)
        return answer
