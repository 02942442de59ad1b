"""Where a case stands, as sentences: may I roll, the last use, the head, the rest of each zone.

The page in a browser runs this file too, under MicroPython.
"""

from rollcore import events, state
from rollcore.events import CASE_EPOCH
from rollcore.policy import Policy
from rollcore.rest import resting_for
from rollhost.history.summary import Summary
from rollhost.output import units
from rollhost.output.records import BY_LATER, event_field, stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rollhost.history.sessions import Use
    from rollhost.history.summary import Known
    from rollhost.history.timeline import Placed

RIGHT_S = 5
"""A clock that is off by at most this (s) is called right (own)."""


OLD_S = 7 * 86400
"""From this age of the last sync on (s), what says that the skin has rested says as of when (own):
the case may have been used since."""

ABOUT_REST = (state.RESTING, state.PREPARE, state.READY)
"""Phases whose headline says whether the skin has rested."""

_AFTER = {
    events.AFTER_CLINIC: " after a session at a clinic",
    events.AFTER_REACTION: " after a reaction",
}
"""What the skin rests from, if not from a use."""


_OVERRIDE = {
    state.PREPARE: "Before it, press the case's button and soak the roller",
    state.DRYING: "The roller dries",
}


def as_of(summary: Summary) -> int | None:
    """Return the last sync (Unix s) if it is older than `OLD_S` and the headline says rested.

    Any other headline forbids a use, and what the case may have logged since forbids no less.
    """
    says_rested = (
        summary.standing.phase in (state.PREPARE, state.READY) and not summary.standing.override
    )
    return _old_sync(summary) if says_rested else None


def _old_sync(summary: Summary) -> int | None:
    synced = summary.case.synced_at or summary.case.met_at
    return synced if synced is not None and summary.now - synced > OLD_S else None


def _since_sync(summary: Summary, synced: int | None) -> str:
    """Return words for a sentence that says rested: as of which sync; empty if it is a new one."""
    if synced is None:
        return ""
    return f", as of {units.short_day(synced, summary.now)}"


def headline(summary: Summary, on_hold: str, once_seen: str) -> str:
    """Return the answer to "May I roll?", as a sentence or two.

    `on_hold` has the reason and the end of the hold that stands, as in ``(sunburn) until today``;
    `once_seen` is what to do once a clinician has looked at the skin.
    """
    if summary.person is None:
        return "Whose case is it? Until somebody says so, nothing is known of the skin."
    phase = summary.standing.phase
    old = _since_sync(summary, as_of(summary))
    until = units.clock_time(summary.until, summary.now) if summary.until else ""
    left = units.span(summary.until - summary.now) if summary.until else ""
    if phase == state.RESTING:
        why = _AFTER.get(summary.standing.reason, "")
        later = ", by the later clock" if summary.case_clock else ""
        return f"Not yet: the skin rests{why} until {until}{later} ({left} to go)."
    if summary.standing.override:
        ready = phase == state.READY
        then = "It is ready" + (f" until {until}" if until else "") if ready else _OVERRIDE[phase]
        if ready and not summary.policy.soak_before_s:
            then = "It waits for no soak: that is switched off"
        return f"Not rested: a use against the rest was asked for at the case. {then}."
    if phase == state.PREPARE:
        zones = f": {_rested_zones(summary)}" if _rested_zones(summary) else ""
        if old:
            return f"Rested{old}{zones}. Before a use: press the button, soak the roller."
        return f"Rested{zones}. Before the next use: press the case's button and soak the roller."
    if summary.outdated:
        noun = "soak" if phase == state.SOAKING else "use"
        return f"At the last sync a {noun} was under way, to end by {until}. Sync to know more."
    if phase == state.SOAKING:
        return f"Soaking until {until}."
    if phase == state.DRYING:
        return f"Drying until {until}."
    if phase == state.READY:
        zones = f" ({_rested_zones(summary)})" if _rested_zones(summary) else ""
        if not summary.policy.soak_before_s:
            return f"Rested{zones}{old}; the soak is switched off."
        return f"Rested{zones} and disinfected{old}: ready" + (f" until {until}." if until else ".")
    if phase == state.ASKING:
        return "Was the roller used? If so, press the case's button; if not, hold it."
    if phase == state.IN_USE:
        return "In use."
    if phase == state.CLEAN_ME:
        late = summary.standing.stage != state.NORMAL
        return "Clean the roller now" + (": it is overdue." if late else ", and soak it.")
    if phase == state.HEAD_EXPIRED:
        if summary.standing.reason == events.HEAD_IS_OUT:
            # Until the case was told, its button does not know.
            step = "say head new" if summary.head_out_is_untold else "hold the button 10 s"
            return f"The head is {why_out(summary)}. With a new one in, {step}."
        return "Not with this head: it is worn out. With a new one in, hold the button 10 s."
    if summary.standing.reason == events.RED_FLAG:
        return f"On hold until a clinician has looked at the skin. Then {once_seen}."
    if summary.standing.reason == events.REACTION_OPEN:
        return "On hold: a reaction of the skin is open."
    return f"On hold {on_hold}."


