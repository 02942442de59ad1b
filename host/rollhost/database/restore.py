"""Putting a copy of the database back in its place, whole, and keeping what was there.

A copy of the file is prepared in memory: it gets the migrations that it lacks, and what was
undone or forgotten in the database that it replaces. SQLite then writes it over that database
in one transaction, so no ``-wal`` of the old one can ever be read with the new one. Only a
database that SQLite cannot read any more is replaced as a file.
"""

import os
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime, timezone
from filecmp import cmp
from itertools import count
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from rollhost.atomic_file import SQLITE_ENDINGS, flush_folder, new_file
from rollhost.database import diary
from rollhost.database import open as archives
from rollhost.database.archive import Archive
from rollhost.database.copying import copy_whole
from rollhost.database.diary import ChangedEntry, Entry
from rollhost.database.sqlite_errors import cannot_be_written, in_our_words, is_in_use
from rollhost.errors import ArchiveError, DamagedArchive, UsageError

_SQLITE = b"SQLite format 3\0"
"""What every database of SQLite begins with."""


class Contents(NamedTuple):
    """What is in a database; `newest` is the Unix time (s) of the last record or entry."""

    cases: int
    records: int
    entries: int
    newest: int | None


class Difference(NamedTuple):
    """What the database here has that the file lacks, in counts.

    `undone` and `forgotten` count entries in the file that are so here; they stay so.
    """

    records: int
    entries: int
    undone: int
    forgotten: int


class Offer(NamedTuple):
    """What a restore would do: put what `file` `holds` in the place of `database`.

    `present` is what is there now, None if there is nothing, or nothing that can be read;
    `damage` is then a sentence that says why, empty if there is nothing.
    """

    file: Path
    database: Path
    holds: Contents
    present: Contents | None
    difference: Difference | None
    damage: str


class Restored(NamedTuple):
    """What a restore has done. `kept` has what was there before; None if nothing was.

    `difference` is that to the database that was there, None if it could not be read: then
    nothing that was undone or forgotten there was carried over. `has_its_settings` says whether
    the settings of this computer were kept; else they are those of the file.
    """

    kept: Path | None
    difference: Difference | None
    has_its_settings: bool


def examine(file: Path, database: Path) -> Offer:
    """Return what a restore of `file` over `database` would do; nothing is changed.

    Raises `UsageError` if the two are one file, and `ArchiveError` if `file` is no sound
    database of this program, or if the present one is another program's, from a newer
    version, or cannot be written.
    """
    database = _place(file, database)
    with closing(_prepared(file)) as connection:
        new = Archive(connection, file)
        holds = _contents(new)
        damage = _damage(database)
        if damage is None or damage:
            return Offer(file, database, holds, None, None, damage or "")
        with archives.open_copy(database) as present:
            difference = _difference(new, present)
            return Offer(file, database, holds, _contents(present), difference, "")


def restore(file: Path, database: Path, now: float) -> Restored:
    """Put `file` in the place of `database`, at Unix time `now` (s); keep what was there.

    Whatever stops it, the old or the new database is there, whole. Raises errors as
    `examine` does, `ArchiveError` if another program has the database open, and
    `FileError` if the copy of the old one, or the new one, cannot be written.
    """
    place = _place(file, database)
    with closing(_prepared(file)) as new:
        damage = _damage(place)
        if damage is not None and not damage:
            return _replace_through_sqlite(new, place, now)
        here = None if damage is None else _settings_of(place)
        new_archive = Archive(new, place)
        with new_archive.transaction():
            _set_settings(new_archive, here)
        if damage is None:
            archives.make_folder(database)
            _replace_file(new, place)
            return Restored(None, None, False)
        return Restored(_replace_damaged(new, place, now), None, here is not None)


def _settings_of(database: Path) -> dict[str, object] | None:
    """Return the settings of a damaged database; None if it cannot be read that far."""
    with suppress(ArchiveError, sqlite3.Error, ValueError), archives.look_into(database) as archive:
        return archive.settings()
    return None


def _set_settings(new: Archive, here: Mapping[str, object] | None) -> None:
    """Let `new` have the settings of this computer: a backup may be another one's.

    Where they are not known (None) those of the backup stay, but for the name by which others know
    its computer: two computers with one name would take each other's files for their own. It goes
    to `earlier`.
    """
    if here is not None:
        new.replace_settings(here)
        return
    settings = new.settings()
    for value in settings.values():
        if isinstance(value, dict) and isinstance(value.get("computer"), str):
            value.setdefault("earlier", []).append(value.pop("computer"))
    new.replace_settings(settings)


