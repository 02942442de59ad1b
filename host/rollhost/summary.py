"""Where a case stands, from the database alone: may I roll, and if not, when.

The same fold and the same rules as in the case, so that both give one answer.
"""

from dataclasses import dataclass

from rollcore import events, state
from rollcore.events import CASE_EPOCH, Event
from rollcore.policy import Policy
from rollcore.state import Standing, State
from rollhost import diary, heads, logs, sessions, whole_diary, words
from rollhost.archive import Archive, Case
from rollhost.diary import Entry
from rollhost.heads import Forecast
from rollhost.sessions import Session, Use
from rollhost.timeline import Placed

RIGHT_S = 5
"""A clock that is off by no more than this many seconds is called right (own)."""


_ABOUT_REST = (state.RESTING, state.PREPARE, state.READY)
"""Phases whose headline says whether the skin has rested."""

_AFTER = {
    events.AFTER_CLINIC: " after a session at a clinic",
    events.AFTER_REACTION: " after a reaction",
}
"""What skin rests from that was no use."""


@dataclass(frozen=True)
class Summary:
    """A case, its rules and its state, judged at Unix time `now` (s)."""

    case: Case
    now: int
    state: State
    standing: Standing
    rules: Policy
    records: int
    missing: int
    last_use: Session | None
    disinfected: Placed | None
    waiting: list[Entry]
    """What the owner wrote down and the case does not know yet; it counts here already."""
    new_rules: Policy | None
    """Rules that wait for the next sync; the case goes by `rules` until then."""
    head_ends: Forecast | None
    """When the head will be worn out at this pace; see `heads.forecast`."""

    @property
    def until(self) -> int | None:
        """Unix time (s) at which the phase ends by itself; None if it does not."""
        if self.standing.until == state.FOREVER:
            return None
        return self.standing.until + CASE_EPOCH

    @property
    def hold(self) -> bool:
        """Whether the case is on hold, whatever else keeps it from a use."""
        until = self.state.hold_until
        return bool(self.state.hold_reason) and (not until or self.now < until + CASE_EPOCH)

    @property
    def hold_reason(self) -> str:
        """Why it is on hold, in words."""
        return words.HOLD_REASONS[self.state.hold_reason]

    @property
    def outdated(self) -> bool:
        """Whether what was under way at the last sync has ended since, in a way not known here."""
        return self.standing.phase in (state.SOAKING, state.IN_USE) and (
            self.until is not None and self.until <= self.now
        )

    def zones(self) -> list[tuple[str, int | None]]:
        """Return each zone and the Unix time (s) until which it rests; None if it has rested."""
        found: list[tuple[str, int | None]] = []
        for number, name in enumerate(self.rules.zones):
            until = state.rested_at(self.state, self.rules, number) + CASE_EPOCH
            found.append((name, until if until > self.now else None))
        return found

    @property
    def head_days(self) -> int:
        """Days that the head has been in use, the first of them being 1; 0 if unused."""
        since = self.state.at[state.HEAD_SINCE]
        return 0 if since == state.NEVER else (self.now - CASE_EPOCH - since) // 86400 + 1

    def headline(self) -> str:
        """Answer the question in one sentence."""
        phase = self.standing.phase
        until = words.clock_time(self.until, self.now) if self.until else ""
        left = words.span(self.until - self.now) if self.until else ""
        if phase == state.RESTING:
            why = _AFTER.get(self.standing.reason, "")
            return f"Not yet: the skin rests{why} until {until} ({left} to go)."
        if phase == state.PREPARE:
            zones = f": {self._rested()}" if self._rested() else ""
            what = "press the case's button and soak the roller"
            return f"Rested{zones}. Before the next use: {what}."
        if self.outdated:
            what = "soak" if phase == state.SOAKING else "use"
            return f"At the last sync a {what} was under way, to end by {until}. Sync to know more."
        if phase == state.SOAKING:
            return f"Soaking until {until}."
        if phase == state.DRYING:
            return f"Drying until {until}."
        if phase == state.READY:
            zones = f" ({self._rested()})" if self._rested() else ""
            return f"Rested{zones} and disinfected: ready" + (f" until {until}." if until else ".")
        if phase == state.ASKING:
            return "Was the roller used? If so, press the case's button; if not, hold it."
        if phase == state.IN_USE:
            return "In use."
        if phase == state.CLEAN_ME:
            late = self.standing.stage != state.NORMAL
            return "Clean the roller now" + (": it is overdue." if late else ", and soak it.")
        if phase == state.HEAD_EXPIRED:
            return "Not with this head: it is worn out. With a new one in, hold the button 10 s."
        if self.standing.reason == events.REACTION_OPEN:
            return "On hold: a reaction of the skin is open."
        return f"On hold ({self.hold_reason})" + (f" until {until}." if until else ".")

    def _rested(self) -> str:
        """Name the zones that have rested, where not all have."""
        zones = self.rules.zones
        rested = [zone for number, zone in enumerate(zones) if self.standing.rested >> number & 1]
        return "" if len(rested) == len(zones) else ", ".join(rested)


