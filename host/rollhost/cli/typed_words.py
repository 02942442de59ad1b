"""Words as they were typed, where the terminal's language (locale) is not that of its letters."""

import argparse
import os

from rollhost.errors import UsageError


def mend_words(args: argparse.Namespace) -> None:
    """Put the letters that were typed into the words of a command, where Python has none for them.

    Paths stay as they are: a file's name may be any bytes. Raises `UsageError` for letters that
    are neither of the terminal's language nor UTF-8: they could not be shown again.
    """
    for name, value in vars(args).items():
        if isinstance(value, str):
            setattr(args, name, _mended(value))
        elif isinstance(value, list):
            words = [_mended(word) if isinstance(word, str) else word for word in value]
            setattr(args, name, words)


def _mended(word: str) -> str:
    try:
        word.encode()
    except UnicodeEncodeError:  # bytes that Python could not decode stand in it as half signs
        if os.path.lexists(word):
            return word
        try:
            return os.fsencode(word).decode()
        except UnicodeError:
            raise UsageError(
                "Some letters came as no text: what was typed is not in UTF-8.",
                "Set terminal and shell to UTF-8, such as by: export LC_ALL=C.UTF-8",
            ) from None
    return word