def _place(file: Path, database: Path) -> Path:
    """Return where the database itself is. Raises an error if `file` is it, or if it is shut."""
    for ending in SQLITE_ENDINGS:
        with suppress(OSError):
            if file.samefile(f"{database}{ending}"):
                raise UsageError(f"{file} is the database itself.", "Name a backup of it.")
    # A symbolic link stays one: the file that it leads to is replaced.
    place = Path(os.path.realpath(database))
    if archives.is_there(place) and not archives.can_be_written(place):
        raise cannot_be_written(database)
    return place


def _prepared(file: Path) -> sqlite3.Connection:
    """Return a copy in memory of the file, which is checked, with all migrations."""
    if file.is_dir():
        raise ArchiveError(f"{file} is a folder.", "Name a backup in it.")
    if not archives.is_there(file):
        raise UsageError(f"There is no file {file}.", "Name a backup.")
    if not _is_database(file):
        raise ArchiveError(f"{file} is no backup, or a damaged one.", _what_to_do_with(file))
    with archives.look_into(file) as archive:
        if not archive.schema_version():
            raise ArchiveError(f"{file} is empty.", "Name a backup that has something in it.")
        damage = archive.damage()
    if damage:
        raise ArchiveError(
            f"{file} is damaged: {damage[0].splitlines()[-1]}.",
            "Name another backup; nothing was changed.",
        )
    with in_our_words(file):
        connection = archives.in_memory(file)
        connection.execute("PRAGMA foreign_keys = ON")
        # What is forgotten is not to stay in the file.
        connection.execute("PRAGMA secure_delete = ON")
        try:
            Archive(connection, file).diary.everything()
        except ChangedEntry as error:
            connection.close()
            raise ArchiveError(
                f"{file} is damaged. {error}", "Name another backup; nothing was changed."
            ) from None
        return connection


def _is_database(file: Path) -> bool:
    """Return whether a file begins as those of SQLite do, or is empty, or cannot be read."""
    with suppress(OSError), file.open("rb") as opened:
        return opened.read(len(_SQLITE)) in (_SQLITE, b"")
    return True  # whoever reads it says why it cannot


def _what_to_do_with(file: Path) -> str:
    """Return the next step for a file that is no database."""
    with suppress(OSError), file.open("rb") as opened:
        if opened.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
            return f"If it is an export: import {quote(str(file))}. Nothing was changed."
    return "Name another file; nothing was changed."


def _damage(database: Path) -> str | None:
    """Return a sentence that says what is wrong, empty if nothing is; None without a database.

    Raises `ArchiveError` if it is another program's, or from a newer version.
    """
    if not archives.is_there(database):
        return None
    try:
        with archives.look_into(database) as archive:
            damage = archive.damage()
        if not damage:
            with archives.open_copy(database) as copy:
                copy.diary.everything()  # what was undone is read from it
    except DamagedArchive as error:
        return error.sentence
    return f"{database} is damaged: {damage[0].splitlines()[-1]}." if damage else ""


def _contents(archive: Archive) -> Contents:
    entries = _said(archive.diary.everything())
    cases = archive.cases()
    stamps = [archive.newest_stamp(case.id) or 0 for case in cases]
    newest = max([*stamps, *(entry.written_at for entry in entries)], default=0)
    return Contents(len(cases), len(archive.record_places()), len(entries), newest or None)


def _said(entries: Sequence[Entry]) -> list[Entry]:
    """Return what somebody has said, of whatever kind, and that counts."""
    return [entry for entry in diary.standing(entries, diary.UNDOABLE) if entry.written_at]


def _difference(new: Archive, present: Archive) -> Difference:
    """Return what `present` has that `new` lacks."""
    records = present.record_places() - new.record_places()
    standing = {entry.token for entry in _said(new.diary.everything())}
    held = {entry.token for entry in new.diary.everything()}
    here = present.diary.everything()
    undone = {entry.number("token") for entry in here if entry.kind == diary.UNDO}
    entries = [entry for entry in _said(here) if entry.token not in held]
    forgotten = held & set(present.diary.forgotten())
    return Difference(
        len(records), len(entries), len((standing & undone) - forgotten), len(forgotten)
    )


