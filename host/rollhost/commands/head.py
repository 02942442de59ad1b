"""``host head``: shows the present head, or notes that a new one is in, or that it is out."""

import argparse

from rollcore import events
from rollhost.cli import terminal
from rollhost.cli.arguments import add_case, add_database, add_json, add_person, add_zone
from rollhost.cli.choose import choose_zone
from rollhost.cli.names import leading_name, listed, near_name, quoted
from rollhost.cli.persons import case_meant, case_now, person_meant
from rollhost.cli.result import Result
from rollhost.cli.write_entry import entry_result
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive, open_or_empty
from rollhost.errors import UsageError
from rollhost.guidance import heads as guidance
from rollhost.history import case_status, recent
from rollhost.history.history import History
from rollhost.history.skin_status import Around
from rollhost.now import current_time
from rollhost.output.heads import heads_document, heads_lines
from rollhost.output.persons import whose_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "what", nargs="?", choices=["new", "out"], default=None,
        help="new: a new head is in; out: it is used no more, whatever its uses and days; without"
        " one: how long the present one is good",
    )  # fmt: skip
    parser.add_argument(
        "text", nargs="*",
        help=f"what to remember; after out first why: {listed(guidance.REASONS)}, or a word for"
        " one of them",
    )  # fmt: skip
    add_zone(parser)
    add_case(parser)
    add_person(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Write the entry of a case's head that is new or out, or show the present head of each."""
    now = int(current_time())
    if args.what != "new" and args.zone is not None:
        raise UsageError("--zone says what a new head is for.", "Say head new --zone NAME.")
    if args.what is None:
        return _show(args, now)
    why, text = _understood(args.text) if args.what == "out" else ("", args.text)
    with open_archive(args.db) as archive:
        past = recent.read(archive, now)
        case = case_now(past, args.person, args.case)
        person = past.person_now(case)
        if person is None:
            raise UsageError(f"Nobody has said whose case {case.title} is.", whose_line(case))
        data: dict[str, object] = {"text": " ".join(text)}
        if args.what == "new":
            zone = _zone(past.of(person), args.zone)
            entry = Entry(diary.HEAD, now, zone, case.id, data, person=person)
        else:
            known = guidance.REASONS.get(why)
            data["reason"] = known.number if known else events.HEAD_OTHER
            entry = Entry(diary.HEAD_OUT, now, None, case.id, data, person=person)
        before = case_status.summarise(past, case, now)
        with archive.transaction():
            entry = archive.diary.add(entry, now)
    if args.what == "out":
        shown = "Until a new one is in, the case shows that the head is expired."
        return entry_result(args.db, entry, now, [shown, *guidance.advice_when_out(why)])
    # Where one goes that is out was said when it was.
    has_old = before.head_days > 0 and before.head_out is None
    return entry_result(
        args.db, entry, now, guidance.advice_at_change(entry.zone is not None, has_old)
    )


def _zone(past: History, name: str | None) -> str | None:
    """Return the zone that was named as what a new head is for, None if none was."""
    return None if name is None else choose_zone(past.policies, name)


def _understood(words: list[str]) -> tuple[str, list[str]]:
    """Return the reason that a person's words name, and the words to keep.

    It is empty if they name none: then the head is out all the same. The words are kept as they
    are, without a reason at their beginning that was named as here. Raises `UsageError` where a
    reason is mistyped.
    """
    spellings = {name: name for name in guidance.REASONS}
    for name, reason in guidance.REASONS.items():
        spellings |= dict.fromkeys(reason.words.split(", "), name)
    for place in range(len(words)):
        found = leading_name(words[place:], spellings)
        if found is not None:
            name, _ = found
            return name, words[1:] if words[0].lower() == name else words
    near = near_name(words[0], guidance.REASONS) if words and len(words[0]) > _SHORT else None
    if near is not None:
        reasons = listed(guidance.REASONS, "and")
        raise UsageError(
            f"There is no reason {quoted(words[0])}.", f"Did you mean {near}? There are {reasons}."
        )
    return "", words


_SHORT = 3
"""A word of at most so many characters is no mistyped reason (own)."""


def _show(args: argparse.Namespace, now: int) -> Result:
    with open_or_empty(args.db) as archive:
        every = recent.read(archive, now)
    person = person_meant(every, args.person, args.case)
    chosen = every.of(person).cases_now
    if args.case is not None:
        chosen = [case_meant(every, args.person, args.case)]
    summaries = [case_status.summarise(every, case, now) for case in chosen]
    around = Around.of(every, person)
    return Result(
        lambda: heads_document(summaries, around),
        lambda: heads_lines(summaries, terminal.width(), around),
    )
