"""How fast a log comes home from an emulated Pico.

By the Pico's own time, against what MicroPython can write at all; by this computer's, against
mpremote, which copies the log's files.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.table import Row
from tests.emulator.pico import FLASH_END, FLASH_START, Pico

from rollcore.blocks import SLOTS, number_of
from rollcore.events import RECORD_SIZE
from rollhost.sim.virtual_case import VirtualCase

Program = Callable[..., Callable[[], object]]
"""Makes an action of a program's name and words."""

SETTLE_MS = 3000
"""What a start leaves for later is done by then."""

LOOP = """
import sys,time
from binascii import b2a_base64 as b
w=sys.stdout.buffer.write
z=bytes(range(208))*18
d=b(z)
t=time.ticks_us()
for _ in range(50):w({what})
print('took',time.ticks_diff(time.ticks_us(),t))
"""
"""A block of the log as base64, again and again."""

ENCODED = "write(b2a_base64(block))"
CONSTANT = "write(constant)"


def loop_kb_s(pico: Pico, what: str) -> float:
    """Return the payload (KB/s) that a bare MicroPython loop writes."""
    took_us = int(pico.execute(LOOP.format(what=what)).rsplit("took ", 1)[1].split()[0])
    return 50 * SLOTS * RECORD_SIZE / took_us * 1000


def pull_kb_s(pico: Pico) -> float:
    """Return the payload (KB/s) of a pull of the whole log, asked for as a host does."""
    end = pico.ask("status").integer("next")
    blocks = number_of(end - 1) + 1
    began = pico.now
    pico.send("get", seq=1, count=end - 1)
    answers = pico.take(blocks, 1000 * blocks)
    return sum(len(answer.raw("raw")) for answer in answers) / (pico.now - began)


def line_speed(image: Path, flash: Path) -> Iterator[Row]:
    """Yield a pull beside bare loops, by the Pico's own time."""
    pico = Pico(image, flash.read_bytes()[: FLASH_END - FLASH_START])
    pico.boot()
    pico.run(SETTLE_MS)
    ours = pull_kb_s(pico)
    yield Row(f"pull; {ENCODED}", ours, "KB/s", loop_kb_s(pico, "b(z)"), at_least=0.8)
    yield Row(f"pull; {CONSTANT}", ours, "KB/s", loop_kb_s(pico, "d"))


def first_sync(image: Path, flash: Path, folder: Path, program: Program) -> Iterator[Row]:
    """Yield mpremote's copy of the log's files beside a first sync, from an emulated Pico."""

    def seconds(*words: str) -> float:
        """Return how long a program takes with a fresh Pico; PORT is that Pico's port."""
        with VirtualCase(Path(shutil.copy(flash, folder / "copy.img")), image) as case:
            run = program(*[word.replace("PORT", case.port) for word in words])
            began = time.perf_counter()
            run()
            return time.perf_counter() - began

    ours = seconds("host", "sync", "--port", "PORT", "--db", str(folder / "pull.db"))
    copy = str(folder / "log")
    theirs = seconds("mpremote", "connect", "PORT", "fs", "cp", "-r", ":log", copy)
    yield Row("mpremote fs cp -r; first sync", theirs, "s", ours, at_least=15)
