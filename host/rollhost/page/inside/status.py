"""Where the cases of the page stand: the facts of ``host status``, from the same fold.

The facts have the names that they have in ``host status --json``; times are Unix seconds. What is
known only on another computer, such as the entries of a diary that no case was told of, is not
here.
"""

from binascii import hexlify, unhexlify

from rollcase import lamp
from rollcore import events, policy, snapshot, state
from rollcore.events import CASE_EPOCH, RECORD_SIZE, Event
from rollcore.memory import DISINFECTED, State
from rollcore.policy import Policy
from rollcore.reactions import needs_clinician
from rollcore.state import USE_LIMIT_S
from rollcore.uses import Step, Use, walk
from rollhost.history import later_clock, timeline
from rollhost.history.chain import link_of, link_to
from rollhost.history.summary import Summary
from rollhost.history.timeline import Placed
from rollhost.page.inside import effects, sentences

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from rollhost.page.inside.effects import Job

    Advice = dict[str, Any]
    Facts = dict[str, Any]

HOUR_S = 3600

NEARLY_FULL = 24_000
"""From so many records on that nobody has acknowledged, a case is nearly full (own): 80 % of what a
Pico has room for."""

_DEFAULTS: "dict[int, Policy]" = {}
"""The default policies that were asked for, by their needles (um): making one takes long."""


def status(advice: "Advice", lent: "dict[str, int]") -> "Job[list[Facts]]":
    """Return the facts of every case that is here, by device id.

    `lent` has the Unix time (s) that a case lives in, by its device, where that is not ours.
    """
    now = yield from effects.now()
    cases = yield from effects.read("cases")
    texts = yield from effects.read("policies")
    policies = {}
    for text in texts:
        known = policy.parse(text)
        policies[known.digest] = known
    found = []
    for case in cases:
        log = yield from read_log(case["device"], case["log"])
        others = yield from effects.read(
            "flawed and flipped", device=case["device"], log=case["log"]
        )
        flawed = [row for row in others if row["flaw"]]
        found.append(facts_of(case, log, flawed, policies, lent.get(case["device"], now), advice))
    return found


def read_log(device: str, name: str) -> "Job[Log]":
    """Return the records of a log that can be read, and the states that the case told of it."""
    joined = yield from effects.read("records", device=device, log=name)
    logs = yield from effects.read("logs", device=device)
    states = [told for row in logs if row["log"] == name for told in row["states"]]
    return log_of(name, unhexlify(joined), states)


def log_of(name: str, raw: bytes, states: "list[list[Any]]") -> "Log":
    """Return a log of these records, one behind the other, and told states (seq, hex)."""
    found = [events.decode(raw[at : at + RECORD_SIZE]) for at in range(0, len(raw), RECORD_SIZE)]
    told = {}
    for seq, packed in states:
        told[seq] = snapshot.unpack(unhexlify(packed))
        told[seq].seq = seq
    return Log(name, raw, found, told)


class Log:
    """The records of a log: their bytes, and as events; the states that the case told, by seq."""

    def __init__(
        self, name: str, raw: bytes, found: "list[Event]", told: "dict[int, State]"
    ) -> None:
        self.name = name
        self.raw = raw
        self.events = found
        self.told = told

    @property
    def begins(self) -> State:
        """The state before the first record that is here."""
        before = [seq for seq in self.told if not self.events or seq < self.events[0].seq]
        return self.told[max(before)] if before else State()


class Known:
    """What is known of a case, with the names of a row of the host's database."""

    def __init__(self, row: "dict[str, Any]") -> None:
        self.device: str = row["device"]
        self.met_at: int | None = row.get("met_at")
        self.met_behind_s: int | None = row.get("met_behind_s")
        self.synced_at: int | None = row.get("synced_at")
        self.clock_behind_s: int | None = row.get("clock_behind_s")


class HeadOut:
    """Why the head is out (a number of `head_out.reason`), and since when (Unix s), if known."""

    def __init__(self, reason: int, at: int | None) -> None:
        self.reason = reason
        self.at = at


