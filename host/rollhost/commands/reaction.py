"""``host reaction``: the skin did not take it well. It holds the case until it is called over."""

import argparse
import json

from rollhost import cases, dates, diary, moment, words
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

SIGNS = {
    "redness": "spreading redness",
    "pus": "pus",
    "streaks": "red streaks",
    "pain": "rising pain",
    "swelling": "rising swelling",
    "fever": "fever",
}
"""Signs of an infection: with any of them, a clinician should see it at once."""

FADING_S = 72 * 3600
"""Redness after rolling fades in 48 to 72 hours (clinics)."""

LONG_S = 7 * 86400
"""A reaction that lasts longer is for a doctor (clinics)."""

FOLLOW_UPS_S = (24 * 3600, 72 * 3600)
"""When to look again, from its beginning."""


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
            entries = archive.diary.entries()
        return _list(args, entries, now)
    with open_archive(args.db, create=True) as archive:
        entry = _entry(args, archive, now)
        with archive.transaction():
            entry = archive.diary.add(entry, now)
        entries = archive.diary.entries()
    code = written.say(args, entry, now)
    if not args.json:
        for line in advice(entry, entries, now):
            print(line)
    return code


def _entry(args: argparse.Namespace, archive: Archive, now: int) -> Entry:
    at = dates.past(args.at, now)
    data: dict[str, object] = {"text": " ".join(args.text), "signs": args.sign}
    if args.what == "open":
        return Entry(diary.REACTION, at, cases.zone_of(archive, args.zone), data=data)
    zone = cases.zone_of(archive, args.zone) if args.zone else None
    found = [
        one for one in diary.open_reactions(archive.diary.entries()) if zone in (None, one.zone)
    ]
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
    kind = diary.REACTION_OVER if args.what == "over" else diary.FOLLOW_UP
    return Entry(kind, at, began.zone, data=data | {"reaction": began.token})


def advice(entry: Entry, entries: list[Entry], now: int) -> list[str]:
    """Return what to do next, a sentence each."""
    if entry.kind == diary.REACTION_OVER:
        return ["The skin rests two weeks longer."]
    found = []
    if entry.signs:
        seen = ", ".join(SIGNS.get(sign, sign) for sign in entry.signs)
        found.append(f"See a clinician today: {seen}.")
    began = _beginning(entry, entries)
    if now - began.at > LONG_S:
        found.append("It has lasted more than a week: see a clinician.")
    elif now - began.at > FADING_S and not entry.signs:
        found.append("Redness fades within three days. If it has not: see a clinician.")
    for after in FOLLOW_UPS_S:
        if began.at + after > now:
            found.append(f"Look again {words.clock_time(began.at + after, now)}.")
            break
    return found


def _beginning(entry: Entry, entries: list[Entry]) -> Entry:
    token = entry.number("reaction") or entry.token
    return next(one for one in entries if one.token == token)


def _list(args: argparse.Namespace, entries: list[Entry], now: int) -> int:
    found = diary.open_reactions(entries)
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "open": [written.document(one) for one in found],
        }
        print(json.dumps(document, indent=2))
        return DONE
    if not found:
        print("No reaction is open.")
    for one in found:
        looks = [
            entry for entry in entries
            if entry.kind == diary.FOLLOW_UP and entry.number("reaction") == one.token
        ]  # fmt: skip
        for entry in [one, *looks]:
            print(f"{words.minute(entry.at):<16}  {written.sentence(entry, now, dated=False)}")
        for line in advice((looks or [one])[-1], entries, now):
            print(f"{'':<16}  {line}")
    return DONE
