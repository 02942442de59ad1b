"""Where the cases of the page stand: the facts of ``host status``, from the same fold.

The facts have the names that they have in ``host status --json``; times are Unix seconds. What is
known only on another computer, such as the entries of a diary that no case was told of, is not
here.
"""

from binascii import hexlify, unhexlify

from rollcase import lamp
from rollcore import events, snapshot, state
from rollcore.events import CASE_EPOCH
from rollcore.memory import State
from rollcore.reactions import needs_clinician
from rollhost.history import later_clock
from rollhost.history.chain import link_of, link_to
from rollhost.history.sessions import merged, uses_of
from rollhost.history.summary import Summary
from rollhost.history.told_later import early_by_later
from rollhost.history.wear import forecast
from rollhost.output.standing import as_of, moment_of
from rollhost.page.inside import earlier, effects, sentences
from rollhost.page.inside.logs import read_logs, read_policies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from rollhost.history.sessions import Session
    from rollhost.history.timeline import Placed
    from rollhost.page.inside.effects import Job
    from rollhost.page.inside.logs import Log, Policies

    Advice = dict[str, Any]
    Facts = dict[str, Any]
    Row = dict[str, Any]

HOUR_S = 3600

NEARLY_FULL = 24_000
"""From so many records on that nobody has acknowledged, a case is nearly full (own): 80 % of what a
Pico has room for."""


def status(advice: "Advice", lent: "dict[str, int]") -> "Job[list[Facts]]":
    """Return the facts of every case that is here, by device id.

    `lent` has the Unix time (s) that a case lives in, by its device, where that is not ours.
    """
    now = yield from effects.now()
    cases = yield from effects.read("cases")
    policies = yield from read_policies()
    found = []
    for case in cases:
        at = lent.get(case["device"], now)
        logs = yield from read_logs(case, policies, since=at - longest_s(advice))
        found.append(facts_of(case, logs, policies, at, advice))
    return found


def longest_s(advice: "Advice") -> int:
    """Return how long (s) after a session a window of aftercare can be open."""
    hours: int = max([row[kind][1] for row in advice["rows"] for kind in ("short", "long")])
    return HOUR_S * hours


class HeadOut:
    """Why the head is out (a number of `head_out.reason`), and since when (Unix s), if known."""

    def __init__(self, reason: int, at: int | None) -> None:
        self.reason = reason
        self.at = at


def facts_of(
    case: "Row",
    logs: "list[Log]",
    policies: "Policies",
    now: int,
    advice: "Advice",
) -> "Facts":
    """Return the facts of a case (a row of the store) at Unix time `now` (s), and their sentences.

    `logs` are as `read_logs` returns them.
    """
    log = logs[-1]
    mine = earlier.of_one_owner(logs)
    sessions = merged((), mine)
    summary = _summary(case, mine, sessions, policies, now)
    standing = summary.standing
    facts = {
        "device": case["device"],
        "board": case["board"],
        "firmware": case["firmware"],
        "as_of": as_of(summary),
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
        "last_use": _use(summary),
        "disinfected": _placed(summary.disinfected),
        "head": _head(summary),
        "hold": _hold(summary),
        "open_reactions": summary.state.reactions,
        "clinician": needs_clinician(summary.state),
        "aftercare": windows(sessions, now, advice),
        "records": sum([len(each) + len(each.flawed) for each in logs]),
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
    case: "Row", logs: "list[Log]", sessions: "list[Session]", policies: "Policies", now: int
) -> Summary:
    """Return what the host makes of a case in `rollhost.history.case_status.summarise`."""
    log = logs[-1]
    rules = policies.ruling(log.content.folded)
    # If the case's clock is ahead of ours, now is at the earliest the time of its last record.
    at = max(now - CASE_EPOCH, log.content.folded.time)
    known = earlier.told_of(logs, rules, at, case.get("met_behind_s"))
    at = max(at, known.time)
    standing = state.judge(known, rules, at)
    row: Any = log.case
    case_clock = later_clock.apart(row, log.content.folded, rules)
    if case_clock is not None:
        standing, at = later_clock.later(standing, known, case_clock, now), now - CASE_EPOCH
    uses = uses_of(sessions)
    last = uses[-1] if uses else None
    out: Any = _out(logs, known)
    flawed = sum([len(each.flawed) for each in logs])
    return Summary(
        case=row,
        person=0,
        now=at + CASE_EPOCH,
        state=known,
        standing=standing,
        policy=rules,
        records=sum([len(each) for each in logs]) + flawed,
        quarantined=flawed,
        missing=missing(log),
        last_use=last,
        disinfected=log.content.disinfected,
        waiting=[],
        taken_back=0,
        waiting_policy=None,
        head_ends=forecast(known, rules, [use.ended for use in uses], at + CASE_EPOCH),
        case_clock=case_clock,
        early_by_later=last is not None and last.key in early_by_later(sessions, ()),
        head_out=out,
    )


