"""What host and case say to each other, in the frames of `frames`.

A body is ``ID VERB FIELD FIELD …``, separated by single blanks. The host asks,
the case answers with the same id; a question can be asked again at any time
without harm. This file holds every verb and its fields for both roles;
PROTOCOL.md tells the story.
"""

from binascii import a2b_base64, b2a_base64

from rollcore.policy import MAX_TEXT, is_number

VERSION = 1
"""The protocol version spoken here. The greeting is the same in every version."""

OLDEST = 1
"""The oldest version that can still be spoken."""

MAX_REQUEST = 512
"""Longest body that a case takes, in bytes."""

MAX_ANSWER = 4096
"""Longest body that a host takes, in bytes."""

MAX_WORD = MAX_TEXT
"""Longest word, in characters: a policy is the longest that there is."""

# Kinds of fields.
NUMBER = 0  # 0 to 2**32 - 1, decimal
WORD = 1  # 1 to MAX_WORD printable characters, no blank
BYTES = 2  # base64
TEXT = 3  # the rest of the body, blanks and all; only as the last field

REQUESTS: dict[str, tuple[tuple[str, int], ...]] = {
    # Greeting: the versions that the host can speak.
    "hello": (("oldest", NUMBER), ("newest", NUMBER), ("program", WORD)),
    "status": (),
    # Up to `count` records from `seq` on.
    "get": (("seq", NUMBER), ("count", NUMBER)),
    # Everything up to `seq` of this log is safe in a database.
    "ack": (("log", WORD), ("seq", NUMBER)),
    # Set the clock to this case time (s).
    "clock": (("time", NUMBER), ("force", NUMBER)),
    "policy": (),
    "rule": (("policy", WORD),),
    # What the host tells for the log. `token` is its own number for it, 1 and up: told twice
    # with the same one, it is logged once. Times are case times (s), `zone` is 0 to 3.
    "hold": (("token", NUMBER), ("reason", NUMBER), ("until", NUMBER)),
    "clinic": (("token", NUMBER), ("zone", NUMBER), ("at", NUMBER), ("needle_um", NUMBER)),
    "reaction": (("token", NUMBER), ("zone", NUMBER), ("open", NUMBER), ("at", NUMBER)),
    "head": (("token", NUMBER),),
}
"""What a host can ask: verbs and fields."""

ANSWERS: dict[str, tuple[tuple[str, int], ...]] = {
    "case": (("version", NUMBER), ("device", WORD), ("board", WORD), ("firmware", WORD)),
    "status": (
        ("log", WORD),
        ("first", NUMBER),  # oldest record still held
        ("next", NUMBER),  # the record that will be written next
        ("acked", NUMBER),
        ("boot", NUMBER),
        ("uptime", NUMBER),  # s
        ("time", NUMBER),  # case time, s
        ("clock_set", NUMBER),  # 1: since the last start
        ("digest", NUMBER),  # of the policy in force
        ("fault", TEXT),  # what keeps the case from its work; empty if nothing does
    ),
    # Whole records, `seq` the first of them, `chain` the CRC that it is chained
    # to. The case chooses how many; none means that the log ends before `seq`.
    "records": (("seq", NUMBER), ("chain", NUMBER), ("raw", BYTES)),
    "acked": (("seq", NUMBER),),
    "clock": (("old", NUMBER), ("new", NUMBER)),
    "policy": (("policy", WORD),),
    "told": (("token", NUMBER),),
    "error": (("code", WORD), ("words", TEXT)),
}
"""What a case can answer: verbs and fields."""

# Codes of errors.
BAD_VERSION = "version"
BAD_REQUEST = "request"
BAD_RANGE = "range"
BAD_LOG = "log"
BAD_CLOCK = "clock"
BAD_POLICY = "policy"
BAD_STORAGE = "storage"


class MessageError(ValueError):
    """This body is not a message that this version knows how to read."""


class Message:
    """One question or answer: its id (1 to 2**32 - 1), its verb, its fields by name."""

    def __init__(self, number: int, verb: str, fields: dict[str, object] | None = None) -> None:
        self.number = number
        self.verb = verb
        self.fields: dict[str, object] = fields or {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.__dict__ == other.__dict__

    def __repr__(self) -> str:
        return f"Message({self.number} {self.verb} {self.fields})"

    def integer(self, name: str) -> int:
        """Return the field `name`, a number."""
        value = self.fields[name]
        assert isinstance(value, int)
        return value

    def word(self, name: str) -> str:
        """Return the field `name`, a word or text."""
        value = self.fields[name]
        assert isinstance(value, str)
        return value

    def raw(self, name: str) -> bytes:
        """Return the field `name`, bytes."""
        value = self.fields[name]
        assert isinstance(value, bytes)
        return value


def encode(message: Message, verbs: dict[str, tuple[tuple[str, int], ...]]) -> bytes:
    """Return the body for `message`, whose verb is one of `verbs`.

    Raises `MessageError` for a word that cannot stand in a frame.
    """
    parts = [str(message.number).encode(), message.verb.encode()]
    for name, kind in verbs[message.verb]:
        value = message.fields[name]
        if isinstance(value, int):
            parts.append(str(value).encode())
        elif isinstance(value, str):
            parts.append(_checked(name, kind, value).encode())
        else:
            assert isinstance(value, (bytes, bytearray, memoryview))
            parts.append(b2a_base64(value).rstrip())
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
    """Return the id of a body that may be no message at all; 0 if it has none."""
    word = body.split(b" ")[0]
    try:
        text = str(word, "ascii")
    except ValueError:
        return 0
    return int(text) if is_number(text) else 0


def _checked(name: str, kind: int, text: str) -> str:
    """Return `text` if it can stand in a frame as a field of this kind."""
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
        if b2a_base64(raw).rstrip() != word.encode():
            raise MessageError(f"{verb}: {name} is not base64")
        return raw
    return _checked(f"{verb}: {name}", kind, word)
