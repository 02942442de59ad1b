"""``host sim``, with the real firmware on real MicroPython: for scripts, and in a terminal."""

import re
import signal
import termios
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.host.complaints import complaint, sentence_and_step
from tests.host.sim_process import HangUp, Headless, OnScreen

from rollhost.case.virtual_ports import live_ports
from rollhost.commands.sim import jump_ms
from rollhost.errors import UsageError
from rollhost.sim.virtual_case import FLASH_BYTES, VirtualCase

pytestmark = pytest.mark.slow

"""Flash that looks like a case's and cannot be mounted."""


# For scripts.


def test_sim_prints_the_port_first_and_then_the_start() -> None:
    with Headless() as sim:
        port = sim.until()
        assert port["event"] == "port"
        assert Path(port["port"]).is_char_device()
        assert sim.until() == {"event": "boot", "boot": 1, "at": pytest.approx(0, abs=5)}
        assert sim.until(event="log")["kind"] == "boot"
        assert sim.until(event="lamp")["pattern"] == "prepare"


def test_press_starts_the_soak_and_ten_minutes_end_it() -> None:
    with Headless() as sim:
        pressed = sim.do("press")
        assert ("soak_started", "before use") in [
            (record["kind"], record["purpose"]) for record in pressed if "purpose" in record
        ]
        assert pressed[-1]["pattern"] == "soaking"
        passed = sim.do("jump 10m")
        assert passed[0]["kind"] == "soak_ended"
        assert passed[0]["how"] == "done"
        assert passed[0]["at"] == pytest.approx(600, abs=60)
        assert passed[-1]["pattern"] == "drying"


def test_gestures_take_no_real_time_and_are_distinguished() -> None:
    with Headless() as sim:
        for command in ("press", "jump 20m", "press", "jump 1m", "press", "press", "jump 40m"):
            sim.do(command)
        refused = sim.do("hold")
        assert [record["reason"] for record in refused] == ["resting"]
        asked = sim.do("long")
        assert [record["kind"] for record in asked if "kind" in record] == ["override_asked"]
        assert (asked[-1]["pattern"], asked[-1]["stage"]) == ("prepare", 3)
        out = sim.do("long")
        assert [record["kind"] for record in out if "kind" in record] == ["head_out"]


def test_done_line_has_the_time_of_the_case(host: Host) -> None:
    with Headless() as sim:
        sim.do("press")
        before = datetime.fromisoformat(sim.seen[-1]["now"].replace("Z", "+00:00"))
        assert abs(before - datetime.now(timezone.utc)) < timedelta(minutes=2)
        assert host("sync").returncode == 0
        sim.do("jump 4w")
        now = sim.seen[-1]["now"]
        after = datetime.fromisoformat(now.replace("Z", "+00:00"))
        assert timedelta(0) <= after - before - timedelta(weeks=4) < timedelta(minutes=2)
        synced = host("sync", ROLLCASE_NOW=now)
        assert (synced.returncode, synced.stderr) == (0, "")


def test_quit_is_confirmed_like_other_commands() -> None:
    with Headless() as sim:
        sim.do("quit")
        assert sim.ended().returncode == 0


def test_sim_help_explains_commands_and_time(host: Host) -> None:
    told = host("sim", "--help").stdout
    for words in ("ROLLCASE_NOW=", "host sync", '"event": "done"', '"now"', "jump 10m"):
        assert words in told


def test_invalid_current_time_is_refused_before_the_case_starts(host: Host) -> None:
    result = host("sim", "--headless", ROLLCASE_NOW="soon")
    complaint(result, code=2)
    assert result.stdout == ""


def test_button_can_be_held_in_real_time() -> None:
    with Headless() as sim:
        sim.do("press")
        sim.do("down")
        assert sim.until(kind="soak_ended")["at"] >= 2
        sim.until(event="lamp", pattern="prepare")
        assert sim.do("up") == []


def test_power_cut_starts_the_case_again_on_the_same_port_and_log() -> None:
    with Headless() as sim:
        port = HangUp(sim.until(event="port")["port"])
        sim.do("press")
        after = sim.do("cut")
        assert {"event": "boot", "boot": 2}.items() <= after[0].items()
        assert after[1]["seq"] == 3
        sim.type("quit")
        assert sim.ended().returncode == 0
        port.wait()