def summarise(archive: Archive, case: Case, now: int) -> Summary:
    """Fold what is held of a case's newest log and judge it at Unix time `now` (s)."""
    log_id = case.log_id
    held = sessions.read(archive, case, log_id) if log_id is not None else None
    folded = held.folded if held else State()
    uses = [*_remember_earlier_logs(archive, case, folded), *(held.uses if held else [])]
    if not folded.clock_set and case.met_behind_s is not None:
        # The case was met before its clock was set: place what is loose as that setting would.
        folded = state.fold(folded, _setting(folded, case.met_behind_s))
    rules = logs.rules_in_force(archive, folded)
    # A case whose clock is ahead of ours has not lived through less than its log says.
    case_now = max(now - CASE_EPOCH, folded.time)
    entries = whole_diary.entries(archive)
    known = archive.tokens(log_id) if log_id is not None else set()
    waiting = diary.untold(entries, case.id, known, now)
    for entry in waiting:
        folded = state.fold(folded, diary.as_event(entry, rules.zones, folded, case_now))
    return Summary(
        case=case,
        now=case_now + CASE_EPOCH,
        state=folded,
        standing=state.judge(folded, rules, case_now),
        rules=rules,
        records=held.records if held else 0,
        missing=archive.missing(log_id) if log_id is not None else 0,
        last_use=max(reversed(uses), key=lambda one: one.ended, default=None),
        disinfected=held.disinfected if held else None,
        waiting=waiting,
        new_rules=archive.pending_policy(case.id),
        head_ends=heads.forecast(folded, rules, [one.ended for one in uses], case_now + CASE_EPOCH),
    )


def _remember_earlier_logs(archive: Archive, case: Case, folded: State) -> list[Session]:
    """Let a case's earlier logs count: its flash was wiped, and the skin was not.

    Nobody knows whether its zones are the same, so what is in them counts for every
    zone. Returns the uses.
    """
    found: list[Session] = []
    written_down = {f"clinic {entry.token}" for entry in archive.diary.entries()}
    for log_id in archive.logs(case.id):
        if log_id == case.log_id:
            continue
        held = sessions.read(archive, case, log_id)
        found += held.uses
        for one in held.found:
            if one.key in written_down:
                continue  # the case is told of it, with the name of its zone
            first = state.PAST_CLINIC if one.at_clinic else state.PAST_USE
            for past in range(first, first + events.ZONES):
                folded.date(past, max(folded.at[past], one.ended - CASE_EPOCH))
        over = held.folded.at[state.REACTION_END]
        folded.date(state.REACTION_END, max(folded.at[state.REACTION_END], over))
        longest = max(held.folded.needles)
        for place in range(state.PAST, 2 * state.PAST):
            folded.needles[place] = max(folded.needles[place], longest)
    return found


def _setting(folded: State, behind_s: int) -> Event:
    """Return the setting that puts a clock right that is `behind_s` (s) behind."""
    return Event(
        events.CLOCK_SET,
        {"old": folded.time, "source": events.FROM_HOST, "forced": 0},
        seq=folded.seq,
        boot=folded.boot,
        time=max(folded.time + behind_s, 0),
    )


def document(summary: Summary) -> dict[str, object]:
    """Return a summary for ``--json``. Times are ISO 8601 with the local offset."""
    case = summary.case
    return {
        "device": case.device,
        "name": case.name,
        "board": case.board,
        "firmware": case.firmware,
        "phase": summary.standing.phase,
        "outdated": summary.outdated,
        "until": words.iso(summary.until),
        "says": summary.headline(),
        "needle_mm": summary.rules.needle_um / 1000,
        "rest_days": summary.rules.rest_s / 86400,
        "head": {
            "uses": summary.state.head_uses,
            "most_uses": summary.rules.head_uses,
            "days": summary.head_days,
            "most_days": summary.rules.head_s // 86400,
            "worn_out": words.iso(summary.head_ends.at) if summary.head_ends else None,
        },
        "last_use": _use_document(summary.last_use),
        "disinfected": _placed(summary.disinfected),
        "hold": _hold_document(summary),
        "zones": [
            {"name": name, "rested": until is None, "until": words.iso(until)}
            for name, until in summary.zones()
        ],
        "open_reactions": summary.state.reactions,
        "waiting": len(summary.waiting),
        "new_rules": summary.new_rules is not None,
        "records": summary.records,
        "missing": summary.missing,
        "synced": words.iso(case.synced_at),
        "clock_behind_s": case.clock_behind_s,
    }


