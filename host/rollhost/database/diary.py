"""What the owner writes down: sessions elsewhere, reactions, holds, new heads, notes.

Entries are added and never changed; what comes later counts. The last one may be
taken back, as long as no case knows of it. Some of them a case has to know. Each
of those has a token, under which the next sync tells it; once the token has come
back in a record of the case's log, it knows.
"""

import json
import secrets
import sqlite3
from dataclasses import dataclass, field, replace

from rollhost.errors import UsageError

NOTE = "note"
CLINIC = "clinic"
REACTION = "reaction"
FOLLOW_UP = "follow-up"
REACTION_OVER = "reaction over"
HOLD = "hold"
HEAD = "head"
PHOTO = "photo"
PLAN = "plan"

KINDS = (NOTE, CLINIC, REACTION, FOLLOW_UP, REACTION_OVER, HOLD, HEAD, PHOTO, PLAN)
"""Every kind of entry."""

MAX_TEXT = 10_000
"""Longest text of an entry, in characters (own)."""


@dataclass(frozen=True)
class Entry:
    """One thing that was written down. Times are Unix times (s).

    `at` is when it was, `written_at` when that was said: of two entries the one
    with the later `written_at` counts. Raises `UsageError` for a text that is too
    long. `case_id` is None for what concerns the person and so every case. `data`
    holds what else there is of its kind:

    - note: text
    - clinic: needle_um (0 if not known), text
    - reaction: text, signs (a list of words)
    - follow-up: reaction (the token of the one it follows), text, signs
    - reaction over: reaction, text
    - hold: reason (a number of `hold_set.reason`), until (Unix s, or 0)
    - head: text
    - photo: path (absolute), sha256 (hex, of the file as it was), text
    - plan: sessions (how many; 0 ends the plan)
    """

    kind: str
    at: int
    zone: str | None = None
    case_id: int | None = None
    data: dict[str, object] = field(default_factory=dict)
    token: int = 0
    written_at: int = 0

    def __post_init__(self) -> None:
        if len(self.text) > MAX_TEXT:
            raise UsageError(
                f"The text has {len(self.text):,} characters; {MAX_TEXT:,} are the most.",
                "Nothing was written down.",
            )

    def number(self, name: str) -> int:
        """Return a number of `data`; 0 if it is not there."""
        value = self.data.get(name, 0)
        assert isinstance(value, int)
        return value

    @property
    def text(self) -> str:
        """What the owner wrote; may be empty."""
        return str(self.data.get("text", ""))

    @property
    def signs(self) -> list[str]:
        """The signs of a reaction that were seen."""
        found = self.data.get("signs", [])
        return [str(sign) for sign in found] if isinstance(found, list) else []


class Diary:
    """The entries in a database; see `Archive.diary`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def add(self, entry: Entry, now: int) -> Entry:
        """Write an entry down at Unix time `now` (s); return it with its token.

        What is written later counts, also where this computer's clock has been put
        back, or another one's runs ahead whose entries were imported: `written_at`
        is never before that of an entry that is here. Runs inside
        `Archive.transaction`.
        """
        token = 0
        while not token or self._is_taken(token):
            token = secrets.randbelow(1 << 32)
        query = "SELECT coalesce(max(written_at), 0) FROM diary"
        newest: int = self._db.execute(query).fetchone()[0]
        entry = replace(entry, token=token, written_at=max(now, newest))
        self.keep(entry)
        return entry

    def keep(self, entry: Entry) -> None:
        """Keep an entry under the token that it has. Runs inside `Archive.transaction`."""
        self._db.execute(
            "INSERT INTO diary (token, case_id, kind, at, zone, data, written_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                entry.token,
                entry.case_id,
                entry.kind,
                entry.at,
                entry.zone,
                json.dumps(entry.data, sort_keys=True),
                entry.written_at,
            ),
        )

    def remove(self, entry: Entry) -> None:
        """Take an entry out, for good. Runs inside `Archive.transaction`."""
        self._db.execute("DELETE FROM diary WHERE token = ?", (entry.token,))

    def entries(self) -> list[Entry]:
        """Return every entry, in the order in which they were written.

        Those of several computers are in the order of their clocks, and those of
        one in its own.
        """
        rows = self._db.execute(
            "SELECT kind, at, zone, case_id, data, token, written_at FROM diary"
            " ORDER BY written_at, id"
        )
        return [
            Entry(kind, at, zone, case_id, json.loads(data), token, written_at)
            for kind, at, zone, case_id, data, token, written_at in rows
        ]

    def _is_taken(self, token: int) -> bool:
        query = "SELECT count(*) FROM diary WHERE token = ?"
        return bool(self._db.execute(query, (token,)).fetchone()[0])
