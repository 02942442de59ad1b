"""Photos with metadata, and files that are none."""

import hashlib
import random
import struct
import zlib
from pathlib import Path
from typing import Any

from PIL import Image

SECRET = b"Canary Street 7"
"""What is in every kind of metadata of a test's pictures, and nowhere in a report."""

TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT = (
    (250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0),
)  # fmt: skip


def four_corners(width: int = 320, height: int = 240) -> Image.Image:
    """Return a picture with a colour of its own in each quarter."""
    image = Image.new("RGB", (width, height), BOTTOM_RIGHT)
    image.paste(TOP_LEFT, (0, 0, width // 2, height // 2))
    image.paste(TOP_RIGHT, (width // 2, 0, width, height // 2))
    image.paste(BOTTOM_LEFT, (0, height // 2, width // 2, height))
    return image


def metadata(taken: str = "", offset: str = "", orientation: int = 1) -> Image.Exif:
    """Return EXIF with a camera, a place, and a date where one is given."""
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()  # ImageDescription
    exif[0x0112] = orientation
    inner = exif.get_ifd(0x8769)
    if taken:
        inner[0x9003] = taken
    if offset:
        inner[0x9011] = offset
    gps = exif.get_ifd(0x8825)
    gps |= {1: "N", 2: (47.0, 22.0, 7.5), 3: "E", 4: (8.0, 32.0, 30.25), 29: "2026:11:03"}
    return exif


def photo(path: Path, exif: Image.Exif | None = None, **more: Any) -> Path:
    """Write a photo with metadata."""
    four_corners().save(path, exif=exif or metadata(), **more)
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that claims any size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def heif(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic" + bytes(200)


def truncated(path: Path, share: float = 0.5) -> bytes:
    """Return the first part of a photo that is worth truncating."""
    noise = Image.frombytes("RGB", (300, 300), random.Random(2).randbytes(3 * 300 * 300))
    noise.save(path)
    raw = path.read_bytes()
    return raw[: int(len(raw) * share)]


def bad_files(folder: Path) -> dict[str, tuple[Path, str]]:
    """Make what is no photo; return each with a word of the complaint about it."""
    made: dict[str, tuple[bytes, str]] = {
        "empty.jpg": (b"", "is no picture"),
        "text.jpg": (b"hello, world\n" * 50, "is no picture"),
        "page.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is no picture"),
        "post.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is no picture"),
        "film.mp4": (b"\0\0\0\x18ftypisom" + bytes(100), "is no picture"),
        "a.heic": (heif(b"heic"), "HEIC"),
        "b.heic": (heif(b"mif1"), "HEIC"),
        "a.avif": (heif(b"avif"), "AVIF"),
        "huge.png": (bomb(100_000, 100_000), "too large"),
        "large.png": (bomb(11_000, 10_001), "too large"),
        "old.tif": (b"II*\0\x08\0\0\0" + bytes(100), "is no picture"),
        "head.jpg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "damaged"),
        "sum.png": (bomb(300, 300).replace(b"\x08\x02", b"\x08\x03"), "damaged"),
        "head.png": (bomb(1, 1)[:20], "damaged"),
        "short.png": (bomb(300, 300), "damaged"),
    }
    for suffix in ("jpg", "png", "webp"):
        made[f"torn.{suffix}"] = (truncated(folder / f"t.{suffix}"), "damaged")
    found = {}
    for name, (raw, word) in made.items():
        (folder / name).write_bytes(raw)
        found[name] = (folder / name, word)
    (folder / "album").mkdir()
    return found | {
        "missing": (folder / "missing.jpg", "There is no file"),
        "in a file": (folder / "text.jpg" / "a.jpg", "There is no file"),
        "folder": (folder / "album", "is a folder"),
    }
