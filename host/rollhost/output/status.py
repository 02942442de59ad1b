"""What ``host status`` prints of a case and of the skin: sentences for a person, and JSON."""

from collections.abc import Sequence

from rollcore import events, state
from rollcore.events import CASE_EPOCH
from rollcore.memory import State
from rollcore.rest import resting_for
from rollhost.database import diary
from rollhost.database.archive import Case
from rollhost.database.diary import MY_NAME
from rollhost.history.case_status import Summary
from rollhost.history.holds import Hold
from rollhost.history.plan import Plan
from rollhost.history.reactions import Reaction
from rollhost.history.sessions import Use
from rollhost.history.skin_status import Around, Skin
from rollhost.history.timeline import Placed
from rollhost.output import units
from rollhost.output.aftercare import window_end, window_line
from rollhost.output.alcohol import bottle_fields, is_old_text
from rollhost.output.heads import head_document, head_texts, why_out
from rollhost.output.holds import healed_texts, hold_document, hold_until
from rollhost.output.persons import others_line, whose_line
from rollhost.output.plan import plan_due
from rollhost.output.policy import beyond_documents, beyond_sentences, switched_off
from rollhost.output.products import inside_texts, products_document
from rollhost.output.reactions import (
    advice,
    clinician_document,
    clinician_sentence,
    in_short,
    late_texts,
)
from rollhost.output.records import BEFORE_THIS_HEAD, BY_LATER, hold_reason, stamp
from rollhost.output.text import labelled

RIGHT_S = 5
"""A clock that is off by at most this (s) is called right (own)."""


OLD_S = 7 * 86400
"""From this age of the last sync on (s), what says that the skin has rested says as of when (own):
the case may have been used since."""

_ABOUT_REST = (state.RESTING, state.PREPARE, state.READY)
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


def headline(summary: Summary) -> str:
    """Return the answer to "May I roll?", as one sentence."""
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
            waits = any(entry.kind == diary.HEAD_OUT for entry in summary.waiting)
            step = "say head new" if waits else "hold the button 10 s"
            return f"The head is {why_out(summary)}. With a new one in, {step}."
        return "Not with this head: it is worn out. With a new one in, hold the button 10 s."
    if summary.standing.reason == events.RED_FLAG:
        return "On hold until a clinician has looked at the skin. Then say reaction seen."
    if summary.standing.reason == events.REACTION_OPEN:
        return "On hold: a reaction of the skin is open."
    hold = summary.holds[0] if summary.holds else Hold(summary.state.hold_reason, summary.until)
    return f"On hold ({hold_reason(hold.reason)}){hold_until(hold, summary.now)}."


def _rested_zones(summary: Summary) -> str:
    """Return the names of the zones that have rested; empty if all have."""
    zones = summary.policy.zones
    rested = [zone for number, zone in enumerate(zones) if summary.standing.rested >> number & 1]
    return "" if len(rested) == len(zones) else ", ".join(rested)


def _hold_reason(summary: Summary) -> str:
    return hold_reason(summary.state.hold_reason)


def case_document(summary: Summary) -> dict[str, object]:
    """Return a summary for ``--json``. Times are ISO 8601 with the local offset."""
    case = summary.case
    return {
        "device": case.device,
        "name": case.name,
        "board": case.board,
        "firmware": case.firmware,
        "phase": summary.standing.phase,
        "outdated": summary.outdated,
        "until": units.iso(summary.until),
        "says": headline(summary),
        "as_of": units.iso(as_of(summary)),
        "needle_mm": summary.policy.needle_um / 1000,
        "rest_days": summary.policy.rest_s / 86400,
        "head": head_document(summary),
        "last_use": _use_document(summary),
        "disinfected": _placed(summary.disinfected),
        "soaks": {
            "before": bool(summary.policy.soak_before_s),
            "after": bool(summary.policy.soak_after_s),
        },
        "hold": _hold_document(summary),
        "holds": [hold_document(hold) for hold in summary.holds],
        "zones": [
            {"name": name, "rested": until is None, "until": units.iso(until)}
            for name, until in summary.zones()
        ],
        "open_reactions": summary.state.reactions,
        "waiting": len(summary.waiting),
        "taken_back": summary.taken_back,
        "new_rules": summary.waiting_policy is not None,
        "beyond_bounds": beyond_documents(summary.waiting_policy or summary.policy),
        "records": summary.records,
        "missing": summary.missing,
        "synced": units.iso(case.synced_at),
        "clock_behind_s": case.clock_behind_s,
        "by_later_clock": summary.case_clock is not None,
    }


