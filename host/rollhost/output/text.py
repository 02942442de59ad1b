"""Text that fits a terminal: wrapped lines with labels, foreign text without control characters."""

import re
from collections.abc import Iterable

_LABELS = r" *(?:\S+(?: \S+)*  +)*"
"""What stands before a line's text: blanks, and labels or numbers in columns of their own."""


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
            lines += _wrapped(first, text, width)
        last = label
    return lines


def fitted(line: str, width: int | None) -> list[str]:
    """Return a line as lines of at most `width` characters; None: as it is.

    What follows a label, a date or a blank margin stays in its column. A word that is longer
    than a line, such as a path, is not cut.
    """
    if width is None or len(line) <= width:
        return [line]
    labels = re.match(_LABELS, line)
    first = labels[0] if labels else ""
    if len(first) > width // 2:  # then words would have no room
        first = first[: len(first) - len(first.lstrip())]
    return _wrapped(first, line[len(first) :], width)


def _wrapped(first: str, text: str, width: int) -> list[str]:
    """Return a text in lines of `width` characters, beside `first` in the first of them."""
    from textwrap import wrap  # only a narrow terminal needs it

    return wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )


def one_line(text: str) -> str:
    """Return a text as one line without control characters, which a terminal would obey."""
    line = " ".join(text.split())
    if line.isprintable():  # nearly every text
        return line
    return "".join(char if char.isprintable() else " " for char in line)
