"""``host export``: what is in the database, for other programs."""

import argparse
import sys
from pathlib import Path

from rollhost import backup, export, moment, words
from rollhost.archive import Archive, open_archive
from rollhost.cli import program_name
from rollhost.commands.arguments import add_database
from rollhost.errors import DONE, UsageError
from rollhost.new_file import new_file

FORMATS = {
    "csv": "a table with a row for each record",
    "json": "everything, for import",
    "ics": "what comes next, for a calendar",
    "sqlite": "a copy of the database",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    told = "; ".join(f"{name}: {what}" for name, what in FORMATS.items())
    parser.add_argument("format", choices=FORMATS, metavar="FORMAT", help=told)
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="where to; - or none: stdout"
    )
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    add_database(parser)


def run(args: argparse.Namespace) -> int:
    """Write the document to stdout, or into a file that nobody else may read."""
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
            with archive.reading():
                data = _document(archive, args.format)
            if file is None:
                sys.stdout.flush()
                sys.stdout.buffer.write(data)
            else:
                backup.check_not_database(archive, file)
                with new_file(file, args.force) as unfinished:
                    unfinished.write_bytes(data)
        aside = archive.quarantined() if args.format == "csv" else 0
    if file is not None:
        print(f"Written to {file}.")
    if aside:
        print(
            f"{words.count(aside, 'record')} in quarantine cannot be read, and so is no row;"
            " json and sqlite have everything.",
            file=sys.stderr,
        )
    return DONE


def _document(archive: Archive, name: str) -> bytes:
    if name == "csv":
        return export.table(archive).encode()
    if name == "json":
        return export.json_text(archive).encode()
    from rollhost import calendar_file  # loads icalendar: 60 ms that the others do without

    return calendar_file.calendar(archive, int(moment.now()))
