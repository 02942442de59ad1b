"""``host photo``: notes where a photo of the skin is and when it was taken."""

import argparse
import os
from pathlib import Path

from rollcore.events import CASE_EPOCH
from rollhost.cli import parse_dates
from rollhost.cli.arguments import add_database, add_json, add_zone
from rollhost.cli.choose import choose_zone
from rollhost.cli.result import Result
from rollhost.cli.write_entry import keep_entry
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import UsageError
from rollhost.exchange import photos
from rollhost.history.policies import read_policies
from rollhost.now import current_time
from rollhost.output import units
from rollhost.output.entries import written_document
from rollhost.output.photos import noted_lines, photo_path, photos_document, photos_lines
from rollhost.output.text import one_line

BY_YOU, BY_CAMERA, BY_CLOCK = "you", "camera", "clock"
"""Where the date of a photo is from."""

_NOTHING_WRITTEN = "Nothing was written down."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE",
        help="the photo; without one, those that were noted are listed",
    )  # fmt: skip
    parser.add_argument("text", nargs="*", help="what it shows")
    parser.add_argument(
        "--at", metavar="WHEN", help="when it was taken (default: the camera's date, else now)"
    )
    add_zone(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Write the entry of a photo, or list the photos in the diary."""
    now = int(current_time())
    if args.file is None:
        if args.at is not None or args.zone is not None:
            raise UsageError("No photo was named.", "Name its file too.")
        with open_archive(args.db) as archive:
            entries = archive.diary.entries()
        return _list([entry for entry in entries if entry.kind == diary.PHOTO])
    path = Path(os.path.realpath(args.file))
    when, args.text = parse_dates.with_time(args.at or "", args.text)
    given = None if args.at is None else parse_dates.past(when, now)
    photo = photos.examine(path)
    at, dated_by = _date(given, photo.taken, now)
    text = " ".join(args.text)
    data: dict[str, object] = {"path": str(path), "sha256": photo.sha256, "text": text}

    def make(archive: Archive) -> Entry:
        entry = Entry(diary.PHOTO, at, choose_zone(read_policies(archive), args.zone), data=data)
        _check_new(entry, archive.diary.entries(), now)
        return entry

    entry = keep_entry(args.db, make, now)
    return Result(
        lambda: {**written_document(entry), "dated_by": dated_by},
        lambda: noted_lines(entry, _basis(dated_by, photo.taken), now),
    )


def _date(given: int | None, taken: int | None, now: int) -> tuple[int, str]:
    """Return when a photo was taken (Unix s), and where that date is from."""
    if given is not None:
        return given, BY_YOU
    if taken is not None and CASE_EPOCH <= taken <= now:
        return taken, BY_CAMERA
    return now, BY_CLOCK


def _basis(dated_by: str, taken: int | None) -> str:
    if dated_by == BY_CLOCK:
        why = "has no date" if taken is None else "has a date that cannot be right"
        return f"now: the photo {why}"
    return {BY_YOU: "the date you gave", BY_CAMERA: "the camera's date"}[dated_by]


def _check_new(entry: Entry, entries: list[Entry], now: int) -> None:
    """Raise `UsageError` if the diary has the same photo of the same zone."""
    for known in entries:
        same = known.data.get("sha256") == entry.data["sha256"] and known.zone == entry.zone
        if known.kind == diary.PHOTO and same:
            zone = f", {known.zone}" if known.zone else ""
            when = units.clock_time(known.at, now)
            hint = _NOTHING_WRITTEN
            if _whereabouts(known) == photos.GONE:
                hint = f"It was at {one_line(str(photo_path(known)))}: put it back there."
            raise UsageError(f"This photo is there already{zone}, taken {when}.", hint)


def _list(entries: list[Entry]) -> Result:
    entries = sorted(entries, key=lambda entry: entry.at)
    noted = [(entry, _whereabouts(entry)) for entry in entries]
    return Result(lambda: photos_document(noted), lambda: photos_lines(noted))


def _whereabouts(entry: Entry) -> str:
    return photos.whereabouts(photo_path(entry), str(entry.data.get("sha256", "")))
