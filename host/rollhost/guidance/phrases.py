"""Phrases in a notation that reads like a list of words, and patterns that find them in a text.

Phrases stand in one text, with a comma and a space or a new line between two of them. A phrase is
words in lower case with one space between:

    throbbing           this word
    near/by/around      one of these words
    lump(s)             the word with or without these letters; seep(s/ing): with either, or neither
    swell*              each word that begins so, also "swell"; *n't: each word that ends so
    eye-lid             in one word, with a hyphen, or with a space
    (the)               a word that may be missing; (very/so): one of them, or none
    *                   any one word; (*): one, or none
    [3]                 up to three words of any kind, with spaces between
    [3,]                the same, also across commas, colons, dashes and the like
    [3,not-SKIN]        the same, where no phrase of the list SKIN begins at one of the words
    SKIN                one of the phrases of the list with this name

"pain* [4,] worse/more" finds "pain: it is worse" as well as "painful, and more so each day".
"""

import re
from collections.abc import Mapping

Phrases = str
"""Phrases in the notation above; their order means nothing."""

Lists = Mapping[str, Phrases]
"""Lists of phrases by their name, in capitals."""

_GAP = re.compile(r"\[(\d)(,?)(?:not-([A-Z_]+))?\]")
_NAME = re.compile(r"[A-Z_]+")
_IN_A_WORD = {"/": "|", "(": "(?:", ")": ")?", "*": r"\w*", "-": "[ -]?"}


def pattern(phrases: Phrases, lists: Lists) -> re.Pattern[str]:
    """Return the pattern that finds any of these phrases as whole words in text in lower case.

    Words of the text have one space between. KeyError: a phrase names a list that is not there.
    """
    return _whole_words(_any_of(phrases, lists))


def patterns(phrases: Phrases, lists: Lists) -> tuple[re.Pattern[str], ...]:
    """Return one pattern for each phrase, so that phrases are found where others overlap them."""
    return tuple(_whole_words(_phrase(phrase, lists)) for phrase in _split(phrases))


def _whole_words(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){words}(?!\w)")


def _split(phrases: Phrases) -> list[str]:
    return re.split(r",\s+", phrases.strip())


def _any_of(phrases: Phrases, lists: Lists) -> str:
    return "(?:" + "|".join(_phrase(phrase, lists) for phrase in _split(phrases)) + ")"


def _phrase(phrase: str, lists: Lists) -> str:
    """Return a regular expression for one phrase; it skips 9 words at most, so time is bounded."""
    expression = between = ""
    for token in phrase.split(" "):
        gap = _GAP.fullmatch(token)
        if gap:
            space = r"\W+" if gap[2] else " "
            unless = rf"(?!{_any_of(lists[gap[3]], lists)}(?!\w))" if gap[3] else ""
            between = rf"{space}(?:{unless}\w+{space}){{0,{gap[1]}}}?"
            continue
        may_be_missing = token.startswith("(") and token.endswith(")")
        word = _word(token[1:-1] if may_be_missing else token, lists)
        if may_be_missing and not expression:
            expression = f"(?:{word} )?"
            continue
        expression += f"(?:{between}{word})?" if may_be_missing else between + word
        between = " "
    return expression


def _word(token: str, lists: Lists) -> str:
    """Return a regular expression for one word, or one of several with strokes between."""
    if token == "*":
        return r"\w+"
    word = "".join(_IN_A_WORD.get(character, re.escape(character)) for character in token)
    return "(?:" + _NAME.sub(lambda name: _any_of(lists[name[0]], lists), word) + ")"
