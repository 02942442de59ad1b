"""`host sim`, with the real firmware on real MicroPython: for scripts, and in a terminal."""

import re
import select
import signal
import termios
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from docs import lamps
from rich.style import Style
from tests.conftest import ROOT, Host
from tests.host.complaints import complaint, sentence_and_step
from tests.host.sim_process import HangUp, Headless, OnScreen

from rollcase import lamp
from rollcore import events, policy, state
from rollhost.case.virtual_ports import announce, live_ports
from rollhost.commands.sim import jump_ms
from rollhost.errors import CaseError, UsageError
from rollhost.sim import lamp_text
from rollhost.sim.screen import Paper, View, frame
from rollhost.sim.transcript import Transcript
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


def test_done_says_which_now_is_the_cases(host: Host) -> None:
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


def test_quit_is_done_like_all_the_others() -> None:
    with Headless() as sim:
        sim.do("quit")
        assert sim.ended().returncode == 0


def test_the_help_says_how_to_drive_it_and_how_to_follow_its_time(host: Host) -> None:
    told = host("sim", "--help").stdout
    for words in ("ROLLCASE_NOW=", "host sync", '"event": "done"', '"now"', "jump 10m"):
        assert words in told


def test_a_now_that_is_no_time_is_said_before_anything_starts(host: Host) -> None:
    result = host("sim", "--headless", ROLLCASE_NOW="soon")
    complaint(result, code=2)
    assert result.stdout == ""


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
@pytest.mark.parametrize("colours", [lamp_text.FULL, lamp_text.SIXTEEN, lamp_text.NONE])
@pytest.mark.parametrize("is_unicode", [True, False])
def test_a_frame_fits_its_terminal(size: tuple[int, int], colours: int, is_unicode: bool) -> None:
    view = View("/dev/pts/1", "kept in " + "x" * 100, "host sync", colour=0xFF7000)
    view.hear({"event": "lamp", "pattern": "soaking", "stage": 0, "at": 0.0}, 0)
    for number in range(30):
        view.hear({"event": "fault", "words": f"no {number} " + "y" * 300, "at": 9e5}, 0)
    lines = frame(view, Paper(*size, colours, is_unicode))
    assert len(lines) == size[1]
    assert max(line.cell_len for line in lines) <= size[0]
    if not is_unicode:
        assert all(line.plain.isascii() for line in lines)


SIZES = [(80, 24), (64, 24), (70, 18), (80, 16), (60, 20), (60, 15), (40, 10)]


def drawn(view: View, paper: Paper) -> str:
    return "\n".join(line.plain for line in frame(view, paper))


def colours_in(view: View, paper: Paper) -> set[str]:
    styles = [
        style
        for line in frame(view, paper)
        for style in (line.style, *(span.style for span in line.spans))
    ]
    assert all("#" not in style for style in styles if isinstance(style, str))
    return {style.color.name for style in styles if isinstance(style, Style) and style.color}


@pytest.mark.parametrize("size", SIZES)
def test_lamp_phase_keys_and_port_are_there_down_to_a_small_terminal(
    size: tuple[int, int],
) -> None:
    view = View("/dev/pts/1", "forgotten", "ROLLCASE_NOW=2026-12-18T20:30Z host sync")
    view.hear({"event": "lamp", "pattern": "drying", "stage": 0, "at": 0.0}, 0)
    dark = drawn(view, Paper(*size))
    for words in ("Drying", "space press", "h     hold", "l     long hold", "c     cut", "q "):
        assert words in dark
    for words in ("m +1", "j +1", "d +1", "w +1", "/dev/pts/1", view.sync):
        assert words in dark


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("is_unicode", [True, False])
def test_the_lamp_can_be_read_without_any_colour(size: tuple[int, int], is_unicode: bool) -> None:
    view = View("/dev/pts/1", "", "host sync")
    view.hear({"event": "lamp", "pattern": "soaking", "stage": 0, "at": 0.0}, 0)
    paper = Paper(*size, lamp_text.NONE, is_unicode)
    seen = set()
    for colour in (0, 0x402000, 0x804000, 0xFF7000):
        view.colour = colour
        assert colours_in(view, paper) == set()
        seen.add(drawn(view, paper))
    assert len(seen) == 4


