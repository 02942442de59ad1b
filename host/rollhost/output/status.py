"""What ``host status`` prints of a case and of the skin: sentences for a person, and JSON."""

from collections.abc import Sequence

from rollcore import events, state
from rollcore.events import CASE_EPOCH
from rollcore.memory import State
from rollhost.database.diary import MY_NAME
from rollhost.history.holds import Hold
from rollhost.history.plan import Plan
from rollhost.history.reactions import Reaction
from rollhost.history.skin_status import Around, Skin
from rollhost.history.summary import Summary
from rollhost.history.timeline import Placed
from rollhost.output import standing, units
from rollhost.output.aftercare import window_end, window_text
from rollhost.output.alcohol import bottle_fields, is_old_text
from rollhost.output.heads import head_document
from rollhost.output.holds import healed_texts, hold_document, hold_until
from rollhost.output.persons import others_line, whose_line
from rollhost.output.plan import plan_due
from rollhost.output.policy import beyond_documents, beyond_sentences
from rollhost.output.products import inside_texts, products_document
from rollhost.output.reactions import (
    advice,
    clinician_document,
    clinician_sentence,
    in_short,
    late_texts,
)
from rollhost.output.records import BEFORE_THIS_HEAD, hold_reason
from rollhost.output.standing import (
    ABOUT_REST,
    as_of,
    clock_text,
    head_texts,
    last_use_texts,
    moment_of,
    rest_text,
    switched_off,
    when_text,
)
from rollhost.output.text import labelled


def headline(summary: Summary) -> str:
    """Return the answer to "May I roll?", as one sentence."""
    hold = summary.holds[0] if summary.holds else Hold(summary.state.hold_reason, summary.until)
    on_hold = f"({hold_reason(hold.reason)}){hold_until(hold, summary.now)}"
    return standing.headline(summary, on_hold, "say reaction seen")


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
        "disinfected_before_this_head": summary.soaked_head_before,
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
        rows += [("Last use", text) for text in last_use_texts(summary)]
    if summary.disinfected:
        off = switched_off(summary.policy)
        when = when_text(summary.disinfected, summary.now)
        before = BEFORE_THIS_HEAD if summary.soaked_head_before else ""
        rows.append(("Disinfected", "; ".join(filter(None, [when, before, off]))))
    for place, hold in enumerate(summary.holds):
        if place or summary.standing.reason != events.ON_HOLD:  # the headline does not say it
            also = "also " if place else ""
            named = f"{also}{hold_reason(hold.reason)}{hold_until(hold, summary.now)}"
            rows.append(("On hold", named))
    # The headline does not have the rest of each zone, or in other phases not even of a single one.
    if len(summary.policy.zones) > 1 or summary.standing.phase not in ABOUT_REST:
        for number, (zone, until) in enumerate(summary.zones()):
            rows.append((zone.capitalize(), rest_text(summary, number, until)))
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
        rows.append(("Synced", units.clock_time(case.synced_at, summary.now) + clock_text(case)))
    if case.met_at is not None and case.met_at > (case.synced_at or 0):
        rows.append(("", "The last sync broke off: sync again for the whole picture."))
    if summary.quarantined:
        records = units.count(summary.quarantined, "record")
        rows.append(("Quarantine", f"{records} that could not be read: verify says which"))
    if summary.missing:
        rows.append(
            ("Missing", f"{units.count(summary.missing, 'record')} that the case no longer held")
        )
    return labelled(rows, width)


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
    placed = moment_of(use)
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
        "clinician": clinician_document(skin.to_be_seen, _states(skin.cases)),
        "holds": [hold_document(hold) for hold in skin.holds],
        "rests": [
            {"zone": zone, "rested": not until, "until": units.iso(until or None)}
            for zone, until in skin.rests.items()
        ],
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
    red = clinician_sentence(skin.to_be_seen, _states(skin.cases))
    rows = [("", red)] if red else []
    lines = labelled([*rows, *(("", whose_line(case)) for case in unclaimed)], width)
    others = [name for name in around.others if name != MY_NAME or around.person]
    several = len(summaries) > 1
    if others and around.person:
        lines.append(f"{around.person}:")
    if not summaries:
        lent = [f"Case {case.title} was lent." for case in around.lent]
        has_none = not (unclaimed or around.retired)
        lines += lent or ([_no_case(around)] if has_none else [])
        held = [f"{hold_reason(hold.reason)}{hold_until(hold, skin.now)}" for hold in skin.holds]
        rows = []
        if around.retired:
            titles = ", ".join(case.title for case in around.retired)
            rows.append(("Retired", f"{titles}: used no more. To use it again: undo"))
        rows += [("On hold", text) for text in held]
        rows += [(zone.capitalize(), _rest(skin, zone)) for zone in skin.rests]
        lines += labelled(rows, width)
    for summary in summaries:
        if several:
            lines += [f"Case {summary.case.title}", *case_lines(summary, width), ""]
        else:
            lines += case_lines(summary, width)
    # The lines on the skin follow those of a single case without an empty line.
    lines += skin_lines(skin, width)
    lines = lines[:-1] if lines[-1:] == [""] else lines
    if others:
        lines += labelled([("Also here", f"{', '.join(others)} (status --person NAME)")], width)
    return lines


def _rest(skin: Skin, zone: str) -> str:
    """Return the rest of a zone, as a statement about the skin alone."""
    for case in skin.cases:
        for number, (name, until) in enumerate(case.zones()):
            if name == zone and until is not None and until == skin.rests[zone]:
                return rest_text(case, number, until)
    return "rested"


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
        rows.append(("Aftercare", window_text(window, skin.now)))
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
    so_far = f"{len(plan.done)} of {units.count(plan.sessions, 'session')}{zone}"
    if plan.complete:
        every = f"all {plan.sessions} sessions" if plan.sessions > 1 else "the only session"
        so_far = f"{every} done{zone}"
    return f"{so_far}; the next {plan_due(plan, now, units.day)}"
