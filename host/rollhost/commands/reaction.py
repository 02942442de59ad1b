"""``host reaction``: the skin did not take it well. It holds the case until it is called over."""

import argparse
import json

from rollcore import policy
from rollhost import cases, dates, diary, moment, whole_diary, words
from rollhost.archive import Archive, open_archive
from rollhost.commands import written
from rollhost.commands.arguments import (
    SCHEMA_VERSION,
    add_at,
    add_database,
    add_json,
    add_zone,
)
from rollhost.diary import Entry
from rollhost.errors import DONE, UsageError
from rollhost.reactions import SIGNS, advice, reactions


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
    now = int(moment.now())
    if args.what is None:
        if args.text or args.sign:
            raise UsageError("Say open, look or over.", "See reaction --help.")
        with open_archive(args.db) as archive:
            entries = whole_diary.entries(archive)
        return _list(args, entries, now)
    at = dates.past(args.at, now)
    entry = written.keep(args.db, lambda archive: _entry(args, archive, at, now), now)
    with open_archive(args.db) as archive:
        told = _rest(archive) if args.what == "over" else _advice(archive, entry, now)
    return written.say(args, entry, now, told)


def _entry(args: argparse.Namespace, archive: Archive, at: int, now: int) -> Entry:
    data: dict[str, object] = {"text": " ".join(args.text), "signs": args.sign}
    if args.what == "open":
        return Entry(diary.REACTION, at, cases.zone_of(archive, args.zone), data=data)
    zone = cases.zone_of(archive, args.zone) if args.zone is not None else None
    still_open = diary.open_reactions(whole_diary.entries(archive))
    found = [one for one in still_open if zone in (None, one.zone)]
    if not found:
        raise UsageError("No reaction is open.", "Say reaction open first.")
    # Of those of one zone, the oldest is meant.
    if len({one.zone for one in found}) > 1:
        zones = ", ".join(one.zone or "no zone" for one in found)
        raise UsageError(f"Several reactions are open: {zones}.", "Say which with --zone.")
    began = found[0]
    if at < began.at:
        when = words.clock_time(began.at, now)
        raise UsageError(f"It began only {when}.", "Say a later time with --at.")
    if args.what == "over" and args.sign:
        raise UsageError(
            "With a sign to take seriously it is not over.", "Say reaction look, see a clinician."
        )
    kind = diary.REACTION_OVER if args.what == "over" else diary.FOLLOW_UP
    return Entry(kind, at, began.zone, data=data | {"reaction": began.token})


def _rest(archive: Archive) -> list[str]:
    """Say how long the skin rests from the end of a reaction, by the case that rests it longest."""
    rules = [cases.rules_ahead(archive, case) for case in archive.cases()]
    rules = rules or [policy.for_needle(policy.DEFAULT_NEEDLE_UM)]
    return [f"The skin rests {words.span(max(one.reaction_rest_s for one in rules))} longer."]


def _advice(archive: Archive, entry: Entry, now: int) -> list[str]:
    found = reactions(whole_diary.entries(archive))
    (its,) = [one for one in found if entry.token in [seen.token for seen in one.seen]]
    return advice(its, now)


def _list(args: argparse.Namespace, entries: list[Entry], now: int) -> int:
    found = [one for one in reactions(entries) if one.over is None]
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "open": [{**written.document(one.began), "advice": advice(one, now)} for one in found],
        }
        print(json.dumps(document, indent=2))
        return DONE
    if not found:
        print("No reaction is open.")
    for one in found:
        for entry in one.seen:
            print(f"{words.minute(entry.at):<16}  {written.sentence(entry, now, dated=False)}")
        for line in advice(one, now):
            print(f"{'':<16}  {line}")
    return DONE
