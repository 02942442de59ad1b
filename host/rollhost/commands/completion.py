"""``host completion``: a script that lets the shell complete commands and their options."""

import argparse
import sys

from rollhost.cli import main
from rollhost.cli.completion import INSTALLED_BY, SHELLS, Node, nodes_of
from rollhost.cli.program import program_name
from rollhost.errors import DONE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("shell", choices=SHELLS, help="the shell that it is for")


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    print(SHELLS[args.shell](_nodes()), end="")
    print(
        "To install it:\n  " + INSTALLED_BY[args.shell].format(program=program_name()),
        file=sys.stderr,
    )
    return DONE


def _nodes() -> list[Node]:
    """Return what the program and each command take. Loads every command to know it."""
    program, _ = main.parsers(None)
    nodes = [next(nodes_of(program))]
    for name in main.COMMANDS:
        _, command = main.parsers(name)
        nodes += nodes_of(command, (name,))
    return nodes
