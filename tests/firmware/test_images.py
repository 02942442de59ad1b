"""The images of the boards that have one: how they divide the flash, and whom they are for."""

import re
import struct
from pathlib import Path

import pytest
from boards.declared import FOLDER
from boards.uf2 import FAMILIES, FLASH, PAYLOAD
from tests.conftest import ROOT, built

MIB = 1024 * 1024

FLASH_BYTES = {"pico": 2 * MIB, "pico2": 4 * MIB}
"""Size of each board's flash: pico-sdk, src/boards/include/boards, PICO_FLASH_SIZE_BYTES."""

STOCK_STORAGE = {"pico": 1408 * 1024, "pico2": 3 * MIB}
"""Bytes that MicroPython's own image keeps for files: ports/rp2/boards/RPI_PICO and RPI_PICO2,
mpconfigboard.h, MICROPY_HW_FLASH_STORAGE_BYTES (1.25.0)."""

SOURCES = ROOT / "build" / "image" / "micropython" / "ports" / "rp2" / "boards"
"""MicroPython's own boards, if an image was built here."""

BLOCK_START, BLOCK_END = 0xFFFFDED3, 0xAB123579
"""The marks around a block by which the RP2350's boot ROM knows an image (data sheet, 5.9)."""

BOARDS = sorted(path.parent.name for path in FOLDER.glob("*/mpconfigboard.h"))


def storage(config: Path, board: str) -> int:
    """Return how many bytes of flash a mpconfigboard.h keeps for files."""
    found = re.search(r"MICROPY_HW_FLASH_STORAGE_BYTES\s+\((.*)\)", config.read_text("utf-8"))
    assert found
    product = 0
    for sign, part in re.findall(r"([+-]?)\s*(\w+(?:\s*\*\s*\w+)*)", found[1]):
        value = 1
        for factor in part.split("*"):
            name = factor.strip()
            value *= FLASH_BYTES[board] if name == "PICO_FLASH_SIZE_BYTES" else int(name)
        product += -value if sign == "-" else value
    return product


def flash_in(image: bytes, family: int) -> bytes:
    """Return what a UF2 puts at the start of the flash; every block has to be of this family."""
    flash = bytearray()
    for at in range(0, len(image), 512):
        address, size, _, _, found = struct.unpack_from("<5I", image, at + 12)
        assert (address, size, found) == (FLASH + len(flash), PAYLOAD, family), at
        flash += image[at + 32 : at + 32 + size]
    return bytes(flash)


def test_boards_with_an_image_are_pico_and_pico2() -> None:
    assert BOARDS == sorted(STOCK_STORAGE) == ["pico", "pico2"]


@pytest.mark.parametrize("board", BOARDS)
def test_image_keeps_as_much_flash_for_files_as_micropythons_own(board: str) -> None:
    assert storage(FOLDER / board / "mpconfigboard.h", board) == STOCK_STORAGE[board]
    stock = SOURCES / f"RPI_{board.upper()}" / "mpconfigboard.h"
    if stock.exists():
        assert storage(stock, board) == STOCK_STORAGE[board]


@pytest.mark.parametrize("board", BOARDS)
def test_image_is_for_the_boards_chip_and_leaves_the_files_alone(board: str) -> None:
    chip = {"pico": "rp2040", "pico2": "rp2350"}[board]
    flash = flash_in(built(f"rollcase-{board}.uf2").read_bytes(), FAMILIES[chip])
    assert len(flash) < FLASH_BYTES[board] - STOCK_STORAGE[board]
    assert b"Rollcase on Raspberry Pi Pico" + b" 2" * (board == "pico2") + b" with " in flash
    start, end = (struct.pack("<I", mark) for mark in (BLOCK_START, BLOCK_END))
    has_block = start in flash[:4096] and end in flash[:4096]
    assert has_block == (chip == "rp2350")


def test_images_of_all_boards_have_the_same_firmware() -> None:
    texts = [(FOLDER / board / "manifest.py").read_text("utf-8") for board in BOARDS]
    lines = [
        {line.replace("../pico/modules", "modules") for line in text.splitlines()[1:]}
        for text in texts
    ]
    assert lines[0] == lines[1]
