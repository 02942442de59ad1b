"""``host selftest``: its report, its questions, and a Ctrl-C in the middle."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.host.living_case import LivingCase

from rollcore import events
from rollcore.events import Event
from rollcore.messages import Message
from rollhost.board import selftest as steps
from rollhost.board.selftest import Plan, is_nobodys
from rollhost.commands import selftest
from rollhost.output.lamp_text import LAMP
from rollhost.output.selftest import ACTS, RHYTHMS, TITLES

pytestmark = pytest.mark.in_process


@pytest.fixture
def case(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LivingCase]:
    """A virtual case that was never used, and a short plan."""
    monkeypatch.setattr(selftest, "QUICK", Plan(syncs=2, records=5, clock_s=0, ticks=1))
    one = LivingCase(home / "case")
    with one:
        monkeypatch.setattr(steps, "time", one)
        yield one


def test_report_has_every_step_and_nothing_of_this_computer_or_case(
    case: LivingCase, host: Host, home: Path
) -> None:
    report = home / "report.md"
    result = host("selftest", "--port", case.port, "--quick", "--report", str(report))
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"The report is in {report}.\n"
    text = report.read_text("utf-8")
    for title in TITLES.values():
        assert f"| {title} |" in text
    for secret in (case.port, str(home), str(Path.home()), "5c1f0a2b3c4d5e6f"):
        assert secret not in text
    assert not (home / "rollcase.db").exists()


def test_report_is_not_written_over_another_file_and_nothing_is_done(
    case: LivingCase, host: Host, home: Path
) -> None:
    (home / "mine.md").write_text("mine")
    result = host("selftest", "--port", case.port, "--quick", "--report", str(home / "mine.md"))
    assert result.returncode == 2
    assert (home / "mine.md").read_text() == "mine"
    assert case.asked == []


def test_step_that_fails_is_in_the_report_and_the_exit_code(case: LivingCase, host: Host) -> None:
    case.unknown = {"hold"}
    result = host("selftest", "--port", case.port, "--quick", "--json")
    assert result.returncode == 1
    document = json.loads(result.stdout)
    assert not document["passed"]
    assert {step["step"] for step in document["steps"] if step["result"] == "failed"} == {"records"}


def test_case_of_a_person_is_refused_with_the_reason(case: LivingCase, host: Host) -> None:
    hold = {"reason": events.OTHER, "until": 0, "token": 1}
    case.app.journal.append(Event(events.HOLD_SET, hold, boot=1, time=1000))
    result = host("selftest", "--port", case.port, "--quick")
    assert result.returncode == 1
    assert "knows something about a person" in result.stderr
    assert result.stdout == ""


def test_who_had_synced_the_case_before_sees_nothing_of_the_test_and_all_verifies(
    case: LivingCase, host: Host
) -> None:
    assert host("sync", "--port", case.port).returncode == 0
    before = host("log").stdout
    assert host("selftest", "--port", case.port, "--quick").returncode == 0
    again = host("sync", "--port", case.port)
    assert again.returncode == 0, again.stderr
    assert host("log").stdout.endswith(before)  # below a title, as there are two logs
    assert host("verify").returncode == 0
    assert host("status").stdout.startswith("Rested. ")


@pytest.mark.parametrize("stops_in", ["hold", "ack"])
def test_ctrl_c_leaves_a_case_with_a_new_log_and_a_report_of_what_was_done(
    case: LivingCase, home: Path, stops_in: str
) -> None:
    old, live = case.app.journal.log_id, case.live
    stopped: list[str] = []

    def stop(request: Message, right: bytes) -> bytes:
        if request.verb == stops_in and len(stopped) < 1:
            stopped.append(request.verb)
            os.kill(process.pid, signal.SIGINT)
        return live(request, right)

    case.script = stop
    words = ["selftest", "--port", case.port, "--unattended", "--report", str(home / "report.md")]
    process = subprocess.Popen(
        [sys.executable, "-m", "rollhost", *words],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        # A program that a shell starts in the background has it ignored, and so have its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    text = (home / "report.md").read_text("utf-8")
    assert "Stopped before: " in text
    if stops_in == "hold":
        assert "new log: passed." in said
        assert case.app.journal.follows == old
    assert is_nobodys(case.app.journal.state)
    assert "Traceback" not in said


def test_every_message_of_the_lamp_and_every_act_has_its_words() -> None:
    assert set(RHYTHMS) == set(LAMP)
    assert len(set(RHYTHMS.values())) == len(LAMP)
    assert set(ACTS) == set(steps.BY_HAND) - {"lamp"}