def test_flash_keeps_the_log_between_runs(tmp_path: Path) -> None:
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
def test_unknown_sim_command_is_reported_and_ignored(typed: bytes) -> None:
    with Headless() as sim:
        sim.type_bytes(typed)
        error = sim.until(event="error")
        assert error["command"] == typed.decode(errors="replace").strip()
        sim.do("press")


def test_end_of_stdin_quits_after_the_last_command() -> None:
    with Headless() as sim:
        sim.type_bytes(b"\n\npress")
        sim.close_stdin()
        sim.until(event="done", command="press")
        assert sim.ended().returncode == 0


@pytest.mark.parametrize("end", ["quit", signal.SIGTERM, signal.SIGINT])
def test_sim_leaves_nothing_behind_after_its_end(home: Path, end: str | signal.Signals) -> None:
    with Headless() as sim:
        port = sim.until(event="port")["port"]
        assert live_ports() == [port]
        hang_up = HangUp(port)
        sim.type(end) if isinstance(end, str) else sim.signal(end)
        ended = sim.ended()
        assert (ended.returncode, ended.stderr) == (0, "")
        hang_up.wait()
    assert list((home / "run").iterdir()) == []


def test_no_process_survives_a_killed_host(home: Path) -> None:
    with Headless() as sim:
        hang_up = HangUp(sim.until(event="port")["port"])
        sim.signal(signal.SIGKILL)
        hang_up.wait()
    assert live_ports() == []
    assert list((home / "run").iterdir()) == []


def test_sim_runs_even_if_it_cannot_announce_its_port(home: Path) -> None:
    (home / "run").write_text("not a folder")
    with Headless() as sim:
        port = sim.until(event="port")["port"]
        sim.type("quit")
        ended = sim.ended()
    assert ended.returncode == 0
    assert f"--port {port}" in ended.stderr


def take_away(flash: Path) -> None:
    """Leave no flash that a case could open."""
    flash.unlink()
    flash.mkdir()


