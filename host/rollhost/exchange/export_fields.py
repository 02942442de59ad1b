"""The fields of a JSON export: a table of names and checks for each kind of object in it.

A table whose name ends with ``SINCE_2`` has the fields that version 2 has added, and so on.
"""

import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from rollcore import policy
from rollcore.events import CASE_EPOCH
from rollhost.database import diary
from rollhost.guidance.numbers import FEWEST_SESSIONS, MOST_SESSIONS

FORMAT = "rollcase export"
"""The first field of a JSON export: marks it as ours."""

EXPORT_VERSION = 4
"""Version of the JSON export; increased when a field in it changes its meaning."""

Check = Callable[[object], bool]
"""A function that returns whether a value is of the right type and within its bounds."""

Table = Mapping[str, Check]


class WrongField(Exception):
    """A field is missing or wrong; its text says which field of which object."""


def checked(value: object, table: Table, where: str) -> dict[str, Any]:
    """Return those fields of an object that are in `table`; `where` names the object.

    Raises `WrongField` if one is missing or fails its check.
    """
    if not isinstance(value, dict):
        raise WrongField(where)
    for name, is_right in table.items():
        if name not in value or not is_right(value[name]):
            raise WrongField(f"{name} in {where}")
    return {name: value[name] for name in table}


def is_policy(value: object) -> bool:
    """Return whether a value is the text of a policy."""
    try:
        policy.parse(value if isinstance(value, str) else "")
    except policy.PolicyError:
        return False
    return True


def _is_words(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(word, str) and word.isprintable() for word in value
    )


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _number(low: int, high: int) -> Check:
    return lambda value: type(value) is int and low <= value <= high


def _zero_or(low: int, high: int) -> Check:
    return lambda value: type(value) is int and (value == 0 or low <= value <= high)


def _text(most: int) -> Check:
    """Return the check for a text of 1 to `most` printable characters."""
    return lambda value: isinstance(value, str) and 0 < len(value) <= most and value.isprintable()


def _matching(pattern: str) -> Check:
    fullmatch = re.compile(pattern).fullmatch
    return lambda value: isinstance(value, str) and fullmatch(value) is not None


