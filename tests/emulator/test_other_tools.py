"""mpremote writes beside the log of an emulated Pico and over it: no record is lost."""

import argparse
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import serial
from mpremote import commands, transport_serial
from tests.conftest import image_path
from tests.emulator.protocol_pico import PORT, BoardTime, PluggedPico, plugged_in

IMAGE = image_path("rollcase-pico.uf2")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not IMAGE.exists(), reason="there is no image: make firmware"),
]

HURT = "littlefs has lost a part of the log: sync, and a new log begins"


@pytest.fixture(autouse=True)
def at_the_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let mpremote find the board of this process, and wait by its time."""
    monkeypatch.setattr(serial, "protocol_handler_packages", ["tests.emulator"])
    monkeypatch.setattr(transport_serial, "time", BoardTime)


@pytest.fixture(scope="module")
def used() -> bytes:
    """The flash of a case with a log of some records, its upkeep done."""
    pico = PluggedPico(IMAGE)
    pico.boot()
    for _ in range(3):
        pico.press()
        pico.touch([(True, 2100), (False, 200)])
    pico.run(70_000)
    assert len(pico.log()) == 7
    return pico.flash


class Tool:
    """mpremote at a board: what its commands do, without its command line."""

    def __init__(self) -> None:
        self.transport = transport_serial.SerialTransport(PORT)
        self._state = SimpleNamespace(transport=self.transport)

    def copy(self, source: str, target: str) -> None:
        """Do ``mpremote fs cp :SOURCE :TARGET``."""
        commands.do_filesystem_cp(self._state, ":" + source, ":" + target, False)

    def remove(self, folder: str) -> None:
        """Do ``mpremote fs rm -r :FOLDER``."""
        words = argparse.Namespace(verbose=False)
        commands.do_filesystem_recursive_rm(self._state, folder, words)

    def files(self, folder: str) -> list[str]:
        """Return the path of every file below a folder."""
        found = []
        for entry in self.transport.fs_listdir(folder):
            path = f"{folder}/{entry.name}"
            found += self.files(path) if entry.st_mode & 0x4000 else [path]
        return found


def after(flash: bytes, work: Callable[[Tool], None]) -> PluggedPico:
    """Return the board after a tool has done this work on it, and the case has started again."""
    pico = PluggedPico(IMAGE, flash)
    pico.boot()
    with plugged_in(pico):
        tool = Tool()
        tool.transport.enter_raw_repl(soft_reset=False)
        work(tool)
        tool.transport.exit_raw_repl()
        tool.transport.close()
    again = PluggedPico(IMAGE, pico.flash)
    again.boot()
    again.run(5000)
    return again


def log_of(flash: bytes) -> list[bytes]:
    """Return the records that a case with this flash starts from."""
    pico = PluggedPico(IMAGE, flash)
    pico.boot()
    return pico.log()[:-1]


def test_copies_of_the_log_and_an_install_beside_it_lose_nothing(used: bytes) -> None:
    def work(tool: Tool) -> None:
        for number, path in enumerate(tool.files("/log")):
            tool.copy(path, f"/copy{number}")
        tool.transport.fs_mkdir("/lib")
        for number in range(4):
            tool.transport.fs_writefile(f"/lib/module{number}.py", b"x = 1\n" * 100 * number)

    pico = after(used, work)
    assert pico.ask("status").word("fault") == ""
    assert pico.log()[: len(log_of(used))] == log_of(used)


@pytest.mark.parametrize(
    "work",
    [
        lambda tool: [tool.copy(path, path) for path in tool.files("/log") if "00000" in path],
        lambda tool: tool.remove("/log/1-000"),
        lambda tool: tool.remove("/log"),
    ],
    ids=["block copied over itself", "folder removed", "log removed"],
)
def test_hurt_log_is_said_goes_home_and_a_new_one_begins(
    used: bytes, work: Callable[[Tool], None], tmp_path: Path
) -> None:
    pico = after(used, work)
    status = pico.ask("status")
    assert status.word("fault") == HURT
    records = pico.log()
    assert records[: len(log_of(used))] == log_of(used)
    assert pico.ask("ack", log=status.word("log"), seq=len(records)).verb == "acked"
    assert pico.ask("newlog", log=status.word("log"), keep=1).verb == "log"
    assert pico.ask("status").word("fault") == ""
    pico.press()
    pico.run(70_000)
    again = PluggedPico(IMAGE, pico.flash)
    again.boot()
    again.run(5000)
    assert again.ask("status").word("fault") == ""
    assert len(again.log()) >= 2
