"""What the tests of commands share: the moment at which all is written down, and synced cases."""

from pathlib import Path

import pytest
from tests.host.run_host import sync_here
from tests.host.scripted_case import ScriptedCase
from tests.host.writing_down import NOW, TWO_ZONES


@pytest.fixture
def now(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be one moment for every command."""
    monkeypatch.setenv("ROLLCASE_NOW", NOW)


@pytest.fixture
def synced(now: None, case: ScriptedCase, home: Path) -> ScriptedCase:
    """A case that was synced once, so that it has a clock and the database knows it."""
    sync_here(case, home / "rollcase.db")
    return case


@pytest.fixture
def two_zones(now: None, case: ScriptedCase, home: Path) -> ScriptedCase:
    """A case that was synced once, whose rules name two areas of skin."""
    assert case.app.set_policy(TWO_ZONES) == ""
    sync_here(case, home / "rollcase.db")
    return case
