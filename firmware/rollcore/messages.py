"""What host and case say to each other, in the frames of `frames`.

A body is ``ID VERB FIELD FIELD …``, separated by single blanks. The host sends a
request, the case sends an answer with the same id. A request can be sent again at
any time without harm. This file holds every verb and its fields for both sides;
PROTOCOL.md explains them.
"""

from binascii import a2b_base64, b2a_base64

from rollcore import const, events
from rollcore.policy import MAX_TEXT, is_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_base64: "Callable[..., bytes]" = b2a_base64
"""MicroPython's takes `newline` too, which its type does not say."""

VERSION = 2
"""The protocol version of this file. The greeting is the same in every version."""

OLDEST = 2
"""The oldest protocol version that this file can speak."""

MAX_REQUEST = 512
"""Longest body that a case takes, in bytes."""

MAX_ANSWER = 5120
"""Longest body that a host takes, in bytes: a whole block of the log in base64, and what is
around it."""

MAX_WORD = MAX_TEXT
"""Longest word, in characters: that of a policy."""

# Kinds of fields.
NUMBER = const(0)  # 0 to 2**32 - 1, decimal
WORD = const(1)  # 1 to MAX_WORD printable characters, no blank
BYTES = const(2)  # base64
TEXT = const(3)  # the rest of the body, with its blanks; only as the last field

REQUESTS: dict[str, tuple[tuple[str, int], ...]] = {
    # Greeting: the versions that the host can speak.
    "hello": (("oldest", NUMBER), ("newest", NUMBER), ("program", WORD)),
    "status": (),
    # `count` slots of the log from `seq` on, in an answer for each block.
    "get": (("seq", NUMBER), ("count", NUMBER)),
    # The host has committed every record up to `seq` of this log to its database.
    "ack": (("log", WORD), ("seq", NUMBER)),
    # Set the clock to this case time (s).
    "clock": (("time", NUMBER), ("force", NUMBER)),
    "policy": (),
    "rule": (("policy", WORD),),
    # Entries for the log. `token` is the number that the host gave the entry, 1 or more: an
    # entry sent twice is logged once. Times are case times (s), `zone` is 0 to 3.
    "hold": (("token", NUMBER), ("reason", NUMBER), ("until", NUMBER)),
    "clinic": (("token", NUMBER), ("zone", NUMBER), ("at", NUMBER), ("needle_um", NUMBER)),
    "reaction": (("token", NUMBER), ("zone", NUMBER), ("open", NUMBER), ("at", NUMBER)),
    "head": (("token", NUMBER),),
    # Set the clock, and say why the setting is sure (`clock_set.sure`, not 0).
    "time": (("time", NUMBER), ("sure", NUMBER), ("force", NUMBER)),
    # The time of a computer that is not sure of it. The clock stays.
    "heard": (("time", NUMBER),),
    # A reaction, by its token; `opened` is that of the reaction which the entry is about.
    "opened": (("token", NUMBER), ("zone", NUMBER), ("at", NUMBER), ("red", NUMBER)),
    "closed": (("token", NUMBER), ("zone", NUMBER), ("at", NUMBER), ("opened", NUMBER)),
    "saw": (("token", NUMBER), ("at", NUMBER), ("opened", NUMBER)),
    # A later look at the reaction has found a sign that a clinician should see.
    "red": (("token", NUMBER), ("at", NUMBER), ("opened", NUMBER)),
    "headout": (("token", NUMBER), ("reason", NUMBER)),
    # A fact of another log. `zone` may be 255 here: all zones.
    "carried": (
        ("origin", NUMBER),
        ("zone", NUMBER),
        ("what", NUMBER),
        ("at", NUMBER),
        ("needle_um", NUMBER),
    ),
    # Set one field of the state, if the log ends with record `seq`.
    "corrected": (
        ("seq", NUMBER),
        ("token", NUMBER),
        ("field", NUMBER),
        ("value", NUMBER),
        ("extra", NUMBER),
    ),
    # The packed state of now (0), or before the block that holds record `seq`.
    "state": (("seq", NUMBER),),
    # Begin a new log in place of `log`; `keep` 1: with what the case knows.
    "newlog": (("log", WORD), ("keep", NUMBER)),
}
"""The requests of a host: each verb with its fields."""

RECORDED = {
    "hold": events.HOLD_SET,
    "clinic": events.CLINIC,
    "reaction": events.REACTION,
    "head": events.HEAD_NEW,
    "opened": events.REACTION_OPENED,
    "closed": events.REACTION_CLOSED,
    "saw": events.CLINICIAN_SAW,
    "red": events.REACTION_RED,
    "headout": events.HEAD_OUT,
    "carried": events.CARRIED,
    "corrected": events.CORRECTED,
}
"""Verbs of the requests that become a record, and the kind of that record."""

