"""Options of several commands."""

import argparse
from pathlib import Path


def add_database(parser: argparse.ArgumentParser) -> None:
    """Add ``--db``."""
    parser.add_argument(
        "--db", type=_file, metavar="FILE", help="the database (default: ROLLCASE_DB, else yours)"
    )


def _file(text: str) -> Path:
    """Return the path in an option's text, for argparse. Raises `ArgumentTypeError` for no name."""
    if not text or text == ":memory:":
        raise argparse.ArgumentTypeError(f"{text!r} is no name of a file")
    return Path(text)


def add_port(parser: argparse.ArgumentParser) -> None:
    """Add ``--port``."""
    parser.add_argument(
        "--port", help="the case's port (default: ROLLCASE_PORT, else the one that is found)"
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def add_case(parser: argparse.ArgumentParser) -> None:
    """Add ``--case``."""
    parser.add_argument("--case", metavar="NAME", help="which case: its name, or the end of its id")


def add_person(parser: argparse.ArgumentParser) -> None:
    """Add ``--person``."""
    parser.add_argument(
        "--person", metavar="NAME", help="whose skin it is about, where several people are known"
    )


def add_zone(parser: argparse.ArgumentParser) -> None:
    """Add ``--zone``."""
    parser.add_argument("--zone", metavar="NAME", help="which area of skin, of those in your rules")


def add_at(parser: argparse.ArgumentParser) -> None:
    """Add ``--at``: a moment in the past; the default is now."""
    parser.add_argument(
        "--at", metavar="WHEN", default="0h", help="when it was, such as yesterday, 3d or a date"
    )


def add_broker_login(parser: argparse.ArgumentParser) -> None:
    """Add ``--password-file`` and ``--ca``: what an MQTT broker needs beside its URL."""
    parser.add_argument(
        "--password-file", type=Path, metavar="FILE",
        help="the broker's password is its first line (default: ROLLCASE_MQTT_PASSWORD)",
    )  # fmt: skip
    parser.add_argument(
        "--ca", type=Path, metavar="FILE",
        help="the certificate of your own authority, for mqtts:// (default: the system's)",
    )  # fmt: skip


def positive(text: str) -> int:
    """Return the number from 1 up in an option's text, for argparse."""
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return number
