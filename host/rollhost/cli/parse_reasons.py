"""Reasons against rolling as people type them: by their usual words, asked back where not sure."""

from collections.abc import Collection, Mapping

from rollhost.cli.names import key, listed, near_name, quoted
from rollhost.errors import UsageError
from rollhost.guidance import reasons
from rollhost.guidance.reasons import Reason
from rollhost.output.records import HOLD_REASONS

_FILLERS = {"a", "an", "the", "my", "i", "have", "am", "on", "with", "of", "active", "open", "and",
            "take", "taking", "in"}  # fmt: skip
"""Words that make no difference."""

ALSO = {"over": "release", "end": "release", "stop": "release", "off": "release"}
"""Words that could mean another word than a reason, where that one is taken, too."""


def understood(typed: str, among: Mapping[str, Reason], also: Collection[str] = ()) -> str:
    """Return the name of the reason that a person's words mean, or one of the words in `also`.

    Raises `UsageError` if they mean none, or could mean several.
    """
    meanings = _meanings(among, also)
    words = words_of(typed)
    for phrase in (words, tuple(word for word in words if word not in _FILLERS)):
        if phrase in meanings:
            return meanings[phrase]
    could_be = _could_be(words, meanings, {*among, *also})
    if not could_be:
        everything = {" ".join(phrase): reason for phrase, reason in meanings.items()}
        near = near_name(" ".join(words), everything)
        could_be = [] if near is None else [everything[near]]
    question = f"Did you mean {listed(could_be)}? " if could_be else ""
    raise UsageError(
        f"There is no reason {quoted(typed)}.",
        f"{question}There are {listed([*among, *also], 'and')}.",
    )


def own_words(typed: str, reason: Reason) -> str:
    """Return what the person typed, empty if it is no more than what the reason is called here."""
    called = {words_of(reason.name), words_of(HOLD_REASONS.get(reason.hold, ""))}
    return "" if words_of(typed) in called else " ".join(typed.split())


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text as they are compared: one and many are the same."""
    return tuple(word.strip(".,;!?").removesuffix("s") for word in key(text).split())


def _could_be(
    words: tuple[str, ...], meanings: dict[tuple[str, ...], str], known: Collection[str]
) -> list[str]:
    """Return what the words could mean, each once: by the phrases that are among them."""
    found: list[str] = []
    longest = max(map(len, meanings))
    for start in range(len(words)):
        for length in range(longest, 0, -1):
            phrase = words[start : start + length]
            if phrase in meanings:
                found.append(meanings[phrase])
            found += reasons.COULD_BE.get(" ".join(phrase), ())
            found += [ALSO[word] for word in [" ".join(phrase)] if word in ALSO]
    return [name for name in dict.fromkeys(found) if name in known]


def _meanings(among: Mapping[str, Reason], also: Collection[str]) -> dict[tuple[str, ...], str]:
    """Return the reason for each phrase that is understood."""
    meanings = {words_of(name): name for name in (*among, *also)}
    for name, reason in among.items():
        if reason.hold:  # as the program says it itself
            meanings.setdefault(words_of(HOLD_REASONS[reason.hold]), name)
        for phrase in reason.words.split(", ") if reason.words else ():
            meanings[words_of(phrase)] = name
    return meanings
