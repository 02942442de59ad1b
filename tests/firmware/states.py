"""Builders of states: what a log of a few records adds up to, each record written in one word."""

from typing import Any

from hypothesis import strategies as st
from tests.firmware.logs import boot_data, log_of

from rollcore import events, policy, state
from rollcore.events import AFTER_USE, BEFORE_USE, Event
from rollcore.memory import State
from rollcore.policy import FIELDS, Policy
from rollcore.state import Standing

RULES = policy.for_needle(500)
REST = 28 * 86400
MINUTE = 60
DAY = 86400
SHORT = policy.for_needle(250)
LONGEST = policy.for_needle(1000)
ZONES = ("face", "neck", "chest", "belly")


# Moments in a snapshot are signed 32-bit numbers; the clock is never set beyond them.
LATEST = (1 << 31) - 1

BOOT = (events.BOOT, boot_data())
SOAK_BEFORE = (events.SOAK_STARTED, {"purpose": BEFORE_USE})
SOAK_AFTER = (events.SOAK_STARTED, {"purpose": AFTER_USE})
SOAKED_BEFORE = (events.SOAK_ENDED, {"purpose": BEFORE_USE, "how": events.SOAK_DONE})
SOAKED_AFTER = (events.SOAK_ENDED, {"purpose": AFTER_USE, "how": events.SOAK_DONE})
BROKEN_OFF = (events.SOAK_ENDED, {"purpose": BEFORE_USE, "how": events.SOAK_ABORTED})
USE = (events.USE_STARTED, {"how": events.IN_TURN, "digest": 0})
USED = (events.USE_ENDED, {"how": events.BY_BUTTON, "seconds": 240})
MISTAKEN = (events.USE_ENDED, {"how": events.CANCELLED, "seconds": 3})
NEW_HEAD = (events.HEAD_NEW, {"uses": 1, "token": 0})
OPENED = (events.LID, {"what": events.LID_OPENED})
CLOSED = (events.LID, {"what": events.LID_CLOSED})
NOT_USED = (events.LID, {"what": events.NOT_USED})
FAULT = (events.FAULT, {"file": 2, "error": 13, "line": 100})

What = tuple[int, dict[str, int]]

ZONE = st.integers(0, 3)


def hold(until: int, reason: int = events.ACNE) -> What:
    return (events.HOLD_SET, {"reason": reason, "until": until, "token": 0})


def clinic(at: int, token: int = 0) -> What:
    return (events.CLINIC, {"at": at, "needle_um": 1500, "token": token})


def reaction(is_open: int, at: int, token: int = 0) -> What:
    return (events.REACTION, {"open": is_open, "at": at, "token": token})


def policy_set(rules: Policy, was: tuple[str, ...] = policy.DEFAULT_ZONES) -> What:
    """Return the record of a new policy; `was` is the list of zones before."""
    return policy_keeping(rules, policy.kept_zones(was, rules.zones))


def policy_keeping(rules: Policy, kept: int = 0) -> What:
    """Return the record of a new policy that keeps the first `kept` zones."""
    data = {"digest": rules.digest, "needle_um": rules.needle_um, "kept": kept}
    return (events.POLICY_SET, data)


def boot_by(cause: int) -> What:
    return (events.BOOT, boot_data(cause=cause))


def with_zones(rules: Policy, *zones: str) -> Policy:
    return Policy(policy.numbers_of(rules), zones)


def clock_set(old: int) -> What:
    return (events.CLOCK_SET, {"old": old, "source": events.FROM_HOST, "forced": 0, "sure": 0})


def after(
    *happened: tuple[int, What], start: State | None = None, boots_lost: int = 0, zone: int = 0
) -> State:
    """Return the state after records, each given by its case time and kind, all of one zone."""
    now = start or State()
    boot = max(now.boot + boots_lost, 1)
    for time, (kind, data) in happened:
        if kind == events.BOOT and now.seq:
            boot += 1
        now = state.fold(now, Event(kind, data, zone, now.seq + 1, boot, time=time))
    return now


