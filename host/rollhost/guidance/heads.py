"""Heads of the roller: why one is out, how to look at one, where it goes, and the alcohol for it.

Sources are graded A (regulator, professional body), B (dermatologist, manufacturer), own (our
choice, no source).
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from rollcore import events
from rollhost.guidance.numbers import ALCOHOL_OLD_DAYS


class Reason(NamedTuple):
    """Why a head is used no more: its number in `head_out.reason`, its meaning, and why it counts.

    `words` are what people say for it, with commas between; `source` ends with the grade.
    """

    number: int
    meaning: str
    words: str
    why: str
    source: str


REASONS = {
    "dropped": Reason(
        events.HEAD_DROPPED,
        "it fell, or hit something hard",
        "fell, fallen, fell on the floor, fell off, drop, dropped it, it fell, hit the floor,"
        " in the sink, fell into the sink, knocked",
        "A fall bends needles so little that nobody sees it.",
        "Found in makers' leaflets (B)",
    ),
    "bent": Reason(
        events.HEAD_BENT,
        "a needle is bent, broken, blunt or missing",
        "bend, crooked, broken, broke, blunt, dull, hooked, hook, rusty, rust, missing needle,"
        " missing pin, pins are bent, lost a needle, lost a pin, catches on cotton, catches",
        "A bent needle tears.",
        "Worn needles tear the skin: dermatologists (B); dull quickly: AAD (A)",
    ),
    "jerky": Reason(
        events.HEAD_JERKY,
        "it does not roll smoothly: it jerks, tugs or scratches",
        "jerks, jerk, tugs, tug, tugging, pulls, pulling, scratches, scratchy, drags, sticks,"
        " stuck, wobbles, wobbly, stutters, does not roll, will not turn, blocked",
        "A head that tugs tears.",
        "Worn needles tear the skin: dermatologists (B)",
    ),
    "shared": Reason(
        events.HEAD_SHARED,
        "somebody else used it",
        "share, friend, friends, used by, somebody else, someone else, another person, borrowed,"
        " lent, partner, husband, wife, boyfriend, girlfriend, sister, brother, mother, flatmate",
        "Sharing can pass on blood infections: a head is for one person.",
        "FDA lists transmission between users; MMWR 2024;73:372, a likely case (A)",
    ),
    "infected": Reason(
        events.HEAD_INFECTED,
        "it was used on infected skin",
        "infection, pus, boil, cold sore, herpes, wart, warts, on acne, infected skin, abscess",
        "What was on that skin can come back with it.",
        "FDA on needling devices (A)",
    ),
    "lost": Reason(
        events.HEAD_LOST,
        "it is not there any more",
        "lose, gone, cannot find, can't find, missing head, thrown away, threw it away, away,"
        " disposed, disposed of, stolen, binned",
        "",
        "own",
    ),
}
"""Why a head is out at once, whatever its uses and days, by the word for it."""

INSPECTION = (
    "Look at the needles through a loupe: each is straight and none is missing.",
    "Draw the head over cotton wool: it must not catch.",
)
"""How to look at a head, before its first use and now and then (own; a loupe and cotton wool are
what makers' leaflets name, B)."""

DISPOSAL = (
    "The old head goes into a closed, puncture-proof tub, such as an empty detergent bottle; never"
    " loose in the bin."
)
"""Where a head goes: FDA on used needles at home, "heavy-duty plastic household container" (A)."""

ONE_EACH = "One head for one person and, better, one area of skin."
"""Sharing can pass on blood infections (FDA, MMWR 2024;73:372, A); an area of its own (own)."""

TWO_PEOPLE = "Two people need two heads, better two cases."
"""From the same sources; two cases, because one cannot tell who presses its button (own)."""

ALCOHOL_OLD_S = ALCOHOL_OLD_DAYS * 86400
"""From how long (s) after it was opened a bottle of alcohol is called old."""

WEAKEST_PERCENT, STRONGEST_PERCENT = 60, 90
"""Alcohol works best between these (CDC 2008, A)."""

ALCOHOL = (
    f"{WEAKEST_PERCENT} to {STRONGEST_PERCENT} % is what works; below 50 % it drops sharply.",
    "Fresh alcohol for each soak, with the cup covered; what was used is poured away.",
    "It burns: no flame nearby.",
)
"""Optimal 60 to 90 %, and a sharp drop below 50 %: CDC 2008 (A). Fresh each time and covered follow
from that, as it evaporates (own)."""


_PERCENT = re.compile(r"(\d{1,3})(?:[.,]\d+)? ?%")


def strength_advice(text: str) -> list[str]:
    """Return what is wrong with the strength of an alcohol, if the words on a bottle name one."""
    found = _PERCENT.search(text)
    if found is None or WEAKEST_PERCENT <= int(found[1]) <= STRONGEST_PERCENT:
        return []
    if int(found[1]) < WEAKEST_PERCENT:
        return [f"{found[1]} % is too weak for a soak: better take 70 %."]
    return [f"{found[1]} % has too little water in it to work well: better take 70 %."]


def advice_at_change(has_zone: bool, has_old: bool) -> list[str]:
    """Return sentences for when a new head is in.

    `has_zone` says that it is for one area, `has_old` that another one is to be put away.
    """
    return [*INSPECTION, *([] if has_zone else [ONE_EACH]), *([DISPOSAL] if has_old else [])]


def advice_when_out(name: str) -> Sequence[str]:
    """Return sentences for when a head is out for the reason called `name`; any other name too."""
    reason = REASONS.get(name)
    why = [reason.why] if reason is not None and reason.why else []
    skin = []
    if name == "infected":
        skin = ["And the skin: hold infection keeps the case from a use until it has healed."]
    disposal = [] if name == "lost" else [DISPOSAL]
    return [*why, *skin, *disposal]
