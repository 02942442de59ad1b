"""Where a case stands, as a person reads it: what ``host status`` says, and a few sentences more.

Where the host names a command of its own, the page says what can be done here, or with the program.
"""

from rollcore import events
from rollhost.output import standing, units, window_line
from rollhost.output.records import BEFORE_THIS_HEAD, hold_reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from rollhost.history.summary import Summary

    Facts = dict[str, Any]
    Rows = list[tuple[str, str]]

CLINICIAN = "See a clinician today: the case knows of a sign that one should see. Do not roll."

ONCE_SEEN = "tell the program (host reaction seen), and it tells the case"

NOT_KNOWN = "Its lamp is not known until the next sync."

NEEDS_PROGRAM = "The program can mend it, and loses nothing: host sync."


def of_case(summary: "Summary", facts: "Facts", advice: "Facts") -> "Facts":
    """Return what to say of a case: ``clinician``, ``old`` and ``headline`` first, then ``rows``.

    `facts` are those that `rollhost.page.inside.status` has found; empty texts say nothing.
    """
    on_hold = f"({hold_reason(summary.state.hold_reason)})" + _hold_until(summary, advice)
    return {
        "clinician": CLINICIAN if facts["clinician"] else "",
        "old": _old(summary),
        "headline": standing.headline(summary, on_hold, ONCE_SEEN),
        "rows": _of_use(summary)
        + _of_skin(summary, advice)
        + _of_head_and_rules(summary)
        + _of_aftercare(summary, facts)
        + _of_log(summary, facts),
    }


def _old(summary: "Summary") -> str:
    """Return as of when all this is, where that is old; empty where it is not."""
    synced = summary.case.synced_at or summary.case.met_at
    if synced is None:
        return "As of a day that nobody has noted. Sync to know more."
    if summary.now - synced <= standing.OLD_S:
        return ""
    day = units.short_day(synced, summary.now)
    return f"As of {day}, {units.span(summary.now - synced)} ago. Sync to know more."


def _of_use(summary: "Summary") -> "Rows":
    rows = []
    if summary.last_use is not None:
        rows += [("Last use", text) for text in standing.last_use_texts(summary)]
    else:
        rows.append(("Last use", "none that is known here"))
    if summary.disinfected is not None:
        when = standing.when_text(summary.disinfected, summary.now)
        before = BEFORE_THIS_HEAD if summary.soaked_head_before else ""
        texts = [text for text in (when, before, standing.switched_off(summary.policy)) if text]
        rows.append(("Disinfected", "; ".join(texts)))
    return rows


def _of_skin(summary: "Summary", advice: "Facts") -> "Rows":
    rows = []
    phase, reason = summary.standing.phase, summary.standing.reason
    if summary.hold and reason != events.ON_HOLD:
        named = hold_reason(summary.state.hold_reason)
        rows.append(("On hold", named + _hold_until(summary, advice)))
    # The headline does not have the rest of each zone, or in other phases not even of a single one.
    if len(summary.policy.zones) > 1 or phase not in standing.ABOUT_REST:
        for number, (zone, until) in enumerate(summary.zones()):
            rows.append((_capital(zone), standing.rest_text(summary, number, until)))
    if summary.state.reactions:
        open_ones = units.count(summary.state.reactions, "reaction")
        rows.append(("Skin", f"{open_ones} open, as far as the case knows"))
    return rows


def _hold_until(summary: "Summary", advice: "Facts") -> str:
    """Return until when the hold of the case stands, as `rollhost.output.holds.hold_until` does."""
    found = [row for row in advice["holds"] if row["reason"] == summary.state.hold_reason]
    until = summary.state.hold_until
    if not until:
        return found[0]["open"] if found else ""
    at = units.clock_time(until + events.CASE_EPOCH, summary.now)
    return f" until {at}" + (found[0]["longer"] if found else "")


def _of_head_and_rules(summary: "Summary") -> "Rows":
    rows = [("Head", text) for text in standing.head_texts(summary)]
    rules = summary.policy
    chosen = "" if rules.revision else " (assumed: nobody has told the case)"
    rest = units.span(rules.rest_s)
    rows.append(("Rules", f"{units.needle(rules.needle_um)} needles, {rest} of rest{chosen}"))
    return rows


def _of_aftercare(summary: "Summary", facts: "Facts") -> "Rows":
    """Return the open windows; of one that is open for two zones the later end."""
    last = {}
    for window in facts["aftercare"]:
        last[window["key"], window["name"]] = window
    return [
        ("Aftercare", window_line.window_line(
            window["name"], window["until"], window["to_the_day"], window["if_not"], summary.now
        ))
        for window in sorted(last.values(), key=lambda window: window["until"])
    ]  # fmt: skip


def _of_log(summary: "Summary", facts: "Facts") -> "Rows":
    rows = []
    case = summary.case
    if case.synced_at is not None:
        at = units.clock_time(case.synced_at, summary.now)
        rows.append(("Synced", at + standing.clock_text(case)))
    if case.met_at is not None and case.met_at > (case.synced_at or 0):
        rows.append(("Synced", "the last sync broke off: sync again for the whole picture"))
    if facts["fault"]:
        rows.append(("Fault", f"{facts['fault']}. {NEEDS_PROGRAM}"))
    if summary.quarantined:
        records = units.count(summary.quarantined, "record")
        kept = units.as_came(summary.quarantined)
        rows.append(("Quarantine", f"{records} that could not be read; kept {kept}"))
    if summary.missing:
        records = units.count(summary.missing, "record")
        rows.append(("Missing", f"{records} that the case no longer held"))
    return rows


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
