"""Backups that a sync makes by itself, as this computer was told: where, and whether it worked.

What it was told is a setting of this computer. A computer has a name of its own in the names of its
backups, so that several computers and persons can have theirs in one folder.
"""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rollhost.cli.program import program_name
from rollhost.database.archive import Archive
from rollhost.errors import ArchiveError, RollcaseError, UsageError

if TYPE_CHECKING:
    from rollhost.cli.diagnostics import Finding
    from rollhost.database.known_backups import Known

SETTING = "automatic_backup"
"""The setting in which all of it is: `folder` (None: beside the database), `off`, `computer`,
`earlier`, `made_at` and `failing_since`."""

FAILING_S = 7 * 86400
"""For how long (s) it may fail before `host doctor` says so (own)."""

_SHOWN = 3
"""How many sentences about changed rows are printed (own); `host verify` has all of them."""


class Told(NamedTuple):
    """What this computer was told, and what came of it.

    `folder` is where the backups are. `computer` names this computer in their names, None after a
    restore where its settings were not known; `earlier` are the names that it had. The last backup
    there was made at Unix time `made_at` (s), None if none was. Each sync since `failing_since` has
    failed to make one; None if the last one did not.
    """

    is_on: bool
    folder: Path
    is_beside: bool
    computer: str | None
    earlier: Sequence[str]
    made_at: int | None
    failing_since: int | None


class Made(NamedTuple):
    """A backup that was made: what was removed after it, and each row that is not as written."""

    file: Path
    rows: dict[str, int]
    removed: list[Path]
    wrong: list[str]


def told(archive: Archive) -> Told | None:
    """Return what this computer was told; None if it never was."""
    value = archive.setting(SETTING)
    if not isinstance(value, dict):
        return None
    folder, computer, earlier = value.get("folder"), value.get("computer"), value.get("earlier")
    is_beside = not isinstance(folder, str)
    return Told(
        value.get("off") is not True,
        archive.path.parent if is_beside else Path(str(folder)),
        is_beside,
        computer if isinstance(computer, str) else None,
        [name for name in earlier if isinstance(name, str)] if isinstance(earlier, list) else [],
        _number(value.get("made_at")),
        _number(value.get("failing_since")),
    )


def after_sync(archive: Archive, now: float) -> list[str]:
    """Make today's backup at Unix time `now` (s) where this computer was told to, if none is there.

    Returns sentences about what did not work, with the next step; none where all is well. It raises
    nothing, as the sync is done; the next sync tries again.
    """
    try:
        known = told(archive)
        if known is None or not known.is_on:
            return []
        return _after_sync(archive, known, int(now))
    except (RollcaseError, OSError, OverflowError, ValueError, sqlite3.Error) as error:
        with suppress(RollcaseError, OSError, sqlite3.Error):
            _note_failure(archive, int(now))
        return _complaint(error)


def turn_on(archive: Archive, folder: Path | None, now: float) -> Made:
    """Make a backup at Unix time `now` (s), and from now on one after a sync; return it.

    It goes into `folder`; None: where they have gone already, else beside the database. Nothing is
    kept of that if the backup cannot be made. Raises errors as `backup.copy` does.
    """
    from rollhost.database import rota

    before = told(archive)
    if folder is None:
        place = archive.path.parent if before is None else before.folder
    else:
        place = folder.expanduser().absolute()
        if not place.is_dir():
            what = "is no folder" if os.path.lexists(place) else "is not there"
            raise UsageError(f"{place} {what}.", "Make the folder first, or name another.")
    is_beside = os.path.realpath(place) == os.path.realpath(archive.path.parent)
    computer = (before and before.computer) or rota.new_computer()
    # First of all, so that the backup itself says where the next ones go.
    value = archive.setting(SETTING)
    _tell(
        archive,
        folder=None if is_beside else str(place),
        computer=computer,
        off=None,
        made_at=int(now),
        failing_since=None,
    )
    try:
        return _make(archive, place, computer, now, replace=True)
    except BaseException:
        with archive.transaction():
            archive.set_setting(SETTING, value)
        raise


def turn_off(archive: Archive) -> Told:
    """Make no more of them; return what this computer was told. Raises `UsageError` if it was not.

    Where they are is kept, so that `host restore` knows them.
    """
    before = told(archive)
    if before is None or not before.is_on:
        raise UsageError(
            "There are no automatic backups here.",
            f"To have them: {program_name()} backup --automatic.",
        )
    _tell(archive, off=True, failing_since=None)
    return before


def files(archive: Archive) -> list[Path]:
    """Return the automatic backups of this computer in a folder that is not the database's own."""
    from rollhost.database import rota

    known = told(archive)
    if known is None or known.is_beside:
        return []
    with suppress(OSError):
        found = {name: rota.dated(name) for name in sorted(_names_in(known.folder))}
        ours = (known.computer, *known.earlier)
        return [known.folder / name for name, is_ in found.items() if is_ and is_.computer in ours]
    return []


