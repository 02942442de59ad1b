"""``host doctor``: what it says of everything at once, and that looking changes nothing."""

import json
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.host.case_answers import status
from tests.host.complaints import complaint
from tests.host.database_files import everything_in, seal
from tests.host.scripted_case import DEVICE, ScriptedCase, answer, only

from rollcore import messages
from rollcore.messages import Message
from rollhost.case.virtual_ports import announce
from rollhost.cli import diagnostics
from rollhost.cli.diagnostics import UDEV_RULE

pytestmark = pytest.mark.in_process


class TestCommand:
    def test_doctor_without_case_and_database_works_and_creates_none(
        self, host: Host, home: Path
    ) -> None:
        result = host("doctor")
        assert result.stderr == ""
        assert result.stdout.splitlines()[-1].startswith("Nothing is wrong")
        assert result.returncode == 0
        assert not (home / "rollcase.db").exists()

    def test_doctor_reports_case_and_log_and_changes_neither(
        self, host: Host, case: ScriptedCase, home: Path, database: Path
    ) -> None:
        case.log(2)
        log = (case.app.journal.next, case.app.journal.acked)
        before = everything_in(home)
        case.asked.clear()
        result = host("doctor", "--port", case.port)
        assert result.returncode == 0, result.stdout
        assert f"Case {DEVICE[-6:]} answers on {case.port}" in result.stdout
        assert f"Case {DEVICE[-6:]} has 2 records to bring home: host sync." in result.stdout
        assert set(case.verbs()) == {"hello", "status", "state"}
        assert (case.app.journal.next, case.app.journal.acked) == log
        assert everything_in(home) == before

    def test_doctor_prints_the_same_as_json(self, host: Host, case: ScriptedCase) -> None:
        result = host("doctor", "--json", "--port", case.port)
        document = json.loads(result.stdout)
        assert (result.returncode, result.stderr) == (0, "")
        assert (document["schema_version"], document["wrong"]) == (1, 0)
        checks = {check["check"]: check for check in document["checks"]}
        assert checks["case"]["verdict"] == "ok"
        assert checks["case_clock"]["verdict"] == "warning"
        assert document["warnings"] == sum(
            check["verdict"] == "warning" for check in document["checks"]
        )

    def test_doctor_fails_when_the_case_has_a_fault(self, host: Host, case: ScriptedCase) -> None:
        def with_fault(request: Message, right: bytes) -> bytes:
            return answer(request, "status", **status(fault="its log is full").fields)

        case.script = only("status", with_fault)
        result = host("doctor", "--port", case.port)
        assert result.returncode == 1
        assert "shows SOS: its log is full." in result.stdout
        assert "1 thing wrong" in result.stdout.splitlines()[-1]

    def test_doctor_suggests_rescue_for_an_unreadable_log(
        self, host: Host, case: ScriptedCase
    ) -> None:
        def unusable(request: Message, right: bytes) -> bytes:
            return answer(request, "error", code=messages.BAD_STORAGE, words="the flash is gone")

        case.script = only("status", unusable)
        result = host("doctor", "--port", case.port)
        assert result.returncode == 1
        assert "The case says: the flash is gone." in result.stdout
        assert "host rescue" in result.stdout

    def test_case_with_another_protocol_is_wrong_and_explained(
        self, host: Host, case: ScriptedCase
    ) -> None:
        def newer(request: Message, right: bytes) -> bytes:
            return answer(request, "error", code=messages.BAD_VERSION, words="update the program")

        case.script = only("hello", newer)
        result = host("doctor", "--port", case.port)
        assert result.returncode == 1
        assert "The case says: update the program." in result.stdout

    def test_case_that_refuses_is_wrong_although_another_answers(
        self, host: Host, case: ScriptedCase, home: Path
    ) -> None:
        def newer(request: Message, right: bytes) -> bytes:
            return answer(request, "error", code=messages.BAD_VERSION, words="update the program")

        with (
            ScriptedCase(home / "other", only("hello", newer)) as other,
            announce(case.port),
            announce(other.port),
        ):
            result = host("doctor")
        assert "answers on" in result.stdout
        assert result.returncode == 1

    def test_missing_port_is_wrong_and_the_other_checks_run(
        self, host: Host, database: Path
    ) -> None:
        result = host("doctor", "--port", "/dev/ttyACM99")
        assert result.returncode == 1
        assert "There is no port /dev/ttyACM99." in result.stdout
        assert "is sound" in result.stdout

    def test_broken_database_is_wrong_and_the_other_checks_run(
        self, host: Host, case: ScriptedCase, database: Path
    ) -> None:
        seal(database, "records")
        result = host("doctor", "--port", case.port)
        assert result.returncode == 1
        assert "is damaged" in result.stdout
        assert "answers on" in result.stdout

    def test_wrong_computer_clock_is_wrong(self, host: Host) -> None:
        result = host("doctor", ROLLCASE_NOW="2021-01-01")
        assert result.returncode == 1
        assert "before the first case was made" in result.stdout

    def test_udev_rule_is_alone_on_stdout_with_the_hint_on_stderr(self, host: Host) -> None:
        result = host("doctor", "--udev")
        assert (result.returncode, result.stdout) == (0, UDEV_RULE)
        hints = result.stderr.splitlines()[1:]
        assert len(hints) == 2
        assert f"host doctor --udev | sudo tee {diagnostics.UDEV_FILE}" in hints[0]
        assert "udevadm" in hints[1]

    def test_udev_rule_cannot_be_printed_as_json(self, host: Host) -> None:
        complaint(host("doctor", "--udev", "--json"), 2)

    def test_database_without_read_permission_is_wrong(
        self, host_without_rights: Host, database: Path
    ) -> None:
        database.chmod(0)
        result = host_without_rights("doctor")
        assert result.returncode == 1
        assert "cannot be opened" in result.stdout
