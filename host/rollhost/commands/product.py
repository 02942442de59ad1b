"""``host product``: notes what was put on the skin, or shows the last of each kind."""

import argparse

from rollhost.cli import parse_dates, terminal
from rollhost.cli.arguments import add_at, add_database, add_json, add_person, add_zone
from rollhost.cli.choose import choose_zone
from rollhost.cli.names import key, leading_name, listed, near_name, quoted
from rollhost.cli.parser import Parser
from rollhost.cli.persons import look, policies_of
from rollhost.cli.result import Result
from rollhost.cli.write_entry import entry_result, keep_entry
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_or_empty
from rollhost.errors import UsageError
from rollhost.guidance.products import NO_PRODUCTS, PRODUCTS, spellings
from rollhost.history import case_status, products, skin_status
from rollhost.history.history import History
from rollhost.history.products import Noted
from rollhost.now import current_time
from rollhost.output.products import advice, products_document, products_lines


def add_arguments(parser: Parser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "kind", nargs="*", metavar="KIND",
        help=f"{listed(PRODUCTS)}, or what it is called, and what else to remember; without one:"
        " the last of each kind",
    )  # fmt: skip
    parser.offered["kind"] = list(PRODUCTS)
    add_at(parser)
    add_zone(parser)
    add_person(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Write the entry of a product, or show the last of each kind on each zone."""
    now = int(current_time())
    if not args.kind:
        return _show(args, now)
    word, rest = _understood(args.kind)
    when, text = parse_dates.with_time(args.at, rest)
    at = parse_dates.past(when, now)
    data = {"product": word, "text": " ".join(text), **parse_dates.said_day(when, now)}

    def make(archive: Archive) -> Entry:
        zone = choose_zone(policies_of(archive, args.person), args.zone)
        return Entry(diary.PRODUCT, at, zone, data=data)

    entry = keep_entry(args.db, make, now, args.person)
    with open_or_empty(args.db) as archive:
        found = _noted(look(archive, args.person), now)
    written = [product for product in found if product.entry == entry] or [Noted(entry)]
    return entry_result(args.db, entry, now, advice(written[0], now))


def _understood(words: list[str]) -> tuple[str, list[str]]:
    """Return what a product is called, and the words after it.

    Raises `UsageError` if the words begin with no product.
    """
    known = spellings()
    found = leading_name(words, {word: word for word in known})
    if found is not None:
        return found
    taken = leading_name(words, NO_PRODUCTS)
    if taken is not None:
        raise UsageError(
            f"{words[0].capitalize()} is taken, and not put on the skin.",
            f"Ask a doctor before you roll: hold {taken[0]}.",
        )
    near = near_name(words[0], known) if len(key(words[0])) > _SHORT else None
    question = f"Did you mean {near}? " if near else ""
    raise UsageError(
        f"There is no product {quoted(words[0])}.",
        f"{question}There are {listed(PRODUCTS, 'and')}.",
    )


_SHORT = 2
"""A word of at most so many characters is no mistyped product (own)."""


def _noted(past: History, now: int) -> list[Noted]:
    cases = case_status.summarise_skin(past, now)
    return products.noted(past.diary, past.sessions, skin_status.longest_needle(cases), now)


def _show(args: argparse.Namespace, now: int) -> Result:
    with open_or_empty(args.db) as archive:
        past = look(archive, args.person)
    found = _noted(past, now)
    if args.zone is not None:
        noted_on = [product.entry.zone for product in found]
        zone = choose_zone(past.policies, args.zone, also=noted_on)
        found = [product for product in found if product.entry.zone in (None, zone)]
    kinds = {name: product.meaning for name, product in PRODUCTS.items()}
    return Result(
        lambda: {"products": products_document(found), "kinds": kinds},
        lambda: products_lines(found, terminal.width(), now),
    )
