"""The width of the terminal."""

import os
import shutil
import sys

NARROWEST = 40
"""The least columns that lines are wrapped to (own): labels take 13 of them."""


def width() -> int | None:
    """Return how many columns a line on stdout may have; None: any number.

    It is the number in COLUMNS, else the terminal's. Lines to a pipe or a file are not
    wrapped, so that a program finds a fact in one line.
    """
    if "COLUMNS" not in os.environ and not sys.stdout.isatty():
        return None
    return max(shutil.get_terminal_size().columns, NARROWEST)
