"""What every test may use: the `host` command as a user has it, and a home of its own."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from rollhost.cli.main import main
from rollhost.cli.sure_clock import remember
from rollhost.history.sure_clocks import Confirmation
from rollhost.page.built import PAGE

# Shared machines are slow at times: a deadline would test them, not us.
settings.register_profile(
    "rollcase", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("rollcase")

Host = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs ``host`` with these words; see the fixture `host`."""

HostJson = Callable[..., dict[str, Any]]
"""Runs ``host`` with these words and --json; see the fixture `host_json`."""

ROOT = Path(__file__).parent.parent

MEMORY = Path("/dev/shm")
ROOM = 2 << 30
"""Bytes that have to be free in memory before the tests' files go there (own)."""


def holds_our_files(folder: Path) -> bool:
    """Say whether a folder in memory is there, has room, and lets us run what is in it."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    system = os.statvfs(folder)
    return system.f_bavail * system.f_frsize >= ROOM and not system.f_flag & os.ST_NOEXEC


# Half of the tests' time would be spent waiting for a disk to have what was written. No test can
# tell whether it does: they end processes, and none cuts this computer's power.
if sys.platform == "linux" and holds_our_files(MEMORY):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

NEXT_MICROPYTHON = "NEXT_MICROPYTHON" in os.environ
"""Whether the emulated Pico boots the images of ``make firmware-next`` (``make test-next``)."""

MICROPYTHON_VERSION = "1.26.1" if NEXT_MICROPYTHON else "1.25.0"
"""Of the images that the emulated Pico boots."""

IMAGE_REQUIRED = "IMAGE_REQUIRED" in os.environ
"""Whether a missing image is a failure; else its tests are skipped."""


def image_path(name: str) -> Path:
    """Return where the image `name` is, or the same with the next MicroPython if that is tried."""
    return ROOT / "build" / (name.replace("-pico.", "-next.") if NEXT_MICROPYTHON else name)


def built(name: str) -> Path:
    """Return the image `name` that ``make firmware`` has built; skip the test if it has not."""
    path = image_path(name)
    if not path.exists():
        target = "firmware-next" if NEXT_MICROPYTHON else "firmware"
        missing = f"there is no build/{path.name} for the emulated Pico: make {target}"
        if IMAGE_REQUIRED:
            pytest.fail(missing)
        pytest.skip(missing)
    return path


PAGE_REQUIRED = "PAGE_REQUIRED" in os.environ
"""Whether a page that was not made is a failure; else its tests are skipped."""


def made_page() -> Path:
    """Return the page that ``make page`` has made; skip the test if it has not."""
    if not PAGE.exists():
        missing = "there is no page: make page"
        if PAGE_REQUIRED:
            pytest.fail(missing)
        pytest.skip(missing)
    return PAGE


LONGEST_NAME = 60
"""Most characters of a parameter's name."""

LONG = ("tests/emulator/", "tests/end_to_end/", "tests/micropython/", "tests/trust/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that nobody is left alone with it at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_make_parametrize_id(val: object) -> str | None:
    """Return a name for a parameter that pytest would only number, such as ``words0``.

    Lists and tables are named by what is in them, errors by their type; None leaves it to pytest.
    """
    name = None
    if isinstance(val, dict):
        name = " ".join(f"{key}={value}" for key, value in val.items())
    elif isinstance(val, list | tuple):
        name = " ".join(str(item) for item in val) or "nothing"
    elif isinstance(val, Exception):
        name = type(val).__name__
    is_short = name is not None and name.isprintable() and len(name) <= LONGEST_NAME
    return name if is_short else None


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test away from the owner's database, ports and running cases."""
    for name in [name for name in os.environ if name.startswith("ROLLCASE_")]:
        monkeypatch.delenv(name)
    for name in ("COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
        os.unsetenv(name)  # readline sets them for child processes, past os.environ
    monkeypatch.setenv("ROLLCASE_DB", str(tmp_path / "rollcase.db"))
    monkeypatch.setenv("ROLLCASE_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("TZ", "UTC")
    # What a killed case leaves behind goes the way of all that pytest makes.
    temporary = tmp_path.with_name(tmp_path.name + "-tmp")
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


@pytest.fixture
def confirmed(home: Path) -> None:
    """Somebody has said that this computer's clock is right.

    So no test depends on whether the computer that runs it has its time from a network.
    """
    remember(home / "rollcase.db", Confirmation(int(time.time())))


@pytest.fixture
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make keys of passphrases at the lowest cost: what a test tries does not depend on it."""
    from rollhost.exchange import shared_file

    monkeypatch.setattr(shared_file, "COST", shared_file.COSTS[0])


@pytest.fixture
def host_here(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Host]:
    """Run ``host`` within this process, which is ten times quicker."""

    def run(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        with monkeypatch.context() as patch:
            for name, text in environment.items():
                patch.setenv(name, text)
            time.tzset()
            try:
                code = main(list(words))
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else -1
        printed = capsys.readouterr()
        return subprocess.CompletedProcess(words, code, printed.out, printed.err)

    yield run
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.fixture
def host(request: pytest.FixtureRequest) -> Host:
    """Run ``host`` and return what it printed and its exit code.

    It is a process of its own, unless the test is marked with `in_process`.
    """
    if request.node.get_closest_marker("in_process"):
        here: Host = request.getfixturevalue("host_here")
        return here

    def run(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "rollhost", *words],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture
def host_json(host: Host) -> HostJson:
    """Run ``host … --json``, which has to succeed, and return the document."""

    def run(*words: str, **environment: str) -> dict[str, Any]:
        result = host(*words, "--json", **environment)
        assert result.returncode == 0, result.stderr
        document: dict[str, Any] = json.loads(result.stdout)
        return document

    return run
