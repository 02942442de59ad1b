"""Draws how the case goes from phase to phase, from the tables and rules that it goes by.

Usage: python -m docs.states, which puts the diagram into ARCHITECTURE.md again. It is found by
trying: from a new case on, everything that can happen is folded into each state, and what `judge`
says before and after is an arrow.
"""

from pathlib import Path

from rollcore import events, policy, state
from rollcore.events import Event
from rollcore.memory import FOREVER, State

FILE = Path(__file__).resolve().parents[1] / "ARCHITECTURE.md"
BEGIN = "<!-- The states: made by docs/states.py -->\n"
END = "<!-- The end of the states -->\n"

RULES = policy.for_needle(policy.DEFAULT_NEEDLE_UM).changed(head_uses=2, head_warn_uses=2)
"""A policy whose head wears out soon, so that this is found too."""

GESTURES = {
    "press": events.PRESS,
    "long press": events.LONG_PRESS,
    "very long press": events.VERY_LONG_PRESS,
}

Happening = list[tuple[int, dict[str, int]]]
"""Records, each by its kind and its fields; a field that is left out is 0."""

Moment = tuple[State, int]
"""A state, and the case time (s) at which it is looked at."""


def records_of(action: str, now: State, standing: state.Standing) -> Happening:
    """Return what the case logs when it does `action`; nothing if it only answers."""
    how = events.OVERRIDE if standing.override else events.IN_TURN
    started = (events.USE_STARTED, {"how": how, "digest": 0})
    ended = (events.USE_ENDED, {"how": events.BY_BUTTON, "seconds": 60})
    told = (events.USE_ENDED, {"how": events.AFTERWARDS, "seconds": 60})

    def soak_ended(how: int) -> tuple[int, dict[str, int]]:
        return (events.SOAK_ENDED, {"purpose": now.soaking, "how": how})

    records: dict[str, Happening] = {
        state.START_SOAK: [(events.SOAK_STARTED, {"purpose": state.soak_purpose(standing.phase)})],
        state.ABORT_SOAK: [soak_ended(events.SOAK_ABORTED)],
        state.END_SOAK: [soak_ended(events.SOAK_DONE)],
        state.START_USE: [started],
        state.OVERRIDE_REST: [(events.OVERRIDE_ASKED, {"until": standing.until, "digest": 0})],
        state.END_USE: [ended],
        state.TELL_USE: [started, told],
        state.TELL_NONE: [(events.LID, {"what": events.NOT_USED})],
        state.TAKE_HEAD_OUT: [(events.HEAD_OUT, {"reason": events.HEAD_SAID})],
        state.REPLACE_HEAD: [(events.HEAD_NEW, {"uses": now.head_uses, "token": 0})],
    }
    return records.get(action, [])


def happenings(moment: Moment) -> list[tuple[str, Moment]]:
    """Return all that can happen: its words, and what it leads to."""
    now, time = moment
    standing = state.judge(now, RULES, time)
    phase = standing.phase

    def after(records: Happening, at: int) -> Moment:
        folded = now
        for kind, data in records:
            whole = {field.name: 0 for field in events.KINDS[kind].fields} | data
            folded = state.fold(folded, Event(kind, whole, 0, now.seq + 1, now.boot, 0, at))
        return folded, at

    found: list[tuple[str, Moment]] = []
    for gesture, number in GESTURES.items():
        records = records_of(state.action(phase, number), now, standing)
        if records:
            found.append((gesture, after(records, time)))
    if standing.changes < FOREVER:
        action = state.by_itself(standing, standing.changes)
        found.append(("time", after(records_of(action, now, standing), standing.changes)))
    if phase in state.ASKS:
        found.append(("lid closed", after([(events.LID, {"what": events.LID_CLOSED})], time)))
    held = {"reason": events.NO_HOLD if now.hold_reason else events.OTHER, "until": 0, "token": 0}
    found.append(("host", after([(events.HOLD_SET, held)], time)))
    boot = {"cause": events.POWER_ON, "torn": 0, "corrected": 0, "lost": 0, "skipped": 0}
    found.append(("power cut", after([(events.BOOT, boot)], time)))
    return found


def arrows() -> dict[tuple[str, str], list[str]]:
    """Return what leads from one phase to another: by both, the words of each way."""
    found: dict[tuple[str, str], list[str]] = {}
    seen: set[tuple[object, ...]] = set()
    waiting: list[Moment] = [(State(), events.FIRST_PLAUSIBLE)]
    while waiting:
        moment = waiting.pop(0)
        now = moment[0]
        standing = state.judge(now, RULES, moment[1])
        alike = (
            standing.phase,
            standing.stage,
            standing.reason,
            now.soaked,
            now.dirty,
            now.using,
            now.head_uses >= RULES.head_uses,
            bool(now.hold_reason),
            now.head_out,
            now.override_asked,
        )
        if alike in seen:
            continue
        seen.add(alike)
        for words, then in happenings(moment):
            waiting.append(then)
            ways = found.setdefault(
                (standing.phase, state.judge(then[0], RULES, then[1]).phase), []
            )
            if words not in ways:
                ways.append(words)
    return {ends: ways for ends, ways in found.items() if ends[0] != ends[1]}


def diagram() -> str:
    """Return the diagram, as Mermaid has it."""
    phases = list(state.ACTIONS)
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{name}" as {_id(name)}' for name in phases if " " in name]
    lines.append(f"    [*] --> {_id(state.judge(State(), RULES, 0).phase)}")
    found = arrows()
    order = [*GESTURES, "time", "lid closed", "host", "power cut"]
    for before, after in sorted(found, key=lambda ends: [phases.index(name) for name in ends]):
        ways = ", ".join(sorted(found[before, after], key=order.index))
        lines.append(f"    {_id(before)} --> {_id(after)}: {ways}")
    return "\n".join([*lines, "```", ""])


def _id(phase: str) -> str:
    return phase.replace(" ", "_")


def shown() -> str:
    """Return the diagram that ARCHITECTURE.md shows."""
    text = FILE.read_text("utf-8")
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)]


if __name__ == "__main__":
    FILE.write_text(
        FILE.read_text("utf-8").replace(BEGIN + shown() + END, BEGIN + diagram() + END), "utf-8"
    )
