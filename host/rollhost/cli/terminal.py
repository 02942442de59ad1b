"""How wide the place is that a person reads in."""

import os
import shutil
import sys

NARROWEST = 40
"""Columns of the narrowest terminal that lines are wrapped for (own): labels take 13 of them."""


def width() -> int | None:
    """Return how many columns a line on stdout may have, or None for any number.

    It is what COLUMNS says, else the terminal's. A pipe or a file takes a line of
    any length, so that a program finds a fact in one line.
    """
    if "COLUMNS" not in os.environ and not sys.stdout.isatty():
        return None
    return max(shutil.get_terminal_size().columns, NARROWEST)
