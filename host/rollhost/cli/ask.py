"""Questions to the person at the terminal. Where there is none, nobody is asked."""

import re
import sys
from collections.abc import Sequence

from rollhost.cli import terminal
from rollhost.cli.names import find_name, key, quoted

_NONE = ("0", "no", "n", "none")
"""What people type for none, beside Enter alone."""


def can_ask() -> bool:
    """Return whether somebody is at a terminal who can answer."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr.isatty())


def ask(question: str) -> str:
    """Return what the person answers, without the blanks around it; empty for Enter alone.

    The question goes to stderr, so that stdout has the answer of the command alone.
    """
    return _answer(question) or ""


def _answer(question: str) -> str | None:
    """Return what the person answers as `ask` does; None if nobody is there any more."""
    print(question, end=" ", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:  # end of input
        print(file=sys.stderr)
        return None
    return line.strip()


def agrees(question: str) -> bool:
    """Return whether the person says yes. Enter alone means no."""
    return ask(f"{question} [y/N]").casefold() in ("y", "yes")


def denies(question: str) -> bool:
    """Return whether the person says no. Enter alone means yes, and so does any other answer."""
    return ask(f"{question} [Y/n]").casefold() in ("n", "no")


def choose_many(
    titles: Sequence[str], options: Sequence[tuple[str, str]], none: str
) -> list[str] | None:
    """Return the keys of what the person chose from one numbered list, in the order of the list.

    `titles` are the lines above it, `options` are keys with their words; `none` are the words for
    Enter alone, such as ``none of these``. None if nobody is there to ask, or not any more.
    """
    if not can_ask():
        return None
    terminal.print_fitted(titles, sys.stderr)
    for number, (_, words) in enumerate(options, 1):
        terminal.print_fitted([f"{number:>3}  {words}"], sys.stderr)
    question = f"Numbers, such as 1 3, or Enter for {none}:"
    while (answer := _answer(question)) is not None:
        if not answer or answer.casefold() in _NONE:
            return []
        chosen, unknown = _chosen(answer, options)
        if unknown is None and chosen:
            return [name for name, _ in options if name in chosen]
        question = (
            f"{quoted(unknown or answer)} is not in the list. Numbers from 1 to {len(options)}:"
        )
    return None


def _chosen(answer: str, options: Sequence[tuple[str, str]]) -> tuple[list[str], str | None]:
    """Return the keys that an answer names, and the first part of it that names none."""
    chosen: list[str] = []
    for part in re.split(r"[,;]|\band\b", answer.casefold()):
        whole = _named(part, options)
        # Blanks stand between two answers, or within one, such as "cold sore".
        for word in [part] if whole else part.split():
            found = _named(word, options)
            if found is None:
                return chosen, word.strip()
            chosen.append(found)
    return chosen, None


def _named(typed: str, options: Sequence[tuple[str, str]]) -> str | None:
    """Return the key of the option that a number, a key, its words or a word of the key names."""
    typed = typed.strip(" .()")
    if typed.isdecimal():
        number = int(typed)
        return options[number - 1][0] if 1 <= number <= len(options) else None
    name = find_name(typed, [name for name, _ in options])
    if name is not None:
        return name
    with_word = {name for name, _ in options if key(typed) and key(typed) in key(name).split()}
    with_word |= {name for name, words in options if key(words) == key(typed)}
    return with_word.pop() if len(with_word) == 1 else None
