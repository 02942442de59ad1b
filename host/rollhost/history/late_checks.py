"""What somebody should look for now, long after a session or a reaction."""

from collections.abc import Sequence
from typing import NamedTuple

from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.guidance.numbers import (
    DARK_SPOTS_ASKED_DAYS,
    DARK_SPOTS_DAYS,
    LUMPS_DAYS,
    SHORT_NEEDLE_UM,
)
from rollhost.history.reactions import Reaction
from rollhost.history.sessions import Session

DARK_SPOTS_S = DARK_SPOTS_DAYS * 86400
ASKED_S = DARK_SPOTS_ASKED_DAYS * 86400
LUMPS_S = LUMPS_DAYS * 86400

_ANSWERS = (diary.NOTE, diary.PHOTO, diary.REACTION, diary.WATCH)
"""Kinds of entries by which somebody has looked."""


class Check(NamedTuple):
    """What to look for in a zone (None: it is not known which), until a moment (Unix s)."""

    zone: str | None
    until: int


def dark_spots(
    sessions: Sequence[Session],
    reactions: Sequence[Reaction],
    entries: Sequence[Entry],
    now: float,
) -> list[Check]:
    """Return the zones to look at for darker spots at Unix time `now` (s), each once.

    They are asked about six weeks after a session over 0.3 mm or a reaction, until somebody writes
    something down or takes a photo. A needle of which nothing is known counts as long.
    """
    began = [
        (session.zone, session.ended)
        for session in sessions
        if not 0 < session.needle_um <= SHORT_NEEDLE_UM
    ]
    began += [(reaction.began.zone, reaction.began.at) for reaction in reactions]
    checks = {
        zone: Check(zone, at + DARK_SPOTS_S + ASKED_S)
        for zone, at in sorted(began, key=lambda known: known[1])
        if at + DARK_SPOTS_S <= now < at + DARK_SPOTS_S + ASKED_S
        and not _has_looked(zone, entries, at + DARK_SPOTS_S)
    }
    return list(checks.values())


def _has_looked(zone: str | None, entries: Sequence[Entry], since: int) -> bool:
    return any(
        entry.kind in _ANSWERS and entry.written_at >= since and entry.zone in (None, zone)
        for entry in entries
    )


def lumps(reactions: Sequence[Reaction], now: float) -> list[Check]:
    """Return the zones in which a lump may still come at Unix time `now` (s), each once.

    They are those of reactions that are over for less than three months.
    """
    checks: dict[str | None, Check] = {}
    for reaction in reactions:
        zone, over = reaction.began.zone, reaction.over
        if over is not None and now < over.at + LUMPS_S:
            until = max(over.at + LUMPS_S, checks[zone].until if zone in checks else 0)
            checks[zone] = Check(zone, until)
    return list(checks.values())
