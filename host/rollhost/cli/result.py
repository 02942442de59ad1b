"""What a command answers, and the one place that prints it: as text, or as one JSON document."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rollhost.errors import DONE

SCHEMA_VERSION = 1
"""Version of what ``--json`` prints; grows when something in it changes its meaning."""


@dataclass(frozen=True)
class Result:
    """The answer of a command in its two renderings, of which only one is made."""

    document: Callable[[], Mapping[str, object]] | None
    """Makes what ``--json`` prints, without its `SCHEMA_VERSION`; None for a command without it."""
    lines: Callable[[], Iterable[str]]
    """Makes what a person reads on stdout."""
    notes: Sequence[str] = ()
    """What stderr says beside either of them."""
    hints: Sequence[str] = ()
    """What stderr says beside the lines only: a script reads it in the document, if at all."""
    exit_code: int = DONE


def show(result: Result, as_json: bool) -> int:
    """Print a result: the answer on stdout, all else on stderr. Return the exit code."""
    if as_json:
        assert result.document is not None
        print(json.dumps({"schema_version": SCHEMA_VERSION, **result.document()}, indent=2))
    else:
        for line in result.lines():
            print(line)
    for note in [*result.notes, *([] if as_json else result.hints)]:
        print(note, file=sys.stderr)
    return result.exit_code
