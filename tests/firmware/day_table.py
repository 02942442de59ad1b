"""The table of the case's day: what each gesture logs and shows in each phase."""

from collections.abc import Callable

from tests.firmware.whole_case import (
    DAY,
    WholeCase,
    ask_early,
    bring_to,
    soak,
    with_zones,
)

from rollcase import lamp
from rollcore import events, policy, state
from rollcore.state import SAFE_AFTER

OFF, RED, AMBER, CYAN, MAGENTA, WHITE = (
    lamp.OFF, lamp.RED, lamp.AMBER, lamp.CYAN, lamp.MAGENTA, lamp.WHITE,
)  # fmt: skip

DIGEST = policy.for_needle(500).digest
BEFORE = {"purpose": events.BEFORE_USE}
AFTER = {"purpose": events.AFTER_USE}

News = list[tuple[str, dict[str, int]]]
Pattern = tuple[tuple[int, int], ...]
Row = tuple[str, str, News, Pattern | None, str]


IN_FORCE, SECONDS, OPEN_FOR, RESTED, UNTIL = -1, -2, -3, -4, -5
"""Placeholders in the table for values that differ from case to case: `filled` replaces them."""

SOAK_BEFORE: News = [("soak_started", BEFORE)]
SOAK_AFTER: News = [("soak_started", AFTER)]
ABORTED: News = [("soak_ended", {**BEFORE, "how": events.SOAK_ABORTED})]
IN_TURN: News = [("use_started", {"how": events.IN_TURN, "digest": IN_FORCE})]
EARLY: News = [("use_started", {"how": events.OVERRIDE, "digest": IN_FORCE})]
ASKED_EARLY: News = [("override_asked", {"until": RESTED, "digest": IN_FORCE})]
ENDED: News = [("use_ended", {"how": events.BY_BUTTON, "seconds": SECONDS})]
TOLD: News = [*IN_TURN, ("use_ended", {"how": events.AFTERWARDS, "seconds": OPEN_FOR})]
NOT_USED: News = [("lid", {"what": events.NOT_USED})]
HEAD_OUT: News = [("head_out", {"reason": events.HEAD_SAID, "uses": 0, "token": 0})]
USED_HEAD_OUT: News = [("head_out", {"reason": events.HEAD_SAID, "uses": 1, "token": 0})]
NEW_HEAD: News = [("head_new", {"uses": 1, "token": 0})]
NOTHING: News = []


def refused(reason: int, until: int = 0) -> News:
    """Return the record of a long press that was refused."""
    data = {"gesture": events.LONG_PRESS, "reason": reason, "until": until, "digest": IN_FORCE}
    return [("refused", data)]


TOO_EARLY = refused(events.STILL_RESTING, RESTED)
WORN_OUT = refused(events.HEAD_WORN_OUT)
IS_OUT = refused(events.HEAD_IS_OUT)
ON_HOLD = refused(events.ON_HOLD)
ON_HOLD_UNTIL = refused(events.ON_HOLD, UNTIL)

SOS = lamp.PATTERNS[lamp.FAULT][0]
WORN = lamp.count(1, MAGENTA) + lamp.count(0, WHITE)  # one use, no day

ZONES_READY = "ready with zones"
PREPARE_EARLY = "prepare against the rest"
READY_EARLY = "ready against the rest"
OUT_AND_DIRTY = "head out and not cleaned"
HELD_A_WHILE = "held until a date"
BROKEN = "fault"
SAFE = "safe mode"

