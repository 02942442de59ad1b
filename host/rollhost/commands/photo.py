"""``host photo``: where a photo of the skin is and when it was taken. It stays where it is."""

import argparse
import json
import os
from pathlib import Path

from rollcore.events import CASE_EPOCH
from rollhost.cli import parse_dates
from rollhost.cli.arguments import SCHEMA_VERSION, add_database, add_json, add_zone
from rollhost.cli.choose import choose_zone
from rollhost.cli.write_entry import keep_entry
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.database.open import open_archive
from rollhost.errors import DONE, UsageError
from rollhost.exchange import photos
from rollhost.now import current_time
from rollhost.output import units
from rollhost.output.entries import entry_document
from rollhost.output.text import one_line

BY_YOU, BY_CAMERA, BY_CLOCK = "you", "camera", "clock"
"""Who says when a photo was taken."""

_NOTHING_WRITTEN = "Nothing was written down."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
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


def run(args: argparse.Namespace) -> int:
    """Note a photo, or list those that were noted."""
    now = int(current_time())
    if args.file is None:
        if args.at is not None or args.zone is not None:
            raise UsageError("No photo was named.", "Name its file too.")
        with open_archive(args.db) as archive:
            entries = archive.diary.entries()
        return _list(args, [one for one in entries if one.kind == diary.PHOTO])
    path = Path(os.path.realpath(args.file))
    when, args.text = parse_dates.with_time(args.at or "", args.text)
    said = None if args.at is None else parse_dates.past(when, now)
    photo = photos.examine(path)
    at, dated_by = _date(said, photo.taken, now)
    data: dict[str, object] = {
        "path": str(path),
        "sha256": photo.sha256,
        "text": " ".join(args.text),
    }

    def made(archive: Archive) -> Entry:
        entry = Entry(diary.PHOTO, at, choose_zone(archive, args.zone), data=data)
        _check_new(entry, archive.diary.entries(), now)
        return entry

    entry = keep_entry(args.db, made, now)
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "entry": entry_document(entry),
            "dated_by": dated_by,
        }
        print(json.dumps(document, indent=2))
        return DONE
    zone = f", {entry.zone}" if entry.zone else ""
    text = f": {one_line(entry.text)}" if entry.text else ""
    taken = f"taken {units.clock_time(at, now)} ({_basis(dated_by, photo.taken)})"
    print(f"Written down: a photo{zone}, {taken}{text}.")
    print("It stays where it is, and is shown in the report.")
    return DONE


def _date(said: int | None, taken: int | None, now: int) -> tuple[int, str]:
    """Return when a photo was taken (Unix s), and who says so."""
    if said is not None:
        return said, BY_YOU
    if taken is not None and CASE_EPOCH <= taken <= now:
        return taken, BY_CAMERA
    return now, BY_CLOCK


def _basis(dated_by: str, taken: int | None) -> str:
    if dated_by == BY_CLOCK:
        why = "has no date" if taken is None else "has a date that cannot be right"
        return f"now: the photo {why}"
    return {BY_YOU: "the date you gave", BY_CAMERA: "the camera's date"}[dated_by]


def _check_new(entry: Entry, entries: list[Entry], now: int) -> None:
    """Raise `UsageError` for a photo that was noted before for the same zone."""
    for one in entries:
        same = one.data.get("sha256") == entry.data["sha256"] and one.zone == entry.zone
        if one.kind == diary.PHOTO and same:
            zone = f", {one.zone}" if one.zone else ""
            when = units.clock_time(one.at, now)
            hint = _NOTHING_WRITTEN
            if _whereabouts(one) == photos.GONE:
                hint = f"It was at {one_line(str(_path(one)))}: put it back there."
            raise UsageError(f"This photo is there already{zone}, taken {when}.", hint)


def _list(args: argparse.Namespace, found: list[Entry]) -> int:
    found = sorted(found, key=lambda one: one.at)
    if args.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "photos": [{**entry_document(one), "file": _whereabouts(one)} for one in found],
        }
        print(json.dumps(document, indent=2))
        return DONE
    if not found:
        print("No photo was noted yet.")
    for one in found:
        zone = f", {one.zone}" if one.zone else ""
        text = f": {one_line(one.text)}" if one.text else ""
        print(f"{units.minute(one.at):<16}  {one_line(_path(one).name)}{zone}{text}")
        fate = _FATES[_whereabouts(one)]
        if fate:
            print(f"{'':<16}  {fate.format(one_line(str(_path(one))))}")
    return DONE


_FATES = {
    photos.THERE: "",
    photos.CHANGED: "changed since then: {}",
    photos.GONE: "gone: it is no longer at {}",
    photos.UNREADABLE: "cannot be read: {}",
}


def _path(entry: Entry) -> Path:
    return Path(str(entry.data.get("path", "")))


def _whereabouts(entry: Entry) -> str:
    return photos.whereabouts(_path(entry), str(entry.data.get("sha256", "")))
