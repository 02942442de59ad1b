"""A folder that several computers share, by whatever keeps it the same on all of them.

Each computer writes one file there and reads every other one: what is in any of them is here then.
No file is changed by two computers, so whatever the folder's program does with files, such as
copies of a file in conflict or an older state of the folder, nothing is lost by it and nothing
doubled. SQLite is never put there: a database that is copied while it is open may be an empty one.
"""

import os
import re
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from rollhost.atomic_file import new_file
from rollhost.database import rota
from rollhost.database.archive import Archive
from rollhost.database.diary import ME
from rollhost.errors import UsageError
from rollhost.exchange import import_json, shared_file
from rollhost.exchange.calendar_maker import CALENDAR_HEAD_BYTES, is_our_calendar
from rollhost.exchange.import_json import MAX_BYTES, Export, NewerExport, NotAnExport, Taken
from rollhost.exchange.same_user import SAME, UNKNOWN, compare_users
from rollhost.exchange.shared_file import Damaged, Newer, NoPassphrase, Refused, WrongPassphrase
from rollhost.history import history

PREFIX = "rollcase-"
"""How the name of each shared file begins, and so that of a copy which a program makes of it."""

PLAIN, SEALED = ".json", ".encrypted"
"""How the names of plain and of encrypted files end."""

AHEAD_S = 86400
"""How far (s) after now a case may have answered elsewhere (own); later: a clock is ahead."""

_A_COMPUTERS = re.compile(rf"{PREFIX}[0-9a-f]{{16}}({PLAIN}|{SEALED})", re.ASCII)
"""The names of files that computers write."""

_SQLITE = b"SQLite format 3\0"


class NoFolder(UsageError):
    """The folder to share in is not there."""


class Terms(NamedTuple):
    """How this computer shares: its id, the user (token and name), who is left out, by tokens."""

    computer: str
    user: tuple[int, str] | None = None
    left_out: Collection[int] = ()
    passphrase: bytes | None = None


class Union:
    """What has come of it."""

    def __init__(self) -> None:
        self.read: list[str] = []
        """The names of the files of other computers, and of copies, that were read."""
        self.taken: list[Taken] = []
        """What was new in each of them."""
        self.refused: list[tuple[str, Refused]] = []
        """Files that were not read, and why."""
        self.others: list[str] = []
        """Files of other programs, by their names."""
        self.databases: list[str] = []
        """Databases of SQLite in the folder."""
        self.copies: list[str] = []
        """Files that were read and that no computer writes: copies of what one has written."""
        self.still_have: list[str] = []
        """Files of others that still have entries which were forgotten."""
        self.plain: list[str] = []
        """Files of others that are not encrypted, though a passphrase was given."""
        self.file: Path | None = None
        """This computer's own file."""
        self.is_written = False
        """Whether that was written: not if it was as it should be."""
        self.is_mended = False
        """Whether it was damaged or cut short."""


def share(archive: Archive, folder: Path, terms: Terms, now: int) -> Union:
    """Take in what other computers have put into a folder, and put there what is known here.

    A file that cannot be read changes nothing and stops no other. The own one stays as it is where
    a newer version of this program has written it. Raises `UsageError` where there
    is no such folder or the database is in it, `Refused` if files there are encrypted and the
    passphrase is missing or opens none of them, and `FileError` if the own file cannot be written:
    then nothing was put there.
    """
    folder = folder.expanduser()
    _check_place(folder, archive)
    union = Union()
    before: bytes | None = None
    shut: Refused | None = None
    is_open = is_newer = False
    for path in _files(folder, union):
        is_own = path.name.startswith(f"{PREFIX}{terms.computer}.")
        try:
            data = _bytes_of(path)
            is_sealed = shared_file.is_sealed(data)
            plain = shared_file.unseal(data, terms.passphrase)
            is_open = is_open or is_sealed
            with _opened(plain, path) as export:
                taken = _take(archive, export, terms, is_own, now)
        except (NoPassphrase, WrongPassphrase) as refused:
            shut = refused
            union.refused.append((path.name, refused))
        except Refused as refused:
            # Its own computer writes it anew now: there is nothing to do.
            if path.name == own_name(terms) and isinstance(refused, Damaged):
                union.is_mended = True
            else:
                union.refused.append((path.name, refused))
                is_newer = is_newer or (is_own and isinstance(refused, Newer))
        except NotAnExport as error:
            union.refused.append((path.name, Refused(_after_name(error, path), error.hint)))
        else:
            union.taken.append(taken)
            if path.name == own_name(terms):
                before = plain
            elif path.name not in (own_name(terms), own_name(terms._replace(passphrase=None))):
                _note(path.name, export, archive, terms, is_sealed, union)
    if shut is not None and not is_open:
        why = "no passphrase was given" if terms.passphrase is None else "this one opens none"
        raise type(shut)(f"{folder} has encrypted files, and {why}. Nothing was shared.", shut.hint)
    if is_newer:  # what it has may be nowhere else
        union.file = folder / own_name(terms)
    else:
        _write_own(archive, folder, terms, before, union)
    return union


