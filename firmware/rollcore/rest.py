"""What each zone has been through, and until when it rests for it.

Each zone rests on its own, and its longest rest wins: that of the last use (by the needle of that
use, if it was longer than today's), that of a clinic session, and that of a reaction, which counts
for every zone. When the policy names another list of zones, a zone is kept if the list up to it is
the same. The others are removed, and nobody can say which of the new zones is the same skin. So
what happened to removed zones counts as the *past* of every place from the first changed one on.
"""

from rollcore import events, policy
from rollcore.events import Event
from rollcore.memory import (
    CLINIC_END,
    HEAD_SINCE,
    MAX_ALL_USES,
    MAX_USES,
    NEVER,
    PAST,
    PAST_CLINIC,
    PAST_USE,
    PAST_USE_LOOSE,
    REACTION_END,
    USE_END,
    State,
)
from rollcore.policy import Policy


def rename(state: State, kept: int) -> None:
    """Apply another list of zones; the first `kept` zones are the same as in the old list."""
    needles = state.needles
    fixed: list[int] = []
    loose: list[int] = []
    clinics: list[int] = []
    uses: list[tuple[int, int]] = []
    for place in range(kept, PAST):
        for moment in (USE_END + place, PAST_USE + place, PAST_USE_LOOSE + place):
            (loose if state.loose >> moment & 1 else fixed).append(moment)
        clinics += [CLINIC_END + place, PAST_CLINIC + place]
        uses.append((state.at[USE_END + place], needles[place]))
        uses.append((_past_use(state, place), needles[PAST + place]))
    before = state.copy()
    for place in range(kept, PAST):
        state.date(USE_END + place, NEVER)
        state.date(CLINIC_END + place, NEVER)
        _join(state, PAST_USE + place, before, fixed)
        _join(state, PAST_USE_LOOSE + place, before, loose)
        _join(state, PAST_CLINIC + place, before, clinics)
        needles[place], needles[PAST + place] = 0, _needle_after(uses)
    if state.using and state.zone >= kept:
        state.elsewhere = min(state.elsewhere, kept)


def _join(state: State, moment: int, before: State, moments: list[int]) -> None:
    """Set `moment` to the latest of these moments of `before`; it moves as any of them would."""
    latest, mask = NEVER, 0
    for source in moments:
        if before.at[source] != NEVER:
            latest = max(latest, before.at[source])
            mask |= 1 << source
    is_loose, is_clamped = before.loose & mask, before.clamped & mask
    state.date(moment, latest)
    if is_loose:
        state.stamp(moment, latest)
    if is_clamped:
        state.clamp(moment, latest)


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


def assume_used(state: State, time: int) -> None:
    """Assume that a lost record was a use of each zone: the rest of all starts at `time`."""
    for zone in range(events.ZONES):
        state.stamp(USE_END + zone, time)
        state.needles[zone] = max(state.needles[zone], needle_now(state))
    state.end_known = False
    state.dirty = True
    state.soaked = 0


def needle_now(state: State) -> int:
    """Return the needle (micrometres) of a use that begins now: before any policy the default's.

    If the person says later that it was a shorter one all along, the host corrects the needles.
    """
    return state.needle_um or policy.DEFAULT_NEEDLE_UM


def used(state: State, end: int, zone: int, end_known: bool) -> None:
    """Count a use of `zone` that ended at case time `end`."""
    needle_um = state.use_needle if state.using else needle_now(state)
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
    state.head_uses = min(state.head_uses + 1, MAX_USES)
    state.uses = min(state.uses + 1, MAX_ALL_USES)
    if state.at[HEAD_SINCE] == NEVER:
        # The age of a head that nobody announced counts from the end of its first use.
        state.stamp(HEAD_SINCE, end)


def _used_in_the_past(state: State, end: int, place: int, needle_um: int) -> None:
    """Count a use that ended at `end` for the past of this place."""
    before = (_past_use(state, place), state.needles[PAST + place])
    state.needles[PAST + place] = _needle_after([before, (end, needle_um)])
    _fix_past_use(state, place)
    state.stamp(PAST_USE_LOOSE + place, end)


def _fix_past_use(state: State, place: int) -> None:
    """Make room for a loose use: what stands there is kept as a fixed one if the clock was set."""
    moments = [PAST_USE + place, PAST_USE_LOOSE + place]
    if not state.loose >> moments[1] & 1:
        _join(state, moments[0], state, moments)
        state.date(moments[1], NEVER)


def carried(state: State, event: Event) -> None:
    """Count a use or a session at a clinic of another log for the past of its place, or of all.

    It makes a rest end later, never earlier. What should have been after now is taken for now, and
    moves with the clock: one of the two clocks is wrong.
    """
    at, now = event.data["at"], event.time
    places = range(PAST) if event.zone == events.ALL_ZONES else (event.zone,)
    for place in places:
        if event.data["what"] != events.CARRIED_USE:
            state.tell(PAST_CLINIC + place, at, now)
            continue
        before = (_past_use(state, place), state.needles[PAST + place])
        carried_use = (min(at, now), event.data["needle_um"])
        state.needles[PAST + place] = _needle_after([before, carried_use])
        if at > now:
            _fix_past_use(state, place)
            state.tell(PAST_USE_LOOSE + place, at, now)
        else:
            state.tell(PAST_USE + place, at, now)


def last_use_end(state: State) -> int:
    """Return the case time at which the last use of any zone ended; `NEVER` if there was none."""
    uses = state.at[USE_END : USE_END + PAST] + state.at[PAST_USE : PAST_USE_LOOSE + PAST]
    return max(uses)


def rested_at(state: State, rules: Policy, zone: int) -> int:
    """Return the case time from which on this zone has rested; 0 if it never had to."""
    return max(
        _use_rested_at(state, rules, zone),
        _clinic_rested_at(state, rules, zone),
        _rest_end(state.at[REACTION_END], rules.reaction_rest_s),
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
    own = _rest_end(state.at[USE_END + zone], rest_after(rules, state.needles[zone]))
    past = _rest_end(_past_use(state, zone), rest_after(rules, state.needles[PAST + zone]))
    return max(own, past)


def _clinic_rested_at(state: State, rules: Policy, zone: int) -> int:
    last = max(state.at[CLINIC_END + zone], state.at[PAST_CLINIC + zone])
    return _rest_end(last, rules.clinic_rest_s)


def rest_after(rules: Policy, needle_um: int) -> int:
    """Return the rest (s) after a use with this needle (um): longer if the needle was longer."""
    if needle_um <= rules.needle_um:
        return rules.rest_s
    return max(rules.rest_s, policy.default_rest_s(needle_um))


def _rest_end(moment: int, rest_s: int) -> int:
    return 0 if moment == NEVER else moment + rest_s
