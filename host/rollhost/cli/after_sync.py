"""What was set up once, and is done after each sync: sharing, the calendar's file, the backup.

Each part is done alone: one that fails keeps no other from running, and says why in a sentence with
the next step.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from rollhost.cli.program import program_name
from rollhost.database.archive import Archive
from rollhost.errors import RollcaseError

SHARE, CALENDAR, BACKUP = "share", "calendar_files", "automatic_backup"
"""The names of the settings of the parts. A part's module is loaded only where it has one."""


class Said(NamedTuple):
    """What a part has to say, in sentences: `news`, and what is `wrong` until it is mended.

    `is_put_off`: not all of it was tried, as it failed a short while ago; what was wrong then still
    is. `is_for_cases`: there is something new of which cases are to be told.
    """

    news: Sequence[str] = ()
    wrong: Sequence[str] = ()
    is_put_off: bool = False
    is_for_cases: bool = False


class Part(NamedTuple):
    """One thing that is done after a sync, at a Unix time (s); `command` does it alone."""

    command: str
    do: Callable[[Archive, int], Said]


def parts() -> list[Part]:
    """Return what may have been set up once, in order: sharing brings what the others tell of."""
    return [Part("share", _share), Part("export ics", _calendar), Part("backup", _backup)]


def after_sync(archive: Archive, now: int) -> list[str]:
    """Do what was set up once, at Unix time `now` (s); return what there is to say about it."""
    said = [done(part, archive, now) for part in parts()]
    return [sentence for each in said for sentence in (*each.news, *each.wrong)]


def done(part: Part, archive: Archive, now: int) -> Said:
    """Do one part at Unix time `now` (s). No error leaves it; it is said."""
    try:
        return part.do(archive, now)
    except Exception as error:  # one of ours, too: the sync is done, and who stays goes on
        return Said(wrong=[" ".join(filter(None, explained(error, archive.path, part.command)))])


def explained(error: Exception, database: Path | None, command: str) -> tuple[str, str]:
    """Return why a `command` has failed, in a sentence, and the next step, which may be empty.

    `database` is as in `open_archive`.
    """
    if isinstance(error, RollcaseError):
        return error.sentence, error.hint
    if isinstance(error, OSError):
        return f"{program_name()} {command}: {error.strerror or type(error).__name__}.", ""
    from rollhost.cli.hurt_database import refuse_if_hurt  # only few errors need it

    try:
        refuse_if_hurt(database)
    except RollcaseError as hurt:
        return hurt.sentence, hurt.hint
    except Exception:  # the database is away: the first error counts
        pass
    # Its own words may hold anything, also an address with a secret.
    kind = type(error).__name__
    return (
        f"{program_name()} {command} has failed by a fault of this program ({kind}).",
        "Run it alone to see more.",
    )


def _share(archive: Archive, now: int) -> Said:
    if archive.setting(SHARE) is None:
        return Said()
    from rollhost.cli import share

    found = share.after_sync(archive, now)
    return Said(found.news, found.wrong, is_for_cases=found.has_entries)


def _calendar(archive: Archive, now: int) -> Said:
    if archive.setting(CALENDAR) is None:
        return Said()
    from rollhost.cli import calendar_file

    return Said(wrong=calendar_file.after_sync(archive, now))


def _backup(archive: Archive, now: int) -> Said:
    if archive.setting(BACKUP) is None:
        return Said()
    from rollhost.cli import automatic_backup

    found = automatic_backup.after_sync(archive, now)
    return Said(wrong=[" ".join(found)] if found else [])  # the next step is one of them
