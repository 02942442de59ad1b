"""The bytes of a state: what the header of a segment holds, and what the line carries."""

import struct

from rollcore.memory import PAST, State

FORMAT = 2
_LAYOUT = "<BBHII26iI8HHH8BHHIIII4I4BiII"
SIZE = struct.calcsize(_LAYOUT)
"""Bytes of a packed state: 200, laid out as `firmware/SPEC.md` says."""

_ZONE_AT = 143
_ELSEWHERE_AT = 144
"""Where the two numbers are that are indices of places."""


def pack(state: State) -> bytes:
    """Return the state as `SIZE` bytes."""
    flags = (
        int(state.clock_set)
        | state.dirty << 1
        | state.end_known << 2
        | state.asked << 3
        | state.override_asked << 4
        | state.heard << 5
        | state.sure << 6
    )
    return struct.pack(
        _LAYOUT,
        FORMAT,
        flags,
        state.boot,
        state.seq,
        state.time,
        *state.at,
        state.loose,
        *state.needles,
        state.needle_um,
        state.use_needle,
        state.soaking,
        state.soaked,
        state.using,
        state.zone,
        state.elsewhere,
        state.hold_reason,
        state.reactions,
        state.faults,
        state.head_uses,
        0,
        state.uses,
        state.policy_digest,
        state.hold_until,
        state.token,
        *state.tokens,
        state.red | state.seen << 4,
        state.head_out,
        state.red_unnamed,
        state.over,
        state.heard_ahead,
        state.clamped,
        state.clamped_to,
    )


def is_snapshot(raw: bytes) -> bool:
    """Say whether `unpack` can read these bytes: a case that lies may send any."""
    if len(raw) != SIZE or raw[0] != FORMAT:
        return False
    return raw[_ZONE_AT] < PAST and raw[_ELSEWHERE_AT] <= PAST


def unpack(raw: bytes) -> State:
    """Return the state in these bytes, which `pack` made.

    Raises ValueError for another format or another number of bytes.
    """
    if not is_snapshot(raw):
        raise ValueError("not a snapshot of this format")
    values = struct.unpack(_LAYOUT, raw)
    state = State()
    _, flags, state.boot, state.seq, state.time = values[:5]
    state.clock_set = bool(flags & 1)
    state.dirty = bool(flags >> 1 & 1)
    state.end_known = bool(flags >> 2 & 1)
    state.asked = bool(flags >> 3 & 1)
    state.override_asked = bool(flags >> 4 & 1)
    state.heard = bool(flags >> 5 & 1)
    state.sure = bool(flags >> 6 & 1)
    state.at = list(values[5:31])
    state.loose = values[31]
    state.needles = list(values[32:40])
    state.needle_um, state.use_needle = values[40:42]
    state.soaking, state.soaked, state.using, state.zone, state.elsewhere = values[42:47]
    state.hold_reason, state.reactions, state.faults, state.head_uses = values[47:51]
    state.uses, state.policy_digest, state.hold_until, state.token = values[52:56]
    state.tokens = list(values[56:60])
    state.red, state.seen = values[60] & 15, values[60] >> 4
    state.head_out, state.red_unnamed, state.over, state.heard_ahead = values[61:65]
    state.clamped, state.clamped_to = values[65:]
    return state
