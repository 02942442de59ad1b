"""``host import``: adds a file of `host export json` to the database."""

import argparse
from pathlib import Path

from rollhost.cli import share
from rollhost.cli.arguments import add_database, add_json
from rollhost.cli.ask import ask, can_ask
from rollhost.cli.meet_persons import meet_person
from rollhost.cli.result import Result
from rollhost.database.archive import Archive
from rollhost.database.diary import ME
from rollhost.database.open import open_or_make
from rollhost.errors import DONE, QUARANTINED
from rollhost.exchange import import_json
from rollhost.exchange.import_json import Export, Taken
from rollhost.output import units
from rollhost.output.taken import also_new


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="what export json has written")
    parser.add_argument(
        "--person", metavar="NAME", help="whose the file is, where its computer is somebody else's"
    )
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Add what the database lacks. The exit code is 5 if some records went into quarantine."""
    try:
        reading = import_json.read(args.file.expanduser())
        # In this order: a file that is no export makes no database.
        with reading as export, open_or_make(args.db) as archive:
            me = _whose(archive, export, args.person)
            taken = import_json.keep_in(archive, export, me, user=share.user_of(archive))
    except KeyboardInterrupt:
        raise KeyboardInterrupt("Nothing was imported.") from None
    return Result(
        lambda: _document(taken),
        lambda: _lines(taken),
        notes=[*_names_taken(taken), *_forgotten(taken), *_left_out(taken)],
        exit_code=QUARANTINED if taken.quarantined else DONE,
    )


def _whose(archive: Archive, export: Export, name: str | None) -> int | None:
    """Return who used the computer that the file comes from; None: nobody has said."""
    if name is not None:
        return meet_person(archive, name).token
    known = import_json.known_user(archive, export)
    if known is not None:
        return known
    if not import_json.is_of_a_stranger(archive, export):
        return ME
    if not can_ask():
        return None
    answer = ask(
        "The file comes from a computer with cases of its own. Whose are they?"
        " me, a name, or Enter to say it later:"
    )
    return meet_person(archive, answer).token if answer else None


def _left_out(taken: Taken) -> list[str]:
    if not taken.left_out:
        return []
    entries = f"{taken.left_out:,} {'entry was' if taken.left_out == 1 else 'entries were'}"
    return [
        f"{entries} left out, and their cases are nobody's yet: whose are they? Import it again"
        " with --person me, or --person NAME."
    ]


def _names_taken(taken: Taken) -> list[str]:
    return [
        f"Another case here is called {name}: the one imported has no name."
        for name in taken.names_taken
    ]


def _forgotten(taken: Taken) -> list[str]:
    gone = [*taken.persons_forgotten]
    if taken.records_forgotten:
        gone.append(units.count(taken.records_forgotten, "record"))
    gone += [f"case {title}" for title in taken.cases_forgotten]
    if taken.forgotten:
        gone.append(_entries(taken.forgotten))
    return [f"Forgotten where the file comes from, and so here: {', '.join(gone)}."] if gone else []


def _entries(number: int) -> str:
    return f"{units.count(number, 'entry')} of the diary"


def _document(taken: Taken) -> dict[str, object]:
    return {
        "cases": taken.cases,
        "records": taken.records,
        "quarantined": taken.quarantined,
        "entries": taken.entries,
        "persons": taken.persons,
        "names": taken.names,
        "owners": taken.owners,
        "rules": taken.rules,
        "undone": taken.undone,
        "forgotten": {
            "persons": taken.persons_forgotten,
            "records": taken.records_forgotten,
            "cases": taken.cases_forgotten,
            "entries": taken.forgotten,
        },
        "left_out": taken.left_out,
        "names_taken": taken.names_taken,
    }


def _lines(taken: Taken) -> list[str]:
    new = []
    if taken.cases or taken.records or taken.quarantined or taken.entries:
        new += [units.count(taken.records, "record"), _entries(taken.entries)]
        new.append(units.count(taken.cases, "case"))
    if taken.persons:
        new.append(units.count(taken.persons, "person"))
    new += also_new(taken.names, taken.owners, taken.rules)
    if taken.undone:
        new.append(f"{_entries(taken.undone).removesuffix(' of the diary')} taken back")
    lines = [f"New: {', '.join(new)}."] if new else ["Nothing in it was new."]
    if taken.quarantined:
        lines.append(
            f"{units.count(taken.quarantined, 'record')} could not be read: kept"
            f" {units.as_came(taken.quarantined)}, in quarantine."
        )
    return lines
