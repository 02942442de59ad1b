"""A case that has lost the owner's rules gets them back; one that has others keeps those."""

from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.host.scripted_case import ScriptedCase

from rollcore import policy
from rollcore.policy import Policy

pytestmark = pytest.mark.in_process

MINE = Policy(
    policy.numbers_of(policy.for_needle(250).changed(revision=1, rest_h=200)), ("face", "neck")
)


def lose_rules(flash: Path) -> None:
    found = list(flash.glob("?/policy-*"))
    assert len(found) == 2
    for path in found:
        path.write_bytes(b"")


def kinds(host_json: HostJson) -> list[str]:
    return [record["kind"] for record in host_json("log")["records"]]


@pytest.mark.usefixtures("confirmed")
def test_sync_restores_a_policy_that_the_case_has_lost(
    host: Host, host_json: HostJson, home: Path
) -> None:
    with ScriptedCase(home / "flash") as case:
        assert case.app.set_policy(MINE) == ""
        host_json("sync", "--port", case.port)
    lose_rules(home / "flash")
    with ScriptedCase(home / "flash") as case:
        assert case.app.policy.text == policy.for_needle(250).text
        synced = host("sync", "--port", case.port)
        assert synced.returncode == 0, synced.stderr
        assert "The case had lost its rules, and has them again." in synced.stdout
        assert case.app.policy.text == MINE.text
        assert not host_json("sync", "--port", case.port)["rules"]["changed"]
    assert kinds(host_json)[-3:] == ["boot", "clock_set", "policy_set"]
    records = host_json("log")["records"]
    sets = [record["data"] for record in records if record["kind"] == "policy_set"]
    assert [data["kept"] for data in sets] == [0, 0]
    assert [data["digest"] for data in sets] == [MINE.digest, MINE.digest]


def test_restored_policy_survives_a_power_cut(host_json: HostJson, home: Path) -> None:
    with ScriptedCase(home / "flash") as case:
        assert case.app.set_policy(MINE) == ""
        host_json("sync", "--port", case.port)
    lose_rules(home / "flash")
    with ScriptedCase(home / "flash") as case:
        host_json("sync", "--port", case.port)
    with ScriptedCase(home / "flash") as case:
        assert case.app.policy.text == MINE.text
        assert not host_json("sync", "--port", case.port)["rules"]["changed"]


def test_case_met_for_the_first_time_keeps_its_policy(host_json: HostJson, home: Path) -> None:
    """Nobody here knows those that it has lost."""
    with ScriptedCase(home / "flash") as case:
        assert case.app.set_policy(MINE) == ""
    lose_rules(home / "flash")
    with ScriptedCase(home / "flash") as case:
        assert not host_json("sync", "--port", case.port)["rules"]["changed"]
        assert case.app.policy.text == policy.for_needle(250).text
        assert "rule" not in case.verbs()


def test_policy_set_by_another_host_stays_in_force(host_json: HostJson, home: Path) -> None:
    mine, yours = str(home / "mine.db"), str(home / "yours.db")
    with ScriptedCase(home / "flash") as case:
        host_json("sync", "--port", case.port, "--db", mine, "--needle", "0.5")
        host_json("sync", "--port", case.port, "--db", yours, "--needle", "0.25")
        assert not host_json("sync", "--port", case.port, "--db", mine)["rules"]["changed"]
        assert case.app.policy.needle_um == 250
