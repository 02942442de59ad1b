"""``host reaction``: notes a reaction of the skin, which forbids a use until it is over.

What is normal but kept an eye on is watched: that forbids nothing. With a sign that a clinician
should see it becomes a reaction.
"""

import argparse
import re

from rollcore import policy
from rollcore.reactions import needs_clinician
from rollhost.cli import parse_dates, terminal
from rollhost.cli.arguments import add_at, add_database, add_json, add_person, add_zone
from rollhost.cli.ask import ask, can_ask, choose_many, denies
from rollhost.cli.choose import choose_zone
from rollhost.cli.names import one_of
from rollhost.cli.persons import look, policies_of
from rollhost.cli.result import Result
from rollhost.cli.write_entry import entry_result, keep_entry
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive, open_or_empty
from rollhost.errors import UsageError
from rollhost.guidance.numbers import PAIN_RISE
from rollhost.guidance.red_flag_words import words_for_signs
from rollhost.guidance.signs import SIGNS, names
from rollhost.history import case_status, late_checks
from rollhost.history.reactions import (
    FADING_S,
    Reaction,
    reactions,
    waiting_for_clinician,
    watches,
)
from rollhost.history.state_fields import kept_flags, waits_for_clinician
from rollhost.history.untold import open_reactions
from rollhost.now import current_time
from rollhost.output import units
from rollhost.output.entries import SCORES
from rollhost.output.reactions import (
    advice,
    card_document,
    card_lines,
    clinician_sentence,
    late_texts,
    raised_lines,
    reaction_rest_lines,
    reactions_document,
    reactions_lines,
)

_BEGINS = ("open", "watch")
_ASKS_SIGNS = ("open", "over")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "what", nargs="?", choices=["open", "watch", "look", "over", "seen"], default=None,
        help="open: it began; watch: normal, but kept an eye on, without a hold; look: how it is"
        " now; over: it is gone; seen: a clinician has looked at it; without one: what is open",
    )  # fmt: skip
    parser.add_argument("text", nargs="*", help="what you see")
    parser.add_argument(
        "--sign", action="append", choices=list(SIGNS), default=[], metavar="SIGN",
        type=one_of("sign", SIGNS, {known.name: sign for sign, known in SIGNS.items()}),
        help=f"a sign to take seriously: {', '.join(SIGNS)}; may be given again",
    )  # fmt: skip
    for name in SCORES:
        parser.add_argument(
            f"--{name}", type=_score, metavar="N", help=f"how much {name}, from 0 (none) to 10"
        )
    add_at(parser)
    add_zone(parser)
    add_person(parser)
    add_database(parser)
    add_json(parser)


def _score(text: str) -> int:
    """Return a number from 0 to 10 in an option's text, for argparse."""
    if not text.isdecimal() or int(text) > 10:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to 10")
    return int(text)


def run(args: argparse.Namespace) -> Result:
    """Write an entry about a reaction, or list the open ones."""
    now = int(current_time())
    if args.what is None:
        return _show(args, now)
    when, args.text = parse_dates.with_time(args.at, args.text)
    at = parse_dates.past(when, now)
    said = parse_dates.said_day(when, now)
    text = " ".join(args.text)
    if args.what == "seen":
        data: dict[str, object] = {"text": text, **said}
        visit = keep_entry(
            args.db, lambda archive: _seen(archive, args, at, data), now, args.person
        )
        with open_archive(args.db) as archive:
            advised = _after_visit(archive, args, visit, now)
        return entry_result(args.db, visit, now, advised)
    with open_or_empty(args.db) as archive:
        about = None if args.what in _BEGINS else _chosen(archive, args, at, now)
        zone = about.began.zone if about else None
        if about is None:
            zone = choose_zone(policies_of(archive, args.person), args.zone, needed=True)
    if args.what == "over" and args.sign:
        raise UsageError(
            f"With {names(args.sign)} it is not over yet.",
            f"Say reaction look --sign {' --sign '.join(args.sign)}, and see a clinician.",
        )
    may_ask = can_ask()
    signs: list[str] = args.sign
    if args.what in _ASKS_SIGNS and not signs and may_ask:
        listed = [(sign, known.asked) for sign, known in SIGNS.items()]
        signs = choose_many(["Do you see any of these now?"], listed, "none of these") or []
    scores = _scores(args, may_ask)
    words = {**_rising(about, scores), **words_for_signs(text)}
    raised = {sign: said for sign, said in words.items() if sign not in signs}
    if may_ask:
        raised = {sign: raised[sign] for sign in raised if not denies(_question(sign, raised))}
    signs = [*signs, *raised]
    data = {"text": text, "signs": signs, **said, **scores}
    kind = _kind(args.what, about, signs)
    if about is not None and kind == diary.REACTION:
        data["watch"] = about.began.token
    elif about is not None:
        data["reaction"] = about.began.token
    entry = Entry(kind, at, zone, data=data)
    entry = keep_entry(args.db, lambda archive: entry, now, args.person)
    with open_archive(args.db) as archive:
        return _result(archive, args, entry, raised, now)


