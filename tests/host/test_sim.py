"""`host sim`, with the real firmware on real MicroPython: for scripts, and in a terminal."""

import select
import signal
import termios
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.host.complaints import complaint, sentence_and_step
from tests.host.sim_process import HangUp, Headless, OnScreen

from rollcore import state
from rollhost.commands.sim import jump_ms
from rollhost.errors import CaseError, UsageError
from rollhost.sim import language
from rollhost.sim.happenings import Transcript
from rollhost.sim.registry import announce, live_ports
from rollhost.sim.screen import View, frame
from rollhost.sim.virtual_case import FLASH_BYTES, VirtualCase

MINUTE = 60 * 1000

NO_FILE_SYSTEM = (bytes(8) + b"littlefs").ljust(FLASH_BYTES, b"\0")
"""Flash that looks like a case's and cannot be mounted."""


# For scripts.


def test_the_port_comes_first_and_then_the_start() -> None:
    with Headless() as sim:
        port = sim.until()
        assert port["event"] == "port"
        assert Path(port["port"]).is_char_device()
        assert sim.until() == {"event": "boot", "boot": 1, "at": pytest.approx(0, abs=5)}
        assert sim.until(event="log")["kind"] == "boot"
        assert sim.until(event="lamp")["pattern"] == "prepare"


def test_a_press_starts_the_soak_and_ten_minutes_end_it() -> None:
    with Headless() as sim:
        pressed = sim.do("press")
        assert ("soak_started", "before use") in [
            (one["kind"], one["purpose"]) for one in pressed if "purpose" in one
        ]
        assert pressed[-1]["pattern"] == "soaking"
        passed = sim.do("jump 10m")
        assert passed[0]["kind"] == "soak_ended"
        assert passed[0]["how"] == "done"
        assert passed[0]["at"] == pytest.approx(600, abs=60)
        assert passed[-1]["pattern"] == "drying"


def test_gestures_take_no_real_time_and_are_told_apart() -> None:
    with Headless() as sim:
        for command in ("press", "jump 20m", "press", "jump 1m", "press", "press", "jump 40m"):
            sim.do(command)
        refused = sim.do("hold")
        assert [one["reason"] for one in refused] == ["resting"]
        overridden = sim.do("long")
        assert [one.get("how") for one in overridden if one.get("kind") == "use_started"] == [
            "override"
        ]


def test_a_finger_can_stay_on_the_button_in_real_time() -> None:
    with Headless() as sim:
        sim.do("down")
        assert sim.until(kind="soak_started")["at"] >= 2
        sim.until(event="lamp", pattern="soaking")
        assert sim.do("up") == []


def test_a_power_cut_starts_the_case_again_on_the_same_port_and_log() -> None:
    with Headless() as sim:
        port = HangUp(sim.until(event="port")["port"])
        sim.do("press")
        after = sim.do("cut")
        assert {"event": "boot", "boot": 2}.items() <= after[0].items()
        assert after[1]["seq"] == 3
        sim.type("quit")
        assert sim.ended().returncode == 0
        port.wait()


def test_the_flash_keeps_the_log_between_runs(tmp_path: Path) -> None:
    flash = tmp_path / "flash.img"
    with Headless("--flash", str(flash)) as sim:
        sim.do("press")
        sim.close_stdin()
        assert sim.ended().returncode == 0
    assert flash.stat().st_size == FLASH_BYTES
    with Headless("--flash", str(flash)) as sim:
        assert sim.until(event="boot")["boot"] == 2
        assert sim.until(event="log")["seq"] == 3


@pytest.mark.parametrize("typed", [b"foo\n", b"\xff\x00\x03~\n", b"press now\n", b"jump\n"])
def test_what_is_no_command_is_said_and_passed_over(typed: bytes) -> None:
    with Headless() as sim:
        sim.type_bytes(typed)
        error = sim.until(event="error")
        assert error["command"] == typed.decode(errors="replace").strip()
        sim.do("press")


def test_the_end_of_stdin_is_a_quit_after_the_last_command() -> None:
    with Headless() as sim:
        sim.type_bytes(b"\n\npress")
        sim.close_stdin()
        sim.until(event="done", command="press")
        assert sim.ended().returncode == 0


