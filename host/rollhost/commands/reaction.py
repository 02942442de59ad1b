"""``host reaction``: notes a reaction of the skin, which forbids a use until it is over."""

import argparse

from rollcore import policy
from rollhost.cli import parse_dates
from rollhost.cli.arguments import add_at, add_database, add_json, add_person, add_zone
from rollhost.cli.choose import choose_zone
from rollhost.cli.names import one_of
from rollhost.cli.persons import look, policies_of
from rollhost.cli.result import Result
from rollhost.cli.write_entry import entry_result, keep_entry
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import UsageError
from rollhost.history.reactions import SIGNS, reactions
from rollhost.history.untold import open_reactions
from rollhost.now import current_time
from rollhost.output import units
from rollhost.output.reactions import (
    advice,
    reaction_rest_lines,
    reactions_document,
    reactions_lines,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "what", nargs="?", choices=["open", "look", "over"], default=None,
        help="open: it began; look: how it is now; over: it is gone; without one: what is open",
    )  # fmt: skip
    parser.add_argument("text", nargs="*", help="what you see")
    parser.add_argument(
        "--sign", action="append", choices=list(SIGNS), default=[], metavar="SIGN",
        type=one_of("sign", SIGNS, {meaning: sign for sign, meaning in SIGNS.items()}),
        help=f"a sign to take seriously: {', '.join(SIGNS)}; may be given again",
    )  # fmt: skip
    add_at(parser)
    add_zone(parser)
    add_person(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Write an entry about a reaction, or list the open ones."""
    now = int(current_time())
    if args.what is None:
        if args.text or args.sign:
            raise UsageError("Say open, look or over.", "See reaction --help.")
        with open_archive(args.db) as archive:
            known = reactions(look(archive, args.person).entries)
        still_open = [reaction for reaction in known if reaction.over is None]
        return Result(
            lambda: reactions_document(still_open, now), lambda: reactions_lines(still_open, now)
        )
    when, args.text = parse_dates.with_time(args.at, args.text)
    at = parse_dates.past(when, now)
    said = parse_dates.said_day(when, now)
    entry = keep_entry(
        args.db, lambda archive: _entry(args, archive, at, said, now), now, args.person
    )
    with open_archive(args.db) as archive:
        advised = (
            _rest(archive, args, now) if args.what == "over" else _advice(archive, args, entry, now)
        )
    return entry_result(entry, now, advised)


def _entry(
    args: argparse.Namespace, archive: Archive, at: int, said: dict[str, object], now: int
) -> Entry:
    data: dict[str, object] = {"text": " ".join(args.text), "signs": args.sign, **said}
    if args.what == "open":
        zone = choose_zone(policies_of(archive, args.person), args.zone, needed=True)
        return Entry(diary.REACTION, at, zone, data=data)
    began = _open_reaction(archive, args)
    if at < began.at:
        when = units.clock_time(began.at, now, began.day)
        raise UsageError(f"It began only {when}.", "Say a later time with --at.")
    if args.what == "over" and args.sign:
        raise UsageError(
            "With a sign to take seriously it is not over.", "Say reaction look, see a clinician."
        )
    kind = diary.REACTION_OVER if args.what == "over" else diary.FOLLOW_UP
    return Entry(kind, at, began.zone, data=data | {"reaction": began.token})


def _open_reaction(archive: Archive, args: argparse.Namespace) -> Entry:
    """Return the oldest open reaction of a zone; without `zone`, of the only zone with one.

    Raises `UsageError` if there is none, or if several zones have one.
    """
    zone: str | None = args.zone
    still_open = open_reactions(look(archive, args.person).entries)
    if zone is not None:
        # By the reaction's own zone: maybe no policy names it any more. A reaction from a case's
        # log may have no zone: any zone without a reaction of its own means this one.
        theirs = [reaction.zone for reaction in still_open]
        zone = choose_zone(policies_of(archive, args.person), zone, also=theirs)
        of_zone = [reaction for reaction in still_open if reaction.zone == zone]
        if not of_zone:
            of_zone = [reaction for reaction in still_open if reaction.zone is None]
        if still_open and not of_zone:
            raise UsageError(f"No reaction is open for {zone}.", "See reaction for what is open.")
        still_open = of_zone
    if not still_open:
        raise UsageError("No reaction is open.", "Say reaction open first.")
    zones = list(dict.fromkeys(reaction.zone for reaction in still_open))
    if len(zones) > 1:
        named = ", ".join(name or "no zone" for name in zones)
        other = "; any other area is the one without" if None in zones else ""
        raise UsageError(f"Several reactions are open: {named}.", f"Say which with --zone{other}.")
    return still_open[0]


def _rest(archive: Archive, args: argparse.Namespace, now: int) -> list[str]:
    """Return sentences on the rest after a reaction, the longest of all cases, and on open ones."""
    past = look(archive, args.person)
    policies = [past.policies.after_sync(case) for case in past.cases_now]
    policies = policies or [policy.for_needle(policy.DEFAULT_NEEDLE_UM)]
    rest_s = max(known.reaction_rest_s for known in policies)
    return reaction_rest_lines(rest_s, open_reactions(past.entries), now)


def _advice(archive: Archive, args: argparse.Namespace, entry: Entry, now: int) -> list[str]:
    """Return advice on the reaction that an entry is about."""
    (about,) = [
        reaction
        for reaction in reactions(look(archive, args.person).entries)
        if entry.token in [seen.token for seen in reaction.seen]
    ]
    return advice(about, now)
