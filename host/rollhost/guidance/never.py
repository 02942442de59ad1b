"""The Never list: what nobody should do with a roller, and which line of it comes after which use.

Sources, graded as in `rollhost.guidance.numbers`: tap water, a case report of a mycobacterial
infection after a home device that was cleaned with it, and PMC12065458 (A); sharing, the FDA on
transmission between users and MMWR 2024;73:372 (A); alcohol for long enough, CDC 2008 (A); nothing
on the skin, granulomas after vitamin C that was rolled in, JAMA Dermatol 2014;150:68 and Friedmann
2024 (A); the others B or own.
"""

from rollhost.guidance.numbers import REMINDED_USES

NEVER = (
    "rinse the roller with tap water after the soak: germs in it can stay on the needles",
    "dry it with a towel: it dries in air",
    "spray alcohol in place of soaking: the head has to lie fully under",
    "put it away wet: it goes back once it is dry",
    "share it, not even with somebody close: it can carry infections of the blood",
    "roll with anything on the skin: needles would carry it in",
    "roll with unwashed hands, or on skin that is not clean",
    "soak near a flame: alcohol burns",
    "boil it: heat can bend the head",
)
"""Each rule goes on after the word Never. The first ones matter most often."""


def reminder(uses: int) -> str | None:
    """Return the rule to show after a person's use with this number, from 1 on.

    After each of the first `REMINDED_USES` it is another one than before; None after later ones.
    """
    return NEVER[(uses - 1) % len(NEVER)] if 1 <= uses <= REMINDED_USES else None
