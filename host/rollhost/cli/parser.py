"""argparse for this program: errors in our words, and options and words in any order."""

import argparse
import sys
from typing import Any

from rollhost.errors import USAGE

LONGEST = 300
"""A longer complaint (characters) leaves out what could have been chosen (own)."""


class Parser(argparse.ArgumentParser):
    """A parser that reports an error as one sentence and the next step.

    `arguments` are its options and arguments, in the order of adding.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.arguments: list[argparse.Action] = []
        super().__init__(*args, **kwargs)

    def add_argument(self, *args: Any, **kwargs: Any) -> argparse.Action:
        """Add an argument as argparse does, and remember it."""
        action = super().add_argument(*args, **kwargs)
        self.arguments.append(action)
        return action

    def error(self, message: str) -> "None":  # type: ignore[override]
        """Print what is wrong and the next step; exit with 2."""
        if len(message) > LONGEST:
            message = message.split(" (choose from ")[0]  # the help lists them
        sys.stderr.write(f"{self.prog}: {message}.\n  See {self.prog} --help.\n")
        raise SystemExit(USAGE)


def options_first(parser: Parser, words: list[str]) -> list[str]:
    """Return the words of a command with its options first; the order is kept otherwise.

    argparse takes words for an argument from one place only, and refuses words after the
    next option; its `parse_intermixed_args` loses words after a `--`. None of our options
    takes more than one value.
    """
    options: list[str] = []
    others: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            others += left
            break
        if not _is_option(parser, word):
            others.append(word)
            continue
        options.append(word)
        needs_value = "=" not in word and any(option.nargs != 0 for option in _named(parser, word))
        if needs_value and left and left[0] != "--" and not _is_option(parser, left[0]):
            options.append(left.pop(0))
    return [*options, "--", *others] if others else options


def _is_option(parser: Parser, word: str) -> bool:
    """Return whether argparse takes a word for an option: not a lone dash, a number or a phrase."""
    if not word.startswith("-") or word == "-":
        return False
    return bool(_named(parser, word)) or not (" " in word or word[1:2].isdigit())


def _named(parser: Parser, word: str) -> list[argparse.Action]:
    """Return the options that a word names, or those that begin with it."""
    known = {name: option for option in parser.arguments for name in option.option_strings}
    name = word.partition("=")[0]
    if name in known:
        return [known[name]]
    return [known[full] for full in known if name.startswith("--") and full.startswith(name)]
