"""The licences' texts of what is inside the images and the page, as one text for people.

Where each text is stands in `TEXTS` in `image_parts.py`; the places there are folders here.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

from release.image_parts import (
    FROM_COMPILER,
    KEPT_HERE,
    PAGE_LICENCE,
    TEXTS,
    WITHIN,
    WITHIN_DEBIAN,
    WITHIN_PAGE,
    WITHIN_SOURCES,
    Excerpt,
    Part,
    Text,
    image_parts,
)

KEPT = Path(__file__).resolve().parent / "licences"

DEBIAN = Path("/usr/share/doc")
"""Where Debian's packages have their licences; the compiler of the images is one of them."""

COMMENT = re.compile(r"^ ?(?:/?\*+/?|//+|/)(?: |$)|\s*\*+/?$")
"""What C puts around a line of a comment."""

SOURCE = frozenset({".c", ".h"})
"""Files whose text is in comments."""

HOLDER = re.compile(r"(?m)^.{0,3}?\b(Copyright\b.*[12]\d{3}\b.*)$")
"""A line of a file's first comment that names who holds the rights since which year."""

IMAGES = "the images"
PAGE = "the page"

RULE = "=" * 80
LINE = "-" * 80

BEGINNING = """\
Rollcase has the licence that comes first. Below are those of other projects, of which something is
inside Rollcase's images or its page: each with who holds the rights, and in the words of its text.
"""

FURTHER = "In its files these are named, too:\n"


class Named(NamedTuple):
    """A part, and whether the images or the page have it."""

    part: Part
    inside: str


def named_parts(sources: str, page_lock: str) -> Iterator[Named]:
    """Yield all of other projects that is inside images or page; some are inside both.

    `sources` is the text of `boards/image-sources.txt`, `page_lock` that of `package-lock.json`.
    """
    for part in image_parts(sources):
        yield Named(part, IMAGES)
        yield from (Named(inner, IMAGES) for inner in WITHIN.get(part.name, ()))
    yield from (Named(part, IMAGES) for part in FROM_COMPILER)
    for name, package in page_packages(page_lock):
        yield Named(Part(name, package["version"], PAGE_LICENCE), PAGE)
    yield from (Named(part, PAGE) for part in WITHIN_PAGE)


def page_packages(lock: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the packages that are in the page, of its `package-lock.json`: the name, what it says.

    Left out are the page itself, and what only makes it.
    """
    for path, package in json.loads(lock)["packages"].items():
        if path and not package.get("dev"):
            yield path.removeprefix("node_modules/"), package


def licence_texts(own: str, sources: str, page_lock: str, unpacked: Path) -> str:
    """Return our own licence and those of all parts, each text once.

    `unpacked` is the folder of the images' sources. Raises `ValueError` with a sentence for people
    if the text of a part is missing.
    """
    headings: dict[Text, dict[Part, list[str]]] = {}
    for part, inside in named_parts(sources, page_lock):
        if part.name not in TEXTS:
            raise ValueError(
                f"The text of {part.name}'s licence is missing: see TEXTS in image_parts.py."
            )
        headings.setdefault(TEXTS[part.name], {}).setdefault(part, []).append(inside)
    blocks = [f"{BEGINNING}\n{own.strip()}\n"]
    for text, parts in headings.items():
        lines = [heading(part, inside) for part, inside in parts.items()]
        names = " and ".join(part.name for part in parts)
        body = _body(text, names, unpacked)
        blocks.append("\n".join([RULE, *lines, LINE, "", body]))
    return "\n\n".join(blocks)


def heading(part: Part, inside: list[str]) -> str:
    """Return the line above a text that names the part."""
    version = f" {part.version}" if part.version else ""
    return f"{part.name}{version}, inside {' and '.join(inside)}. Licence: {part.licence}"


def _body(text: Text, names: str, unpacked: Path) -> str:
    folders = {WITHIN_SOURCES: unpacked, WITHIN_DEBIAN: DEBIAN, KEPT_HERE: KEPT}
    found = [_words(excerpt, folders[excerpt.place], names) for excerpt in text.excerpts]
    body = "\n\n".join(found) + "\n"
    holders = sorted(_holders(text.holders, unpacked) - set(body.splitlines()))
    if holders:
        body += "\n".join(["", FURTHER, *holders, ""])
    return body


def _words(excerpt: Excerpt, folder: Path, names: str) -> str:
    """Return the excerpt without the signs of a comment and without blank lines around it."""
    files = sorted(folder.glob(excerpt.file))
    lines = _read(files[0]).splitlines() if files else []
    if files and files[0].suffix in SOURCE:
        lines = [COMMENT.sub("", line) for line in lines]
    begin = _index(lines, excerpt.first, 0)
    end = _index(lines, excerpt.last, begin) if excerpt.last else len(lines) - 1
    words = "\n".join(line.rstrip() for line in lines[begin : end + 1]).strip("\n")
    if files and files[0].suffix in SOURCE:
        words = dedent(words)
    if not words or begin < 0 or end < 0:
        raise ValueError(
            f"The text of {names}'s licence is missing: {folder / excerpt.file} does not have it.\n"
            "  Where it is stands in TEXTS in .ci/release/image_parts.py."
        )
    return words


def _index(lines: list[str], words: str, begin: int) -> int:
    """Return the first line from `begin` on that has the words, or -1."""
    found = (at for at, line in enumerate(lines) if at >= max(begin, 0) and words in line)
    return next(found, -1)


def _holders(patterns: tuple[str, ...], folder: Path) -> set[str]:
    """Return the lines of the files that name who holds the rights."""
    files = {path for pattern in patterns for path in folder.glob(pattern)}
    lines = (line for path in files for line in HOLDER.findall(_read(path)))
    return {COMMENT.sub("", line).strip() for line in lines}


def _read(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