def case_lines(summary: Summary, width: int | None = None) -> list[str]:
    """Return a summary as a person reads it, wrapped at `width` characters; None: not wrapped."""
    case = summary.case
    rows = [("", headline(summary))]
    if summary.last_use:
        rows += [("Last use", text) for text in _last_use(summary)]
    if summary.disinfected:
        off = switched_off(summary.policy)
        when = _when(summary.disinfected, summary.now)
        before = BEFORE_THIS_HEAD if summary.soaked_head_before else ""
        rows.append(("Disinfected", "; ".join(filter(None, [when, before, off]))))
    for place, hold in enumerate(summary.holds):
        if place or summary.standing.reason != events.ON_HOLD:  # the headline does not say it
            also = "also " if place else ""
            named = f"{also}{hold_reason(hold.reason)}{hold_until(hold, summary.now)}"
            rows.append(("On hold", named))
    # The headline does not have the rest of each zone, or in other phases not even of a single one.
    if len(summary.policy.zones) > 1 or summary.standing.phase not in _ABOUT_REST:
        for number, (zone, until) in enumerate(summary.zones()):
            rows.append((zone.capitalize(), _rest(summary, number, until)))
    policy = summary.policy
    rows += [("Head", text) for text in head_texts(summary)]
    chosen = "" if policy.revision else " (assumed: say yours with sync --needle)"
    rest = units.span(policy.rest_s)
    rows.append(("Rules", f"{units.needle(policy.needle_um)} needles, {rest} of rest{chosen}"))
    # After the next sync the waiting ones are in force.
    rows += [("Rules", text) for text in beyond_sentences(summary.waiting_policy or policy)]
    if summary.waiting_policy is not None:
        length = units.needle(summary.waiting_policy.needle_um)
        rows.append(("Waiting", f"new rules, for {length}: the next sync puts them into the case"))
    if summary.waiting:
        things = units.count(len(summary.waiting), "thing")
        rows.append(("Waiting", f"{things} that you wrote down: the next sync tells the case"))
    if summary.taken_back:
        things = units.count(summary.taken_back, "thing")
        rows.append(("Waiting", f"{things} that you took back: the next sync tells the case"))
    if case.synced_at is not None:
        rows.append(("Synced", units.clock_time(case.synced_at, summary.now) + _clock(case)))
    if case.met_at is not None and case.met_at > (case.synced_at or 0):
        rows.append(("", "The last sync broke off: sync again for the whole picture."))
    if summary.missing:
        rows.append(
            ("Missing", f"{units.count(summary.missing, 'record')} that the case no longer held")
        )
    return labelled(rows, width)


def has_rested(summary: Summary) -> str:
    """Return the words for a zone that has rested, with the last sync if that is old.

    If the headline is about the rest, it has said that already.
    """
    about_rest = summary.standing.phase in _ABOUT_REST
    return "rested" + ("" if about_rest else _since_sync(summary, _old_sync(summary)))


def _rest(summary: Summary, number: int, until: int | None) -> str:
    """Return the rest of the zone with this number, which rests until `until` (Unix s), if any."""
    if until is None:
        return has_rested(summary)
    why = _AFTER.get(resting_for(summary.state, summary.policy, number), "")
    return f"rests{why} until {units.clock_time(until, summary.now)}"


def _clock(case: Case) -> str:
    """Return how far the case's clock was off at the last sync; empty if not known."""
    behind = case.clock_behind_s
    if case.synced_at is None or behind is None:
        return ""
    if case.synced_at - behind < CASE_EPOCH + events.FIRST_PLAUSIBLE:
        return "; its clock had never been set"
    if abs(behind) <= RIGHT_S:
        return "; its clock was right"
    return f"; its clock was {units.span(abs(behind))} {'behind' if behind > 0 else 'ahead'}"


