"""What the host needs of a system: nothing at import that Windows lacks."""

import errno
import json
import subprocess
import sys

import pytest
from tests.conftest import ROOT

from rollhost.cli import main
from rollhost.cli.completion import SHELLS, script

ABSENT = ("fcntl", "termios", "tty", "pty", "pwd", "grp", "resource", "readline", "curses")
"""Modules of Python that Windows lacks."""

OF_A_VIRTUAL_CASE = {
    "rollhost.sim.virtual_case": "RollcaseError",
    "rollhost.sim.emulator": "ModuleNotFoundError",
    "rollhost.__main__": "SystemExit",
}
"""Modules that cannot be imported there, and the error: a virtual case needs a pseudo-terminal, and
who has no emulator gets none. The last one is the program itself, called without words."""

IMPORT_ALL = """
import importlib, json, sys
import serial, serial.tools.list_ports, mpremote.transport_serial  # have other files for Windows
absent, names = json.loads(sys.argv[1])
sys.argv = ["host"]
for name in absent:
    sys.modules[name] = None
failed = {}
for name in names:
    try:
        importlib.import_module(name)
    except BaseException as error:
        failed[name] = type(error).__name__
print(json.dumps(failed))
"""

RUN = """
import sys
for name in %r:
    sys.modules[name] = None
from rollhost.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def modules() -> list[str]:
    """Return every module of the host program."""
    host = ROOT / "host"
    files = sorted((host / "rollhost").rglob("*.py"))
    names = [".".join(file.relative_to(host).with_suffix("").parts) for file in files]
    return [name.removesuffix(".__init__") for name in names]


def test_every_module_but_the_virtual_case_is_imported_without_what_windows_lacks() -> None:
    """Stands for Windows: these modules of Python are hidden."""
    arguments = json.dumps([[*ABSENT, "rp2040py"], modules()])
    result = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, arguments], capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[-1]) == OF_A_VIRTUAL_CASE


@pytest.mark.parametrize(
    ("platform", "error", "is_gone"),
    [
        ("win32", OSError(errno.EINVAL, "Invalid argument"), True),
        ("win32", OSError(errno.ENOSPC, "No space left on device"), False),
        ("linux", OSError(errno.EINVAL, "Invalid argument"), False),
        ("linux", BrokenPipeError(errno.EPIPE, "Broken pipe"), True),
    ],
)
def test_pipe_that_nobody_reads_is_no_fault_of_the_disk(
    monkeypatch: pytest.MonkeyPatch, platform: str, error: OSError, is_gone: bool
) -> None:
    """Stands for Windows, which has another error for it."""
    monkeypatch.setattr(sys, "platform", platform)
    assert main._reader_is_gone(error) is is_gone


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_offers_the_ports_of_linux_and_macos(shell: str) -> None:
    assert "ls -d /dev/ttyACM* /dev/cu.usbmodem* 2>/dev/null" in script(shell, "")


@pytest.mark.parametrize("command", ["sim --headless", "demo"])
def test_virtual_case_is_refused_without_a_pseudo_terminal_and_the_page_is_named(
    command: str,
) -> None:
    """Stands for Windows: these modules of Python are hidden."""
    result = subprocess.run(
        [sys.executable, "-c", RUN % (ABSENT,), *command.split()],
        capture_output=True,
        text=True,
        timeout=60,
    )
    sentence, step = result.stderr.splitlines()
    assert result.returncode == 1
    assert sentence.endswith("this system has no pseudo-terminals.")
    assert "host page --open, then Try a case here" in step
