"""The rules of the case. Everything that decides what happens and what is allowed is here.

The tables come first: what each phase is called, what each gesture does in it, what the lid and
its latch do, what ends by itself. Then the rules that take more than a table, and then:

- `judge(state, policy, now)` tells the phase at a moment of case time, when it ends, and why a use
  is refused.
- `fold(state, event)` adds one record of a log to a state, and `apply` does so in place. They know
  no policy and refuse nothing: what a log says has happened.

All of it is pure. The case and the host run this same code, so the host's answer to "may I roll
today?" is the case's own. What a state is made of stands in `rollcore.memory`, how long each zone
rests in `rollcore.rest`, and the owner's own numbers in `rollcore.policy`.

Theory of operation
===================

Phases are not stored. The log holds what people did and when power came and went
(a soak was started, a use ended); everything else follows from the time that has
passed. A phase that ends by itself, such as drying, needs no record.

A power cut is judged in the safe direction: an open use ends there (its end is unknown, it
counts), an unfinished soak has to start again, and a roller that was ready is ready no more. So
are lost records: a start that left out whole records assumes that a use was among them.
"""

from rollcore import events, reactions, rest
from rollcore.events import Event
from rollcore.memory import (
    CLINIC_END,
    DISINFECTED,
    FOREVER,
    HEAD_SINCE,
    LID_OPEN,
    MAX_COUNT,
    MAX_USES,
    MOMENTS,
    NEVER,
    PAST,
    SOAK_START,
    USE_START,
    State,
)
from rollcore.policy import Policy, kept_zones

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
AGAINST_REST = 3  # prepare, ready: no zone has rested, and a use was asked for all the same

# What the case does.
NOTHING = "nothing"
COUNT = "count"  # the lamp answers with the numbers of `counts`
REFUSE = "refuse"
START_SOAK = "start soak"
ABORT_SOAK = "abort soak"
START_USE = "start use"
OVERRIDE_REST = "override rest"  # prepare a use, against the rest
NEXT_ZONE = "next zone"
END_USE = "end use"
END_SOAK = "end soak"
TELL_USE = "tell use"  # after the lid was closed: the roller was used
TELL_NONE = "tell none"  # after the lid was closed: it was not used
TAKE_HEAD_OUT = "take head out"  # this head is used no more
REPLACE_HEAD = "replace head"

ACTIONS: dict[str, tuple[str, str, str]] = {
    # phase: on a press, on a long press (2 s), on a very long press (10 s); where the last means
    # something, the long press acts on release
    RESTING: (COUNT, REFUSE, OVERRIDE_REST),
    PREPARE: (START_SOAK, START_SOAK, TAKE_HEAD_OUT),
    SOAKING: (COUNT, ABORT_SOAK, NOTHING),
    DRYING: (COUNT, NOTHING, NOTHING),
    READY: (START_USE, START_USE, TAKE_HEAD_OUT),
    ASKING: (TELL_USE, TELL_NONE, NOTHING),
    IN_USE: (END_USE, END_USE, NOTHING),
    CLEAN_ME: (START_SOAK, START_SOAK, TAKE_HEAD_OUT),
    HEAD_EXPIRED: (COUNT, REFUSE, REPLACE_HEAD),
    HELD: (COUNT, REFUSE, NOTHING),
}
"""What each gesture does in each phase."""

WITH_ZONES: dict[str, tuple[str, str, str]] = {
    READY: (NEXT_ZONE, START_USE, TAKE_HEAD_OUT),
}
"""The rows that differ where the policy names more than one zone."""


BY_ITSELF: dict[str, str] = {
    IN_USE: END_USE,
    SOAKING: END_SOAK,
}
"""What the case does by itself when these phases reach their end. No other end needs a record."""

LOCKED = (RESTING, HELD)
"""Phases in which a latch keeps the roller in. In every other there is a reason to take it out:
to use it, to disinfect it, or to change its head."""

