"""`host` and a case whose firmware knows fewer questions: told in words, and nothing is lost."""

import pytest
from tests.conftest import Host, HostJson
from tests.host.scripted_case import ScriptedCase, answer

from rollcore import messages

pytestmark = pytest.mark.in_process

KNOWN = {"hello", "status", "get", "ack", "policy"}
"""What a case has to know so that its log can be fetched."""


@pytest.fixture
def older(case: ScriptedCase) -> ScriptedCase:
    """Return a case with such firmware."""
    case.unknown = set(messages.REQUESTS) - KNOWN
    return case


def test_sync_brings_the_log_of_older_firmware_home_and_says_what_updates_it(
    older: ScriptedCase, host: Host, host_json: HostJson
) -> None:
    told = host("sync", "--port", older.port)
    assert told.returncode == 0, told.stderr
    assert "1 new record from case" in told.stdout
    assert "its firmware is older than this program" in " ".join(told.stderr.split())
    assert "host install" in " ".join(told.stderr.split())
    assert host_json("sync", "--port", older.port)["new"] == 0


def test_entries_that_older_firmware_does_not_know_are_told_after_its_update(
    older: ScriptedCase, host: Host, host_json: HostJson
) -> None:
    assert host("clinic", "2026-11-01", "--needle", "1.5").returncode == 0
    assert host("sync", "--port", older.port).returncode == 0
    older.unknown.clear()
    assert host_json("sync", "--port", older.port)["told"] == 1


def test_policy_that_older_firmware_does_not_know_is_put_in_after_its_update(
    older: ScriptedCase, host: Host, host_json: HostJson
) -> None:
    assert host("sync", "--port", older.port, "--needle", "0.25").returncode == 0
    older.unknown.clear()
    assert host_json("sync", "--port", older.port)["rules"]["changed"]


def test_sync_with_firmware_of_another_version_says_which_side_to_update_and_writes_nothing(
    case: ScriptedCase, host: Host
) -> None:
    assert host("sync", "--port", case.port).returncode == 0
    words = "this case needs a newer host program: update the host program"
    case.script = lambda request, right: answer(request, "error", code="version", words=words)
    before = host("log", "--json").stdout
    told = host("sync", "--port", case.port)
    assert told.returncode == 1
    assert told.stderr == f"host: The case says: {words}.\n"
    assert host("log", "--json").stdout == before
