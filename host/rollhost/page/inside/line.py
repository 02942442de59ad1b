"""The line to a case, asked again until answered: as `rollhost.case.connection`, without a port."""

from binascii import a2b_base64

from rollcore import VERSION, messages
from rollcore.messages import Message, MessageError
from rollhost.case.client import Conversation, fits
from rollhost.page.inside.effects import PageError, to_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rollhost.page.inside.effects import Job

    Block = tuple[int, int, bytes]

GREETING_MS = 1000
ANSWER_MS = 2000
"""How long (ms) to wait for an answer before asking again, as the host does."""

TRIES = 3
"""How often to ask before giving up, as the host does."""

MOST_SAID = 200
"""Most characters of a case's own words that are shown, as the host does."""


NEWER_FIRMWARE = (
    "The program brings its log home and puts newer firmware onto it: host install."
    " Nothing is lost."
)

STEPS = {
    messages.BAD_VERSION: "Get a newer page, or newer firmware for the case: host install.",
    messages.BAD_REQUEST: "Its firmware is older than this page. " + NEWER_FIRMWARE,
    messages.BAD_STORAGE: "Nothing is lost. The program brings its log home: host sync, and if it"
    + " cannot, host rescue.",
}
"""What a person can do about an error, by its code."""

SAY_AGAIN = "Sync again. If it says the same, sync with the program: host sync."


def in_short(words: str) -> str:
    """Return the beginning of a case's own words."""
    return words[:MOST_SAID]


class NoAnswer(PageError):
    """The case did not answer a question, or not with what it was asked for."""


class Refused(PageError):
    """The case answered with an error; `code` is one of those in `rollcore.messages`."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__("The case says: " + in_short(words) + ".", STEPS.get(code, SAY_AGAIN))
        self.code = code


class Line:
    """An open port; `greet` comes first. Each method is a job.

    `first_number` is as in `Conversation`.
    """

    def __init__(self, first_number: int) -> None:
        self._conversation = Conversation(first_number)
        self.device = ""
        self.board = ""
        self.firmware = ""

    def greet(self) -> "Job[None]":
        """Greet the case. Raises `PageError` if what is on the port is none, or too old or new."""
        fields: dict[str, object] = {
            "oldest": messages.OLDEST,
            "newest": messages.VERSION,
            "program": "rollcase-page/" + VERSION,
        }
        # The carriage return makes a MicroPython prompt show itself.
        yield from self._write(b"\r" + self._conversation.ask("hello", fields))
        try:
            answer = yield from self._answer("hello", fields, GREETING_MS)
        except NoAnswer:
            raise self._silence()
        if answer.integer("version") < messages.OLDEST:
            raise PageError("The firmware of this case is too old for this page.", NEWER_FIRMWARE)
        if answer.integer("version") > messages.VERSION:
            raise PageError(
                "This page is too old for the firmware of this case.", "Get a newer page."
            )
        self.device = answer.word("device")
        self.board = answer.word("board")
        self.firmware = answer.word("firmware")

    def ask(self, verb: str, **fields: object) -> "Job[Message]":
        """Ask and return the answer. Raises `PageError` for an error or no answer."""
        yield from self._write(self._conversation.ask(verb, fields))
        answer = yield from self._answer(verb, fields, ANSWER_MS)
        return answer

    def ask_for_blocks(self, first: int, end: int) -> "Job[None]":
        """Ask for the slots from `first` to before `end`; `next_block` takes what comes."""
        fields: dict[str, object] = {"seq": first, "count": end - first}
        yield from self._write(self._conversation.ask("get", fields))

    def next_block(self, first: int, end: int) -> "Job[Block | None]":
        """Return seq, chain and bytes of the next block from `first` on; None if there is none.

        What was lost on the line is asked for anew.
        """
        tries = 0
        while first < end:
            fields: dict[str, object] = {"seq": first, "count": end - first}
            try:
                answer = yield from self._answer("get", fields, ANSWER_MS, tries=1)
            except NoAnswer:
                tries += 1
                if tries == TRIES:
                    raise
                yield from self.ask_for_blocks(first, end)
                continue
            if answer.verb == "missing":
                first = answer.integer("next")
                continue
            raw = answer.raw("raw")
            return (first, answer.integer("chain"), raw) if raw else None
        return None

    def _answer(
        self, verb: str, fields: "dict[str, object]", wait_ms: int, tries: int = TRIES
    ) -> "Job[Message]":
        for attempt in range(tries):
            if attempt:
                yield from self._write(self._conversation.ask_again(verb, fields))
            left_ms = wait_ms
            while left_ms > 0:
                try:
                    answer = self._conversation.answer()
                except MessageError:
                    break  # damaged although its checksum is right: ask again
                if answer is None:
                    reply = yield {"do": "read port", "ms": left_ms}
                    if reply.get("gone"):
                        raise _unplugged()
                    left_ms -= int(reply["took_ms"])
                    self._conversation.receive(a2b_base64(reply["text"]))
                    if not reply["text"]:
                        break
                    continue
                if answer.verb == "error":
                    raise Refused(answer.word("code"), answer.word("words"))
                if fits(verb, fields, answer):
                    return answer
                break
        raise NoAnswer(
            "The case has stopped making sense, or answering at all.",
            "Unplug it, plug it in again and sync; nothing is lost.",
        )

    def _write(self, data: bytes) -> "Job[None]":
        reply = yield {"do": "write port", "data": to_base64(data)}
        if reply.get("gone"):
            raise _unplugged()

    def _silence(self) -> PageError:
        noise = self._conversation.noise
        if b">>>" in noise:
            return PageError(
                "This board stands at MicroPython's prompt.",
                "If it is your case, unplug it and plug it in again; left alone, it starts by"
                " itself after 15 minutes. Else it is no case yet: host install.",
            )
        if noise:
            return PageError("What is on this port talks, but not like a case.", "Choose another.")
        return PageError(
            "Nothing answers on this port.",
            "If it is your case, unplug it and plug it in again; else choose another port.",
        )


def _unplugged() -> PageError:
    return PageError(
        "The line to the case broke off.", "Plug it in and sync again; nothing is lost."
    )
