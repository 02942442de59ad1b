"""The lamp and the button in words, for those who draw or tell what a virtual case does."""

from rollcore import state
from rollcore.events import HOLD, LONG_HOLD, PRESS

FAULT = "fault"
"""What the lamp shows when the case cannot do its work; not a phase of the state machine."""

LAMP: dict[str, tuple[tuple[int, str], ...]] = {
    # phase: for each stage a colour 0xRRGGBB that reads well, and the look in words
    state.RESTING: ((0xFF5555, "a red heartbeat"),),
    state.PREPARE: ((0x6688FF, "slow blue"),),
    state.SOAKING: ((0xFFAA33, "amber, breathing"),),
    state.DRYING: ((0x44DDDD, "a cyan flash every three seconds"),),
    state.READY: ((0x55DD55, "steady green"),),
    state.IN_USE: (
        (0xFFFFFF, "white"),
        (0xFFFFFF, "white, in pairs: time to end"),
        (0xFF5555, "fast red: too long"),
    ),
    state.CLEAN_ME: (
        (0xFFAA33, "fast amber"),
        (0xFFAA33, "faster amber: overdue"),
    ),
    state.HEAD_EXPIRED: ((0xFF66FF, "magenta, in pairs"),),
    state.HELD: ((0xFF5555, "red and blue in turn"),),
    FAULT: ((0xFF5555, "SOS, in red"),),
}
"""What the lamp shows, by phase and stage (see `rollcase.lamp`)."""

CLOCK_UNSET = "and a short blue blink: its clock is not set"
"""Added to whatever the lamp shows until the clock has been set."""

_ACTIONS = {
    state.NOTHING: "",
    state.COUNT: "the lamp counts the minutes left",
    state.REFUSE: "refused, and logged",
    state.START_SOAK: "starts the soak",
    state.ABORT_SOAK: "stops the soak",
    state.START_USE: "starts the use",
    state.OVERRIDE_REST: "a use in spite of the rest",
    state.END_USE: "ends the use",
    state.REPLACE_HEAD: "a new head is in",
}

_COUNTS = {
    state.RESTING: "the lamp counts the days left",
    state.HEAD_EXPIRED: "the lamp counts its uses and days",
}


def lamp(pattern: str, stage: int) -> tuple[int, str]:
    """Return a colour 0xRRGGBB and the words for what the lamp shows."""
    looks = LAMP.get(pattern, ((0xFFFFFF, pattern),))
    return looks[min(stage, len(looks) - 1)]


def gestures(pattern: str) -> tuple[str, str, str]:
    """Say what press, hold and long hold do while the lamp shows `pattern`; empty for nothing."""
    press, hold, long_hold = (_gesture(pattern, one) for one in (PRESS, HOLD, LONG_HOLD))
    return press, hold, long_hold


def _gesture(pattern: str, gesture: int) -> str:
    if pattern not in state.ACTIONS:
        return ""
    action = state.action(pattern, gesture)
    return _COUNTS.get(pattern, _ACTIONS[action]) if action == state.COUNT else _ACTIONS[action]
