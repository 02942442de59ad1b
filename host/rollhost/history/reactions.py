"""Reactions of the skin, and what is only watched: what was seen, and when to look again.

Sources are graded B (dermatologist, clinic); numbers without a source are ours (own).
"""

from collections.abc import Sequence
from typing import NamedTuple

from rollhost.database import diary
from rollhost.database.diary import Entry
from rollhost.guidance.numbers import FADING_H, LONG_REACTION_DAYS
from rollhost.history.sessions import Session

FADING_S = FADING_H * 3600
"""Redness after rolling fades in 48 to 72 hours (B)."""

LONG_S = LONG_REACTION_DAYS * 86400
"""A reaction that lasts longer is for a doctor (B)."""

LOOKS_S = (24 * 3600, 72 * 3600)
"""When to look again, in seconds from the session that it follows (own)."""

_DAY_S = 86400


class Reaction(NamedTuple):
    """One reaction, or what is only watched: its beginning, each later look, and its end, if any.

    `visits` are the entries that say that a clinician has looked at it. `session` (Unix s) is
    the end of the last session of its zone before it; None if none is known. `unseen` are those
    of its beginning and looks that no clinician has looked at since they were written down.
    """

    began: Entry
    looks: list[Entry]
    over: Entry | None
    visits: Sequence[Entry] = ()
    session: int | None = None
    unseen: Sequence[Entry] = ()

    @property
    def is_watched(self) -> bool:
        """Whether it is only watched: it holds nothing, and no case is told."""
        return self.began.kind == diary.WATCH

    @property
    def seen(self) -> list[Entry]:
        """Its entries but the one of its end, in the order of writing."""
        return [self.began, *self.looks]

    @property
    def signs(self) -> list[str]:
        """Every sign that was seen, each once: keys of `guidance.signs.SIGNS`."""
        return list(dict.fromkeys(sign for entry in self.seen for sign in entry.signs))

    @property
    def unseen_signs(self) -> list[str]:
        """The signs, as in `signs`, that were noted after a clinician has looked at it last."""
        return list(dict.fromkeys(sign for entry in self.unseen for sign in entry.signs))

    @property
    def needs_clinician(self) -> bool:
        """Whether it has a sign that no clinician has looked at, also once it is over."""
        return bool(self.unseen_signs)

    @property
    def since(self) -> int:
        """When what is normal after a session began (Unix s): with the session, if it is known."""
        return self.began.at if self.session is None else self.session

    def look_due(self) -> int | None:
        """Return when to look next (Unix s), maybe in the past; None after the last look."""
        return next((at for _, at in self.looks_due()), None)

    @property
    def looked_at_since(self) -> int:
        """From when on (Unix s) the looks are counted."""
        # What began only when the redness of a session is gone is looked at from then on.
        return self.since if self.began.at < self.since + FADING_S else self.began.at

    def looks_due(self) -> list[tuple[int, int]]:
        """Return the number (from 1) and time (Unix s) of each look after the last one taken."""
        since = self.looked_at_since
        # A person who writes that a reaction began has looked at it then, however old it is.
        latest = max([self.began.written_at, *(entry.at for entry in self.looks)])
        return [
            (number, since + after)
            for number, after in enumerate(LOOKS_S, 1)
            if since + after > latest
        ]

    def outlasts_fading(self) -> bool:
        """Return whether it was seen more than `FADING_S` after the session that it follows."""
        return max(entry.at for entry in self.seen) > self.since + FADING_S

    def numbers(self, name: str) -> list[int]:
        """Return redness or pain (0 to 10) at each look that has it, the oldest first."""
        return [entry.number(name) for entry in self.seen if name in entry.data]


def waiting_for_clinician(entries: Sequence[Entry]) -> list[Reaction]:
    """Return the reactions of a diary, open or over, with a sign that no clinician has looked at.

    They are in the order of writing. A sign at a later look stays one where the beginning of its
    reaction was taken back, or is not here: it begins with that look then.
    """
    known = {entry.token for entry in entries if entry.kind in (diary.REACTION, diary.WATCH)}
    whole: list[Entry] = []
    for entry in entries:
        about = entry.number("reaction")
        if entry.kind == diary.FOLLOW_UP and entry.signs and about not in known:
            known.add(about)
            entry = entry._replace(kind=diary.REACTION, token=about)
        whole.append(entry)
    return [reaction for reaction in reactions(whole) if reaction.needs_clinician]


def reactions(entries: Sequence[Entry], sessions: Sequence[Session] = ()) -> list[Reaction]:
    """Return every reaction of a diary, in the order of writing. What is watched is none.

    `sessions` are the oldest first; without them none is known to have gone before.
    """
    return _found(entries, sessions, diary.REACTION, diary.REACTION_OVER)


def watches(entries: Sequence[Entry], sessions: Sequence[Session] = ()) -> list[Reaction]:
    """Return all that a diary says is only watched, in the order of writing.

    It is over too when a reaction came of it, which then is among the `reactions`.
    """
    return _found(entries, sessions, diary.WATCH, diary.WATCH_OVER)


def _found(
    entries: Sequence[Entry], sessions: Sequence[Session], kind: str, end: str
) -> list[Reaction]:
    looks: dict[int, list[Entry]] = {}
    over: dict[int, Entry] = {}
    visits: dict[int, list[tuple[int, Entry]]] = {0: []}
    places = {entry.token: place for place, entry in enumerate(entries)}
    for place, entry in enumerate(entries):
        if entry.kind == diary.FOLLOW_UP:
            looks.setdefault(entry.number("reaction"), []).append(entry)
        elif entry.kind == diary.SAW:
            for about in entry.reactions or [entry.number("reaction")]:
                visits.setdefault(about, []).append((place, entry))
        elif entry.kind == end:
            over.setdefault(entry.number("reaction"), entry)
        elif kind == diary.WATCH and entry.kind == diary.REACTION and entry.number("watch"):
            over.setdefault(entry.number("watch"), entry)
    found: list[Reaction] = []
    for entry in entries:
        if entry.kind != kind:
            continue
        later = looks.get(entry.token, [])
        theirs = visits.get(entry.token, []) + visits[0]
        unseen = [
            seen
            for seen in (entry, *later)
            if not any(
                place > places[seen.token] and _is_after(visit, seen) for place, visit in theirs
            )
        ]
        seen_by = [visit for _, visit in theirs]
        session = last_session(sessions, entry)
        found.append(Reaction(entry, later, over.get(entry.token), seen_by, session, unseen))
    return found


def _is_after(visit: Entry, sign: Entry) -> bool:
    """Return whether a visit that was written after a sign was also made after it, for all we know.

    Of a visit that only a log has it is not known when it was written: maybe before the sign, and
    long before the case was told. A computer whose clock was ahead writes later than it is.
    """
    if visit.is_heard:
        return visit.at >= (sign.at if sign.is_heard else sign.written_at)
    began = sign.at - (_DAY_S // 2 if sign.day is not None else 0)
    return visit.day is not None or visit.at >= began


def last_session(sessions: Sequence[Session], entry: Entry) -> int | None:
    """Return the end (Unix s) of the last session of the entry's zone before it; None if none is.

    A zone that is not known may be any zone. Of a day without a time all of it counts as before.
    """
    latest = entry.at + (_DAY_S // 2 if entry.day is not None else 0)
    return max(
        (
            session.ended
            for session in sessions
            if (None in (session.zone, entry.zone) or session.zone == entry.zone)
            and session.ended - (_DAY_S // 2 if session.day is not None else 0) <= latest
        ),
        default=None,
    )
