"""What is inside the images beside our firmware: sources of other projects, with their licences.

`boards/image-sources.txt` names the files that `boards/make-image` unpacks, by their SHA-256, as
sha256sum writes them; the files' names have the versions.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SOURCES = Path(__file__).resolve().parents[2] / "boards" / "image-sources.txt"

FILE = re.compile(r"([a-z-]+?)(?:-source)?_([\d.]+)\S*")
"""A file of Debian: the project, and its version without what Debian has added."""


class Part(NamedTuple):
    """A project of which the images have something; `licence` is an expression of SPDX."""

    name: str
    version: str
    licence: str
    file: str = ""
    """The file that was unpacked; empty if it is within MicroPython's."""

    sha256: str = ""


LICENCES = {
    "micropython": "MIT",
    "mbedtls": "Apache-2.0 OR GPL-2.0-or-later",  # of it: AES and SHA-256
    "pico-sdk": "BSD-3-Clause",
    "tinyusb": "MIT",
}
"""By project, as its own LICENSE or README says."""

WITHIN_MICROPYTHON = (
    Part("littlefs", "2.8", "BSD-3-Clause"),
    Part("oofatfs", "R0.13c", "BSD-1-Clause"),
    Part("re1.5", "", "BSD-3-Clause"),
    Part("uzlib", "", "Zlib"),
    Part("fdlibm", "", "SunPro"),  # in lib/libm
)
"""What of MicroPython's lib/ the linker takes for a Pico, with the licences that its LICENSE names.

The two versions are those of lfs2.h and ff.h there; the others have none.
"""


def image_parts(sources: str) -> Iterator[Part]:
    """Yield what `boards/image-sources.txt` names.

    Raises `ValueError` for a line that is none of sha256sum's, or a project without a licence here.
    """
    for line in sources.splitlines():
        digest, _, file = line.partition("  ")
        found = FILE.fullmatch(file)
        if found is None or not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise ValueError(f"boards/image-sources.txt: {line!r} names no file of Debian.")
        name, version = found.groups()
        if name not in LICENCES:
            raise ValueError(f"The licence of {name} is not known: see LICENCES in image_parts.py.")
        yield Part(name, version.rstrip("."), LICENCES[name], file, digest)
