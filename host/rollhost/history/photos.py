"""The photos of a diary: in which order they were taken, and where each was found last."""

from collections.abc import Sequence
from dataclasses import replace

from rollhost.database import diary
from rollhost.database.diary import Entry


def photos(entries: Sequence[Entry]) -> list[Entry]:
    """Return the photos of a diary in the order in which they were taken.

    `entries` are in the order of writing. So are photos that were taken at the same moment, such
    as those of a day without a time. The ``path`` of each is where it was found last.
    """
    found = {
        entry.number("photo"): entry.data["path"] for entry in entries if entry.kind == diary.MOVED
    }
    placed = [
        replace(entry, data={**entry.data, "path": found[entry.token]})
        if entry.token in found
        else entry
        for entry in entries
        if entry.kind == diary.PHOTO
    ]
    return sorted(placed, key=lambda photo: photo.at)
