"""``host ports``: where a case is plugged in, and what is the matter where none answers."""

import argparse
import json
import sys

from rollhost.case.discovery import bootsel_boards, candidates, look
from rollhost.cli.arguments import SCHEMA_VERSION, add_json
from rollhost.errors import DONE, NO_CASE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """List every port that may have a case. Returns 3 where none has."""
    found = look(candidates())
    bootsel = bootsel_boards()
    for one in found:
        if one.line:
            one.line.close()
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "ports": [
                {
                    "port": one.port,
                    "device": one.line.device if one.line else None,
                    "board": one.line.board if one.line else None,
                    "firmware": one.line.firmware if one.line else None,
                    "problem": one.problem.sentence if one.problem else None,
                }
                for one in found
            ],
            "bootsel": bootsel,
        }
        print(json.dumps(document, indent=2))
    for one in [] if args.json else found:
        if one.line:
            line = one.line
            what = f"case {line.device[-6:]} ({line.board}, firmware {line.firmware})"
            print(f"{one.port}  {what}")
        elif one.problem:
            print(f"{one.port}  {one.problem.sentence}")
            print(f"  {one.problem.hint}", file=sys.stderr)
    for place in [] if args.json else bootsel:
        print(f"{place}  a board in BOOTSEL mode: it runs no firmware now.")
    if not found and not bootsel and not args.json:
        print("No board and no virtual case is here.", file=sys.stderr)
    return DONE if any(one.line for one in found) else NO_CASE
