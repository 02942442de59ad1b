"""The firmware's own suite, in the real MicroPython, on littlefs.

The scripts in `suite/` are plain MicroPython; here each of their tests becomes one of pytest's.
"""

import ast
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
from tests.micropython.suite.stories import digests_of_many_policies, fingerprint_of_a_long_life

ROOT = Path(__file__).resolve().parents[2]
SUITE = Path(__file__).resolve().parent / "suite"


def find_micropython() -> str | None:
    """Return the interpreter beside this Python, or else the one on the path."""
    scripts = sysconfig.get_path("scripts")
    return shutil.which("micropython", path=scripts) or shutil.which("micropython")


MICROPYTHON = find_micropython()

pytestmark = pytest.mark.skipif(MICROPYTHON is None, reason="no MicroPython for this machine")


def cases_in(script: Path) -> list[str]:
    """Return the names of a script's tests, without running it."""
    tree = ast.parse(script.read_text("utf-8"))
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


CASES = [
    pytest.param(script.stem, test, id=f"{script.stem.removeprefix('check_')}-{test[5:]}")
    for script in sorted(SUITE.glob("check_*.py"))
    for test in cases_in(script)
]


def run(script: str, test: str) -> subprocess.CompletedProcess[str]:
    """Run one function of a script in an interpreter of its own."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "firmware")])
    return subprocess.run(
        [str(MICROPYTHON), "-X", "heapsize=64m", str(SUITE / "runner.py"), script, test],
        env={**os.environ, "MICROPYPATH": path},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("script", "test"), CASES)
def test_suite_passes_on_micropython(script: str, test: str) -> None:
    done = run(script, test)
    if done.returncode or done.stderr:
        pytest.fail(done.stdout + done.stderr, pytrace=False)


def test_every_script_has_tests() -> None:
    scripts = sorted(SUITE.glob("check_*.py"))
    assert len(scripts) >= 5
    for script in scripts:
        assert cases_in(script), script


def test_runner_reports_a_failing_test() -> None:
    assert run("expect", "raises").returncode == 1


def test_state_of_a_long_life_is_the_same_on_both_interpreters() -> None:
    done = run("check_core", "fingerprint")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [fingerprint_of_a_long_life()]


def test_policies_have_the_same_digest_on_both_interpreters() -> None:
    done = run("check_core", "digests")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == digests_of_many_policies().split()


def test_policies_whose_digests_are_compared_all_differ() -> None:
    digests = digests_of_many_policies().split()
    assert len(set(digests)) == 500
