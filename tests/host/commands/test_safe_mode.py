"""A case whose firmware has failed again and again still brings its log home."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.host.scripted_case import ScriptedCase, app_in

from rollcore import events
from rollcore.state import SAFE_AFTER

pytestmark = pytest.mark.in_process

PLACE = {"file": 2, "error": 15, "line": 120}


@pytest.fixture
def failed(home: Path) -> Iterator[ScriptedCase]:
    """A case that has failed as often in a row as it may, and was started again."""
    flash = home / "flash"
    cause = events.POWER_ON
    for _ in range(SAFE_AFTER):
        app_in(flash, cause).failed(PLACE)
        cause = events.SOFT_RESET
    with ScriptedCase(flash, cause=cause) as one:
        yield one


def test_sync_in_safe_mode_brings_the_log_and_says_where_it_failed(
    host: Host, failed: ScriptedCase
) -> None:
    synced = host("sync", "--port", failed.port)
    assert synced.returncode == 0, synced.stderr
    assert synced.stdout.startswith("7 new records from case")
    assert "clock is set" not in synced.stdout
    assert host("log").stdout.count("ValueError in rollcase/app.py, line 120") == SAFE_AFTER


def test_sync_in_safe_mode_says_what_is_wrong_and_the_next_step(
    host: Host, failed: ScriptedCase
) -> None:
    assert host("check", "--none").returncode == 0  # else the first sync names it
    synced = host("sync", "--port", failed.port)
    assert synced.stderr.splitlines() == [
        "The case shows SOS: the firmware has failed 3 times in a row."
        " Cut its power and let it start again.",
    ]


def test_sync_in_safe_mode_logs_nothing(host: Host, failed: ScriptedCase) -> None:
    host("sync", "--port", failed.port)
    again = host("sync", "--needle", "0.25", "--port", failed.port)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("Nothing new from case")
    assert "SOS" in again.stderr
