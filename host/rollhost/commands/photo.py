"""``host photo``: notes where a photo of the skin is, and where it has moved to."""

import argparse
import os
from datetime import datetime
from pathlib import Path

from rollcore.events import CASE_EPOCH
from rollhost.cli import parse_dates
from rollhost.cli.arguments import add_database, add_json, add_person, add_zone
from rollhost.cli.choose import choose_zone
from rollhost.cli.persons import entries_of, policies_of
from rollhost.cli.progress import progress_bar
from rollhost.cli.result import Result
from rollhost.cli.write_entry import keep_entries, keep_entry
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive, open_or_empty
from rollhost.errors import UsageError
from rollhost.exchange import photos
from rollhost.history import history
from rollhost.history.photos import photos as in_order
from rollhost.history.photos import since_session
from rollhost.now import current_time
from rollhost.output import units
from rollhost.output.entries import written_document
from rollhost.output.photos import (
    found_document,
    found_lines,
    looked_lines,
    noted_lines,
    photo_path,
    photos_document,
    photos_lines,
)

BY_YOU, BY_CAMERA, BY_CLOCK = "you", "camera", "clock"
"""Where the date of a photo is from."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE",
        help="the photo, for comparing best before a session; a folder: find those again that"
        " were moved there; without one, those that were noted are listed",
    )  # fmt: skip
    parser.add_argument("text", nargs="*", help="what it shows")
    parser.add_argument(
        "--at", metavar="WHEN", help="when it was taken (default: the camera's date, else now)"
    )
    add_zone(parser)
    add_person(parser)
    add_database(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> Result:
    """Write the entry of a photo or of its new place, or list the photos in the diary."""
    now = int(current_time())
    if args.file is None:
        if args.at is not None or args.zone is not None:
            raise UsageError("No photo was named.", "Name its file too.")
        return _list(args)
    path = Path(os.path.realpath(args.file))
    if path.is_dir():
        if args.text or args.at is not None or args.zone is not None:
            raise UsageError(
                "A folder is only looked through for photos that were noted.",
                "Name nothing else; or name a photo in it.",
            )
        return _look_through(args, path, now)
    when, args.text = parse_dates.with_time(args.at or "", args.text)
    given = None if args.at is None else parse_dates.past(when, now)
    photo = photos.examine(path)
    moved = _moved(args, photo.sha256)
    if moved:
        return _found_again(args, moved, path, now)
    at, dated_by = _date(given, photo.taken, now)
    text = " ".join(args.text)
    data: dict[str, object] = {"path": str(path), "sha256": photo.sha256, "text": text}
    if given is not None:
        said = parse_dates.said_day(when, now)
        at = _at_the_cameras_hour(at, photo.taken, now) if said else at
        data |= said

    def make(archive: Archive) -> Entry:
        zone = choose_zone(policies_of(archive, args.person), args.zone)
        entry = Entry(diary.PHOTO, at, zone, data=data)
        _check_new(entry, in_order(entries_of(archive, args.person)), now)
        return entry

    entry = keep_entry(args.db, make, now, args.person)
    with open_archive(args.db) as archive:
        since_s = since_session(entry, history.read(archive).of(entry.person).sessions)
    return Result(
        lambda: {**written_document(entry), "dated_by": dated_by, "after_session_s": since_s},
        lambda: noted_lines(entry, _basis(dated_by, photo.taken), since_s, now),
    )


def _date(given: int | None, taken: int | None, now: int) -> tuple[int, str]:
    """Return when a photo was taken (Unix s), and where that date is from."""
    if given is not None:
        return given, BY_YOU
    if taken is not None and CASE_EPOCH <= taken <= now:
        return taken, BY_CAMERA
    return now, BY_CLOCK


def _at_the_cameras_hour(at: int, taken: int | None, now: int) -> int:
    """Return the camera's time of day on the day of `at` (Unix s), not after `now`.

    So photos of one day without a time are in the order in which they were taken. Without a
    camera's time it is `at`.
    """
    if taken is None or not 0 <= taken < 1 << 32:
        return at
    hour = datetime.fromtimestamp(taken).time()
    return min(int(datetime.combine(units.date_of(at), hour).timestamp()), now)


def _basis(dated_by: str, taken: int | None) -> str:
    if dated_by == BY_CLOCK:
        why = "has no date" if taken is None else "has a date that cannot be right"
        return f"now: the photo {why}"
    return {BY_YOU: "the date you gave", BY_CAMERA: "the camera's date"}[dated_by]


def _check_new(entry: Entry, entries: list[Entry], now: int) -> None:
    """Raise `UsageError` if the diary has the same photo of the same zone."""
    for known in entries:
        if _digest(known) == _digest(entry) and known.zone == entry.zone:
            zone = f", {known.zone}" if known.zone else ""
            when = units.clock_time(known.at, now, known.day)
            raise UsageError(
                f"This photo is there already{zone}, taken {when}.", "Nothing was written down."
            )


def _moved(args: argparse.Namespace, sha256: str) -> list[Entry]:
    """Return the photos in the diary with this digest that are not where they were.

    They are of the zone that was named, if one was.
    """
    with open_or_empty(args.db) as archive:
        known = in_order(entries_of(archive, args.person))
    return [
        photo
        for photo in known
        if _digest(photo) == sha256 and args.zone in (None, photo.zone) and _is_lost(photo)
    ]


def _found_again(args: argparse.Namespace, moved: list[Entry], path: Path, now: int) -> Result:
    found = _keep_places(args.db, [(photo, path) for photo in moved], now)
    ignored = bool(args.text) or args.at is not None
    return Result(
        lambda: found_document(found, [], 1, True),
        lambda: found_lines(found, now),
        notes=["Its date and words stay as they were."] if ignored else [],
    )


def _look_through(args: argparse.Namespace, folder: Path, now: int) -> Result:
    with open_archive(args.db) as archive:
        known = in_order(entries_of(archive, args.person))
    lost = [photo for photo in known if _is_lost(photo)]
    if not lost:
        line = "Every photo is where it was noted." if known else "No photo was noted yet."
        return Result(lambda: found_document([], [], 0, False), lambda: [line])
    wanted = {_digest(photo): photo_path(photo).name for photo in lost}
    with progress_bar("Looking through the folder") as progress:
        searched = photos.search(folder, wanted, progress)
    again = [photo for photo in lost if _digest(photo) in searched.found]
    missing = [photo for photo in lost if photo not in again]
    places = [(photo, searched.found[_digest(photo)]) for photo in again]
    found = _keep_places(args.db, places, now)
    notes = []
    if not searched.all_seen and missing:
        notes.append("There are more files, which were not looked through: name a folder in it.")
    if searched.unread:
        notes.append(f"{searched.unread:,} of its files and folders cannot be read.")
    return Result(
        lambda: found_document(found, missing, searched.files, searched.all_seen),
        lambda: looked_lines(found, missing, searched.files, now),
        notes=notes,
    )


def _keep_places(database: Path | None, places: list[tuple[Entry, Path]], now: int) -> list[Entry]:
    """Write down where each photo was found again; return the photos with these places."""
    entries = [
        Entry(
            diary.MOVED, now, photo.zone, data={"photo": photo.token, "path": str(path)},
            person=photo.person,
        )
        for photo, path in places
    ]  # fmt: skip
    if entries:
        keep_entries(database, entries, now)
    return [photo._replace(data={**photo.data, "path": str(path)}) for photo, path in places]


def _list(args: argparse.Namespace) -> Result:
    with open_archive(args.db) as archive:
        entries = in_order(entries_of(archive, args.person))
    noted = [(entry, _whereabouts(entry)) for entry in entries]
    return Result(lambda: photos_document(noted), lambda: photos_lines(noted))


def _is_lost(photo: Entry) -> bool:
    """Return whether a photo is not where it was; another file may be there."""
    return _whereabouts(photo) in (photos.GONE, photos.CHANGED)


def _whereabouts(photo: Entry) -> str:
    return photos.whereabouts(photo_path(photo), _digest(photo))


def _digest(photo: Entry) -> str:
    return str(photo.data.get("sha256", ""))
