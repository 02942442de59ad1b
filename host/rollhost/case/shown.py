"""What the lamp of a case shows, worked out from what the case answers.

The case says no phase. It tells its state, its policy and its time, which are judged here by the
code that runs in the case.
"""

from typing import NamedTuple

from rollcore import messages, policy, snapshot, state
from rollhost.case.connection import CaseRefused, Line


class Shown(NamedTuple):
    """What a lamp shows: a phase in one of its stages, or a fault."""

    phase: str
    """Empty where the case cannot do its work: then the lamp shows that."""
    stage: int
    clock_set: bool
    """Whether the clock is set; else each message ends with a short blink."""


def shown(line: Line) -> Shown | None:
    """Return what the lamp of the case on `line` shows now.

    None if this program does not know: the case speaks of what is newer or older. Whether the log
    is nearly full is not looked at. Raises `CaseError` if nothing comes.
    """
    try:
        status = line.ask("status")
        clock_set = bool(status.integer("clock_set"))
        if status.word("fault"):
            return Shown("", state.NORMAL, clock_set)
        raw = line.ask("state", seq=0).raw("raw")
        rules = policy.parse(line.ask("policy").word("policy"))
    except CaseRefused as refused:
        return Shown("", state.NORMAL, True) if refused.code == messages.BAD_STORAGE else None
    except policy.PolicyError:
        return None
    if not snapshot.is_snapshot(raw):
        return None
    standing = state.judge(snapshot.unpack(raw), rules, status.integer("time"))
    return Shown(standing.phase, standing.stage, clock_set)
