"""Calendar files that a sync keeps up to date: which they are, and what is said of them.

They are kept as a setting of this computer. icalendar, which takes long to load, is imported once
there is such a file.
"""

import os
import stat
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from rollhost.atomic_file import new_file
from rollhost.cli.program import program_name
from rollhost.database import backup
from rollhost.database.archive import Archive
from rollhost.errors import NotInstalled, RollcaseError, UsageError
from rollhost.exchange.calendar_maker import is_our_calendar
from rollhost.history import recent

if TYPE_CHECKING:
    from rollhost.history.history import History

SETTING = "calendar_files"
"""The setting in which they are: a list of `file` (absolute) and `person` (a token)."""


class Followed(NamedTuple):
    """A file, and the token of the person whose calendar it is."""

    file: str
    person: int


def followed(archive: Archive) -> list[Followed]:
    """Return the files that are kept up to date on this computer."""
    value = archive.setting(SETTING)
    found = value if isinstance(value, list) else []
    return [
        Followed(row["file"], row["person"])
        for row in found
        if isinstance(row, dict)
        and isinstance(row.get("file"), str)
        and isinstance(row.get("person"), int)
    ]


def is_followed(archive: Archive, file: Path) -> bool:
    """Return whether a file is kept up to date on this computer."""
    return any(row.file == _place_of(file) for row in followed(archive))


def begin(archive: Archive, person: int, file: Path, force: bool, now: int) -> None:
    """Write the calendar of a person into a file, and keep that up to date from now on.

    A file that is there is replaced if it is one already that is kept so, or with `force`. Raises
    `UsageError` if it is another person's, and errors as `new_file` does; then nothing is kept.
    """
    library()
    known, place = followed(archive), _place_of(file)
    before = next((row for row in known if row.file == place), None)
    if before is not None and before.person != person:
        raise UsageError(
            f"{file} is the calendar of another person.", "Name another file for this one."
        )
    backup.check_not_database(archive, file)
    with archive.transaction():
        if before is None:
            _keep(archive, [*known, Followed(place, person)])
        _write(
            Path(place), recent.read(archive, now).of(person), now, person, force or bool(before)
        )


def end(archive: Archive, file: Path) -> None:
    """Keep a file up to date no longer; it stays as it is. Raises `UsageError` if none is."""
    known, place = followed(archive), _place_of(file)
    left = [row for row in known if row.file != place]
    if left == known:
        names = ", ".join(row.file for row in known)
        raise UsageError(
            f"{file} is not kept up to date.",
            f"These are: {names}." if names else "No calendar file is.",
        )
    with archive.transaction():
        _keep(archive, left)


def after_sync(archive: Archive, now: int) -> list[str]:
    """Bring each file that is kept up to date to Unix time `now` (s); return what did not work.

    Only a calendar of ours is replaced, and only if it would say anything else. What does not work
    is said, and raises nothing: the sync is done.
    """
    notes: list[str] = []
    try:
        files = followed(archive)
        if not files:
            return []
        library()
        persons = {person.token for person in archive.persons()}
        every = recent.read(archive, now)
        for file, person in files:
            try:
                if person in persons:
                    _write(Path(file), every.of(person), now, person, force=None)
                else:
                    _forget(archive, file)
                    notes.append(
                        f"{file} is the calendar of somebody who was forgotten: it is kept up to"
                        " date no longer. Delete it."
                    )
            except RollcaseError as error:
                step = f"To end that: {program_name()} export ics {quote(file)} --no-follow"
                if not Path(file).parent.is_dir():
                    step = f"Is its disk plugged in? {step}"
                notes.append(f"Calendar not written: {error.sentence} {step}")
            except OSError as error:
                notes.append(f"Calendar not written: {file}: {error.strerror or error}.")
    except RollcaseError as error:
        notes.append(f"No calendar written: {error.sentence} {error.hint}".rstrip())
    return notes


def library() -> None:
    """Load icalendar. Raises `NotInstalled` if it is not here."""
    try:
        import icalendar  # noqa: F401, takes 60 ms; all else does not need it
    except ModuleNotFoundError as error:
        if error.name != "icalendar":
            raise
        raise NotInstalled(
            "The package icalendar is not installed, and a calendar is written with it.",
            "Install it: pip install icalendar. The other formats work without it.",
        ) from None


def _place_of(file: Path) -> str:
    """Return a file as it is kept: by its whole path."""
    return str(file.expanduser().absolute())


def _keep(archive: Archive, files: list[Followed]) -> None:
    """Keep these files and no others. Runs inside a transaction."""
    archive.set_setting(SETTING, [row._asdict() for row in files] or None)


def _forget(archive: Archive, file: str) -> None:
    with archive.transaction():
        _keep(archive, [row for row in followed(archive) if row.file != file])


def _write(file: Path, past: "History", now: int, person: int, force: bool | None) -> None:
    """Write a file unless it says the same already; with `force` of None only one of ours.

    With False it is no file that is there. Its rights stay: a server may have to read it.
    """
    from rollhost.exchange import followed_calendar

    before, mode = b"", None
    if force is not False and file.is_file():
        before, mode = file.read_bytes(), stat.S_IMODE(file.stat().st_mode)
        if not is_our_calendar(before):
            if force is None and before:
                raise UsageError(f"{file} is no calendar of this program any more.", "")
            before = b""
        if not os.access(file, os.W_OK):
            raise UsageError(f"{file} may only be read.", "Name another file.")
    data = followed_calendar.renewed(before, past, now, person)
    if data is None:
        return
    with new_file(file, force is not False) as unfinished:
        unfinished.write_bytes(data)
        if mode is not None:
            unfinished.chmod(mode)