WARNS = LOCKED
"""Phases in which the case warns when the lid is opened."""

ASKS = (READY,)
"""Phases in which the case asks about a use when the lid is closed and nobody has pressed."""

USE_LIMIT_S = 30 * 60
"""A use that nobody ends is closed after this many seconds (own)."""

CANCEL_S = 15
"""A use shorter than this many seconds was a mistake and does not count (own)."""

DRIFT_S = 600
"""How far (s) the case's clock may have run ahead with nothing wrong: 100 ppm over 60 days make
520 s (own)."""

STEADY = 10_000
"""A crystal gains or loses less than a second in so many (100 ppm; own)."""

HEARD_S = 60
"""A time that was heard is logged again if it differs by more than this many seconds (own)."""

HEALTHY_S = 10 * 60
"""A fault after this many seconds of running begins a new count of faults in a row (own)."""

SAFE_AFTER = 3
"""Faults in a row after which the case only answers the host: its safe mode (own)."""

BEGINNINGS = (events.USE_STARTED, events.REFUSED, events.LID, events.OVERRIDE_ASKED)
"""Records that a log which is nearly full does not take, so that what has begun can always end."""

ENDS_OVERRIDE = (
    events.CLINIC,
    events.CARRIED,
    events.HOLD_SET,
    events.REACTION,
    events.REACTION_OPENED,
    events.REACTION_RED,
    events.REACTION_CLOSED,
)
"""Records after which an override has to be asked for again: what it was asked against is no more
all that speaks against a use."""

KEPT_FOR_ENDS = 32
"""So many last slots take none of the `BEGINNINGS` (own)."""

SYNC_ME = 200
"""With fewer slots left than this, the lamp asks for a sync (own)."""

MAX_NEEDLE_UM = 0xFFFF
FARTHEST_S = 0x7FFFFFFF


def action(phase: str, gesture: int, zones: int = 1) -> str:
    """Return what `gesture` (PRESS, LONG_PRESS or VERY_LONG_PRESS of events) does in `phase`."""
    return _row(phase, zones)[gesture - events.PRESS]


def acts_on_release(phase: str, zones: int = 1) -> bool:
    """Return whether a long press in `phase` acts only when the button is released.

    It does where a very long press means something: the touch may still become one.
    """
    return _row(phase, zones)[events.VERY_LONG_PRESS - events.PRESS] != NOTHING


def _row(phase: str, zones: int) -> tuple[str, str, str]:
    return WITH_ZONES.get(phase, ACTIONS[phase]) if zones > 1 else ACTIONS[phase]


def acts(gesture: int, phase: str, long_press_phase: str) -> bool:
    """Return whether `gesture` acts in `phase` at all.

    A long or very long press does not if the phase was another, `long_press_phase`, when its
    touch had lasted 2 s: the long press has acted there and led on, or the phase has ended.
    """
    return gesture == events.PRESS or phase == long_press_phase


def by_itself(standing: "Standing", now: int) -> str:
    """Return what the case does by itself at case time `now`."""
    return BY_ITSELF.get(standing.phase, NOTHING) if now >= standing.until else NOTHING


def soak_purpose(phase: str) -> int:
    """Return what a soak that is started in `phase` is for."""
    return events.AFTER_USE if phase == CLEAN_ME else events.BEFORE_USE


def use_seconds(state: State, now: int) -> int:
    """Return how long (s) the open use has taken at case time `now`."""
    return max(0, now - state.at[USE_START])


def use_ended(how: int, seconds: int) -> int:
    """Return how a use of so many seconds ended that `how` ends: a short one is cancelled."""
    return events.CANCELLED if how == events.BY_BUTTON and seconds < CANCEL_S else how


def told_seconds(state: State, now: int) -> int:
    """Return how long (s) a use took that was told afterwards: from the lid's opening to `now`."""
    return min(max(0, now - state.at[LID_OPEN]), USE_LIMIT_S)


