"""The bytes of a state: what the header of a segment holds."""

import struct

from rollcore.memory import State

FORMAT = 1
_LAYOUT = "<BIHI26i9H12B3H4I"
SIZE = struct.calcsize(_LAYOUT)
"""Bytes of a packed state."""


def pack(state: State) -> bytes:
    """Return the state as `SIZE` bytes, for the header of a segment."""
    return struct.pack(
        _LAYOUT,
        FORMAT,
        state.seq,
        state.boot,
        state.time,
        *state.at,
        *state.needles,
        state.use_needle,
        state.clock_set,
        state.soaking,
        state.soaked,
        state.using,
        state.zone,
        state.elsewhere,
        state.dirty,
        state.end_known,
        state.hold_reason,
        state.reactions,
        state.asked,
        state.faults,
        state.needle_um,
        state.head_uses,
        state.uses,
        state.loose,
        state.policy_digest,
        state.hold_until,
        state.token,
    )


def is_snapshot(raw: bytes) -> bool:
    """Say whether `unpack` can read these bytes."""
    return len(raw) == SIZE and raw[0] == FORMAT


def unpack(raw: bytes) -> State:
    """Return the state in these bytes, which `pack` made.

    Raises ValueError for another format or another number of bytes.
    """
    if not is_snapshot(raw):
        raise ValueError("not a snapshot of this format")
    values = struct.unpack(_LAYOUT, raw)
    state = State()
    _, state.seq, state.boot, state.time = values[:4]
    state.at = list(values[4:30])
    state.needles = list(values[30:38])
    state.use_needle = values[38]
    state.clock_set = bool(values[39])
    state.soaking, state.soaked, state.using, state.zone, state.elsewhere = values[40:45]
    state.dirty, state.end_known = bool(values[45]), bool(values[46])
    state.hold_reason, state.reactions = values[47:49]
    state.asked = bool(values[49])
    state.faults, state.needle_um, state.head_uses, state.uses = values[50:54]
    state.loose, state.policy_digest, state.hold_until, state.token = values[54:]
    return state