def own_name(terms: Terms) -> str:
    """Return the name of this computer's file."""
    return f"{PREFIX}{terms.computer}{PLAIN if terms.passphrase is None else SEALED}"


def _check_place(folder: Path, archive: Archive) -> None:
    if not folder.is_dir():
        if folder.exists():
            raise UsageError(f"{folder} is no folder.", "Name a folder.")
        raise NoFolder(f"There is no folder {folder}.", "Make it first, or name another.")
    if Path(os.path.realpath(folder)) in Path(os.path.realpath(archive.path)).parents:
        raise UsageError(
            f"The database itself is in {folder}.",
            "Share another folder: a database that a program copies while it is open is lost.",
        )


def _files(folder: Path, union: Union) -> Iterator[Path]:
    """Yield the files that may be shares, by name; note databases and files of other programs."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "~")) or not path.is_file():
            continue
        if rota.dated(path.name):
            continue  # an automatic backup, which is whole and closed
        if path.name.startswith(PREFIX):
            yield path
        elif _is_database(path):
            union.databases.append(path.name)
        elif not is_our_calendar(_head_of(path, CALENDAR_HEAD_BYTES)):
            union.others.append(path.name)


def _is_database(path: Path) -> bool:
    return _head_of(path, len(_SQLITE)) == _SQLITE


def _head_of(path: Path, size: int) -> bytes:
    """Return the first `size` bytes of a file; none if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError:
        return b""


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror or error}") from None
    if len(data) > MAX_BYTES:
        raise Refused(f"is larger than {MAX_BYTES >> 20} MB, and so is no share")
    if data.startswith(_SQLITE):
        raise Refused("is a database, which does not belong into a shared folder")
    return data


@contextmanager
def _opened(plain: bytes, path: Path) -> Iterator[Export]:
    """Read the export in the bytes of a plain file. Raises `Refused`."""
    shared_file.check(plain)
    with ExitStack() as stack:
        try:
            export = stack.enter_context(import_json.read_bytes(plain, path))
        except NewerExport:
            raise Newer() from None
        except NotAnExport as error:
            raise Refused(_after_name(error, path), error.hint) from None
        yield export


def _after_name(error: NotAnExport, path: Path) -> str:
    """Return the sentence of an error as it goes on after the file's name."""
    sentence = error.sentence.removeprefix(f"{path} ").rstrip(".")
    return sentence[:1].lower() + sentence[1:]


def _take(archive: Archive, export: Export, terms: Terms, is_own: bool, now: int) -> Taken:
    """Add what a file has to the database; return what was new. Raises `NotAnExport`, `Refused`."""
    user = None if terms.user is None else terms.user[0]
    me = ME if is_own else _whose(archive, export, user)
    if export.user is not None and me == ME:
        export = import_json.by_names_here(export, export.user)
    return import_json.keep_in(archive, export, me, now + AHEAD_S, user)


def _whose(archive: Archive, export: Export, user: int | None) -> int:
    """Return the person here who is `ME` in a file, or, where it names its user, who that is here.

    `user` is who uses this computer, by the token. Raises `Refused` if nobody has said it.
    """
    if export.user is not None and user is not None:
        return ME if export.user == user else export.user
    is_named = export.user is not None
    if export.user is not None:
        export = import_json.by_names_here(export, export.user)
    who = compare_users(archive, export)
    if who == SAME or (who == UNKNOWN and not is_named and user is None):
        return ME
    if is_named:
        raise Refused("says whose computer it comes from, and nobody has said it here", _SAY)
    if user is not None:
        raise Refused("does not say whose computer it comes from", _SAY)
    raise Refused("comes from a computer with cases of its own: are they yours?", _SAY)


_SAY = "Say once on each computer who uses it: host share --me NAME."


def _note(
    name: str, export: Export, archive: Archive, terms: Terms, is_sealed: bool, union: Union
) -> None:
    """Note what there is to say of a file that was read."""
    union.read.append(name)
    if not _A_COMPUTERS.fullmatch(name):
        union.copies.append(name)
    if {entry.token for _, entry in export.entries} & set(archive.diary.forgotten()):
        union.still_have.append(name)
    if terms.passphrase is not None and not is_sealed:
        union.plain.append(name)


def _write_own(
    archive: Archive, folder: Path, terms: Terms, before: bytes | None, union: Union
) -> None:
    past = history.read(archive)
    if terms.left_out:
        past = past.without(terms.left_out)
    plain = shared_file.plain(past, terms.user)
    union.file = folder / own_name(terms)
    if plain != before:
        data = plain
        if terms.passphrase is not None:
            data = shared_file.seal(plain, terms.passphrase)
        with new_file(union.file, force=True) as unfinished:
            unfinished.write_bytes(data)
        union.is_written = True
    other = folder / own_name(terms._replace(passphrase=None))
    if terms.passphrase is not None and other.is_file():
        # What it has is in the encrypted one, and nobody else writes it.
        other.unlink()
