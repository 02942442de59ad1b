"""What people put on the skin: what each is called, and when it and a session do not go together.

Sources are graded A (regulator, peer-reviewed), B (dermatologist, manufacturer, clinic), own (our
choice, no source).
"""

from typing import NamedTuple

from rollhost.guidance.numbers import (
    PRODUCT_BEFORE_DAYS,
    PRODUCT_BEFORE_LONG_DAYS,
    SHORT_NEEDLE_UM,
)

ACTIVES = "actives"
MAKE_UP = "make-up"
"""Keys of the windows of aftercare in which a product is left."""

WHILE_ROLLING = "Nothing on the skin while rolling: wash it off before."
"""Vitamin C rolled in gave granulomas: JAMA Dermatol 2014;150:68, Friedmann 2024 (A)."""


class Product(NamedTuple):
    """A kind of product. `words` are what people call it, with commas between.

    `window` is the key of the window of aftercare in which it is left, empty if there is none. With
    `before` it is left before a session, too; see `before_s`. `advice` is what to know of it.
    """

    meaning: str
    words: str
    window: str = ""
    before: bool = False
    advice: tuple[str, ...] = ()
    source: str = "own"


_DAYS = (
    f"{PRODUCT_BEFORE_DAYS} days with needles up to 0.3 mm, {PRODUCT_BEFORE_LONG_DAYS} with longer"
    " ones"
)
_LEAVE = f"Leave it before and after a session: {_DAYS}."
_FINE = "Fine after a session, not during one."

PRODUCTS = {
    "retinoid": Product(
        "retinol, tretinoin, adapalene",
        "retinol, retinal, retinaldehyde, retinoids, tretinoin, tret, retin a, adapalene, differin,"
        " tazarotene, trifarotene, vitamin a, retinol serum, retinol cream",
        ACTIVES,
        before=True,
        advice=(_LEAVE,),
        source="seeds 003, 004; clinics, 24 h to 7 days (B)",
    ),
    "acid": Product(
        "exfoliating acids, peels and scrubs",
        "acids, aha, bha, pha, aha bha, glycolic, glycolic acid, salicylic, salicylic acid, lactic,"
        " lactic acid, mandelic, mandelic acid, azelaic, azelaic acid, peel, peeling,"
        " chemical peel, exfoliant, exfoliator, scrub, gluconolactone",
        ACTIVES,
        before=True,
        advice=(_LEAVE,),
        source="seed 004; clinics, 24 h to 7 days (B)",
    ),
    "vitamin-c": Product(
        "vitamin C",
        "vit c, c serum, vitamin c serum, ascorbic acid, l ascorbic acid, ascorbyl",
        ACTIVES,
        advice=(
            "Vitamin C that was rolled in has left lumps in people's skin.",
            f"Leave it after a session: {_DAYS}.",
        ),
        source="JAMA Dermatol 2014;150:68, Friedmann 2024 (A)",
    ),
    "benzoyl-peroxide": Product(
        "benzoyl peroxide",
        "benzoyl, bpo, benzac, duac, epiduo, acne gel, acne cream",
        ACTIVES,
        before=True,
        advice=(_LEAVE,),
        source="own: it irritates as acids do",
    ),
    "minoxidil": Product(
        "minoxidil",
        "rogaine, regaine, minox",
        advice=("Trials disagree on when: ask whoever treats your scalp.",),
        source="trials disagree on when it may follow (B)",
    ),
    "numbing-cream": Product(
        "a cream that numbs",
        "numbing, numbing gel, numbing spray, lidocaine, lignocaine, emla, prilocaine, benzocaine,"
        " tetracaine, anaesthetic, anesthetic, anaesthetic cream, anesthetic cream, lmx",
        advice=("Never on large areas, on broken skin or under a wrap: people have died of it.",),
        source="FDA (A)",
    ),
    "hyaluronic": Product(
        "hyaluronic acid",
        "hyaluronic acid, hyaluron, hyaluronic serum, ha serum",
        advice=(_FINE,),
        source="seed 004 (B)",
    ),
    "moisturiser": Product(
        "a plain moisturiser",
        "moisturizer, cream, lotion, aloe, aloe vera, ceramides, panthenol, vaseline,"
        " petroleum jelly, ointment, balm",
        advice=(_FINE,),
        source="seed 004 (B)",
    ),
    "sunscreen": Product(
        "sunscreen",
        "spf, sun cream, suncream, sunblock, sun screen, sun lotion",
        advice=("Outdoors for two weeks after a session, from the day after it on.",),
        source="seed 004 (B); not on the first day (own)",
    ),
    "make-up": Product(
        "make-up",
        "makeup, foundation, concealer, powder, bb cream, blush, mascara",
        MAKE_UP,
        advice=("Leave it after a session: 1 day with needles up to 0.3 mm, 2 with longer ones.",),
        source="seeds 003, 001 (B)",
    ),
    "other": Product(
        "anything else", "niacinamide, serum, oil, face oil, peptides, toner, mask, self tanner"
    ),
}
"""The kinds of products, by name."""

NO_PRODUCTS = {
    "isotretinoin": "isotretinoin", "accutane": "isotretinoin", "roaccutane": "isotretinoin",
    "blood thinner": "blood-thinner", "warfarin": "blood-thinner", "antibiotics": "doctor",
}  # fmt: skip
"""What is taken and not put on the skin, and the reason for a hold that it is."""


def spellings() -> dict[str, str]:
    """Return the name of the kind for each word by which people call it."""
    known = {name: name for name in PRODUCTS}
    for name, product in PRODUCTS.items():
        known |= dict.fromkeys(product.words.split(", "), name)
    return known


_KINDS = {word.replace("-", " "): name for word, name in spellings().items()}


def kind_of(word: str) -> str:
    """Return the name of the kind that a noted word is of; one that is not known is *other*."""
    return _KINDS.get(word.replace("-", " "), "other")


def shown(word: str) -> str:
    """Return a noted word as people read it."""
    return {"vitamin-c": "vitamin C", "make-up": word}.get(word, word.replace("-", " "))


def before_s(kind: str, needle_um: int) -> int:
    """Return for how long (s) before a session a kind is left, 0 if it need not be.

    `needle_um` is the length of its needles in micrometres; 0, not known, counts as long.
    """
    if not PRODUCTS[kind].before:
        return 0
    is_short = 0 < needle_um <= SHORT_NEEDLE_UM
    return (PRODUCT_BEFORE_DAYS if is_short else PRODUCT_BEFORE_LONG_DAYS) * 86400
