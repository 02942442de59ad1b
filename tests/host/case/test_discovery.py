"""Where a case may be: which ports are looked at, and what is said of what is found there."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo
from tests.conftest import Host
from tests.host.complaints import complaint
from tests.host.scripted_case import ScriptedCase

from rollhost.case.discovery import USB_VENDOR, bootsel_boards, candidates, find_case, look
from rollhost.case.virtual_ports import announce, live_ports
from rollhost.cli.main import main
from rollhost.errors import NoCaseFound, PortError, SeveralCases

pytestmark = pytest.mark.in_process

ONE = "aaaaaaaaaa000001"
OTHER = "aaaaaaaaaa000002"


def usb_device(system: Path, name: str, vendor: str, product: str) -> None:
    """Put a USB device into the sysfs of `system`."""
    folder = system / "sys" / "bus" / "usb" / "devices" / name
    folder.mkdir(parents=True)
    (folder / "idVendor").write_text(vendor + "\n")
    (folder / "idProduct").write_text(product + "\n")


def drive(system: Path, place: str) -> Path:
    """Mount a board's drive in `system`; return where."""
    folder = system / place
    folder.mkdir(parents=True)
    (folder / "INFO_UF2.TXT").write_text("UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\n")
    return folder


class TestBootsel:
    def test_system_without_boards_has_no_board_in_bootsel_mode(self, home: Path) -> None:
        assert bootsel_boards(home) == []

    @pytest.mark.parametrize("product", ["0003", "000f"])
    def test_board_is_found_by_its_usb_identity(self, home: Path, product: str) -> None:
        usb_device(home, "1-2", "2e8a", product)
        assert bootsel_boards(home) == ["1-2"]

    @pytest.mark.parametrize(
        ("vendor", "product"),
        [("2e8a", "0005"), ("046d", "0003"), ("046d", "c31c"), ("", ""), ("2e8a", "zz")],
    )
    def test_other_usb_devices_are_not_boards(self, home: Path, vendor: str, product: str) -> None:
        usb_device(home, "1-2", vendor, product)
        assert bootsel_boards(home) == []

    def test_device_that_disappears_during_the_search_is_ignored(self, home: Path) -> None:
        usb_device(home, "1-2", "2e8a", "0003")
        (home / "sys/bus/usb/devices/1-2/idVendor").unlink()
        assert bootsel_boards(home) == []

    def test_every_board_in_bootsel_mode_is_listed(self, home: Path) -> None:
        usb_device(home, "1-3", "2e8a", "000f")
        usb_device(home, "1-2", "2e8a", "0003")
        assert bootsel_boards(home) == ["1-2", "1-3"]

    @pytest.mark.parametrize(
        "place", ["media/me/RPI-RP2", "run/media/me/RP2350", "Volumes/RPI-RP2"]
    )
    def test_board_is_found_by_its_drive(self, home: Path, place: str) -> None:
        assert bootsel_boards(home) == []
        mounted = drive(home, place)
        assert bootsel_boards(home) == [str(mounted)]

    def test_other_drives_are_not_boards(self, home: Path) -> None:
        (home / "media" / "me" / "photographs").mkdir(parents=True)
        assert bootsel_boards(home) == []

    def test_board_with_device_and_drive_is_listed_once(self, home: Path) -> None:
        usb_device(home, "1-2", "2e8a", "0003")
        drive(home, "media/me/RPI-RP2")
        assert bootsel_boards(home) == ["1-2"]


