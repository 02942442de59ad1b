"""A board on the bench: `host` runs on it in this process, and its flash is made and read here."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import serial
from littlefs import LittleFS, UserContext
from mpremote import transport_serial
from tests.conftest import image_path
from tests.emulator.pico import BLANK, BLOCK, FLASH_END, FLASH_START, half_done
from tests.emulator.protocol_pico import PORT, BoardTime, PluggedPico, plugged_in
from tests.host.raw_logs import RawLog

from rollcore import VERSION, blocks
from rollcore.memory import State
from rollhost.board import install, raw_log, repl, selftest
from rollhost.board.raw_log import FlashLogs
from rollhost.case import connection, prompt
from rollhost.cli.main import main
from rollhost.commands import install as command

STOCK = image_path("micropython-pico.uf2")
OWN = image_path("rollcase-pico.uf2")

needs_images = pytest.mark.skipif(
    not (STOCK.exists() and OWN.exists()), reason="there are no images: make firmware"
)

BLOCKS = (FLASH_END - FLASH_START) // BLOCK

Files = dict[str, bytes]
"""What is on a flash, by path."""


# Flash, made and read without a board.


class FlashContext(UserContext):
    """A flash for littlefs, which notes the blocks that were read.

    The parent class makes a text for a log of each access, which takes longer than the access.
    """

    def __init__(self, flash: bytes) -> None:
        super().__init__(buffer=bytearray(flash))
        self.blocks: dict[int, bytes] = {}
        """Each block that was read, by its number, as it was then."""

    def read(self, cfg: Any, block: int, off: int, size: int) -> bytearray:
        if block not in self.blocks:
            self.blocks[block] = bytes(self.buffer[block * BLOCK : (block + 1) * BLOCK])
        start = block * BLOCK + off
        return self.buffer[start : start + size]

    def prog(self, cfg: Any, block: int, off: int, data: bytes) -> int:
        start = block * BLOCK + off
        self.buffer[start : start + len(data)] = data
        return 0

    def erase(self, cfg: Any, block: int) -> int:
        self.buffer[block * BLOCK : (block + 1) * BLOCK] = BLANK
        return 0


def mounted(flash: bytes | FlashContext, **settings: Any) -> LittleFS:
    """Return the file system on a flash."""
    context = flash if isinstance(flash, FlashContext) else FlashContext(flash)
    return LittleFS(context, block_size=BLOCK, block_count=BLOCKS, **settings)


def formatted(**settings: Any) -> LittleFS:
    """Return a new file system on a flash that was blank."""
    return mounted(BLANK * BLOCKS, **settings)


def flash_with(content: Files) -> bytes:
    """Return a flash with these files."""
    files = formatted()
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


_last_read: tuple[dict[int, bytes], Files] = ({}, {})
"""The blocks that `files_on` has read last, and the files that were in them."""


def files_on(flash: bytes) -> Files:
    """Return every file on a flash.

    A flash whose blocks are the same as far as littlefs has read the last one has the same files,
    and is not read again: most writes of an install go where nothing leads yet.
    """
    global _last_read
    blocks_read, found = _last_read
    if blocks_read and all(
        flash.startswith(block, number * BLOCK) for number, block in blocks_read.items()
    ):
        return dict(found)
    context = FlashContext(flash)
    files = mounted(context, cache_size=BLOCK)  # else most of the time goes into tiny reads
    found = {}
    for folder, _, names in files.walk("/"):
        for name in names:
            path = f"{folder.rstrip('/')}/{name}"
            with files.open(path, "rb") as file:
                found[path] = file.read()
    _last_read = (context.blocks, found)
    return dict(found)


def in_folder(folder: str, files: Files) -> Files:
    """Return a firmware's files as an install leaves them, with the main.py that runs it."""
    found = {f"/{folder}/{path}": data for path, data in files.items()}
    started = {"/main.py": install.main_text(folder).encode(), "/boot.py": install.boot_file()}
    return {**found, **started}


def ready_to_switch(files: Files) -> Files:
    """Return a firmware's files as an install leaves them that breaks off before the switch.

    So an install has nothing to send, which takes most of its time. It still tries all of it out.
    """
    return {f"/{install.folder_of(files)}/{path}": data for path, data in files.items()}


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


def run_host(capsys: pytest.CaptureFixture[str]) -> "Run":
    """Return what runs ``host`` in this process, with the board at `PORT`."""

    def host(pico: PluggedPico, *words: str, cut_after: int | None = None) -> Told:
        capsys.readouterr()
        with plugged_in(pico, cut_after):
            code = main([words[0], "--port", PORT, *words[1:]])
        return Told(code, *capsys.readouterr())

    return host


