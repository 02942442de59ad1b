"""What is said of products on the skin: in ``host product`` and in status."""

from collections.abc import Sequence

from rollhost.guidance.products import PRODUCTS, WHILE_ROLLING, shown
from rollhost.history.products import Noted
from rollhost.output import units
from rollhost.output.entries import entry_document
from rollhost.output.text import labelled, one_line


def inside_texts(products: Sequence[Noted], now: float) -> list[str]:
    """Return the products that fall into a window, each with its end, without full stops."""
    inside = [product for product in products if product.until is not None]
    return [f"{_what(product, now)}: {_until(product, now)}" for product in inside]


def _what(product: Noted, now: float) -> str:
    entry = product.entry
    zone = f" on {entry.zone}" if entry.zone else ""
    at = units.clock_time(entry.at, now, entry.day)
    return f"{shown(one_line(product.word))}{zone}, noted {at}"


def _until(product: Noted, now: float) -> str:
    """Return until when a product is left, after which session; empty if it is in no window."""
    if product.until is None:
        return ""
    end = units.short_day(product.until, now)
    if product.session is None:
        return f"better no session before {end}"
    session = units.short_day(product.session.ended, now)
    return f"the window after the session of {session} ends {end}"


def advice(product: Noted, now: float) -> list[str]:
    """Return sentences on a product that has just been noted."""
    until = _until(product, now)
    inside = [f"{until[0].upper()}{until[1:]}."] if until else []
    return [*PRODUCTS[product.kind].advice, *inside, WHILE_ROLLING]


def products_document(products: Sequence[Noted]) -> list[dict[str, object]]:
    """Return products for ``--json``. Times are ISO 8601 with the local offset."""
    return [
        {
            **entry_document(product.entry),
            "of_kind": product.kind,
            "until": units.iso(product.until),
            "after_session": units.iso(product.session.ended) if product.session else None,
        }
        for product in products
    ]


def products_lines(products: Sequence[Noted], width: int | None, now: float) -> list[str]:
    """Return the last product of each kind on each zone, as a person reads them, and the kinds."""
    rows = []
    for product in products:
        until = _until(product, now)
        words = f": {one_line(product.entry.text)}" if product.entry.text else ""
        rows.append(("Noted", _what(product, now) + words + (f"; {until}" if until else "")))
    lines = labelled(rows, width) or ["No product was noted yet."]
    kinds = [(name, product.meaning) for name, product in PRODUCTS.items()]
    return [*lines, "", "The kinds, for product KIND:", *labelled(kinds, width, column=16)]
