"""`host watch`: what it syncs and when, what it says and how often, and how it ends."""

import configparser
import os
import plistlib
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.conftest import ROOT, Host
from tests.host.complaints import complaint
from tests.host.scripted_case import (
    DEVICE,
    HANG_UP,
    ScriptedCase,
    answer,
    only,
)
from tests.host.sim_process import PATIENCE_S
from tests.host.time_zones import KIRITIMATI, PAGO_PAGO, Zone
from tests.host.watch_process import WatchProcess

from rollcore import frames, messages
from rollcore.messages import Message
from rollhost.case.connection import Line
from rollhost.case.virtual_ports import announce
from rollhost.case.watch_schedule import LOOK_S, unit
from rollhost.cli.main import parsers
from rollhost.commands import watch
from rollhost.commands.watch import Watch
from rollhost.database.open import open_archive

WHO = f"Case {DEVICE[-6:]}: "


def unusable(request: Message, right: bytes) -> bytes:
    """Answer that the flash cannot be read."""
    return answer(request, "error", code=messages.BAD_STORAGE, words="the flash is gone")


class TestTimeZone:
    def test_watch_follows_the_computer_into_another_time_zone(
        self,
        home: Path,
        zone: Zone,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setenv("ROLLCASE_NOW", "2026-11-20T20:00:00Z")
        zone("UTC0")
        port = home / "no-port"
        port.write_text("")
        stamps = []
        for name in ("UTC0", KIRITIMATI, PAGO_PAGO):
            monkeypatch.setenv("TZ", name)  # what the system's zone is to a program without it
            looks = Watch(str(port), home / "rollcase.db", [], steady=count(step=LOOK_S).__next__)
            for _ in range(2):  # the first failure of a new port is not reported
                looks.look()
            stamps.append(capsys.readouterr().out[:16])
        assert stamps == ["2026-11-20 20:00", "2026-11-21 10:00", "2026-11-20 09:00"]


class TestSyncing:
    def test_case_that_appears_is_synced_once_and_its_port_is_released(
        self, case: ScriptedCase, home: Path
    ) -> None:
        with WatchProcess() as watch, announce(case.port):
            assert watch.line().startswith(f"{WHO}2 new records. Rested.")
            with Line(case.port) as line:  # which takes the port for itself
                assert line.device == DEVICE
            other = "bbbbbbbbbb000002"
            with ScriptedCase(home / "other", device=other) as another, announce(another.port):
                assert watch.line().startswith("Case 000002: 2 new records.")
            assert watch.end() == 0
            assert watch.rest() == ""
        assert case.verbs().count("ack") == 2
        with open_archive(home / "rollcase.db") as archive:
            assert [case.device for case in archive.cases()] == [DEVICE, other]

    def test_case_that_is_already_plugged_in_is_synced(self, case: ScriptedCase) -> None:
        with announce(case.port), WatchProcess() as watch:
            assert watch.line().startswith(f"{WHO}2 new records.")

    def test_port_that_was_named_is_waited_for(self, case: ScriptedCase, home: Path) -> None:
        named = home / "port"
        with ScriptedCase(home / "other") as other, announce(other.port):
            with WatchProcess("--port", str(named)) as watch:
                named.symlink_to(case.port)
                assert watch.line().startswith(f"{WHO}2 new records.")
            assert other.asked == []

    def test_fault_of_a_case_is_shown_with_its_sync(self, case: ScriptedCase) -> None:
        def full(request: Message, right: bytes) -> bytes:
            [body] = frames.Decoder(messages.MAX_ANSWER).feed(right)
            fields = messages.decode(body, messages.ANSWERS).fields
            return answer(request, "status", **{**fields, "fault": "its log is full"})

        case.script = only("status", full)
        with announce(case.port), WatchProcess() as watch:
            assert watch.line().endswith("It shows SOS: its log is full.")


class TestErrors:
    def test_refusal_of_a_case_is_printed_once_and_watch_goes_on(self, case: ScriptedCase) -> None:
        case.script = only("status", unusable, times=3)
        with announce(case.port), WatchProcess() as watch:
            assert watch.line() == "The case says: the flash is gone."
            assert watch.line().startswith(WHO)
            assert case.verbs().count("hello") == 4
            assert watch.end() == 0

    def test_unusable_database_is_reported_once_and_watch_goes_on(
        self, case: ScriptedCase, home: Path
    ) -> None:
        database = home / "rollcase.db"
        database.mkdir()
        tried_again = threading.Event()

        def count(request: Message, right: bytes) -> bytes:
            if case.verbs().count("hello") == 3:
                tried_again.set()
            return right

        case.script = count
        with announce(case.port), WatchProcess() as watch:
            assert watch.line() == f"{database} is a folder."
            assert tried_again.wait(PATIENCE_S)
            database.rmdir()
            assert watch.line().startswith(WHO)
            assert watch.errors().count("Name a file with --db.") == 1

    def test_pulled_cable_is_reported_and_other_cases_go_on(
        self, case: ScriptedCase, home: Path
    ) -> None:
        case.script = only("get", lambda request, right: HANG_UP)
        with announce(case.port), WatchProcess() as watch:
            assert watch.line() == f"The line to {case.port} broke off."
            with ScriptedCase(home / "other", device="b" * 16) as other, announce(other.port):
                while not (said := watch.line()).startswith("Case "):
                    pass
        assert said.startswith("Case bbbbbb: 2 new records.")

    @pytest.mark.slow
    def test_port_that_is_not_ready_at_first_is_not_reported(self, case: ScriptedCase) -> None:
        case.script = only("hello", lambda request, right: b"", times=2)  # it is asked twice
        with announce(case.port), WatchProcess() as watch:
            assert watch.line().startswith(f"{WHO}2 new records.")
            assert watch.errors().count("\n") == 1

    def test_port_that_stays_shut_is_reported_at_the_second_try(self, home: Path) -> None:
        named = home / "port"
        named.write_text("no port at all")
        with WatchProcess("--port", str(named)) as watch:
            assert watch.line() == f"{named} is not the name of a port."
            assert watch.end() == 0
            assert watch.rest() == ""

    def test_invalid_current_time_is_refused_at_once(self, host: Host) -> None:
        complaint(host("watch", ROLLCASE_NOW="soon"), 2)


@pytest.fixture
def stuck(case: ScriptedCase) -> Iterator[threading.Event]:
    """Let the case stop in the middle of a sync; the event is set as soon as it has."""
    reached, go_on = threading.Event(), threading.Event()

    def stop(request: Message, right: bytes) -> bytes:
        reached.set()
        go_on.wait(PATIENCE_S)
        return right

    case.log(3)
    case.script = only("get", stop)
    with announce(case.port):
        yield reached
        go_on.set()


@pytest.mark.slow
class TestEnd:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_signal_ends_watch_at_once(self, case: ScriptedCase, number: signal.Signals) -> None:
        with announce(case.port), WatchProcess(look_s=10 * PATIENCE_S) as watch:
            watch.line()
            assert watch.end(number) == 0
            assert watch.rest() == ""
            assert watch.errors() == "Watching the ports; Ctrl-C ends it.\nStopped.\n"

    def test_signal_during_a_sync_leaves_a_usable_database(
        self, case: ScriptedCase, stuck: threading.Event, home: Path
    ) -> None:
        with WatchProcess() as watch:
            assert stuck.wait(PATIENCE_S)
            assert watch.end() == 0
            assert watch.errors().endswith("Stopped.\n")
        with open_archive(home / "rollcase.db") as archive:
            assert archive.damage() == []
            assert [case.synced_at for case in archive.cases()] == [None]


def exec_start(text: str) -> str:
    """Return what a unit starts."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    assert parser["Install"]["WantedBy"] == "default.target"
    return parser["Service"]["ExecStart"]


class TestSystemd:
    def test_systemd_unit_is_alone_on_stdout_with_the_hint_on_stderr(
        self, host: Host, home: Path
    ) -> None:
        result = host("watch", "--systemd", "--port", "/dev/ttyACM0")
        assert result.returncode == 0
        assert exec_start(result.stdout) == (
            f'"{sys.executable}" "-m" "rollhost" "watch" "--port" "/dev/ttyACM0"'
            f' "--db" "{home / "rollcase.db"}"'
        )
        again = f"host watch --systemd --port /dev/ttyACM0 --db {home / 'rollcase.db'} > "
        assert f"  {again}~/.config/systemd/user/rollcase.service\n" in result.stderr
        assert "systemctl --user enable --now rollcase" in result.stderr

    @pytest.mark.in_process
    def test_one_systemd_unit_does_it_all_and_has_no_secret(
        self, host: Host, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(home)
        (home / "password").write_text("hunter2\n")
        (home / "to").write_text("json://ann:hunter2@127.0.0.1/\n")
        words = ["--remind", "to", "--person", "Ann", "--mqtt", "mqtts://ann@broker"]
        words += ["--password-file", "password"]
        secrets = {"ROLLCASE_SHARE_PASSPHRASE": "hunter2", "ROLLCASE_REMIND_TO": "hunter2"}
        result = host("watch", "--systemd", *words, **secrets)
        assert exec_start(result.stdout).partition(' "watch" ')[2] == (
            f'"--remind" "{home}/to" "--person" "Ann" "--mqtt" "mqtts://ann@broker"'
            f' "--password-file" "{home}/password" "--db" "{home}/rollcase.db"'
        )
        assert "hunter2" not in result.stdout + result.stderr
        assert "The unit does not have ROLLCASE_SHARE_PASSPHRASE" in result.stderr

    @pytest.mark.parametrize("name", ["host", "rollcase"])
    def test_systemd_unit_starts_the_program_that_printed_it(
        self, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        installed = Path(sys.executable).with_name(name)
        if not installed.exists():
            pytest.skip("the command is not installed")
        monkeypatch.delenv("ROLLCASE_DB")
        monkeypatch.setenv("PATH", str(installed.parent))
        for typed in (str(installed), name):
            result = subprocess.run([typed, "watch", "--systemd"], capture_output=True, text=True)
            assert exec_start(result.stdout) == f'"{installed}" "watch"'

    def test_path_in_the_systemd_unit_is_escaped(self) -> None:
        assert exec_start(unit(['/a b/%h/$HOME/"x"/back\\slash'])) == (
            '"/a b/%%h/$$HOME/\\"x\\"/back\\\\slash"'
        )

    @pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
    def test_systemd_accepts_the_unit(self, home: Path, host: Host) -> None:
        file = home / "rollcase.service"
        (home / "to").write_text("desktop\n")
        words = ["--remind", str(home / "to"), "--mqtt", "mqtt://ann@127.0.0.1"]
        file.write_text(host("watch", "--systemd", *words).stdout)
        result = subprocess.run(
            ["systemd-analyze", "--user", "--man=no", "verify", str(file)],
            env={**os.environ, "XDG_RUNTIME_DIR": str(home)},
            capture_output=True,
            text=True,
        )
        if "initialize manager" in result.stderr:
            pytest.skip("systemd does not check units here")
        assert (result.returncode, result.stderr) == (0, "")


def examples() -> list[str]:
    """Return the examples of XML in the page about `host watch`."""
    page = (ROOT / "docs" / "always-on.md").read_text("utf-8")
    found = re.findall(r"^ *```xml\n(.*?)^ *```", page, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(part) for part in found]


def options_are_known(words: list[str]) -> bool:
    """Say whether `host` takes these words, of which the first is a command."""
    parser, _ = parsers(words[0])
    return parser.parse_known_args(words)[1] == []


class TestDocument:
    def test_file_for_launchd_starts_watch_with_options_that_there_are(self) -> None:
        job = plistlib.loads(examples()[0].encode())
        program, *words = job["ProgramArguments"]
        assert Path(program).name in ("rollcase", "host")
        assert words[0] == "watch"
        assert options_are_known(words)
        assert job["RunAtLoad"] is True
        assert job["KeepAlive"] == {"SuccessfulExit": False}

    def test_file_for_the_task_scheduler_starts_watch_with_options_that_there_are(self) -> None:
        space = {"": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
        task = ElementTree.fromstring(examples()[1])
        command = task.find("Actions/Exec/Arguments", space)
        assert command is not None
        assert command.text is not None
        assert command.text.startswith("-m rollhost watch")
        assert options_are_known(command.text.split()[2:])
        limit = task.find("Settings/ExecutionTimeLimit", space)
        assert limit is not None
        assert limit.text == "PT0S"  # else it is ended after three days


def test_port_is_not_opened_to_look_at_it_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands for Windows, where asking the system about COM3 as about a file opens the port."""

    def as_windows_does(path: Path, **_: object) -> os.stat_result:
        raise AssertionError(f"{path} was opened")

    with monkeypatch.context() as patch:  # pytest itself looks at files once this has failed
        patch.setattr(sys, "platform", "win32")
        patch.setattr(Path, "stat", as_windows_does)
        marks = watch._plugged_in("COM3")
    assert marks == {"COM3": None}
