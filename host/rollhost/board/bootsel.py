"""Boards in BOOTSEL mode, which show up as drives, and the UF2 images that are copied to them."""

import os
import runpy
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from rollhost.board import bundled_files
from rollhost.case.connection import plain
from rollhost.case.discovery import UF2_INFO, bootsel_boards, bootsel_drives
from rollhost.errors import NoCaseFound, RollcaseError, SeveralCases, UsageError

CHIPS = {"RPI-RP2": "rp2040", "RP2350": "rp2350"}
"""The chip, by the Board-ID in that file."""

USUAL_BOARD = {"rp2040": "pico", "rp2350": "pico2"}
"""The board that is assumed for a chip if the person names none."""

ABSOLUTE = 0xE48BFF57
"""A UF2 family for all chips: images for the RP2350 begin with one block of it, without meaning."""

HAS_EXTENSIONS = 0x8000
"""A UF2 flag that official images set: extensions follow the data. They are ignored."""

BLOCK = 512
"""Bytes of a UF2 block."""

FLASH = range(0x10000000, 0x11000000)
"""Addresses of the flash, on both chips."""

WRITTEN_AT_ONCE = 1 << 16
"""Bytes that are written between two reports of progress (own)."""


class Drive(NamedTuple):
    """A mounted drive that is a board in BOOTSEL mode."""

    path: Path
    model: str
    chip: str


class Image(NamedTuple):
    """A UF2 file that was checked. With `is_rollcase` it has our firmware in it."""

    path: Path
    data: bytes
    is_rollcase: bool


def find_drive(named: Path | None = None, system: Path = Path("/")) -> Drive:
    """Return the only drive of a board in BOOTSEL mode, or the drive at the path `named`.

    `system` is the root of the file system; tests use another one. Raises `UsageError` for
    a path that is no such drive, `NoCaseFound` if there is none, and `SeveralCases` if
    there are several.
    """
    if named is not None:
        return _drive(named)
    drives = bootsel_drives(system)
    if len(drives) == 1:
        return _drive(drives[0])
    if drives:
        raise SeveralCases(
            f"There are {len(drives)} boards in BOOTSEL mode:"
            f" {', '.join(str(drive) for drive in drives)}.",
            "Unplug all but one, or say which one with --drive.",
        )
    if bootsel_boards(system):
        raise NoCaseFound(
            "A board is in BOOTSEL mode, but its drive is not mounted.",
            "Open it in the file manager; without one:"
            " udisksctl mount -b /dev/disk/by-label/RPI-RP2 (or RP2350).",
        )
    raise NoCaseFound(
        "There is no board in BOOTSEL mode.",
        "Unplug the board, hold its BOOTSEL button, and plug it in again.",
    )


def _drive(path: Path) -> Drive:
    """Return the drive at `path`. Raises `UsageError` unless it is a board with one of `CHIPS`."""
    try:
        text = (path / UF2_INFO).read_text(encoding="utf-8", errors="replace")[:2000]
    except OSError:
        raise UsageError(
            f"{path} is not the drive of a board in BOOTSEL mode: it has no {UF2_INFO}.",
            "Name the one that has, or leave --drive away.",
        ) from None
    info = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
    board_id, model = info.get("Board-ID", ""), info.get("Model", "a board")
    if board_id not in CHIPS:
        raise UsageError(
            f"{path} is a {plain(model)} ({plain(board_id) or 'without an id'}), and Rollcase"
            " does not run on that.",
            "It runs on boards with an RP2040 or RP2350, such as the Raspberry Pi Pico.",
        )
    return Drive(path, plain(model), CHIPS[board_id])


def read_image(path: Path, drive: Drive) -> Image:
    """Return the UF2 image at `path`. Raises `UsageError` unless it is for the drive's chip."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}.", "Name an image: --uf2 FILE."
        ) from None
    format_ = runpy.run_path(str(bundled_files.board("uf2.py")))
    families: dict[int, str] = {family: chip for chip, family in format_["FAMILIES"].items()}
    families_in_file: set[int] = set()
    flash = bytearray()
    for at in range(0, len(data), BLOCK):
        block = data[at : at + BLOCK]
        if len(block) < BLOCK or not _is_block(block, format_):
            raise UsageError(f"{path} is no UF2 image, or not all of one.", "Is it whole?")
        _, _, _, address, size, number, count, family = struct.unpack_from("<8I", block)
        if family == ABSOLUTE and count != len(data) // BLOCK:
            continue
        if number != len(flash) // size or count != len(data[at:]) // BLOCK + number:
            raise UsageError(f"{path} is no UF2 image, or not all of one.", "Is it whole?")
        if address not in FLASH:
            raise UsageError(
                f"{path} is not an image for the flash.", "It may be a tool that runs from memory."
            )
        families_in_file.add(family)
        flash += block[32 : 32 + size]
    chips = {families.get(family, "another chip") for family in families_in_file}
    if chips != {drive.chip}:
        is_for = " and ".join(sorted(chips)).upper().replace("ANOTHER CHIP", "another chip")
        raise UsageError(
            f"{path} is for {is_for or 'no chip'}, and the board has an {drive.chip.upper()}.",
            "Name the image that was made for this board.",
        )
    return Image(path, data, b"Rollcase on " in flash)


def _is_block(block: bytes, format_: dict[str, object]) -> bool:
    first, second, flags, _, size = struct.unpack_from("<5I", block)
    (end,) = struct.unpack_from("<I", block, BLOCK - 4)
    return (
        (first, second) == format_["MAGIC_START"]
        and (end, size) == (format_["MAGIC_END"], format_["PAYLOAD"])
        and flags & ~HAS_EXTENSIONS == format_["FAMILY_PRESENT"]
    )


def write(image: Image, drive: Drive, progress: Callable[[int, int], None]) -> None:
    """Write the image to the drive; the board starts it once it is complete.

    `progress` is called with the bytes written, and with their total. Raises
    `RollcaseError` if the drive is gone before.
    """
    total = len(image.data)
    done = 0
    try:
        with (drive.path / "ROLLCASE.UF2").open("wb", buffering=0) as file:
            while done < total:
                done += file.write(image.data[done : done + WRITTEN_AT_ONCE])
                os.fsync(file.fileno())
                progress(done, total)
    except OSError as error:
        # Once it is complete the board restarts, maybe before the system has closed the file.
        if done < total:
            raise RollcaseError(
                f"The drive did not take the image: {error.strerror}.",
                "Unplug the board, hold its BOOTSEL button, plug it in, and do the same again.",
            ) from None
