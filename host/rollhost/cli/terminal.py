"""The width of the terminal, lines that fit it, and signs that it can show."""

import codecs
import os
import re
import sys
from collections.abc import Iterable
from typing import TextIO

from rollhost.output.text import fitted

_LOGIN = re.compile(r":/{1,2}[^\s/@]*:[^\s/]*@")
"""User and password in a URL; taken for a path it has one slash less."""

NARROWEST = 40
"""The least columns that lines are wrapped to (own): labels take 13 of them."""

PLAIN_SIGNS = "rollcase-plain-signs"
"""The name, for a stream's ``errors``, of `plain_signs`."""

PLAIN = {
    "–": "-", "—": "-", "’": "'", "“": '"', "”": '"', "…": "...", "→": "->", "±": "+/-",
    "·": "-", "●": "*", "µ": "u", "°": " degrees ",
}  # fmt: skip
"""What stands for a sign of our sentences on a console without it: on Windows often cp850 or
cp1252, elsewhere ASCII."""


def plain_signs(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for the signs that an encoding lacks, ``?`` for a person's own letters.

    A handler as `codecs.register_error` wants it: the number says where to go on.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(PLAIN.get(sign, "?") for sign in lacking), error.end


codecs.register_error(PLAIN_SIGNS, plain_signs)


def width(stream: TextIO | None = None) -> int | None:
    """Return how many columns a line on `stream` (None: stdout) may have; None: any number.

    It is the number in COLUMNS, else the terminal's. Lines to a pipe or a file are not
    wrapped, so that a program finds a fact in one line.
    """
    stream = sys.stdout if stream is None else stream
    if "COLUMNS" in os.environ:
        from shutil import get_terminal_size  # takes 3 ms, and COLUMNS is set for few programs

        columns = get_terminal_size().columns
    elif stream is not None and stream.isatty():
        # Not what shutil says, which is the width of stdout.
        columns = os.get_terminal_size(stream.fileno()).columns or 80
    else:
        return None
    return max(columns, NARROWEST)


def print_fitted(lines: Iterable[str], stream: TextIO) -> None:
    """Print lines to `stream`, each wrapped as `width` says."""
    columns = width(stream)
    for line in lines:
        for part in fitted(line, columns):
            print(part, file=stream)


def complain(sentence: str, step: str = "") -> None:
    """Print to stderr what is wrong and, set in, the next step.

    A password in a URL that was typed in the wrong place is left out.
    """
    lines = [sentence, *([f"  {step}"] if step else [])]
    print_fitted([_LOGIN.sub("://…@", line) for line in lines], sys.stderr)
