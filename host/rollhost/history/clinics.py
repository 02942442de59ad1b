"""The sessions at a clinic, and until when the skin rests from each."""

from dataclasses import dataclass

from rollcore import policy
from rollhost.history.history import History
from rollhost.history.sessions import Session


@dataclass(frozen=True)
class ClinicVisit:
    """A session at a clinic with what was written of it; its rest ends at Unix time `until` (s)."""

    session: Session
    text: str
    until: int


def visits(history: History) -> list[ClinicVisit]:
    """Return every session at a clinic, the oldest first.

    The rest is the longest that the policy of a case asks for now; without a case that of the
    default policy.
    """
    known = [history.policies.now(case) for case in history.cases_now]
    known = known or [policy.for_needle(policy.DEFAULT_NEEDLE_UM)]
    rest_s = max(ruling.clinic_rest_s for ruling in known)
    texts = {f"clinic {entry.token}": entry.text for entry in history.diary}
    return [
        ClinicVisit(session, texts.get(session.key, ""), session.ended + rest_s)
        for session in history.sessions
        if session.at_clinic
    ]
