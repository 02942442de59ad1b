"""The command line: finds the command, imports its module only, and runs it.

Each command is a module in `rollhost.commands` with two functions:
`add_arguments(parser)` and `run(args)`, which returns a `Result`, or an exit code
if the command has printed its answer itself. The answer goes to stdout, everything
else to stderr.
"""

import argparse
import errno
import gc
import os
import sys
from functools import partial
from importlib import import_module
from io import TextIOWrapper
from types import ModuleType

from rollcore import VERSION
from rollhost.cli import terminal
from rollhost.cli.names import find_name, key, near_name
from rollhost.cli.parser import CalledWrongly, Parser, options_first
from rollhost.cli.program import program_name
from rollhost.errors import FAILED, USAGE, RollcaseError, UsageError
from rollhost.output.text import fitted

TOPICS = {
    "Every day": {
        "sync": "bring the case's log home",
        "status": "may I roll today, and if not, when",
        "log": "what happened, newest last",
        "remind": "send what is due: rested, not cleaned, a look, a head near its end",
    },
    "What you write down": {
        "note": "write a line into your diary",
        "reaction": "the skin did not take it well: note it, and hold the case",
        "clinic": "note a session at a clinic, which starts a rest too",
        "check": "the reasons against rolling: asked once, and once a year",
        "hold": "keep the case from a use for the skin's sake",
        "head": "a new head is in, or this one is out",
        "alcohol": "a new bottle of alcohol is open",
        "product": "what was put on the skin, and what waits for it",
        "photo": "note where a photo of the skin is, for the report",
        "plan": "a course of sessions, how far it has come, and the next one",
        "undo": "take back something that you wrote down",
    },
    "What you set": {
        "policy": "your rules: show, set, compare, try them out",
        "name": "give a case a name",
        "case": "whose a case is; lend, replace or retire it",
        "person": "who uses the cases that are synced here",
    },
    "What you keep, and show": {
        "report": "a page about all of it, for you or your doctor",
        "page": "a page that syncs a case from a browser, with nothing installed",
        "mqtt": "tell Home Assistant of your cases, or take it back",
        "export": "all of it as a table, JSON, a calendar or a database",
        "import": "take in what export json has written",
        "share": "the same history on several computers, by a folder that they share",
        "backup": "a copy of the database beside it",
        "restore": "put a backup in the place of the database",
        "verify": "whether the logs here are as the cases wrote them",
        "forget": "erase an entry, or all that is known of a person",
    },
    "The case and this computer": {
        "ports": "where a case is plugged in",
        "watch": "stay, and sync whenever a case is plugged in",
        "doctor": "what may keep a sync from working, and what to do",
        "selftest": "try a new case part by part, and report",
        "rescue": "save the log of a case that does not answer",
        "install": "put the firmware onto a board",
        "completion": "a script that lets your shell complete these words",
    },
    "Without a case": {
        "sim": "a case without a case: the real firmware on this computer",
        "demo": "the whole story once, without a case",
    },
}
"""The purpose of every command, by topic, as the help shows them."""

COMMANDS = {name: purpose for commands in TOPICS.values() for name, purpose in commands.items()}
"""The purpose of every command. Its module in `rollhost.commands` has the same name."""

_PURPOSE = "Brings the log of your roller case home, and answers from it."

_MODULES = {"import": "importing"}
"""Modules with another name than their command, which is a keyword of Python."""


def main(argv: list[str] | None = None) -> int:
    """Run the command in `argv`; return the exit code.

    The default is `sys.argv`, of a process that ends then.
    """
    if argv is not None or not hasattr(gc, "freeze"):  # PyPy has no such thing
        return _main(sys.argv[1:] if argv is None else argv)
    # All that is loaded stays until the end. To look through it for garbage, over and over and once
    # more at the end, takes a seventh of the time of a short command. `_run` turns it on again.
    gc.disable()
    try:
        return _main(sys.argv[1:])
    finally:
        gc.freeze()


def _main(words: list[str]) -> int:
    if sys.stdout is None:  # the caller has closed it
        from pathlib import Path  # takes 4 ms, which --version does not need

        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=terminal.PLAIN_SIGNS)
    try:
        try:
            return _run(words)
        except RollcaseError as error:
            return _show_error(error, words)
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt as stop:
        sys.stderr.write("\n" + " ".join(["Stopped.", *map(str, stop.args)]) + "\n")
        return 128 + 2
    except OSError as error:
        # The reader of our output has gone, or the disk that it goes to is full. The remaining
        # output is discarded, else the interpreter fails as it flushes stdout at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not _reader_is_gone(error):
            terminal.complain(f"{program_name()}: {error.strerror or error}.")
        return FAILED