def _one_of(values: Collection[object]) -> Check:
    return lambda value: type(value) in (str, int) and value in values


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _is_day(value: object) -> bool:
    """Return whether a value is a day of the calendar in the form ``2026-11-20``."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        return False
    with suppress(ValueError):
        date.fromisoformat(value)
        return True
    return False


_U32 = 0xFFFFFFFF

_TIME = _number(0, CASE_EPOCH + _U32)
"""Unix time (s), up to the latest case time."""

_BEHIND_S = _or_none(_number(-_U32 - 1, _U32 + 1))

_LONGEST_PATH = 4096
"""The most characters of a path, as on Linux."""

_TOKEN = _number(1, _U32)

_PERSON = _number(0, _U32)

_LOG_NAME = _matching(r"([0-9a-f]{2}){1,32}")

FILE: Table = {"cases": _is_list, "policies": _is_list, "diary": _is_list}

FILE_SINCE_2: Table = {
    "persons": _is_list,
    "forgotten": lambda value: isinstance(value, list) and all(map(_TOKEN, value)),
}

FILE_SINCE_3: Table = {"forgotten_logs": _is_list}

FORGOTTEN_LOG: Table = {"device": _text(512), "log": _matching(r"[0-9a-f]{16}")}

USER: Table = {"user": _or_none(_TOKEN)}
"""Of a file in a shared folder, too."""

PERSON: Table = {"token": _PERSON, "name": _text(100)}

CASE: Table = {
    "device": _text(512),
    "name": _or_none(_text(100)),
    "board": _text(512),
    "firmware": _text(512),
    "log": _or_none(_text(64)),
    "met_at": _or_none(_TIME),
    "met_behind_s": _BEHIND_S,
    "synced_at": _or_none(_TIME),
    "clock_behind_s": _BEHIND_S,
    "new_policy": _or_none(is_policy),
    "logs": _is_list,
}

LOG: Table = {
    "log": _LOG_NAME,
    "records": _is_list,
    "quarantine": _is_list,
}

LOG_SINCE_2: Table = {
    "person": _or_none(_PERSON),
    "generation": _or_none(_number(1, 0xFFFF)),
    "follows": _or_none(_LOG_NAME),
    "fork_of": _or_none(_LOG_NAME),
    "states": _is_list,
    "carried": _is_list,
}

FLIPPED: Table = {"flipped": _is_list}
"""Of a log, too, but not in the first files of version 2."""

STATE: Table = {"seq": _number(0, _U32), "state": _matching(r"([0-9a-f]{2}){1,200}")}

CARRIED: Table = {
    "origin": _number(0, _U32),
    "zone": _number(0, 0xFF),
    "at": _TIME,
    "what": _number(1, 2),
    "needle_um": _number(0, 0xFFFF),
    "token": _or_none(_TOKEN),
}

RECORD: Table = {"seq": _number(1, _U32), "raw": _matching(r"[0-9a-f]{64}")}

CAME: Table = {"seq": _number(1, _U32), "came": _matching(r"[0-9a-f]{64}")}
"""A record in which flipped bits were put right, as it came."""

QUARANTINED: Table = {**RECORD, "chain": _number(0, _U32), "reason": _text(500)}

ENTRY: Table = {
    "device": _or_none(_text(512)),
    "kind": _one_of(diary.KINDS),
    "at": _TIME,
    "written_at": _TIME,
    "token": _TOKEN,
    "zone": _or_none(_text(12)),
    "data": lambda value: isinstance(value, dict),
}

ENTRY_SINCE_2: Table = {
    "kind": _one_of((*diary.KINDS, diary.UNDO, diary.POLICY)),
    "person": _PERSON,
    "basis": _or_none(_number(0, _U32)),
}

ENTRY_SINCE_3: Table = {"kind": _one_of(diary.ALL_KINDS)}

DATA: Table = {
    "text": lambda value: isinstance(value, str) and len(value) <= diary.MAX_TEXT,
    "signs": _is_words,
    "reasons": _is_words,
    "product": _text(40),
    "redness": _number(0, 10),
    "pain": _number(0, 10),
    "doctor": lambda value: isinstance(value, bool),
    "needle_um": _number(0, 0xFFFF),
    "path": lambda value: isinstance(value, str) and 0 < len(value) <= _LONGEST_PATH,
    "sha256": _matching(r"[0-9a-f]{64}"),
    "sessions": _zero_or(FEWEST_SESSIONS, MOST_SESSIONS),
    "reaction": _number(0, _U32),
    "watch": _TOKEN,
    "photo": _TOKEN,
    "reason": _number(0, 0xFF),
    "released": _number(1, 0xFF),
    "until": _zero_or(CASE_EPOCH, CASE_EPOCH + _U32),
    "day": _is_day,
    "until_day": _is_day,
    "token": _TOKEN,
    "policy": is_policy,
    "name": _or_none(_text(100)),
    "log": _or_none(_LOG_NAME),
    "seq": _number(0, _U32),
    "by": _or_none(_text(512)),
}
"""Fields that an entry's data may have. Other fields are kept without a check."""

NEEDED = {
    diary.UNDO: ("token",),
    diary.POLICY: ("policy",),
    diary.PERSON: ("name",),
    diary.CASE_NAME: ("name",),
    diary.OWNER: ("log",),
    diary.MOVED: ("photo", "path"),
    diary.RETIRED: ("by",),
    diary.SAW: ("reaction",),
    diary.WATCH_OVER: ("reaction",),
    diary.HEAD_OUT: ("reason",),
    diary.PRODUCT: ("product",),
}
"""Fields that the data of an entry of such a kind has to have."""
