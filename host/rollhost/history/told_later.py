"""Uses that were early by what was written down later: their cases could not know.

A use is *against the rest* if its case asked for more rest and was overruled. Of the uses here
the case took the zone for rested, and what is known now says that it was not: a session at a
clinic or the end of a reaction was written down later, or another case or log had a use.

The page in a browser runs this file too, under MicroPython.
"""

from rollcore.policy import Policy, bounds, default_rest_s
from rollcore.rest import rest_after

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from rollhost.history.reactions import Reaction
    from rollhost.history.sessions import Session

SURE_S = 60
"""Minimum shortfall (s) before a use counts as early by what was written down later (own)."""

_LONGEST_DEFAULT_S = default_rest_s(bounds("needle_um")[1])
"""The longest rest (s) after a use with longer needles than those of the policy."""


def early_by_later(sessions: "Sequence[Session]", reacted: "Sequence[Reaction]") -> set[str]:
    """Return the keys of the uses that were early by what was written down later.

    `sessions` are the oldest first. Where a time is known within bounds only, a use counts if it
    was early at any of them.
    """
    return {
        session.key
        for place, session in enumerate(sessions)
        if session.use is not None
        and not session.use.early
        and _is_early(place, sessions, reacted, session.use.policy)
    }


def rest_of(session: "Session", policy: Policy) -> int:
    """Return the rest (s) that a policy asks for after a session."""
    if session.at_clinic:
        return policy.clinic_rest_s
    return rest_after(policy, session.needle_um)


def longest_rest(policy: Policy) -> int:
    """Return the longest rest (s) that a policy asks for after any session."""
    return max(policy.clinic_rest_s, policy.rest_s, _LONGEST_DEFAULT_S)


def _is_early(
    place: int, sessions: "Sequence[Session]", reacted: "Sequence[Reaction]", policy: Policy
) -> bool:
    session = sessions[place]
    earliest, latest = began(session)
    longest_s = longest_rest(policy)
    rested = 0
    for number in range(place - 1, -1, -1):
        before = sessions[number]
        if rested and before.ended + longest_s <= earliest:
            break  # this and all before it are long over
        # A zone that is not known may be any zone.
        if None in (session.zone, before.zone) or before.zone == session.zone:
            rested = max(rested, _ended_earliest(before) + rest_of(before, policy))
    for reaction in reacted:
        # The first session of a zone had no rest to keep.
        if rested and reaction.over is not None and reaction.over.at <= earliest:
            rested = max(rested, reaction.over.at + policy.reaction_rest_s)
    return latest < rested - SURE_S


def began(session: "Session") -> tuple[int, int]:
    """Return the earliest and the latest moment (Unix s) at which a use began."""
    use = session.use
    assert use is not None
    if use.began is not None:
        return use.began.earliest, use.began.last
    if use.end is None:
        return session.ended, session.ended
    seconds = use.seconds or 0
    return use.end.earliest - seconds, max(use.end.last, use.end.earliest) - seconds


def _ended_earliest(session: "Session") -> int:
    use = session.use
    if use is None:
        return session.ended
    if use.end is not None:
        return use.end.earliest
    return use.began.earliest if use.began is not None else session.ended