def _last_use(summary: Summary) -> list[str]:
    assert summary.last_use is not None
    assert summary.last_use.use is not None
    use = summary.last_use.use
    text = _when(_moment_of(use), summary.now)
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


def hygiene(use: Use, dirty: bool) -> str:
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


def _moment_of(use: Use) -> Placed:
    """Return the end of a use, or its beginning if the end is not known."""
    placed = use.end or use.began
    assert placed is not None
    return placed


def _when(placed: Placed, now: float) -> str:
    return units.clock_time(placed.earliest, now) if placed.known else stamp(placed)


def _hold_document(summary: Summary) -> dict[str, object] | None:
    if not summary.hold:
        return None
    until = summary.state.hold_until
    return {
        "reason": _hold_reason(summary),
        "until": units.iso(until + CASE_EPOCH) if until else None,
        "day": summary.hold_day,
    }


def _use_document(summary: Summary) -> dict[str, object] | None:
    last = summary.last_use
    if last is None or last.use is None:
        return None
    use = last.use
    placed = _moment_of(use)
    return {
        "earliest": units.iso(placed.earliest),
        "latest": units.iso(placed.latest),
        "seconds": use.seconds,
        "zone": last.zone,
        "early": use.early,
        "early_by_later": summary.early_by_later,
        "disinfected_before": use.soaked_before,
        "cleaned_in_time": use.cleaned_in_time,
    }


def _placed(placed: Placed | None) -> dict[str, object] | None:
    if placed is None:
        return None
    return {"earliest": units.iso(placed.earliest), "latest": units.iso(placed.latest)}


def status_document(
    summaries: Sequence[Summary], skin: Skin, quarantined: int, around: Around
) -> dict[str, object]:
    """Return the status of cases and skin for ``--json``; `quarantined` records cannot be read."""
    return {
        "person": around.person,
        "unclaimed": [case.device for case in around.unclaimed],
        "quarantined": quarantined,
        "clinician": clinician_document(skin.to_be_seen, _states(summaries)),
        "holds": [hold_document(hold) for hold in skin.holds],
        "cases": [case_document(summary) for summary in summaries],
        **skin_document(skin),
    }


def _states(summaries: Sequence[Summary]) -> list[State]:
    return [summary.state for summary in summaries]


def status_lines(
    summaries: Sequence[Summary], skin: Skin, width: int | None, around: Around
) -> list[str]:
    """Return the status of cases and skin as a person reads it, wrapped as in `case_lines`.

    Before it stand signs that a clinician should see and the cases that are nobody's, after it
    who else there is.
    """
    shown = [summary.case for summary in summaries]
    unclaimed = [case for case in around.unclaimed if case not in shown]
    red = clinician_sentence(skin.to_be_seen, _states(summaries))
    rows = [("", red)] if red else []
    lines = labelled([*rows, *(("", whose_line(case)) for case in unclaimed)], width)
    others = [name for name in around.others if name != MY_NAME or around.person]
    several = len(summaries) > 1
    if others and around.person:
        lines.append(f"{around.person}:")
    if not summaries:
        lent = [f"Case {case.title} was lent." for case in around.lent]
        lines += lent or ([] if unclaimed else [_no_case(around)])
        held = [f"{hold_reason(hold.reason)}{hold_until(hold, skin.now)}" for hold in skin.holds]
        lines += labelled([("On hold", text) for text in held], width)
    for summary in summaries:
        if several:
            lines += [f"Case {summary.case.title}", *case_lines(summary, width), ""]
        else:
            lines += case_lines(summary, width)
    if around.retired:
        titles = ", ".join(case.title for case in around.retired)
        lines += labelled([("Retired", f"{titles}: used no more. To use it again: undo")], width)
    # The lines on the skin follow those of a single case without an empty line.
    lines += skin_lines(skin, width)
    lines = lines[:-1] if lines[-1:] == [""] else lines
    if others:
        lines += labelled([("Also here", f"{', '.join(others)} (status --person NAME)")], width)
    return lines


