"""Photos of the skin: what the diary keeps of one, and its copy for a report.

The diary has a photo's path and digest. The file stays where it is and is never
changed. A report gets a smaller copy that has the picture and nothing else: no place,
no camera, no date.

Pillow, which decodes pictures, is imported when a picture is decoded: some machines
do not have it.
"""

import hashlib
import io
import os
import re
import stat
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from rollhost.errors import NotInstalled, RollcaseError
from rollhost.output.text import one_line

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "WEBP")
"""Formats that phones and cameras write; the decoder could read others too."""

MOST_PIXELS = 110_000_000
"""Pixels of the largest picture that is decoded: more than the 108 megapixels of most phones (own).
A small file can claim any size, and would fill the memory."""

MOST_FILES = 50_000
"""How many files of a folder are looked through at most (own): more than a phone takes in ten
years, and no walk through a whole disk."""

THERE, CHANGED, GONE, UNREADABLE = "there", "changed", "gone", "unreadable"
"""States of a photo's file, returned by `whereabouts`."""

_EXIF_IFD, _ORIENTATION = 0x8769, 0x0112
_DATE_TIME_ORIGINAL, _OFFSET_TIME_ORIGINAL = 0x9003, 0x9011
"""Tags of orientation and date in a picture's metadata (EXIF 2.31)."""

_ON_ITS_SIDE = (5, 6, 7, 8)
"""Orientations in which width and height are exchanged (EXIF)."""

_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
"""The first bytes of files of `FORMATS`."""

_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})", re.ASCII)

_HEIF_BRANDS = {
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis",
}  # fmt: skip
"""The brands of files of the HEIF family (ISO/IEC 23008-12)."""


class PhotoError(RollcaseError):
    """A file is not a photo, or cannot be read."""


class Photo(NamedTuple):
    """The facts of a photo; `width` and `height` are in pixels, of the upright picture.

    `taken` is the date from the camera's clock (Unix s); None if the file has none.
    """

    sha256: str
    taken: int | None
    width: int
    height: int


class Picture(NamedTuple):
    """A copy for a report. `changed` says that the file has changed since its entry was written."""

    jpeg: bytes
    width: int
    height: int
    changed: bool


def examine(path: Path) -> Photo:
    """Return the facts of the photo at `path`, which is decoded to its end.

    Raises `PhotoError` if it cannot be read, and `NotInstalled` without Pillow.
    """
    with _opened(path) as file:
        image = _decoded(file, path)
        width, height = image.size
        if _orientation(image) in _ON_ITS_SIDE:
            width, height = height, width
        return Photo(_sha256(file), _taken(image), width, height)


def picture(path: Path, sha256: str, longest: int, quality: int = 75) -> Picture:
    """Return the photo at `path` as a JPEG that has the picture and no metadata.

    It is upright, at most `longest` pixels (from 1) on its longer side, never larger than
    the photo, and white where the photo is transparent. `quality` is JPEG's (1 to 95). The
    same file gives the same bytes. `sha256` is the digest in the diary. Raises `PhotoError`
    if the photo cannot be read, and `NotInstalled` without Pillow.
    """
    with _opened(path) as file:
        image = _decoded(file, path, longest)
        changed = _sha256(file) != sha256
        plain = _plain(_upright(image))
    plain.thumbnail((longest, longest))
    jpeg = io.BytesIO()
    plain.save(jpeg, "JPEG", quality=quality, optimize=True)
    return Picture(jpeg.getvalue(), plain.width, plain.height, changed)