def _after_sync(archive: Archive, known: Told, now: int) -> list[str]:
    from rollhost.database import rota

    names = _names_in(known.folder)
    computer = known.computer
    if computer is not None and rota.has_todays(names, computer, now):
        if known.failing_since is not None:
            _tell(archive, failing_since=None)
        return []
    is_there = any(found and found.computer == computer for found in map(rota.dated, names))
    if computer is not None and known.made_at is not None and not known.is_beside and not is_there:
        raise _NotThatFolder(
            f"{known.folder} has none of the backups that were made there.",
            "Is its disk plugged in? The next sync tries again. If you have moved them away:"
            f" {program_name()} backup --automatic.",
        )
    if computer is None:
        computer = rota.new_computer()
        # First of all, so that the backup itself knows its name wherever it is put back.
        _tell(archive, computer=computer, made_at=None)
    try:
        made = _make(archive, known.folder, computer, now)
    except UsageError:
        if rota.has_todays(_names_in(known.folder), computer, now):
            return []  # another sync has made it meanwhile
        raise
    _tell(archive, made_at=now, failing_since=None)
    return wrong_lines(made.wrong) if made.wrong else []


def finding(database: Path, now: float) -> "list[Finding]":
    """Return whether automatic backups work, for `host doctor`; nothing where none are made."""
    from rollhost.cli.diagnostics import FINE, WARNING, Finding
    from rollhost.database.open import look_into
    from rollhost.output import units

    known = None
    with suppress(ArchiveError), look_into(database) as archive:
        known = told(archive)
    if known is None or not known.is_on:
        return []
    since = known.failing_since
    if since is not None and now - since > FAILING_S:
        return [
            Finding(
                SETTING,
                WARNING,
                f"No automatic backup could be made in {known.folder} since {units.minute(since)}.",
                "Is its disk plugged in, and not full? The next sync says why it fails.",
            )
        ]
    last = f", the last at {units.minute(known.made_at)}" if known.made_at is not None else ""
    return [Finding(SETTING, FINE, f"A sync makes backups in {known.folder}{last}.")]


class Found(NamedTuple):
    """The backups that were found, what this computer was told, and sentences on what failed."""

    backups: "list[Known]"
    told: Told | None
    problems: list[str]


def known_backups(database: Path, folder: Path | None, now: float) -> Found:
    """Return the backups in `folder` at Unix time `now` (s), newest first; None: all known ones.

    Known are those beside the database, and the automatic ones of this computer. The database may
    be damaged, or not there at all.
    """
    from rollhost.database import known_backups as found_in
    from rollhost.database.open import look_into

    known = None
    with suppress(ArchiveError), look_into(database) as archive:
        known = told(archive)
    if folder is not None:
        try:
            return Found(found_in.in_folder(folder, database, now), known, [])
        except OSError as error:
            raise UsageError(
                f"{folder} cannot be read: {error.strerror or error}.", "Name another folder."
            ) from None
    backups: list[Known] = []
    problems = []
    with suppress(OSError):
        backups += found_in.beside(database, now)
    if known is not None and not known.is_beside:
        ours = [name for name in (known.computer, *known.earlier) if name is not None]
        try:
            backups += found_in.in_folder(known.folder, database, now, ours)
        except OSError as error:
            reason = error.strerror or error
            problems.append(f"The automatic backups in {known.folder} cannot be read: {reason}.")
    return Found(found_in.in_order(backups), known, problems)


class _NotThatFolder(RollcaseError):
    """The folder of this name is another one, such as that where a disk is mounted."""


def _names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _make(archive: Archive, folder: Path, computer: str, now: float, replace: bool = False) -> Made:
    """Make a backup, and remove those that are no longer kept, unless a row has changed in it."""
    from rollhost.database import backup, rota
    from rollhost.exchange.sound_rows import wrong_rows

    file = rota.path_of(folder, archive.path, computer, now)
    rows = backup.copy(archive, file, replace)
    wrong = list(wrong_rows(archive))
    removed = [] if wrong else backup.remove_superfluous(folder, computer, now)
    return Made(file, rows, removed, wrong)


def wrong_lines(wrong: Sequence[str]) -> list[str]:
    """Return what there is to say of a backup in which rows are not as they were written."""
    more = [f"And {len(wrong) - _SHOWN:,} more such rows."] if len(wrong) > _SHOWN else []
    return [
        *wrong[:_SHOWN],
        *more,
        "The backup has the same, and no older one was removed."
        f" What to do: {program_name()} verify.",
    ]


def _complaint(error: Exception) -> list[str]:
    elsewhere = f"or name another folder: {program_name()} backup --automatic FOLDER."
    step = f"The next sync tries again. Make room there, {elsewhere}"
    if isinstance(error, OSError):
        sentence = f"{error.filename or 'the folder'} cannot be used: {error.strerror or error}."
        step = f"The next sync tries again. Is its disk plugged in? Mend that, {elsewhere}"
    elif isinstance(error, RollcaseError):
        sentence = error.sentence
        if isinstance(error, ArchiveError | _NotThatFolder):
            step = error.hint
    else:
        sentence = f"the database does not take it: {error}."
    return [f"The automatic backup failed: {sentence}", step]


def _note_failure(archive: Archive, now: int) -> None:
    known = told(archive)
    if known is not None and known.failing_since is None:
        _tell(archive, failing_since=now)


def _tell(archive: Archive, **changes: object) -> None:
    """Keep changes of the setting; None takes a part of it away."""
    with archive.transaction():
        value = archive.setting(SETTING)
        new = {**(value if isinstance(value, dict) else {}), **changes}
        archive.set_setting(SETTING, {name: part for name, part in new.items() if part is not None})


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
