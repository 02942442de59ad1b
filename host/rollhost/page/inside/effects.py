"""What a job asks of the window, as dictionaries that become JSON: the port, the store, a question.

A job yields one of these and is sent the reply, a dictionary too. What each effect does and replies
stands in `host/rollhost/page/window/effects.js`.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any, TypeVar

    Result = TypeVar("Result")
    Effect = dict[str, Any]
    Reply = dict[str, Any]
    Job = Generator[Effect, Reply, Result]
    """A job that ends with a result of some type."""


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
    """Return what the store has of `what`; `where` says of which case, log, or number on."""
    effect: dict[str, object] = {"do": "read store", "what": what}
    effect.update(where)
    reply = yield effect
    return reply["found"]


def keep(changes: "dict[str, Any]") -> "Job[None]":
    """Put these rows into the store, all of them or none. Raises `PageError` where it is full.

    `changes` may have ``case`` (a row), ``logs`` and ``records`` (lists of rows), ``policies`` (a
    list of texts) and ``clock`` (a row).
    """
    reply = yield {"do": "keep", "changes": changes}
    if reply.get("failed"):
        raise PageError(
            "The browser does not take what the case has told: its storage is full, or refused.",
            "Nothing is lost: the case still has everything. Save a file, or sync without keeping.",
        )
