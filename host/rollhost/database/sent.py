"""What was sent to remind somebody: each occasion once per channel.

A row is claimed in a transaction before anything is sent. So of two programs at once only one
sends. A row stays claimed where its program was stopped in between: then nobody knows whether it
was sent. It is not sent again, because who is reminded twice of one thing soon looks at none of
them; ``host remind --list`` tells it as maybe not sent.
"""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from rollhost.database.sqlite_errors import in_our_words

CLAIMED, SENT, FAILED, MISSED = "claimed", "sent", "failed", "missed"
"""The stages of a row: about to be sent; sent; the channel said no; too old to be sent."""

BEGUN = "begun"
"""Key and stage of the row that says since when there is a channel: what was too old by then was
not missed."""


class Sent(NamedTuple):
    """An occasion on a channel, see the table `reminders`. Times are Unix times (s).

    `at` is since when it is in its `stage`; `is_late` whether it said that it came late; `tries`
    how often it was claimed.
    """

    key: str
    person: int
    channel: str
    due_at: int
    stage: str
    at: int
    is_late: bool = False
    tries: int = 0


class SentMemory:
    """The reminders in a database; see `Archive.reminders`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def all_of(self, person: int) -> list[Sent]:
        """Return what the person with this token was sent or missed, what was due first first."""
        with in_our_words():
            rows = self._db.execute(
                "SELECT key, person, channel, due_at, stage, at, late, tries FROM reminders"
                " WHERE person = ? ORDER BY due_at, key, channel",
                (person,),
            )
            return [
                Sent(key, person, channel, due_at, stage, at, bool(late), tries)
                for key, person, channel, due_at, stage, at, late, tries in rows
            ]

    def keep(self, rows: Sequence[Sent]) -> None:
        """Write rows, each over the one of its occasion and channel.

        Runs inside `Archive.transaction`.
        """
        self._db.executemany(
            "INSERT INTO reminders (key, person, channel, due_at, stage, at, late, tries)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key, person, channel) DO UPDATE SET"
            " due_at = excluded.due_at, stage = excluded.stage, at = excluded.at,"
            " late = excluded.late, tries = excluded.tries",
            [(*row[:6], int(row.is_late), row.tries) for row in rows],
        )

    def forget(self, person: int) -> None:
        """Delete all of the person with this token. Runs inside `Archive.transaction`."""
        self._db.execute("DELETE FROM reminders WHERE person = ?", (person,))