TABLE: list[Row] = [
    # setting, gesture, what is logged, the lamp's answer, the phase after
    # Answers: () where the new phase is the answer; None where an earlier gesture of the touch had
    # its answer, and the rest of it means nothing.
    (state.RESTING, "press", NOTHING, lamp.count(28, RED), state.RESTING),
    (state.RESTING, "long press", TOO_EARLY, lamp.REFUSED, state.RESTING),
    (state.RESTING, "very long press", ASKED_EARLY, (), state.PREPARE),
    (state.PREPARE, "press", SOAK_BEFORE, (), state.SOAKING),
    (state.PREPARE, "long press", SOAK_BEFORE, (), state.SOAKING),
    (state.PREPARE, "very long press", HEAD_OUT, (), state.HEAD_EXPIRED),
    (PREPARE_EARLY, "press", SOAK_BEFORE, (), state.SOAKING),
    (PREPARE_EARLY, "long press", SOAK_BEFORE, (), state.SOAKING),
    (PREPARE_EARLY, "very long press", USED_HEAD_OUT, (), state.HEAD_EXPIRED),
    (state.SOAKING, "press", NOTHING, lamp.count(10, AMBER), state.SOAKING),
    (state.SOAKING, "long press", ABORTED, (), state.PREPARE),
    (state.SOAKING, "very long press", ABORTED, None, state.PREPARE),
    (state.DRYING, "press", NOTHING, lamp.count(10, CYAN), state.DRYING),
    (state.DRYING, "long press", NOTHING, lamp.NOTED, state.DRYING),
    (state.DRYING, "very long press", NOTHING, lamp.NOTED, state.DRYING),
    (state.READY, "press", IN_TURN, (), state.IN_USE),
    (state.READY, "long press", IN_TURN, (), state.IN_USE),
    (state.READY, "very long press", HEAD_OUT, (), state.HEAD_EXPIRED),
    (READY_EARLY, "press", EARLY, (), state.IN_USE),
    (READY_EARLY, "long press", EARLY, (), state.IN_USE),
    (READY_EARLY, "very long press", USED_HEAD_OUT, (), state.HEAD_EXPIRED),
    (ZONES_READY, "press", NOTHING, lamp.count(1, WHITE), state.READY),
    (ZONES_READY, "long press", IN_TURN, (), state.IN_USE),
    (ZONES_READY, "very long press", HEAD_OUT, (), state.HEAD_EXPIRED),
    (state.ASKING, "press", TOLD, (), state.CLEAN_ME),
    (state.ASKING, "long press", NOT_USED, (), state.READY),
    (state.ASKING, "very long press", NOT_USED, None, state.READY),
    (state.IN_USE, "press", ENDED, (), state.CLEAN_ME),
    (state.IN_USE, "long press", ENDED, (), state.CLEAN_ME),
    (state.IN_USE, "very long press", ENDED, None, state.CLEAN_ME),
    (state.CLEAN_ME, "press", SOAK_AFTER, (), state.SOAKING),
    (state.CLEAN_ME, "long press", SOAK_AFTER, (), state.SOAKING),
    (state.CLEAN_ME, "very long press", USED_HEAD_OUT, (), state.HEAD_EXPIRED),
    (state.HEAD_EXPIRED, "press", NOTHING, WORN, state.HEAD_EXPIRED),
    (state.HEAD_EXPIRED, "long press", WORN_OUT, lamp.REFUSED, state.HEAD_EXPIRED),
    (state.HEAD_EXPIRED, "very long press", NEW_HEAD, (), state.RESTING),
    (OUT_AND_DIRTY, "press", NOTHING, WORN, state.HEAD_EXPIRED),
    (OUT_AND_DIRTY, "long press", IS_OUT, lamp.REFUSED, state.HEAD_EXPIRED),
    (OUT_AND_DIRTY, "very long press", NEW_HEAD, (), state.CLEAN_ME),
    (state.HELD, "press", NOTHING, lamp.NOTED, state.HELD),
    (state.HELD, "long press", ON_HOLD, lamp.REFUSED, state.HELD),
    (state.HELD, "very long press", ON_HOLD, lamp.NOTED, state.HELD),
    (HELD_A_WHILE, "press", NOTHING, lamp.count(3, RED), state.HELD),
    (HELD_A_WHILE, "long press", ON_HOLD_UNTIL, lamp.REFUSED, state.HELD),
    (HELD_A_WHILE, "very long press", ON_HOLD_UNTIL, lamp.NOTED, state.HELD),
    # The flash takes nothing, and every touch shows that anew.
    (BROKEN, "press", NOTHING, (), lamp.FAULT),
    (BROKEN, "long press", NOTHING, (), lamp.FAULT),
    (BROKEN, "very long press", NOTHING, (), lamp.FAULT),
    # The case only answers the host.
    (SAFE, "press", NOTHING, None, lamp.FAULT),
    (SAFE, "long press", NOTHING, None, lamp.FAULT),
    (SAFE, "very long press", NOTHING, None, lamp.FAULT),
]
SETTINGS = [
    *state.ACTIONS, PREPARE_EARLY, READY_EARLY, ZONES_READY, OUT_AND_DIRTY, HELD_A_WHILE, BROKEN,
    SAFE,
]  # fmt: skip