def test_sixteen_colours_are_told_by_hand() -> None:
    # What lies nearest to amber would be red.
    amber = [0xFF7000, 0xC06000, 0x804000, 0x402000, 0x1A0B00]
    assert {lamp_text.ink(lamp_text.hue_of(one), lamp_text.SIXTEEN) for one in amber} == {"yellow"}
    for colour, hue in ((0xFF0000, "red"), (0xFFFFFF, "white"), (0xFFE8C0, "white")):
        assert lamp_text.hue_of(colour) == hue
    for colour, hue in ((0x00FF00, "green"), (0x00FFFF, "cyan"), (0xFF00FF, "magenta")):
        assert lamp_text.hue_of(colour) == hue
    view = View("", "", "", colour=0xFF7000)
    view.hear({"event": "lamp", "pattern": "soaking", "stage": 0, "at": 0.0}, 0)
    for size in ((80, 24), (40, 10)):
        assert colours_in(view, Paper(*size, lamp_text.SIXTEEN)) == {"yellow"}


ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    ("environment", "lit"),
    [({"NO_COLOR": "1"}, "█████"), ({"TERM": "xterm"}, "█████"), (ASCII, "#####")],
)
def test_the_lamp_blinks_on_every_terminal(environment: dict[str, str], lit: str) -> None:
    with OnScreen(environment=environment) as sim:
        sim.until("Prepare")
        sim.until(lit)
        screen = sim.until(lambda screen: lit not in screen)
        assert "?" not in screen
        codes = b";".join(re.findall(rb"\x1b\[([\d;]*)m", sim.written)).split(b";")
        is_colourful = any(re.fullmatch(rb"[3-4]\d|9\d|10\d", code) for code in codes)
        assert is_colourful == ("NO_COLOR" not in environment)


def test_it_says_what_the_lamp_answers() -> None:
    with OnScreen() as sim:
        sim.until("Prepare")
        sim.keys(" ")
        sim.until("amber, breathing")
        sim.keys(" ")
        sim.until("10 minutes left: 1 long flash")
        sim.until("amber, breathing")


def test_what_is_kept_of_the_memory_is_said(tmp_path: Path) -> None:
    with OnScreen() as sim:
        assert "--flash FILE" in sim.until("Port")
        sim.keys("m")
        sim.until("(10 minutes jumped)")
    with OnScreen("--flash", str(tmp_path / "f")) as sim:
        screen = sim.until("Port")
        assert "memory kept in" in screen
        assert "jumped" not in screen


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
    assert set(lamp_text.LAMP) == {*state.ACTIONS, lamp_text.FAULT}
    for phase, stages in lamp.PATTERNS.items():
        assert len(lamp_text.LAMP[phase]) == len(stages)
    for phase, (press, hold, long_hold) in state.ACTIONS.items():
        said = lamp_text.gestures(phase)
        assert bool(said[0]) == (press != state.NOTHING)
        assert bool(said[1]) == (hold != state.NOTHING)
        if long_hold == state.NOTHING and hold != state.NOTHING:
            assert said[2] == "as hold"
        else:
            assert bool(said[2]) == (long_hold != state.NOTHING)
    assert lamp_text.gestures(lamp_text.FAULT) == ("", "", "")


def test_the_readme_tells_of_each_look_of_the_lamp_and_each_gesture_as_the_table_has_it() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    table = readme.partition("## What the lamp says")[2].partition("\n| lamp |")[2]
    rows = [
        [cell.strip() for cell in row.split("|")[1:-1]]
        for row in table.partition("\n\n")[0].splitlines()[2:]
    ]
    expected = []
    for phase, stages in lamp_text.LAMP.items():
        said = ["–" if text in ("", "as hold") else text for text in lamp_text.gestures(phase)]
        expected += [[look.words, *said] for look in stages]
    assert [[row[0], *row[2:]] for row in rows] == expected


def test_the_picture_of_the_lamp_is_up_to_date() -> None:
    assert lamps.FILE.read_text("utf-8") == lamps.draw(), "run: make docs"


def test_the_picture_shows_every_message_of_the_lamp() -> None:
    drawn = [pattern for _, _, pattern, _ in lamps.rows()]
    for stages in lamp.PATTERNS.values():
        assert all(pattern in drawn for pattern in stages)


@pytest.mark.parametrize("number", [0, 1, 7, 10, 28, 99, 150])
def test_the_lamps_answers_take_as_long_as_is_said(number: int) -> None:
    counted = sum(ms for _, ms in lamp.count(number, lamp.RED)) / 1000
    assert lamp_text.count(state.RESTING, (number,))[1] == pytest.approx(counted)
    both = counted + sum(ms for _, ms in lamp.count(3, lamp.WHITE)) / 1000
    assert lamp_text.count(state.HEAD_EXPIRED, (number, 3))[1] == pytest.approx(both)
    refused = sum(ms for _, ms in lamp.REFUSED) / 1000
    assert lamp_text.REFUSED[1] == pytest.approx(refused, abs=0.1)


