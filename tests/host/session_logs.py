"""Logs with sessions in them, and what is told of each."""

from tests.host.logbook import DAY, Logbook, rules_for

from rollcore import events
from rollcore.policy import Policy
from rollhost.database import diary
from rollhost.database.archive import Archive
from rollhost.database.diary import Entry
from rollhost.history import history
from rollhost.history.sessions import Session, Use

NOW = 1_795_255_200
"""2026-11-21 10:00 UTC, in Unix seconds."""

WEEKLY = rules_for(250)
TWO_ZONES = rules_for(250, "face", "neck")
NO_SOAKS = rules_for(250, soak_before_min=0, soak_after_min=0)


def begun(archive: Archive, rules: Policy) -> Logbook:
    """Return the log of a case whose clock is right, with these rules."""
    book = Logbook(archive, NOW)
    book.set_clock()
    book.set_rules(rules)
    return book


def uses(archive: Archive) -> list[Use]:
    """Return what is told of every use."""
    return [session.use for session in history.read(archive).sessions if session.use is not None]


def only(archive: Archive) -> tuple[Session, Use]:
    """Return the one session there is, which is a use."""
    (session,) = history.read(archive).sessions
    assert session.use is not None
    return session, session.use


def tell_use(book: Logbook) -> None:
    """Say that the roller was used, as a case logs it: start and end at once, and how long."""
    book.begin()
    book.write(events.USE_ENDED, how=events.AFTERWARDS, seconds=90)


CLINIC_AT = NOW - 3 * DAY


def write_clinic(archive: Archive) -> Entry:
    """Write a session at a clinic into the diary."""
    with archive.transaction():
        entry = Entry(diary.CLINIC, CLINIC_AT, "neck", data={"needle_um": 1500, "text": ""})
        return archive.diary.add(entry, NOW)