def how_told(state: State, rules: Policy) -> int:
    """Return how a use came about that was told afterwards: an override if no zone had rested.

    It counts when the lid was opened.
    """
    opened = state.at[LID_OPEN]
    zones = range(len(rules.zones))
    has_rested = any(rest.rested_at(state, rules, zone) <= opened for zone in zones)
    return events.IN_TURN if has_rested else events.OVERRIDE


def choices(standing: "Standing", rules: Policy) -> int:
    """Return the zones that a press steps through (bit i for zone i): against the rest, all."""
    return standing.rested or (1 << len(rules.zones)) - 1


def zone_of_use(state: State, rules: Policy, rested: int, chosen: int) -> int:
    """Return the zone of a use that starts now.

    It is the one that was `chosen` (-1: none was), else the first that has rested (bit i of
    `rested` for zone i), else the first that will have.
    """
    if chosen >= 0:
        return chosen
    if rested:
        return rest.next_zone(rested, chosen)
    return rest.soonest_zone(state, rules)


def zones_kept(old: Policy, new: Policy) -> int:
    """Return how many zones of the policy `old` keep their places in `new`.

    A policy of revision 0 is nobody's choice: what it calls a face may be any skin.
    """
    return kept_zones(old.zones, new.zones) if old.revision else 0


def is_told(state: State, token: int) -> bool:
    """Return whether the host's entry with this token is the last one that the log holds."""
    return token == state.token


def is_carried(state: State, data: dict[str, int], zone: int, now: int) -> bool:
    """Return whether the rests of `state` are already as long as this fact of another log says."""
    after = fold(state, Event(events.CARRIED, data, zone, state.seq + 1, state.boot, time=now))
    return (after.at, after.needles) == (state.at, state.needles)


def can_correct(field: int, extra: int) -> bool:
    """Return whether there is such a field (`corrected.field`) to be set; `extra` as there."""
    if field == events.CORRECTED_NEEDLE:
        return extra < 2 * PAST
    if field == events.CORRECTED_RED:
        return extra <= MAX_COUNT
    return field < MOMENTS or events.CORRECTED_HOLD <= field <= events.CORRECTED_REACTIONS


def is_heard(state: State, time: int, now: int) -> bool:
    """Return whether a host has said about this `time` already in this run (case times, s)."""
    return state.heard and abs(ahead(time, now) - state.heard_ahead) <= HEARD_S


def contradicts(known: State, now: int, uptime: int, time: int) -> int:
    """Return how `time` contradicts a sure clock, as in `clock_heard.why`; 0 if it does not.

    The clock shows case time `now`, `uptime` s after the start of this run.
    """
    if not known.sure:
        return 0
    if known.clock_set:
        # A sure setting has set it in this run, and it has only counted since.
        return events.JUMP if abs(time - now) > DRIFT_S + uptime // STEADY else 0
    return events.BEHIND_SURE if time < now - DRIFT_S else 0


def why_not_told(rules: Policy, kind: int, data: dict[str, int], zone: int) -> str:
    """Return why the host may not tell this; an empty string if it may."""
    # These may be about a zone that is gone, or all.
    closes = kind == events.REACTION_CLOSED or (kind == events.REACTION and not data["open"])
    is_all = kind == events.CARRIED and zone == events.ALL_ZONES
    if zone >= len(rules.zones) and not closes and not is_all:
        return f"there are zones 0 to {len(rules.zones) - 1}"
    return ""


def of_another_owner(before: State) -> State:
    """Return what a case knows whose owner is another from now on: its head is not for them."""
    state = State()
    state.boot = before.boot
    state.clock_set = before.clock_set
    state.sure = before.sure
    state.head_out = 1 + events.HEAD_SHARED
    return state


def takes(kind: int, left: int) -> bool:
    """Return whether a log with `left` empty slots takes a record of this kind."""
    return left > KEPT_FOR_ENDS or kind not in BEGINNINGS


