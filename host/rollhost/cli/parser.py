"""argparse for this program: errors in our words, and options and words in any order."""

import argparse
from collections.abc import Collection, Sequence
from typing import Any, NoReturn

from rollhost.cli.names import listed, near_name, one_of
from rollhost.errors import UsageError

_MISSING = "the following arguments are required: "
"""How argparse begins to say that arguments are missing."""


class CalledWrongly(UsageError):
    """The words of a command that its parser refuses; `program` is the command as it was typed."""

    def __init__(self, program: str, sentence: str, hint: str) -> None:
        super().__init__(sentence, hint)
        self.program = program


class Parser(argparse.ArgumentParser):
    """A parser that reports an error as one sentence and the next step.

    `arguments` are its options and arguments, in the order of adding. `offered` has the words
    that a shell offers for an argument which takes others too, by the argument's `dest`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.arguments: list[argparse.Action] = []
        self.offered: dict[str, Collection[str]] = {}
        super().__init__(*args, **kwargs)

    def add_argument(self, *args: Any, **kwargs: Any) -> argparse.Action:
        """Add an argument as argparse does, and remember it; choices are found as names are."""
        if kwargs.get("choices") is not None and "type" not in kwargs:
            noun = str(kwargs.get("metavar") or args[-1]).lstrip("-").lower()
            kwargs["type"] = one_of("word" if noun == "what" else noun, kwargs["choices"])
        action = super().add_argument(*args, **kwargs)
        self.arguments.append(action)
        return action

    def error(self, message: str) -> NoReturn:
        """Raise `CalledWrongly` with what is wrong and the next step."""
        if message.startswith(_MISSING):
            message = " and ".join(map(self._missing, message.removeprefix(_MISSING).split(", ")))
        self.refuse(message)

    def refuse_unknown(self, words: Sequence[str]) -> NoReturn:
        """Raise `CalledWrongly` with the words that the command does not take, and a near one."""
        options = [name for option in self.arguments for name in option.option_strings]
        typed = words[0].partition("=")[0]
        near = near_name(typed, options) if typed.startswith("--") else None
        self.refuse(
            f"unrecognized arguments: {' '.join(words)}", f"Did you mean {near}? " if near else ""
        )

    def refuse(self, sentence: str, step: str = "") -> NoReturn:
        """Raise `CalledWrongly`; the next step ends with the command's help."""
        raise CalledWrongly(self.prog, f"{sentence}.", f"{step}See {self.prog} --help.")

    def _missing(self, name: str) -> str:
        """Return what to do about an argument that is missing, by its name in argparse's error."""
        for argument in self.arguments:
            if name in (argument.metavar, argument.dest):
                if argument.choices is not None:
                    return f"say which {name.lower()}: {listed([*argument.choices])}"
                break
        return f"the {name.lower()} is missing"


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
