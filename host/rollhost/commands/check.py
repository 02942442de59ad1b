"""``host check``: asks once for the reasons against rolling, and says what each answer means."""

import argparse
from collections.abc import Mapping, Sequence

from rollhost.cli import terminal
from rollhost.cli.arguments import add_database, add_json, add_person
from rollhost.cli.ask import choose_many
from rollhost.cli.choose import choose_person
from rollhost.cli.names import quoted
from rollhost.cli.parse_reasons import own_words, understood
from rollhost.cli.parser import Parser
from rollhost.cli.result import Result
from rollhost.cli.write_entry import told_line
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive, open_or_empty
from rollhost.errors import UsageError
from rollhost.guidance.reasons import ASKED, HOLDING, REASONS, Reason
from rollhost.history import checks, holds, recent
from rollhost.now import current_time
from rollhost.output.checks import (
    NONE,
    TITLE,
    answer_document,
    answer_lines,
    last_line,
    questions_document,
    questions_lines,
)
from rollhost.output.holds import also_held_lines


def add_arguments(parser: Parser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("text", nargs="*", help="your words to the answer")
    parser.add_argument(
        "--reason", action="append", default=[], metavar="REASON",
        help="one that is so for you, or a word for it; may be given again",
    )  # fmt: skip
    parser.offered["reason"] = list(ASKED)
    parser.add_argument("--none", action="store_true", help="none of them is so for you")
    add_person(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Ask, keep the answer and the holds that follow; where nobody can be asked, show both."""
    now = int(current_time())
    if args.none and args.reason:
        raise UsageError("Either --none or a --reason.", "See check --help.")
    words = {typed: _reason(typed) for typed in args.reason}
    named = list(words.values())
    with open_or_empty(args.db) as archive:
        person = choose_person(archive.persons(), args.person)
        every = recent.read(archive, now)
        past = every.of(person.token)
    last = checks.last_check(past.entries)
    if not named and not args.none:
        titles = [last_line(last, now), TITLE] if last else [TITLE]
        asked = [(name, reason.line) for name, reason in ASKED.items()]
        answer = choose_many(titles, asked, NONE)
        if answer is None:
            if args.text:
                raise UsageError("Say which reason it is about.", "Say --reason or --none.")
            return Result(
                lambda: questions_document(last),
                lambda: questions_lines(last, now, terminal.width()),
                hints=["To answer: check --reason REASON, or check --none."],
            )
        named = answer
    chosen = [reason for name, reason in ASKED.items() if name in named]
    texts = {name: own_words(typed, ASKED[name]) for typed, name in words.items()}
    text = " ".join(args.text).strip()
    entries = [
        *_holds(past.entries, chosen, texts, text, now),
        _entry(
            diary.CHECK,
            now,
            {"reasons": [reason.name for reason in chosen]},
            *texts.values(),
            text,
        ),
    ]
    with open_archive(args.db, create=True) as archive, archive.transaction():
        *held, entry = [
            archive.diary.add(known._replace(person=person.token), now) for known in entries
        ]
    told = told_line(every, entry) if held else ""
    new = [hold.number("reason") for hold in held]
    also = [hold for hold in holds.of_entries(past.entries, now) if hold.reason not in new]
    return Result(
        lambda: answer_document(entry, chosen, held),
        lambda: [*answer_lines(entry, chosen, told, now), *also_held_lines(also)],
    )


def _reason(typed: str) -> str:
    """Return the reason that a person's words mean. Raises `UsageError` for one not asked here."""
    try:
        return understood(typed, ASKED)
    except UsageError as unknown:
        try:
            other = understood(typed, REASONS)
        except UsageError:
            raise unknown from None
        raise UsageError(
            f"The check does not ask for {quoted(typed)}.", f"Say hold {other}."
        ) from None


def _holds(
    entries: Sequence[Entry],
    chosen: Sequence[Reason],
    texts: Mapping[str, str],
    text: str,
    now: int,
) -> list[Entry]:
    """Return the holds that follow from the answer and do not stand yet without an end.

    `texts` are the owner's words for each reason, `text` those for all of them.
    """
    stand = {hold.reason for hold in holds.of_entries(entries, now) if hold.until is None}
    return [
        _entry(
            diary.HOLD,
            now,
            {"reason": reason.hold, "until": 0},
            texts.get(reason.name, ""),
            text,
        )
        for reason in chosen
        if reason.name in HOLDING and reason.hold not in stand
    ]


def _entry(kind: str, now: int, data: dict[str, object], *words: str) -> Entry:
    text = "; ".join(filter(None, words))
    return Entry(kind, now, data={**data, "text": text} if text else data)
