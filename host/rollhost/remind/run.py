"""Reminding a person of what is due now, on each channel: each occasion once.

An occasion is claimed in the database, then sent, then noted as sent; see `rollhost.database.sent`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rollhost.database.archive import Archive
from rollhost.database.diary import ME
from rollhost.database.sent import CLAIMED, FAILED, MISSED, SENT, Sent
from rollhost.history import recent
from rollhost.history.due import Due, due
from rollhost.output.reminders import reminder_text
from rollhost.remind import schedule, settings
from rollhost.remind.channel import Channel, MaybeTaken, NotTaken
from rollhost.remind.desktop import Desktop
from rollhost.remind.schedule import Message
from rollhost.remind.settings import Settings


class Reminded(NamedTuple):
    """A text that a channel was given."""

    channel: str
    text: str
    is_late: bool


class Outcome(NamedTuple):
    """What a run has done, or would do: then all of it is `waiting`.

    `quiet_until` is when the quiet hours end in which nothing is sent, None if there are none now;
    `paused` has the channels that are left alone after a failure, and until when. Times are Unix
    times (s).
    """

    sent: list[Reminded]
    failed: list[NotTaken | MaybeTaken]
    missed: list[Sent]
    waiting: list[Reminded]
    paused: list[tuple[str, int]]
    quiet_until: int | None = None


def run(
    archive: Archive,
    occasions: Sequence[Due],
    person: int,
    channels: Sequence[Channel],
    wanted: Settings,
    now: int,
    program: str,
    who: str = "",
) -> Outcome:
    """Send what is due at Unix time `now` (s) on each channel, and note it in the database.

    `program` is what to call the host's command, `who` what to call the person. After a failure a
    channel is left alone, for longer each time. Raises `ArchiveError` before
    anything is sent where the database cannot be written.
    """
    outcome = Outcome([], [], [], [], [])
    if wanted.quiet.is_at(now):
        return what_would_be(archive, occasions, person, channels, wanted, now, program, who)
    for channel in channels:
        outcome.missed.extend(_note_missed(archive, occasions, person, channel, now))
        while message := _claim(archive, occasions, person, channel, now):
            text = reminder_text(
                message.occasions, message.is_late, wanted.has_details, now, program, who
            )
            try:
                channel.send(text)
            except NotTaken as failure:
                _note(archive, person, channel, message, FAILED, now)
                outcome.failed.append(failure)
                break
            except MaybeTaken as failure:
                outcome.failed.append(failure)
                break
            _note(archive, person, channel, message, SENT, now)
            outcome.sent.append(Reminded(channel.name, text, message.is_late))
    if not outcome.failed:
        left = what_would_be(archive, occasions, person, channels, wanted, now, program, who)
        outcome.waiting.extend(left.waiting)
        outcome.paused.extend(left.paused)
    return outcome


def what_would_be(
    archive: Archive,
    occasions: Sequence[Due],
    person: int,
    channels: Sequence[Channel],
    wanted: Settings,
    now: int,
    program: str,
    who: str = "",
) -> Outcome:
    """Return what `run` would do at Unix time `now` (s); in quiet hours all of it waits."""
    outcome = Outcome([], [], [], [], [])
    rows = archive.reminders.all_of(person)
    for channel in channels:
        for message in schedule.messages(occasions, rows, channel.name, now):
            text = reminder_text(
                message.occasions, message.is_late, wanted.has_details, now, program, who
            )
            outcome.waiting.append(Reminded(channel.name, text, message.is_late))
    outcome.paused.extend(_paused(rows, outcome.waiting, now))
    if wanted.quiet.is_at(now):
        return outcome._replace(quiet_until=wanted.quiet.over_at(now))
    return outcome


def after_sync(
    archive: Archive, now: int, program: str, person: int = ME, channels: Sequence[Channel] = ()
) -> Outcome:
    """Remind a person of what is due at Unix time `now` (s), by what a sync has brought.

    Without channels it is the desktop. For a program that stays: it need not start `host remind`.
    """
    every = recent.read(archive, now)
    found = due(every.of(person), person, now)
    wanted = settings.read(archive, person)
    to = channels or [Desktop()]
    return run(archive, found, person, to, wanted, now, program, every.called(person))


def _paused(rows: Sequence[Sent], waiting: Sequence[Reminded], now: int) -> list[tuple[str, int]]:
    """Return each channel that something waits for because it is left alone, and until when."""
    names = dict.fromkeys(reminded.channel for reminded in waiting)
    untils = [(name, schedule.paused_until(rows, name, now)) for name in names]
    return [(name, until) for name, until in untils if until]


def _note_missed(
    archive: Archive, occasions: Sequence[Due], person: int, channel: Channel, now: int
) -> list[Sent]:
    with archive.transaction():
        rows = archive.reminders.all_of(person)
        found = schedule.missed(occasions, rows, channel.name, person, now)
        archive.reminders.keep(found)
    return [row for row in found if row.stage == MISSED]


def _claim(
    archive: Archive, occasions: Sequence[Due], person: int, channel: Channel, now: int
) -> Message | None:
    """Return what is to be sent next, which nobody else sends from now on; None: nothing is."""
    with archive.transaction():
        rows = archive.reminders.all_of(person)
        if schedule.paused_until(rows, channel.name, now):
            return None
        found = schedule.messages(occasions, rows, channel.name, now)
        if not found:
            return None
        archive.reminders.keep(found[0].rows(channel.name, CLAIMED, now, rows))
        return found[0]


def _note(
    archive: Archive, person: int, channel: Channel, message: Message, stage: str, now: int
) -> None:
    with archive.transaction():
        rows = archive.reminders.all_of(person)
        archive.reminders.keep(message.rows(channel.name, stage, now, rows))
