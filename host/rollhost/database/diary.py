"""The diary: what the owner writes down, such as clinic sessions, reactions, holds, new heads.

Entries are added and never changed; the later one counts. The last one may be taken
back, as long as no case was told of it. Each entry has a token. The next sync tells the
case of those entries that matter to it; the case's record carries the token, and so
shows that the case was told.
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
    """One entry of the diary. Times are Unix times (s).

    `at` is when it happened, `written_at` when it was written: of two entries the one
    with the later `written_at` counts. `case_id` is None for an entry about the person,
    which concerns every case. Raises `UsageError` for a text that is too long. `data`
    has the fields of its kind:

    - note: text
    - clinic: needle_um (0 if not known), text
    - reaction: text, signs (a list of words)
    - follow-up: reaction (the token of that entry), text, signs
    - reaction over: reaction (the token of that entry), text
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
        """Return a number in `data`; 0 if there is none of that name."""
        value = self.data.get(name, 0)
        assert isinstance(value, int)
        return value

    @property
    def text(self) -> str:
        """The owner's words; may be empty."""
        return str(self.data.get("text", ""))

    @property
    def signs(self) -> list[str]:
        """The signs of a reaction that were seen."""
        signs = self.data.get("signs", [])
        return [str(sign) for sign in signs] if isinstance(signs, list) else []


class Diary:
    """The entries in a database; see `Archive.diary`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def add(self, entry: Entry, now: int) -> Entry:
        """Add an entry, written at Unix time `now` (s); return it with its token.

        Its `written_at` is never before that of an older entry, so that the later entry
        counts also where this computer's clock was put back, or where entries were
        imported from a computer whose clock is ahead. Runs inside `Archive.transaction`.
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
        """Add an entry with the token that it has. Runs inside `Archive.transaction`."""
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
        """Delete an entry. Runs inside `Archive.transaction`."""
        self._db.execute("DELETE FROM diary WHERE token = ?", (entry.token,))

    def entries(self) -> list[Entry]:
        """Return every entry, in the order of `written_at`, then of adding."""
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
