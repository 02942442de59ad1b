"""Reactions of the skin: what was seen of each, when to look again, and when to see a clinician.

Sources are graded B (dermatologist, clinic); numbers without a source are ours (own).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rollhost.database import diary
from rollhost.database.diary import Entry

SIGNS = {
    "spreading": "spreading redness",
    "pus": "pus",
    "streaks": "red streaks",
    "pain": "rising pain",
    "swelling": "rising swelling",
    "fever": "fever",
}
"""Signs of an infection: with any of them, a clinician should see it at once (B)."""

FADING_S = 72 * 3600
"""Redness after rolling fades in 48 to 72 hours (B)."""

LONG_S = 7 * 86400
"""A reaction that lasts longer is for a doctor (B)."""

LOOKS_S = (24 * 3600, 72 * 3600)
"""When to look again, in seconds from the reaction's beginning (own)."""


@dataclass(frozen=True)
class Reaction:
    """One reaction: the entries of its beginning, of each later look, and of its end, if any."""

    began: Entry
    looks: list[Entry]
    over: Entry | None

    @property
    def seen(self) -> list[Entry]:
        """Its entries but the one of its end, in the order of writing."""
        return [self.began, *self.looks]

    @property
    def signs(self) -> list[str]:
        """Every sign that was seen, each once: keys of `SIGNS`."""
        return list(dict.fromkeys(sign for entry in self.seen for sign in entry.signs))

    def look_due(self) -> int | None:
        """Return when to look next (Unix s), maybe in the past; None after the last look."""
        # A person who writes that a reaction began has looked at it then, however old it is.
        latest = max([self.began.written_at, *(entry.at for entry in self.looks)])
        return next(
            (self.began.at + after for after in LOOKS_S if self.began.at + after > latest), None
        )


def reactions(entries: Sequence[Entry]) -> list[Reaction]:
    """Return every reaction of a diary, in the order of writing."""
    looks: dict[int, list[Entry]] = {}
    over: dict[int, Entry] = {}
    for entry in entries:
        if entry.kind == diary.FOLLOW_UP:
            looks.setdefault(entry.number("reaction"), []).append(entry)
        elif entry.kind == diary.REACTION_OVER:
            over.setdefault(entry.number("reaction"), entry)
    return [
        Reaction(entry, looks.get(entry.token, []), over.get(entry.token))
        for entry in entries
        if entry.kind == diary.REACTION
    ]