@pytest.mark.parametrize("end", ["quit", signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_after_the_end(home: Path, end: str | signal.Signals) -> None:
    with Headless() as sim:
        port = sim.until(event="port")["port"]
        assert live_ports() == [port]
        hang_up = HangUp(port)
        sim.type(end) if isinstance(end, str) else sim.signal(end)
        ended = sim.ended()
        assert (ended.returncode, ended.stderr) == (0, "")
        hang_up.wait()
    assert list((home / "run").iterdir()) == []


def test_no_process_outlives_a_host_that_is_killed(home: Path) -> None:
    with Headless() as sim:
        hang_up = HangUp(sim.until(event="port")["port"])
        sim.signal(signal.SIGKILL)
        hang_up.wait()
    assert live_ports() == []
    assert list((home / "run").iterdir()) == []


def test_a_host_that_cannot_announce_runs_all_the_same(home: Path) -> None:
    (home / "run").write_text("not a folder")
    with Headless() as sim:
        port = sim.until(event="port")["port"]
        sim.type("quit")
        ended = sim.ended()
    assert ended.returncode == 0
    assert f"--port {port}" in ended.stderr


def test_firmware_that_stops_by_itself_is_an_error_and_no_silence(tmp_path: Path) -> None:
    flash = tmp_path / "flash.img"
    flash.write_bytes(NO_FILE_SYSTEM)
    with Headless("--flash", str(flash)) as sim:
        ended = sim.ended()
    assert ended.returncode == 1
    sentence, step = sentence_and_step(ended.stderr)
    assert sentence == "The virtual case's firmware has stopped by itself."
    assert "OSError" in step


# Bad flash.


def folder(path: Path) -> None:
    path.mkdir()


def too_small(path: Path) -> None:
    path.write_bytes(b"\xff" * 4096)


def something_else(path: Path) -> None:
    path.write_bytes(b"PNG".ljust(FLASH_BYTES, b"x"))


@pytest.mark.parametrize("make", [folder, too_small, something_else])
def test_a_file_that_is_no_flash_is_refused(
    host: Host, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "flash")
    sentence, _ = complaint(host("sim", "--headless", "--flash", str(tmp_path / "flash")), code=2)
    assert "is a folder" in sentence or "is not the flash of a virtual case" in sentence


def test_flash_that_cannot_be_written_is_refused(host_without_rights: Host, tmp_path: Path) -> None:
    flash = tmp_path / "flash"
    flash.write_bytes(b"\xff" * FLASH_BYTES)
    flash.chmod(0o400)
    sentence, _ = complaint(host_without_rights("sim", "--headless", "--flash", str(flash)), code=2)
    assert "cannot be written" in sentence
    tmp_path.chmod(0o500)
    new = tmp_path / "new"
    sentence, _ = complaint(host_without_rights("sim", "--headless", "--flash", str(new)), code=2)
    assert "cannot be made" in sentence


def test_two_cases_do_not_share_a_flash(tmp_path: Path) -> None:
    flash = tmp_path / "flash.img"
    with VirtualCase(flash), pytest.raises(UsageError, match="runs now"), VirtualCase(flash):
        pass
    with VirtualCase(flash):  # the first has let go of it
        pass


# In a terminal.


def test_without_a_terminal_it_says_how_to_go_without_one(host: Host) -> None:
    sentence, step = complaint(host("sim"), code=2)
    assert "terminal" in sentence
    assert "--headless" in step


def test_the_screen_shows_phase_port_and_log_and_leaves_no_trace() -> None:
    with OnScreen() as sim:
        start = sim.until("Port  ")
        (port,) = live_ports()
        hang_up = HangUp(port)
        assert port in start
        assert "Prepare" in start
        assert "starts the soak" in start
        sim.keys(" ")
        sim.until("Soaking")
        sim.until("soak before use started")
        sim.keys("mm")
        sim.until("Ready")
        sim.keys("\x1b[A")  # an arrow is no command
        sim.keys("q")
        assert sim.ended() == 0
        hang_up.wait()
        assert termios.tcgetattr(sim.tty) == sim.modes
        assert sim.written.endswith(b"\x1b[?25h\x1b[?1049l")


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(end: signal.Signals) -> None:
    with OnScreen() as sim:
        sim.until("Prepare")
        sim.process.send_signal(end)
        assert sim.ended() == 0
        assert termios.tcgetattr(sim.tty) == sim.modes
        assert b"\x1b[?1049l" in sim.written


def test_ctrl_c_ends_it_and_ctrl_z_does_not_stop_it() -> None:
    with OnScreen() as sim:
        sim.until("Prepare")
        sim.keys("\x1a ")
        sim.until("Soaking")
        sim.keys("\x03")
        assert sim.ended() == 0


def test_it_follows_the_terminals_size() -> None:
    with OnScreen() as sim:
        sim.until("Prepare")
        sim.resize(40, 8)
        sim.until(lambda screen: len(screen.splitlines()) == 8 and "Prepare" in screen)
        sim.resize(120, 50)
        sim.until(lambda screen: len(screen.splitlines()) == 50 and "Prepare" in screen)


def test_firmware_that_stops_gives_the_terminal_back_too(tmp_path: Path) -> None:
    flash = tmp_path / "flash.img"
    with OnScreen("--flash", str(flash)) as sim:
        sim.until("Prepare")
        flash.write_bytes(NO_FILE_SYSTEM)
        sim.keys("c")
        assert sim.ended() == 1
        assert termios.tcgetattr(sim.tty) == sim.modes
        sentence, _ = sentence_and_step(sim.errors())
        assert "stopped by itself" in sentence


def test_a_case_that_is_ahead_says_which_now_to_sync_with(host: Host) -> None:
    with OnScreen() as sim:
        sim.until("Sync it with  host sync")
        assert host("sync").returncode == 0
        sim.until("clock set")
        sim.keys("d")
        screen = sim.until("ROLLCASE_NOW=")
        now = screen.partition("ROLLCASE_NOW=")[2].split()[0]
        ahead = host("sync", ROLLCASE_NOW=now)
        assert (ahead.returncode, ahead.stderr) == (0, "")


@pytest.mark.parametrize("size", [(80, 24), (72, 19), (30, 5), (1, 1), (200, 60)])
@pytest.mark.parametrize("colours", [True, False])
def test_a_frame_fits_its_terminal(size: tuple[int, int], colours: bool) -> None:
    view = View("/dev/pts/1", "kept in " + "x" * 100, "host sync", colour=0xFF7000)
    view.hear({"event": "lamp", "pattern": "soaking", "stage": 0, "at": 0.0}, 0)
    for number in range(30):
        view.hear({"event": "fault", "words": f"no {number} " + "y" * 300, "at": 9e5}, 0)
    lines = frame(view, *size, colours)
    assert len(lines) == size[1]
    assert max(line.cell_len for line in lines) <= size[0]


# As a library.


def test_the_lamp_shows_its_true_colour(tmp_path: Path) -> None:
    with VirtualCase(tmp_path / "flash.img") as case:
        case.press()
        case.jump(20 * MINUTE)  # ready: green
        while case.colour != 0x00FF00:
            assert select.select([case], [], [], 60)[0]
            case.take()


def test_events_are_taken_once_and_kept() -> None:
    with VirtualCase() as case:
        assert [one["event"] for one in case.take()] == ["boot", "log", "lamp"]
        assert case.take() == []
        assert len(case.events()) == 3


def test_a_dead_case_says_so_and_can_be_started_again(tmp_path: Path) -> None:
    flash = tmp_path / "flash.img"
    with VirtualCase(flash) as case:
        whole = flash.read_bytes()
        flash.write_bytes(NO_FILE_SYSTEM)
        with pytest.raises(CaseError, match="stopped by itself"):
            case.cut()
        assert "OSError" in str(case.events()[-1]["words"])
        with pytest.raises(CaseError, match="stopped by itself"):
            case.press()
        with pytest.raises(CaseError, match="stopped by itself"):
            case.wait_for(lambda event: False)
        flash.write_bytes(whole)
        case.cut()
        case.press()
        assert case.events()[-1]["pattern"] == "soaking"


# The parts.


@pytest.mark.parametrize(
    ("text", "ms"),
    [("90s", 90_000), ("10m", 600_000), ("2h", 7_200_000), ("1w", 604_800_000), ("0d", 0)],
)
def test_spans_are_read(text: str, ms: int) -> None:
    assert jump_ms(text) == ms


@pytest.mark.parametrize(
    "text", ["", "d", "5", "5x", "-1d", "1.5h", "٣d", "99999w", "1" * 5000 + "d"]
)
def test_what_is_no_span_is_none(text: str) -> None:
    assert jump_ms(text) is None


@pytest.mark.parametrize(
    "line",
    ["", "mark", "pwm", "pwm 16 x", "pwm 99 1", "at -1", "nonsense", "pwm 16 ²", "at ²"],
)
def test_lines_without_sense_are_passed_over(line: str) -> None:
    transcript = Transcript()
    assert transcript.hear(line) is None
    assert transcript.colour == 0


@pytest.mark.parametrize("text", ["log 00ff", "log xyz", "lamp resting", "boot ²", "hello", ""])
def test_traces_that_are_not_known_are_passed_on(text: str) -> None:
    assert Transcript(5).hear("trace " + text) == {"event": "trace", "words": text, "at": 5}


def test_every_phase_has_words_for_its_lamp_and_button() -> None:
    assert set(language.LAMP) == {*state.ACTIONS, language.FAULT}
    for phase, actions in state.ACTIONS.items():
        said = language.gestures(phase)
        assert [bool(one) for one in said] == [one != state.NOTHING for one in actions]
    assert language.gestures(language.FAULT) == ("", "", "")


def test_a_case_is_found_as_long_as_it_is_announced(home: Path) -> None:
    with announce("/dev/pts/1"), announce("/dev/pts/2"):
        assert live_ports() == ["/dev/pts/1", "/dev/pts/2"]
    assert live_ports() == []


def test_what_a_killed_case_has_left_is_cleaned_up(home: Path) -> None:
    (home / "run").mkdir()
    (home / "run" / "1-9").write_text("/dev/pts/9\n")
    assert live_ports() == []
    assert list((home / "run").iterdir()) == []
