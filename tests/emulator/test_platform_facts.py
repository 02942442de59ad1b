"""What MicroPython 1.25 and the emulated Pico do against a good guess; firmware/SPEC.md lists it.

None of this is ours. Where one of these tests fails, another MicroPython or emulator came: look
whether the firmware still holds, then change test and table.
"""

from pathlib import Path

import pytest
from littlefs import LittleFS
from tests.conftest import built
from tests.emulator.files import BLOCKS, with_files
from tests.emulator.pico import BLANK, BLOCK, BUTTON, ERASE_MS, PROGRAM_MS, Pico

START_MS = 1500
"""From power-up to the prompt, with flash to format."""

PERIOD_MS, MOST_CALLS = 100, 8
"""A timer's period, and how many calls MicroPython keeps for later."""

BLANK_LOG = """import rp2
f = rp2.Flash()
h = open("/log", "wb")
h.write(b"\\xff" * 64 + b"a mark" + b"\\xff" * 4026)
h.close()
b = bytearray(6)
n = 0
while b != b"a mark":
    f.readblocks(n, b, 64)
    n += 1
n -= 1
"""
"""Makes a file of one blank block with a mark in it, and finds its block."""


@pytest.fixture
def pico() -> Pico:
    """Return a Pico with stock MicroPython and nothing else."""
    return started(built("micropython-pico.uf2"))


def started(image: Path, flash: bytes | None = None) -> Pico:
    """Return a Pico that has started, with these bytes in the files' part of its flash."""
    pico = Pico(image, flash)
    pico.run(START_MS)
    return pico


def started_with(files: dict[str, bytes]) -> Pico:
    """Return a Pico with stock MicroPython that has started with these files."""
    return started(built("micropython-pico.uf2"), with_files(files))


def raised(call: str) -> str:
    """Return code that prints the name of the error that a call raises, or the result."""
    return f"try: print(repr(str({call})))\nexcept Exception as e: print(repr(type(e).__name__))"


def test_gmtime_overflows_in_2038_while_other_times_go_on(pico: Pico) -> None:
    assert pico.value("import time\n" + raised("time.gmtime(2**31)")) == "OverflowError"
    assert pico.value("print(time.gmtime(2**31 - 1)[:3])") == (2038, 1, 19)
    assert pico.value("print(time.mktime((2040, 1, 1, 0, 0, 0, 0, 0)))") == 2208988800
    clock = "import machine\nmachine.RTC().datetime((2040, 1, 1, 0, 0, 0, 0, 0))\n"
    assert pico.value(clock + "print(time.time() >= 2208988800)") is True


def test_number_with_a_fraction_in_json_is_seconds_off(pico: Pico) -> None:
    """Numbers with a point have 32 bits: 24 for the digits."""
    assert pico.value("import json\nprint(int(json.loads('1795804424.5')))") == 1795804416
    assert pico.value("print(json.loads('1795804424'))") == 1795804424


def test_int_takes_underscores_as_digits_do(pico: Pico) -> None:
    assert pico.value("print(int('1_000'))") == 1000


