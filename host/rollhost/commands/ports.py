"""``host ports``: lists the ports with a case, and why no case answers on others."""

import argparse

from rollhost.case.discovery import bootsel_boards, candidates, look
from rollhost.cli.arguments import add_json
from rollhost.cli.result import Result
from rollhost.errors import DONE, NO_CASE
from rollhost.output.ports import ports_document, ports_hints, ports_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Return every port that may have a case. The exit code is 3 if none has one."""
    ports = look(candidates())
    bootsel = bootsel_boards()
    lines = [port.line for port in ports if port.line]
    for line in lines:
        line.close()
    return Result(
        lambda: ports_document(ports, bootsel),
        lambda: ports_lines(ports, bootsel),
        hints=ports_hints(ports, bootsel),
        exit_code=DONE if lines else NO_CASE,
    )