def facts_of(
    case: "dict[str, Any]",
    log: Log,
    flawed: "list[dict[str, Any]]",
    policies: "dict[int, Policy]",
    now: int,
    advice: "Advice",
) -> "Facts":
    """Return the facts of a case (a row of the store) at Unix time `now` (s), and their sentences.

    `flawed` are the rows of the store of records that cannot be read.
    """
    reader = Reader(log, policies, case.get("met_at"))
    summary = _summary(case, log, flawed, reader, policies, now)
    standing = summary.standing
    facts = {
        "device": case["device"],
        "board": case["board"],
        "firmware": case["firmware"],
        "as_of": case.get("synced_at") or case.get("met_at"),
        "synced": case.get("synced_at"),
        "clock_behind_s": case.get("clock_behind_s"),
        "by_later_clock": summary.case_clock is not None,
        "phase": standing.phase,
        "stage": standing.stage,
        "reason": standing.reason,
        "until": summary.until,
        "outdated": summary.outdated,
        "needle_um": summary.policy.needle_um,
        "needle_is_assumed": not summary.policy.revision,
        "rest_s": summary.policy.rest_s,
        "soaks": {
            "before": bool(summary.policy.soak_before_s),
            "after": bool(summary.policy.soak_after_s),
        },
        "zones": [
            {"name": name, "rested": until is None, "until": until}
            for name, until in summary.zones()
        ],
        "last_use": None if reader.last is None else reader.last.facts(),
        "disinfected": _placed(reader.disinfected),
        "head": _head(summary),
        "hold": _hold(summary),
        "open_reactions": summary.state.reactions,
        "clinician": needs_clinician(summary.state),
        "aftercare": windows(reader.sessions, now, advice),
        "records": summary.records,
        "quarantined": summary.quarantined,
        "missing": summary.missing,
        "fault": case.get("fault", ""),
        "clock_set": bool(case.get("clock_set", 1)),
        "waiting": waiting(case, log),
        "nearly_full": waiting(case, log) >= NEARLY_FULL or _was_full(case, log),
        "lamp": _lamp(case, summary),
        "state": _hex(snapshot.pack(summary.state)),
    }
    facts["says"] = sentences.of_case(summary, facts, advice)
    return facts


def _summary(
    case: "dict[str, Any]",
    log: Log,
    flawed: "list[dict[str, Any]]",
    reader: "Reader",
    policies: "dict[int, Policy]",
    now: int,
) -> Summary:
    """Return what the host makes of a case in `rollhost.history.case_status.summarise`."""
    known = reader.folded
    rules = ruling(policies, known)
    # If the case's clock is ahead of ours, now is at the earliest the time of its last record.
    at = max(now - CASE_EPOCH, known.time)
    standing = state.judge(known, rules, at)
    row: Any = Known(case)
    case_clock = later_clock.apart(row, known, rules)
    if case_clock is not None:
        standing, at = later_clock.later(standing, known, case_clock, now), now - CASE_EPOCH
    last: Any = reader.last
    out: Any = HeadOut(known.head_out - 1, reader.out_at) if known.head_out else None
    return Summary(
        case=row,
        person=0,
        now=at + CASE_EPOCH,
        state=known,
        standing=standing,
        policy=rules,
        records=len(log.events) + len(flawed),
        quarantined=len(flawed),
        missing=missing(log, flawed),
        last_use=last,
        disinfected=reader.disinfected,
        waiting=[],
        taken_back=0,
        waiting_policy=None,
        head_ends=None,
        case_clock=case_clock,
        head_out=out,
    )


def missing(log: Log, flawed: "list[dict[str, Any]]", first: int = 1) -> int:
    """Return how many records from `first` to the last one the case has written, and are not here.

    Where the chain goes on across a gap in the numbers, these were never given.
    """
    rows: list[tuple[int, bytes | None, int]]
    rows = [(row["seq"], None, row["chain"]) for row in flawed]
    for at, event in enumerate(log.events):
        rows.append((event.seq, log.raw[at * RECORD_SIZE : (at + 1) * RECORD_SIZE], 0))
    rows.sort(key=lambda row: row[0])
    last = log.begins.seq if first == 1 else min(log.begins.seq, first - 1)
    if not rows or rows[-1][0] - log.begins.seq == len(rows):
        return 0
    # After a told state and after a damaged record, nobody knows what the next is chained to.
    end = None if last else link_to(events.first_chain(unhexlify(log.name)))
    count = 0
    for seq, raw, due in rows:
        if seq <= last:
            continue
        if seq > last + 1:
            link = link_to(due) if raw is None else link_of(raw)
            if link != end:
                count += max(seq - max(last + 1, first), 0)
        last, end = seq, None if raw is None else link_to(events.crc_of(raw))
    return count


def waiting(case: "dict[str, Any]", log: Log) -> int:
    """Return how many records that are here the case keeps because nobody has acknowledged them."""
    acked = case.get("acked")
    last = log.events[-1].seq if log.events else 0
    return 0 if acked is None else max(last - acked, 0)


