"""What ``host photo`` prints: the photos in the diary, and the state of their files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rollhost.database.diary import Entry
from rollhost.output import units
from rollhost.output.entries import entry_document
from rollhost.output.text import one_line

_FATES = {
    "there": "",
    "changed": "changed since then: {}",
    "gone": "gone: it is no longer at {}",
    "unreadable": "cannot be read: {}",
}
"""The words for the state of a photo's file, by the word for it in JSON; {} is its path."""

NotedPhoto = tuple[Entry, str]
"""The entry of a photo, and the state of its file: a key of `_FATES`."""


def photo_path(entry: Entry) -> Path:
    """Return the path at which the photo was when its entry was written."""
    return Path(str(entry.data.get("path", "")))


def photos_document(photos: Sequence[NotedPhoto]) -> dict[str, object]:
    """Return photos for ``--json``. Times are ISO 8601 with the local offset."""
    return {"photos": [{**entry_document(entry), "file": fate} for entry, fate in photos]}


def photos_lines(photos: Sequence[NotedPhoto]) -> Iterator[str]:
    """Yield a line for each photo, and one more if its file is not as it was."""
    if not photos:
        yield "No photo was noted yet."
    for entry, fate in photos:
        path = photo_path(entry)
        yield f"{units.minute(entry.at):<16}  {one_line(path.name)}{_zone(entry)}{_text(entry)}"
        if _FATES[fate]:
            yield f"{'':<16}  {_FATES[fate].format(one_line(str(path)))}"


def noted_lines(entry: Entry, dated_by: str, now: int) -> list[str]:
    """Return the lines after a photo's entry was written at Unix time `now` (s).

    `dated_by` says from where its date is, such as ``by the camera``.
    """
    taken = f"taken {units.clock_time(entry.at, now)} ({dated_by})"
    return [
        f"Written down: a photo{_zone(entry)}, {taken}{_text(entry)}.",
        "It stays where it is, and is shown in the report.",
    ]


def _zone(entry: Entry) -> str:
    return f", {entry.zone}" if entry.zone else ""


def _text(entry: Entry) -> str:
    return f": {one_line(entry.text)}" if entry.text else ""