def _carry_over(present: Archive, new: Archive) -> None:
    """Let what was undone or forgotten in `present` be so in `new`, too."""
    known = {entry.token for entry in new.diary.everything()}
    undone = [
        entry
        for entry in present.diary.everything()
        if entry.kind == diary.UNDO and entry.token not in known
    ]
    cases = {case.id: case for case in present.cases()}
    ids = {case.device: case.id for case in new.cases()}
    with new.transaction():
        for person in present.persons():
            new.keep_person(person)
        for entry in undone:
            case_id = None
            if entry.case_id is not None:
                case = cases[entry.case_id]
                if case.device not in ids:
                    ids[case.device] = new.keep_case(case.device, case.board, case.firmware)
                case_id = ids[case.device]
            new.diary.keep(entry._replace(case_id=case_id))
        for token in present.diary.forgotten():
            new.diary.forget(token)
        for device, log in present.forgotten_logs():
            new.forget_log(device, log)
        new.settle()
        if present.diary.forgotten() or present.forgotten_logs():
            new.forget_empty_cases()
        # Else what a calendar was given since then would never be cancelled.
        for person in new.persons():
            new.calendar.replace(person.token, present.calendar.events(person.token))
            # And what was sent since then would be sent again.
            new.reminders.keep(present.reminders.all_of(person.token))
        _set_settings(new, present.settings())


def _replace_through_sqlite(new: sqlite3.Connection, database: Path, now: float) -> Restored:
    """Write `new` over a sound database in one transaction, while nobody else has it open."""
    with in_our_words(database), closing(archives.connect_alone(database)) as old:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
            old.backup(memory)
            archives.migrate(memory, None)
            present = Archive(memory, database)
            difference = _difference(Archive(new, database), present)
            _carry_over(present, Archive(new, database))
        kept = _kept_name(database, now)
        version = _schema_cookie(old)
        try:
            with new_file(kept) as unfinished:
                copy_whole(Archive(old, database), unfinished)
            if _page_size(old) != _page_size(new):
                old.execute("PRAGMA journal_mode = DELETE")  # in WAL mode SQLite cannot change it
            new.backup(old)
            old.execute("PRAGMA journal_mode = WAL")
            here = Archive(old, database)
            if here.damage() or here.counts() != Archive(new, database).counts():
                raise ArchiveError(
                    f"{database} does not hold what was written into it.",
                    f"Look after that disk. What was there before is {kept}.",
                )
        except KeyboardInterrupt:
            # SQLite counts the copy as a change of the schema, as soon as it is committed.
            is_done = _schema_cookie(old) != version
            what = f"is restored; what was there before is {kept}" if is_done else "is as it was"
            raise KeyboardInterrupt(f"{database} {what}.") from None
    return Restored(kept, difference, True)


def _schema_cookie(connection: sqlite3.Connection) -> int:
    cookie: int = connection.execute("PRAGMA schema_version").fetchone()[0]
    return cookie


def _page_size(connection: sqlite3.Connection) -> int:
    size: int = connection.execute("PRAGMA page_size").fetchone()[0]
    return size


def _replace_damaged(new: sqlite3.Connection, database: Path, now: float) -> Path:
    """Replace a database that SQLite cannot read; return the copy of it, as it is, that is kept."""
    kept = _kept_name(database, now)
    try:
        # First of all: as soon as SQLite opens it to write, it may change a damaged file.
        for ending in ("-wal", "-journal", ""):
            source = Path(f"{database}{ending}")
            if source.exists():
                with new_file(Path(f"{kept}{ending}")) as unfinished:
                    shutil.copyfile(source, unfinished)
                    if not cmp(source, unfinished, shallow=False):
                        raise ArchiveError(
                            f"{source} is in use by another program.",
                            "Wait for it to finish, then try again.",
                        )
        _check_not_in_use(database)
    except BaseException:
        for ending in SQLITE_ENDINGS:
            Path(f"{kept}{ending}").unlink(missing_ok=True)
        raise
    _replace_file(new, database)
    return kept


def _check_not_in_use(database: Path) -> None:
    """Raise `ArchiveError` if another program has a damaged database open."""
    try:
        archives.connect_alone(database).close()
    except sqlite3.OperationalError as error:
        if is_in_use(error):
            with in_our_words(database):
                raise
    except sqlite3.DatabaseError:
        pass  # nobody can have it open


def _replace_file(new: sqlite3.Connection, database: Path) -> None:
    """Write `new` where there is no database, or one that nobody can read."""
    with new_file(database, force=True) as unfinished:
        copy_whole(Archive(new, database), unfinished)
        with in_our_words(database), closing(sqlite3.connect(unfinished)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        # SQLite would take those of the old one for those of the new one.
        for ending in SQLITE_ENDINGS[1:]:
            Path(f"{database}{ending}").unlink(missing_ok=True)
        flush_folder(database.parent)


def _kept_name(database: Path, now: float) -> Path:
    """Return a path beside the database for what was there until Unix time `now` (s)."""
    moment = f"{datetime.fromtimestamp(now, timezone.utc):%Y%m%d-%H%M%S}"
    names = (
        database.with_name(f"{database.stem}-replaced-{moment}{f'-{n}' if n > 1 else ''}.db")
        for n in count(1)
    )
    return next(name for name in names if not os.path.lexists(name))
