"""The host's end of the line, without the port: bytes in, answers out.

The page in a browser runs this file too, under MicroPython.
"""

from rollcore import frames, messages
from rollcore.events import RECORD_SIZE
from rollcore.messages import Message

NOISE_KEPT = 400
"""How many bytes of input without a frame are kept, to find out what is on the port."""


class Conversation:
    """One question at a time, and its answers.

    Ids of questions start at `first_number` (1 to 2**31), which should be random, so that
    an answer to an earlier question, also of a program that was killed, is ignored.
    """

    def __init__(self, first_number: int) -> None:
        self._number = first_number
        self._question = b""
        self._decoder = frames.Decoder(messages.MAX_ANSWER)
        self._waiting: list[bytes] = []
        self.noise = b""
        """The first bytes that came in before the first answer."""
        self.heard = False
        """Whether an answer has come in."""

    def ask(self, verb: str, fields: dict[str, object] | None = None) -> bytes:
        """Return the bytes of a new question."""
        self._number = self._number % 0x7FFFFFFF + 1
        self._waiting.clear()
        return self.ask_again(verb, fields)

    def ask_again(self, verb: str, fields: dict[str, object] | None = None) -> bytes:
        """Return the bytes of the last question again, with the same id."""
        self._decoder.forget()  # of an answer that broke off, the rest may never come
        message = Message(self._number, verb, fields)
        self._question = messages.encode(message, messages.REQUESTS)
        return frames.encode(self._question)

    def receive(self, data: bytes) -> None:
        """Take bytes from the case; whole answers wait until `answer` is called."""
        if not self.heard:
            self.noise = (self.noise + data)[:NOISE_KEPT]
        for body in self._decoder.feed(data):
            # A terminal or a MicroPython prompt sends our own question back.
            if messages.number_of(body) == self._number and body != self._question:
                self.heard = True
                self._waiting.append(body)

    def answer(self) -> Message | None:
        """Return the next answer to the last question, None if none has come.

        Raises `MessageError` for an answer that makes no sense.
        """
        return messages.decode(self._waiting.pop(0), messages.ANSWERS) if self._waiting else None


EXPECTED: dict[str, str] = {
    "hello": "case",
    "status": "status",
    "get": "records",
    "ack": "acked",
    "clock": "clock",
    "policy": "policy",
    "rule": "policy",
    "time": "clock",
    "heard": "clock",
    "state": "state",
    "newlog": "log",
}
EXPECTED.update(dict.fromkeys(messages.RECORDED, "told"))
"""The verb of the answer to each question; `get` may be answered by `missing` too."""


def fits(verb: str, fields: dict[str, object], answer: Message) -> bool:
    """Return whether `answer` is possible for the question `verb` with `fields`."""
    if verb != "get":
        return answer.verb == EXPECTED[verb]
    # What begins later follows something that was lost on the line: if it was taken, the records
    # before it would be acknowledged without ever being here.
    if answer.verb not in ("records", "missing") or answer.integer("seq") != fields["seq"]:
        return False
    if answer.verb == "missing":
        return answer.integer("next") > answer.integer("seq")
    most = fields["count"]
    assert isinstance(most, int)
    records, rest = divmod(len(answer.raw("raw")), RECORD_SIZE)
    return not rest and records <= most