ANSWERS: dict[str, tuple[tuple[str, int], ...]] = {
    "case": (("version", NUMBER), ("device", WORD), ("board", WORD), ("firmware", WORD)),
    "status": (
        ("log", WORD),
        ("first", NUMBER),  # the oldest record on flash
        ("next", NUMBER),  # the record that will be written next
        ("acked", NUMBER),
        ("boot", NUMBER),
        ("uptime", NUMBER),  # s
        ("time", NUMBER),  # case time, s
        ("clock_set", NUMBER),  # 1: since the last start
        ("digest", NUMBER),  # of the policy in force
        ("fault", TEXT),  # why the case cannot work; empty if it can
    ),
    # Slots of one block: `seq` is that of the first, `chain` the CRC that it is chained to.
    # No bytes mean that the log ends before `seq`.
    "records": (("seq", NUMBER), ("chain", NUMBER), ("raw", BYTES)),
    # There are no slots from `seq` to before `next`.
    "missing": (("seq", NUMBER), ("next", NUMBER)),
    "acked": (("seq", NUMBER),),
    "clock": (("old", NUMBER), ("new", NUMBER)),
    "policy": (("policy", WORD),),
    "told": (("token", NUMBER),),
    # `seq` is that of the last record that the state has seen.
    "state": (("seq", NUMBER), ("raw", BYTES)),
    "log": (("log", WORD),),
    "error": (("code", WORD), ("words", TEXT)),
}
"""The answers of a case: each verb with its fields."""

# Codes of errors.
BAD_VERSION = "version"
BAD_REQUEST = "request"
BAD_RANGE = "range"
BAD_LOG = "log"
BAD_CLOCK = "clock"
BAD_POLICY = "policy"
BAD_SEQ = "seq"
BAD_STORAGE = "storage"


class MessageError(ValueError):
    """The body is no message that this version can read."""


class Message:
    """One request or answer: its id (1 to 2**32 - 1), its verb, its fields by name."""

    def __init__(self, number: int, verb: str, fields: dict[str, object] | None = None) -> None:
        self.number = number
        self.verb = verb
        self.fields: dict[str, object] = fields or {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.__dict__ == other.__dict__

    def __repr__(self) -> str:
        return f"Message({self.number} {self.verb} {self.fields})"

    def integer(self, name: str) -> int:
        """Return the field `name`, which is a number."""
        value = self.fields[name]
        assert isinstance(value, int)
        return value

    def word(self, name: str) -> str:
        """Return the field `name`, which is a word or text."""
        value = self.fields[name]
        assert isinstance(value, str)
        return value

    def raw(self, name: str) -> bytes:
        """Return the field `name`, which is bytes."""
        value = self.fields[name]
        assert isinstance(value, bytes)
        return value


def encode(message: Message, verbs: dict[str, tuple[tuple[str, int], ...]]) -> bytes:
    """Return the body for `message`, whose verb is one of `verbs`.

    Raises `MessageError` for a word with a character that a frame cannot carry.
    """
    parts = [b"%d" % message.number, message.verb.encode()]
    for name, kind in verbs[message.verb]:
        value = message.fields[name]
        if isinstance(value, int):
            parts.append(b"%d" % value)
        elif isinstance(value, str):
            parts.append(_checked(name, kind, value).encode())
        else:
            assert isinstance(value, (bytes, bytearray, memoryview))
            parts.append(_base64(value, newline=False))
    return b" ".join(parts)


def decode(body: bytes, verbs: dict[str, tuple[tuple[str, int], ...]]) -> Message:
    """Return the message in `body`, whose verb is one of `verbs`.

    Raises `MessageError` for an unknown verb and for fields that are missing,
    too many, or not of their kind.
    """
    try:
        words = str(body, "ascii").split(" ")
    except ValueError:  # UnicodeError is one
        raise MessageError("not ASCII")
    if len(words) < 2 or not is_number(words[0]):
        raise MessageError("no id and verb")
    number = int(words[0])
    verb = words[1]
    if verb not in verbs:
        raise MessageError("this verb is not known here")
    kinds = verbs[verb]
    words = words[2:]
    if kinds and kinds[-1][1] == TEXT and len(words) >= len(kinds):
        words = words[: len(kinds) - 1] + [" ".join(words[len(kinds) - 1 :])]
    if len(words) != len(kinds):
        raise MessageError(f"{verb} needs {len(kinds)} fields, not {len(words)}")
    fields: dict[str, object] = {}
    for (name, kind), word in zip(kinds, words):
        fields[name] = _value(verb, name, kind, word)
    return Message(number, verb, fields)


def number_of(body: bytes) -> int:
    """Return the id at the start of a body, also of one that is no message; 0 if there is none."""
    word = body.split(b" ")[0]
    try:
        text = str(word, "ascii")
    except ValueError:
        return 0
    return int(text) if is_number(text) else 0


def _checked(name: str, kind: int, text: str) -> str:
    """Return `text` if a frame can carry it as a field of this kind, or raise `MessageError`."""
    for char in text:
        if not " " <= char <= "}":
            raise MessageError(f"{name} holds a character that cannot be sent")
    if kind == WORD and (not 1 <= len(text) <= MAX_WORD or " " in text):
        raise MessageError(f"{name} must be one word of 1 to {MAX_WORD} characters")
    return text


def _value(verb: str, name: str, kind: int, word: str) -> object:
    if kind == NUMBER:
        if not is_number(word):
            raise MessageError(f"{verb}: {name} must be a number from 0 to {(1 << 32) - 1}")
        return int(word)
    if kind == BYTES:
        try:
            raw = a2b_base64(word)
        except ValueError:
            raise MessageError(f"{verb}: {name} is not base64")
        if _base64(raw, newline=False) != word.encode():
            raise MessageError(f"{verb}: {name} is not base64")
        return raw
    return _checked(f"{verb}: {name}", kind, word)
