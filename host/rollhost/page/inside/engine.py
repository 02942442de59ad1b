"""Runs one job at a time: JSON text in, JSON text out. All that the worker calls.

A long text, the entry ``text`` of what crosses, stands behind the JSON as it is, after a line feed:
MicroPython takes over a second to read or write one of 1 MB in JSON.

`begin` starts a job and `resume` goes on with it; both return the next effect. The last one is
``done`` with its answer, or ``failed`` with a sentence. No error is raised: one that passes from
Python to JavaScript would leave the job half done.
"""

import json
import sys

from rollhost.output import local_time
from rollhost.page.inside import acknowledge, files, log, status, sync
from rollhost.page.inside.effects import PageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from rollhost.page.inside.effects import Job

JOBS: "dict[str, Callable[[dict[str, Any]], Job[Any]]]" = {
    "sync": lambda words: sync.sync(int(words["first_number"])),
    "status": lambda words: status.status(words["advice"], words.get("lent", {})),
    "export": lambda words: files.export(words["format"]),
    "log": lambda words: log.page_of_log(words["device"], words["shown"]),
    "acknowledge": lambda words: acknowledge.acknowledge(
        int(words["first_number"]), words["text"], words["format"]
    ),
    "take in": lambda words: files.take_in(words["text"], words["format"]),
}
"""The jobs, by their names, each with the words of its beginning."""


class Engine:
    """Has the job that is under way."""

    def __init__(self) -> None:
        self._job: Job[Any] | None = None

    def begin(self, text: str) -> str:
        """Begin a job: ``{"job": NAME, …}``. One that is under way is dropped.

        ``offsets`` are those of `rollhost.output.local_time`.
        """
        if self._job is not None:
            self._job.close()
        words = _parsed(text)
        local_time.use_offsets(words.get("offsets", ()))
        self._job = JOBS[words["job"]](words)
        return self._go_on(None)

    def resume(self, text: str) -> str:
        """Go on with the job, now that the last effect has this reply."""
        return self._go_on(_parsed(text))

    def _go_on(self, reply: "dict[str, Any] | None") -> str:
        assert self._job is not None
        try:
            # A generator takes its first value only after its first step.
            return _written(self._job.send(reply))  # type: ignore[arg-type]
        except StopIteration as end:
            is_long = isinstance(end.value, str)
            effect = {"do": "done", "text" if is_long else "answer": end.value}
        except PageError as error:
            effect = {"do": "failed", "sentence": error.sentence, "step": error.step}
        except Exception as error:
            _trace(error)
            effect = {
                "do": "failed",
                "sentence": "This page has made a mistake: " + repr(error) + ".",
                "step": "Reload it; nothing is lost.",
            }
        self._job = None
        return _written(effect)


def _parsed(message: str) -> "dict[str, Any]":
    head, is_there, text = message.partition("\n")
    words: dict[str, Any] = json.loads(head)
    if is_there:
        words["text"] = text
    return words


def _written(effect: "dict[str, Any]") -> str:
    text = effect.pop("text", None)
    head = json.dumps(effect)
    return head if text is None else "\n".join((head, text))


def _trace(error: Exception) -> None:
    """Print where an error came from, for who reads the browser's console."""
    trace = getattr(sys, "print_exception", None)  # MicroPython's
    if trace is not None:
        trace(error)
