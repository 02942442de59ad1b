"""``host report``: one page with pictures, for the owner and the dermatologist."""

import argparse
from pathlib import Path

from rollhost.atomic_file import new_file
from rollhost.cli.arguments import add_case, add_database, add_json, add_person
from rollhost.cli.persons import case_meant, person_meant
from rollhost.cli.result import Result
from rollhost.database import backup
from rollhost.database.open import open_archive
from rollhost.history import history
from rollhost.now import current_time
from rollhost.output.text import one_line

FILE = Path("rollcase-report.html")
"""The default path of a report."""

HEAD_BYTES = 1024
"""How many bytes at the beginning of a file have the mark of a report."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", default=FILE,
        help=f"where to (default: {FILE}, here)",
    )  # fmt: skip
    parser.add_argument(
        "--force", action="store_true", help="replace a file that is there and is no report"
    )
    parser.add_argument(
        "--photos-for-doctor", action="store_true",
        help="print two photos, too, on the page for the dermatologist",
    )  # fmt: skip
    add_case(parser)
    add_person(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Write the report, whole or not at all; only its owner may read it."""
    from rollhost.report import facts, page, pictures

    file: Path = args.file
    with open_archive(args.db) as archive:
        backup.check_not_database(archive, file)
        every = history.read(archive)
    past = every.of(person_meant(every, args.person, args.case))
    chosen = past.cases
    if args.case is not None or not chosen:
        chosen = [case_meant(every, args.person, args.case)]
    gathered = facts.gather(past, chosen, int(current_time()))
    shown = pictures.shown(gathered.photos)
    data = page.html(gathered, shown, args.photos_for_doctor).encode()
    with new_file(file, args.force or _is_report(file)) as unfinished:
        unfinished.write_bytes(data)
    named = one_line(str(file))
    return Result(
        lambda: {"file": str(file.expanduser().absolute())},
        lambda: [f"Written to {named}. Open it in any browser; nothing in it asks for a network."],
    )


def _is_report(file: Path) -> bool:
    """Return whether the file is a report of ours, which a new one may replace."""
    from rollhost.report.page import GENERATOR

    try:
        if not file.expanduser().is_file():  # opening a pipe would wait for its other end
            return False
        with file.expanduser().open("rb") as report:
            start = report.read(HEAD_BYTES)
        return f'<meta name="generator" content="{GENERATOR} '.encode() in start
    except OSError:
        return False  # `new_file` raises an error if the file cannot be written
