"""``host reaction``: the skin did not take it well. It holds the case until it is called over."""

import argparse
import json

from rollcore import policy
from rollhost.cli import parse_dates
from rollhost.cli.arguments import SCHEMA_VERSION, add_at, add_database, add_json, add_zone
from rollhost.cli.choose import choose_zone
from rollhost.cli.write_entry import keep_entry, print_entry
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import DONE, UsageError
from rollhost.history import merged_diary
from rollhost.history.reactions import SIGNS, reactions
from rollhost.history.rules import rules_ahead
from rollhost.history.untold import open_reactions
from rollhost.now import current_time
from rollhost.output import units
from rollhost.output.entries import entry_document, entry_sentence
from rollhost.output.reactions import advice


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "what", nargs="?", choices=["open", "look", "over"], default=None,
        help="open: it began; look: how it is now; over: it is gone; without one: what is open",
    )  # fmt: skip
    parser.add_argument("text", nargs="*", help="what you see")
    parser.add_argument(
        "--sign", action="append", choices=list(SIGNS), default=[], metavar="SIGN",
        help=f"a sign to take seriously: {', '.join(SIGNS)}; may be given again",
    )  # fmt: skip
    add_at(parser)
    add_zone(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Open, follow up or close a reaction, or say which are open."""
    now = int(current_time())
    if args.what is None:
        if args.text or args.sign:
            raise UsageError("Say open, look or over.", "See reaction --help.")
        with open_archive(args.db) as archive:
            entries = merged_diary.entries(archive)
        return _list(args, entries, now)
    when, args.text = parse_dates.with_time(args.at, args.text)
    at = parse_dates.past(when, now)
    entry = keep_entry(args.db, lambda archive: _entry(args, archive, at, now), now)
    with open_archive(args.db) as archive:
        told = _rest(archive, now) if args.what == "over" else _advice(archive, entry, now)
    return print_entry(args, entry, now, told)


def _entry(args: argparse.Namespace, archive: Archive, at: int, now: int) -> Entry:
    data: dict[str, object] = {"text": " ".join(args.text), "signs": args.sign}
    if args.what == "open":
        zone = choose_zone(archive, args.zone, needed=True)
        return Entry(diary.REACTION, at, zone, data=data)
    began = _meant(archive, args.zone)
    if at < began.at:
        when = units.clock_time(began.at, now)
        raise UsageError(f"It began only {when}.", "Say a later time with --at.")
    if args.what == "over" and args.sign:
        raise UsageError(
            "With a sign to take seriously it is not over.", "Say reaction look, see a clinician."
        )
    kind = diary.REACTION_OVER if args.what == "over" else diary.FOLLOW_UP
    return Entry(kind, at, began.zone, data=data | {"reaction": began.token})


def _meant(archive: Archive, zone: str | None) -> Entry:
    """Return the reaction that is meant by its zone: of those of one zone, the oldest."""
    found = open_reactions(merged_diary.entries(archive))
    if zone is not None:
        # By the zone that it has, whether or not the rules still name that. One that has none,
        # as the log of a case may know it, is any zone's that has none open.
        mine = [one for one in found if one.zone == zone]
        if not mine:
            choose_zone(archive, zone)
            mine = [one for one in found if one.zone is None]
        if found and not mine:
            raise UsageError(f"No reaction is open for {zone}.", "See reaction for what is open.")
        found = mine
    if not found:
        raise UsageError("No reaction is open.", "Say reaction open first.")
    zones = list(dict.fromkeys(one.zone for one in found))
    if len(zones) > 1:
        named = ", ".join(one or "no zone" for one in zones)
        other = "; any other area is the one without" if None in zones else ""
        raise UsageError(f"Several reactions are open: {named}.", f"Say which with --zone{other}.")
    return found[0]


def _rest(archive: Archive, now: int) -> list[str]:
    """Say how long the skin rests from the end of a reaction, by the case that rests it longest.

    And which others are open still.
    """
    rules = [rules_ahead(archive, case) for case in archive.cases()]
    rules = rules or [policy.for_needle(policy.DEFAULT_NEEDLE_UM)]
    rest = f"The skin rests {units.span(max(one.reaction_rest_s for one in rules))} longer."
    others = open_reactions(merged_diary.entries(archive))
    return [rest, *(f"Still open: {entry_sentence(one, now)}." for one in others)]


def _advice(archive: Archive, entry: Entry, now: int) -> list[str]:
    found = reactions(merged_diary.entries(archive))
    (its,) = [one for one in found if entry.token in [seen.token for seen in one.seen]]
    return advice(its, now)


def _list(args: argparse.Namespace, entries: list[Entry], now: int) -> int:
    found = [one for one in reactions(entries) if one.over is None]
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "open": [{**entry_document(one.began), "advice": advice(one, now)} for one in found],
        }
        print(json.dumps(document, indent=2))
        return DONE
    if not found:
        print("No reaction is open.")
    for one in found:
        for entry in one.seen:
            print(f"{units.minute(entry.at):<16}  {entry_sentence(entry, now, dated=False)}")
        for line in advice(one, now):
            print(f"{'':<16}  {line}")
    return DONE