def phase(now: State, time: int, rules: Policy = RULES) -> str:
    return state.judge(now, rules, time).phase


def everything(standing: Standing) -> tuple[str, int, int, int]:
    return (standing.phase, standing.until, standing.stage, standing.changes)


@st.composite
def any_policy(draw: st.DrawFn) -> Policy:
    """Return any valid policy."""
    numbers = {name: draw(st.integers(low, high)) for name, low, high in FIELDS}
    numbers["short_rest"] = 1
    numbers["stop_min"] = max(numbers["stop_min"], numbers["warn_min"] + 1)
    numbers["head_uses"] = max(numbers["head_uses"], numbers["head_warn_uses"])
    floor = 72 if numbers["needle_um"] <= 300 else 336 if numbers["needle_um"] <= 500 else 672
    numbers["rest_h"] = max(numbers["rest_h"], floor)
    return Policy(numbers, ZONES[: draw(st.integers(1, 4))])


def boot_with(torn: int) -> What:
    return (events.BOOT, boot_data(torn=torn))


FOUR = with_zones(RULES, *ZONES)
CLINIC_REST = 28 * DAY
REACTION_REST = 14 * DAY


MIDDLE_REST, LONGEST_REST = 28 * DAY, 42 * DAY


Names = tuple[str, ...]


def by(*zones: str) -> Policy:
    return with_zones(SHORT, *zones)


ANY_LIST = st.permutations(ZONES).flatmap(
    lambda zones: st.integers(1, 4).map(lambda count: tuple(zones[:count]))
)
GROWING_LISTS = st.integers(1, 4).map(lambda count: ZONES[:count])
LISTS = GROWING_LISTS | ANY_LIST


LONG = st.integers(0, 5 * DAY) | st.sampled_from([0, 1, 15 * MINUTE, DAY, 30 * DAY])


Steps = list[tuple[Any, ...]]


EPISODES: list[list[What]] = [
    [USE, USED, SOAK_AFTER, SOAKED_AFTER],
    [SOAK_BEFORE, SOAKED_BEFORE],
    [SOAK_BEFORE, BROKEN_OFF],
    [USE, USED],
    [USE, MISTAKEN],
    [USE],
    [SOAK_AFTER],
    [NEW_HEAD],
    [BOOT],
    [hold(0)],
    [SOAK_BEFORE, SOAKED_BEFORE, OPENED, CLOSED],
    [clinic(0)],
    [reaction(0, 0)],
    [(events.OVERRIDE_ASKED, {"until": 0, "digest": 0})],
    [(events.OVERRIDE_ASKED, {"until": 0, "digest": 0}), SOAK_BEFORE, SOAKED_BEFORE],
    [(events.HEAD_OUT, {"reason": events.HEAD_BENT, "uses": 0, "token": 0})],
]
"""Records that follow each other in a life, so that all phases come about equally often."""


@st.composite
def any_standing(draw: st.DrawFn) -> tuple[State, Policy, int]:
    """Return a state, a policy, and a case time shortly or long after the last record."""
    log: list[Event] = draw(log_of(0, 3))
    for episode in draw(st.lists(st.sampled_from(EPISODES), max_size=4)):
        zone = draw(st.integers(0, 3))
        log += [Event(kind, dict(data), zone) for kind, data in episode]
    now = State()
    time = 0
    for event in log:
        time += draw(st.integers(0, 2000) | st.integers(0, 10 * DAY))
        event.time = time
        event.boot = 1
        if event.kind == events.HOLD_SET:
            event.data["until"] = draw(st.integers(0, time + 50 * DAY))
        if event.kind == events.CLOCK_SET:
            event.data["old"] = draw(st.integers(0, time))
        if event.kind in (events.CLINIC, events.REACTION):
            event.data["at"] = draw(st.integers(0, time))
        now = state.fold(now, event)
    later = draw(st.integers(0, 4000) | st.integers(0, 100 * DAY))
    return now, draw(any_policy() | st.just(RULES)), time + later