def _rested_zones(summary: Summary) -> str:
    """Return the names of the zones that have rested; empty if all have."""
    zones = summary.policy.zones
    rested = [zone for number, zone in enumerate(zones) if summary.standing.rested >> number & 1]
    return "" if len(rested) == len(zones) else ", ".join(rested)


def has_rested(summary: Summary) -> str:
    """Return the words for a zone that has rested, with the last sync if that is old.

    If the headline is about the rest, it has said that already.
    """
    about_rest = summary.standing.phase in ABOUT_REST
    return "rested" + ("" if about_rest else _since_sync(summary, _old_sync(summary)))


def rest_text(summary: Summary, number: int, until: int | None) -> str:
    """Return the rest of the zone with this number, which rests until `until` (Unix s), if any."""
    if until is None:
        return has_rested(summary)
    why = _AFTER.get(resting_for(summary.state, summary.policy, number), "")
    return f"rests{why} until {units.clock_time(until, summary.now)}"


def clock_text(case: "Known") -> str:
    """Return how far the case's clock was off at the last sync; empty if not known."""
    behind = case.clock_behind_s
    if case.synced_at is None or behind is None:
        return ""
    if case.synced_at - behind < CASE_EPOCH + events.FIRST_PLAUSIBLE:
        return "; its clock had never been set"
    if abs(behind) <= RIGHT_S:
        return "; its clock was right"
    return f"; its clock was {units.span(abs(behind))} {'behind' if behind > 0 else 'ahead'}"


def last_use_texts(summary: Summary) -> list[str]:
    """Return when the last use was and how it went, then whether it was clean."""
    assert summary.last_use is not None
    assert summary.last_use.use is not None
    use = summary.last_use.use
    text = when_text(moment_of(use), summary.now)
    if use.end is None:
        text = f"began {text}, its end is not known: power was lost"
    elif use.seconds is not None:
        text += f", {units.span(use.seconds)}"
    if use.early:
        text += ", early, against the rest"
    elif summary.early_by_later:
        text += f", {BY_LATER}"
    soaks = hygiene(use, summary.state.dirty)
    return [text, soaks] if soaks else [text]


def hygiene(use: "Use", dirty: bool) -> str:
    """Return whether the roller was disinfected before and after a use.

    A soak that the policy of that use left out is named as switched off. `dirty` says whether the
    roller still has to be soaked after it.
    """
    if use.soaked_before and use.cleaned_in_time:
        return "disinfected before and after"
    if use.soaked_before is None and use.cleaned_in_time is None:
        return "the soaks before and after it were switched off"
    parts = []
    if use.soaked_before is None:
        parts.append("the soak before it was switched off")
    else:
        parts.append("disinfected before" if use.soaked_before else "not disinfected before")
    if use.cleaned_in_time is None:
        parts.append("the soak after it was switched off")
    elif use.cleaned_in_time:
        parts.append("disinfected after")
    elif use.cleaned_after_s is not None:
        parts.append(f"disinfected only {units.span(use.cleaned_after_s)} after")
    elif dirty:
        parts.append("not disinfected after it yet")
    return ", ".join(parts)


def moment_of(use: "Use") -> "Placed":
    """Return the end of a use, or its beginning if the end is not known."""
    placed = use.end or use.began
    assert placed is not None
    return placed


def when_text(placed: "Placed", now: float) -> str:
    """Return a moment at Unix time `now` (s), with its uncertainty if it has one."""
    return units.clock_time(placed.earliest, now) if placed.known else stamp(placed)


def why_out(summary: Summary) -> str:
    """Return that the head is out, why and since when, without a full stop."""
    if summary.head_out is None:
        return "out"
    reason = str(event_field(events.HEAD_OUT, "reason", summary.head_out.reason))
    at = summary.head_out.at
    since = f", {units.short_day(at, summary.now)}" if at is not None else ""
    return f"out: {reason}{since}"


def head_texts(summary: Summary) -> list[str]:
    """Return the uses and days of the present head, and when it will be worn out if that is known.

    The texts are without full stops. Of one that is out there is nothing else to say.
    """
    if summary.state.head_out:
        return [why_out(summary), "put a new one in"]
    policy = summary.policy
    days = f"day {summary.head_days} of {policy.head_s // 86400}" if summary.head_days else "new"
    zone = f", for {summary.head_for.zone}" if summary.head_for else ""
    texts = [
        f"used {summary.state.head_uses} of {units.count(policy.head_uses, 'time')}, {days}{zone}"
    ]
    if summary.head_for and summary.head_for.others:
        others = " and ".join(summary.head_for.others)
        texts.append(f"it was used on {others}, too: a head for each area is better")
    if summary.head_ends is not None:
        pace = "at this pace " if summary.head_ends.by_uses else ""
        texts.append(f"{pace}worn out on {units.day(summary.head_ends.at)}")
    return texts


def switched_off(policy: Policy) -> str:
    """Return which soaks a policy leaves out, such as ``the soak after a use is switched off``.

    Empty if it leaves out none.
    """
    off = []
    if not policy.soak_before_s:
        off.append("before")
    if not policy.soak_after_s:
        off.append("after")
    if len(off) == 2:
        return "the soaks before and after a use are switched off"
    return f"the soak {off[0]} a use is switched off" if off else ""
