"""Sharing as this computer was told to: where, under whose name, without whom, how encrypted.

That is kept as a setting of this computer. The passphrase itself is kept nowhere: it comes from a
file or from the environment each time.
"""

import os
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rollhost.cli.choose import choose_person
from rollhost.cli.names import listed
from rollhost.cli.program import program_name
from rollhost.database.archive import Archive
from rollhost.database.diary import ME, PERSON, derived_token
from rollhost.errors import RollcaseError, UsageError
from rollhost.exchange import share_folder, share_postgresql
from rollhost.exchange.import_json import Taken
from rollhost.exchange.share_folder import NoFolder, Terms, Union
from rollhost.exchange.share_postgresql import ASKED_FOR, BY_THE_WAY, Patience
from rollhost.output import units
from rollhost.output.persons import check_name
from rollhost.output.taken import also_new

SETTING = "share"
"""The setting in which all of it is: `place`, `computer`, `user`, `left_out`, `passphrase_file`."""

PASSPHRASE = "ROLLCASE_SHARE_PASSPHRASE"
"""The variable of the environment that may have the passphrase."""

LEAST_LETTERS = 12
"""The fewest characters of a new passphrase (own): whoever has the file may try for years."""


class Done(NamedTuple):
    """What came of it: `lines` for a person, `notes` to be seen, whether all files were read.

    `in_short` is what `after_sync` returns.
    """

    document: dict[str, object]
    lines: Sequence[str]
    notes: Sequence[str]
    is_whole: bool
    in_short: "InShort"


class InShort(NamedTuple):
    """What is said of it where nobody has asked: what is new, and what is wrong and may be mended.

    `has_entries` says whether there is something of which cases are to be told.
    """

    news: Sequence[str] = ()
    wrong: Sequence[str] = ()
    has_entries: bool = False


def told(archive: Archive) -> dict[str, object]:
    """Return what this computer was told, by the names in `SETTING`."""
    value = archive.setting(SETTING)
    return dict(value) if isinstance(value, dict) else {}


def tell(archive: Archive, **changes: object) -> None:
    """Keep what this computer is told from now on; None takes it away."""
    with archive.transaction():
        value = {**told(archive), **changes}
        archive.set_setting(SETTING, {name: is_ for name, is_ in value.items() if is_ is not None})


_LIKE_AN_ADDRESS = re.compile(r"[a-z][a-z+]+:/|\bpassword=|^postgres(ql)?:", re.IGNORECASE)


def place_of(typed: str) -> str:
    """Return a place as it is kept: the address of a server, or the whole path of a folder.

    Raises `UsageError`, which does not show it, for what looks like the address of something else:
    a password may be in it.
    """
    if share_postgresql.is_address(typed):
        return typed
    if _LIKE_AN_ADDRESS.search(typed):
        raise UsageError(
            "That is neither a folder nor an address of PostgreSQL.",
            "Write it like postgresql://USER@SERVER/DATABASE.",
        )
    return str(Path(typed).expanduser().absolute())


def setup_lines() -> list[str]:
    """Return the lines of SQL that make a PostgreSQL database ready."""
    return share_postgresql.setup_sql().splitlines()


def say_user(archive: Archive, name: str, now: int) -> None:
    """Keep who uses this computer, at Unix time `now` (s).

    The same name on another computer is the same person. Raises `UsageError` for no name, and
    where it was said to be somebody else.
    """
    name = check_name(name)
    token = derived_token(PERSON, name.casefold())
    if told(archive).get("user") not in (None, token):
        raise UsageError("This computer shares under another name already.", "Leave --me out.")
    if told(archive).get("user") == token:
        return  # a name that was changed since stays so
    with archive.transaction():
        for entry in archive.diary.everything():
            if entry.person == token:  # from a computer that has said it before
                archive.diary.give_to(ME, entry.token)
        archive.name_person(ME, name, now)
    tell(archive, user=token)


def user_of(archive: Archive) -> int | None:
    """Return the token by which other computers know who uses this one; None: nobody said it."""
    token = told(archive).get("user")
    return token if isinstance(token, int) else None


def leave_out(archive: Archive, names: Sequence[str]) -> None:
    """Leave these persons out of what this computer shares; nobody if there is an empty name.

    Raises `UsageError` if nobody is called so.
    """
    persons = archive.persons()
    found = [choose_person(persons, name).token for name in names if name]
    tell(archive, left_out=sorted(found))


