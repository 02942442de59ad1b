"""The case's state machine. Everything that decides what is allowed is here.

Three functions, each pure:

- `fold(state, event)` adds one record of a log to a state. It knows no policy
  and refuses nothing: what a log says has happened.
- `judge(state, policy, now)` tells the phase at a moment of case time, when it
  ends, and why a use is refused.
- `ACTIONS` is the table of what each gesture does in each phase.

The case and the host run this same code, so the host's answer to "may I roll
today?" is the case's own.

Theory of operation
===================

Phases are not stored. The log holds what people did and when power came and went
(a soak was started, a use ended); everything else follows from the time that has
passed. A phase that ends by itself, such as drying, needs no record.

Case time is never ahead of true time, but it stands still without power. So
moments are *loose*: when the clock is set forward by some seconds, every loose
moment moves forward by as many. For moments of the same run that is exact; for
those of earlier runs it is the latest that they can have been. So a rest can come
out too long, never too short. When a run ends in which the clock was set, its
moments are fixed: they do not move any more.

A power cut is judged in the same safe direction: an open use ends there (its end
is unknown, it counts), an unfinished soak has to start again, and a roller that was
ready is ready no more. So are lost records: a start that left out whole records
assumes that a use was among them.

Each zone rests on its own, and its longest rest wins: that of the last use (by the
needle of that use, if it was longer than today's), that of a clinic session, and
that of a reaction, which counts for every zone. When the policy names another list
of zones, a zone is kept if the list up to it is the same. The others are removed,
and nobody can say which of the new zones is the same skin. So what happened to
removed zones counts as the *past* of every place from the first changed one on.
"""

import struct

from rollcore import events, policy
from rollcore.events import Event
from rollcore.policy import Policy

# Phases: what the lamp shows.
RESTING = "resting"
PREPARE = "prepare"
SOAKING = "soaking"
DRYING = "drying"
READY = "ready"
ASKING = "asking"
IN_USE = "in use"
CLEAN_ME = "clean me"
HEAD_EXPIRED = "head expired"
HELD = "held"

# Stages within a phase.
NORMAL = 0
WARN = 1  # in use: time to end; clean me: overdue; ready: the head's last uses
STOP = 2  # in use: too long

USE_LIMIT_S = 30 * 60
"""A use that nobody ends is closed after this many seconds (own)."""

CANCEL_S = 15
"""A use shorter than this many seconds was a mistake and does not count (own)."""

HEALTHY_S = 10 * 60
"""A fault after this many seconds of running begins a new count of faults in a row (own)."""

MAX_COUNT = 255

PAST = events.ZONES
"""Index in `State.needles` from which on they belong to the past of each place."""

NEVER = -1
"""The value of a moment that has not happened."""

FOREVER = 0x3FFFFFFF
"""Later than any case time (year 2054): the end of what does not end by itself."""

# Moments that the state remembers, as indices into `State.at`.
USE_END = 0  # one for each zone, 0 to 3
CLINIC_END = 4  # one for each zone
USE_START = 8
SOAK_START = 9
DISINFECTED = 10
HEAD_SINCE = 11
REACTION_END = 12
LID_OPEN = 13
# The past of each place: of removed zones that may be the same skin. One for each place.
PAST_USE = 14
PAST_USE_LOOSE = 18  # the same, for uses whose moment is loose
PAST_CLINIC = 22
MOMENTS = 26


class State:
    """What a log adds up to. `fold` makes it; nothing changes it afterwards."""

    def __init__(self) -> None:
        self.seq = 0  # of the last record folded
        self.boot = 0
        self.time = 0  # case time of the last record, s
        self.clock_set = False  # in this run
        self.loose = 0  # bit i: at[i] is loose, and moves when the clock is set
        self.at: list[int] = [NEVER] * MOMENTS
        self.policy_digest = 0  # 0: no policy was ever set
        self.needle_um = 0
        # Of the last use at each place, then of its past; 0: not known.
        self.needles: list[int] = [0] * (2 * PAST)
        self.soaking = 0  # BEFORE_USE, AFTER_USE or 0
        self.soaked = 0  # BEFORE_USE or AFTER_USE: what the last finished soak counts for; or 0
        self.using = 0  # IN_TURN or OVERRIDE while a use is open, or 0
        self.zone = 0  # of the open or last use
        self.use_needle = 0  # of the open use
        # First place of the past that the open use counts for; PAST if its zone is known.
        self.elsewhere = PAST
        self.dirty = False  # used and not soaked since
        self.end_known = True  # of the last use
        self.head_uses = 0
        self.uses = 0
        self.hold_reason = 0
        self.hold_until = 0
        self.reactions = 0  # how many are open
        self.asked = False  # the lid was closed while ready: was the roller used?
        self.faults = 0  # in a row: no finished soak, use or power-up between them
        self.token = 0  # of the last entry that the host told

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and self.__dict__ == other.__dict__

    def copy(self) -> "State":
        """Return a state that can be changed without changing this one."""
        twin = State()
        for name in self.__dict__:
            setattr(twin, name, getattr(self, name))
        twin.at = list(self.at)
        twin.needles = list(self.needles)
        return twin

    def stamp(self, moment: int, time: int) -> None:
        """Set `moment` to case time `time`; it is loose, and moves when the clock is set."""
        self.at[moment] = time
        self.loose |= 1 << moment

    def date(self, moment: int, time: int) -> None:
        """Set `moment` to case time `time`; it stays fixed when the clock is set."""
        self.at[moment] = min(time, FOREVER)
        self.loose &= ~(1 << moment)


