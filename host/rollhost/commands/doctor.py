"""``host doctor``: what may keep a sync from working, and what to do. Changes nothing."""

import argparse
import json
import os
import sys
from pathlib import Path

from rollcore import VERSION, messages
from rollhost.case.connection import CaseRefused, Line
from rollhost.case.discovery import Found, bootsel_boards, candidates, look
from rollhost.case.virtual_ports import live_ports
from rollhost.cli import diagnostics
from rollhost.cli.arguments import SCHEMA_VERSION, add_database, add_json, add_port
from rollhost.cli.diagnostics import FINE, WARNING, WRONG, Finding, Seen
from rollhost.cli.program import program_name
from rollhost.database.open import default_path
from rollhost.errors import DONE, FAILED, CaseError, PortError, UsageError
from rollhost.now import current_time
from rollhost.output import units

SYSTEM = Path("/")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "--udev", action="store_true", help="print the udev rule for the boards, and nothing else"
    )
    add_port(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Look at everything. Returns 1 where something is wrong."""
    if args.udev:
        if args.json:
            raise UsageError("--udev prints a rule, --json a document.", "Ask for one of them.")
        return _print_rule()
    found = _examine(args)
    wrong = sum(one.verdict == WRONG for one in found)
    warnings = sum(one.verdict == WARNING for one in found)
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "wrong": wrong,
            "warnings": warnings,
            "checks": [
                {
                    "check": one.check,
                    "verdict": one.verdict,
                    "says": one.says,
                    "hint": one.hint or None,
                }
                for one in found
            ],
        }
        print(json.dumps(document, indent=2))
    else:
        print("\n".join(_lines(found)))
        told = f"{units.count(wrong, 'thing')} wrong" if wrong else "Nothing is wrong"
        print(f"\n{told}{', ' + units.count(warnings, 'warning') if warnings else ''}.")
    return FAILED if wrong else DONE


def _print_rule() -> int:
    print(diagnostics.UDEV_RULE, end="")
    print(
        "To install it:\n"
        f"  {program_name()} doctor --udev | sudo tee {diagnostics.UDEV_FILE}\n"
        "  sudo udevadm control --reload && sudo udevadm trigger",
        file=sys.stderr,
    )
    return DONE


def _examine(args: argparse.Namespace) -> list[Finding]:
    now = int(current_time())
    path: Path = (args.db or default_path()).expanduser().absolute()
    named = args.port or os.environ.get("ROLLCASE_PORT")
    ports = [named] if named else candidates()
    found = []
    if sys.platform == "linux":
        boards = [port for port in ports if Path(port).exists() and port not in live_ports()]
        may_open = {port: os.access(port, os.R_OK | os.W_OK) for port in boards}
        user = diagnostics.this_user()
        found.append(diagnostics.right_to_ports(user, may_open, diagnostics.serial_groups(SYSTEM)))
        found.append(diagnostics.modem_manager(SYSTEM))
    database = diagnostics.database(path)
    seen = [_question(one) for one in look(ports)]
    found += diagnostics.ports(seen, [] if named else bootsel_boards(), database.held, now)
    found += database.findings
    found.append(diagnostics.free_space(path))
    found.append(diagnostics.computer_clock(now, database.newest))
    found.append(diagnostics.program())
    return found


def _question(found: Found) -> Seen:
    """Ask a case how it is, and give the port back."""
    line = found.line
    if line is None:
        # What refuses the greeting is a case all the same.
        is_case = isinstance(found.problem, CaseRefused)
        return Seen(found.port, problem=found.problem, is_case=is_case)
    with line:
        status, problem, version = None, None, 0
        try:
            version = _protocol(line)
            status = line.ask("status")
        except (CaseError, PortError) as error:
            problem = error
        return Seen(
            found.port, line.device, line.board, line.firmware, version, status, problem, True
        )


def _protocol(line: Line) -> int:
    """Return the version of the line that the case has agreed on."""
    asked = {
        "oldest": messages.OLDEST,
        "newest": messages.VERSION,
        "program": f"rollcase/{VERSION}",
    }
    return line.ask("hello", **asked).integer("version")


def _lines(found: list[Finding]) -> list[str]:
    lines = []
    width = max(map(len, (FINE, WARNING, WRONG))) + 2
    for one in found:
        lines.append(f"{one.verdict:<{width}}{one.says}")
        if one.hint:
            lines.append(" " * width + one.hint)
    return lines
