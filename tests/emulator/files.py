"""Files on a Pico's flash, put there from outside."""

from typing import Any

from littlefs import LittleFS
from tests.conftest import ROOT
from tests.emulator.pico import BLOCK, FLASH_END, FLASH_START

BLOCKS = (FLASH_END - FLASH_START) // BLOCK


def with_files(files: dict[str, bytes], flash: bytes | None = None) -> bytes:
    """Return flash that holds files besides what is on it; nothing else without `flash`."""
    context: Any = LittleFS(block_size=BLOCK, block_count=BLOCKS, prog_size=256, mount=False)
    if flash is None:
        context.format()
    else:
        context.context.buffer[:] = flash
    context.mount()
    for name, content in files.items():
        if "/" in name:
            context.makedirs(name.rpartition("/")[0], exist_ok=True)
        with context.open(name, "wb") as file:
            file.write(content)
    return bytes(context.context.buffer)


def with_board(more: str, flash: bytes | None = None) -> bytes:
    """Return flash with a board.py: the Pico's, and more lines. It is taken before the image's."""
    source = (ROOT / "boards" / "pico" / "board.py").read_text("utf-8")
    return with_files({"board.py": f"{source}\n{more}\n".encode()}, flash)
