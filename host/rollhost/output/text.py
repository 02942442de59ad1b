"""Text that fits a terminal: wrapped lines with labels, foreign text without control characters."""

import textwrap
from collections.abc import Iterable


def labelled(rows: Iterable[tuple[str, str]], width: int | None, column: int = 12) -> list[str]:
    """Return texts with their labels in a column; a repeated label is shown once.

    Each text is wrapped at `width` characters. With None it stays one line, so that
    another program gets whole texts. `column` is the width of the labels (characters).
    """
    lines: list[str] = []
    last = ""
    for label, text in rows:
        first = f"{'' if label == last else label:<{column}} " if label else ""
        if width is None:
            lines.append(first + text)
        else:
            lines += textwrap.wrap(
                text,
                width,
                initial_indent=first,
                subsequent_indent=" " * len(first),
                break_on_hyphens=False,
            )
        last = label
    return lines


def one_line(text: str) -> str:
    """Return a text as one line without control characters, which a terminal would obey."""
    return "".join(char if char.isprintable() else " " for char in " ".join(text.split()))