@pytest.fixture
def no_usb(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the test from whatever is plugged into this computer."""
    monkeypatch.setattr(list_ports, "comports", lambda: [])
    monkeypatch.setattr("rollhost.case.discovery.bootsel_boards", lambda: [])


@contextmanager
def cases(home: Path, *devices: str) -> Iterator[list[ScriptedCase]]:
    """Run cases with these ids, to be found like virtual ones."""
    with ExitStack() as stack:
        running = []
        for device in devices:
            case = stack.enter_context(ScriptedCase(home / device, device=device))
            stack.enter_context(announce(case.port))
            running.append(case)
        yield running


class TestCandidates:
    def test_boards_come_first_and_other_usb_ports_are_left_out(
        self, home: Path, no_usb: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def port(name: str, vendor: int | None) -> ListPortInfo:
            info = ListPortInfo(name)
            info.vid = vendor
            return info

        plugged_in = [
            port("/dev/ttyACM1", USB_VENDOR),
            port("/dev/ttyACM0", USB_VENDOR),
            port("/dev/ttyUSB0", 0x0403),
            port("/dev/ttyS0", None),
        ]
        monkeypatch.setattr(list_ports, "comports", lambda: plugged_in)
        with cases(home, ONE) as [case]:
            assert candidates() == ["/dev/ttyACM0", "/dev/ttyACM1", case.port]

    def test_board_that_is_pulled_during_the_search_is_an_error_of_the_system(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def pulled() -> object:
            return int(None, 16)  # type: ignore[call-overload]  # as pyserial does on Linux

        monkeypatch.setattr(list_ports, "comports", pulled)
        with pytest.raises(OSError, match="No such device"):
            candidates()

    def test_ended_virtual_case_is_no_candidate(self, home: Path, no_usb: None) -> None:
        with cases(home, ONE) as [case]:
            assert candidates() == [case.port]
        assert candidates() == []


class TestFindCase:
    def test_case_is_found_when_no_other_is_there(self, home: Path, no_usb: None) -> None:
        with cases(home, ONE), find_case(None) as line:
            assert line.device == ONE

    def test_silent_port_does_not_hide_the_case(self, home: Path, no_usb: None) -> None:
        with announce("/dev/ttyACM99"), cases(home, ONE), find_case(None) as line:
            assert line.device == ONE

    def test_search_without_a_case_says_what_to_check(self, no_usb: None) -> None:
        with pytest.raises(NoCaseFound) as caught:
            find_case(None)
        assert caught.value.exit_code == 3
        assert caught.value.sentence == "No case found."
        assert "cable that carries data" in caught.value.hint
        assert "host sim" in caught.value.hint

    def test_search_that_finds_only_a_board_in_bootsel_mode_says_so(
        self, no_usb: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("rollhost.case.discovery.bootsel_boards", lambda: ["1-2"])
        with pytest.raises(NoCaseFound, match="BOOTSEL") as caught:
            find_case(None)
        assert "without touching its button" in caught.value.hint

    def test_search_that_finds_only_a_port_with_a_problem_names_the_problem(
        self, no_usb: None
    ) -> None:
        with announce("/dev/ttyACM99"), pytest.raises(NoCaseFound) as caught:
            find_case(None)
        assert caught.value.sentence == "There is no port /dev/ttyACM99."
        assert caught.value.exit_code == 3

    def test_several_cases_are_named_and_none_is_taken(self, home: Path, no_usb: None) -> None:
        with cases(home, ONE, OTHER) as [one, other]:
            with pytest.raises(SeveralCases) as caught:
                find_case(None)
            assert caught.value.exit_code == 4
            assert caught.value.sentence.startswith("There are 2 cases: ")
            assert f"000001 on {one.port}" in caught.value.sentence
            assert f"000002 on {other.port}" in caught.value.sentence
            assert "--port" in caught.value.hint
            for found in look([one.port, other.port]):
                assert found.line is not None, "its port was not given back"
                found.line.close()

    def test_named_case_of_several_is_taken(self, home: Path, no_usb: None) -> None:
        with cases(home, ONE, OTHER) as [_, other], find_case(other.port) as line:
            assert line.device == OTHER

    def test_wanted_case_of_several_is_taken_and_other_ports_are_released(
        self, home: Path, no_usb: None
    ) -> None:
        with cases(home, ONE, OTHER) as [one, _], find_case(None, OTHER.__eq__) as line:
            assert line.device == OTHER
            (found,) = look([one.port])
            assert found.line is not None, "its port was not given back"
            found.line.close()

    def test_case_that_is_not_wanted_is_named_and_not_taken(self, home: Path, no_usb: None) -> None:
        with cases(home, ONE) as [one]:
            for port in (None, one.port):
                with pytest.raises(NoCaseFound) as caught:
                    find_case(port, OTHER.__eq__, {ONE: "bathroom"})
                assert (
                    caught.value.sentence
                    == f"That case is not here, but bathroom on {one.port} is."
                )
                with pytest.raises(
                    NoCaseFound, match=r"^Case kitchen is not here, but bathroom on"
                ):
                    find_case(port, OTHER.__eq__, {ONE: "bathroom"}, "kitchen")
            find_case(None, ONE.__eq__).close()

    def test_sync_takes_the_case_by_its_owners_name(
        self, home: Path, no_usb: None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with cases(home, ONE, OTHER) as [one, other]:
            for case, device, name in ((one, ONE, "bathroom"), (other, OTHER, "travel")):
                assert main(["sync", "--port", case.port]) == 0
                assert main(["name", name, "--case", device[-6:]]) == 0
            capsys.readouterr()
            assert main(["sync"]) == 4
            there = f"bathroom on {one.port}, travel on {other.port}"
            assert f"There are 2 cases: {there}." in capsys.readouterr().err
            assert main(["sync", "--case", "travel"]) == 0
            assert "from case travel" in capsys.readouterr().out
            assert main(["sync", "--case", "kitchen"]) == 3
            said = capsys.readouterr().err
            assert f"Case kitchen is not here, but {there} are." in said

    def test_environment_names_the_case_unless_an_option_does(
        self, home: Path, no_usb: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with cases(home, ONE, OTHER) as [one, other]:
            monkeypatch.setenv("ROLLCASE_PORT", one.port)
            with find_case(None) as line:
                assert line.device == ONE
            with find_case(other.port) as line:
                assert line.device == OTHER

    def test_named_port_is_used_without_a_search(self, home: Path, no_usb: None) -> None:
        with cases(home, ONE), pytest.raises(PortError, match="There is no port /dev/ttyACM99"):
            find_case("/dev/ttyACM99")


class TestCommands:
    """As a person has it. A real board plugged into this computer would be found, too."""

    def test_sync_with_several_cases_exits_4_and_touches_none(self, home: Path, host: Host) -> None:
        with cases(home, ONE, OTHER) as running:
            sentence, step = complaint(host("sync"), 4)
            assert [case.verbs() for case in running] == [["hello"], ["hello"]]
        assert "000001 on " in sentence
        assert "000002 on " in sentence
        assert step == "Say which one with --case or --port."

    def test_ports_lists_every_case(self, home: Path, host: Host) -> None:
        with cases(home, ONE, OTHER) as [one, other]:
            result = host("ports")
        assert result.returncode == 0
        assert f"{one.port}  case 000001 (pico, firmware 0.1.0)" in result.stdout.splitlines()
        assert f"{other.port}  case 000002 (pico, firmware 0.1.0)" in result.stdout.splitlines()

    def test_ports_explains_the_problem_of_a_port(self, host: Host) -> None:
        with announce("/dev/ttyACM99"):
            result = host("ports")
        assert result.returncode == 3
        assert "/dev/ttyACM99  There is no port /dev/ttyACM99." in result.stdout.splitlines()

    def test_ports_prints_the_same_as_json(self, home: Path, host: Host) -> None:
        with announce("/dev/ttyACM99"), cases(home, ONE) as [case]:
            result = host("ports", "--json")
        document = json.loads(result.stdout)
        assert (result.returncode, document["schema_version"]) == (0, 1)
        ports = {port["port"]: port for port in document["ports"]}
        assert ports[case.port] == {
            "port": case.port,
            "device": ONE,
            "board": "pico",
            "firmware": "0.1.0",
            "problem": None,
        }
        assert ports["/dev/ttyACM99"]["device"] is None
        assert ports["/dev/ttyACM99"]["problem"] == "There is no port /dev/ttyACM99."


@pytest.mark.parametrize("command", ["install --dry-run", "rescue"])
def test_board_that_is_looked_for_is_no_virtual_case(
    home: Path, no_usb: None, host_here: Host, command: str
) -> None:
    with announce("/dev/ttyACM98"):
        sentence, step = complaint(host_here(*command.split()), 3)
        assert sentence.startswith("No board found: the case on /dev/ttyACM98 is virtual")
        assert "--port" in step
        with announce("/dev/ttyACM99"):
            sentence, _ = complaint(host_here(*command.split()), 3)
            assert sentence.startswith("No board found: the 2 cases are virtual")


def test_foreign_files_in_the_folder_of_running_cases_are_left_alone(home: Path) -> None:
    folder = home / "run"
    folder.mkdir(exist_ok=True)
    (folder / "diary.db").write_bytes(b"\xff\x00 mine")
    (folder / "4711-left-over.port").write_text("/dev/pts/4711\n")
    assert live_ports() == []
    assert [path.name for path in folder.iterdir()] == ["diary.db"]
