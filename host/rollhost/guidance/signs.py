"""Signs of a reaction that a clinician should see: red flags, each with its source and grade.

Grades: A (regulator, peer-reviewed, professional body), B (dermatologist, manufacturer, clinic),
own (our choice, no source). On brown or black skin redness is less obvious, so the list that is
asked says what to look for there.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Sign(NamedTuple):
    """One sign: its name in a sentence, its line in the list that is asked, where it comes from.

    `at_once` says that it cannot wait until later in the day. `comes_late` says that it may come
    in the three months after a session or a reaction, when all else has healed.
    """

    name: str
    asked: str
    source: str
    at_once: bool = False
    comes_late: bool = False


_LEAFLETS = "when to call, in clinics' leaflets after microneedling (B)"

SIGNS = {
    "spreading": Sign(
        "spreading redness",
        "redness that spreads (on brown or black skin: a patch that grows, darker or warmer)",
        _LEAFLETS,
    ),
    "hot": Sign("hot skin", "skin that is hot to the touch", _LEAFLETS),
    "pus": Sign("pus", "pus: yellow, green or cloudy, or it oozes", _LEAFLETS),
    "streaks": Sign("red streaks", "red or dark streaks that lead away from it", _LEAFLETS),
    "pain": Sign("rising pain", "pain that rises", _LEAFLETS),
    "swelling": Sign("rising swelling", "swelling that rises", _LEAFLETS),
    "fever": Sign("fever", "fever, chills, or feeling ill", _LEAFLETS),
    "blisters": Sign("blisters", "blisters", "dermatologists on burns and herpes (B)"),
    "eye": Sign(
        "near the eye", "any of it near the eye", "an infection there can reach the eye (B)",
        at_once=True,
    ),
    "lump": Sign(
        "a lump", "a lump under the skin, also weeks later",
        "granulomas, JAMA Dermatol 2014;150:68 (A); mycobacteria, three weeks on average,"
        " PMC12065458 (A)",
        comes_late=True,
    ),
    "sore": Sign(
        "a sore that does not heal", "a sore that does not heal, also weeks later",
        "mycobacteria, three weeks on average, PMC12065458 (A); skin cancer (B)",
        comes_late=True,
    ),
}  # fmt: skip
"""Every sign by the word that ``--sign`` takes. Each is a red flag: a clinician should see it."""


def names(signs: Iterable[str]) -> str:
    """Return the names of signs with commas; of one that is not known here the word itself."""
    return ", ".join(SIGNS[sign].name if sign in SIGNS else sign for sign in signs)


def when_to_go(signs: Sequence[str]) -> str:
    """Return how soon a clinician should see these signs: ``today``, or ``today, at once``."""
    hurries = any(SIGNS[sign].at_once for sign in signs if sign in SIGNS)
    return "today, at once" if hurries else "today"
