"""The flash of the virtual case does what MicroPython's `rp2.Flash` does on a chip."""

import random
from pathlib import Path

import pytest
from boards.virtual.flash import BLOCK_SIZE, BLOCKS, PAGE_SIZE, Flash, Misuse, make
from tests.emulator.conftest import Boot
from tests.emulator.pico import Pico

FIRST = BLOCKS - 6
"""The first of the blocks that are written: the last ones, which hold no file yet."""

NOISE = """
def noise(seed, length, kept):
    buf = bytearray(length)
    for i in range(length):
        seed = (seed * 75 + 74) % 65537
        buf[i] = 0xFF if seed % 8 < kept else seed >> 8 & 0xFF
    return buf
"""
"""Bytes that are the same on both, about `kept` eighths of them 0xFF."""

GROW = """
def grow(block, seed, length, offset):
    buf = bytearray(length)
    f.readblocks(block, buf, offset)
    for i, byte in enumerate(noise(seed, length, 4)):
        buf[i] = 0xFF if byte == 0xFF else buf[i] & byte
    f.writeblocks(block, buf, offset)
"""
"""Programs that only clear bits."""


class Pair:
    """A chip at MicroPython's prompt, and the file that is a virtual case's flash."""

    def __init__(self, pico: Pico, path: Path) -> None:
        self.pico = pico
        make(str(path))
        self.flash = Flash(str(path))
        self._names: dict[str, object] = {"f": self.flash}
        self.on_chip("import rp2\nf = rp2.Flash()")
        self.do(NOISE)
        self.do(GROW)

    def on_chip(self, code: str) -> str:
        """Run code on the chip, which must not fail; return what it printed."""
        said = self.pico.execute(code)
        assert said.startswith("OK"), said
        assert "Traceback" not in said, said
        return said[2:].partition("\x04")[0].strip()

    def in_file(self, code: str) -> None:
        """Run code on the file."""
        exec(code, self._names)

    def do(self, code: str) -> bool:
        """Run code on both; say whether the file took it."""
        self.on_chip(code)
        try:
            self.in_file(code)
        except Misuse:
            return False
        return True

    def chip_bytes(self) -> bytes:
        """Return what stands in the chip's last blocks."""
        return self.pico.flash[FIRST * BLOCK_SIZE :]

    def file_bytes(self) -> bytes:
        """Return what stands in the file's last blocks."""
        buf = bytearray((BLOCKS - FIRST) * BLOCK_SIZE)
        self.flash.readblocks(FIRST, buf)
        return bytes(buf)


@pytest.fixture
def pair(boot: Boot, tmp_path: Path) -> Pair:
    """A chip whose firmware is stopped, and a blank file."""
    return Pair(boot(), tmp_path / "flash.img")


def operations(count: int) -> list[str]:
    """Return random operations on the last blocks."""
    dice = random.Random(10)
    chosen = []
    for _ in range(count):
        block = dice.randrange(FIRST, BLOCKS)
        pages = dice.randint(1, 4)
        offset = dice.randrange(BLOCK_SIZE // PAGE_SIZE - pages + 1) * PAGE_SIZE
        seed = dice.randrange(1, 65537)
        where = f"{seed}, {pages * PAGE_SIZE}"
        chosen.append(
            dice.choices(
                [
                    f"grow({block}, {where}, {offset})",
                    f"f.writeblocks({block}, noise({where}, {dice.randrange(8)}), {offset})",
                    f"f.writeblocks({block}, noise({seed}, {BLOCK_SIZE}, 1))",
                    f"f.ioctl(6, {block})",
                ],
                [4, 3, 1, 1],
            )[0]
        )
    return chosen


def test_random_operations_leave_the_same_bytes_as_on_the_chip(pair: Pair) -> None:
    """Where the chip keeps a 0 and says nothing, the file refuses, and keeps what it had."""
    taken = refused = 0
    for code in operations(150):
        before = pair.file_bytes()
        if pair.do(code):
            taken += 1
        else:
            refused += 1
            assert pair.file_bytes() == before, code
            pair.flash.strict = False
            pair.in_file(code)
            pair.flash.strict = True
        assert pair.file_bytes() == pair.chip_bytes(), code
    assert taken > 50
    assert refused > 20


def test_chip_keeps_a_zero_silently_where_the_file_refuses(pair: Pair) -> None:
    assert pair.do(f"f.writeblocks({FIRST}, b'\\xf0' * 256, 256)")
    assert not pair.do(f"f.writeblocks({FIRST}, b'\\x1f' * 256, 256)")
    assert pair.chip_bytes()[256:512] == b"\x10" * 256
    assert pair.file_bytes()[256:512] == b"\xf0" * 256


def test_part_of_a_block_written_whole_erases_all_of_it_on_the_chip_and_is_refused(
    pair: Pair,
) -> None:
    assert pair.do(f"f.writeblocks({FIRST}, bytes(4096))")
    assert not pair.do(f"f.writeblocks({FIRST}, bytes(256))")
    assert pair.chip_bytes()[:BLOCK_SIZE] == bytes(256) + b"\xff" * (BLOCK_SIZE - 256)
    assert pair.file_bytes()[:BLOCK_SIZE] == bytes(BLOCK_SIZE)


def test_part_of_a_page_is_a_whole_page_on_the_chip_and_is_refused(pair: Pair) -> None:
    """The chip programs what lies in memory behind those bytes."""
    assert not pair.do(f"b = bytes(300)\nf.writeblocks({FIRST}, memoryview(b)[:10], 0)")
    assert pair.chip_bytes()[:256] == bytes(256)
    assert pair.file_bytes()[:256] == b"\xff" * 256


def test_file_system_gets_the_same_answers_as_from_the_chip(pair: Pair) -> None:
    answers = str([pair.flash.ioctl(op, 0) for op in (1, 2, 3, 4, 5, 7)])
    assert pair.on_chip("print([f.ioctl(op, 0) for op in (1, 2, 3, 4, 5, 7)])") == answers


def test_chip_reads_what_the_file_reads(pair: Pair) -> None:
    assert pair.do(f"f.writeblocks({FIRST}, noise(1, 4096, 1))")
    read = f"b = bytearray(9)\nf.readblocks({FIRST}, b, 4090)\nprint(list(b))"
    assert pair.on_chip(read) == str(list(pair.file_bytes()[4090:4099]))
