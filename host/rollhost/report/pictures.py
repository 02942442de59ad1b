"""Makes the photos of a report small enough to stand in it."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rollhost.database.diary import Entry
from rollhost.errors import NotInstalled
from rollhost.report.facts import Photo, ZonePhotos

if TYPE_CHECKING:
    from rollhost.exchange.photos import Picture

LARGE, SMALL = 640, 240
"""Longest side of a photo of the pair and of one in between, in px (own)."""

MOST_BYTES = 440_000
"""All photos together, in bytes as JPEG; in the page they are a third more (own)."""

STEPS = ((75, 1.0), (60, 1.0), (50, 0.8), (40, 0.6), (30, 0.4))
"""Quality (0 to 95) and share of the longest side, tried in turn until all photos fit (own)."""


@dataclass(frozen=True)
class Shown:
    """A photo as it stands in the page: its name, its data if it is there, what is to be said."""

    name: str
    data: str | None
    width: int = 0
    height: int = 0
    remark: str = ""


def shown(photos: Sequence[ZonePhotos]) -> dict[int, Shown]:
    """Return each photo that is shown, by the token of its entry. Reads the files."""
    chosen = [photo for zone in photos for photo in zone.shown]
    if not chosen:
        return {}
    made: dict[int, Picture | str] = {}
    for quality, share in STEPS:
        made = {photo.entry.token: _made(photo, quality, share) for photo in chosen}
        if sum(len(copy.jpeg) for copy in made.values() if not isinstance(copy, str)) <= MOST_BYTES:
            break
    return {photo.entry.token: _shown(photo.entry, made[photo.entry.token]) for photo in chosen}


def _made(photo: Photo, quality: int, share: float) -> "Picture | str":
    """Return the picture, or why there is none."""
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
