"""Where things stand: each case, open reactions, aftercare, and how far the record reaches."""

from rollcore import events, state
from rollhost.guidance.windows import IF_NOT_GONE, REDNESS
from rollhost.history.reactions import Reaction
from rollhost.history.summary import Summary
from rollhost.output import units
from rollhost.output.aftercare import window_end
from rollhost.output.policy import beyond_sentences
from rollhost.output.reactions import clinician_sentence, in_short
from rollhost.output.records import BEFORE_THIS_HEAD, BY_LATER, stamp
from rollhost.output.standing import has_rested, hygiene, switched_off
from rollhost.output.status import headline
from rollhost.report import charts, phrases
from rollhost.report.components import listed, small
from rollhost.report.facts import DAY_S, CaseFacts, Facts
from rollhost.report.markup import Inside, Markup, foreign, tag

PHASES = {
    state.RESTING: "resting",
    state.PREPARE: "rested",
    state.SOAKING: "soaking",
    state.DRYING: "drying",
    state.READY: "ready",
    state.ASKING: "was it used?",
    state.IN_USE: "in use",
    state.CLEAN_ME: "clean me",
    state.HEAD_EXPIRED: "head worn out",
    state.HELD: "on hold",
}
"""A word for each phase."""


def _phase(summary: Summary) -> str:
    """Return the word for the phase of a case; a head that is out may not be worn."""
    phase = summary.standing.phase
    is_out = phase == state.HEAD_EXPIRED and summary.standing.reason == events.HEAD_IS_OUT
    return "head out" if is_out else PHASES[phase]


def section(facts: Facts) -> Inside:
    """Return where each case stands, open reactions, aftercare, and how far the record reaches."""
    red = clinician_sentence(facts.to_be_seen, [case.summary.state for case in facts.cases])
    inside: list[Inside] = [tag("p", tag("strong", red), class_="flag")] if red else []
    inside += [_standing(case, facts) for case in facts.cases]
    for reaction in facts.reactions:
        if reaction.over is None:
            inside.append(_open_reaction(reaction, facts.now))
    for watch in facts.watches:
        if watch.over is None:
            inside.append(_open_reaction(watch, facts.now))
    if facts.aftercare:
        inside.append(tag("h3", "Aftercare"))
        inside.append(listed(_aftercare(facts), "plain dated"))
        inside.append(small("Habits that clinics hand out, not medical advice."))
    inside.append(tag("h3", "How far the record reaches"))
    inside.append(_reach(facts))
    return inside


def _standing(case: CaseFacts, facts: Facts) -> Markup:
    several = len(facts.cases) > 1
    summary = case.summary
    policy, folded = summary.policy, summary.state
    tiles: list[tuple[str, Inside]] = []
    tiles.append(("Last use", _last_use(case, facts)))
    soaked = phrases.at(summary.disinfected.earliest) if summary.disinfected else "not yet"
    if summary.disinfected and not summary.disinfected.known:
        soaked = stamp(summary.disinfected)
    before = BEFORE_THIS_HEAD if summary.soaked_head_before else ""
    remarks = [small(words) for words in (before, switched_off(policy)) if words]
    tiles.append(("Disinfected", [soaked, *remarks]))
    used, most = folded.head_uses, policy.head_uses
    times = units.count(most, "time")
    on, old = summary.head_days, policy.head_s // DAY_S
    head: list[Inside] = [
        tag("div", f"used {used} of {times}", charts.gauge(used, most, used >= most)),
        tag("div", f"day {on} of {old}" if on else "new", charts.gauge(on, old, on > old)),
    ]
    if case.summary.head_ends:
        why = "by its uses" if case.summary.head_ends.by_uses else "by its age"
        head.append(small(f"worn out about {units.day(case.summary.head_ends.at)}, {why}"))
    tiles.append(("Head", head))
    chosen = "" if policy.revision else ", assumed: nobody has said yet"
    rules = f"{units.needle(policy.needle_um)} needles, {units.span(policy.rest_s)} of rest{chosen}"
    tiles.append(("Rules", [rules, *(small(text) for text in beyond_sentences(policy))]))
    if summary.waiting or summary.waiting_policy is not None:
        tiles.append(("Waiting", "the next sync tells the case what was written down or set here"))
    return tag(
        "article",
        tag("h3", "Case ", foreign(case.case.title)) if several else None,
        tag("p", tag("span", _phase(summary), class_="phase"),
            tag("span", headline(summary)), class_="headline"),
        listed(tiles, "tiles"),
        listed(_zones(summary), "plain") if len(policy.zones) > 1 else None,
        class_="case",
    )  # fmt: skip


