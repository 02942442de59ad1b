"""A press becomes a row: a case that runs, its button, its port, the real command, the database."""

from pathlib import Path

import pytest
from tests.conftest import Host, HostJson
from tests.end_to_end.story import DAY, content, logged, prepare, refused, stored, use_and_clean

from rollhost.sim.virtual_case import VirtualCase

virtual_alone = pytest.mark.parametrize("image", ["virtual"], indirect=True)
"""For what host and state machine do. The others show that records, clock and policy go over the
Pico's own USB and onto its flash."""


def test_press_becomes_a_row(case: VirtualCase, host_json: HostJson, home: Path) -> None:
    case.press()
    assert host_json("sync", "--port", case.port)["new"] == 3  # boot, the soak, the clock's setting
    records = stored(home / "rollcase.db")
    assert records == logged(case, records[-1])
    kinds = [record["kind"] for record in host_json("log")["records"]]
    assert kinds == ["boot", "soak_started", "clock_set"]


def test_log_of_the_whole_story_reads_as_it_happened(case: VirtualCase, host: Host) -> None:
    prepare(case)
    use_and_clean(case)
    case.long_press()
    assert host("sync", "--port", case.port).returncode == 0
    told = [line[18:] for line in host("log").stdout.splitlines()]
    assert told[1:-2] == [
        "soak before use started",
        "soak before use done",
        "use started",
        "use ended after 2 minutes",
        "soak after use started",
        "soak after use done",
    ]
    assert told[-2].startswith("a use was refused: resting")
    assert told[-1].partition(" (")[0] == "clock set for the first time, by the host"
    status = host("status").stdout
    assert status.startswith("Not yet: the skin rests until ")
    assert "used 1 of 10 times, day 1 of 90" in status


@virtual_alone
def test_sync_finds_a_case_without_a_named_port(case: VirtualCase, host: Host) -> None:
    from rollhost.case.virtual_ports import announce

    with announce(case.port):
        result = host("sync")
    assert result.returncode == 0, result.stderr


@virtual_alone
def test_second_sync_brings_nothing_new(case: VirtualCase, host_json: HostJson) -> None:
    case.press()
    host_json("sync", "--port", case.port)
    assert host_json("sync", "--port", case.port)["new"] == 0


@virtual_alone
def test_two_hosts_hold_equal_rows(case: VirtualCase, host_json: HostJson, home: Path) -> None:
    mine, yours = home / "mine.db", home / "yours.db"
    prepare(case)
    host_json("sync", "--port", case.port, "--db", str(mine))
    use_and_clean(case)
    host_json("sync", "--port", case.port, "--db", str(yours))
    host_json("sync", "--port", case.port, "--db", str(mine))
    assert content(mine) == content(yours)
    records = stored(mine)
    assert records == logged(case, records[-1])


def test_log_outlives_a_power_cut(case: VirtualCase, host_json: HostJson, home: Path) -> None:
    prepare(case)
    case.press()
    case.cut()
    host_json("sync", "--port", case.port)
    records = host_json("log")["records"]
    assert [record["boot"] for record in records] == [1, 1, 1, 1, 2, 2]
    assert host_json("status")["cases"][0]["phase"] == "clean me"  # the cut ended the use
    records = stored(home / "rollcase.db")
    assert records == logged(case, records[-1])


@virtual_alone
def test_needle_length_decides_the_rest(case: VirtualCase, host_json: HostJson) -> None:
    document = host_json("sync", "--port", case.port, "--needle", "0.25")
    assert document["rules"]["changed"]
    assert document["case"]["rest_days"] == 7
    assert not host_json("sync", "--port", case.port, "--needle", "0.25")["rules"]["changed"]
    prepare(case)
    use_and_clean(case)
    case.jump(6 * DAY)
    refused(case, 1)
    case.jump(1 * DAY)
    case.press()
    assert [event["kind"] for event in case.events() if event["event"] == "log"][-2:] == [
        "refused",
        "soak_started",
    ]


def test_policy_outlives_a_power_cut(case: VirtualCase, host_json: HostJson) -> None:
    host_json("sync", "--port", case.port, "--needle", "0.25")
    case.cut()
    assert host_json("sync", "--port", case.port)["case"]["needle_mm"] == 0.25


@virtual_alone
def test_clock_far_ahead_is_left_alone_unless_forced(case: VirtualCase, host: Host) -> None:
    assert host("sync", "--port", case.port).returncode == 0
    case.jump(3 * DAY)
    left = host("sync", "--port", case.port)
    assert left.returncode == 0
    assert "3 days ahead of this" in left.stderr
    assert "was left alone" in left.stderr
    forced = host("sync", "--port", case.port, "--clock-is-right")
    assert "The case's clock was 3 days ahead; it is set now." in forced.stdout


def test_clock_that_stood_still_is_set_by_a_sync(case: VirtualCase, host: Host) -> None:
    from datetime import datetime, timedelta, timezone

    assert host("sync", "--port", case.port).returncode == 0
    case.cut()  # for two days, as this host's clock will say
    later = (datetime.now(timezone.utc) + timedelta(days=2)).isoformat()
    result = host("sync", "--port", case.port, ROLLCASE_NOW=later)
    assert "The case's clock was 2 days behind; it is set now." in result.stdout
