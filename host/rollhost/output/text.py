"""Lines of text that fit a terminal, and show what a stranger wrote without obeying it."""

import textwrap
from collections.abc import Iterable

COLUMNS = 80
"""Widest line that a terminal shows whole, whatever its size (DEC's, and most since)."""


def labelled(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Return texts with their labels in a column; the same label stands once.

    Each is a line, or more where it is longer than `COLUMNS`.
    """
    found: list[str] = []
    last = ""
    for label, text in rows:
        first = f"{'' if label == last else label:<12} " if label else ""
        found += textwrap.wrap(
            text,
            COLUMNS,
            initial_indent=first,
            subsequent_indent=" " * len(first),
            break_on_hyphens=False,
        )
        last = label
    return found


def one_line(text: str) -> str:
    """Return a text as one line that a terminal shows and does not obey."""
    return "".join(char if char.isprintable() else " " for char in " ".join(text.split()))
