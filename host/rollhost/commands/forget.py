"""``host forget``: erases an entry, or all that is known of a person, here and wherever it goes."""

import argparse
from pathlib import Path

from rollhost.cli.arguments import add_database, add_json
from rollhost.cli.ask import agrees, can_ask
from rollhost.cli.persons import choose_person
from rollhost.cli.result import Result
from rollhost.database import backup, diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import UsageError
from rollhost.history import forgetting, history
from rollhost.history.forgetting import Plan
from rollhost.now import current_time
from rollhost.output.entries import numbered, short_token
from rollhost.output.forget import forget_question, forgotten_document, forgotten_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "what",
        nargs="?",
        metavar="WHAT",
        help="an entry, by its number in undo --list; a photo, by its file; or a person's name",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Erase what is named. It is shown before, and asked for on a terminal."""
    if not args.what:
        raise UsageError(
            "Say what to erase.", "See undo --list, photo and person for what there is."
        )
    now = int(current_time())
    with open_archive(args.db) as archive:
        plan = _plan(archive, args.what)
        question = forget_question(plan, now)
        if not args.yes and not (can_ask() and agrees(f"{question} Erase it?")):
            return Result(
                lambda: forgotten_document(plan, [], done=False),
                lambda: [question, "Nothing was erased. To erase it without a question: --yes."],
            )
        with archive.transaction():
            forgetting.carry_out(archive, plan)
        archive.scrub()
        left = backup.copies(archive.path)
    return Result(
        lambda: forgotten_document(plan, left, done=True),
        lambda: forgotten_lines(plan, left),
    )


def _plan(archive: Archive, what: str) -> Plan:
    """Return what is to be erased. Raises `UsageError` if nothing is called so."""
    entries = [entry for entry in archive.diary.everything() if entry.kind in diary.KINDS]
    found = numbered(entries, what)
    if len(found) > 1:
        longer = ", ".join(short_token(entry, entries) for entry in found)
        raise UsageError(f"Several entries have the number {what!r}.", f"Say one of {longer}.")
    found = found or [entry for entry in entries if _is_photo(entry, what)]
    if found:
        return forgetting.of_entries(history.read(archive), found)
    try:
        person = choose_person(archive.persons(), what)
    except UsageError:
        raise UsageError(
            f"There is no entry, photo or person {what!r}.",
            "See undo --list, photo and person for what there is.",
        ) from None
    return forgetting.of_person(history.read(archive), person)


def _is_photo(entry: Entry, name: str) -> bool:
    path = Path(str(entry.data.get("path", "")))
    return entry.kind == diary.PHOTO and name in (path.name, str(path))
