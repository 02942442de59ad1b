"""``host note``: writes a note into the diary."""

import argparse
import io
import sys

from rollhost.cli import parse_dates
from rollhost.cli.arguments import add_at, add_database, add_json, add_person, add_zone
from rollhost.cli.choose import choose_zone
from rollhost.cli.persons import policies_of
from rollhost.cli.result import Result
from rollhost.cli.write_entry import entry_result, keep_entry
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import MAX_TEXT, Entry
from rollhost.errors import UsageError
from rollhost.guidance.red_flag_words import words_for_signs
from rollhost.now import current_time
from rollhost.output.reactions import noted_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("text", nargs="*", help="what to remember; - alone: from stdin")
    add_at(parser)
    add_zone(parser)
    add_person(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Write the entry of a note."""
    now = int(current_time())
    when, given = parse_dates.with_time(args.at, args.text)
    text = (_from_stdin() if given == ["-"] else " ".join(given)).strip()
    if not text:
        raise UsageError("There is nothing to write down.", "Give the note some words.")
    at = parse_dates.past(when, now)
    data = {"text": text, **parse_dates.said_day(when, now)}

    def make(archive: Archive) -> Entry:
        zone = args.zone
        if zone is not None:
            zone = choose_zone(policies_of(archive, args.person), zone)
        return Entry(diary.NOTE, at, zone, data=data)

    entry = keep_entry(args.db, make, now, args.person)
    raised = words_for_signs(text)
    also = {"raised": list(raised)}
    return entry_result(args.db, entry, now, also=also, notes=noted_lines(raised))


def _from_stdin() -> str:
    """Return the text on stdin. Raises `UsageError` if it is too long or not UTF-8."""
    if sys.stdin is None:  # closed by the caller
        return ""
    try:
        # A limit, because stdin may never end.
        text = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8").read(2 * MAX_TEXT).strip()
    except UnicodeDecodeError:
        raise UsageError("What came on stdin is no text.", "Send it as UTF-8.") from None
    if len(text) > MAX_TEXT:
        raise UsageError(
            f"The text has more than {MAX_TEXT:,} characters.", "Nothing was written down."
        )
    return text
