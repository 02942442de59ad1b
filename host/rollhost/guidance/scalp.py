"""Aftercare of a scalp in words of its own: what is washed with shampoo, and goes under a hat."""

ZONES = {"scalp", "head", "hair", "hairline", "crown", "temples", "temple", "parting", "vertex"}
"""Zones that are a scalp, as people call them (own)."""

_NAMES = {
    "make-up": "no hair products, no touching",
    "actives": "no retinoids, no exfoliating acids (minoxidil: ask whoever treats your scalp)",
    "sun": "no direct sun: a hat",
    "cleanser": "a mild shampoo, and pat dry",
    "sunscreen": "a hat outdoors",
}
"""The names of windows that differ on a scalp, by their keys. Trials disagree on when minoxidil may
follow (A); shampoo and hat as clinics name them (B)."""


def is_scalp(zone: str | None) -> bool:
    """Return whether a zone is called as a scalp is."""
    return zone is not None and zone.casefold().strip() in ZONES


def name(key: str, otherwise: str, zone: str | None) -> str:
    """Return the name of the window with this key for a zone, `otherwise` if it is no other."""
    return _NAMES.get(key, otherwise) if is_scalp(zone) else otherwise
