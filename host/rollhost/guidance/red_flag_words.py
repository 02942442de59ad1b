"""Signs of a reaction in what people write: a net below the list that is asked.

Words can raise a sign, and never clear one. Where a sentence may mean either, it raises: a sign
that was there in the past does, and so does a doubt. "No pus" does not, nor a hot shower.
The phrases are in `red_flag_phrases`.
"""

import re
from collections.abc import Iterator

from rollhost.guidance import red_flag_phrases as table
from rollhost.guidance.signs import SIGNS

MOST_WORDS = 5
"""The most words between a "not" and what it is about (own)."""

MOST_WORDS_OF_A_PART = 3
"""The most words of each part of a list that a "not" is about (own)."""

MOST_WORDS_SUPPOSED = 6
"""The most words between an "if" and what it is about (own)."""

MOST_WORDS_ILL = 5
"""The most words between somebody else and their sign (own)."""

_NEAR = 160
"""How many characters before and behind a sign may take its meaning away (own)."""

_FIRM = ("pus", "fever", "streaks", "blisters", "lump", "sore", "eye")
"""Signs that count although they are "no longer" there: they were."""

# A point ends a sentence, not a number: in 38.5 it stands between digits.
_SENTENCE_END = re.compile(r"(?<!\d)[.!\n;]+|[.!\n;]+(?!\d)|…|\bbut\b|\bhowever\b|\bthough\b")
# What stands between the parts of a list.
_BREAK = re.compile(r",|/|\+|&|\bor\b|\bnor\b|\band\b")
# What stands between the parts of a list other than a comma.
_LIST_WORD = re.compile(r"/|\+|&|\bor\b|\bnor\b|\band\b")
# A colon, a question mark, a dash, before which there may be a bracket or the like.
_ASKS = re.compile(r"\W{0,3}[:=?–—-] ?")
# Two or three digits, then perhaps a decimal, and the word or sign that follows.
_NUMBER = re.compile(r"(?<!\w)(\d{2,3})([.,]\d\d?)?(?![.,]?\d) ?([^\W\d_]+|[%$€£])?")


def signs_in(text: str) -> list[str]:
    """Return the signs of which a text tells, keys of `signs.SIGNS`, each once, in their order."""
    return list(words_for_signs(text))


def words_for_signs(text: str) -> dict[str, str]:
    """Return the words in a text by which it tells of each sign: of a sign the first ones."""
    found: dict[str, str] = {}
    for sentence, behind in _sentences(text):
        found = _in_sentence(sentence, behind) | found
    return {sign: found[sign] for sign in SIGNS if sign in found}


def _sentences(text: str) -> Iterator[tuple[str, str]]:
    """Yield each sentence, in lower case with one space between words, and what follows it.

    A "but" ends a sentence, and is the first word of what follows.
    """
    text = re.sub("[\u2019`]", "'", text.casefold())
    text = re.sub("[°º]", " degrees ", text)
    text = re.sub(r"[^\S\n]+", " ", text)
    start = 0
    for end in _SENTENCE_END.finditer(text):
        yield text[start : end.start()].strip(), text[end.start() :][:_NEAR]
        start = end.end()
    yield text[start:].strip(), ""


def _in_sentence(sentence: str, behind: str) -> dict[str, str]:
    """Return the words for each sign in a sentence; `behind` is the text that follows it."""
    found: dict[str, str] = {}
    for sign in table.TELLS:
        spans = _spans(sign, sentence)
        if not spans:
            continue
        everyday = _everyday(sign, sentence)
        for start, end in spans:
            if not any(everyday[start:end]) and _counts(sign, start, end, sentence, behind):
                found[sign] = sentence[start:end]
                break
    return found


def _spans(sign: str, sentence: str) -> list[tuple[int, int]]:
    """Return where words for a sign stand in a sentence, each once, the first ones first."""
    searches = table.TELLS[sign] if sign != "sore" else (*table.TELLS[sign], table.HEALS_NOT)
    spans = [match.span() for words in searches for match in words.finditer(sentence)]
    if sign == "fever":
        spans += _temperatures(sentence)
    return sorted(dict.fromkeys(spans), key=lambda span: span[0])


def _temperatures(sentence: str) -> Iterator[tuple[int, int]]:
    """Yield where the temperatures of a fever stand: 37.5 to 42.9 °C, 100 to 106.9 °F.

    A number without a unit takes a decimal, because 38 alone may be anything.
    """
    for match in _NUMBER.finditer(sentence):
        whole, decimals, unit = match[1], match[2] or "", match[3] or ""
        celsius = unit in ("c", "celsius") or unit.startswith("deg")
        fahrenheit = unit in ("f", "fahrenheit") or unit.startswith("deg")
        if not celsius and not fahrenheit:
            if not decimals or _is_of_something_else(sentence[: match.start()], unit):
                continue
            celsius = fahrenheit = True
        degrees = float(whole + decimals.replace(",", "."))
        if (celsius and 37.5 <= degrees < 43) or (fahrenheit and 100 <= degrees < 107):
            yield match.start(), match.start() + len(whole + decimals)