Run = Callable[..., Told]


# Logs on a flash.


def flash_with_log(content: Files, fill: Callable[[RawLog], None]) -> tuple[bytes, RawLog]:
    """Return a flash with these files and a log that `fill` has filled, and the log."""
    files = formatted(prog_size=256)
    add(files, content)

    def make(what: int, number: int, mark: bytes) -> int:
        block = b"\xff" * blocks.MARK_AT + mark
        name = f"/log/1-{number // 32:03d}/{number:05d}"
        if what == blocks.CHECKPOINT:
            name = f"/log/{'ab'[number]}/checkpoint"
        add(files, {name: block + b"\xff" * (BLOCK - len(block))})
        image = bytes(files.context.buffer)
        return next(
            at // BLOCK for at in range(0, len(image), BLOCK) if image.startswith(block, at)
        )

    log = RawLog(make)
    fill(log)
    image = bytearray(files.context.buffer)
    for place, block in log.blocks.items():
        image[place * BLOCK : (place + 1) * BLOCK] = block
    return bytes(image), log


def logs_on(flash: bytes) -> FlashLogs:
    """Return the logs on a flash, read past its file system."""
    found = {}
    for place in range(BLOCKS):
        raw = flash[place * BLOCK : (place + 1) * BLOCK]
        if raw_log.may_be_mark(raw[blocks.MARK_AT : blocks.OPENING_AT]):
            found[place] = raw
    return _logs_in(tuple(found.items()))


@lru_cache(maxsize=4)
def _logs_in(found: tuple[tuple[int, bytes], ...]) -> FlashLogs:
    """Return the logs in these blocks. Few writes of an install change any of them."""
    return raw_log.read(dict(found))


def known_on(flash: bytes) -> State:
    """Return what the newest log on a flash adds up to, at the time that is known; seq 0."""
    log = logs_on(flash).current
    assert log
    known = raw_log.newest_state(log)
    known.state.time, known.state.seq = known.time, 0
    return known.state


# What happens to a flash.


class Write(NamedTuple):
    """One program or erase during a command: how many bytes had been sent, and what it changed."""

    sent: int
    blocks: dict[int, bytes]


class Recorded(NamedTuple):
    """A command from beginning to end, as the flash sees it."""

    start: bytes
    writes: list[Write]
    boundaries: list[int]
    """How many writes there had been each time the board had done what it was told."""
    sent: int

    def flash_after(self, writes: int) -> bytes:
        """Return the flash after so many writes."""
        flash = bytearray(self.start)
        for write in self.writes[:writes]:
            for number, block in write.blocks.items():
                flash[number * BLOCK : (number + 1) * BLOCK] = block
        return bytes(flash)

    def flashes(self, first: int = 0) -> Iterator[tuple[tuple[int, bool], bytes]]:
        """Return the flash before each write from the `first` on, and in the middle of each.

        Each comes with its place: the number of writes before it, and whether one is half done.
        """
        flash = bytearray(self.flash_after(first))
        for number in range(first, len(self.writes)):
            yield (number, False), bytes(flash)
            half = bytearray(flash)
            for place, block in self.writes[number].blocks.items():
                at = place * BLOCK
                half[at : at + BLOCK] = half_done(bytes(flash[at : at + BLOCK]), block)
                flash[at : at + BLOCK] = block
            yield (number, True), bytes(half)

    def writes_before(self, byte: int) -> int:
        """Return how many writes there are if the cable comes off after so many bytes."""
        return sum(write.sent <= byte for write in self.writes)


def record(pico: PluggedPico, *words: str) -> Recorded:
    """Run ``host`` on a board, to the end; return what it did to the flash."""
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
        sit_down(patch)
        patch.setattr(repl.Repl, "run", run)
        pico.watch(note)
        assert main([words[0], "--port", PORT, *words[1:]]) == 0
        return Recorded(start, writes, sorted(set(boundaries)), cable.sent)


def sit_down(patch: pytest.MonkeyPatch) -> None:
    """Let pyserial find boards of this process, and count what waits for a board by its time."""
    patch.setattr(serial, "protocol_handler_packages", ["tests.emulator"])
    patch.setattr(connection, "GREETING_S", 0.02)
    patch.setattr(command, "LOOK_AGAIN_S", 0.0)
    for module in (transport_serial, connection, prompt, command, selftest):
        patch.setattr(module, "time", BoardTime)