def needs_safe_mode(state: State) -> bool:
    """Return whether the firmware has failed so often in a row that it should only answer."""
    return state.faults >= SAFE_AFTER


class Standing:
    """The phase of the case at one moment, and what goes with it.

    `until` is the case time at which the phase ends by itself, `changes` the
    case time at which anything here changes by itself; both `FOREVER` if never.
    `reason` is why a use would be refused (as in `refused.reason`), or 0. Bit i
    of `rested` says that zone i has rested; 0 in phases that come before rest.
    `override` says that no zone has rested, and that the case goes on towards a use
    all the same, because that was asked for.
    """

    def __init__(
        self,
        phase: str,
        until: int,
        stage: int = NORMAL,
        changes: int = FOREVER,
        reason: int = 0,
        rested: int = 0,
        override: bool = False,
    ) -> None:
        self.phase = phase
        self.until = until
        self.stage = stage
        self.changes = min(until, changes)
        self.reason = reason
        self.rested = rested
        self.override = override


def judge(state: State, rules: Policy, now: int) -> Standing:
    """Return the standing of `state` at case time `now` under the policy `rules`.

    In this order: what has begun (use, soak, the question about the lid), what hygiene
    needs (cleaning, or a new head in place of a dirty one that is out; drying), what forbids a
    use (reaction, hold, head, rest), how far the preparation has come.
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
        if state.head_out:
            # It is not cleaned any more; the phase comes back with a new one in.
            return Standing(HEAD_EXPIRED, FOREVER, reason=events.HEAD_IS_OUT)
        overdue = rest.last_use_end(state) + rules.overdue_s
        if now < overdue:
            return Standing(CLEAN_ME, FOREVER, NORMAL, overdue)
        return Standing(CLEAN_ME, FOREVER, WARN)
    dry = at[DISINFECTED] + rules.dry_after_s
    if state.soaked == events.AFTER_USE and now < dry and not state.head_out:
        return Standing(DRYING, dry)
    if reactions.needs_clinician(state):
        return Standing(HELD, FOREVER, reason=events.RED_FLAG)
    if state.reactions:
        return Standing(HELD, FOREVER, reason=events.REACTION_OPEN)
    if state.hold_reason and (state.hold_until == 0 or now < state.hold_until):
        until = min(state.hold_until or FOREVER, FOREVER)
        return Standing(HELD, until, reason=events.ON_HOLD)
    if state.head_out:
        return Standing(HEAD_EXPIRED, FOREVER, reason=events.HEAD_IS_OUT)
    worn = head_expires_at(state, rules)
    if state.head_uses >= rules.head_uses or now >= worn:
        return Standing(HEAD_EXPIRED, FOREVER, reason=events.HEAD_WORN_OUT)
    return _judge_rest(state, rules, now, worn)


def _judge_rest(state: State, rules: Policy, now: int, worn: int) -> Standing:
    """Return the standing of a case where only rest and preparation decide about a use."""
    rested = 0
    changes = FOREVER
    ends = [rest.rested_at(state, rules, zone) for zone in range(len(rules.zones))]
    first = min(ends)
    for zone, when in enumerate(ends):
        if now >= when:
            rested |= 1 << zone
        else:
            changes = min(changes, when)
    changes = min(changes, worn)
    override = not rested
    marked = AGAINST_REST if override else NORMAL
    is_soaked = rules.soak_before_s and state.soaked == events.BEFORE_USE
    dry = state.at[DISINFECTED] + rules.dry_before_s if is_soaked else 0
    end = dry + rules.ready_s if is_soaked else FOREVER
    if not rested and (not state.override_asked or now >= end):
        why = rest.resting_for(state, rules, ends.index(first))
        return Standing(RESTING, first, NORMAL, changes, why)
    if rules.soak_before_s and (not is_soaked or now >= end):
        return Standing(PREPARE, FOREVER, marked, changes, 0, rested, override)
    if now < dry:
        return Standing(DRYING, dry, NORMAL, changes, 0, rested, override)
    if not override and state.head_uses >= rules.head_warn_uses:
        marked = WARN
    return Standing(READY, end, marked, changes, 0, rested, override)


def soak_seconds(rules: Policy, purpose: int) -> int:
    """Return how long (s) a soak for `purpose` takes."""
    return rules.soak_before_s if purpose == events.BEFORE_USE else rules.soak_after_s


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
        since = state.at[HEAD_SINCE]
        return state.head_uses, 0 if since == NEVER else (now - since) // 86400
    if standing.until == FOREVER:
        return ()
    # Phases that refuse a use are counted in days, the others in minutes.
    return (-(-(standing.until - now) // (86400 if standing.reason else 60)),)


def fold(state: State, event: Event) -> State:
    """Return the state after `event`, and leave `state` as it is."""
    after = state.copy()
    apply(after, event)
    return after


def apply(state: State, event: Event) -> None:
    """Change `state` to what it is after `event`. Never fails: every event can follow every state.

    A log is replayed with this, where nobody looks at the states in between: on the chip, copying
    a state takes seven times as long as the rest of `fold`.
    """
    if has_started(state.boot, event):
        _boot(state, event)
    if event.kind == events.BOOT:
        _started(state, event)
    state.seq = event.seq
    state.boot = event.boot
    state.time = event.time
    kind = event.kind
    data = event.data
    if kind == events.CLOCK_SET:
        shift = event.time - data["old"]
        state.move(event.time, shift)
        state.sure = data["sure"] != events.NOT_SURE
        if state.heard:
            state.heard_ahead = ahead(state.heard_ahead, shift)
    elif kind == events.POLICY_SET:
        state.policy_digest = data["digest"]
        state.needle_um = data["needle_um"]
        rest.rename(state, data["kept"])
    elif kind == events.SOAK_STARTED:
        if state.soaked == events.BEFORE_USE:
            state.override_asked = False  # the roller was ready, and is no more
        state.soaking = data["purpose"]
        state.soaked = 0
        state.stamp(SOAK_START, event.time)
    elif kind == events.SOAK_ENDED:
        state.soaking = 0
        if data["how"] == events.SOAK_DONE:
            state.soaked = data["purpose"]
            state.dirty = False
            state.faults = 0
            state.stamp(DISINFECTED, event.time)
        else:
            state.override_asked = False
    elif kind == events.USE_STARTED:
        state.using = data["how"]
        state.asked = False
        # All zones rest, and nobody may have said which one this use is of.
        state.elsewhere = 0 if data["how"] == events.OVERRIDE else PAST
        state.use_needle = rest.needle_now(state)
        state.zone = event.zone
        state.stamp(USE_START, event.time)
    elif kind == events.USE_ENDED:
        if data["how"] != events.CANCELLED:
            state.faults = 0
            state.override_asked = False
            if data["how"] == events.AFTERWARDS:
                state.elsewhere = 0  # nobody has said which zone it was of
            rest.used(state, event.time, event.zone, True)
        state.using = 0
        state.elsewhere = PAST
    elif kind == events.HEAD_NEW:
        state.head_uses = 0
        state.head_out = 0
        _unsoak(state)  # what was soaked may be the head before this one
        state.stamp(HEAD_SINCE, event.time)
    elif kind == events.HOLD_SET:
        # A release of one reason, which `until` says, leaves it to the host what stands then.
        if data["reason"] or not data["until"]:
            state.hold_reason = data["reason"]
            state.hold_until = data["until"]
    elif kind == events.CLINIC:
        state.tell(CLINIC_END + event.zone, data["at"], event.time)
    elif kind == events.REACTION:
        if data["open"]:
            reactions.opened(state, 0, False)
        else:
            reactions.closed(state, 0, data["at"], event.time)
    elif kind == events.REACTION_OPENED:
        reactions.opened(state, data["token"], bool(data["red"]))
    elif kind == events.REACTION_CLOSED:
        reactions.closed(state, data["opened"], data["at"], event.time)
    elif kind == events.REACTION_RED:
        reactions.turned_red(state, data["opened"])
    elif kind == events.CLINICIAN_SAW:
        reactions.seen(state, data["opened"])
    elif kind == events.HEAD_OUT:
        # The state has a byte for it; no version has as many reasons.
        state.head_out = 1 + min(data["reason"], MAX_COUNT - 1)
        _unsoak(state)
    elif kind == events.CARRIED:
        rest.carried(state, event)
    elif kind == events.CORRECTED:
        _correct(state, data)
    elif kind == events.CLOCK_HEARD:
        state.heard = True
        state.heard_ahead = ahead(data["heard"], event.time)
    elif kind == events.OVERRIDE_ASKED:
        state.override_asked = True
        _unsoak(state)  # it starts with a soak of its own
    elif kind == events.FAULT:
        state.faults = 1 if event.uptime >= HEALTHY_S else min(state.faults + 1, MAX_COUNT)
    elif kind == events.LID:
        if data["what"] == events.LID_OPENED:
            state.stamp(LID_OPEN, event.time)
        else:
            state.asked = data["what"] == events.LID_CLOSED
    if kind in ENDS_OVERRIDE:
        state.override_asked = False
    if "token" in data:
        state.token = data["token"] or state.token


def _unsoak(state: State) -> None:
    """Take back what a soak before a use has done: the next use is of a roller not soaked yet."""
    if state.soaked == events.BEFORE_USE:
        state.soaked = 0


def _correct(state: State, data: dict[str, int]) -> None:
    """Set what an entry that was taken back had set, to what the host has computed."""
    field, value, extra = data["field"], data["value"], data["extra"]
    if field < MOMENTS:
        moment_at = NEVER if value == events.CORRECTED_NEVER else min(value, FOREVER)
        state.date(field, moment_at)
        if extra == 1:
            state.stamp(field, moment_at)
    elif field == events.CORRECTED_HOLD:
        state.hold_reason, state.hold_until = min(extra, MAX_COUNT), value
    elif field == events.CORRECTED_HEAD:
        state.head_uses = min(value, MAX_USES)
        if extra:
            state.head_out = min(extra - 1, MAX_COUNT)
    elif field == events.CORRECTED_NEEDLE and extra < len(state.needles):
        state.needles[extra] = min(value, MAX_NEEDLE_UM)
    elif field == events.CORRECTED_REACTIONS:
        reactions.set_count(state, value, data["token"])
    elif field == events.CORRECTED_RED:
        reactions.set_flags(state, value, extra)


def ahead(heard: int, now: int) -> int:
    """Return by how many seconds the time `heard` is ahead of case time `now`; fits four bytes."""
    return max(-FARTHEST_S, min(FARTHEST_S, heard - now))


def has_started(boot: int, event: Event) -> bool:
    """Return whether the case was started between a record with this boot number and `event`.

    A new boot number says so even if a full or damaged flash lost the record of the start.
    """
    return event.kind == events.BOOT or event.boot != boot


def _started(state: State, event: Event) -> None:
    """Apply what only the record of a start tells: lost records, and its cause."""
    # Older logs have no `lost`: in those, `torn` is the bytes of all records that were left out.
    if event.data["torn"] >= events.RECORD_SIZE or event.data["lost"]:
        rest.assume_used(state, event.time)
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
    state.heard = False
    state.heard_ahead = 0
    state.override_asked = False
    state.soaking = 0
    _unsoak(state)
    if state.using:
        rest.used(state, event.time, state.zone, False)
        state.using = 0
        state.elsewhere = PAST