def whereabouts(path: Path, sha256: str) -> str:
    """Return the state of a photo's file: `THERE`, `CHANGED`, `GONE` or `UNREADABLE`.

    `sha256` is the digest in the diary.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return CHANGED
        with path.open("rb") as file:
            return THERE if _sha256(file) == sha256 else CHANGED
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: its name has a NUL
        return GONE
    except OSError:
        return UNREADABLE


class Searched(NamedTuple):
    """What a search through a folder has found: the path of each photo by its digest.

    `files` is how many files were listed, `all_seen` whether these were all, `unread` how many
    files and folders could not be read.
    """

    found: dict[str, Path]
    files: int
    all_seen: bool
    unread: int


def search(
    folder: Path, wanted: Mapping[str, str], progress: Callable[[int, int], None]
) -> Searched:
    """Look in a folder and those below it for photos by their digests; follow no link.

    `wanted` has the former file name of each digest: files of these names are read first, because
    a folder that was moved has kept them. `progress` is told how many files were read, and of
    how many. No more than `MOST_FILES` files are listed. Raises
    `PhotoError` if the folder itself cannot be read.
    """
    errors: list[OSError] = []
    files, all_seen = _files_in(folder, errors)
    if errors and not files and Path(str(errors[0].filename)) == folder:
        why = errors[0].strerror or errors[0]
        raise PhotoError(
            f"{one_line(str(folder))} cannot be read: {why}.", "See whether you may open it."
        )
    names = set(wanted.values())
    found: dict[str, Path] = {}
    in_order = sorted(files, key=lambda path: path.name not in names)
    for number, path in enumerate(in_order):
        progress(number, len(files))
        if len(found) == len(wanted):
            break
        try:
            digest = _digest_of_picture(path)
        except OSError as error:
            errors.append(error)
            continue
        if digest is not None and digest in wanted:
            found.setdefault(digest, path)
    return Searched(found, len(files), all_seen, len(errors))


def _files_in(folder: Path, errors: list[OSError]) -> tuple[list[Path], bool]:
    """Return the files in a folder and below it, and whether these are all. Adds to `errors`."""
    files: list[Path] = []
    for base, folders, names in os.walk(folder, onerror=errors.append):
        folders.sort()
        for name in sorted(names):
            path = Path(base, name)
            try:
                if not stat.S_ISREG(path.lstat().st_mode):
                    continue  # a link, or nothing with bytes
            except OSError as error:  # removed meanwhile
                errors.append(error)
                continue
            if len(files) == MOST_FILES:
                return files, False
            files.append(path)
    return files, True


def _digest_of_picture(path: Path) -> str | None:
    """Return the digest of a file that begins as one of `FORMATS`; None for any other file."""
    with path.open("rb") as file:
        return _sha256(file) if file.read(12).startswith(_SIGNATURES) else None


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    name = one_line(str(path))
    try:
        try:
            mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: it has a NUL
            raise PhotoError(f"There is no file {name}.", "Check its name.") from None
        if stat.S_ISDIR(mode):
            raise PhotoError(f"{name} is a folder.", "Name the photo in it.")
        if not stat.S_ISREG(mode):
            raise PhotoError(f"{name} is no ordinary file.", "Name a photo.")
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the decoder warns of files that it can read
            yield file
    except OSError as error:
        raise PhotoError(
            f"{name} cannot be read: {error.strerror or error}.", "See whether you may open it."
        ) from None


def _decoded(file: BinaryIO, path: Path, enough: int | None = None) -> "Image":
    """Return the picture in a file; with `enough`, maybe smaller, but at least that many pixels.

    A smaller one is decoded faster.
    """
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise NotInstalled(
            "The package pillow is not installed, and a photo is read with it.",
            "Install it: pip install pillow. All else works without; a report then"
            " shows no photos.",
        ) from None

    name = one_line(str(path))
    try:
        image = Image.open(file, formats=FORMATS)
        if image.width * image.height > MOST_PIXELS:
            raise Image.DecompressionBombError
        if enough is not None:
            image.draft(None, (enough, enough))
        image.load()
        return image
    except UnidentifiedImageError:
        raise _no_picture(file, name) from None
    except (Image.DecompressionBombError, MemoryError):
        raise PhotoError(
            f"{name} is too large: {MOST_PIXELS // 1_000_000} megapixels are the most.",
            "Export a smaller copy, and use that.",
        ) from None
    except Exception as error:  # a damaged file may raise any error in the decoder
        if isinstance(error, OSError) and error.errno is not None:
            raise  # an error of the disk
        raise _damaged(name) from None


def _no_picture(file: BinaryIO, name: str) -> PhotoError:
    file.seek(0)
    head = file.read(12)
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return PhotoError(
            f"{name} is a HEIC or AVIF, which cannot be read here.",
            "Export it as a JPEG, and use that.",
        )
    if head.startswith(_SIGNATURES):
        return _damaged(name)
    return PhotoError(f"{name} is no picture.", "Name a JPEG, PNG or WebP.")


def _damaged(name: str) -> PhotoError:
    return PhotoError(
        f"{name} is damaged: its picture cannot be read to the end.",
        "Copy it from the camera again.",
    )


def _sha256(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while part := file.read(1 << 20):
        digest.update(part)
    return digest.hexdigest()


def _orientation(image: "Image") -> int:
    """Return the orientation of the camera, 1 to 8 (EXIF); 1, upright, if not known."""
    try:
        orientation = image.getexif().get(_ORIENTATION)
    except Exception:  # as in `_decoded`; without its metadata the picture is still good
        return 1
    return orientation if isinstance(orientation, int) else 1


def _taken(image: "Image") -> int | None:
    try:
        exif = image.getexif().get_ifd(_EXIF_IFD)
        text = str(exif.get(_DATE_TIME_ORIGINAL, "")).strip("\0 ")
        moment = datetime.strptime(text, "%Y:%m:%d %H:%M:%S")
        offset = _OFFSET.fullmatch(str(exif.get(_OFFSET_TIME_ORIGINAL, "")).strip("\0 "))
        if offset:
            east = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
            moment = moment.replace(tzinfo=timezone(-east if offset[1] == "-" else east))
        return int(moment.timestamp())
    except Exception:  # as in `_decoded`; without its date the photo is still good
        return None


def _upright(image: "Image") -> "Image":
    """Return a picture turned upright.

    Not with `PIL.ImageOps.exif_transpose`, which also rewrites the other metadata, and fails if
    they are broken.
    """
    from PIL.Image import Transpose

    turn = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }.get(_orientation(image))
    return image if turn is None else image.transpose(turn)


def _plain(image: "Image") -> "Image":
    """Return a picture in sRGB on white, without any metadata."""
    from PIL import Image

    canvas = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        canvas.paste(layer, mask=layer.getchannel("A"))
    else:
        # Pasting leaves metadata behind, such as comments, which would be saved otherwise.
        canvas.paste(image.convert("RGB"))
    return _in_srgb(canvas, image.info.get("icc_profile"))


def _in_srgb(canvas: "Image", profile: bytes | None) -> "Image":
    """Return a canvas in sRGB, converted from the colours of its profile (ICC).

    Many phones save in Display P3. Shown as sRGB its reds are duller, but a report is
    used to compare how red the skin is. The profile itself may name the camera, and is
    left out.
    """
    if not profile:
        return canvas
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() == "RGB":
            ImageCms.profileToProfile(canvas, source, ImageCms.createProfile("sRGB"), inPlace=True)
    except (ImageCms.PyCMSError, OSError, ValueError):
        pass  # the profile is broken: keep the colours as they are
    return canvas
