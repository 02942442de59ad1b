"""``host undo``: takes an entry back, as long as no case was told of it."""

import argparse

from rollcore import events
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
from rollhost.history import lineage
from rollhost.history.policies import policy_of
from rollhost.now import current_time
from rollhost.output.entries import (
    entries_document,
    entries_lines,
    entry_document,
    entry_sentence,
    numbered,
    short_token,
)

_FOR_GOOD = "It is in the case's log for good. Say in a note that it was a mistake."


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
        entries = [
            entry
            for entry in diary.standing(every, diary.UNDOABLE)
            if entry.person == person.token and entry.written_at
        ]
        if args.list:
            return Result(
                lambda: entries_document(entries),
                lambda: entries_lines(entries, now, terminal.width()),
            )
        entry = _chosen(entries, args.entry)
        if archive.is_logged(entry.token):
            raise UsageError(
                f"The case knows of it: {entry_sentence(entry, now)}.", _way_out(entry)
            )
        if entry.kind == diary.POLICY and _is_taken(archive, entry):
            raise UsageError("The case has taken these rules.", "Set others: policy set.")
        if not args.yes and not _is_sure(args, entry, now):
            return Result(
                lambda: {"taken_back": None, "last": entry_document(entry)},
                lambda: [
                    f"Nothing was taken back. {'This' if args.entry else 'The last'} is"
                    f" {entry_sentence(entry, now)}."
                ],
                hints=[f"To take it back: undo {short_token(entry, entries)}, or undo --yes."],
            )
        with archive.transaction():
            archive.diary.undo(entry, now)
            archive.settle()
    return Result(
        lambda: {"taken_back": entry_document(entry)},
        lambda: [f"Taken back: {entry_sentence(entry, now)}."],
    )


def _is_sure(args: argparse.Namespace, entry: Entry, now: int) -> bool:
    """Return whether the person wants this entry undone: on a terminal they have seen it first."""
    if can_ask():
        return agrees(f"Take back {entry_sentence(entry, now)}?")
    return args.entry is not None


def _is_taken(archive: Archive, entry: Entry) -> bool:
    """Return whether the policy in this entry is in a log: later ones do not change that."""
    assert entry.case_id is not None
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


def _way_out(entry: Entry) -> str:
    """Return the next step for an entry of which a case was told."""
    if entry.kind == diary.HOLD:
        released = entry.number("reason") == events.NO_HOLD
        return "Say hold again, with its reason." if released else "Say hold release."
    if entry.kind == diary.REACTION:
        return "Say reaction over."
    if entry.kind == diary.REACTION_OVER:
        return "Say reaction open."
    return _FOR_GOOD
