"""Lines of text that fit a terminal, and show what a stranger wrote without obeying it."""

import textwrap
from collections.abc import Iterable


def labelled(rows: Iterable[tuple[str, str]], width: int | None, column: int = 12) -> list[str]:
    """Return texts with their labels in a column; the same label stands once.

    Each is one line, or several where it is longer than `width` characters. With
    None for a width it is always one, so that a program that reads them has all
    of it. `column` is the room for the labels (characters).
    """
    found: list[str] = []
    last = ""
    for label, text in rows:
        first = f"{'' if label == last else label:<{column}} " if label else ""
        if width is None:
            found.append(first + text)
        else:
            found += textwrap.wrap(
                text,
                width,
                initial_indent=first,
                subsequent_indent=" " * len(first),
                break_on_hyphens=False,
            )
        last = label
    return found


def one_line(text: str) -> str:
    """Return a text as one line that a terminal shows and does not obey."""
    return "".join(char if char.isprintable() else " " for char in " ".join(text.split()))
