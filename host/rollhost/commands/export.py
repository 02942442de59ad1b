"""``host export``: the database in formats of other programs."""

import argparse
import sys
from pathlib import Path

from rollhost.atomic_file import new_file
from rollhost.cli.arguments import add_database
from rollhost.cli.program import program_name
from rollhost.cli.result import Result
from rollhost.database import backup
from rollhost.database.archive import Archive
from rollhost.database.open import open_archive
from rollhost.errors import NotInstalled, UsageError
from rollhost.exchange import export_csv_json
from rollhost.history import history
from rollhost.now import current_time
from rollhost.output import units

FORMATS = {
    "csv": "a table with a row for each record",
    "json": "everything, for import",
    "ics": "what comes next, for a calendar",
    "sqlite": "a copy of the database",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    meanings = "; ".join(f"{name}: {meaning}" for name, meaning in FORMATS.items())
    parser.add_argument("format", choices=FORMATS, metavar="FORMAT", help=meanings)
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="where to; - or none: stdout"
    )
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    add_database(parser)


def run(args: argparse.Namespace) -> Result:
    """Write the export to stdout, or into a file that only its owner may read."""
    file: Path | None = None if args.file == Path("-") else args.file
    if file is None and args.format == "sqlite":
        raise UsageError(
            "A database needs a file.", f"Name one: {program_name()} export sqlite FILE"
        )
    if file is None and args.force:
        raise UsageError("--force is for a file.", "Name the file too.")
    with open_archive(args.db) as archive:
        if args.format == "sqlite":
            assert file is not None
            backup.copy(archive, file, args.force)
        else:
            data = _document(archive, args.format)
            if file is None:
                sys.stdout.flush()
                sys.stdout.buffer.write(data)
            else:
                backup.check_not_database(archive, file)
                with new_file(file, args.force) as unfinished:
                    unfinished.write_bytes(data)
        left_out = archive.quarantined() if args.format == "csv" else 0
    note = (
        f"{units.count(left_out, 'record')} in quarantine cannot be read, and so is no row;"
        " json and sqlite have everything."
    )
    return Result(
        None,
        lambda: [] if file is None else [f"Written to {file}."],
        notes=[note] if left_out else [],
    )


def _document(archive: Archive, name: str) -> bytes:
    past = history.read(archive)
    if name == "csv":
        return export_csv_json.table(past).encode()
    if name == "json":
        return export_csv_json.json_text(past).encode()
    try:
        from rollhost.exchange import export_calendar  # takes 60 ms; other formats do not need it
    except ModuleNotFoundError as error:
        if error.name != "icalendar":
            raise
        raise NotInstalled(
            "The package icalendar is not installed, and a calendar is written with it.",
            "Install it: pip install icalendar. export csv, json and sqlite work without it.",
        ) from None

    return export_calendar.calendar(past, int(current_time()))
