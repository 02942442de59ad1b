"""The case's state machine. Everything that decides what is allowed is here.

Three functions, each pure:

- `fold(state, event)` takes a log into a state, one record at a time. It knows
  no rules of the owner and refuses nothing: whatever a log says has happened.
- `judge(state, policy, now)` says where that leaves us at a moment of case
  time: the phase, until when, and why.
- `ACTIONS` says what each gesture does in each phase.

The device and the host run these same lines, so the host's answer to "may I
roll today?" is the case's own.

Theory of operation
===================

Phases are not stored. The log holds what people and power did (a soak was
started, a use ended); the rest follows from the time that has passed. A phase
that runs out by itself, such as drying, needs no record.

Case time never runs ahead of the truth, but it loses the hours without power.
What happened at such a time is *loose*: once the clock is set forward by some
seconds, every loose moment moves forward by as many. That is exact for moments
of the same boot, and for those of earlier boots it is the latest that they can
have been; so a rest can come out too long and never too short. Moments that
were stamped by a clock that had been set since its last power cut stay put.

Losing power has a price that errs the same way: an open use is ended there
(its end is unknown, it counts), a soak that was not done has to start again,
and a roller that was ready is not any more. So has losing records: a start that
had to leave out whole ones takes it that a use was among them.
"""

import struct

from rollcore import events
from rollcore.events import Event
from rollcore.policy import Policy

# Phases: what the lamp shows.
RESTING = "resting"
PREPARE = "prepare"
SOAKING = "soaking"
DRYING = "drying"
READY = "ready"
IN_USE = "in use"
CLEAN_ME = "clean me"
HEAD_EXPIRED = "head expired"
HELD = "held"

# Stages within a phase.
NORMAL = 0
WARN = 1  # in use: time to end; clean me: overdue
STOP = 2  # in use: too long

USE_LIMIT_S = 30 * 60
"""A use that nobody ends closes itself after this many seconds (own)."""

CANCEL_S = 15
"""A use shorter than this many seconds was a mistaken press (own)."""

NEVER = -1
"""A moment that has not been."""

FOREVER = 0x3FFFFFFF
"""Later than any case time: nothing changes by itself (year 2054)."""

# Moments that the state remembers, as indices into `State.at`.
USE_END = 0  # one for each zone, 0 to 3
USE_START = 4
SOAK_START = 5
DISINFECTED = 6
HEAD_SINCE = 7
MOMENTS = 8


class State:
    """What a log adds up to. Made by `fold`, never changed afterwards."""

    def __init__(self) -> None:
        self.seq = 0  # last record folded
        self.boot = 0
        self.time = 0  # case time of the last record, s
        self.clock_set = False  # since the last start
        self.loose = 0  # bit i: at[i] moves when the clock is set
        self.at: list[int] = [NEVER] * MOMENTS
        self.policy_digest = 0  # 0: the rules that came with the case
        self.needle_um = 0
        self.soaking = 0  # BEFORE_USE, AFTER_USE or 0
        self.soaked = 0  # what the last finished soak still counts for, or 0
        self.using = 0  # how the open use came about, or 0
        self.zone = 0  # of the open or last use
        self.dirty = False  # used and not soaked since
        self.end_known = True  # of the last use
        self.head_uses = 0
        self.uses = 0
        self.hold_reason = 0
        self.hold_until = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and self.__dict__ == other.__dict__

    def copy(self) -> "State":
        """Return a state that can be changed without changing this one."""
        twin = State()
        for name in self.__dict__:
            setattr(twin, name, getattr(self, name))
        twin.at = list(self.at)
        return twin

    def stamp(self, moment: int, time: int) -> None:
        """Remember that `moment` was at case time `time`, as sure as the clock is."""
        self.at[moment] = time
        self.loose |= 1 << moment


