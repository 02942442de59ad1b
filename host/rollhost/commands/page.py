"""``host page``: a page that syncs a case from a browser, with nothing installed there."""

import argparse
import webbrowser
from pathlib import Path

from rollhost.atomic_file import new_file
from rollhost.cli.arguments import add_json
from rollhost.cli.result import Result
from rollhost.errors import RollcaseError
from rollhost.output.text import one_line
from rollhost.page.built import GENERATOR, PAGE

FILE = Path("rollcase.html")
"""The default path of the page."""

HEAD_BYTES = 4096
"""How many bytes at the beginning of a file have the mark of a page."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", default=FILE,
        help=f"where to (default: {FILE}, here)",
    )  # fmt: skip
    parser.add_argument("--open", action="store_true", help="open it in your browser")
    parser.add_argument(
        "--force", action="store_true", help="replace a file that is there and is no such page"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Write the page, whole or not at all."""
    file: Path = args.file.expanduser().absolute()
    try:
        data = PAGE.read_bytes()
    except FileNotFoundError:
        raise RollcaseError(
            "The page is not part of this installation.",
            "In a clone, make it: make page. It needs npm.",
        ) from None
    with new_file(file, args.force or _is_page(file)) as unfinished:
        unfinished.write_bytes(data)
    opened = args.open and webbrowser.open(file.as_uri())
    named = one_line(str(args.file))
    written = (
        f"Written to {named}. It syncs a case from Chrome, Edge, or Firefox from 151 on, without a"
        " network, and is one for who has none."
    )
    if args.open and not opened:
        written += " No browser was found to open it in."
    return Result(lambda: {"file": str(file), "opened": bool(opened)}, lambda: [written])


def _is_page(file: Path) -> bool:
    """Return whether the file is such a page, which a new one may replace."""
    try:
        if not file.is_file():  # opening a pipe would wait for its other end
            return False
        with file.open("rb") as page:
            return f'<meta name="generator" content="{GENERATOR} '.encode() in page.read(HEAD_BYTES)
    except OSError:
        return False  # `new_file` raises an error if the file cannot be written