def _question(sign: str, raised: dict[str, str]) -> str:
    words, name = raised[sign], SIGNS[sign].name
    return (
        f'You wrote "{words}". Is that so?'
        if words == name
        else (f'You wrote "{words}": {name}. Is that so?')
    )


def _kind(what: str, about: Reaction | None, signs: list[str]) -> str:
    """Return the kind of the entry to write: with signs nothing is over, nor only watched."""
    if about is None:
        return diary.WATCH if what == "watch" and not signs else diary.REACTION
    if about.is_watched and signs:
        return diary.REACTION
    if what == "look" or signs:
        return diary.FOLLOW_UP
    return diary.WATCH_OVER if about.is_watched else diary.REACTION_OVER


def _scores(args: argparse.Namespace, may_ask: bool) -> dict[str, int]:
    """Return redness and pain as they were given, or answered at a look."""
    given = {name: getattr(args, name) for name in SCORES if getattr(args, name) is not None}
    if given or args.what != "look" or not may_ask:
        return given
    question = "Redness and pain, 0 to 10 (Enter to skip):"
    while answer := ask(question):
        numbers = re.findall(r"\d+", answer)
        if 1 <= len(numbers) <= len(SCORES) and all(int(number) <= 10 for number in numbers):
            return dict(zip(SCORES, map(int, numbers), strict=False))
        question = "Two numbers from 0 to 10, such as 3 1 (Enter to skip):"
    return {}


def _rising(about: Reaction | None, scores: dict[str, int]) -> dict[str, str]:
    """Return the sign of rising pain with its numbers: `PAIN_RISE` more than at the last look."""
    before = about.numbers("pain")[-1:] if about else []
    if before and scores.get("pain", 0) >= before[0] + PAIN_RISE:
        return {"pain": f"pain {before[0]}, then {scores['pain']}"}
    return {}


def _show(args: argparse.Namespace, now: int) -> Result:
    if args.text or args.sign:
        raise UsageError("Say open, watch, look, over or seen.", "See reaction --help.")
    with open_or_empty(args.db) as archive:
        past = look(archive, args.person)
    known = reactions(past.entries, past.sessions)
    still_open = [
        reaction for reaction in known if reaction.over is None or reaction.needs_clinician
    ]
    watched = [watch for watch in watches(past.entries, past.sessions) if watch.over is None]
    dark_spots = late_checks.dark_spots(past.sessions, known, past.entries, now)
    late = late_texts(dark_spots, [], now)
    return Result(
        lambda: reactions_document(still_open, watched, now),
        lambda: reactions_lines(still_open, watched, late, now),
    )


def _chosen(archive: Archive, args: argparse.Namespace, at: int, now: int) -> Reaction:
    """Return the reaction that is meant, or else what is watched; see `_of_zone`.

    Raises `UsageError` if there is none, if several zones have one, or if it began after `at`.
    """
    past = look(archive, args.person)
    known = [*reactions(past.entries, past.sessions), *watches(past.entries, past.sessions)]
    about = _of_zone(archive, args, [reaction for reaction in known if reaction.over is None])
    began = about.began
    if at < began.at:
        when = units.clock_time(began.at, now, began.day)
        raise UsageError(f"It began only {when}.", "Say a later time with --at.")
    return about


def _seen(archive: Archive, args: argparse.Namespace, at: int, data: dict[str, object]) -> Entry:
    """Return the entry that a clinician has looked at a reaction."""
    if args.sign:
        raise UsageError("A clinician has seen it: no sign is left to note.", "Leave --sign out.")
    past = look(archive, args.person)
    waiting = waiting_for_clinician(past.entries)
    still_open = [reaction for reaction in reactions(past.entries) if reaction.over is None]
    if not waiting and not still_open:
        cases = case_status.summarise_all(past, int(current_time()))
        if not any(needs_clinician(case.state) for case in cases):
            raise UsageError("No reaction waits for a clinician.", "See reaction for what is open.")
        # Only a case knows of it: by its token, or else it is about all.
        named = [
            token
            for case in cases
            for token, flags in kept_flags(case.state).items()
            if waits_for_clinician(flags)
        ]
        return Entry(diary.SAW, at, data=data | {"reaction": named[0] if named else 0})
    began = _of_zone(archive, args, waiting or still_open).began
    return Entry(diary.SAW, at, began.zone, data=data | {"reaction": began.token})