def lines(summary: Summary) -> list[str]:
    """Return a summary as a person reads it, a line each."""
    case = summary.case
    rows = [("", summary.headline())]
    if summary.last_use:
        rows += [("Last use", text) for text in _last_use(summary)]
    if summary.disinfected:
        rows.append(("Disinfected", _when(summary.disinfected, summary.now)))
    if summary.hold and summary.standing.reason != events.ON_HOLD:
        rows.append(("On hold", _hold(summary)))
    # The headline says it all only of a single zone, and only where nothing comes before its rest.
    if len(summary.rules.zones) > 1 or summary.standing.phase not in _ABOUT_REST:
        for number, (zone, until) in enumerate(summary.zones()):
            rows.append((zone.capitalize(), _rest(summary, number, until)))
    rules = summary.rules
    rows += [("Head", text) for text in _head(summary)]
    chosen = "" if rules.revision else " (assumed: say yours with sync --needle)"
    rest = words.span(rules.rest_s)
    rows.append(("Rules", f"{words.needle(rules.needle_um)} needles, {rest} of rest{chosen}"))
    if summary.new_rules is not None:
        length = words.needle(summary.new_rules.needle_um)
        rows.append(("Waiting", f"new rules, for {length}: the next sync puts them into the case"))
    if summary.waiting:
        told = words.count(len(summary.waiting), "thing")
        rows.append(("Waiting", f"{told} that you wrote down: the next sync tells the case"))
    if case.synced_at is not None:
        rows.append(("Synced", words.clock_time(case.synced_at, summary.now) + _clock(case)))
    if case.met_at is not None and case.met_at > (case.synced_at or 0):
        rows.append(("", "The last sync broke off: sync again for the whole picture."))
    if summary.missing:
        rows.append(
            ("Missing", f"{words.count(summary.missing, 'record')} that the case no longer held")
        )
    return words.labelled(rows)


def _hold(summary: Summary) -> str:
    until = summary.state.hold_until
    told = f", until {words.clock_time(until + CASE_EPOCH, summary.now)}" if until else ""
    return f"{summary.hold_reason}{told}"


def _rest(summary: Summary, number: int, until: int | None) -> str:
    """Say whether the zone of this number has rested, or from what it rests until when."""
    if until is None:
        return "rested"
    why = _AFTER.get(state.resting_for(summary.state, summary.rules, number), "")
    return f"rests{why} until {words.clock_time(until, summary.now)}"


def _head(summary: Summary) -> list[str]:
    rules = summary.rules
    days = f"day {summary.head_days} of {rules.head_s // 86400}" if summary.head_days else "new"
    found = [f"used {summary.state.head_uses} of {rules.head_uses} times, {days}"]
    if summary.head_ends is not None:
        pace = "at this pace " if summary.head_ends.by_uses else ""
        found.append(f"{pace}worn out on {words.day(summary.head_ends.at)}")
    return found


def _clock(case: Case) -> str:
    """Say how far the case's clock was off at the last sync."""
    behind = case.clock_behind_s
    if case.synced_at is None or behind is None:
        return ""
    if case.synced_at - behind < CASE_EPOCH + events.FIRST_PLAUSIBLE:
        return "; its clock had never been set"
    if abs(behind) <= RIGHT_S:
        return "; its clock was right"
    return f"; its clock was {words.span(abs(behind))} {'behind' if behind > 0 else 'ahead'}"


def _last_use(summary: Summary) -> list[str]:
    assert summary.last_use is not None
    assert summary.last_use.use is not None
    use = summary.last_use.use
    text = _when(_told(use), summary.now)
    if use.end is None:
        text = f"began {text}, its end is not known: power was lost"
    elif use.seconds is not None:
        text += f", {words.span(use.seconds)}"
    if use.early:
        text += ", early, against the rest"
    told = hygiene(use, summary.state.dirty)
    return [text, told] if told else [text]


def hygiene(use: Use, dirty: bool) -> str:
    """Say whether the roller was disinfected before and after a use, as far as the rules ask."""
    if use.soaked_before and use.cleaned_in_time:
        return "disinfected before and after"
    parts = []
    if use.soaked_before is not None:
        parts.append("disinfected before" if use.soaked_before else "not disinfected before")
    if use.cleaned_in_time is None:
        pass  # nobody asked for it
    elif use.cleaned_in_time:
        parts.append("disinfected after")
    elif use.cleaned_after_s is not None:
        parts.append(f"disinfected only {words.span(use.cleaned_after_s)} after")
    elif dirty:
        parts.append("not disinfected after it yet")
    return ", ".join(parts)


def _told(use: Use) -> Placed:
    """Return when a use was: its end or, where that is not known, its beginning."""
    placed = use.end or use.began
    assert placed is not None
    return placed


def _when(placed: Placed, now: float) -> str:
    return words.clock_time(placed.earliest, now) if placed.known else words.stamp(placed)


def _hold_document(summary: Summary) -> dict[str, object] | None:
    if not summary.hold:
        return None
    until = summary.state.hold_until
    return {
        "reason": summary.hold_reason,
        "until": words.iso(until + CASE_EPOCH) if until else None,
    }


def _use_document(last: Session | None) -> dict[str, object] | None:
    if last is None or last.use is None:
        return None
    use = last.use
    placed = _told(use)
    return {
        "earliest": words.iso(placed.earliest),
        "latest": words.iso(placed.latest),
        "seconds": use.seconds,
        "zone": last.zone,
        "early": use.early,
        "disinfected_before": use.soaked_before,
        "cleaned_in_time": use.cleaned_in_time,
    }


def _placed(placed: Placed | None) -> dict[str, object] | None:
    if placed is None:
        return None
    return {"earliest": words.iso(placed.earliest), "latest": words.iso(placed.latest)}
