"""How few modules a command loads: most of the time of a short one goes into that."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from tests.host.run_host import loaded_by, without_coverage
from tests.host.scripted_case import ScriptedCase

NEEDED = """
import argparse, binascii, contextlib, datetime, functools, gc, importlib, json, pathlib
import re, shlex, sqlite3, struct, sys, typing
wide = lambda prog: argparse.HelpFormatter(prog, width=80)
parser = argparse.ArgumentParser(formatter_class=wide)
parser.add_argument("word")
parser.parse_args(["word"])
print(*sys.modules)
"""
"""What a daily command needs of Python. Newer ones load more for it, such as colours."""

SLOW = {
    "ast",
    "bz2",
    "dataclasses",
    "email",
    "hashlib",
    "http",
    "importlib.resources",
    "inspect",
    "lzma",
    "shutil",
    "ssl",
    "subprocess",
    "tempfile",
    "textwrap",
    "urllib.request",
    "zipfile",
}
"""Modules of Python that take long or much memory, and that no daily command needs."""

NOT_DAILY = ("rollhost.mqtt", "paho")
"""How the names of modules begin that only one command needs, which says so."""

DAILY = {
    # command: how many modules of ours it may load: a few more than it does
    "status": 98,
    "log": 84,
    "plan": 100,
    "policy": 50,
    "head": 90,
    "head new": 90,
    "hold": 84,
    "hold sunburn": 84,
    "note softer": 87,
    "reaction": 88,
    "reaction open": 88,
}

AFTER_SYNC = ("rollhost.cli.after_sync", "rollhost.cli.share", "rollhost.cli.calendar_file",
              "rollhost.cli.automatic_backup")  # fmt: skip
"""How the names of modules begin that a sync needs only where something was set up."""

ASKED = {"--version": 12, "--help": 12}
"""The same of what needs no database."""

SYNC = 121
"""The same of a sync."""


@cache
def needed() -> set[str]:
    """Return the modules that a process has loaded which imports no more than `NEEDED`."""
    words = [sys.executable, "-c", NEEDED]
    return set(subprocess.check_output(words, env=without_coverage(), text=True).split())


def ours(loaded: set[str]) -> set[str]:
    """Return those of the modules that are ours."""
    return {name for name in loaded if name.partition(".")[0] in ("rollhost", "rollcore")}


@pytest.mark.parametrize("command", DAILY)
def test_daily_command_loads_few_modules(lived_in: Path, command: str) -> None:
    loaded = loaded_by(*command.split())
    assert loaded - ours(loaded) - needed() == set()
    assert not [name for name in loaded if name.startswith(NOT_DAILY)]
    assert 40 < len(ours(loaded)) <= DAILY[command]


@pytest.mark.parametrize("option", ASKED)
def test_question_about_the_program_loads_no_database(option: str) -> None:
    loaded = loaded_by(option)
    assert loaded & {"sqlite3", "json", "datetime", "pathlib", "rollhost.database"} == set()
    assert loaded - ours(loaded) - needed() <= {"textwrap"}  # argparse wraps the help
    assert 5 < len(ours(loaded)) <= ASKED[option]


def test_sync_loads_no_module_that_takes_long(case: ScriptedCase) -> None:
    loaded_by("sync", "--port", case.port)  # which computes the digest of a policy that is new
    loaded = loaded_by("sync", "--port", case.port)
    assert "serial" in loaded
    assert loaded & (SLOW - needed()) == set()
    assert not [name for name in loaded if name.startswith(NOT_DAILY)]
    assert len(ours(loaded)) <= SYNC
    assert not {name for name in loaded if name.startswith(AFTER_SYNC)}


def test_modules_that_take_long_come_with_none_that_is_needed() -> None:
    if sys.version_info < (3, 14):
        assert needed() & SLOW == set()
