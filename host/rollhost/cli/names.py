"""Names as people type them: found whatever their case, and "did you mean" where there is none.

The parser of every command uses this module, so it imports nothing that takes long.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from rollhost.errors import UsageError

LONGEST = 40
"""The most characters of a typed name that an error repeats (own)."""

_MOST_WORDS = 5
"""The most words of a spelling that is looked for among words (own)."""

MANY = 12
"""With more names than this, the question "did you mean" stands alone (own)."""


def key(text: str) -> str:
    """Return what two spellings of a name have in common.

    Upper and lower case are one, and so are a hyphen, an underscore and blanks; blanks around a
    name mean nothing.
    """
    return " ".join(text.casefold().replace("-", " ").replace("_", " ").split())


def find_name(typed: str, names: Iterable[str]) -> str | None:
    """Return the one of `names` that was typed, whatever its spelling; None if none or several are.

    A name that was typed exactly as it is comes before its other spellings.
    """
    known = list(names)
    if typed in known:
        return typed
    meant = {name for name in known if key(name) == key(typed)}
    return meant.pop() if len(meant) == 1 else None


def near_name(typed: str, names: Iterable[str]) -> str | None:
    """Return the only name that begins like what was typed, else the most similar; None if none."""
    from difflib import get_close_matches  # only a mistyped name needs it

    known = {key(name): name for name in names}
    text = key(typed)[:LONGEST]
    longer = [spelling for spelling in known if text and spelling.startswith(text)]
    near = longer if len(longer) == 1 else get_close_matches(text, known, n=1)
    return known[near[0]] if near else None


def did_you_mean(typed: str, names: Iterable[str], otherwise: str) -> str:
    """Return the next step after a name that there is not: the question, before what else helps."""
    near = near_name(typed, names)
    return f"Did you mean {near}? {otherwise}".strip() if near else otherwise


def quoted(typed: str) -> str:
    """Return what was typed between quotes, without control characters, and cut if it is long."""
    return repr(typed if len(typed) <= LONGEST else typed[: LONGEST - 1] + "…")


def listed(names: Collection[str], last: str = "or") -> str:
    """Return names as a sentence has them: ``csv, json or ics``."""
    *others, end = names
    return f"{', '.join(others)} {last} {end}" if others else end


def leading_name(words: Sequence[str], names: Mapping[str, str]) -> tuple[str, list[str]] | None:
    """Return the name that the first words are a spelling of, and the words after them.

    `names` has the name for each spelling, which may be of several words; the longest one counts.
    None if the words begin with none.
    """
    known = {key(spelling): name for spelling, name in names.items()}
    for length in range(min(len(words), _MOST_WORDS), 0, -1):
        name = known.get(key(" ".join(words[:length]).replace(",", " ")))
        if name is not None:
            return name, list(words[length:])
    return None


def one_of(
    noun: str, names: Collection[str], words: Mapping[str, str] | None = None
) -> Callable[[str], str]:
    """Return a type for argparse that takes one of `names`, or of the `words` for one of them.

    It raises `UsageError` for any other text; `noun` is what such a name is called there.
    """

    def find(typed: str) -> str:
        word = find_name(typed, [*names, *(words or {})])
        if word is None:
            others = "are" if len(names) > 1 else "is only"
            step = did_you_mean(typed, names, f"There {others} {listed(names, 'and')}.")
            if len(names) > MANY and near_name(typed, names):
                step = did_you_mean(typed, names, "")
            raise UsageError(f"There is no {noun} {quoted(typed)}.", step)
        return word if word in names else (words or {})[word]

    return find