def _is_of_something_else(before: str, unit: str) -> bool:
    """Return whether a number is a price, a length and the like by what stands around it."""
    if unit in ("%", "$", "€", "£") or table.OTHER_UNITS.fullmatch(unit):
        return True
    before = before[-_NEAR:].rstrip(" :")
    return before.endswith(("$", "€", "£")) or _ends_with(table.PRICED, before)


def _everyday(sign: str, sentence: str) -> bytearray:
    """Return a byte for each character of a sentence: 1 where everyday talk covers it."""
    covered = bytearray(len(sentence))
    for start, end in _everyday_spans(sign, sentence):
        covered[start:end] = b"\1" * (end - start)
    return covered


def _everyday_spans(sign: str, sentence: str) -> Iterator[tuple[int, int]]:
    for match in table.EVERYDAY[sign].finditer(sentence):
        yield match.span()
    if sign in table.EASES:
        eases, unless = table.EASES[sign]
        last = max((match.start() for match in unless.finditer(sentence)), default=-1)
        for match in eases.finditer(sentence):
            if last < match.end():
                yield match.span()


def _counts(sign: str, start: int, end: int, sentence: str, behind: str) -> bool:
    """Return whether words that are no everyday talk tell that a sign is, or was, there."""
    words = sentence[start:end]
    if table.HEALS_NOT.fullmatch(words):
        return True
    before = sentence[max(start - _NEAR, 0) : start]
    after = sentence[end:][:_NEAR]
    if _is_supposed(before) or _is_of_somebody_else(before):
        return False
    if sign == "spreading" and "wors" in words and table.WORSE_OF_ANOTHER.search(before):
        return False
    if (
        sign == "eye"
        and table.NO_COMPLAINT.search(sentence)
        and not table.COMPLAINT.search(sentence)
    ):
        return False
    if not (_is_denied_behind(after) or _is_denied(sign, before, words, after)):
        return True
    return _has_changed(before + words + after, behind)


def _has_changed(near: str, behind: str) -> bool:
    """Return whether a sign that was not there may be there now, by the times that are named."""
    for earlier in table.EARLIER.finditer(near):
        if not _starts_with(table.AND_OR, near[earlier.end() :]):
            return table.LATER.search(near[earlier.end() :] + " " + behind) is not None
    return table.UNTIL.search(near) is not None


def _is_supposed(before: str) -> bool:
    """Return whether a sign is not said to be there, as in "see a doctor if it gets hot"."""
    wonders = {match.end() for match in table.WONDERS.finditer(before)}
    for match in table.SUPPOSES.finditer(before):
        between = before[match.end() :]
        few = len(between.split()) <= MOST_WORDS_SUPPOSED
        if few and re.fullmatch(r"[\w' ]*", between) and match.end() not in wonders:
            return True
    return False


def _is_of_somebody_else(before: str) -> bool:
    """Return whether somebody else has the sign, as in "my son is in bed with fever"."""
    for match in table.SOMEBODY_ELSE.finditer(before):
        between = re.findall(r"\w+", before[match.end() :])
        if len(between) <= MOST_WORDS_ILL and all(map(table.ILL_AT_HOME.fullmatch, between)):
            return True
    return False


def _is_denied_behind(after: str) -> bool:
    """Return whether what follows a sign says that it is not there, as in "pus: none"."""
    asks = _ASKS.match(after)
    if asks and table.ANSWERS_NO.match(after, asks.end()):
        return True
    if _starts_with(table.IS_NOT, after.lstrip("-")):
        return True
    has_not = table.HAS_NOT.match(after.lstrip())
    return has_not is not None and not _starts_with(table.GONE, after.lstrip()[has_not.end() :])


def _is_denied(sign: str, before: str, words: str, after: str) -> bool:
    """Return whether a "not" before the words of a sign is about them.

    It reaches over a list, such as "no pus, fever or streaks", and ends at a comma or an "and"
    behind which something else is said.
    """
    denials = list(table.DENIES.finditer(before))
    if not denials:
        return False
    denial = denials[-1]
    if table.DENIES_NOW.fullmatch(denial[0]) and sign in _FIRM:
        return False
    between = before[denial.end() :]
    if table.DENIES_SOMETHING_ELSE.search(between):
        return False
    if not _BREAK.search(between):
        return len(between.split()) <= MOST_WORDS
    whole = between + words + re.split("[?:]", after)[0]
    parts = [part.split() for part in _BREAK.split(whole) if part.strip()]
    if any(len(part) > MOST_WORDS_OF_A_PART for part in parts):
        return False
    return len(parts) > 2 or _LIST_WORD.search(whole) is not None


def _starts_with(phrases: re.Pattern[str], text: str) -> bool:
    return phrases.match(text.lstrip()) is not None


def _ends_with(phrases: re.Pattern[str], text: str) -> bool:
    return any(match.end() == len(text) for match in phrases.finditer(text))