def _of_zone(archive: Archive, args: argparse.Namespace, still_open: list[Reaction]) -> Reaction:
    """Return the oldest of these reactions of a zone; without `zone`, of the only zone with one.

    Raises `UsageError` if there is none, or if several zones have one.
    """
    zone: str | None = args.zone
    if zone is not None:
        # By the reaction's own zone: maybe no policy names it any more. A reaction from a case's
        # log may have no zone: any zone without a reaction of its own means this one.
        theirs = [reaction.began.zone for reaction in still_open]
        zone = choose_zone(policies_of(archive, args.person), zone, also=theirs)
        of_zone = [reaction for reaction in still_open if reaction.began.zone == zone]
        if not of_zone:
            of_zone = [reaction for reaction in still_open if reaction.began.zone is None]
        if still_open and not of_zone:
            raise UsageError(f"No reaction is open for {zone}.", "See reaction for what is open.")
        still_open = of_zone
    if not still_open:
        raise UsageError("No reaction is open.", "Say reaction open first.")
    zones = list(dict.fromkeys(reaction.began.zone for reaction in still_open))
    if len(zones) > 1:
        named = ", ".join(name or "no zone" for name in zones)
        other = "; any other area is the one without" if None in zones else ""
        raise UsageError(f"Several reactions are open: {named}.", f"Say which with --zone{other}.")
    return still_open[0]


def _result(
    archive: Archive, args: argparse.Namespace, entry: Entry, raised: dict[str, str], now: int
) -> Result:
    """Return what was written down, with advice, the card where it began, and the raised signs."""
    if entry.kind == diary.REACTION_OVER:
        advised = _rest(archive, args, now)
    elif entry.kind == diary.WATCH_OVER:
        advised = ["It was only watched: no rest follows."]
    else:
        about = _about(archive, args, entry)
        advised = [*_turned(args.what, entry), *advice(about, now)]
    card = args.what == "open"
    document: dict[str, object] = {"raised": list(raised)}
    if card:
        document["card"] = card_document()
    offer = _offer(args, about) if args.what == "open" else []
    after = [*(["", *card_lines(terminal.width())] if card else []), *offer]
    notes = [] if can_ask() else raised_lines(raised)
    return entry_result(args.db, entry, now, advised, document, after, notes)


def _turned(what: str, entry: Entry) -> list[str]:
    """Return a sentence if what was written is not what was asked for, because of a sign."""
    if "watch" in entry.data or (what == "watch" and entry.kind == diary.REACTION):
        return [f"With {names(entry.signs)} it is a reaction: the case holds after the next sync."]
    if what == "over":
        return [f"With {names(entry.signs)} it is not over yet: this is a look at it."]
    return []


def _offer(args: argparse.Namespace, reaction: Reaction) -> list[str]:
    """Return a line that offers to watch in place of a hold what may well be normal."""
    follows = reaction.session is not None and reaction.began.at < reaction.since + FADING_S
    if reaction.signs or not follows:
        return []
    zone = f" --zone {reaction.began.zone}" if args.zone else ""
    return [f"If it is only what is normal: undo, then reaction watch{zone}. That holds nothing."]


def _about(archive: Archive, args: argparse.Namespace, entry: Entry) -> Reaction:
    """Return the reaction, or what is watched, that an entry is about."""
    past = look(archive, args.person)
    known = [*reactions(past.entries, past.sessions), *watches(past.entries, past.sessions)]
    return next(
        reaction for reaction in known if entry.token in [seen.token for seen in reaction.seen]
    )


def _rest(archive: Archive, args: argparse.Namespace, now: int) -> list[str]:
    """Return sentences on the rest after a reaction, the longest of all cases, and on open ones."""
    past = look(archive, args.person)
    policies = [past.policies.after_sync(case) for case in past.cases_now]
    policies = policies or [policy.for_needle(policy.DEFAULT_NEEDLE_UM)]
    rest_s = max(known.reaction_rest_s for known in policies)
    red = clinician_sentence(waiting_for_clinician(past.entries))
    seen = [red, "Once a clinician has looked at it: reaction seen."] if red else []
    return [*seen, *reaction_rest_lines(rest_s, open_reactions(past.entries), now)]


def _after_visit(archive: Archive, args: argparse.Namespace, visit: Entry, now: int) -> list[str]:
    """Return advice after a clinician has looked: on others to be seen, else on this reaction."""
    past = look(archive, args.person)
    others = waiting_for_clinician(past.entries)
    if others:
        also = units.count(len(others), "other reaction")
        waits = "waits" if len(others) == 1 else "wait"
        return [
            f"{also} still {waits} for a clinician.",
            clinician_sentence(others),
            "Once a clinician has looked at it: reaction seen.",
        ]
    return [
        line
        for reaction in reactions(past.entries, past.sessions)
        if reaction.over is None and visit.token in [known.token for known in reaction.visits]
        for line in advice(reaction, now)
    ]
