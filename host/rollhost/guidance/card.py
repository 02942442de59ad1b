"""The card: what is normal after a session, what to watch, and what a clinician should see.

Normal for days and what to call about: clinics' leaflets and dermatologists (B). Darker spots are
more likely in darker skin, and redness is less obvious there (B). Lumps and sores that come late:
JAMA Dermatol 2014;150:68, PMC12065458 (A). 72 hours, 7 days: clinics' leaflets (B).
"""

from typing import NamedTuple

from rollhost.guidance.signs import SIGNS


class Part(NamedTuple):
    """One part of the card: its key, its title, and what belongs to it."""

    key: str
    title: str
    lines: tuple[str, ...]


_TODAY = [known.name for known in SIGNS.values() if not (known.comes_late or known.at_once)]
_LATE = [known.name for known in SIGNS.values() if known.comes_late]

CARD = (
    Part(
        "normal",
        "Normal",
        (
            "for some days: redness like a sunburn, mild swelling, tightness, dryness, flaking,"
            " itching, a few tiny scabs, small bruises",
            "on brown or black skin redness is less obvious: look for darker, warmer, sorer",
        ),
    ),
    Part(
        "watch",
        "Watch",
        (
            "what has not faded 72 hours after the session; skin that turns darker, which is more"
            " likely in darker skin: keep it out of the sun",
        ),
    ),
    Part(
        "clinician",
        "Clinician",
        (
            f"today: {', '.join(_TODAY)}; near the eye at once",
            f"also: a reaction of more than 7 days; in the next three months {' or '.join(_LATE)}",
        ),
    ),
)
"""The parts of the card, the calmest first."""
