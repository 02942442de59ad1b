"""``host undo``: takes an entry back; a case that was told of it hears so at its next sync."""

import argparse
import shlex
from collections.abc import Sequence

from rollhost.cli import terminal
from rollhost.cli.arguments import add_database, add_json, add_person
from rollhost.cli.ask import agrees, can_ask
from rollhost.cli.choose import choose_person
from rollhost.cli.result import Result
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import UsageError
from rollhost.history import corrections, history, lineage
from rollhost.history.history import History
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
        past = history.read(archive)
        titles = {case.id: case.title for case in archive.cases()}
        # Another computer may have taken back what a case was told: the case's records say so.
        said = [
            entry
            for entry in diary.standing(every, diary.UNDOABLE)
            if entry.written_at and entry.token not in past.undone
        ]
        theirs = [entry for entry in said if entry.person == person.token]
        elsewhere = _only_in_logs(past.of(person.token), every)
        every = [*every, *elsewhere]
        if args.list:
            left = [entry for entry in theirs if not _is_taken(archive, entry)]
            left = sorted([*left, *elsewhere], key=lambda entry: entry.written_at)
            return Result(
                lambda: entries_document(left, every),
                lambda: entries_lines(left, every, titles, now, terminal.width()),
            )
        if args.entry is None and elsewhere and not theirs:
            raise UsageError(
                "Nothing was written down on this computer.",
                "What another one has told a case is in undo --list, and is taken back by number.",
            )
        # A number is of one entry, whoever's it is. Without one it is what was said here.
        entry = _chosen(theirs if args.entry is None else [*said, *elsewhere], args.entry)
        sentence = entry_sentence(entry, now, titles=titles)
        is_told = archive.is_logged(entry.token)
        if is_told and not _can_be_corrected(archive, entry):
            raise UsageError(f"The case knows of it: {sentence}.", _FOR_GOOD)
        if _is_taken(archive, entry):
            raise UsageError("The case has taken these rules.", "Set others: policy set.")
        if not args.yes and not _is_sure(args, sentence):
            return Result(
                lambda: {"taken_back": None, "last": entry_document(entry)},
                lambda: [
                    f"Nothing was taken back. {'This' if args.entry else 'The last'} is {sentence}."
                ],
                hints=[_how(short_token(entry, every), args.person)],
            )
        with archive.transaction():
            archive.diary.undo(entry, now)
            archive.settle()
    return Result(
        lambda: {"taken_back": entry_document(entry)},
        lambda: [f"Taken back: {sentence}."],
        hints=["The case knows of it: the next sync takes it back there, too."] if is_told else [],
    )


def _only_in_logs(past: History, written: Sequence[Entry]) -> list[Entry]:
    """Return what a case of a person was told by a computer whose entries are not here."""
    here = {0, *past.forgotten, *(entry.token for entry in written)}
    return [entry for entry in past.entries if entry.token not in here]


def _can_be_corrected(archive: Archive, entry: Entry) -> bool:
    """Return whether all records are here that a case which knows of the entry is corrected by."""
    told = [log for log in history.read(archive).all_logs if entry.token in log.tokens]
    now = [log for log in told if log.newest is None]
    return not any(corrections.taken_back(log, [entry.token]).unknown for log in now)


def _is_sure(args: argparse.Namespace, sentence: str) -> bool:
    """Return whether the person wants this undone: on a terminal they have read it first."""
    if can_ask():
        return agrees(f"Take back {sentence}?")
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
