"""Ways to run ``host``: in this process, on a full disk, and to see which modules it loads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.host.scripted_case import ScriptedCase

from rollhost.case.connection import Line
from rollhost.case.sync import sync
from rollhost.cli.main import main
from rollhost.database.open import open_archive
from rollhost.now import current_case_time


def without_coverage() -> dict[str, str]:
    """Return the environment, in which `make coverage` does not count what a process runs.

    Counting loads modules of its own, and writes a file of its own.
    """
    return {name: text for name, text in os.environ.items() if not name.startswith("COVERAGE_")}


def loaded_by(*words: str) -> set[str]:
    """Return the modules that `host` has loaded by the time it is done."""
    program = (
        "import sys; from rollhost.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "finally: print('loaded', *sys.modules, file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, *words],
        env=without_coverage(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    loaded = result.stderr.splitlines()[-1].split()
    assert loaded[0] == "loaded"
    return set(loaded[1:])


def modules_of(*words: str) -> set[str]:
    """Return the packages among them."""
    return {name.split(".")[0] for name in loaded_by(*words)}


WITH_SMALL_FILES = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from rollhost.cli.main import main
sys.exit(main(sys.argv[2:]))
"""


def host_with_small_files(most: int, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run ``host`` where no file may grow beyond `most` bytes, as on a disk that is full."""
    return subprocess.run(
        [sys.executable, "-c", WITH_SMALL_FILES, str(most), *words],
        env=without_coverage(),
        capture_output=True,
        text=True,
        timeout=60,
    )


def run_main(capsys: pytest.CaptureFixture[str], argv: list[str]) -> tuple[int, str, str]:
    """Run ``host`` in this process; return exit code, stdout and stderr."""
    try:
        code = main(argv)
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def sync_here(case: ScriptedCase, path: Path) -> None:
    """Sync a case into the database at `path` in this process, which is quicker."""
    with Line(case.port) as line, open_archive(path, create=True) as archive:
        sync(line, archive, current_case_time)