def passphrase(file: object) -> bytes | None:
    """Return the passphrase in a file, or in the environment; None if there is none.

    Raises `UsageError` if the file has none.
    """
    if isinstance(file, str):
        try:
            text = Path(file).read_text("utf-8").strip("\r\n")
        except (OSError, UnicodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise UsageError(
                f"The passphrase in {file} cannot be read: {why}.",
                "Nothing was shared. Name the file with --passphrase-file.",
            ) from None
    else:
        text = os.environ.get(PASSPHRASE, "")
        if not text:
            return None
    if len(text) < LEAST_LETTERS or "\n" in text:
        raise UsageError(
            f"A passphrase is one line of {LEAST_LETTERS} characters or more.",
            "Nothing was shared. Take five words by chance, for example.",
        )
    return text.encode()


def share(
    archive: Archive, now: int, new: Mapping[str, str] = {}, patience: Patience = ASKED_FOR
) -> Done:
    """Share where this computer was told to, at Unix time `now` (s).

    `new` are a `place` and a `passphrase_file` that are kept once it has worked; `patience` is for
    a server. Raises errors as `share_folder.share` does.
    """
    known = {**told(archive), **new}
    if "place" not in known:
        raise UsageError("Nothing was shared yet.", f"Name a folder: {program_name()} share FOLDER")
    if "computer" not in known:
        known["computer"] = os.urandom(8).hex()
        tell(archive, computer=known["computer"])
    place = str(known["place"])
    if share_postgresql.is_address(place):
        return _share_with_server(archive, known, place, now, patience, new)
    folder = Path(place)
    secret = passphrase(known.get("passphrase_file"))
    terms = Terms(str(known["computer"]), _user(archive), _left_out(known), secret)
    try:
        union = share_folder.share(archive, folder, terms, now)
    except NoFolder as error:
        if "place" in new:
            raise
        step = f"Is its disk plugged in? For another one: {program_name()} share FOLDER."
        raise NoFolder(error.sentence, step) from None
    tell(archive, **new)
    wrong = _wrong(union)
    notes = [*wrong, *_remarks(union), *_about_secrets(archive, known, secret)]
    return Done(
        _document(union),
        _lines(union, folder),
        notes,
        not union.refused,
        InShort(_news(union.taken), wrong, _has_entries(union.taken)),
    )


def _share_with_server(
    archive: Archive,
    known: dict[str, object],
    place: str,
    now: int,
    patience: Patience,
    new: Mapping[str, str],
) -> Done:
    terms = Terms(str(known["computer"]), _user(archive), _left_out(known))
    found = share_postgresql.share(archive, place, terms, now, patience)
    shown = share_postgresql.without_password(place)
    tell(archive, **{**new, "place": shown})
    notes = []
    if found.is_plain:
        notes.append("The connection to that server is not encrypted: health data went over it.")
    if found.is_unsure:
        notes.append(
            "Nobody has checked that it is that server: add ?sslmode=verify-full to the address."
        )
    if shown != place:
        notes.append("The password is kept nowhere: put it into the file that PGPASSFILE names.")
    wrong = _quarantined([found.taken])
    notes += wrong
    return Done(
        {
            "server": shown,
            **_sums([found.taken]),
            "added": {"records": found.records, "entries": found.entries},
        },
        [
            f"New from there: {_new([found.taken])}.",
            f"Added there: {units.count(found.records, 'record')},"
            f" {units.count(found.entries, 'entry')}.",
        ],
        notes,
        True,
        InShort(_news([found.taken]), wrong, _has_entries([found.taken])),
    )


def after_sync(archive: Archive, now: int) -> InShort:
    """Share again where this computer has shared before; return what there is to say about it.

    Nothing where it never has. Nothing is raised: the sync is done. A server is waited for only as
    long as `BY_THE_WAY`.
    """
    if "place" not in told(archive):
        return InShort()
    try:
        return share(archive, now, patience=BY_THE_WAY).in_short
    except RollcaseError as error:
        return InShort(wrong=[f"Not shared: {error.sentence} {error.hint}".strip()])


def _user(archive: Archive) -> tuple[int, str] | None:
    token = user_of(archive)
    if token is None:
        return None
    return token, next(person.name for person in archive.persons() if person.token == ME)


def _left_out(known: dict[str, object]) -> list[int]:
    found = known.get("left_out", [])
    return [token for token in found if isinstance(token, int)] if isinstance(found, list) else []


# Words.


def _lines(union: Union, folder: Path) -> list[str]:
    what = "written" if union.is_written else "as it was"
    what = "was damaged or cut short, and is written anew" if union.is_mended else what
    files = units.count(len(union.read), "other file")
    return [f"New from {files}: {_new(union.taken)}.", f"In {folder}: {_name(union)}, {what}."]


def _new(taken: Sequence[Taken]) -> str:
    sums = _sums(taken)
    words = [units.count(sums["records"], "record"), units.count(sums["entries"], "entry")]
    words += also_new(sums["names"], sums["owners"], sums["rules"])
    if sums["undone"]:
        words.append(f"{units.count(sums['undone'], 'entry')} taken back")
    if sums["forgotten"]:
        words.append(f"{units.count(sums['forgotten'], 'thing')} forgotten elsewhere, and so here")
    return ", ".join(words)


def _sums(taken: Sequence[Taken]) -> dict[str, int]:
    return {
        "records": sum(part.records for part in taken),
        "entries": sum(part.entries for part in taken),
        "quarantined": sum(part.quarantined for part in taken),
        "names": sum(part.names for part in taken),
        "owners": sum(part.owners for part in taken),
        "rules": sum(part.rules for part in taken),
        "undone": sum(part.undone for part in taken),
        "forgotten": sum(part.forgotten + part.records_forgotten for part in taken),
    }


def _quarantined(taken: Sequence[Taken]) -> list[str]:
    number = _sums(taken)["quarantined"]
    if not number:
        return []
    return [
        f"{units.count(number, 'record')} could not be read: kept {units.as_came(number)},"
        " in quarantine."
    ]


def _name(union: Union) -> str:
    return "" if union.file is None else union.file.name


def _news(taken: Sequence[Taken]) -> list[str]:
    if not any(_sums(taken).values()):
        return []
    later = " A case hears of it at its next sync." if _has_entries(taken) else ""
    return [f"New from other computers: {_new(taken)}.{later}"]


def _has_entries(taken: Sequence[Taken]) -> bool:
    sums = _sums(taken)
    return any(sums[what] for what in ("entries", "undone", "forgotten", "owners", "rules"))


def _wrong(union: Union) -> list[str]:
    notes = [f"{name} {refused.sentence}. {refused.hint}" for name, refused in union.refused]
    notes += _quarantined(union.taken)
    if union.databases:
        words = "no place for a database: copied while it is open, it may be empty there"
        notes.append(f"{_some(union.databases)}: {words}.")
    return notes


def _remarks(union: Union) -> list[str]:
    return [
        f"{_some(names)}: {one if len(names) == 1 else several}."
        for names, one, several in (
            (
                union.copies,
                "read like the others; no computer writes such a copy, so you may delete it",
                "read like the others; no computer writes such copies, so you may delete them",
            ),
            (
                union.still_have,
                "has what was forgotten, until its computer shares again",
                "have what was forgotten, until their computers share again",
            ),
            (
                union.plain,
                "is not encrypted, until its computer shares with a passphrase",
                "are not encrypted, until their computers share with a passphrase",
            ),
            (union.others, "no share: left alone", "no shares: left alone"),
        )
        if names
    ]


def _some(names: Sequence[str]) -> str:
    shown = [*names[:3], *([f"{len(names) - 3:,} more"] if len(names) > 3 else [])]
    return listed(shown, "and")


def _about_secrets(archive: Archive, known: dict[str, object], secret: bytes | None) -> list[str]:
    """Return what there is to say of the passphrase; each place is told once that it has none."""
    place = known["place"]
    file = known.get("passphrase_file")
    if secret is not None:
        if not isinstance(file, str) or os.name == "nt":
            return []
        mode = Path(file).stat().st_mode
        if mode & (stat.S_IRGRP | stat.S_IROTH):
            return [f"Others on this computer can read the passphrase: chmod 600 {file}."]
        return []
    if known.get("told_plain") == place:
        return []
    tell(archive, told_plain=place)
    return [
        "This is health data, and not encrypted: whoever may read the folder reads all of it."
        f" To encrypt it: {program_name()} share --passphrase-file FILE."
    ]


def _document(union: Union) -> dict[str, object]:
    return {
        "file": None if union.file is None else str(union.file),
        "written": union.is_written,
        "mended": union.is_mended,
        "read": union.read,
        "refused": [
            {"file": name, "says": refused.sentence, "hint": refused.hint or None}
            for name, refused in union.refused
        ],
        "copies": union.copies,
        "databases": union.databases,
        "others": union.others,
        "not_encrypted": union.plain,
        "still_have_forgotten": union.still_have,
        **_sums(union.taken),
    }
