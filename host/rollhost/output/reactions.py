"""What to do about a reaction of the skin, in sentences."""

from rollhost.history.reactions import FADING_S, LONG_S, SIGNS, Reaction
from rollhost.output import units


def advice(reaction: Reaction, now: int) -> list[str]:
    """Return what to do about a reaction that is open at Unix time `now` (s), a sentence each."""
    found = []
    if reaction.signs:
        seen = ", ".join(SIGNS.get(sign, sign) for sign in reaction.signs)
        found.append(f"See a clinician today: {seen}.")
    lasts_s = now - reaction.began.at
    if lasts_s > LONG_S:
        found.append("It has lasted more than a week: see a clinician.")
    elif lasts_s > FADING_S and not reaction.signs:
        found.append("Redness fades within three days. If it has not: see a clinician.")
    due = reaction.look_due()
    if due is not None and due > now:
        found.append(f"Look again {units.clock_time(due, now)}.")
    elif due is not None:
        found.append("Look at it today, and write down what you see: reaction look.")
    return found


def in_short(reaction: Reaction, now: int) -> str:
    """Return the most urgent of `advice` in a few words; empty if there is none."""
    if reaction.signs or now - reaction.began.at > LONG_S:
        return "see a clinician"
    if now - reaction.began.at > FADING_S:
        return "if redness has not faded, see a clinician"
    due = reaction.look_due()
    if due is None:
        return ""
    return f"look again {units.clock_time(due, now)}" if due > now else "look at it: reaction look"