def _was_full(case: "dict[str, Any]", log: Log) -> bool:
    """Return whether the case has refused a use for want of room, and nobody acknowledged since."""
    acked = case.get("acked") or 0
    return any(
        event.data["reason"] == events.LOG_NEARLY_FULL
        for event in log.events
        if event.kind == events.REFUSED and event.seq > acked
    )


def _lamp(case: "dict[str, Any]", summary: Summary) -> "list[tuple[int, int]] | None":
    """Return the pattern that the lamp repeats, as colours (0xRRGGBB) and ms; None: not known."""
    if summary.outdated:
        return None
    if case.get("fault"):
        return list(lamp.PATTERNS[lamp.FAULT][0])
    phase, stage = summary.standing.phase, summary.standing.stage
    return list(lamp.pattern_of(phase, stage, bool(case.get("clock_set", 1))))


def ruling(policies: "dict[int, Policy]", known: State) -> Policy:
    """Return the policy that rules in a state; the default for its needles if it is not known."""
    if known.policy_digest in policies:
        return policies[known.policy_digest]
    needle_um = known.needle_um or policy.DEFAULT_NEEDLE_UM
    if needle_um not in _DEFAULTS:
        try:
            _DEFAULTS[needle_um] = policy.for_needle(needle_um)
        except policy.PolicyError:
            # No policy allows such needles: take the one with the longest rest.
            _DEFAULTS[needle_um] = policy.for_needle(policy.MAX_NEEDLE_UM)
    return _DEFAULTS[needle_um]


def _head(summary: Summary) -> "Facts":
    out = summary.head_out
    return {
        "uses": summary.state.head_uses,
        "most_uses": summary.policy.head_uses,
        "days": summary.head_days,
        "most_days": summary.policy.head_s // 86400,
        "out": out is not None,
        "out_reason": None if out is None else out.reason,
        "out_at": None if out is None else out.at,
    }


def _hold(summary: Summary) -> "Facts | None":
    if not summary.hold:
        return None
    until = summary.state.hold_until
    return {"reason": summary.state.hold_reason, "until": until + CASE_EPOCH if until else None}


def _placed(placed: "Placed | None") -> "Facts | None":
    return None if placed is None else {"earliest": placed.earliest, "latest": placed.latest}


class LastUse:
    """The last use: a session and its use, with the names of `rollhost.history.sessions`."""

    def __init__(
        self, began: "Placed | None", end: "Placed | None", zone: str | None, early: bool
    ) -> None:
        self.began = began
        self.end = end
        self.zone = zone
        self.early = early
        self.seconds: int | None = None if end is None else end.event.data["seconds"]
        self.soaked_before: bool | None = None
        self.cleaned_in_time: bool | None = None
        self.cleaned_after_s: int | None = None

    @property
    def use(self) -> "LastUse":
        """The use of this session."""
        return self

    def facts(self) -> "Facts":
        """Return the use as in ``host status --json``."""
        moment = self.end or self.began
        assert moment is not None
        return {
            "earliest": moment.earliest,
            "latest": moment.latest,
            "seconds": self.seconds,
            "zone": self.zone,
            "early": self.early,
            "disinfected_before": self.soaked_before,
            "cleaned_in_time": self.cleaned_in_time,
        }


