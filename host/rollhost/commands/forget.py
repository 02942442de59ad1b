"""``host forget``: erases an entry, or all that is known of a person, here and wherever it goes."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from rollhost.cli import automatic_backup, calendar_file, share
from rollhost.cli.arguments import add_database, add_json
from rollhost.cli.ask import agrees, can_ask
from rollhost.cli.choose import choose_person
from rollhost.cli.program import program_name
from rollhost.cli.result import Result
from rollhost.database import backup, diary
from rollhost.database.archive import Archive
from rollhost.database.diary import ME, Entry
from rollhost.database.open import open_archive
from rollhost.errors import UsageError
from rollhost.history import forgetting, history
from rollhost.history.forgetting import Plan
from rollhost.history.photos import photos
from rollhost.now import current_time
from rollhost.output.entries import numbered, short_token
from rollhost.output.forget import (
    changed_sentence,
    dropped_document,
    dropped_lines,
    forget_question,
    forgotten_document,
    forgotten_lines,
)


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
        changed = _changed(archive, args.what)
        if changed is not None:
            return _drop(archive, changed, args.yes)
        plan = _plan(archive, args.what)
        question = forget_question(plan, now)
        if not args.yes and not (can_ask() and agrees(f"{question} Erase it?")):
            return Result(
                lambda: forgotten_document(plan, [], done=False),
                lambda: [question, "Nothing was erased."],
                hints=["To erase it without a question: --yes."],
            )
        calendars = _calendars(archive, plan)
        with archive.transaction():
            forgetting.carry_out(archive, plan)
        archive.scrub()
        left = [*backup.copies(archive.path), *automatic_backup.files(archive), *calendars]
        shares = bool(share.told(archive).get("place"))
    return Result(
        lambda: forgotten_document(plan, left, done=True),
        lambda: forgotten_lines(plan, left),
        hints=[f"Who shares with you hears of it at the next sync, or by {program_name()} share."]
        if shares
        else [],
    )


def _calendars(archive: Archive, plan: Plan) -> list[Path]:
    """Return the calendar files that a sync keeps up to date for a person who is forgotten."""
    if plan.person is None or plan.person.token == ME:  # my own go on
        return []
    files = calendar_file.followed(archive)
    return [Path(row.file) for row in files if row.person == plan.person.token]


def _changed(archive: Archive, what: str) -> int | None:
    """Return the token of the entry that a disk has changed and that has this number, if any."""
    number = what.strip().lower()
    return next((token for token in archive.diary.changed() if f"{token:08x}" == number), None)


def _drop(archive: Archive, token: int, yes: bool) -> Result:
    """Erase an entry that cannot be read any more; without a mark, as an import may mend it."""
    if not yes and not (can_ask() and agrees(f"{changed_sentence(token)} Erase it?")):
        return Result(
            lambda: dropped_document([], done=False),
            lambda: [changed_sentence(token), "Nothing was erased."],
            hints=["To erase it without a question: --yes."],
        )
    with archive.transaction():
        archive.diary.drop(token)
        if not archive.diary.changed():  # else the next one has to go first
            archive.settle()
    archive.scrub()
    left = [*backup.copies(archive.path), *automatic_backup.files(archive)]
    return Result(lambda: dropped_document(left, done=True), lambda: dropped_lines(left))


def _plan(archive: Archive, what: str) -> Plan:
    """Return what is to be erased. Raises `UsageError` if nothing is called so."""
    every = archive.diary.everything()
    found = numbered(every, what)
    if len(found) > 1:
        longer = ", ".join(short_token(entry, every) for entry in found)
        raise UsageError(f"Several entries have the number {what!r}.", f"Say one of {longer}.")
    if found and found[0].kind not in diary.KINDS:
        raise UsageError(
            "Names, rules and whose a case is are not erased one by one.",
            f"Take it back: undo {what}. Erase all of a person: forget NAME.",
        )
    found = found or _photos(every, what)
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


def _photos(every: Sequence[Entry], name: str) -> list[Entry]:
    """Return the photos of this file name or path: where each was noted, or found again."""
    path = Path(name).expanduser()
    paths = {name, str(Path.cwd() / path), os.path.realpath(path)}
    tokens = set()
    for entry in every:
        place = str(entry.data.get("path", ""))
        if entry.kind in (diary.PHOTO, diary.MOVED) and (
            place in paths or Path(place).name == name
        ):
            tokens.add(entry.token if entry.kind == diary.PHOTO else entry.number("photo"))
    return [photo for photo in photos(every) if photo.token in tokens]