def _no_case(around: Around) -> str:
    if around.theirs:
        return others_line(around.person, around.theirs)
    whose = f" of {around.person}'s" if around.others and around.person else ""
    return f"No case{whose} was synced yet."


def held_lines(summaries: Sequence[Summary], skin: Skin) -> list[str]:
    """Return sentences on what forbids any session, such as a hold; empty if nothing does."""
    held = {headline(summary) for summary in summaries if summary.standing.phase == state.HELD}
    if skin.reactions and not held:
        return ["A reaction of the skin is open."]
    return sorted(held)


def skin_document(skin: Skin) -> dict[str, object]:
    """Return what is known of the skin for ``--json``. Times are ISO 8601 with the local offset."""
    return {
        "reactions": [
            {
                "since": units.iso(reaction.began.at),
                "day": reaction.began.day,
                "zone": reaction.began.zone,
                "signs": reaction.signs,
                "look_due": units.iso(reaction.look_due()),
                "advice": advice(reaction, skin.now),
            }
            for reaction in skin.reactions
        ],
        "watches": [
            {
                "since": units.iso(watch.began.at),
                "day": watch.began.day,
                "zone": watch.began.zone,
                "look_due": units.iso(watch.look_due()),
                "advice": advice(watch, skin.now),
            }
            for watch in skin.watches
        ],
        "healed": [hold_document(hold) for hold in skin.ended_holds],
        "dark_spots": [
            {"zone": check.zone, "until": units.iso(check.until)} for check in skin.dark_spots
        ],
        "lumps": [{"zone": check.zone, "until": units.iso(check.until)} for check in skin.lumps],
        "aftercare": [
            {
                "key": due.window.key,
                "name": due.window.name,
                "zone": due.session.zone,
                "until": units.iso(due.window.end),
                "until_day": window_end(due.window),
            }
            for due in skin.aftercare
        ],
        "courses": [
            {
                "zone": plan.zone,
                "sessions": plan.sessions,
                "done": len(plan.done),
                "next": units.iso(plan.next_at),
                "next_day": plan.next_day,
            }
            for plan in skin.plans
        ],
        "products": products_document(skin.products),
        "alcohol": bottle_fields(skin.alcohol, skin.now),
    }


def skin_lines(skin: Skin, width: int | None = None) -> list[str]:
    """Return what is known of the skin as a person reads it, wrapped as in `case_lines`."""
    rows = [("Healed?", text) for text in healed_texts(skin.ended_holds)]
    rows += [("Reaction", _reaction(reaction, skin.now)) for reaction in skin.reactions]
    if skin.reactions:
        rows.append(("Reaction", "once it is gone: reaction over"))
    rows += [("Watch", _reaction(watch, skin.now)) for watch in skin.watches]
    if skin.watches and not skin.reactions:
        rows.append(("Watch", "once it is gone: reaction over"))
    rows += [("Look for", text) for text in late_texts(skin.dark_spots, skin.lumps, skin.now)]
    # If the same window is open for two zones, the later end is shown.
    last = {(due.window.key, due.window.name): due.window for due in skin.aftercare}
    for window in sorted(last.values(), key=lambda window: window.end):
        rows.append(("Aftercare", window_line(window, skin.now)))
    rows += [("Products", text) for text in inside_texts(skin.products, skin.now)]
    rows += [("Course", _plan(plan, skin.now)) for plan in skin.plans]
    if skin.alcohol is not None and skin.alcohol.is_old(skin.now):
        rows.append(("Alcohol", is_old_text(skin.alcohol)))
    return labelled(rows, width)


def _reaction(reaction: Reaction, now: int) -> str:
    zone = f", {reaction.began.zone}" if reaction.began.zone else ""
    since = f"since {units.clock_time(reaction.began.at, now, reaction.began.day)}{zone}"
    short = in_short(reaction, now)
    return f"{since}: {short}" if short else since


def _plan(plan: Plan, now: int) -> str:
    zone = f", {plan.zone}" if plan.zone else ""
    so_far = f"{len(plan.done)} of {plan.sessions} sessions{zone}"
    if plan.complete:
        so_far = f"all {plan.sessions} sessions done{zone}"
    return f"{so_far}; the next {plan_due(plan, now, units.day)}"