def fold(state: State, event: Event) -> State:
    """Return the state after `event`. Total: every event is taken in every state."""
    after = state.copy()
    if event.kind == events.BOOT or event.boot != state.boot:
        # The case has started, also where a full or damaged flash has lost the record of it.
        _boot(after, event)
    if event.kind == events.BOOT and event.data["torn"] >= events.RECORD_SIZE:
        _assume_used(after, event.time)
    after.seq = event.seq
    after.boot = event.boot
    after.time = event.time
    kind = event.kind
    data = event.data
    if kind == events.CLOCK_SET:
        _clock_set(after, event.time, event.time - data["old"])
    elif kind == events.POLICY_SET:
        after.policy_digest = data["digest"]
        after.needle_um = data["needle_um"]
    elif kind == events.SOAK_STARTED:
        after.soaking = data["purpose"]
        after.soaked = 0
        after.stamp(SOAK_START, event.time)
    elif kind == events.SOAK_ENDED:
        after.soaking = 0
        if data["how"] == events.SOAK_DONE:
            after.soaked = data["purpose"]
            after.dirty = False
            after.stamp(DISINFECTED, event.time)
    elif kind == events.USE_STARTED:
        after.using = data["how"]
        after.zone = event.zone
        after.stamp(USE_START, event.time)
    elif kind == events.USE_ENDED:
        after.using = 0
        if data["how"] != events.CANCELLED:
            _used(after, event.time, event.zone, True)
    elif kind == events.HEAD_NEW:
        after.head_uses = 0
        after.stamp(HEAD_SINCE, event.time)
    elif kind == events.HOLD_SET:
        after.hold_reason = data["reason"]
        after.hold_until = data["until"]
    return after


def _boot(state: State, event: Event) -> None:
    if state.clock_set:
        state.loose = 0
    state.clock_set = False
    state.soaking = 0
    if state.soaked == events.BEFORE_USE:
        state.soaked = 0
    if state.using:
        state.using = 0
        _used(state, event.time, state.zone, False)


def _assume_used(state: State, time: int) -> None:
    """Whole records were lost, and one of them may have told of a use: rest starts again."""
    for zone in range(events.ZONES):
        state.stamp(USE_END + zone, time)
    state.end_known = False
    state.dirty = True
    state.soaked = 0


def _clock_set(state: State, now: int, shift: int) -> None:
    for moment in range(MOMENTS):
        if state.at[moment] != NEVER:
            if state.loose >> moment & 1:
                state.at[moment] = max(state.at[moment] + shift, 0)
            # Nothing has happened later than now, whatever an old clock said.
            state.at[moment] = min(state.at[moment], now)
    state.clock_set = True


def _used(state: State, end: int, zone: int, end_known: bool) -> None:
    state.stamp(USE_END + zone, end)
    state.zone = zone
    state.end_known = end_known
    state.dirty = True
    state.soaked = 0
    state.head_uses += 1
    state.uses += 1
    if state.at[HEAD_SINCE] == NEVER:
        # A head nobody announced counts from the end of its first use.
        state.stamp(HEAD_SINCE, end)


class Standing:
    """Where the case stands at one moment.

    `until` is the case time at which the phase ends by itself, `changes` the
    case time at which anything here changes by itself; both `FOREVER` if never.
    """

    def __init__(self, phase: str, until: int, stage: int = NORMAL, changes: int = FOREVER) -> None:
        self.phase = phase
        self.until = until
        self.stage = stage
        self.changes = min(until, changes)


def judge(state: State, policy: Policy, now: int) -> Standing:
    """Say where `state` stands at case time `now` under the owner's rules.

    What has begun comes first, then what hygiene asks for, then what forbids a
    use, then how far the preparation has come.
    """
    at = state.at
    if state.using:
        start = at[USE_START]
        end = start + USE_LIMIT_S
        if now < start + policy.warn_s:
            return Standing(IN_USE, end, NORMAL, start + policy.warn_s)
        if now < start + policy.stop_s:
            return Standing(IN_USE, end, WARN, start + policy.stop_s)
        return Standing(IN_USE, end, STOP)
    if state.soaking:
        return Standing(SOAKING, at[SOAK_START] + soak_seconds(policy, state.soaking))
    if state.dirty and policy.soak_after_s:
        overdue = at[USE_END + state.zone] + policy.overdue_s
        if now < overdue:
            return Standing(CLEAN_ME, FOREVER, NORMAL, overdue)
        return Standing(CLEAN_ME, FOREVER, WARN)
    if state.soaked == events.AFTER_USE and now < at[DISINFECTED] + policy.dry_after_s:
        return Standing(DRYING, at[DISINFECTED] + policy.dry_after_s)
    if state.hold_reason and (state.hold_until == 0 or now < state.hold_until):
        return Standing(HELD, state.hold_until or FOREVER)
    worn = head_expires_at(state, policy)
    if state.head_uses >= policy.head_uses or now >= worn:
        return Standing(HEAD_EXPIRED, FOREVER)
    rested = rested_at(state, policy)
    if now < rested:
        return Standing(RESTING, rested, NORMAL, worn)
    if not policy.soak_before_s:
        return Standing(READY, FOREVER, NORMAL, worn)
    if state.soaked == events.BEFORE_USE:
        dry = at[DISINFECTED] + policy.dry_before_s
        if now < dry:
            return Standing(DRYING, dry, NORMAL, worn)
        if now < dry + policy.ready_s:
            return Standing(READY, dry + policy.ready_s, NORMAL, worn)
    return Standing(PREPARE, FOREVER, NORMAL, worn)


