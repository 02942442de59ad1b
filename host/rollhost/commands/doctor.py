"""``host doctor``: what may keep a sync from working, and what to do. Changes nothing."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from rollcore import VERSION, events, messages
from rollhost.case.connection import CaseRefused, Line
from rollhost.case.discovery import Found, bootsel_boards, candidates, look
from rollhost.case.virtual_ports import live_ports
from rollhost.cli import automatic_backup, diagnostics, synced_folder, zone_data
from rollhost.cli.arguments import add_database, add_json, add_port
from rollhost.cli.diagnostics import FINE, WARNING, WRONG, Finding, Seen
from rollhost.cli.program import program_name
from rollhost.cli.result import Result
from rollhost.cli.sure_clock import without_asking
from rollhost.database.open import default_path
from rollhost.errors import DONE, FAILED, CaseError, PortError, UsageError
from rollhost.history.sure_clocks import Meeting
from rollhost.now import current_time
from rollhost.output import units

SYSTEM = Path("/")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "--udev", action="store_true", help="print the udev rule for the boards, and nothing else"
    )
    add_port(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Return all findings. The exit code is 1 if something is wrong."""
    if args.udev:
        if args.json:
            raise UsageError("--udev prints a rule, --json a document.", "Ask for one of them.")
        return _udev_rule()
    findings = _examine(args)
    return Result(
        lambda: _document(findings),
        lambda: _lines(findings),
        exit_code=FAILED if _count(findings, WRONG) else DONE,
    )


def _udev_rule() -> Result:
    return Result(
        None,
        diagnostics.UDEV_RULE.splitlines,
        notes=[
            "To install it:",
            f"  {program_name()} doctor --udev | sudo tee {diagnostics.UDEV_FILE}",
            "  sudo udevadm control --reload && sudo udevadm trigger",
        ],
        to_copy=True,
    )


def _examine(args: argparse.Namespace) -> list[Finding]:
    now = int(current_time())
    path: Path = (args.db or default_path()).expanduser().absolute()
    named = args.port or os.environ.get("ROLLCASE_PORT")
    ports = [named] if named else candidates()
    findings = []
    if sys.platform == "linux":
        boards = [port for port in ports if Path(port).exists() and port not in live_ports()]
        may_open = {port: os.access(port, os.R_OK | os.W_OK) for port in boards}
        user = diagnostics.this_user()
        findings.append(
            diagnostics.right_to_ports(user, may_open, diagnostics.serial_groups(SYSTEM))
        )
        findings.append(diagnostics.modem_manager(SYSTEM))
    database = diagnostics.database(path)
    seen = [_question(port) for port in look(ports)]
    sure = _how_sure(path, now, [time for case, time in database.newest if case.board != "virtual"])
    drives = [] if named else bootsel_boards()
    findings += diagnostics.ports(
        seen, drives, database.held, now, sure != events.NOT_SURE, database.forgotten
    )
    findings += database.findings
    findings += synced_folder.database_there(path, program_name())
    findings += automatic_backup.finding(path, now)
    findings.append(diagnostics.free_space(path))
    boards = [found.board for found in seen if found.device]
    boards += [case.board for case, _ in database.newest]
    is_trial = bool(boards) and all(board == "virtual" for board in boards)
    findings.append(diagnostics.computer_clock(now, database.newest, sure, is_trial))
    if sys.platform != "win32":  # has zones of its own
        name, version = zone_data.local_zone(SYSTEM), zone_data.system_version(SYSTEM)
        findings += zone_data.zone_data(name, version, now)
    findings.append(diagnostics.program())
    return findings


def _how_sure(path: Path, now: int, times: list[int]) -> int:
    """Return why a case would take the time of this computer, as in `clock_set.sure`."""
    newest = max(times, default=None)
    return without_asking(path, Meeting(now, now, "", newest, newest))


def _question(found: Found) -> Seen:
    """Return the status of the case on a port, and close the port."""
    line = found.line
    if line is None:
        # A case may refuse the greeting: then there is a case.
        is_case = isinstance(found.problem, CaseRefused)
        return Seen(found.port, problem=found.problem, is_case=is_case)
    with line:
        status, known, problem, version = None, None, None, 0
        try:
            version = _protocol(line)
            status = line.ask("status")
            with suppress(CaseRefused):  # a fault, which its status tells
                known = line.ask("state", seq=0).raw("raw")
        except (CaseError, PortError) as error:
            problem = error
        return Seen(
            found.port,
            line.device,
            line.board,
            line.firmware,
            version,
            status,
            known,
            problem,
            True,
        )


def _protocol(line: Line) -> int:
    """Return the version of the protocol on which the case agrees."""
    fields = {
        "oldest": messages.OLDEST,
        "newest": messages.VERSION,
        "program": f"rollcase/{VERSION}",
    }
    return line.ask("hello", **fields).integer("version")


def _count(findings: list[Finding], verdict: str) -> int:
    return sum(finding.verdict == verdict for finding in findings)


def _document(findings: list[Finding]) -> dict[str, object]:
    return {
        "wrong": _count(findings, WRONG),
        "warnings": _count(findings, WARNING),
        "checks": [
            {
                "check": finding.check,
                "verdict": finding.verdict,
                "says": finding.says,
                "hint": finding.hint or None,
            }
            for finding in findings
        ],
    }


def _lines(findings: list[Finding]) -> Iterator[str]:
    width = max(map(len, (FINE, WARNING, WRONG))) + 2
    for finding in findings:
        yield f"{finding.verdict:<{width}}{finding.says}"
        if finding.hint:
            yield " " * width + finding.hint
    wrong, warnings = _count(findings, WRONG), _count(findings, WARNING)
    sum_up = f"{units.count(wrong, 'thing')} wrong" if wrong else "Nothing is wrong"
    yield ""
    yield f"{sum_up}{', ' + units.count(warnings, 'warning') if warnings else ''}."
