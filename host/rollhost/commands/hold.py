"""``host hold``: keeps the case from a use for the skin's sake, or shows whether it does."""

import argparse
from collections.abc import Sequence

from rollcore import events
from rollhost.cli import parse_dates, terminal
from rollhost.cli.arguments import add_database, add_json, add_person
from rollhost.cli.ask import agrees, can_ask
from rollhost.cli.names import key, listed
from rollhost.cli.parse_reasons import own_words, understood
from rollhost.cli.parser import Parser
from rollhost.cli.persons import look
from rollhost.cli.result import Result
from rollhost.cli.write_entry import entry_result, keep_entry
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.database.open import open_or_empty
from rollhost.errors import UsageError
from rollhost.guidance import reasons
from rollhost.guidance.reasons import ASK_DOCTOR, HOLDING, Reason
from rollhost.history import case_status, holds
from rollhost.history.history import History
from rollhost.history.holds import Hold
from rollhost.history.untold import open_reactions
from rollhost.now import current_time
from rollhost.output.holds import holds_document, holds_lines, release_word, still_held_line
from rollhost.output.records import hold_reason
from rollhost.output.text import labelled

RELEASE = "release"


def add_arguments(parser: Parser) -> None:
    """Add the arguments of this command."""
    choices = [*HOLDING, RELEASE]
    parser.add_argument(
        "reason", nargs="*", metavar="REASON",
        help=f"{listed(choices)}, or a word for one of them; release REASON ends one of several;"
        " without a word, where things stand, and what each means",
    )  # fmt: skip
    parser.offered["reason"] = choices
    parser.add_argument("--until", metavar="DAY", help="when it ends by itself, such as 10d")
    parser.add_argument(
        "--doctor", action="store_true", help="with release: a doctor said yes to it"
    )
    parser.add_argument("--note", metavar="TEXT", default="", help="your words to it")
    add_person(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Write the entry of a hold or of its release; without a reason, show holds and reasons."""
    now = int(current_time())
    typed = " ".join(args.reason)
    is_release = bool(args.reason) and (
        key(args.reason[0]) == RELEASE or understood(typed, HOLDING, [RELEASE]) == RELEASE
    )
    if args.doctor and not is_release:
        raise UsageError("--doctor goes with a release.", "Say hold release --doctor.")
    if not args.reason:
        if args.until:
            raise UsageError("Say the reason too.", f"There are {listed(HOLDING, 'and')}.")
        return _show(args, now)
    if is_release:
        if args.until:
            raise UsageError("A release has no end.", "Leave --until out.")
        rest = " ".join(args.reason[1:])
        return _release(args, HOLDING[understood(rest, HOLDING)] if rest else None, now)
    return _hold(args, typed, HOLDING[understood(typed, HOLDING, [RELEASE])], now)


def _hold(args: argparse.Namespace, typed: str, reason: Reason, now: int) -> Result:
    if args.until and reason.needs_doctor:
        raise UsageError(
            f"A hold for {hold_reason(reason.hold)} ends when a doctor says yes, not by a day.",
            "Leave --until out; then say hold release --doctor.",
        )
    until = parse_dates.future(args.until, now) if args.until else 0
    data: dict[str, object] = {"reason": reason.hold, "until": until}
    if args.until:
        said = parse_dates.said_day(args.until, now)
        data |= {f"until_{name}": day for name, day in said.items()}
    text = "; ".join(filter(None, [own_words(typed, reason), args.note.strip()]))
    if text:
        data["text"] = text
    entry = Entry(diary.HOLD, now, data=data)
    return _kept(args, entry, now, _advice(reason, ends_by_itself=bool(until)))


def _advice(reason: Reason, ends_by_itself: bool) -> list[str] | None:
    """Return what a hold for a reason means, and how it ends; None for a reason of one's own."""
    if reason.name == "other":
        return None
    if reason.needs_doctor:
        ask = "Ask a doctor first." if reason.kind == ASK_DOCTOR else "Not at home."
        return [f"{ask} {reason.means}", "Once a doctor said yes: hold release --doctor."]
    end = [] if ends_by_itself else ["Once the skin is well: hold release."]
    return [reason.means, *end]


def _release(args: argparse.Namespace, reason: Reason | None, now: int) -> Result:
    """Release all holds, or that for `reason`; where a doctor has to say yes, only if one did."""
    with open_or_empty(args.db) as archive:
        stand, _ = _standing(look(archive, args.person), now)
    about = [hold for hold in stand if reason is None or hold.reason == reason.hold]
    if reason is not None and not about:
        there = ", ".join(map(release_word, stand))
        raise UsageError(
            f"Not on hold for {hold_reason(reason.hold)}.",
            f"On hold are: {there}." if there else "Nothing is on hold.",
        )
    needing = [hold for hold in about if reasons.needs_doctor(hold.reason)]
    said_yes = args.doctor or (
        bool(needing) and can_ask() and agrees("Released: did a doctor say yes?")
    )
    if needing and not said_yes:
        line = still_held_line(stand, needing)
        return Result(
            lambda: {"entry": None, "says": line, "holds": holds_document(stand, ())},
            lambda: ["Nothing was released."],
            notes=[line],
        )
    data: dict[str, object] = {"reason": events.NO_HOLD, "until": 0}
    if reason is not None:
        data["released"] = reason.hold
    if said_yes:
        data["doctor"] = True
    if args.note.strip():
        data["text"] = args.note.strip()
    entry = Entry(diary.HOLD, now, data=data)
    return _kept(args, entry, now)


def _kept(
    args: argparse.Namespace, said: Entry, now: int, advice: Sequence[str] | None = None
) -> Result:
    entry = keep_entry(args.db, lambda archive: said, now, args.person)
    return entry_result(args.db, entry, now, advice)


def _standing(past: History, now: int) -> tuple[list[Hold], set[int]]:
    """Return the holds that stand, of several cases each once, and the tokens of those untold."""
    cases = case_status.summarise_all(past, now)
    if not cases:
        found = holds.of_entries(past.entries, now)
        return found, {hold.token for hold in found}
    each: dict[int, Hold] = {}
    for case in cases:
        for hold in case.holds:
            each.setdefault(hold.reason, hold)
    in_use = [case for case in cases if case.case.id not in past.retired]
    return list(each.values()), {entry.token for case in in_use for entry in case.waiting}


def _show(args: argparse.Namespace, now: int) -> Result:
    with open_or_empty(args.db) as archive:
        past = look(archive, args.person)
    stand, untold = _standing(past, now)
    reaction_is_open = bool(open_reactions(past.entries))
    meanings = {name: _meaning(reason) for name, reason in HOLDING.items()}
    meanings[RELEASE] = "the holds are over; release REASON ends one of them"
    listed_reasons = [{"reason": name, "meaning": meaning} for name, meaning in meanings.items()]
    return Result(
        lambda: {"holds": holds_document(stand, untold), "reasons": listed_reasons},
        lambda: [
            *holds_lines(stand, untold, reaction_is_open, now),
            "",
            "The reasons, for hold REASON:",
            *_reason_lines(meanings),
        ],
    )


def _reason_lines(meanings: dict[str, str]) -> Sequence[str]:
    return labelled(meanings.items(), terminal.width(), column=15)


def _meaning(reason: Reason) -> str:
    return f"{reason.line} (a doctor first)" if reason.kind == ASK_DOCTOR else reason.line
