"""``host rescue``: the log of a case whose firmware does not answer."""

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path

from rollhost.board import install, rescue
from rollhost.board.repl import NotOpened, Repl
from rollhost.cli.arguments import SCHEMA_VERSION, add_database, add_json, add_port
from rollhost.cli.find_board import find_board, greet
from rollhost.cli.program import program_name
from rollhost.cli.progress import progress_bar
from rollhost.database.open import open_archive
from rollhost.errors import DONE, QUARANTINED, UsageError
from rollhost.now import current_time
from rollhost.output import units


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_port(parser)
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FOLDER",
        help="where the log's files go (default: a new folder here)",
    )
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Save the log's files, then its records. Returns 5 where some of these are in quarantine."""
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
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "port": port,
            "device": saved.device,
            "folder": str(folder),
            "files": [rescue.WHOLE_FLASH] if saved.whole_flash else sorted(saved.files),
            "lost": saved.lost,
            "new": new,
            "quarantined": quarantined,
        }
        print(json.dumps(document, indent=2))
    else:
        print("\n".join(_lines(saved, folder, new, quarantined)))
    if line and not saved.whole_flash:
        print(
            f"This case answers: {program_name()} sync does the same without stopping it.",
            file=sys.stderr,
        )
    return QUARANTINED if quarantined else DONE


def _lines(saved: rescue.Saved, folder: Path, new: int, quarantined: int) -> list[str]:
    who = rescue.title_of(saved)
    if saved.whole_flash:
        return [
            f"The flash of board {who} cannot be read as files. All of it is in"
            f" {folder / rescue.WHOLE_FLASH}."
        ]
    if not saved.files and not saved.lost:
        return [f"There is no log on board {who}."]
    told = [f"{units.count(len(saved.files), 'file')} of board {who} saved in {folder}."]
    if saved.lost:
        told.append(f"The board cannot read {', '.join(saved.lost)}.")
    told.append(f"{units.count(new, 'record')} new in the database.")
    if quarantined:
        told.append(f"{units.count(quarantined, 'record')} of these in quarantine, as they came.")
    return told
