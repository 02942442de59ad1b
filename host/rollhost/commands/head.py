"""``host head``: shows the present head, or notes a new one in place of a very long press."""

import argparse

from rollhost.cli import terminal
from rollhost.cli.arguments import add_case, add_database, add_json, add_person
from rollhost.cli.persons import case_meant, case_now, person_meant
from rollhost.cli.result import Result
from rollhost.cli.write_entry import entry_result
from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive, open_or_empty
from rollhost.errors import UsageError
from rollhost.history import case_status, history
from rollhost.history.skin_status import Around
from rollhost.now import current_time
from rollhost.output.heads import heads_document, heads_lines
from rollhost.output.persons import whose_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "what", nargs="?", choices=["new"], default=None,
        help="new: a new head is in; without it: how long the present one is good",
    )  # fmt: skip
    parser.add_argument("text", nargs="*", help="why, or what else to remember")
    add_case(parser)
    add_person(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Write the entry of a new head of one case, or show the present head of each."""
    now = int(current_time())
    if args.what is None:
        return _show(args, now)
    with open_archive(args.db) as archive:
        past = history.read(archive)
        case = case_now(past, args.person, args.case)
        person = past.person_now(case)
        if person is None:
            raise UsageError(f"Nobody has said whose case {case.title} is.", whose_line(case))
        data: dict[str, object] = {"text": " ".join(args.text)}
        entry = Entry(diary.HEAD, now, case_id=case.id, data=data, person=person)
        with archive.transaction():
            entry = archive.diary.add(entry, now)
    return entry_result(entry, now)


def _show(args: argparse.Namespace, now: int) -> Result:
    with open_or_empty(args.db) as archive:
        every = history.read(archive)
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
