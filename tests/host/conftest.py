"""What the host's tests share: a database, a scripted case, and a user without root's rights."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.host import ten_years as lives
from tests.host.lived_in import make_lived_in
from tests.host.run_host import sync_here
from tests.host.scripted_case import ScriptedCase
from tests.host.ten_years import Lived
from tests.host.time_zones import Zone

from rollhost.database.archive import Archive
from rollhost.database.open import open_archive

WITHOUT_RIGHTS = """
import ctypes, os, sys
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
for right in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
    if os.geteuid() == 0 and ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, right, 0, 0, 0):
        raise SystemExit("this root cannot give up its rights")
os.execv(sys.executable, [sys.executable, "-m", "rollhost", *sys.argv[1:]])
"""
"""File modes do not bind root, and tests may run as root: it first gives up what makes it so."""


@pytest.fixture
def archive(home: Path) -> Iterator[Archive]:
    """A new database, where commands look for it."""
    with open_archive(home / "rollcase.db", create=True) as one:
        yield one


@pytest.fixture
def lived_in(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The owner's database, after a while."""
    monkeypatch.setenv("ROLLCASE_NOW", "2026-11-21T10:00:00Z")
    make_lived_in(home / "rollcase.db")
    return home / "rollcase.db"


@pytest.fixture
def case(home: Path, confirmed: None) -> Iterator[ScriptedCase]:
    """A case that has just been switched on for the first time, and is honest until told."""
    with ScriptedCase(home / "flash") as one:
        yield one


@pytest.fixture
def host_without_rights() -> Host:
    """Run ``host`` as a user whom file modes bind."""

    def host(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", WITHOUT_RIGHTS, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    if host("--version").returncode:
        pytest.skip("this root cannot give up its rights")
    return host


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Zone]:
    """Put this process into another time zone, until the test is over."""

    def move(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def in_utc(home: Path) -> Iterator[None]:
    """Let local days be those of UTC: `home` has said so, and this process has to hear it."""
    time.tzset()
    yield
    os.environ.pop("TZ")
    time.tzset()


@dataclass(frozen=True)
class Ten:
    """A database of ten years, and what its owner remembers."""

    path: Path
    lived: Lived


@pytest.fixture(scope="session")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Ten:
    """Ten years, lived through once for all tests."""
    folder = tmp_path_factory.mktemp("ten")
    (folder / "photos").mkdir()
    with open_archive(folder / "ten.db", create=True) as archive:
        return Ten(folder / "ten.db", lives.ten_years(archive, folder / "photos"))


@pytest.fixture
def database(case: ScriptedCase, home: Path) -> Path:
    """A database with the log of the case."""
    case.log(3)
    sync_here(case, home / "rollcase.db")
    return home / "rollcase.db"