def fold(state: State, event: Event) -> State:
    """Return the state after `event`. Never fails: every event can follow every state."""
    after = state.copy()
    if has_started(state, event):
        _boot(after, event)
    if event.kind == events.BOOT:
        _started(after, event)
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
        _rename(after, data["kept"])
    elif kind == events.SOAK_STARTED:
        after.soaking = data["purpose"]
        after.soaked = 0
        after.stamp(SOAK_START, event.time)
    elif kind == events.SOAK_ENDED:
        after.soaking = 0
        if data["how"] == events.SOAK_DONE:
            after.soaked = data["purpose"]
            after.dirty = False
            after.faults = 0
            after.stamp(DISINFECTED, event.time)
    elif kind == events.USE_STARTED:
        after.using = data["how"]
        after.asked = False
        # All zones rest, and nobody has said which one this use is of.
        after.elsewhere = 0 if data["how"] == events.OVERRIDE else PAST
        after.use_needle = after.needle_um
        after.zone = event.zone
        after.stamp(USE_START, event.time)
    elif kind == events.USE_ENDED:
        if data["how"] != events.CANCELLED:
            after.faults = 0
            if data["how"] == events.AFTERWARDS:
                after.elsewhere = 0  # nobody has said which zone it was of
            _used(after, event.time, event.zone, True)
        after.using = 0
        after.elsewhere = PAST
    elif kind == events.HEAD_NEW:
        after.head_uses = 0
        after.stamp(HEAD_SINCE, event.time)
    elif kind == events.HOLD_SET:
        after.hold_reason = data["reason"]
        after.hold_until = data["until"]
    elif kind == events.CLINIC:
        moment = CLINIC_END + event.zone
        if data["at"] > after.at[moment]:
            after.date(moment, data["at"])
    elif kind == events.REACTION:
        if data["open"]:
            after.reactions = min(after.reactions + 1, MAX_COUNT)
        else:
            after.reactions = max(after.reactions - 1, 0)
            after.date(REACTION_END, max(data["at"], after.at[REACTION_END]))
    elif kind == events.FAULT:
        after.faults = 1 if event.uptime >= HEALTHY_S else min(after.faults + 1, MAX_COUNT)
    elif kind == events.LID:
        if data["what"] == events.LID_OPENED:
            after.stamp(LID_OPEN, event.time)
        else:
            after.asked = data["what"] == events.LID_CLOSED
    if "token" in data:
        after.token = data["token"] or after.token
    return after


def has_started(before: State, event: Event) -> bool:
    """Return whether the case was started between the last record of `before` and `event`.

    A new boot number says so even if a full or damaged flash lost the record of the start.
    """
    return event.kind == events.BOOT or event.boot != before.boot


def _started(state: State, event: Event) -> None:
    """Apply what only the record of a start tells: lost records, and its cause."""
    if event.data["torn"] >= events.RECORD_SIZE:
        _assume_used(state, event.time)
    cause = event.data["cause"]
    if cause == events.POWER_ON:
        state.faults = 0
    elif cause == events.WATCHDOG:
        # Case time is stored often enough to tell how long the case had been running.
        healthy = event.time - state.time >= HEALTHY_S
        state.faults = 1 if healthy else min(state.faults + 1, MAX_COUNT)


def _boot(state: State, event: Event) -> None:
    if state.clock_set:
        state.loose = 0
    state.clock_set = False
    state.soaking = 0
    if state.soaked == events.BEFORE_USE:
        state.soaked = 0
    if state.using:
        _used(state, event.time, state.zone, False)
        state.using = 0
        state.elsewhere = PAST


