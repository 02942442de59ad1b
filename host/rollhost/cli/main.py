"""The command line: finds the command, imports it and nothing else, and runs it.

Each command is a module in `rollhost.commands` with two functions:
`add_arguments(parser)` and `run(args)`, which returns its `Result`, or the exit code
where the command has talked to the person itself. What a person asked for goes to
stdout, everything else to stderr.
"""

import argparse
import os
import sys
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from types import ModuleType

from rollcore import VERSION
from rollhost.cli.program import program_name
from rollhost.errors import FAILED, USAGE, RollcaseError, UsageError

TOPICS = {
    "Every day": {
        "sync": "bring the case's log home",
        "status": "may I roll today, and if not, when",
        "log": "what happened, newest last",
    },
    "What you write down": {
        "note": "write a line into your diary",
        "reaction": "the skin did not take it well: note it, and hold the case",
        "clinic": "note a session at a clinic, which starts a rest too",
        "hold": "keep the case from a use for the skin's sake",
        "head": "a new head is in",
        "photo": "note where a photo of the skin is, for the report",
        "plan": "a course of sessions, how far it has come, and the next one",
        "undo": "take back what you wrote down last",
    },
    "What you set": {
        "policy": "your rules: show, set, compare, try them out",
        "name": "give a case a name",
    },
    "What you keep, and show": {
        "report": "a page about all of it, for you or your doctor",
        "export": "all of it as a table, JSON, a calendar or a database",
        "import": "take in what export json has written",
        "backup": "a copy of the database beside it",
        "verify": "whether the logs here are as the cases wrote them",
    },
    "The case and this computer": {
        "ports": "where a case is plugged in",
        "watch": "stay, and sync whenever a case is plugged in",
        "doctor": "what may keep a sync from working, and what to do",
        "rescue": "save the log of a case that does not answer",
        "install": "put the firmware onto a board",
        "completion": "a script that lets your shell complete these words",
    },
    "Without a case": {
        "sim": "a case without a case: the real firmware on this computer",
        "demo": "the whole story once, without a case",
    },
}
"""Every command and what it is for, by what people look for."""

COMMANDS = {name: purpose for commands in TOPICS.values() for name, purpose in commands.items()}
"""The same without topics; the module of the same name holds the rest."""

_MODULES = {"import": "importing"}
"""The modules of commands whose names cannot be one's."""


class Parser(argparse.ArgumentParser):
    """argparse, with its errors in our words: what is wrong, then the next step."""

    def error(self, message: str) -> "None":  # type: ignore[override]
        sys.stderr.write(f"{self.prog}: {message}.\n  See {self.prog} --help.\n")
        raise SystemExit(USAGE)


def main(argv: list[str] | None = None) -> int:
    """Run the command in `argv` (default: what the shell passed); return the exit code."""
    if sys.stdout is None:  # closed by whoever called us
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without ± gets a ?
    words = sys.argv[1:] if argv is None else argv
    try:
        try:
            return _run(words)
        finally:
            sys.stdout.flush()
    except RollcaseError as error:
        sys.stderr.write(f"{program_name()}: {error.sentence}\n")
        if error.hint:
            sys.stderr.write(f"  {error.hint}\n")
        return error.exit_code
    except KeyboardInterrupt as stop:
        sys.stderr.write("\n" + " ".join(["Stopped.", *map(str, stop.args)]) + "\n")
        return 128 + 2
    except OSError as error:
        # Whoever reads our output has gone, or the disk it goes to is full. The rest of it is
        # thrown away, so that the interpreter does not stumble over it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"{program_name()}: {error.strerror or error}.\n")
        return FAILED


def _run(words: list[str]) -> int:
    command = next((word for word in words if not word.startswith("-")), None)
    if command is not None and command not in COMMANDS:
        raise _no_such(command)
    parser, chosen = parsers(command)
    if command is not None:
        after = words.index(command) + 1
        words = [*words[:after], *options_first(chosen, words[after:])]
    args, unknown = parser.parse_known_args(words)
    unknown = [word for word in unknown if word != "--"]
    if unknown:
        chosen.error(f"unrecognized arguments: {' '.join(unknown)}")
    if command is None:
        parser.print_help()
        return USAGE
    from rollhost.cli.result import Result, show  # loads json, which --version does without

    answer: Result | int = _module(command).run(args)
    if isinstance(answer, Result):
        return show(answer, getattr(args, "json", False))
    return answer


def _no_such(command: str) -> UsageError:
    from difflib import get_close_matches  # for who mistypes, and nobody else

    near = get_close_matches(command, COMMANDS, n=1)
    return UsageError(
        f"There is no command {command!r}.",
        f"Did you mean {near[0]}?" if near else f"See {program_name()} --help.",
    )


def options_first(parser: argparse.ArgumentParser, words: list[str]) -> list[str]:
    """Return the words of a command with its options before all others, each in their order.

    argparse gives words to an argument from one place only, and refuses those
    that come after the next option. None of our options takes more than one value.
    """
    options: list[str] = []
    others: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            others += left
            break
        if not _is_option(parser, word):
            others.append(word)
            continue
        options.append(word)
        waits = "=" not in word and any(one.nargs != 0 for one in _named(parser, word))
        if waits and left and left[0] != "--" and not _is_option(parser, left[0]):
            options.append(left.pop(0))
    return [*options, "--", *others] if others else options


def _is_option(parser: argparse.ArgumentParser, word: str) -> bool:
    """Say whether argparse takes a word for an option: not a lone dash, a number or a phrase."""
    if not word.startswith("-") or word == "-":
        return False
    return bool(_named(parser, word)) or not (" " in word or word[1:2].isdigit())


def _named(parser: argparse.ArgumentParser, word: str) -> list[argparse.Action]:
    """Return the options that a word may name, whole or by a beginning that is long enough."""
    known = parser._option_string_actions
    name = word.partition("=")[0]
    if name in known:
        return [known[name]]
    return [known[one] for one in known if name.startswith("--") and one.startswith(name)]


def _module(command: str) -> ModuleType:
    return import_module(f"rollhost.commands.{_MODULES.get(command, command)}")


def parsers(command: str | None) -> tuple[Parser, Parser]:
    """Return a parser that knows the details of one command only, and that command's own."""
    parser = Parser(
        prog=program_name(),
        usage=f"{program_name()} [-h] [--version] COMMAND ...",
        description="Brings the log of your roller case home, and answers from it.",
        epilog=_overview(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"rollcase {VERSION}")
    # The overview lists them by topic, which argparse cannot.
    commands = parser.add_subparsers(
        help=argparse.SUPPRESS, metavar="COMMAND", prog=program_name(), parser_class=Parser
    )
    chosen = parser
    for name, purpose in COMMANDS.items():
        sentence = purpose[0].upper() + purpose[1:] + "."
        one = commands.add_parser(name, help=purpose, description=sentence)
        if name == command:
            _module(name).add_arguments(one)
            chosen = one
    return parser, chosen


def _overview() -> str:
    """Return every command by topic, for the help."""
    lines: list[str] = []
    for topic, commands in TOPICS.items():
        lines += [f"{topic}:", *(f"  {name:<10}  {what}" for name, what in commands.items()), ""]
    return "\n".join(
        [
            *lines,
            "Each command has a --help of its own. Exit codes: 0 done, 1 failed, 2 usage,",
            "3 no case found, 4 several cases, 5 synced with records in quarantine.",
        ]
    )