@pytest.mark.parametrize(
    ("phase", "numbers", "words"),
    [
        ("soaking", (7,), "7 minutes left: 7 short flashes"),
        ("drying", (1,), "1 minute left: 1 short flash"),
        ("resting", (21,), "21 days left: 2 long, 1 short flashes"),
        ("resting", (10,), "10 days left: 1 long flash"),
        ("head expired", (10, 36), "10 uses (1 long), 36 days (3 long, 6 short, white)"),
    ],
)
def test_an_answer_is_told_in_words(phase: str, numbers: tuple[int, ...], words: str) -> None:
    assert lamp_text.count(phase, numbers)[0] == words


class Story:
    """A case's log as its view hears it, and the view."""

    def __init__(self) -> None:
        self.view = View("", "", "")
        self.seq = 0

    def log(self, at: float, kind: int, **data: int) -> None:
        self.seq += 1
        event = events.Event(
            kind, data, 0, seq=self.seq, boot=1, uptime=int(at), time=1000 + int(at)
        )
        happening = {"event": "log", "at": at, "raw": events.encode(event, 0).hex()}
        self.view.elapsed_s = at
        self.view.hear(happening, 0)

    def shows(self, pattern: str) -> None:
        self.view.hear({"event": "lamp", "pattern": pattern, "stage": 0}, 0)

    def answer_to_press(self, at: float) -> str:
        self.view.hear_press(at)
        return self.view.answer


def soaking(story: Story) -> None:
    story.log(1, events.SOAK_STARTED, purpose=events.BEFORE_USE)
    story.shows("soaking")


def test_a_press_is_answered_with_the_minutes_left_and_only_for_a_while() -> None:
    story = Story()
    story.log(0, events.BOOT, cause=events.POWER_ON, torn=0)
    story.shows("prepare")
    assert story.answer_to_press(0.5) == ""
    soaking(story)
    assert story.answer_to_press(190) == "7 minutes left: 7 short flashes"
    story.view.elapsed_s = 194.2
    assert story.view.answer
    story.view.elapsed_s = 194.4
    assert story.view.answer == ""


def test_days_are_counted_by_the_needles_own_rules() -> None:
    rules = policy.for_needle(250).changed(revision=3)
    story = Story()
    story.log(0, events.BOOT, cause=events.POWER_ON, torn=0)
    story.log(1, events.POLICY_SET, digest=rules.digest, needle_um=250, kept=1)
    story.log(2, events.USE_STARTED, how=events.IN_TURN, digest=rules.digest)
    story.log(100, events.USE_ENDED, how=events.BY_BUTTON, seconds=98)
    soak_and_dry(story)
    assert story.answer_to_press(86400) == "7 days left: 7 short flashes"
    story.log(
        86500,
        events.REFUSED,
        gesture=events.LONG_PRESS,
        reason=events.STILL_RESTING,
        until=0,
        digest=0,
    )
    assert story.view.answer == "no: a red flicker"
    story.log(86501, events.POLICY_SET, digest=rules.digest ^ 1, needle_um=250, kept=1)
    assert story.answer_to_press(86510) == lamp_text.UNKNOWN_COUNT[0]


def soak_and_dry(story: Story) -> None:
    story.log(200, events.SOAK_STARTED, purpose=events.AFTER_USE)
    story.log(800, events.SOAK_ENDED, purpose=events.AFTER_USE, how=events.SOAK_DONE)
    story.shows("resting")


def test_a_case_that_was_met_later_answers_in_flashes() -> None:
    story = Story()
    story.seq = 20
    story.log(0, events.BOOT, cause=events.POWER_ON, torn=0)
    soaking(story)
    assert story.answer_to_press(190) == lamp_text.UNKNOWN_COUNT[0]


def test_a_power_cut_ends_an_answer() -> None:
    story = Story()
    story.log(0, events.BOOT, cause=events.POWER_ON, torn=0)
    soaking(story)
    assert story.answer_to_press(5)
    story.view.hear({"event": "boot", "boot": 2, "at": 5.5}, 0)
    assert story.view.answer == ""


def test_a_case_is_found_as_long_as_it_is_announced(home: Path) -> None:
    with announce("/dev/pts/1"), announce("/dev/pts/2"):
        assert live_ports() == ["/dev/pts/1", "/dev/pts/2"]
    assert live_ports() == []


def test_what_a_killed_case_has_left_is_cleaned_up(home: Path) -> None:
    (home / "run").mkdir()
    (home / "run" / "1-9.port").write_text("/dev/pts/9\n")
    assert live_ports() == []
    assert list((home / "run").iterdir()) == []