def _rename(state: State, kept: int) -> None:
    """Apply another list of zones; the first `kept` zones are the same as in the old list."""
    at, needles = state.at, state.needles
    sure = loose = clinic = NEVER
    uses: list[tuple[int, int]] = []
    for place in range(kept, PAST):
        for first in (USE_END, PAST_USE, PAST_USE_LOOSE):
            moment = first + place
            if state.loose >> moment & 1:
                loose = max(loose, at[moment])
            else:
                sure = max(sure, at[moment])
        clinic = max(clinic, at[CLINIC_END + place], at[PAST_CLINIC + place])
        uses.append((at[USE_END + place], needles[place]))
        uses.append((_past_use(state, place), needles[PAST + place]))
    for place in range(kept, PAST):
        at[USE_END + place] = at[CLINIC_END + place] = NEVER
        state.date(PAST_USE + place, sure)
        state.stamp(PAST_USE_LOOSE + place, loose)
        state.date(PAST_CLINIC + place, clinic)
        needles[place], needles[PAST + place] = 0, _needle_after(uses)
    if state.using and state.zone >= kept:
        state.elsewhere = min(state.elsewhere, kept)


def _past_use(state: State, place: int) -> int:
    return max(state.at[PAST_USE + place], state.at[PAST_USE_LOOSE + place])


def _needle_after(uses: list[tuple[int, int]]) -> int:
    """Return the needle (micrometres) by which a zone rests after `uses` (end, needle).

    It is that of the last use, or a longer one of an earlier use whose rest was not over then.
    """
    last = max(uses)[0]
    return max(
        [
            needle_um
            for end, needle_um in uses
            if end == last or (end != NEVER and last < end + policy.default_rest_s(needle_um))
        ]
    )


def _assume_used(state: State, time: int) -> None:
    """Assume that a lost record was a use of each zone: the rest of all starts at `time`."""
    for zone in range(events.ZONES):
        state.stamp(USE_END + zone, time)
        state.needles[zone] = max(state.needles[zone], state.needle_um)
    state.end_known = False
    state.dirty = True
    state.soaked = 0


def _clock_set(state: State, now: int, shift: int) -> None:
    for moment in range(MOMENTS):
        if state.at[moment] != NEVER:
            if state.loose >> moment & 1:
                state.at[moment] = max(state.at[moment] + shift, 0)
            # Nothing can have happened later than now: an old clock was ahead.
            state.at[moment] = min(state.at[moment], now)
    state.clock_set = True


def _used(state: State, end: int, zone: int, end_known: bool) -> None:
    needle_um = state.use_needle if state.using else state.needle_um
    if state.elsewhere < PAST:
        for place in range(state.elsewhere, PAST):
            _used_in_the_past(state, end, place, needle_um)
    else:
        before = (state.at[USE_END + zone], state.needles[zone])
        state.needles[zone] = _needle_after([before, (end, needle_um)])
        state.stamp(USE_END + zone, end)
    state.zone = zone
    state.end_known = end_known
    state.dirty = True
    state.soaked = 0
    state.head_uses += 1
    state.uses += 1
    if state.at[HEAD_SINCE] == NEVER:
        # The age of a head that nobody announced counts from the end of its first use.
        state.stamp(HEAD_SINCE, end)


def _used_in_the_past(state: State, end: int, place: int, needle_um: int) -> None:
    """Count a use that ended at `end` for the past of this place."""
    before = (_past_use(state, place), state.needles[PAST + place])
    state.needles[PAST + place] = _needle_after([before, (end, needle_um)])
    moment = PAST_USE_LOOSE + place
    if not state.loose >> moment & 1:
        # The clock was set since: keep this moment fixed.
        state.date(PAST_USE + place, before[0])
    state.stamp(moment, end)


class Standing:
    """The phase of the case at one moment, and what goes with it.

    `until` is the case time at which the phase ends by itself, `changes` the
    case time at which anything here changes by itself; both `FOREVER` if never.
    `reason` is why a use would be refused (as in `refused.reason`), or 0. Bit i
    of `rested` says that zone i has rested; 0 in phases that come before rest.
    """

    def __init__(
        self,
        phase: str,
        until: int,
        stage: int = NORMAL,
        changes: int = FOREVER,
        reason: int = 0,
        rested: int = 0,
    ) -> None:
        self.phase = phase
        self.until = until
        self.stage = stage
        self.changes = min(until, changes)
        self.reason = reason
        self.rested = rested


