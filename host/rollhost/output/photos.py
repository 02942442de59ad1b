"""What ``host photo`` prints: the photos in the diary, the state of their files, what it found."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rollhost.database.diary import Entry
from rollhost.history.photos import shows_session
from rollhost.output import units
from rollhost.output.entries import entry_document
from rollhost.output.text import one_line

BEST = "For comparing, a photo is best before a session."

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
    """Return the path at which a photo of `rollhost.history.photos` was found last."""
    return Path(str(entry.data.get("path", "")))


def photos_document(photos: Sequence[NotedPhoto]) -> dict[str, object]:
    """Return photos for ``--json``. Times are ISO 8601 with the local offset."""
    return {"photos": [{**entry_document(entry), "file": fate} for entry, fate in photos]}


def photos_lines(photos: Sequence[NotedPhoto]) -> Iterator[str]:
    """Yield a line for each photo, and one more if its file is not as it was."""
    if not photos:
        yield f"No photo was noted yet. {BEST}"
    for entry, fate in photos:
        path = photo_path(entry)
        at = units.minute(entry.at, entry.day)
        yield f"{at:<16}  {one_line(path.name)}{_zone(entry)}{_text(entry)}"
        if _FATES[fate]:
            yield f"{'':<16}  {_FATES[fate].format(one_line(str(path)))}"


def found_document(
    found: Sequence[Entry], missing: Sequence[Entry], files: int, all_seen: bool
) -> dict[str, object]:
    """Return what was found again among so many `files`, for ``--json``.

    ``missing`` are the photos that are in no place where they were. With `all_seen` no file of
    the folder was left out.
    """
    return {
        "found_again": [entry_document(entry) for entry in found],
        "missing": [entry_document(entry) for entry in missing],
        "files": files,
        "all_files": all_seen,
    }


def found_lines(found: Sequence[Entry], now: int) -> Iterator[str]:
    """Yield a line for each photo that was found again, at Unix time `now` (s)."""
    for entry in found:
        path = photo_path(entry)
        taken = units.clock_time(entry.at, now, entry.day)
        name, place = one_line(path.name), one_line(str(path))
        yield f"Found again: {name}{_zone(entry)}, taken {taken}: {place}"


def looked_lines(
    found: Sequence[Entry], missing: Sequence[Entry], files: int, now: int
) -> Iterator[str]:
    """Yield what was found again among so many `files` of a folder, and how many are missing."""
    yield from found_lines(found, now)
    again = f"{units.count(len(found), 'photo')} found again" if found else "no photo found again"
    left = f", {len(missing):,} still missing" if missing else ""
    yield f"Looked through {units.count(files, 'file')}: {again}{left}."


def noted_lines(entry: Entry, dated_by: str, since_s: int | None, now: int) -> list[str]:
    """Return the lines after a photo's entry was written at Unix time `now` (s).

    `dated_by` says from where its date is, such as ``by the camera``. It was taken `since_s` (s)
    after a session of its zone, None before any.
    """
    taken = f"taken {units.clock_time(entry.at, now, entry.day)} ({dated_by})"
    lines = [
        f"Written down: a photo{_zone(entry)}, {taken}{_text(entry)}.",
        "It stays where it is, and is shown in the report.",
    ]
    if since_s is not None and shows_session(since_s):
        lines.append(f"Taken {units.span(since_s)} after a session. {BEST}")
    return lines


def _zone(entry: Entry) -> str:
    return f", {entry.zone}" if entry.zone else ""


def _text(entry: Entry) -> str:
    return f": {one_line(entry.text)}" if entry.text else ""
