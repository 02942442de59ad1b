"""``host export``: the database in formats of other programs."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rollhost.atomic_file import new_file
from rollhost.cli import calendar_file
from rollhost.cli.arguments import add_database
from rollhost.cli.choose import choose_person
from rollhost.cli.persons import person_meant
from rollhost.cli.program import program_name
from rollhost.cli.result import Result
from rollhost.database import backup
from rollhost.database.archive import Archive
from rollhost.database.calendar_memory import CalendarEvent
from rollhost.database.open import open_archive
from rollhost.errors import ReadOnlyArchive, UsageError
from rollhost.exchange import calendar_revisions, export_csv_json
from rollhost.history import history
from rollhost.now import current_time
from rollhost.output import units

FORMATS = {
    "csv": "a table with a row for each record",
    "diary": "such a table (csv) of what you wrote down",
    "json": "everything, for import",
    "ics": "what comes next, for a calendar",
    "sqlite": "a copy of the database",
}


TABLES = {"csv": export_csv_json.table, "diary": export_csv_json.diary_table}
"""What makes the text of each table."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    meanings = "; ".join(f"{name}: {meaning}" for name, meaning in FORMATS.items())
    parser.add_argument("format", choices=FORMATS, metavar="FORMAT", help=meanings)
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="where to; - or none: stdout"
    )
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    parser.add_argument(
        "--person",
        metavar="NAME",
        help="whose; without it, json has everybody's, csv and ics have yours",
    )
    parser.add_argument(
        "--follow",
        action=argparse.BooleanOptionalAction,
        help="ics: each sync keeps FILE up to date from now on; --no-follow ends that",
    )
    add_database(parser)


def run(args: argparse.Namespace) -> Result:
    """Write the export to stdout, or into a file that only its owner may read."""
    file: Path | None = None if args.file == Path("-") else args.file
    if file is None and args.format == "sqlite":
        raise UsageError(
            "A database needs a file.", f"Name one: {program_name()} export sqlite FILE"
        )
    if args.format == "sqlite" and args.person is not None:
        raise UsageError("A database has everybody's.", "Leave --person out, or export json.")
    if file is None and args.force:
        raise UsageError("--force is for a file.", "Name the file too.")
    if args.follow is not None:
        return _follow(args, file)
    notes: list[str] = []
    with open_archive(args.db) as archive:
        if args.format == "sqlite":
            assert file is not None
            backup.copy(archive, file, args.force, has_settings=False)
        elif args.format == "ics" and file and calendar_file.is_followed(archive, file):
            _begin(archive, args, file)
        elif args.format == "ics":
            notes = _give_calendar(archive, args.person, file, args.force)
        elif args.format == "json":
            past = history.read(archive)
            past = past if args.person is None else past.of(person_meant(past, args.person, None))
            text = export_csv_json.json_text(past)
            _write(archive, text.encode(), file, args.force)
        else:
            past = history.read(archive)
            past = past.of(person_meant(past, args.person, None))
            text = TABLES[args.format](past)
            _write(archive, text.encode(), file, args.force)
            left_out = past.quarantined if args.format == "csv" else 0
            if left_out:
                notes = [
                    f"{units.count(left_out, 'record')} in quarantine cannot be read, and so is"
                    " no row; json and sqlite have everything."
                ]
    return Result(None, lambda: [] if file is None else [f"Written to {file}."], notes=notes)


def _follow(args: argparse.Namespace, file: Path | None) -> Result:
    """Begin or end to keep a calendar file up to date."""
    if args.format != "ics":
        raise UsageError(
            "--follow is for a calendar.", f"{program_name()} export ics FILE --follow"
        )
    if file is None:
        raise UsageError("--follow is for a file.", "Name the file too.")
    with open_archive(args.db) as archive:
        if not args.follow:
            calendar_file.end(archive, file)
            return Result(None, lambda: [f"{file} stays as it is: no sync writes it any more."])
        _begin(archive, args, file)
    return Result(None, lambda: [f"Written to {file}. Each sync keeps it up to date."])


def _begin(archive: Archive, args: argparse.Namespace, file: Path) -> None:
    """Write a calendar file that is kept up to date."""
    person = choose_person(archive.persons(), args.person).token
    calendar_file.begin(archive, person, file, args.force, int(current_time()))


def _write(archive: Archive, data: bytes, file: Path | None, force: bool) -> None:
    """Write an export of the database to a file, with None to stdout."""
    if file is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        backup.check_not_database(archive, file)
        with new_file(file, force) as unfinished:
            unfinished.write_bytes(data)


def _give_calendar(archive: Archive, name: str | None, file: Path | None, force: bool) -> list[str]:
    """Write the calendar and remember it; return what there is to say about that.

    Nothing is remembered unless it was written. One transaction holds all of it, so that of two
    exports at once one sees what the other has given.
    """
    calendar_file.library()
    from rollhost.exchange import export_calendar

    now = int(current_time())
    person = choose_person(archive.persons(), name).token

    def give() -> Sequence[CalendarEvent]:
        past = history.read(archive).of(person)
        revision = calendar_revisions.revise(
            export_calendar.planned(past, now, person),
            archive.calendar.events(person),
            export_calendar.newest_fact(past),
            now,
        )
        _write(archive, export_calendar.calendar(revision.written, now), file, force)
        return revision.remembered

    try:
        with archive.transaction():
            archive.calendar.replace(person, give())
    except ReadOnlyArchive as error:
        give()  # without a memory, its numbers are right by the clock
        return [f"{error.sentence} The next calendar says again what is new in this one."]
    return []