def judge(state: State, rules: Policy, now: int) -> Standing:
    """Return the standing of `state` at case time `now` under the policy `rules`.

    In this order: what has begun (use, soak, the question about the lid), what hygiene
    needs (cleaning, drying), what forbids a use (reaction, hold, head, rest), how far
    the preparation has come.
    """
    at = state.at
    if state.using:
        start = at[USE_START]
        end = start + USE_LIMIT_S
        if now < start + rules.warn_s:
            return Standing(IN_USE, end, NORMAL, start + rules.warn_s)
        if now < start + rules.stop_s:
            return Standing(IN_USE, end, WARN, start + rules.stop_s)
        return Standing(IN_USE, end, STOP)
    if state.soaking:
        return Standing(SOAKING, at[SOAK_START] + soak_seconds(rules, state.soaking))
    if state.asked:
        return Standing(ASKING, FOREVER)
    if state.dirty and rules.soak_after_s:
        overdue = last_use_end(state) + rules.overdue_s
        if now < overdue:
            return Standing(CLEAN_ME, FOREVER, NORMAL, overdue)
        return Standing(CLEAN_ME, FOREVER, WARN)
    if state.soaked == events.AFTER_USE and now < at[DISINFECTED] + rules.dry_after_s:
        return Standing(DRYING, at[DISINFECTED] + rules.dry_after_s)
    if state.reactions:
        return Standing(HELD, FOREVER, reason=events.REACTION_OPEN)
    if state.hold_reason and (state.hold_until == 0 or now < state.hold_until):
        until = min(state.hold_until or FOREVER, FOREVER)
        return Standing(HELD, until, reason=events.ON_HOLD)
    worn = head_expires_at(state, rules)
    if state.head_uses >= rules.head_uses or now >= worn:
        return Standing(HEAD_EXPIRED, FOREVER, reason=events.HEAD_WORN_OUT)
    return _judge_rest(state, rules, now, worn)


def _judge_rest(state: State, rules: Policy, now: int, worn: int) -> Standing:
    """Return the standing of a case where only rest and preparation decide about a use."""
    rested = 0
    changes = FOREVER
    ends = [rested_at(state, rules, zone) for zone in range(len(rules.zones))]
    first = min(ends)
    for zone, when in enumerate(ends):
        if now >= when:
            rested |= 1 << zone
        else:
            changes = min(changes, when)
    changes = min(changes, worn)
    if not rested:
        why = resting_for(state, rules, ends.index(first))
        return Standing(RESTING, first, NORMAL, changes, why)
    end = FOREVER
    if rules.soak_before_s:
        if state.soaked != events.BEFORE_USE:
            return Standing(PREPARE, FOREVER, NORMAL, changes, 0, rested)
        dry = state.at[DISINFECTED] + rules.dry_before_s
        end = dry + rules.ready_s
        if now < dry:
            return Standing(DRYING, dry, NORMAL, changes, 0, rested)
        if now >= end:
            return Standing(PREPARE, FOREVER, NORMAL, changes, 0, rested)
    stage = WARN if state.head_uses >= rules.head_warn_uses else NORMAL
    return Standing(READY, end, stage, changes, 0, rested)


def soak_seconds(rules: Policy, purpose: int) -> int:
    """Return how long (s) a soak for `purpose` takes."""
    return rules.soak_before_s if purpose == events.BEFORE_USE else rules.soak_after_s


def last_use_end(state: State) -> int:
    """Return the case time at which the last use of any zone ended; `NEVER` if there was none."""
    uses = state.at[USE_END : USE_END + PAST] + state.at[PAST_USE : PAST_USE_LOOSE + PAST]
    return max(uses)


def rested_at(state: State, rules: Policy, zone: int) -> int:
    """Return the case time from which on this zone has rested; 0 if it never had to."""
    return max(
        _use_rested_at(state, rules, zone),
        _clinic_rested_at(state, rules, zone),
        _after(state.at[REACTION_END], rules.reaction_rest_s),
    )


def resting_for(state: State, rules: Policy, zone: int) -> int:
    """Return why this zone rests, as a number of `refused.reason`."""
    until = rested_at(state, rules, zone)
    if until == _use_rested_at(state, rules, zone):
        return events.STILL_RESTING
    if until == _clinic_rested_at(state, rules, zone):
        return events.AFTER_CLINIC
    return events.AFTER_REACTION


def soonest_zone(state: State, rules: Policy) -> int:
    """Return the zone whose rest ends first; of equals, the first in the policy's list."""
    best = 0
    for zone in range(1, len(rules.zones)):
        if rested_at(state, rules, zone) < rested_at(state, rules, best):
            best = zone
    return best


def next_zone(rested: int, zone: int) -> int:
    """Return the next rested zone after `zone`, in a circle; -1 if no zone has rested."""
    for step in range(1, events.ZONES + 1):
        candidate = (zone + step) % events.ZONES
        if rested >> candidate & 1:
            return candidate
    return -1


