"""What a job asks of the window, as dictionaries that become JSON: the port, the store, a question.

A job yields one of these and is sent the reply, a dictionary too. What each effect does and replies
stands in `host/rollhost/page/window/effects.js`.
"""

from binascii import a2b_base64, b2a_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any, TypeVar

    Result = TypeVar("Result")
    Effect = dict[str, Any]
    Reply = dict[str, Any]
    Job = Generator[Effect, Reply, Result]
    """A job that ends with a result of some type."""

_base64: "Callable[..., bytes]" = b2a_base64
"""MicroPython's takes `newline` too, which its type does not say."""


class PageError(Exception):
    """A job cannot go on; the text is a sentence for a person, `step` what they can do."""

    def __init__(self, sentence: str, step: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.step = step


def now() -> "Job[int]":
    """Return the browser's time as Unix time (s)."""
    reply = yield {"do": "now"}
    return int(reply["now"])


def read(what: str, **where: object) -> "Job[Any]":
    """Return what the store has of `what`; `where` says of which case or log."""
    effect: dict[str, object] = {"do": "read store", "what": what}
    effect.update(where)
    reply = yield effect
    return reply["found"]


def records(device: str, log: str) -> "Job[bytes]":
    """Return the records of a log that can be read, one behind the other."""
    reply = yield {"do": "read store", "what": "records", "device": device, "log": log}
    return a2b_base64(reply["text"])


class Records:
    """Records that can be read, as the store takes them: in runs, in which no number lacks."""

    def __init__(self) -> None:
        self.runs: list[dict[str, Any]] = []
        self.raws: list[bytes] = []

    def begin(self, device: str, log: str) -> None:
        """Let the records that are added next be of this log."""
        self._device = device
        self._log = log
        self._next = -1

    def add(self, seq: int, raw: bytes) -> None:
        """Add record `seq`."""
        if seq != self._next:
            self.runs.append({"device": self._device, "log": self._log, "seq": seq})
        self._next = seq + 1
        self.runs[-1]["end"] = self._next
        self.raws.append(raw)


def keep(changes: "dict[str, Any]", records: "Records | None" = None) -> "Job[None]":
    """Put these rows into the store, all of them or none. Raises `PageError` where it is full.

    `changes` may have ``case`` (a row), ``logs``, ``others`` and ``milestones`` (lists of rows),
    ``policies`` (a list of texts) and ``clock`` (a row).
    """
    effect: dict[str, Any] = {"do": "keep", "changes": changes}
    if records is not None:
        changes["runs"] = records.runs
        effect["text"] = to_base64(b"".join(records.raws))
    reply = yield effect
    if reply.get("failed"):
        raise PageError(
            "This browser does not keep what has come: its storage is full, or refused.",
            "Nothing is lost: the case still has it. Make room on this computer and sync again; or"
            " save a file, forget everything here, and sync.",
        )


def to_base64(data: bytes) -> str:
    """Return these bytes as text."""
    return str(_base64(data, newline=False), "ascii")
