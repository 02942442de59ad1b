"""The result of a command, and the one place that prints it: as text, or as one JSON document."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TextIO

from rollhost.cli import terminal
from rollhost.errors import DONE, RollcaseError

SCHEMA_VERSION = 1
"""Version of the document of ``--json``; increased when a field in it changes its meaning."""


class Result(NamedTuple):
    """The answer of a command as functions for its two renderings; one of them is called."""

    document: Callable[[], Mapping[str, object]] | None
    """Returns the document of ``--json``, without its `SCHEMA_VERSION`; None: no ``--json``."""
    lines: Callable[[], Iterable[str]]
    """Returns the lines for a person, on stdout."""
    notes: Sequence[str] = ()
    """Lines for stderr, with either rendering."""
    hints: Sequence[str] = ()
    """Lines for stderr, not with the document: it has these facts if a script needs them."""
    exit_code: int = DONE
    to_copy: bool = False
    """Whether lines and notes are there to be copied into a file or a shell: never wrapped."""


def show(result: Result, as_json: bool) -> int:
    """Print a result: the answer on stdout, all else on stderr. Return the exit code."""
    if as_json:
        assert result.document is not None
        _print_document(result.document())
    else:
        _print(result.lines(), sys.stdout, result.to_copy)
    _print([*result.notes, *([] if as_json else result.hints)], sys.stderr, result.to_copy)
    return result.exit_code


def print_error(error: RollcaseError) -> None:
    """Print the document of a command that failed: `error` in place of what it would have said."""
    fields = {"sentence": error.sentence, "hint": error.hint, "exit_code": error.exit_code}
    _print_document({"error": fields})


def _print_document(document: Mapping[str, object]) -> None:
    print(json.dumps({"schema_version": SCHEMA_VERSION, **document}, indent=2))


def _print(lines: Iterable[str], stream: TextIO, whole: bool) -> None:
    if whole:
        for line in lines:
            print(line, file=stream)
    else:
        terminal.print_fitted(lines, stream)
