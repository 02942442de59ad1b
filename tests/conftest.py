"""What every test may use: the `host` command as a user has it, and a home of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Shared machines are slow at times: a deadline would test them, not us.
settings.register_profile(
    "rollcase", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("rollcase")

Host = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs ``host`` with these words; see the fixture `host`."""

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test away from the owner's database, ports and running cases."""
    for name in [name for name in os.environ if name.startswith("ROLLCASE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ROLLCASE_DB", str(tmp_path / "rollcase.db"))
    monkeypatch.setenv("ROLLCASE_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("TZ", "UTC")
    return tmp_path


@pytest.fixture
def host() -> Host:
    """Run ``host`` as a process of its own and return what it printed and its exit code."""

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
def host_json(host: Host) -> Callable[..., dict[str, Any]]:
    """Run ``host … --json``, which has to succeed, and return the document."""

    def run(*words: str, **environment: str) -> dict[str, Any]:
        result = host(*words, "--json", **environment)
        assert result.returncode == 0, result.stderr
        document: dict[str, Any] = json.loads(result.stdout)
        return document

    return run