def _use_rested_at(state: State, rules: Policy, zone: int) -> int:
    own = _after(state.at[USE_END + zone], rest_after(rules, state.needles[zone]))
    past = _after(_past_use(state, zone), rest_after(rules, state.needles[PAST + zone]))
    return max(own, past)


def _clinic_rested_at(state: State, rules: Policy, zone: int) -> int:
    last = max(state.at[CLINIC_END + zone], state.at[PAST_CLINIC + zone])
    return _after(last, rules.clinic_rest_s)


def rest_after(rules: Policy, needle_um: int) -> int:
    """Return the rest (s) after a use with this needle (um): longer if the needle was longer."""
    if needle_um <= rules.needle_um:
        return rules.rest_s
    return max(rules.rest_s, policy.default_rest_s(needle_um))


def _after(moment: int, rest_s: int) -> int:
    return 0 if moment == NEVER else moment + rest_s


def head_expires_at(state: State, rules: Policy) -> int:
    """Return the case time at which the head is too old; `FOREVER` if its age is not known."""
    since = state.at[HEAD_SINCE]
    return FOREVER if since == NEVER else since + rules.head_s


def counts(state: State, standing: Standing, now: int) -> tuple[int, ...]:
    """Return the numbers that answer a press at case time `now`; none where there is no end.

    They are the days or minutes left, rounded up; of a worn-out head, its uses
    and its age in days.
    """
    if standing.phase == HEAD_EXPIRED:
        return state.head_uses, (now - state.at[HEAD_SINCE]) // 86400
    if standing.until == FOREVER:
        return ()
    # Phases that refuse a use are counted in days, the others in minutes.
    return (-(-(standing.until - now) // (86400 if standing.reason else 60)),)


# What a gesture does.
NOTHING = "nothing"
COUNT = "count"  # the lamp answers with the numbers of `counts`
REFUSE = "refuse"
START_SOAK = "start soak"
ABORT_SOAK = "abort soak"
START_USE = "start use"
OVERRIDE_REST = "override rest"
NEXT_ZONE = "next zone"
END_USE = "end use"
TELL_USE = "tell use"  # after the lid was closed: the roller was used
TELL_NONE = "tell none"  # after the lid was closed: it was not used
REPLACE_HEAD = "replace head"

ACTIONS: dict[str, tuple[str, str, str]] = {
    # phase: on a press, on a long press (2 s), on a very long press (10 s)
    RESTING: (COUNT, REFUSE, OVERRIDE_REST),
    PREPARE: (START_SOAK, START_SOAK, NOTHING),
    SOAKING: (COUNT, ABORT_SOAK, NOTHING),
    DRYING: (COUNT, NOTHING, NOTHING),
    READY: (START_USE, START_USE, NOTHING),
    ASKING: (TELL_USE, TELL_NONE, NOTHING),
    IN_USE: (END_USE, END_USE, NOTHING),
    CLEAN_ME: (START_SOAK, START_SOAK, NOTHING),
    HEAD_EXPIRED: (COUNT, REFUSE, REPLACE_HEAD),
    HELD: (COUNT, REFUSE, NOTHING),
}
"""What each gesture does in each phase."""

WITH_ZONES: dict[str, tuple[str, str, str]] = {
    READY: (NEXT_ZONE, START_USE, NOTHING),
}
"""The rows that differ where the policy names more than one zone."""


def action(phase: str, gesture: int, zones: int = 1) -> str:
    """Return what `gesture` (PRESS, LONG_PRESS or VERY_LONG_PRESS of events) does in `phase`."""
    row = WITH_ZONES.get(phase, ACTIONS[phase]) if zones > 1 else ACTIONS[phase]
    return row[gesture - events.PRESS]


SNAPSHOT_FORMAT = 1
_SNAPSHOT = "<BIHI26i9H12B3H4I"
SNAPSHOT_SIZE = struct.calcsize(_SNAPSHOT)
"""Bytes of a packed state."""


def pack(state: State) -> bytes:
    """Return the state as `SNAPSHOT_SIZE` bytes, for the header of a segment."""
    return struct.pack(
        _SNAPSHOT,
        SNAPSHOT_FORMAT,
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
    return len(raw) == SNAPSHOT_SIZE and raw[0] == SNAPSHOT_FORMAT


def unpack(raw: bytes) -> State:
    """Return the state in these bytes, which `pack` made.

    Raises ValueError for another format or another number of bytes.
    """
    if not is_snapshot(raw):
        raise ValueError("not a snapshot of this format")
    values = struct.unpack(_SNAPSHOT, raw)
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
