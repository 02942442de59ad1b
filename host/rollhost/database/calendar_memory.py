"""The memory of what calendars were given, so that an export can say what has changed since."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from rollhost.database.sqlite_errors import in_our_words


class CalendarEvent(NamedTuple):
    """An event of a calendar. Times are Unix times (s).

    One that is about days, not moments, has a `first_day` and a `last_day` (ISO 8601). They are the
    same days wherever somebody is, so it starts when the first one begins anywhere on Earth, and
    ends when the last one has ended everywhere. `alarm_s` says when its alarm rings: so many
    seconds after its start, or after midnight of its first day; below 0 is before; None is never.

    `uid` is the same in every export. `sequence` and `modified_at` are the number of the
    event's last change and its time; 0 as long as nobody has worked them out. A time of 0 in a
    memory means that it is a copy: a calendar may have been given something later.
    """

    uid: str
    start: int
    end: int
    cancelled: bool
    title: str
    text: str
    sequence: int = 0
    modified_at: int = 0
    first_day: str | None = None
    last_day: str | None = None
    alarm_s: int | None = None

    def rings_after(self, now: int) -> bool:
        """Return whether its alarm, if it has one, is still to come at Unix time `now` (s).

        One of a day counts as such as long as the day is not over: when it rings depends on where
        somebody is.
        """
        if self.alarm_s is None:
            return False
        return (self.end if self.first_day else self.start + self.alarm_s) > now


class CalendarMemory:
    """The calendar's events in a database; see `Archive.calendar`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def events(self, person: int) -> list[CalendarEvent]:
        """Return every event that is remembered for the person with this token, by UID."""
        with in_our_words():
            rows = self._db.execute(
                "SELECT uid, starts_at, ends_at, cancelled, title, text, sequence, modified_at,"
                " first_day, last_day, alarm_s FROM calendar_events WHERE person = ? ORDER BY uid",
                (person,),
            )
            return [
                CalendarEvent(uid, start, end, bool(cancelled), *others)
                for uid, start, end, cancelled, *others in rows
            ]

    def replace(self, person: int, events: Sequence[CalendarEvent]) -> None:
        """Remember these events, and no others, for the person with this token.

        Nothing is written if they are remembered already. Runs inside `Archive.transaction`.
        """
        if sorted(events, key=lambda event: event.uid) == self.events(person):
            return
        self._db.execute("DELETE FROM calendar_events WHERE person = ?", (person,))
        self._db.executemany(
            "INSERT INTO calendar_events (uid, person, sequence, modified_at, starts_at, ends_at,"
            " cancelled, title, text, first_day, last_day, alarm_s)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    event.uid,
                    person,
                    event.sequence,
                    event.modified_at,
                    event.start,
                    event.end,
                    event.cancelled,
                    event.title,
                    event.text,
                    event.first_day,
                    event.last_day,
                    event.alarm_s,
                )
                for event in events
            ),
        )

    def mark_as_copy(self) -> None:
        """Note that calendars may be given what this database will not know."""
        self._db.execute("UPDATE calendar_events SET modified_at = 0")