class Reader:
    """Finds the sessions in a log, and of the last use whether it was clean.

    `sessions` are (end in Unix s, needle in um, name of the zone or None), `folded` is what the log
    adds up to, `disinfected` the end of the last complete soak, `out_at` when a head was last out.
    """

    def __init__(self, log: Log, policies: "dict[int, Policy]", known_until: int | None) -> None:
        found, told = log.events, log.told
        self._policies = policies
        self._placed = timeline.place(found, known_until)
        self.sessions: list[tuple[int, int, str | None]] = []
        self.disinfected: Placed | None = None
        self.last: LastUse | None = None
        self.out_at: int | None = None
        self._soak: Placed | None = None
        self._prepared: Placed | None = None
        self._early = False
        self._zone_unknown = False
        self._cleaned = False
        first = log.begins
        self._use_rules: Policy | None = None
        self.folded = first
        for step in walk(found, first, told):
            self._take(step)
            self.folded = step.after
        later = [seq for seq in told if seq > self.folded.seq]
        if later:
            self.folded = told[max(later)]

    def _take(self, step: Step) -> None:
        event, placed = step.event, self._placed[step.place]
        dirty = step.before.dirty
        if step.starts:
            self._soak = None
            if step.cut is None:
                self._use_rules, self._zone_unknown = None, False
        if step.cut is not None:
            self._used(step, step.cut)
            dirty = True
        if event.kind == events.SOAK_STARTED:
            self._soak = placed
        elif event.kind == events.SOAK_ENDED:
            if event.data["how"] == events.SOAK_DONE:
                self.disinfected = placed
                if event.data["purpose"] == events.BEFORE_USE:
                    self._prepared = placed
                elif dirty:
                    self._clean(placed)
            self._soak = None
        elif event.kind == events.USE_STARTED:
            self._started(event, step.before)
        elif event.kind == events.HEAD_OUT:
            self.out_at = placed.last
        elif event.kind == events.CLINIC:
            rules = ruling(self._policies, step.before)
            zone = rules.zones[event.zone] if event.zone < len(rules.zones) else None
            at = event.data["at"] + CASE_EPOCH
            self.sessions.append((at, event.data["needle_um"], zone))
        if step.ended is not None and step.ended.counts:
            self._used(step, step.ended)
        elif step.ended is not None:
            self._use_rules, self._zone_unknown = None, False

    def _started(self, event: Event, before: State) -> None:
        self._early = event.data["how"] == events.OVERRIDE
        self._zone_unknown = self._early
        rules = ruling(self._policies, before)
        self._use_rules = self._policies.get(event.data["digest"]) or rules
        if self._early:
            dry = before.at[DISINFECTED] + rules.dry_before_s
            if not before.override_asked and event.time >= dry + rules.ready_s:
                self._prepared = None  # too old

    def _used(self, step: Step, use: Use) -> None:
        before = step.before
        began = None if use.began is None else self._placed[use.began]
        end = None if use.ended is None else self._placed[use.ended]
        rules = ruling(self._policies, before)
        afterwards = use.how == events.AFTERWARDS
        moment = end or began
        assert moment is not None
        if end is None:
            back = self._placed[step.place].latest
            longest = moment.last + USE_LIMIT_S
            ended = longest if back is None else min(back, longest)
        else:
            ended = end.last
        zones = (self._use_rules or rules).zones
        number = moment.event.zone
        zone = zones[number] if number < len(zones) else None
        if (self._zone_unknown or afterwards) and len(zones) > 1:
            zone = None
        needle_um = before.needle_um
        if needle_um and began is not None:
            needle_um = before.use_needle
        self.sessions.append((ended, needle_um or policy.DEFAULT_NEEDLE_UM, zone))
        soaked = before.soaked == events.BEFORE_USE or afterwards
        self._rules, self._ended, self._cleaned = rules, ended, False
        self.last = LastUse(began, end, zone, self._early and began is not None)
        if rules.soak_before_s:
            self.last.soaked_before = bool(soaked and self._prepared)
        if rules.soak_after_s:
            self.last.cleaned_in_time = False
        self._prepared = None
        self._use_rules, self._zone_unknown = None, False

    def _clean(self, done: Placed) -> None:
        """Note that the soak after the last use is done."""
        if self.last is None or self._cleaned:
            return
        self._cleaned = True
        self.last.cleaned_after_s = max((self._soak or done).last - self._ended, 0)
        if self._rules.soak_after_s:
            self.last.cleaned_in_time = self.last.cleaned_after_s <= self._rules.overdue_s


def windows(
    sessions: "Sequence[tuple[int, int, str | None]]", now: int, advice: "Advice"
) -> "list[Facts]":
    """Return the windows of aftercare that are open at Unix time `now` (s), by their ends.

    `advice` is as `rollhost.page.build.advice` makes it.
    """
    last: dict[tuple[str, str | None], Facts] = {}
    for ended, needle_um, zone in sessions:
        is_short = 0 < needle_um <= advice["short_um"]
        for row in advice["rows"]:
            start, end = row["short"] if is_short else row["long"]
            end = ended + end * HOUR_S
            place = (row["key"], zone)
            if end > now and (place not in last or end > last[place]["until"]):
                is_scalp = zone is not None and zone.lower() in advice["scalp_zones"]
                last[place] = {
                    "key": row["key"],
                    "name": row["on_scalp" if is_scalp else "name"],
                    "zone": zone,
                    "from": ended + start * HOUR_S,
                    "until": end,
                    "to_the_day": row["to_the_day"],
                    "if_not": row["if_not"],
                }
    found = [window for window in last.values() if window["from"] <= now]
    return sorted(found, key=lambda window: (window["until"], window["key"]))


def _hex(raw: bytes) -> str:
    return str(hexlify(raw), "ascii")
