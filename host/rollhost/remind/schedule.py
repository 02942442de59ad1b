"""What to send on a channel at one moment: what is due, without what was sent, in no quiet hour.

It reads no clock, opens no database and sends nothing.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple

from rollhost.database.sent import BEGUN, CLAIMED, FAILED, MISSED, SENT, Sent
from rollhost.history.due import CLEAN, Due

HOUR_S, DAY_S = 3600, 86400

LATE_S = HOUR_S
"""From so long (s) after it was due, a reminder says since when it is so (own)."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 5 * 60, 6 * HOUR_S
"""For how long (s) a channel is left alone that did not take a reminder (own): each pause is twice
the one before."""


class Quiet(NamedTuple):
    """The hours of the local clock in which nobody is reminded; none if both are the same."""

    begins: int
    ends: int

    def is_at(self, now: float) -> bool:
        """Return whether Unix time `now` (s) is in them."""
        hour = datetime.fromtimestamp(now).hour
        if self.begins <= self.ends:
            return self.begins <= hour < self.ends
        return hour >= self.begins or hour < self.ends

    def over_at(self, at: int) -> int:
        """Return when (Unix s) the quiet hours are over at Unix time `at` (s); else `at` itself."""
        if not self.is_at(at):
            return at
        then = datetime.fromtimestamp(at)
        day = then.date() + timedelta(days=then.hour >= self.ends)
        return int(datetime.combine(day, time(self.ends % 24)).timestamp())


QUIET = Quiet(22, 8)
"""The quiet hours of who has said none (own)."""


class Message(NamedTuple):
    """What is sent as one reminder: occasions of one kind, the last one due last."""

    occasions: tuple[Due, ...]
    is_late: bool

    @property
    def last(self) -> Due:
        """The occasion that was due last."""
        return self.occasions[-1]

    def rows(self, channel: str, stage: str, now: int, before: Sequence[Sent]) -> list[Sent]:
        """Return the rows that say in which `stage` its occasions are from Unix time `now` (s) on.

        `before` are the rows that are there; claiming counts as a try.
        """
        tries = {row.key: row.tries for row in before if row.channel == channel}
        return [
            Sent(
                occasion.key, occasion.person, channel, occasion.at, stage, now, self.is_late,
                tries.get(occasion.key, 0) + (stage == CLAIMED),
            )
            for occasion in self.occasions
        ]  # fmt: skip


def messages(
    occasions: Sequence[Due], rows: Sequence[Sent], channel: str, now: int
) -> list[Message]:
    """Return what is to be sent on a channel at Unix time `now` (s), what was due first first.

    `rows` is what was sent before, on any channel. An occasion that was claimed is not sent again,
    one that the channel did not take is; so is one that was missed by a clock that was ahead.
    """
    done = {row.key for row in rows if row.channel == channel and row.stage in (CLAIMED, SENT)}
    together: dict[tuple[object, ...], list[Due]] = {}
    for occasion in occasions:
        if occasion.at <= now < occasion.stale_at and occasion.key not in done:
            # However often somebody was to be reminded of cleaning, now it is once.
            at = 0 if occasion.what == CLEAN else occasion.at
            together.setdefault((occasion.what, occasion.case, at), []).append(occasion)
    return [
        Message(tuple(found), now >= found[-1].at + LATE_S)
        for found in sorted(together.values(), key=lambda found: found[-1].at)
    ]


def missed(
    occasions: Sequence[Due], rows: Sequence[Sent], channel: str, person: int, now: int
) -> list[Sent]:
    """Return rows for what is too old to be sent at Unix time `now` (s), and is in no row yet.

    What was too old already when the channel was first used is not missed. In the beginning there
    is a row that says when that was.
    """
    mine = [row for row in rows if row.channel == channel]
    begun = next((row.due_at for row in mine if row.stage == BEGUN), None)
    if begun is None:
        return [Sent(BEGUN, person, channel, now, BEGUN, now)]
    known = {row.key for row in mine if row.stage != FAILED}
    return [
        Sent(occasion.key, occasion.person, channel, occasion.at, MISSED, now)
        for occasion in occasions
        if begun < occasion.stale_at <= now and occasion.key not in known
    ]


def paused_until(rows: Sequence[Sent], channel: str, now: int) -> int:
    """Return until when (Unix s) a channel is left alone after a failure; 0: it is not.

    A failure that is later than `now` was written by a clock that has been set back: it counts for
    nothing.
    """
    failed = [
        row for row in rows if row.channel == channel and row.stage == FAILED and row.at <= now
    ]
    if not failed:
        return 0
    last = max(failed, key=lambda row: (row.at, row.tries))
    pause = min(FIRST_PAUSE_S * 2 ** min(last.tries - 1, 10), LONGEST_PAUSE_S)
    return last.at + pause if now < last.at + pause else 0
