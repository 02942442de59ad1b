"""Turns a flash image into a UF2, the file for the drive of a board in BOOTSEL mode.

Usage: uf2.py CHIP firmware.bin firmware.uf2

The format is Microsoft's: blocks of 512 bytes, each with its own address, so
that the board can take them in any order.
"""

import os
import struct
import sys

FAMILIES = {"rp2040": 0xE48BFF56, "rp2350": 0xE48BFF59}
FLASH = 0x10000000
"""Where both chips see their flash."""

PAYLOAD = 256
"""Bytes of flash in a block: a page, and the only size that the chips take."""

MAGIC_START = 0x0A324655, 0x9E5D5157
MAGIC_END = 0x0AB16F30
FAMILY_PRESENT = 0x2000


def uf2(image: bytes, family: int) -> bytes:
    """Return the UF2 that puts `image` at the start of the flash."""
    count = -(-len(image) // PAYLOAD)
    blocks = []
    for number in range(count):
        at = number * PAYLOAD
        data = image[at : at + PAYLOAD]
        head = struct.pack(
            "<8I", *MAGIC_START, FAMILY_PRESENT, FLASH + at, PAYLOAD, number, count, family
        )
        blocks.append(head + data.ljust(476, b"\0") + struct.pack("<I", MAGIC_END))
    return b"".join(blocks)


def main() -> None:
    """Convert one file, and leave no half of it behind."""
    chip, source, target = sys.argv[1:]
    with open(source, "rb") as file:
        image = file.read()
    with open(target + ".new", "wb") as file:
        file.write(uf2(image, FAMILIES[chip]))
    os.replace(target + ".new", target)


if __name__ == "__main__":
    main()
