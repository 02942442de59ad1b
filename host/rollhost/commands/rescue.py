"""``host rescue``: saves the log of a case whose firmware does not answer."""

import argparse
from datetime import datetime
from pathlib import Path

from rollhost.board import bring_home, install, new_log, rescue
from rollhost.board.new_log import Birth
from rollhost.board.repl import OWN_IMAGE, NotOpened, Repl
from rollhost.board.rescue import Saved
from rollhost.case.discovery import greet
from rollhost.cli.arguments import add_database, add_json, add_port
from rollhost.cli.find_board import find_board
from rollhost.cli.program import program_name
from rollhost.cli.progress import progress_bar
from rollhost.cli.result import Result
from rollhost.database.archive import Archive
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
    parser.add_argument(
        "--new-log",
        action="store_true",
        help="once all is home, begin a new log with what the case knows, if the old one cannot"
        " go on",
    )
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Save the log, then bring its records home. The exit code is 5 if some are in quarantine."""
    now = int(current_time())
    folder: Path = args.to or Path(f"rollcase-{datetime.fromtimestamp(now):%Y%m%d-%H%M%S}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already.", "Name a new folder with --to.")
    port = find_board(args.port)
    line, problem = greet(port)
    if line:
        line.close()
        if line.board == "virtual":
            raise UsageError(
                f"On {port} is a virtual case, which has no board to read.",
                f"It answers: {program_name()} sync brings its log home.",
            )
    try:
        repl = Repl(port)
    except NotOpened as error:
        raise problem or error from None
    new = quarantined = 0
    birth: Birth | None = None
    with repl:
        if args.new_log:
            new_log.check_firmware(repl)
        with progress_bar("Reading the log") as progress:
            saved = rescue.save(repl, folder, progress)
        if bring_home.is_anything(saved):
            board = line.board if line else install.board_named_after(saved.machine) or "unknown"
            with open_archive(args.db, create=True) as archive:
                new, quarantined = bring_home.keep_in(archive, saved, board, now)
                if args.new_log:
                    birth = _begin_new_log(repl, archive, saved, now)
    notes = [] if args.new_log else _notes(saved, answers=line is not None)
    if args.new_log and not birth:
        notes.append("The log on it can go on: no new one was begun.")
    return Result(
        lambda: rescue_document(saved, port, folder, new, quarantined, birth),
        lambda: rescue_lines(saved, folder, new, quarantined, birth),
        notes=notes,
        exit_code=QUARANTINED if quarantined else DONE,
    )


def _begin_new_log(repl: Repl, archive: Archive, saved: Saved, now: int) -> Birth | None:
    """Begin a new log if the old one cannot go on; return it."""
    new_log.check_known(saved)
    birth = new_log.plan(archive, saved)
    if birth:
        if birth.why == new_log.OLDER_LOG:
            new_log.make_room(repl, saved)
        new_log.begin(repl, birth)
        new_log.note(archive, saved, birth, now)
    new_log.remove_leftovers(repl, saved)
    return birth


def _notes(saved: Saved, answers: bool) -> list[str]:
    """Return what the next step can be."""
    if new_log.why(saved):
        files = "install" if not saved.machine.startswith(OWN_IMAGE) else "rescue --new-log"
        return [f"This log cannot go on. A new one that knows the same: {program_name()} {files}"]
    if answers:
        return [f"This case answers: {program_name()} sync does the same without stopping it."]
    return []
