"""``host rescue``: saves the log of a case whose firmware does not answer."""

import argparse
from datetime import datetime
from pathlib import Path

from rollhost.board import install, rescue
from rollhost.board.repl import NotOpened, Repl
from rollhost.case.discovery import greet
from rollhost.cli.arguments import add_database, add_json, add_port
from rollhost.cli.find_board import find_board
from rollhost.cli.program import program_name
from rollhost.cli.progress import progress_bar
from rollhost.cli.result import Result
from rollhost.database.open import open_archive
from rollhost.errors import DONE, QUARANTINED, UsageError
from rollhost.now import current_time
from rollhost.output.rescue import rescue_document, rescue_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_port(parser)
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FOLDER",
        help="where the log's files go (default: a new folder here)",
    )
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Save the log's files, then its records. The exit code is 5 if some are in quarantine."""
    now = int(current_time())
    folder: Path = args.to or Path(f"rollcase-{datetime.fromtimestamp(now):%Y%m%d-%H%M%S}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already.", "Name a new folder with --to.")
    port = find_board(args.port)
    line, problem = greet(port)
    if line:
        line.close()
    try:
        repl = Repl(port)
    except NotOpened as error:
        raise problem or error from None
    with repl, progress_bar("Reading the log") as progress:
        saved = rescue.save(repl, folder, progress)
    new = quarantined = 0
    if saved.files:
        board = line.board if line else install.board_named_after(saved.machine) or "unknown"
        with open_archive(args.db, create=True) as archive:
            new, quarantined = rescue.keep_in(archive, saved, board, now)
    answers = (
        f"This case answers: {program_name()} sync does the same without stopping it."
        if line and not saved.whole_flash
        else ""
    )
    return Result(
        lambda: rescue_document(saved, port, folder, new, quarantined),
        lambda: rescue_lines(saved, folder, new, quarantined),
        notes=[answers] if answers else [],
        exit_code=QUARANTINED if quarantined else DONE,
    )