def _out(logs: "list[Log]", known: State) -> HeadOut | None:
    """Return why the head is out, None if it is not."""
    if not known.head_out:
        return None
    at = None
    for log in logs:
        for placed in log.placed:
            event = placed.event
            if event.kind == events.HEAD_OUT and event.data["reason"] == known.head_out - 1:
                at = max(at or 0, placed.last)
    return HeadOut(known.head_out - 1, at)


def missing(log: "Log", first: int = 1) -> int:
    """Return how many records from `first` to the last one the case has written, and are not here.

    Where the chain goes on across a gap in the numbers, these were never given.
    """
    begins = log.begins.seq
    end = max([log.last_seq] + [row["seq"] for row in log.flawed])
    if end - begins == len(log) + len(log.flawed) or not end:
        return 0
    last = begins if first == 1 else min(begins, first - 1)
    # After a told state and after a damaged record, nobody knows what the next is chained to.
    chain = None if last else link_to(events.first_chain(unhexlify(log.name)))
    count = 0
    for seq, raw, due in _in_order(log):
        if seq <= last:
            continue
        if seq > last + 1:
            link = link_to(due) if raw is None else link_of(raw)
            if link != chain:
                count += max(seq - max(last + 1, first), 0)
        last, chain = seq, None if raw is None else link_to(events.crc_of(raw))
    return count


def _in_order(log: "Log") -> "Iterator[tuple[int, bytes | None, int]]":
    """Yield seq and bytes of each record; of a damaged one None, and what it is chained to."""
    # Merged: MicroPython sorts what is nearly in order in a square of the time.
    damaged = sorted(log.flawed, key=lambda row: row["seq"])
    for raw in log.records():
        seq = events.seq_of(raw)
        while damaged and damaged[0]["seq"] < seq:
            row = damaged.pop(0)
            yield row["seq"], None, row["chain"]
        yield seq, raw, 0
    for row in damaged:
        yield row["seq"], None, row["chain"]


def waiting(case: "Row", log: "Log") -> int:
    """Return how many records that are here the case keeps because nobody has acknowledged them."""
    acked = case.get("acked")
    return 0 if acked is None else max(log.last_seq - acked, 0)


def _was_full(case: "Row", log: "Log") -> bool:
    """Return whether the case has refused a use for want of room, and nobody acknowledged since."""
    acked = case.get("acked") or 0
    for event in log.newest_of([events.REFUSED]):
        if event.seq <= acked:
            break
        if event.data["reason"] == events.LOG_NEARLY_FULL:
            return True
    return False


def _lamp(case: "Row", summary: Summary) -> "list[tuple[int, int]] | None":
    """Return the pattern that the lamp repeats, as colours (0xRRGGBB) and ms; None: not known."""
    if summary.outdated:
        return None
    if case.get("fault"):
        return list(lamp.PATTERNS[lamp.FAULT][0])
    phase, stage = summary.standing.phase, summary.standing.stage
    return list(lamp.pattern_of(phase, stage, bool(case.get("clock_set", 1))))


def _head(summary: Summary) -> "Facts":
    out = summary.head_out
    return {
        "uses": summary.state.head_uses,
        "most_uses": summary.policy.head_uses,
        "days": summary.head_days,
        "most_days": summary.policy.head_s // 86400,
        "worn_out": summary.head_ends.at if summary.head_ends else None,
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


def _use(summary: Summary) -> "Facts | None":
    last = summary.last_use
    if last is None or last.use is None:
        return None
    use = last.use
    moment = moment_of(use)
    return {
        "earliest": moment.earliest,
        "latest": moment.latest,
        "seconds": use.seconds,
        "zone": last.zone,
        "early": use.early,
        "early_by_later": summary.early_by_later,
        "disinfected_before": use.soaked_before,
        "cleaned_in_time": use.cleaned_in_time,
    }


def windows(sessions: "Sequence[Session]", now: int, advice: "Advice") -> "list[Facts]":
    """Return the windows of aftercare that are open at Unix time `now` (s), by their ends.

    `advice` is as `rollhost.page.build.advice` makes it.
    """
    last: dict[tuple[str, str | None], Facts] = {}
    for session in sessions:
        ended, zone = session.ended, session.zone
        is_short = 0 < session.needle_um <= advice["short_um"]
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
