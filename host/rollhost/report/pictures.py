"""Makes copies of photos that are small enough for the report."""

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rollhost.database.diary import Entry
from rollhost.errors import NotInstalled
from rollhost.report.facts import Photo, ZonePhotos

if TYPE_CHECKING:
    from rollhost.exchange.photos import Picture

LARGE, SMALL = 640, 240
"""Longest side (px) of the two photos that are compared, and of the others (own)."""

MOST_BYTES = 420_000
"""Bytes of all photos together as JPEG; in the page they take a third more (own)."""

STEPS = ((75, 1.0), (60, 1.0), (50, 0.8), (40, 0.6), (30, 0.4))
"""JPEG quality and share of the longest side, tried in turn until all photos fit (own)."""


class Shown(NamedTuple):
    """A photo in the page: its name, its data URL if it can be shown, and a remark, if any.

    `width` and `height` are in px.
    """

    name: str
    data: str | None
    width: int = 0
    height: int = 0
    remark: str = ""


def shown(photos: Sequence[ZonePhotos]) -> dict[int, Shown]:
    """Return each photo to show, by the token of its entry. Reads the files."""
    chosen = [photo for zone in photos for photo in zone.shown]
    if not chosen:
        return {}
    copies: list[Picture | str] = []
    for quality, share in STEPS:
        copies = [_copy(photo, quality, share) for photo in chosen]
        if sum(len(copy.jpeg) for copy in copies if not isinstance(copy, str)) <= MOST_BYTES:
            break
    return {
        photo.entry.token: _shown(photo.entry, copy)
        for photo, copy in zip(chosen, copies, strict=True)
    }


def _copy(photo: Photo, quality: int, share: float) -> "Picture | str":
    """Return a small copy of the photo, or words that say why there is none."""
    from rollhost.exchange import photos  # loads Pillow

    path, sha256 = (str(photo.entry.data.get(name, "")) for name in ("path", "sha256"))
    longest = int((LARGE if photo.large else SMALL) * share)
    try:
        return photos.picture(Path(path), sha256, longest, quality)
    except NotInstalled:
        return "cannot be shown: the package pillow is not installed"
    except photos.PhotoError:
        gone = photos.whereabouts(Path(path), sha256) == photos.GONE
        return "is no longer where it was" if gone else "cannot be read as a picture"


def _shown(entry: Entry, copy: "Picture | str") -> Shown:
    name = Path(str(entry.data.get("path", ""))).name
    if isinstance(copy, str):
        return Shown(name, None, remark=copy)
    remark = "changed since it was noted" if copy.changed else ""
    data = f"data:image/jpeg;base64,{b64encode(copy.jpeg).decode()}"
    return Shown(name, data, copy.width, copy.height, remark)
