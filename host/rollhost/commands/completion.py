"""``host completion``: a script that lets the shell complete commands and their options."""

import argparse
import sys
from io import TextIOWrapper

from rollhost.cli import main
from rollhost.cli.completion import INSTALLED_BY, SHELLS, script, table
from rollhost.cli.program import program_name
from rollhost.errors import DONE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("shell", choices=SHELLS, help="the shell that it is for")


def run(args: argparse.Namespace) -> int:
    """Print the script. Imports every command, for its arguments."""
    program, _ = main.parsers(None)
    commands = {name: main.parsers(name)[1] for name in main.COMMANDS}
    if isinstance(sys.stdout, TextIOWrapper):  # Windows would end its lines as no shell reads them
        sys.stdout.reconfigure(newline="\n")
    print(script(args.shell, table(program, main.COMMANDS, commands)), end="")
    print(
        "To install it:\n  " + INSTALLED_BY[args.shell].format(program=program_name()),
        file=sys.stderr,
    )
    return DONE