@pytest.mark.parametrize("slept_ms", [350, 1000, 2000])
def test_calls_of_a_timer_come_in_a_burst_after_a_sleep_and_those_above_eight_are_lost(
    pico: Pico, slept_ms: int
) -> None:
    said = pico.value(
        "import machine, time\nt = []\n"
        f"x = machine.Timer(period={PERIOD_MS}, callback=lambda _: t.append(time.ticks_ms()))\n"
        f"start = time.ticks_ms()\nmachine.lightsleep({slept_ms})\n"
        "time.sleep_ms(20)\nx.deinit()\nprint([each - start for each in t])"
    )
    assert isinstance(said, list)
    assert len(said) == min(slept_ms // PERIOD_MS, MOST_CALLS)
    assert all(slept_ms - 1 <= ms < slept_ms + PERIOD_MS / 2 for ms in said), said


@pytest.mark.parametrize(
    ("low_ms", "hard", "told"),
    [(0.02, False, "up up"), (0.5, False, "down up"), (0.02, True, "down up")],
    ids=["short", "longer", "short, hard handler"],
)
def test_short_pulse_of_a_pin_is_told_to_a_handler_that_is_not_hard_as_two_rising_edges(
    pico: Pico, low_ms: float, hard: bool, told: str
) -> None:
    """The handler runs after both edges, and is told of the last one each time."""
    pico.execute(
        "from machine import Pin\nt = []\nNAMES = {Pin.IRQ_FALLING: 'down', Pin.IRQ_RISING: 'up'}\n"
        f"b = Pin({BUTTON}, Pin.IN, Pin.PULL_UP)\n"
        f"b.irq(lambda pin: t.append(pin.irq().flags()), hard={hard})"
    )
    pico.touch([(True, low_ms), (False, 20)])
    assert pico.value("print(repr(' '.join(NAMES[each] for each in t)))") == told


def test_reset_puts_the_clock_back_to_2021_and_a_soft_reset_does_not(pico: Pico) -> None:
    year = "import machine\nprint(machine.RTC().datetime()[0])"
    pico.execute("import machine\nmachine.RTC().datetime((2026, 11, 27, 4, 12, 0, 0, 0))")
    pico.type(b"\x04")
    pico.run(START_MS)
    assert pico.value(year) == 2026
    pico.type(b"import machine\nmachine.reset()\x04")
    pico.run(START_MS)
    assert pico.value(year) == 2021


def test_soft_reset_ends_every_timer(pico: Pico) -> None:
    pico.execute("import machine\nmachine.Timer(period=2000, callback=lambda _: machine.reset())")
    pico.type(b"\x02\x04")
    pico.run(4000)
    assert pico.value("import machine\nprint(machine.reset_cause())") == 1
    pico.execute("x = machine.Timer(period=2000, callback=lambda _: machine.reset())")
    pico.run(4000)
    assert pico.value("import machine\nprint(machine.reset_cause())") == 3


def test_main_py_is_not_started_after_a_boot_py_that_fails() -> None:
    for boot, started in ((b"raise ValueError", False), (b"pass", True)):
        files = {"boot.py": boot, "main.py": b"started = True"}
        stock = started_with(files)
        assert stock.value("print('started' in globals())") is started


def test_rmdir_removes_a_file_and_remove_an_empty_folder_on_the_chip(pico: Pico) -> None:
    made = "import os\nopen('/file', 'w').close()\nos.mkdir('/folder')\n"
    assert pico.value(made + "os.rmdir('/file')\nos.remove('/folder')\nprint(os.listdir())") == []


def test_listing_has_a_name_before_its_own_beginning_on_the_chip(pico: Pico) -> None:
    made = "import os\nfor name in ('1', '2', '10'): open(name, 'w').close()\n"
    assert pico.value(made + "print(os.listdir())") == ["10", "1", "2"]


def test_program_in_place_is_seen_by_a_file_opened_later_and_not_by_one_that_has_read_there(
    pico: Pico,
) -> None:
    pico.execute(BLANK_LOG)
    pico.execute("h = open('/log', 'rb')\nh.seek(512)\nh.read(1)")
    pico.execute("f.writeblocks(n, b'four' + b'\\xff' * 252, 512)")
    assert pico.value("h.seek(512)\nprint(h.read(4))") == b"\xff" * 4
    assert pico.value("h = open('/log', 'rb')\nh.seek(512)\nprint(h.read(4))") == b"four"


def littlefs_of(blocks: int) -> bytes:
    """Return flash that begins with a littlefs of so many blocks, which holds a file."""
    disk = LittleFS(block_size=BLOCK, block_count=blocks, prog_size=256)
    with disk.open("file", "wb") as file:
        file.write(b"kept" * 1000)
    return (bytes(disk.context.buffer) + BLANK * BLOCKS)[: BLOCKS * BLOCK]


def test_stock_start_formats_a_littlefs_that_is_a_block_smaller_than_its_partition() -> None:
    """The format itself writes two blocks: what lay behind them is still there."""
    for blocks, formatted in ((BLOCKS, False), (BLOCKS - 1, True)):
        before = littlefs_of(blocks)
        after = started(built("micropython-pico.uf2"), before).flash
        assert (after[: 2 * BLOCK] != before[: 2 * BLOCK]) == formatted, blocks
        assert after[2 * BLOCK :] == before[2 * BLOCK :], blocks
        assert b"kept" * 1000 in after[2 * BLOCK :]


def test_our_image_leaves_a_littlefs_that_is_a_block_smaller_as_it_is() -> None:
    before = littlefs_of(BLOCKS - 1)
    assert started(built("rollcase-pico.uf2"), before).flash == before


def test_erase_of_a_blank_block_is_neither_counted_nor_timed_by_the_emulated_pico(
    pico: Pico,
) -> None:
    """It changes nothing that could be seen. On a chip it takes as long as any other."""
    pico.execute("import rp2, time\nf = rp2.Flash()\nf.ioctl(6, 300)\nt = time.ticks_us")
    took = []
    for code in ("f.ioctl(6, 300)", "f.writeblocks(300, bytes(256), 0)", "f.ioctl(6, 300)"):
        before = pico.programs, pico.erases
        us = pico.value(f"a = t()\n{code}\nprint(t() - a)")
        assert isinstance(us, int)
        took.append((pico.programs - before[0], pico.erases - before[1], us / 1000))
    assert [seen[:2] for seen in took] == [(0, 0), (1, 0), (0, 1)]
    assert took[0][2] < PROGRAM_MS <= took[1][2] < ERASE_MS <= took[2][2]


def test_emulated_host_answers_though_the_cable_is_out() -> None:
    pico = Pico(built("micropython-pico.uf2"), vbus=False)
    pico.run(START_MS)
    assert pico.value("from machine import Pin\nprint(Pin(24, Pin.IN).value())") == 0


def test_littlefs_takes_a_block_for_bad_whose_erase_answers_that_it_is(pico: Pico) -> None:
    """So it can be kept from blocks that it has forgotten."""
    fence = """import os, rp2, vfs
f = rp2.Flash()
hits = []
class Fence:
    def readblocks(self, *a): return f.readblocks(*a)
    def writeblocks(self, *a): return f.writeblocks(*a)
    def ioctl(self, op, n):
        if op == 6 and n > 40:
            hits.append(n)
            return -84
        return f.ioctl(op, n)
"""
    use = """vfs.umount("/")
vfs.mount(vfs.VfsLfs2(Fence(), progsize=256), "/")
os.mkdir("/d")
for i in range(5):
    with open("/d/%d" % i, "wb") as h: h.write(bytes(4096))
print((len(hits) > 0, os.listdir("/d")))
"""
    before = pico.flash[41 * BLOCK :]
    assert "Traceback" not in pico.execute(fence)
    assert pico.value(use) == (True, ["0", "1", "2", "3", "4"])
    assert pico.flash[41 * BLOCK :] == before


def test_emulated_pico_gives_the_same_random_bytes_after_each_power_up(pico: Pico) -> None:
    ask = "import os\nprint(repr(os.urandom(8).hex()))"
    assert pico.value(ask) == started(built("micropython-pico.uf2"), pico.flash).value(ask)
