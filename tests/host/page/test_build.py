"""The page is one file, the same each time, and may do nothing but what it says."""

import ast
import base64
import hashlib
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.conftest import ROOT, made_page

from rollhost.page import build

PACKAGES = ROOT / "build" / "page"

MOST_BYTES = 500_000


@pytest.fixture
def page() -> str:
    return made_page().read_text(encoding="utf-8")


@pytest.mark.slow
def test_two_builds_give_one_page(page: str, tmp_path: Path) -> None:
    # From another folder, and with other hashes of Python's: neither may show.
    made = tmp_path / "page.html"
    subprocess.run(
        [sys.executable, "-m", "rollhost.page.build", PACKAGES, made],
        cwd=tmp_path, env={**os.environ, "PYTHONHASHSEED": "7"}, check=True,
    )  # fmt: skip
    assert (
        hashlib.sha256(made.read_bytes()).hexdigest() == hashlib.sha256(page.encode()).hexdigest()
    )


def test_page_is_small(page: str) -> None:
    assert len(page.encode()) < MOST_BYTES


def test_policy_names_the_script_and_the_style_by_their_hashes(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    for tag in ("script", "style"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
    allowed = dict(part.split(" ", 1) for part in policy[1].split("; "))
    assert allowed.pop("default-src") == "'none'"
    assert "unsafe-inline" not in policy[1]
    assert not any("http" in value or "*" in value for value in allowed.values())


def test_lock_has_a_hash_for_each_package_and_names_no_registry() -> None:
    lock = (build.HERE / "package-lock.json").read_text(encoding="utf-8")
    packages = lock.count('"version": ')
    assert packages == lock.count('"integrity": "sha512-')
    assert "resolved" not in lock
    assert "http" not in lock


@pytest.mark.slow
def test_wheel_has_the_page_and_not_its_parts(page: str, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        names = files.namelist()
        assert files.read("rollhost/page/rollcase.html").decode() == page
    assert "rollhost/page/built.py" in names
    parts = [name for name in names if name.startswith("rollhost/page/") and ".py" not in name]
    # `make release` leaves the licences' texts beside the page.
    assert set(parts) - {"rollhost/page/LICENSES.txt"} == {"rollhost/page/rollcase.html"}


def test_python_in_the_page_is_that_of_the_source_without_comments_and_docstrings() -> None:
    source = '"""Said."""\nA = "# ü"  # why\n"""Of\ntwo lines: ü."""\n\ndef f():\n    "Only."\n'
    assert build.bare(source) == '0\nA = "# ü"\n0\n\n\ndef f():\n    0\n'
    for path, text in build.python_files().items():
        (source_file,) = [
            file
            for folder in (build.FIRMWARE, build.VIRTUAL, build.ROLLHOST.parent)
            if (file := folder / path.removeprefix("/lib/")).exists()
        ]
        whole = ast.parse(source_file.read_text(encoding="utf-8"))
        for node in ast.walk(whole):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                node.value = ast.copy_location(ast.Constant(0), node.value)
        assert ast.dump(ast.parse(text)) == ast.dump(whole)
        lines = [node.lineno for node in ast.walk(whole) if isinstance(node, ast.stmt)]
        assert [n.lineno for n in ast.walk(ast.parse(text)) if isinstance(n, ast.stmt)] == lines
