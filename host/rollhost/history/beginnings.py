"""What the state with which a log begins says of it: whether it goes on from another, and whose.

The page in a browser runs this file too, under MicroPython.
"""

from rollcore import events
from rollcore.memory import NEVER, State


def knows_anything(state: State) -> bool:
    """Return whether a log that begins with this state was begun with what the case knew."""
    return any(moment != NEVER for moment in state.at) or bool(
        state.policy_digest or state.hold_reason or state.reactions
    )


def is_of_another_owner(state: State) -> bool:
    """Return whether a log that begins with this state was begun for somebody else."""
    return state.head_out == 1 + events.HEAD_SHARED and not knows_anything(state)
