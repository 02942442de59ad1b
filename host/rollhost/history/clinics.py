"""The sessions at a clinic, and until when the skin rests from each."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from rollcore import policy
from rollhost.history.history import History
from rollhost.history.sessions import Session


class ClinicVisit(NamedTuple):
    """A session at a clinic with what was written of it; its rest ends at Unix time `until` (s).

    `day` and `until_day` are the days (ISO 8601) of both, if the session was said without a time.
    """

    session: Session
    text: str
    until: int
    day: str | None = None
    until_day: str | None = None


def visits(history: History) -> list[ClinicVisit]:
    """Return every session at a clinic, the oldest first.

    The rest is the longest that the policy of a case asks for now; without a case that of the
    default policy.
    """
    known = [history.policies.now(case) for case in history.cases_now]
    known = known or [policy.for_needle(policy.DEFAULT_NEEDLE_UM)]
    rest_s = max(ruling.clinic_rest_s for ruling in known)
    written = {f"clinic {entry.token}": entry for entry in history.diary}
    found = []
    for session in history.sessions:
        if session.at_clinic:
            entry = written.get(session.key)
            day = None if entry is None else entry.day
            ends = None if day is None else _day_after(day, rest_s)
            text = "" if entry is None else entry.text
            found.append(ClinicVisit(session, text, session.ended + rest_s, day, ends))
    return found


def _day_after(day: str, seconds: int) -> str:
    """Return the day (ISO 8601) that many seconds after noon of a day."""
    noon = datetime.combine(date.fromisoformat(day), time(12))
    return (noon + timedelta(seconds=seconds)).date().isoformat()