def ready_with_zones(case: WholeCase) -> None:
    rules = with_zones(policy.for_needle(500), "face", "neck", "hands")
    assert case.app.set_policy(rules) == ""
    bring_to(case, state.READY)


def prepare_early(case: WholeCase) -> None:
    bring_to(case, state.RESTING)
    ask_early(case)


def ready_early(case: WholeCase) -> None:
    prepare_early(case)
    soak(case)
    case.wait(600)


def out_and_dirty(case: WholeCase) -> None:
    bring_to(case, state.CLEAN_ME)
    case.very_long_press()


def held_a_while(case: WholeCase) -> None:
    told = {"reason": events.SUNBURN, "until": case.app.clock.time + 3 * DAY, "token": 1}
    assert case.app.tell(events.HOLD_SET, told) == ""


def broken(case: WholeCase) -> None:
    case.flash.broken = True
    case.press()
    case.wait(20)
    assert case.phase == lamp.FAULT


def make_safe(case: WholeCase) -> None:
    for _ in range(SAFE_AFTER):
        case.app.failed({"file": 2, "error": 13, "line": 1})
        case.switch_on(events.SOFT_RESET)
    assert case.app.safe


def set_up(case: WholeCase, setting: str) -> None:
    """Bring a new case into one of the settings of the table, and let the lamp's answers end."""
    ways: dict[str, Callable[[], None]] = {
        ZONES_READY: lambda: ready_with_zones(case),
        PREPARE_EARLY: lambda: prepare_early(case),
        READY_EARLY: lambda: ready_early(case),
        OUT_AND_DIRTY: lambda: out_and_dirty(case),
        HELD_A_WHILE: lambda: held_a_while(case),
        BROKEN: lambda: broken(case),
        SAFE: lambda: make_safe(case),
    }
    ways.get(setting, lambda: bring_to(case, setting))()
    case.wait_ms(1234)


def filled(case: WholeCase, expected: News) -> News:
    """Return `expected` with the placeholders replaced by what this case must have written."""
    log = case.log()
    last = {event.name: event.time for event in log}
    opened = [event.time for event in log if event.data.get("what") == events.LID_OPENED]
    held = [event.data["until"] for event in log if event.name == "hold_set"]
    known = {
        IN_FORCE: case.app.policy.digest,
        SECONDS: last.get("use_ended", 0) - last.get("use_started", 0),
        OPEN_FOR: last.get("use_ended", 0) - (opened or [0])[-1],
        RESTED: last.get("use_ended", 0) + 28 * DAY,
        UNTIL: (held or [0])[-1],
    }
    return [
        (name, {field: known.get(value, value) for field, value in data.items()})
        for name, data in expected
    ]


def merged(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the colours with their ms; neighbours of the same colour are joined."""
    found: list[tuple[int, int]] = []
    for colour, ms in runs:
        if found and found[-1][0] == colour:
            ms += found.pop()[1]
        found.append((colour, ms))
    return found


def resting_pattern(case: WholeCase) -> Pattern:
    """Return the pattern that the lamp repeats while nothing happens."""
    phase, stage, *asks = case.said_last("lamp")[1:]
    clock_set = case.app.journal.state.clock_set
    return lamp.pattern_of(phase.replace("_", " "), int(stage), clock_set, bool(asks))