def _zones(summary: Summary) -> list[tuple[Inside, Inside]]:
    return [
        (
            phrases.capital(name),
            f"rests until {phrases.at(until)}" if until else has_rested(summary),
        )
        for name, until in summary.zones()
    ]


def _last_use(case: CaseFacts, facts: Facts) -> Inside:
    key = case.summary.last_use.key if case.summary.last_use else None
    row = next((row for row in facts.rows if row.session.key == key), None)
    if row is None:
        return "none yet"
    text = phrases.at(row.ended.latest) if row.ended.known else phrases.when(row.ended)
    if row.use is not None and row.use.end is None:
        text = f"began {phrases.when(row.began)}; its end is not known: power was lost"
    elif row.use is not None and row.use.seconds is not None:
        text += f", {units.span(row.use.seconds)}"
    clean = hygiene(row.use, case.summary.state.dirty) if row.use is not None else ""
    return [
        text,
        small("early, against the rest" if row.early else BY_LATER) if row.short else None,
        small(clean) if clean else None,
    ]


def _open_reaction(reaction: Reaction, now: int) -> Markup:
    zone = [", ", phrases.zone(reaction.began.zone)] if reaction.began.zone else None
    advice = in_short(reaction, now)
    since = phrases.at(reaction.began.at, reaction.began.day)
    what = "Something is watched" if reaction.is_watched else "A reaction of the skin is open"
    text = f"{what} since {since}"
    return tag("p", text, zone, f": {advice}." if advice else ".", class_="flag")


def _aftercare(facts: Facts) -> list[tuple[Inside, Inside]]:
    """Return the open windows of aftercare, a row for each end and zone."""
    by_end: dict[tuple[str, str | None], list[str]] = {}
    for due in facts.aftercare:
        window = due.window
        when, name = f"until {phrases.at(window.end, window_end(window))}", window.name
        if window.key == REDNESS:
            when = f"check {units.day(window.end)}"
            name = f"{name} {IF_NOT_GONE}"
        by_end.setdefault((when, due.session.zone), []).append(name)
    several = len({zone for _, zone in by_end}) > 1
    return [
        (when, [[phrases.zone(zone), ": "] if several else None, "; ".join(names)])
        for (when, zone), names in by_end.items()
    ]


def _reach(facts: Facts) -> Markup:
    rows: list[tuple[str, Inside]] = []
    if facts.since is not None and facts.until is not None:
        text = f"{units.day(facts.since)} to {phrases.at(facts.until)}, when a case was met last"
        rows.append(("From, to", text))
    for case in facts.cases:
        lost = units.count(case.missing, "record") + " missing" if case.missing else "none missing"
        aside = f"{case.quarantined:,} in quarantine" if case.quarantined else "none in quarantine"
        logs = "" if case.logs < 2 else f" in {case.logs} logs (another one began in between)"
        text = f"{units.count(case.records, 'record')}{logs}, {lost}, {aside}"
        rows.append(("Case " + case.case.title if len(facts.cases) > 1 else "Records", text))
    loose = sum(not row.ended.known for row in facts.uses)
    if loose:
        rows.append((
            "Times",
            f"known only within bounds for {units.count(loose, 'use')}: the case had lost its"
            " power, and with it the time",
        ))  # fmt: skip
    if facts.others:
        rows.append(("Left out", f"{units.count(facts.others, 'other case')} in the database"))
    if not facts.rows:
        rows.append(("Uses", "none yet: this page fills as the case is used and synced"))
    return listed(rows, "plain")