def test_firmware_that_stops_by_itself_is_an_error(tmp_path: Path) -> None:
    flash = tmp_path / "flash.img"
    with Headless("--flash", str(flash)) as sim:
        sim.until(event="port")
        take_away(flash)
        sim.type("cut")
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
def test_file_that_is_no_flash_is_refused(
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


def test_sim_without_a_terminal_suggests_headless_mode(host: Host) -> None:
    sentence, step = complaint(host("sim"), code=2)
    assert "terminal" in sentence
    assert "--headless" in step


def plain_until(sim: OnScreen, wanted: str) -> str:
    """Return the lines of `sim` as soon as `wanted` is in them."""
    return sim.until_written(wanted).replace("\r\n", "\n")


@pytest.mark.parametrize("how", ["--plain", "TERM=dumb"])
def test_plain_sim_says_each_change_in_a_line(how: str) -> None:
    words, dumb = ([], {"TERM": "dumb"}) if "=" in how else ([how], {})
    with OnScreen(*words, size=(200, 24), environment=dumb) as sim:
        begin = plain_until(sim, "q ends it.").splitlines()
        assert begin[0].startswith("Rollcase, virtual case on /dev/")
        assert begin[1:3] == [
            "00:00:00  #1    the case started (power)",
            "Prepare. Lamp: blue, slow, and a short blue blink: its clock is not set.",
        ]
        sim.keys(" ")
        plain_until(sim, "Soaking. Lamp: amber, breathing")
        sim.keys(" ")
        plain_until(sim, "The lamp answers: 10 minutes left: 1 long flash.")
        sim.keys("?")
        assert "h, held for 2 seconds: stops the soak\n" in plain_until(sim, "q: the end")
        sim.keys("mq")
        assert sim.ended() == 0
        assert "10 minutes pass" in sim.written.decode()
        assert b"\x1b" not in sim.written
        assert termios.tcgetattr(sim.tty) == sim.modes


def test_plain_sim_that_is_ahead_says_once_a_jump_which_time_to_sync_with(host: Host) -> None:
    with OnScreen("--plain", size=(200, 24)) as sim:
        plain_until(sim, "Sync it with: host sync\r\n")
        assert host("sync").returncode == 0
        plain_until(sim, "clock set")
        sim.keys("d")
        told = plain_until(sim, "Z host sync\r\n")
        assert told.count("Sync it with: ") == 2
        now = told.partition("ROLLCASE_NOW=")[2].split()[0]
        assert host("sync", ROLLCASE_NOW=now).returncode == 0


def test_plain_and_headless_exclude_each_other(host_here: Host) -> None:
    complaint(host_here("sim", "--plain", "--headless"), 2)


def test_screen_shows_phase_port_and_log_and_leaves_no_trace() -> None:
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
def test_signal_restores_the_terminal(end: signal.Signals) -> None:
    with OnScreen() as sim:
        sim.until("Prepare")
        sim.process.send_signal(end)
        assert sim.ended() == 0
        assert termios.tcgetattr(sim.tty) == sim.modes
        assert b"\x1b[?1049l" in sim.written


def test_ctrl_c_ends_the_sim_and_ctrl_z_does_not_stop_it() -> None:
    with OnScreen() as sim:
        sim.until("Prepare")
        sim.keys("\x1a ")
        sim.until("Soaking")
        sim.keys("\x03")
        assert sim.ended() == 0


def test_screen_follows_the_size_of_the_terminal() -> None:
    with OnScreen() as sim:
        sim.until("Prepare")
        sim.resize(40, 8)
        sim.until(lambda screen: len(screen.splitlines()) == 8 and "Prepare" in screen)
        sim.resize(120, 50)
        sim.until(lambda screen: len(screen.splitlines()) == 50 and "Prepare" in screen)


def test_terminal_that_does_not_know_its_size_is_drawn_as_80_by_24() -> None:
    with OnScreen(size=(0, 0)) as sim:
        sim.until(lambda screen: "Prepare" in screen and len(screen.splitlines()) == 24)
        sim.keys("q")
        assert sim.ended() == 0


def test_firmware_that_stops_by_itself_restores_the_terminal(tmp_path: Path) -> None:
    flash = tmp_path / "flash.img"
    with OnScreen("--flash", str(flash)) as sim:
        sim.until("Prepare")
        take_away(flash)
        sim.keys("c")
        assert sim.ended() == 1
        assert termios.tcgetattr(sim.tty) == sim.modes
        sentence, _ = sentence_and_step(sim.errors())
        assert "stopped by itself" in sentence


def test_case_that_is_ahead_says_which_time_to_sync_with(host: Host) -> None:
    with OnScreen() as sim:
        sim.until("Sync it with  host sync")
        assert host("sync").returncode == 0
        sim.until("clock set")
        sim.keys("d")
        screen = sim.until("ROLLCASE_NOW=")
        now = screen.partition("ROLLCASE_NOW=")[2].split()[0]
        ahead = host("sync", ROLLCASE_NOW=now)
        assert (ahead.returncode, ahead.stderr) == (0, "")


ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    ("environment", "lit"),
    [({"NO_COLOR": "1"}, "█████"), ({"TERM": "xterm"}, "█████"), (ASCII, "#####")],
)
def test_lamp_blinks_on_every_terminal(environment: dict[str, str], lit: str) -> None:
    with OnScreen(environment=environment) as sim:
        sim.until("Prepare")
        sim.until(lit)
        screen = sim.until(lambda screen: lit not in screen)
        assert "?" not in screen
        codes = b";".join(re.findall(rb"\x1b\[([\d;]*)m", sim.written)).split(b";")
        is_colourful = any(re.fullmatch(rb"[3-4]\d|9\d|10\d", code) for code in codes)
        assert is_colourful == ("NO_COLOR" not in environment)


def test_screen_says_what_the_lamp_answers() -> None:
    with OnScreen() as sim:
        sim.until("Prepare")
        sim.keys(" ")
        sim.until("amber, breathing")
        sim.keys(" ")
        sim.until("10 minutes left: 1 long flash")
        sim.until("amber, breathing")


def test_screen_says_whether_the_memory_is_kept(tmp_path: Path) -> None:
    with OnScreen() as sim:
        assert "--flash FILE" in sim.until("Port")
        sim.keys("m")
        sim.until("(10 minutes jumped)")
    with OnScreen("--flash", str(tmp_path / "f")) as sim:
        screen = sim.until("Port")
        assert "memory kept in" in screen
        assert "jumped" not in screen


# The parts.


@pytest.mark.parametrize(
    ("text", "ms"),
    [("90s", 90_000), ("10m", 600_000), ("2h", 7_200_000), ("1w", 604_800_000), ("0d", 0)],
)
def test_durations_are_parsed(text: str, ms: int) -> None:
    assert jump_ms(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "d",
        "5",
        "5x",
        "-1d",
        "1.5h",
        "٣d",
        "99999w",
        pytest.param("1" * 5000 + "d", id="5000 digits"),
    ],
)
def test_text_that_is_no_duration_is_none(text: str) -> None:
    assert jump_ms(text) is None
