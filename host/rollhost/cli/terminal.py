"""The width of the terminal, and lines that fit it."""

import os
import sys
from collections.abc import Iterable
from typing import TextIO

from rollhost.output.text import fitted

NARROWEST = 40
"""The least columns that lines are wrapped to (own): labels take 13 of them."""


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
    """Print to stderr what is wrong and, set in, the next step."""
    print_fitted([sentence, *([f"  {step}"] if step else [])], sys.stderr)
