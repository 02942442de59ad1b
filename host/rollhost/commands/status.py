"""``host status``: may I roll today, from the database alone."""

import argparse

from rollhost.cli import terminal
from rollhost.cli.arguments import add_case, add_database, add_json, add_person
from rollhost.cli.persons import case_meant, person_meant
from rollhost.cli.result import Result
from rollhost.database.open import open_archive
from rollhost.errors import UsageError
from rollhost.history import case_status, recent, skin_status
from rollhost.history.skin_status import Around
from rollhost.now import current_time
from rollhost.output.status import status_document, status_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_case(parser)
    add_person(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Return where each case stands, and what is known of the skin.

    Raises `UsageError` for a case that is retired.
    """
    now = int(current_time())
    with open_archive(args.db) as archive:
        every = recent.read(archive, now)
    person = person_meant(every, args.person, args.case)
    past = every.of(person)
    cases = case_status.summarise_skin(past, now)
    # If a case's time is ahead of this computer's, the skin is judged at the later time.
    latest = max([now, *(summary.now for summary in cases)])
    skin = skin_status.look(past, cases, latest)
    summaries = case_status.in_use(cases)
    if args.case is not None:
        chosen = case_meant(every, args.person, args.case)
        summaries = [summary for summary in summaries if summary.case == chosen]
        if chosen.id in past.retired:
            raise UsageError(
                f"Case {chosen.title} is used no more.",
                "How the skin is: status without --case. To use it again: undo.",
            )
    around = Around.of(every, person)
    return Result(
        lambda: status_document(summaries, skin, past.quarantined, around),
        lambda: status_lines(summaries, skin, terminal.width(), around),
    )
