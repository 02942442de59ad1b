"""Which policy rules a case: at a record of its log, now, and after its next sync."""

from rollcore import events, policy
from rollcore.policy import Policy
from rollcore.state import State
from rollhost.database.archive import Archive, Case


def rules_ahead(archive: Archive, case: Case) -> Policy:
    """Return the rules that a case goes by after its next sync: those that wait, or its own."""
    return archive.pending_policy(case.id) or rules_chosen(archive, case)


def rules_chosen(archive: Archive, case: Case) -> Policy:
    """Return the rules that the owner put into a case last; else the defaults that it goes by."""
    if case.log_id is None:
        return policy.for_needle(policy.DEFAULT_NEEDLE_UM)
    chosen = archive.logged_policy(case.log_id)
    if chosen is not None:
        return chosen
    for event in reversed(archive.events(case.log_id)):
        if event.kind == events.POLICY_SET:
            return policy.for_needle(event.data["needle_um"])
    return policy.for_needle(policy.DEFAULT_NEEDLE_UM)


def rules_in_force(archive: Archive, folded: State) -> Policy:
    """Return the rules that a case in this state goes by, or the defaults for its needles."""
    known = archive.policy(folded.policy_digest)
    if known is not None:
        return known
    try:
        return policy.for_needle(folded.needle_um or policy.DEFAULT_NEEDLE_UM)
    except policy.PolicyError:
        # No case takes such needles: the longest rest that there is.
        return policy.for_needle(policy.MAX_NEEDLE_UM)
