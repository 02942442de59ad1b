"""What is inside the images and the page beside what is ours: other projects, with their licences.

`boards/image-sources.txt` names the files that `boards/make-image` unpacks, by their SHA-256, as
sha256sum writes them; the files' names have the versions. The page's `package-lock.json` names the
package that is in the page.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SOURCES = Path(__file__).resolve().parents[2] / "boards" / "image-sources.txt"

FILE = re.compile(r"([a-z-]+?)(?:-source)?_([\d.]+)\S*")
"""A file of Debian: the project, and its version without what Debian has added."""


class Part(NamedTuple):
    """A project of which images or page have something; `licence` is an expression of SPDX."""

    name: str
    version: str
    licence: str
    file: str = ""
    """The file that was unpacked; empty if it is within another's."""

    sha256: str = ""


LICENCES = {
    "micropython": "MIT",
    "mbedtls": "Apache-2.0 OR GPL-2.0-or-later",  # of it: AES, SHA-1 and SHA-256
    "pico-sdk": "BSD-3-Clause",
    "tinyusb": "MIT",
}
"""By project, as its own LICENSE or README says."""

RE1_5 = Part("re1.5", "", "BSD-3-Clause")
UZLIB = Part("uzlib", "", "Zlib")
FDLIBM = Part("fdlibm", "", "SunPro")  # in lib/libm of MicroPython, and within musl
MUSL = Part("musl", "", "MIT")  # in lib/libm of MicroPython; the page's C library

WITHIN = {
    # Of its lib/, with the licences that its LICENSE names; musl's is named in files of lib/libm.
    # The two versions are those of lfs2.h and ff.h there; the others have none.
    "micropython": (
        Part("littlefs", "2.8", "BSD-3-Clause"),
        Part("oofatfs", "R0.13c", "BSD-1-Clause"),
        RE1_5,
        UZLIB,
        FDLIBM,
        MUSL,
    ),
    "pico-sdk": (Part("printf", "", "MIT"), Part("cmsis", "", "Apache-2.0")),
}
"""What the linker takes of other projects that a source has within."""

FROM_COMPILER = (
    Part("newlib", "", "BSD-3-Clause AND SunPro"),
    Part("libgcc", "", "GPL-3.0-or-later WITH GCC-exception-3.1"),
)
"""The C library of the images, and what GCC adds; of the Debian that they are compiled on."""

PAGE_LICENCE = "MIT"

WITHIN_PAGE = (
    RE1_5,
    UZLIB,
    FDLIBM,
    MUSL,
    Part("emscripten", "", "MIT OR NCSA"),
    Part("micropython-lib", "", "MIT AND PSF-2.0"),
)
"""What MicroPython as WebAssembly has within; it names no versions. What else it has wants no text
beside it: LLVM's compiler-rt by its exception, SHA-256 and malloc as they are nobody's.
"""

WITHIN_DEBIAN = "debian"
WITHIN_SOURCES = "sources"
KEPT_HERE = "kept"


class Excerpt(NamedTuple):
    """A part of a text file: from the line with `first` to that with `last`, or to its ends."""

    place: str
    """One of the three above: the folder in which `file` is."""

    file: str
    """May have ``*`` in it, for a version."""

    first: str = ""
    last: str = ""


class Text(NamedTuple):
    """The text of a licence, and in which sources the holders of rights are named."""

    excerpts: tuple[Excerpt, ...]
    holders: tuple[str, ...] = ()
    """Patterns of files in the images' sources."""


def _source(file: str, first: str = "", last: str = "") -> Excerpt:
    return Excerpt(WITHIN_SOURCES, file, first, last)


def _kept(file: str) -> Text:
    return Text((Excerpt(KEPT_HERE, file),))


_BSD_3_CLAUSE = _source("lib/pico-sdk/LICENSE.TXT", "Redistribution and use")
"""For projects that have no text of their own within MicroPython: the words that SPDX has, too."""

_CMSIS = "lib/pico-sdk/src/rp2_common/cmsis/stub/CMSIS"
_MICROPYTHON = Text(
    (_source("LICENSE", last="THE SOFTWARE."),),
    tuple(
        f"{folder}/*.[chs]"
        for folder in ("py", "extmod", "shared/**", "drivers/bus", "drivers/dht", "ports/rp2")
    ),
)

TEXTS = {
    "micropython": _MICROPYTHON,
    "@micropython/micropython-webassembly-pyscript": _MICROPYTHON,  # which has no file of its own
    "mbedtls": Text(
        (
            _source("lib/mbedtls/library/aes.c", "Copyright", "SPDX-License-Identifier"),
            _source("lib/mbedtls/LICENSE", "Apache License", "limitations under the License."),
        )
    ),
    "pico-sdk": Text(
        (_source("lib/pico-sdk/LICENSE.TXT"),),
        ("lib/pico-sdk/src/common/**/*.[chS]", "lib/pico-sdk/src/rp2*/**/*.[chS]"),
    ),
    "printf": Text((_source("lib/pico-sdk/src/rp2_common/pico_printf/LICENSE"),)),
    "cmsis": Text((_source(f"{_CMSIS}/LICENSE.txt"),), (f"{_CMSIS}/**/*.[ch]",)),
    "tinyusb": Text(
        (_source("lib/tinyusb/src/tusb.c", "The MIT License", "THE SOFTWARE."),),
        tuple(
            f"lib/tinyusb/src/{folder}/*.[ch]"
            for folder in ("common", "device", "class/cdc", "portable/raspberrypi/rp2040")
        ),
    ),
    "littlefs": Text(
        (
            _source("lib/littlefs/lfs2.c", "The little filesystem", "SPDX-License-Identifier"),
            _BSD_3_CLAUSE,
        )
    ),
    "oofatfs": Text((_source("lib/oofatfs/ff.c", "Copyright (C)", "by use of this software."),)),
    "re1.5": Text((_source("lib/re1.5/re1.5.h", "Copyright", "LICENSE file"), _BSD_3_CLAUSE)),
    "uzlib": Text(
        (_source("lib/uzlib/tinflate.c", "uzlib  -  tiny", "any source distribution."),),
        ("lib/uzlib/*.[ch]",),
    ),
    "fdlibm": Text((_source("lib/libm/kf_sin.c", "Copyright (C) 1993", "is preserved."),)),
    "musl": _kept("musl.txt"),
    "newlib": Text(
        (Excerpt(WITHIN_DEBIAN, "libnewlib-arm-none-eabi/copyright", "The newlib subdirectory"),)
    ),
    "libgcc": Text(
        (
            Excerpt(
                WITHIN_DEBIAN,
                "gcc-*-base/copyright",
                "GCC RUNTIME LIBRARY EXCEPTION",
                "requirements of the license of GCC.",
            ),
        )
    ),
    "emscripten": _kept("emscripten.txt"),
    "micropython-lib": _kept("micropython-lib.txt"),
}
"""Where the text of each part's licence is. Three are kept here, as no source of ours has them:
musl's and Emscripten's of Debian 13's sources, micropython-lib's with CPython's of Debian 12.
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
