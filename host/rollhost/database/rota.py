"""Which automatic backups are kept: worked out from the times in their names and the clock alone.

Days, weeks (from Monday on) and months are those of UTC, as the times in the names are. Local days
would group the same files anew wherever a computer travels or its clock changes for the summer, and
a backup that was kept at home would be removed abroad.
"""

import os
import re
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

DAYS, WEEKS, MONTHS = 7, 4, 12
"""Of how many days, weeks and months that have one the newest backup is kept (own)."""

_NAME = re.compile(r".+-automatic-([0-9a-f]{8})-(\d{8}-\d{6})\.db", re.ASCII | re.DOTALL)
_MOMENT = "%Y%m%d-%H%M%S"
_DAY_S = 86400


class Dated(NamedTuple):
    """An automatic backup by its name: the computer that makes it, and Unix time `at` (s)."""

    computer: str
    at: int


def new_computer() -> str:
    """Return a name for a computer by which its backups are told from those of others."""
    return os.urandom(4).hex()


def path_of(folder: Path, database: Path, computer: str, now: float) -> Path:
    """Return the path of an automatic backup of `database` made at Unix time `now` (s)."""
    moment = datetime.fromtimestamp(now, timezone.utc)
    return folder / f"{database.stem}-automatic-{computer}-{moment:{_MOMENT}}.db"


def dated(name: str) -> Dated | None:
    """Return what the name of an automatic backup says; None for any other name."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    with suppress(ValueError, OverflowError):  # a day such as 31 February
        moment = datetime.strptime(found[2], _MOMENT).replace(tzinfo=timezone.utc)
        return Dated(found[1], int(moment.timestamp()))
    return None


def has_todays(names: Iterable[str], computer: str, now: float) -> bool:
    """Return whether one of these names is a backup of this computer of the day of `now` (s)."""
    found = (dated(name) for name in names)
    return any(
        backup.at // _DAY_S == now // _DAY_S
        for backup in found
        if backup is not None and backup.computer == computer
    )


def superfluous(times: Collection[int], now: float) -> set[int]:
    """Return which of the backups of one computer, by their Unix times (s), are not kept at `now`.

    The newest is kept, and before it the newest of each of the last `DAYS` days, `WEEKS` weeks and
    `MONTHS` months that have one. The newest itself is not counted: if the clock is years ahead on
    one day, its backup takes no other one's place. What is dated after `now` was made by such a
    clock, or the clock has gone back since: it is kept, and not counted either.
    """
    past = sorted({time for time in times if time <= now}, reverse=True)
    kept = set(past[:1])
    for part_of, most in ((_day, DAYS), (_week, WEEKS), (_month, MONTHS)):
        kept |= _newest_of_each(past[1:], part_of, most)
    return set(past) - kept


def _newest_of_each(
    newest_first: Iterable[int], part_of: Callable[[int], int], most: int
) -> set[int]:
    newest: dict[int, int] = {}
    for time in newest_first:
        part = part_of(time)
        if part not in newest:
            if len(newest) == most:
                break
            newest[part] = time
    return set(newest.values())


def _day(time: int) -> int:
    return time // _DAY_S


def _week(time: int) -> int:
    return (_day(time) + 3) // 7  # 1 January 1970 was a Thursday


def _month(time: int) -> int:
    moment = datetime.fromtimestamp(time, timezone.utc)
    return moment.year * 12 + moment.month
