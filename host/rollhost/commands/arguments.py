"""Options that several commands take."""

import argparse
from pathlib import Path

from rollcore import policy

SCHEMA_VERSION = 1
"""Version of what ``--json`` prints; grows when something in it changes its meaning."""


def add_database(parser: argparse.ArgumentParser) -> None:
    """Add ``--db``."""
    parser.add_argument(
        "--db", type=Path, metavar="FILE", help="the database (default: ROLLCASE_DB, else yours)"
    )


def add_port(parser: argparse.ArgumentParser) -> None:
    """Add ``--port``."""
    parser.add_argument(
        "--port", help="the case's port (default: ROLLCASE_PORT, else the one that is found)"
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def needle(text: str) -> int:
    """Return a needle length in micrometres from one in millimetres, for argparse."""
    try:
        micrometres = round(float(text.removesuffix("mm")) * 1000)
        policy.for_needle(micrometres)
    except (ValueError, OverflowError):
        low, high = next(bounds for name, *bounds in policy.FIELDS if name == "needle_um")
        raise argparse.ArgumentTypeError(
            f"{text!r} is no needle length for use at home: {low / 1000} to {high / 1000} mm"
        ) from None
    return micrometres