def soak_seconds(policy: Policy, purpose: int) -> int:
    """Return how long a soak for `purpose` takes, in seconds."""
    return policy.soak_before_s if purpose == events.BEFORE_USE else policy.soak_after_s


def rested_at(state: State, policy: Policy) -> int:
    """Return the case time at which the skin has rested; 0 if it was never rolled."""
    last = max(state.at[USE_END : USE_END + events.ZONES])
    return 0 if last == NEVER else last + policy.rest_s


def head_expires_at(state: State, policy: Policy) -> int:
    """Return the case time at which the head is too old, `FOREVER` if unused."""
    since = state.at[HEAD_SINCE]
    return FOREVER if since == NEVER else since + policy.head_s


# What a gesture does.
NOTHING = "nothing"
COUNT = "count"  # the lamp answers with a number
REFUSE = "refuse"
START_SOAK = "start soak"
ABORT_SOAK = "abort soak"
START_USE = "start use"
OVERRIDE_REST = "override rest"
END_USE = "end use"
REPLACE_HEAD = "replace head"

ACTIONS: dict[str, tuple[str, str, str]] = {
    # phase: on a press, on a hold (2 s), on a long hold (10 s)
    RESTING: (COUNT, REFUSE, OVERRIDE_REST),
    PREPARE: (START_SOAK, START_SOAK, NOTHING),
    SOAKING: (COUNT, ABORT_SOAK, NOTHING),
    DRYING: (COUNT, NOTHING, NOTHING),
    READY: (START_USE, START_USE, NOTHING),
    IN_USE: (END_USE, END_USE, NOTHING),
    CLEAN_ME: (START_SOAK, START_SOAK, NOTHING),
    HEAD_EXPIRED: (COUNT, REFUSE, REPLACE_HEAD),
    HELD: (NOTHING, REFUSE, NOTHING),
}
"""The table of the case's day: what each gesture does in each phase."""

REASONS: dict[str, int] = {
    RESTING: events.STILL_RESTING,
    HEAD_EXPIRED: events.HEAD_WORN_OUT,
    HELD: events.ON_HOLD,
}
"""Why a use is refused, by phase."""


def action(phase: str, gesture: int) -> str:
    """Return what `gesture` (PRESS, HOLD or LONG_HOLD of events) does in `phase`."""
    return ACTIONS[phase][gesture - events.PRESS]


SNAPSHOT_FORMAT = 1
_SNAPSHOT = "<BIHI8i8B6HI"
SNAPSHOT_SIZE = struct.calcsize(_SNAPSHOT)
"""Bytes of a packed state."""


def pack(state: State) -> bytes:
    """Return the state as `SNAPSHOT_SIZE` bytes, for the head of a journal segment."""
    return struct.pack(
        _SNAPSHOT,
        SNAPSHOT_FORMAT,
        state.seq,
        state.boot,
        state.time,
        *state.at,
        state.clock_set,
        state.soaking,
        state.soaked,
        state.using,
        state.zone,
        state.dirty,
        state.end_known,
        state.hold_reason,
        state.loose,
        state.needle_um,
        state.head_uses,
        state.uses,
        state.policy_digest & 0xFFFF,
        state.policy_digest >> 16,
        state.hold_until,
    )


def is_snapshot(raw: bytes) -> bool:
    """Say whether `unpack` knows how to read these bytes."""
    return len(raw) == SNAPSHOT_SIZE and raw[0] == SNAPSHOT_FORMAT


def unpack(raw: bytes) -> State:
    """Return the state that `pack` made these bytes from.

    Raises ValueError for a format of another version or bytes that do not fit.
    """
    if not is_snapshot(raw):
        raise ValueError("not a snapshot of this format")
    values = struct.unpack(_SNAPSHOT, raw)
    state = State()
    _, state.seq, state.boot, state.time = values[:4]
    state.at = list(values[4:12])
    state.clock_set = bool(values[12])
    state.soaking, state.soaked, state.using, state.zone = values[13:17]
    state.dirty = bool(values[17])
    state.end_known = bool(values[18])
    state.hold_reason, state.loose, state.needle_um = values[19:22]
    state.head_uses, state.uses = values[22:24]
    state.policy_digest = values[24] | values[25] << 16
    state.hold_until = values[26]
    return state