def _show_error(error: RollcaseError, words: list[str]) -> int:
    """Print an error to stderr, with ``--json`` to stdout as well; return its exit code."""
    program = error.program if isinstance(error, CalledWrongly) else program_name()
    terminal.complain(f"{program}: {error.sentence}", error.hint)
    # Looked for among the words: they may be wrong, and then there are no arguments.
    if "--json" in words[: words.index("--") if "--" in words else None]:
        from rollhost.cli.result import print_error  # loads json, which other errors do not need

        print_error(error)
    return error.exit_code


def _reader_is_gone(error: OSError) -> bool:
    """Return whether an error in writing stdout says that nobody reads it any more.

    Of such a pipe Windows says that its argument is invalid.
    """
    is_windows = sys.platform == "win32"
    return isinstance(error, BrokenPipeError) or (is_windows and error.errno == errno.EINVAL)


def _run(words: list[str]) -> int:
    typed = next((word for word in words if not word.startswith("-")), None)
    if typed is not None and key(typed) == "help":  # which other programs have as a command
        words = [*words, "--help"]
        words.remove(typed)
        typed = next((word for word in words if not word.startswith("-")), None)
    command = None if typed is None else find_name(typed, COMMANDS)
    first = words[0] if words else ""
    if typed is not None and first.startswith("-") and first not in ("-h", "--help", "--version"):
        raise UsageError(
            "An option stands behind its command.",
            f"As in: {program_name()} {command or 'status'} {first}",
        )
    if typed is not None and command is None:
        near = near_name(typed, COMMANDS)
        raise UsageError(
            f"There is no command {typed!r}.",
            f"Did you mean {near}?" if near else f"See {program_name()} --help.",
        )
    parser, chosen = parsers(command)
    if typed is not None and command is not None:
        place = words.index(typed)
        words = [*words[:place], command, *options_first(chosen, words[place + 1 :])]
    args, unknown = parser.parse_known_args(words)
    unknown = [word for word in unknown if word != "--"]
    if unknown:
        chosen.refuse_unknown(unknown)
    if command is None:
        parser.print_help()
        return USAGE
    if not "".join(words).isascii():
        from rollhost.cli.typed_words import mend_words  # others are as they were typed

        mend_words(args)
    from rollhost.cli.result import Result, show  # loads json, which --version does not need

    if not gc.isenabled():
        gc.freeze()
        gc.enable()
    try:
        answer: Result | int = _module(command).run(args)
        if isinstance(answer, Result):
            return show(answer, getattr(args, "json", False))
    except (
        ArithmeticError, AttributeError, LookupError, StopIteration, TypeError, ValueError,
    ):  # fmt: skip
        # Rows that have changed under us may lead anywhere; looking at all of them costs time.
        from rollhost.cli.hurt_database import refuse_if_hurt

        refuse_if_hurt(getattr(args, "db", None))
        raise
    return answer


def _module(command: str) -> ModuleType:
    return import_module(f"rollhost.commands.{_MODULES.get(command, command)}")


def parsers(command: str | None) -> tuple[Parser, Parser]:
    """Return the program's parser, and that of `command`, the only command that it knows."""
    # As argparse does, which loads shutil for it, and asks with every argument that is added.
    columns = (terminal.width() or 80) - 2
    parser = Parser(
        prog=program_name(),
        usage=f"{program_name()} [-h] [--version] COMMAND ...",
        description="\n".join(fitted(_PURPOSE, terminal.width())),
        epilog=_overview(terminal.width()),
        formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=columns),
    )
    parser.add_argument("--version", action="version", version=f"rollcase {VERSION}")
    if command is None:
        return parser, parser
    # The overview lists all of them by topic, which argparse cannot; `_run` looks them up.
    commands = parser.add_subparsers(
        help=argparse.SUPPRESS, metavar="COMMAND", prog=program_name(), parser_class=Parser
    )
    purpose = COMMANDS[command]
    chosen = commands.add_parser(
        command,
        description=purpose[0].upper() + purpose[1:] + ".",
        formatter_class=partial(argparse.HelpFormatter, width=columns),
    )
    _module(command).add_arguments(chosen)
    return parser, chosen


def _overview(width: int | None) -> str:
    """Return every command by topic, for the help, in lines of at most `width` characters."""
    lines: list[str] = []
    for topic, commands in TOPICS.items():
        rows = [f"  {name:<10}  {purpose}" for name, purpose in commands.items()]
        lines += [f"{topic}:", *rows, ""]
    lines += [
        "Each command has a --help of its own.",
        "Exit codes: 0 done, 1 failed, 2 usage, 3 no case found, 4 several cases,"
        " 5 synced with records in quarantine.",
    ]
    return "\n".join(part for line in lines for part in fitted(line, width))
