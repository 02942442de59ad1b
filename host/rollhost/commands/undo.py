"""``host undo``: takes an entry back; a case that was told of it hears so at its next sync."""

import argparse
import shlex

from rollhost.cli import terminal
from rollhost.cli.arguments import add_database, add_json, add_person
from rollhost.cli.ask import agrees, can_ask
from rollhost.cli.persons import choose_person
from rollhost.cli.result import Result
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import UsageError
from rollhost.history import corrections, history, lineage
from rollhost.history.policies import policy_of, read_policies
from rollhost.now import current_time
from rollhost.output.entries import (
    entries_document,
    entries_lines,
    entry_document,
    entry_sentence,
    numbered,
    short_token,
)

_FOR_GOOD = "The records that would be needed are not here. Say in a note that it was a mistake."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "entry", nargs="?", metavar="ENTRY",
        help="which one, by its number in undo --list; without one: what was written down last",
    )  # fmt: skip
    parser.add_argument("--list", action="store_true", help="show what can be taken back")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_person(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """List the entries, or take one back. It is shown before, and asked for on a terminal."""
    now = int(current_time())
    with open_archive(args.db) as archive:
        person = choose_person(archive.persons(), args.person)
        every = archive.diary.everything()
        said = [entry for entry in diary.standing(every, diary.UNDOABLE) if entry.written_at]
        theirs = [entry for entry in said if entry.person == person.token]
        if args.list:
            left = [entry for entry in theirs if not _is_taken(archive, entry)]
            return Result(
                lambda: entries_document(left, every),
                lambda: entries_lines(left, every, now, terminal.width()),
            )
        # A number is of one entry, whoever's it is.
        entry = _chosen(theirs if args.entry is None else said, args.entry)
        is_told = archive.is_logged(entry.token)
        if is_told and not _can_be_corrected(archive, entry):
            raise UsageError(f"The case knows of it: {entry_sentence(entry, now)}.", _FOR_GOOD)
        if _is_taken(archive, entry):
            raise UsageError("The case has taken these rules.", "Set others: policy set.")
        if not args.yes and not _is_sure(args, entry, now):
            return Result(
                lambda: {"taken_back": None, "last": entry_document(entry)},
                lambda: [
                    f"Nothing was taken back. {'This' if args.entry else 'The last'} is"
                    f" {entry_sentence(entry, now)}."
                ],
                hints=[_how(short_token(entry, every), args.person)],
            )
        with archive.transaction():
            archive.diary.undo(entry, now)
            archive.settle()
    return Result(
        lambda: {"taken_back": entry_document(entry)},
        lambda: [f"Taken back: {entry_sentence(entry, now)}."],
        hints=["The case knows of it: the next sync takes it back there, too."] if is_told else [],
    )


def _can_be_corrected(archive: Archive, entry: Entry) -> bool:
    """Return whether all records are here that a case which knows of the entry is corrected by."""
    told = [log for log in history.read(archive).all_logs if entry.token in log.tokens]
    now = [log for log in told if log.newest is None]
    return not any(corrections.taken_back(log, [entry.token]).unknown for log in now)


def _is_sure(args: argparse.Namespace, entry: Entry, now: int) -> bool:
    """Return whether the person wants this entry undone: on a terminal they have seen it first."""
    if can_ask():
        return agrees(f"Take back {entry_sentence(entry, now)}?")
    return args.entry is not None


def _how(number: str, person: str | None) -> str:
    """Return the hint how the entry with this number, the person's last, is taken back."""
    whose = f" --person {shlex.quote(person)}" if person else ""
    return f"To take it back: undo {number}{whose}, or undo --yes{whose}."


def _is_taken(archive: Archive, entry: Entry) -> bool:
    """Return whether it is a policy that is in a log: later ones do not change that."""
    if entry.kind != diary.POLICY:
        return False
    assert entry.case_id is not None
    policies = read_policies(archive)
    case = next(case for case in archive.cases() if case.id == entry.case_id)
    if policies.written(case) == entry and policies.waiting(case) is not None:
        return False  # somebody who had the case before may have had the same rules
    taken: set[int] = set()
    for log_id in archive.logs(entry.case_id):
        taken |= {digest for _, digest, _ in archive.policy_settings(log_id)}
        states = lineage.told_states(archive.log_facts(log_id))
        taken |= {state.policy_digest for state in states.values()}
    return policy_of(entry).digest in taken


def _chosen(entries: list[Entry], number: str | None) -> Entry:
    """Return the entry with this number, or the last one.

    Raises `UsageError` if there is none, or several.
    """
    if not entries:
        raise UsageError("There is nothing to take back.", "Nothing is written down.")
    if number is None:
        return entries[-1]
    found = numbered(entries, number)
    if len(found) != 1:
        which = "Several entries have" if found else "No entry has"
        raise UsageError(f"{which} the number {number!r}.", "See undo --list.")
    return found[0]
