"""The state machine: what a log adds up to, and what is allowed when."""

import struct
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import Phase, example, find, given, settings
from hypothesis import strategies as st
from tests.firmware.logs import SIZES, any_event, log_of
from tests.micropython.suite import vectors

from rollcore import events, policy, state
from rollcore.events import AFTER_USE, BEFORE_USE, Event
from rollcore.policy import FIELDS, Policy
from rollcore.state import Standing, State

RULES = policy.for_needle(500)
REST = 28 * 86400
MINUTE = 60
DAY = 86400
SHORT = policy.for_needle(250)
LONGEST = policy.for_needle(1000)
ZONES = ("face", "neck", "chest", "belly")

# Moments in a snapshot are signed 32-bit numbers; the clock is never set beyond them.
LATEST = (1 << 31) - 1

BOOT = (events.BOOT, {"cause": events.POWER_ON, "torn": 0})
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


def rules_set(rules: Policy, was: tuple[str, ...] = policy.DEFAULT_ZONES) -> What:
    """Return what is logged of these rules where that was the list of zones."""
    return keeping(rules, policy.kept_zones(was, rules.zones))


def keeping(rules: Policy, kept: int = 0) -> What:
    """Return what is logged of these rules where so many zones are those of the rules before."""
    data = {"digest": rules.digest, "needle_um": rules.needle_um, "kept": kept}
    return (events.POLICY_SET, data)


def boot_by(cause: int) -> What:
    return (events.BOOT, {"cause": cause, "torn": 0})


def with_zones(rules: Policy, *zones: str) -> Policy:
    return Policy(policy.numbers_of(rules), zones)


def clock_set(old: int) -> What:
    return (events.CLOCK_SET, {"old": old, "source": events.FROM_HOST, "forced": 0})


def after(
    *happened: tuple[int, What], start: State | None = None, boots_lost: int = 0, zone: int = 0
) -> State:
    """Return the state after these: each a case time and what happened then, in this zone."""
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
    """Return any valid rules."""
    numbers = {name: draw(st.integers(low, high)) for name, low, high in FIELDS}
    numbers["short_rest"] = 1
    numbers["stop_min"] = max(numbers["stop_min"], numbers["warn_min"] + 1)
    numbers["head_uses"] = max(numbers["head_uses"], numbers["head_warn_uses"])
    floor = 72 if numbers["needle_um"] <= 300 else 336 if numbers["needle_um"] <= 500 else 672
    numbers["rest_h"] = max(numbers["rest_h"], floor)
    return Policy(numbers, ZONES[: draw(st.integers(1, 4))])


# What a log adds up to


@given(log_of(0, 20))
def test_folding_twice_gives_the_same_state(log: list[Event]) -> None:
    one = other = State()
    for event in log:
        one = state.fold(one, event)
    for event in log:
        other = state.fold(other, event)
    assert one == other


@given(log_of(1, 20))
def test_folding_leaves_the_state_before_as_it_was(log: list[Event]) -> None:
    now = State()
    for event in log:
        copy = now.copy()
        after_it = state.fold(now, event)
        assert now == copy
        assert after_it is not now
        now = after_it


@given(log_of(1, 20, LATEST))
def test_a_snapshot_after_any_record_changes_nothing(log: list[Event]) -> None:
    whole = in_parts = State()
    for event in log:
        whole = state.fold(whole, event)
        in_parts = state.fold(in_parts, event)
        assert in_parts == whole
        in_parts = state.unpack(state.pack(in_parts))


@given(log_of(1, 20), any_event(), any_policy(), st.integers(0, 1 << 32))
def test_every_event_is_taken_in_every_state(
    log: list[Event], event: Event, rules: Policy, time: int
) -> None:
    now = State()
    for earlier in log:
        now = state.fold(now, earlier)
    now = state.fold(now, event)
    assert (now.seq, now.boot, now.time) == (event.seq, event.boot, event.time)
    assert state.judge(now, rules, time).phase in state.ACTIONS


ALL_ONES: list[What] = [
    (
        kind.number,
        {f.name: max(f.names) if f.names else SIZES[f.code] - 1 for f in kind.fields},
    )
    for kind in events.KINDS.values()
]
"""Each kind with the largest number in every field."""


@pytest.mark.parametrize("what", ALL_ONES, ids=lambda what: events.KINDS[what[0]].name)
def test_the_largest_numbers_of_each_kind_fit_a_snapshot(what: What) -> None:
    now = after((1000, BOOT), (LATEST, what), (LATEST, clock_set(0)), (LATEST, what), zone=3)
    assert state.unpack(state.pack(now)) == now


def test_the_golden_log_adds_up_to_the_golden_snapshot() -> None:
    now = State()
    for *_, golden in vectors.RECORDS:
        now = state.fold(now, events.decode(bytes.fromhex(golden)))
    assert state.pack(now).hex() == vectors.SNAPSHOT
    assert state.unpack(bytes.fromhex(vectors.SNAPSHOT)) == now


def test_a_snapshot_is_laid_out_as_before() -> None:
    # Old segments begin with these bytes: built here by hand, number by number.
    now = State()
    now.seq, now.boot, now.time = 0x01020304, 0x0506, 0x0708090A
    now.at = [10, -1, *range(12, 36)]
    now.needles = [250, 0, 500, 1000, 750, 100, 200, 400]
    now.use_needle, now.elsewhere = 300, 2
    now.clock_set, now.dirty, now.end_known = True, True, False
    now.soaking, now.soaked, now.using, now.zone, now.hold_reason = 1, 2, 1, 3, 8
    now.reactions, now.asked, now.faults = 9, True, 254
    now.needle_um, now.head_uses, now.uses = 1000, 7, 300
    now.loose, now.policy_digest = 0x2812AA5, 0xF1223344
    now.hold_until, now.token = 0xFFFFFFFE, 0xFFFFFFFD
    expected = struct.pack("<BIHI", 1, 0x01020304, 0x0506, 0x0708090A)
    expected += struct.pack("<26i", 10, -1, *range(12, 36))
    expected += struct.pack("<9H", 250, 0, 500, 1000, 750, 100, 200, 400, 300)
    expected += bytes([1, 1, 2, 1, 3, 2, 1, 0, 8, 9, 1, 254])
    expected += struct.pack("<3H", 1000, 7, 300)
    expected += struct.pack("<4I", 0x2812AA5, 0xF1223344, 0xFFFFFFFE, 0xFFFFFFFD)
    assert state.pack(now) == expected
    assert state.unpack(expected) == now
    assert len(expected) == state.SNAPSHOT_SIZE


@pytest.mark.parametrize(
    "raw",
    [b"", b"\1", bytes.fromhex(vectors.SNAPSHOT)[:-1], bytes.fromhex(vectors.SNAPSHOT) + b"\0",
     b"\2" + bytes.fromhex(vectors.SNAPSHOT)[1:]],
    ids=["empty", "head only", "short", "long", "of another version"],
)  # fmt: skip
def test_what_is_no_snapshot_is_a_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError, match="snapshot"):
        state.unpack(raw)


def test_a_finished_use_counts_and_a_mistaken_one_does_not() -> None:
    assert after((100, USE), (340, USED)).uses == 1
    mistaken = after((100, USE), (103, MISTAKEN))
    assert (mistaken.uses, mistaken.head_uses, mistaken.dirty) == (0, 0, False)
    assert phase(mistaken, 200) == state.PREPARE


def test_a_new_head_starts_from_no_uses() -> None:
    now = after((100, USE), (340, USED), (1000, NEW_HEAD))
    assert (now.head_uses, now.uses) == (0, 1)


def test_a_head_that_nobody_announced_is_as_old_as_its_first_use() -> None:
    now = after((100, USE), (340, USED), (9000, USE), (9300, USED))
    assert state.head_expires_at(now, RULES) == 340 + 90 * DAY


# Losing power


def test_a_boot_breaks_a_soak() -> None:
    assert phase(after((0, SOAK_BEFORE), (5, BOOT)), 10) == state.PREPARE
    used = after((0, USE), (300, USED), (310, SOAK_AFTER), (400, BOOT))
    assert phase(used, 410) == state.CLEAN_ME


def test_a_boot_ends_a_use_and_its_end_is_unknown() -> None:
    now = after((100, USE), (5000, BOOT))
    assert not now.end_known
    assert (now.using, now.uses, now.dirty) == (0, 1, True)
    assert state.rested_at(now, RULES, 0) == 5000 + REST
    assert phase(now, 5001) == state.CLEAN_ME


def test_the_end_of_the_next_use_is_known_again() -> None:
    now = after((100, USE), (5000, BOOT), (6000, USE), (6300, USED))
    assert now.end_known


def test_readiness_does_not_survive_a_boot() -> None:
    soaked = after((0, SOAK_BEFORE), (600, SOAKED_BEFORE))
    for moment, before in ((700, state.DRYING), (1300, state.READY)):
        assert phase(soaked, moment) == before
        assert phase(after((moment, BOOT), start=soaked), moment) == state.PREPARE


def test_a_boot_is_one_when_the_count_of_boots_has_come_to_its_end() -> None:
    kind, data = SOAKED_BEFORE
    soaked = state.fold(State(), Event(kind, data, boot=events.MAX_BOOT, time=600))
    again = state.fold(soaked, Event(*BOOT, boot=events.MAX_BOOT, time=700))
    assert phase(soaked, 1300) == state.READY
    assert phase(again, 1300) == state.PREPARE


def test_a_soak_after_use_survives_a_boot() -> None:
    now = after((0, USE), (300, USED), (310, SOAK_AFTER), (910, SOAKED_AFTER), (920, BOOT))
    assert phase(now, 930) == state.DRYING
    assert phase(now, 910 + 30 * MINUTE) == state.RESTING


@pytest.mark.parametrize(
    "first", [USE, hold(0), NEW_HEAD, SOAK_AFTER], ids=lambda what: events.KINDS[what[0]].name
)
def test_a_boot_whose_record_was_lost_is_a_boot_all_the_same(first: What) -> None:
    """A full or damaged flash may lose the boot's record; the next record tells of it."""
    before = after((0, SOAK_BEFORE), (600, SOAKED_BEFORE), (1300, clock_set(1290)))
    assert phase(before, 1301) == state.READY
    with_record = after((1400, BOOT), (1500, first), start=before)
    without_record = after((1500, first), start=before, boots_lost=1)
    assert with_record.clock_set is False
    assert without_record.clock_set is False
    assert without_record.soaked == with_record.soaked
    assert without_record.loose == with_record.loose


# Losing records


def boot_with(torn: int) -> What:
    return (events.BOOT, {"cause": events.POWER_ON, "torn": torn})


@pytest.mark.parametrize("torn", [32, 33, 0xFFFF])
def test_a_start_that_lost_a_record_lets_every_zone_rest_from_that_moment(torn: int) -> None:
    now = after((100, USE), (340, USED), (350, SOAK_AFTER), (950, SOAKED_AFTER))
    lost = after((50 * DAY, boot_with(torn)), start=now)
    assert lost.at[: events.ZONES] == [50 * DAY] * events.ZONES
    assert (lost.dirty, lost.end_known) == (True, False)
    assert state.rested_at(lost, RULES, 0) == 50 * DAY + REST
    assert everything(state.judge(lost, RULES, 50 * DAY)) == (
        state.CLEAN_ME, state.FOREVER, state.NORMAL, 50 * DAY + 60 * MINUTE,
    )  # fmt: skip
    clean = after((50 * DAY + 700, SOAKED_AFTER), start=lost)
    assert phase(clean, 50 * DAY + REST - 1) == state.RESTING
    assert phase(clean, 50 * DAY + REST) == state.PREPARE


def test_a_start_that_lost_a_record_asks_for_a_rest_though_no_use_is_known() -> None:
    """A log that begins anew because nothing of the old one could be read."""
    lost = after((0, boot_with(2048)))
    assert phase(lost, 10) == state.CLEAN_ME
    assert phase(lost, 10, RULES.changed(soak_after_min=0)) == state.RESTING


@pytest.mark.parametrize("torn", [0, 1, 31])
def test_a_start_that_lost_less_than_a_record_is_like_any_other(torn: int) -> None:
    used = ((100, USE), (340, USED), (350, SOAK_AFTER), (950, SOAKED_AFTER))
    for happened in (used, ((0, SOAK_BEFORE), (600, SOAKED_BEFORE)), ((0, USE),), ()):
        now = after(*happened)
        assert after((5000, boot_with(torn)), start=now) == after((5000, BOOT), start=now)


def test_readiness_does_not_survive_the_loss_of_a_record() -> None:
    """Where no use needs cleaning either: no soak of before counts for the roller."""
    rules = RULES.changed(soak_after_min=0)
    now = after((0, SOAK_BEFORE), (600, SOAKED_BEFORE), (1300, boot_with(32)))
    assert now.soaked == 0
    assert phase(now, 1300 + REST, rules) == state.PREPARE


def test_a_soak_after_use_does_not_count_for_a_use_that_may_have_been_lost() -> None:
    now = after((0, USE), (300, USED), (310, SOAK_AFTER), (910, SOAKED_AFTER), (920, boot_with(32)))
    assert now.soaked == 0
    assert phase(now, 930) == state.CLEAN_ME
    assert phase(now, 930, RULES.changed(soak_after_min=0)) == state.RESTING


def test_the_rest_after_a_loss_moves_with_the_clock() -> None:
    """The start stamps it by a clock that has lost the time without power."""
    now = after((0, BOOT), (1000, clock_set(0)), (2000, boot_with(32)), (90000, clock_set(2500)))
    assert state.rested_at(now, RULES, 0) == 90000 - (2500 - 2000) + REST


# Time


def test_a_soak_before_use_is_good_once_dry_and_for_half_an_hour() -> None:
    soaked = after((0, SOAK_BEFORE), (600, SOAKED_BEFORE))
    assert phase(soaked, 1199) == state.DRYING
    assert phase(soaked, 1200) == state.READY
    assert phase(soaked, 1200 + 30 * MINUTE - 1) == state.READY
    assert phase(soaked, 1200 + 30 * MINUTE) == state.PREPARE


def test_a_soak_takes_ten_minutes_and_waits_for_its_record() -> None:
    soaking = after((1000, SOAK_BEFORE))
    for time in (1000, 1599, 1600, 9999):
        assert everything(state.judge(soaking, RULES, time)) == (state.SOAKING, 1600, 0, 1600)


def test_a_soak_that_was_broken_off_counts_for_nothing() -> None:
    assert phase(after((0, SOAK_BEFORE), (100, BROKEN_OFF)), 5000) == state.PREPARE
    ready = after((0, SOAK_BEFORE), (600, SOAKED_BEFORE), (1300, SOAK_BEFORE), (1310, BROKEN_OFF))
    assert phase(ready, 1320) == state.PREPARE


def test_a_soak_after_use_never_counts_as_the_soak_before_the_next() -> None:
    clean = after((0, USE), (300, USED), (310, SOAK_AFTER), (910, SOAKED_AFTER))
    assert phase(clean, 910 + 30 * MINUTE - 1) == state.DRYING
    assert phase(clean, 910 + 30 * MINUTE) == state.RESTING
    assert phase(clean, 300 + REST) == state.PREPARE


def test_a_rest_ends_to_the_second() -> None:
    clean = after((0, USE), (300, USED), (310, SOAK_AFTER), (910, SOAKED_AFTER))
    resting = state.judge(clean, RULES, 300 + REST - 1)
    assert everything(resting) == (state.RESTING, 300 + REST, 0, 300 + REST)
    assert phase(clean, 300 + REST) == state.PREPARE


def test_a_use_warns_at_five_minutes_and_says_stop_at_ten() -> None:
    using = after((1000, USE))
    limit = 1000 + 30 * MINUTE
    stages = {
        1000: (state.NORMAL, 1300),
        1299: (state.NORMAL, 1300),
        1300: (state.WARN, 1600),
        1599: (state.WARN, 1600),
        1600: (state.STOP, limit),
        limit - 1: (state.STOP, limit),
        limit: (state.STOP, limit),
    }
    for time, (stage, changes) in stages.items():
        assert everything(state.judge(using, RULES, time)) == (state.IN_USE, limit, stage, changes)


def test_cleaning_is_overdue_after_an_hour() -> None:
    dirty = after((0, USE), (300, USED))
    fine = state.judge(dirty, RULES, 300 + 60 * MINUTE - 1)
    assert everything(fine) == (state.CLEAN_ME, state.FOREVER, state.NORMAL, 300 + 60 * MINUTE)
    late = state.judge(dirty, RULES, 300 + 60 * MINUTE)
    assert everything(late) == (state.CLEAN_ME, state.FOREVER, state.WARN, state.FOREVER)


def test_a_head_expires_with_its_tenth_use() -> None:
    now = after((0, NEW_HEAD))
    for _ in range(9):
        now = after((10, USE), (300, USED), (900, SOAKED_AFTER), start=now)
    assert phase(now, 900 + 30 * MINUTE) == state.RESTING
    now = after((10, USE), (300, USED), (900, SOAKED_AFTER), start=now)
    assert phase(now, 900 + 30 * MINUTE) == state.HEAD_EXPIRED
    assert phase(after((1000, NEW_HEAD), start=now), 900 + 30 * MINUTE) == state.RESTING


def test_a_head_expires_after_ninety_days() -> None:
    now = after((1000, NEW_HEAD))
    last = state.judge(now, RULES, 1000 + 90 * DAY - 1)
    assert everything(last) == (state.PREPARE, state.FOREVER, 0, 1000 + 90 * DAY)
    assert phase(now, 1000 + 90 * DAY) == state.HEAD_EXPIRED


def test_a_head_may_get_too_old_in_the_middle_of_anything() -> None:
    """A phase that ends by itself says so; that the head runs out before it is a change too."""
    rules = RULES.changed(head_days=1)
    soaked = [(DAY - 700, SOAK_BEFORE), (DAY - 100, SOAKED_BEFORE)]
    for head, happened, now, name, until in (
        (300, [(0, USE), (300, USED), (900, SOAKED_AFTER)], 5000, state.RESTING, 300 + REST),
        (10, [(10, NEW_HEAD), *soaked], DAY, state.DRYING, DAY - 100 + 600),
        (1000, [(1000, NEW_HEAD), *soaked], DAY + 600, state.READY, DAY - 100 + 600 + 1800),
    ):
        there = after(*happened)
        expected = (name, until, state.NORMAL, head + DAY)
        assert everything(state.judge(there, rules, now)) == expected
        assert phase(there, head + DAY, rules) == state.HEAD_EXPIRED


def test_each_step_takes_the_time_that_the_owner_gave_it() -> None:
    rules = RULES.changed(
        soak_before_min=3, dry_before_min=5, ready_min=7, soak_after_min=11, dry_after_min=13,
        overdue_min=17, warn_min=2, stop_min=4, rest_h=700,
    )  # fmt: skip
    soaking = state.judge(after((0, SOAK_BEFORE)), rules, 1)
    assert soaking.until == 3 * MINUTE
    soaked = after((0, SOAK_BEFORE), (180, SOAKED_BEFORE))
    assert state.judge(soaked, rules, 181).until == 180 + 5 * MINUTE
    assert state.judge(soaked, rules, 180 + 5 * MINUTE).until == 180 + (5 + 7) * MINUTE
    using = after((1000, USE))
    assert state.judge(using, rules, 1001).changes == 1000 + 2 * MINUTE
    assert state.judge(using, rules, 1000 + 2 * MINUTE).changes == 1000 + 4 * MINUTE
    dirty = after((1000, USE), (1300, USED))
    assert state.judge(dirty, rules, 1301).changes == 1300 + 17 * MINUTE
    dirty = after((1400, SOAK_AFTER), start=dirty)
    assert state.judge(dirty, rules, 1401).until == 1400 + 11 * MINUTE
    clean = after((2060, SOAKED_AFTER), start=dirty)
    assert state.judge(clean, rules, 2061).until == 2060 + 13 * MINUTE
    assert state.judge(clean, rules, 2060 + 13 * MINUTE).until == 1300 + 700 * 3600


def test_a_hold_ends_when_it_says() -> None:
    held = after((0, hold(5000)))
    assert everything(state.judge(held, RULES, 4999)) == (state.HELD, 5000, 0, 5000)
    assert phase(held, 5000) == state.PREPARE


def test_a_hold_without_a_date_lasts_until_it_is_released() -> None:
    held = after((0, hold(0)))
    standing = everything(state.judge(held, RULES, 1 << 29))
    assert standing == (state.HELD, state.FOREVER, 0, state.FOREVER)
    assert phase(after((10, hold(0, events.NO_HOLD)), start=held), 20) == state.PREPARE


@pytest.mark.parametrize("until", [state.FOREVER, state.FOREVER + 1, 0xFFFFFFFF])
def test_a_hold_until_a_day_that_never_comes_is_one_without_a_date(until: int) -> None:
    standing = everything(state.judge(after((0, hold(until))), RULES, 1 << 29))
    assert standing == (state.HELD, state.FOREVER, 0, state.FOREVER)


def test_steps_that_the_owner_switched_off_are_left_out() -> None:
    rules = RULES.changed(soak_before_min=0, soak_after_min=0)
    assert phase(State(), 0, rules) == state.READY
    assert phase(after((0, USE), (300, USED)), 301, rules) == state.RESTING
    assert phase(after((0, USE), (300, USED)), 300 + REST, rules) == state.READY


def test_what_has_begun_comes_before_hygiene_and_hygiene_before_what_forbids() -> None:
    rules = RULES.changed(head_uses=1, head_warn_uses=1)
    now = after((0, hold(0)), (5, USE))
    assert phase(now, 10, rules) == state.IN_USE
    now = after((300, USED), start=now)
    assert phase(now, 310, rules) == state.CLEAN_ME
    now = after((320, SOAK_AFTER), start=now)
    assert phase(now, 330, rules) == state.SOAKING
    now = after((920, SOAKED_AFTER), start=now)
    assert phase(now, 930, rules) == state.DRYING
    assert phase(now, 920 + 30 * MINUTE, rules) == state.HELD
    now = after((4000, hold(0, events.NO_HOLD)), start=now)
    assert phase(now, 4001, rules) == state.HEAD_EXPIRED
    assert phase(now, 4001, RULES) == state.RESTING


# The lid


DRY = ((0, SOAK_BEFORE), (600, SOAKED_BEFORE))


def test_a_lid_that_is_shut_asks() -> None:
    now = after(*DRY, (1300, OPENED), (1400, CLOSED))
    assert everything(state.judge(now, RULES, 1400)) == (
        state.ASKING,
        state.FOREVER,
        0,
        state.FOREVER,
    )


@pytest.mark.parametrize("later", [1200 + 30 * MINUTE, 400 * DAY])
def test_what_was_asked_waits_for_its_answer(later: int) -> None:
    assert phase(after(*DRY, (1300, OPENED), (1400, CLOSED)), later) == state.ASKING


def test_what_was_asked_is_asked_after_a_power_cut_too() -> None:
    assert phase(after(*DRY, (1300, OPENED), (1400, CLOSED), (1500, BOOT)), 1500) == state.ASKING


def test_a_lid_that_is_open_does_not_ask_yet() -> None:
    assert phase(after(*DRY, (1300, OPENED)), 1400) == state.READY


def test_a_lid_opened_again_does_not_answer() -> None:
    assert phase(after(*DRY, (1400, CLOSED), (1500, OPENED)), 1500) == state.ASKING


def test_a_use_told_afterwards_is_of_any_zone() -> None:
    """Nobody has said which."""
    told = (events.USE_ENDED, {"how": events.AFTERWARDS, "seconds": 90})
    rules = with_zones(RULES, "face", "neck")
    now = after((1400, CLOSED), (1500, USE), (1500, told))
    assert [state.rested_at(now, rules, zone) for zone in (0, 1)] == [1500 + REST] * 2


def test_a_use_against_the_rest_is_of_any_zone() -> None:
    override = (events.USE_STARTED, {"how": events.OVERRIDE, "digest": 0})
    rules = with_zones(RULES, "face", "neck")
    now = after((1500, override), (1600, USED))
    assert [state.rested_at(now, rules, zone) for zone in (0, 1)] == [1600 + REST] * 2


def test_what_was_asked_is_answered_by_a_use_that_was_not() -> None:
    now = after(*DRY, (1300, OPENED), (1400, CLOSED), (1500, NOT_USED))
    assert phase(now, 1500) == state.READY


def test_what_was_asked_is_answered_by_a_use() -> None:
    """Of one zone: others have rested, so that the case is ready for them."""
    rules = with_zones(RULES.changed(soak_before_min=0, soak_after_min=0), "face", "neck")
    now = after((1300, OPENED), (1400, CLOSED))
    assert phase(now, 1400, rules) == state.ASKING
    now = after((1500, USE), (1500, USED), start=now)
    assert phase(now, 1500, rules) == state.READY


# The head's last uses


@pytest.mark.parametrize(("uses", "stage"), [(7, state.NORMAL), (8, state.WARN), (9, state.WARN)])
def test_when_ready_the_heads_last_uses_are_shown(uses: int, stage: int) -> None:
    rules = RULES.changed(soak_before_min=0, soak_after_min=0)
    now = State()
    for number in range(uses):
        now = after((number * 1000, USE), (number * 1000 + 300, USED), start=now)
    standing = state.judge(now, rules, 20000 + REST)
    assert (standing.phase, standing.stage) == (state.READY, stage)


# Faults in a row


@pytest.mark.parametrize(
    ("between", "faults"),
    [
        (boot_by(events.POWER_ON), 1),
        (boot_by(events.SOFT_RESET), 3),
        (boot_by(events.WATCHDOG), 4),
        (USED, 1),
        (SOAKED_BEFORE, 1),
        (SOAKED_AFTER, 1),
        (BROKEN_OFF, 3),
        (USE, 3),
        (SOAK_BEFORE, 3),
        (clock_set(50), 3),
        (hold(0), 3),
        (NEW_HEAD, 3),
        (OPENED, 3),
        (rules_set(RULES), 3),
        ((events.BATTERY_LOW, {"millivolts": 2900}), 3),
    ],
    ids=["power on", "restart", "watchdog", "use", "soak before", "soak after", "soak broken off",
         "start of a use", "start of a soak", "clock", "hold", "head", "lid", "rules", "battery"],
)  # fmt: skip
def test_what_comes_between_faults_breaks_their_row_or_does_not(between: What, faults: int) -> None:
    assert after((10, FAULT), (20, FAULT), (30, between), (40, FAULT)).faults == faults


@pytest.mark.parametrize(("uptime", "faults"), [(0, 3), (599, 3), (600, 1), (1 << 31, 1)])
def test_a_fault_after_ten_minutes_of_health_begins_a_row(uptime: int, faults: int) -> None:
    now = after((10, FAULT), (20, FAULT))
    assert state.fold(now, Event(*FAULT, boot=1, uptime=uptime)).faults == faults


def test_more_faults_than_can_be_counted_are_the_most_that_can() -> None:
    now = State()
    for _ in range(300):
        now = state.fold(now, Event(*FAULT, boot=1))
    assert now.faults == 255
    assert state.fold(now, Event(*boot_by(events.WATCHDOG), boot=2)).faults == 255


# What the host told


def test_the_last_token_is_known() -> None:
    assert after((0, clinic(0, 5)), (1, reaction(1, 1, 9))).token == 9


def test_what_the_host_did_not_tell_leaves_the_token() -> None:
    assert after((0, clinic(0, 5)), (1, NEW_HEAD), (2, BOOT), (3, USE), (4, USED)).token == 5


# What skin rests from


FOUR = with_zones(RULES, *ZONES)
CLINIC_REST = 28 * DAY
REACTION_REST = 14 * DAY


def test_each_zone_rests_by_itself() -> None:
    now = State()
    for zone, time in ((2, 1000), (0, 5000), (3, 400)):
        now = state.fold(now, Event(*USED, zone=zone, time=time))
    rests = [state.rested_at(now, FOUR, zone) for zone in range(4)]
    assert rests == [5000 + REST, 0, 1000 + REST, 400 + REST]


def test_the_case_rests_until_its_first_zone_has() -> None:
    now = after((1000, SOAKED_AFTER))
    for zone, time in ((0, 9000), (1, 5000), (2, 7000), (3, 8000)):
        now = state.fold(now, Event(*USED, zone=zone, time=time, boot=1))
    now = after((9500, SOAKED_AFTER), start=now)
    standing = state.judge(now, FOUR, 5000 + REST - 1)
    assert everything(standing) == (state.RESTING, 5000 + REST, 0, 5000 + REST)
    assert (standing.reason, standing.rested) == (events.STILL_RESTING, 0)
    assert state.soonest_zone(now, FOUR) == 1


@pytest.mark.parametrize(
    ("at", "rested", "changes"),
    [(5000, 0b0010, 7000), (7000, 0b0110, 8000), (8000, 0b1110, 9000), (9000, 0b1111, None)],
)
def test_zones_that_have_rested_are_told_and_the_next_one_is_a_change(
    at: int, rested: int, changes: int | None
) -> None:
    now = State()
    for zone, time in ((0, 9000), (1, 5000), (2, 7000), (3, 8000)):
        now = state.fold(now, Event(*USED, zone=zone, time=time, boot=1))
    now = after((9500, SOAKED_AFTER), (9600, NEW_HEAD), start=now)
    standing = state.judge(now, FOUR, at + REST)
    assert (standing.phase, standing.rested) == (state.PREPARE, rested)
    assert standing.changes == (changes + REST if changes else 9600 + 90 * DAY)


def test_a_zone_that_the_rules_do_not_name_holds_nothing_up() -> None:
    now = after((1000, USED), zone=3)
    assert state.soonest_zone(now, RULES) == 0
    assert state.judge(after((1100, SOAKED_AFTER), start=now), RULES, 9000).rested == 1


def test_of_zones_that_rest_equally_long_the_first_comes_first() -> None:
    now = State()
    for zone in (3, 1, 2, 0):
        now = state.fold(now, Event(*USED, zone=zone, time=1000))
    assert state.soonest_zone(now, FOUR) == 0


@pytest.mark.parametrize(
    ("rested", "zone", "following"),
    [
        (0b0001, -1, 0), (0b1000, -1, 3), (0b1111, 0, 1), (0b1111, 3, 0), (0b0101, 0, 2),
        (0b0101, 2, 0), (0b0100, 2, 2), (0, -1, -1), (0, 2, -1), (0b0011, 3, 0),
    ],
)  # fmt: skip
def test_the_next_zone_is_the_rested_one_after_this(rested: int, zone: int, following: int) -> None:
    assert state.next_zone(rested, zone) == following


def test_a_clinic_session_rests_its_zone_from_its_end() -> None:
    now = after((9000, clinic(5000)), zone=1)
    rests = [state.rested_at(now, FOUR, zone) for zone in range(4)]
    assert rests == [0, 5000 + CLINIC_REST, 0, 0]


def test_a_clinic_session_is_no_use() -> None:
    now = after((9000, clinic(5000)))
    assert (now.uses, now.head_uses, now.dirty) == (0, 0, False)


@pytest.mark.parametrize("order", [(5000, 7000), (7000, 5000)])
def test_of_clinic_sessions_the_last_one_rests_in_whatever_order_they_are_told(
    order: tuple[int, int],
) -> None:
    now = after((9000, clinic(order[0])), (9001, clinic(order[1])))
    assert state.rested_at(now, RULES, 0) == 7000 + CLINIC_REST


def test_a_clinic_session_long_ago_changes_nothing() -> None:
    now = after((100 * DAY, USED))
    told = after((101 * DAY, clinic(3)), start=now)
    assert state.rested_at(told, RULES, 0) == 100 * DAY + REST


def test_a_reaction_holds_the_case_until_it_is_closed() -> None:
    now = after((1000, reaction(1, 900)))
    standing = state.judge(now, RULES, 1 << 29)
    assert everything(standing) == (state.HELD, state.FOREVER, 0, state.FOREVER)
    assert standing.reason == events.REACTION_OPEN


def test_a_reaction_that_is_closed_rests_every_zone_from_then() -> None:
    now = after((1000, reaction(1, 900)), (9000, reaction(0, 8000)), zone=2)
    rests = [state.rested_at(now, FOUR, zone) for zone in range(4)]
    assert rests == [8000 + REACTION_REST] * 4


@pytest.mark.parametrize("zones", [(1, 2, 1, 2), (1, 2, 2, 1), (1, 1, 1, 1), (0, 1, 2, 3)])
def test_two_reactions_hold_until_both_are_closed_in_whatever_zones(
    zones: tuple[int, int, int, int],
) -> None:
    now = after((1000, reaction(1, 900)), zone=zones[0])
    now = after((1000, reaction(1, 900)), start=now, zone=zones[1])
    now = after((2000, reaction(0, 2000)), start=now, zone=zones[2])
    assert phase(now, 3000 + REACTION_REST) == state.HELD
    now = after((2500, reaction(0, 2500)), start=now, zone=zones[3])
    assert phase(now, 2500 + REACTION_REST - 1) == state.RESTING
    assert phase(now, 2500 + REACTION_REST) == state.PREPARE


@given(st.lists(st.tuples(st.booleans(), ZONE, st.integers(0, DAY)), max_size=20))
def test_reactions_hold_while_more_were_opened_than_closed(
    told: list[tuple[bool, int, int]],
) -> None:
    """A close of what was not open opens no room for what opens later."""
    now, still_open, last = State(), 0, 0
    for opens, zone, at in told:
        now = after((DAY, reaction(int(opens), at)), start=now, zone=zone)
        still_open = still_open + 1 if opens else max(still_open - 1, 0)
        last = last if opens else max(last, at + REACTION_REST)
        assert (phase(now, 1 << 29) == state.HELD) == (still_open > 0)
        assert state.rested_at(now, FOUR, zone) == last


def test_more_reactions_than_can_be_counted_fit_a_snapshot() -> None:
    now = State()
    for _ in range(300):
        now = after((0, reaction(1, 0)), start=now)
    assert state.unpack(state.pack(now)) == now
    assert phase(now, 1 << 29) == state.HELD


@pytest.mark.parametrize("order", [(5000, 7000), (7000, 5000)])
def test_of_reactions_the_last_one_to_go_rests_in_whatever_order_they_are_told(
    order: tuple[int, int],
) -> None:
    now = after((9000, reaction(0, order[0])), (9001, reaction(0, order[1])))
    assert state.rested_at(now, RULES, 0) == 7000 + REACTION_REST


def test_a_reaction_comes_before_a_hold() -> None:
    now = after((1000, hold(0)), (1001, reaction(1, 1001)))
    assert state.judge(now, RULES, 2000).reason == events.REACTION_OPEN


@pytest.mark.parametrize(
    ("used", "at_clinic", "reacted", "until", "reason"),
    [
        (50, 49, 60, 50 * DAY + REST, events.STILL_RESTING),
        (50, 50, 64, 50 * DAY + REST, events.STILL_RESTING),
        (50, 51, 60, 51 * DAY + CLINIC_REST, events.AFTER_CLINIC),
        (50, 51, 65, 51 * DAY + CLINIC_REST, events.AFTER_CLINIC),
        (50, 51, 66, 66 * DAY + REACTION_REST, events.AFTER_REACTION),
    ],
)
def test_the_longest_rest_wins_and_is_the_reason(
    used: int, at_clinic: int, reacted: int, until: int, reason: int
) -> None:
    now = after(
        (used * DAY, USED),
        (used * DAY + 600, SOAKED_AFTER),
        (70 * DAY, clinic(at_clinic * DAY)),
        (70 * DAY, reaction(0, reacted * DAY)),
    )
    standing = state.judge(now, RULES, 70 * DAY)
    assert (standing.phase, standing.until, standing.reason) == (state.RESTING, until, reason)


def test_clinic_and_reaction_rest_as_long_as_the_owner_wants() -> None:
    rules = RULES.changed(clinic_rest_h=700, reaction_rest_h=400)
    assert state.rested_at(after((9000, clinic(5000))), rules, 0) == 5000 + 700 * 3600
    assert state.rested_at(after((9000, reaction(0, 5000))), rules, 0) == 5000 + 400 * 3600


def test_what_the_host_dates_stays_put_when_the_clock_is_set() -> None:
    now = after(
        (0, BOOT), (9000, clinic(5000)), (9000, reaction(0, 6000)), (90000, clock_set(9100))
    )
    assert (now.at[state.CLINIC_END], now.at[state.REACTION_END]) == (5000, 6000)


def test_what_the_host_dates_anew_stays_put_though_the_list_of_zones_made_it_uncertain() -> None:
    neck = rules_set(with_zones(RULES, "neck"))
    now = after((0, BOOT), (9000, clinic(3000)), (9000, neck), (90000, clock_set(9100)))
    assert now.at[state.PAST_CLINIC : state.PAST_CLINIC + 4] == [3000] * 4
    now = after((0, BOOT), (9000, clinic(3000)), (9000, neck), (9000, clinic(5000)))
    now = after((90000, clock_set(9100)), start=now)
    assert now.at[state.CLINIC_END] == 5000


# Needles


MIDDLE_REST, LONGEST_REST = 28 * DAY, 42 * DAY


@pytest.mark.parametrize(("needle", "rest"), [(1000, 42), (500, 28), (250, 7), (100, 7)])
def test_a_use_rests_by_its_own_needle_though_there_is_a_shorter_one_now(
    needle: int, rest: int
) -> None:
    now = after((0, rules_set(policy.for_needle(needle))), (100, USE), (340, USED))
    now = after((400, rules_set(SHORT)), start=now)
    assert state.rested_at(now, SHORT, 0) == 340 + rest * DAY


def test_a_use_rests_by_the_rules_in_force_where_they_are_longer_than_those_of_its_needle() -> None:
    now = after((0, rules_set(SHORT)), (100, USE), (340, USED), (400, rules_set(LONGEST)))
    assert state.rested_at(now, LONGEST, 0) == 340 + LONGEST_REST


def test_an_owners_longer_rest_is_not_shortened_to_that_of_a_longer_needle() -> None:
    rules = SHORT.changed(rest_h=9600)
    now = after((0, rules_set(RULES)), (100, USE), (340, USED), (400, rules_set(rules)))
    assert state.rested_at(now, rules, 0) == 340 + 9600 * 3600


def test_a_shortened_rest_does_not_shorten_that_of_a_longer_needle() -> None:
    rules = SHORT.changed(rest_h=72, short_rest=1)
    now = after((0, rules_set(RULES)), (100, USE), (340, USED), (400, rules_set(rules)))
    assert state.rested_at(now, rules, 0) == 340 + MIDDLE_REST


def test_a_shorter_needle_before_the_end_of_a_longer_ones_rest_begins_that_rest_again() -> None:
    now = after((0, rules_set(LONGEST)), (100, USE), (340, USED), (400, rules_set(SHORT)))
    now = after((340 + LONGEST_REST - 1, USED), start=now)
    assert state.rested_at(now, SHORT, 0) == 340 + 2 * LONGEST_REST - 1


def test_a_shorter_needle_after_a_longer_ones_rest_rests_by_its_own() -> None:
    now = after((0, rules_set(LONGEST)), (100, USE), (340, USED), (400, rules_set(SHORT)))
    now = after((340 + LONGEST_REST, USED), start=now)
    assert state.rested_at(now, SHORT, 0) == 340 + LONGEST_REST + 7 * DAY


def test_the_needle_of_one_zone_does_not_rest_another() -> None:
    rules = with_zones(SHORT, *ZONES)
    now = after((0, rules_set(with_zones(LONGEST, *ZONES))), (340, USED), zone=1)
    now = after((400, rules_set(rules, was=ZONES)), (500, USED), start=now, zone=2)
    assert state.rested_at(now, rules, 2) == 500 + 7 * DAY


def test_a_needle_that_nobody_told_rests_by_the_rules_in_force() -> None:
    assert state.rested_at(after((100, USE), (340, USED)), SHORT, 0) == 340 + 7 * DAY


def test_a_use_is_by_the_needle_that_it_began_with() -> None:
    now = after((0, rules_set(LONGEST)), (100, USE), (200, rules_set(SHORT)), (340, USED))
    assert state.rested_at(now, SHORT, 0) == 340 + LONGEST_REST


def test_a_use_that_power_ended_is_by_the_needle_that_it_began_with() -> None:
    now = after((0, rules_set(LONGEST)), (100, USE), (200, rules_set(SHORT)), (340, BOOT))
    assert state.rested_at(now, SHORT, 0) == 340 + LONGEST_REST


def test_a_use_that_may_have_been_lost_rests_by_the_longest_needle_it_can_have_been() -> None:
    rules = with_zones(SHORT, *ZONES)
    now = after((0, rules_set(with_zones(LONGEST, *ZONES))), (340, USED))
    now = after((350, rules_set(rules, was=ZONES)), (400, boot_with(32)), start=now)
    assert state.rested_at(now, rules, 0) == 400 + LONGEST_REST
    assert state.rested_at(now, rules, 1) == 400 + 7 * DAY


def test_a_use_that_may_have_been_lost_was_with_the_needle_that_there_was() -> None:
    now = after((0, rules_set(LONGEST)), (400, boot_with(32)), (500, rules_set(SHORT)))
    assert state.rested_at(now, SHORT, 0) == 400 + LONGEST_REST


# Another list of zones


Names = tuple[str, ...]


def by(*zones: str) -> Policy:
    return with_zones(SHORT, *zones)


def through(start: State, *lists: Names) -> State:
    """Return the state after the owner has gone from the first list to each of the others."""
    for was, zones in pairwise(lists):
        start = after((start.time, rules_set(by(*zones), was)), start=start)
    return start


def rolled(*zones: str) -> State:
    """Return a case whose owner named these zones, and rolled them one day after another."""
    now = after((0, rules_set(by(*zones))))
    for zone in range(len(zones)):
        now = after((zone * DAY + 100, USED), start=now, zone=zone)
    return after((10 * DAY, SOAKED_AFTER), start=now)


def last_uses(now: State, *zones: str) -> list[int]:
    """Return from which use each of these zones rests: of which day, -1 for none."""
    rests = [state.rested_at(now, by(*zones), zone) for zone in range(len(zones))]
    assert all(rest == 0 or (rest - 100) % DAY == 0 for rest in rests)
    return [(rest - 100) // DAY - 7 if rest else -1 for rest in rests]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_zones_keep_their_rest_when_others_come_after_them(count: int) -> None:
    now = through(rolled(*ZONES[:count]), ZONES[:count], ZONES)
    assert last_uses(now, *ZONES) == [*range(count), *[-1] * (4 - count)]


@pytest.mark.parametrize(
    ("zones", "days"),
    [
        (("face",), [0]),
        (("face", "neck"), [0, 1]),
        (("face", "chest"), [0, 2]),
        (("face", "chest", "neck"), [0, 2, 2]),
        (("face", "belly", "neck", "chest"), [0, 2, 2, 2]),
        (("face", "neck", "belly"), [0, 1, 2]),
        (("face", "neck", "belly", "chest"), [0, 1, 2, 2]),
        (("neck", "face"), [2, 2]),
        (("neck",), [2]),
        (("chest", "neck", "face"), [2, 2, 2]),
        (("belly", "scalp"), [2, 2]),
    ],
)
def test_zones_that_lose_their_places_count_for_those_in_their_places_and_after_them(
    zones: Names, days: list[int]
) -> None:
    first = ZONES[:3]
    assert last_uses(through(rolled(*first), first, zones), *zones) == days


@pytest.mark.parametrize(
    "lists",
    [
        [("face", "neck"), ("face",), ("face", "neck")],
        [("face", "neck"), ("face",), ("face", "chest"), ("face", "chest", "neck")],
        [("face", "neck"), ("neck", "face"), ("face", "neck")],
        [("face", "neck"), ("face",), ("neck",)],
        [("face", "neck"), ("chest",), ("face", "neck", "chest")],
    ],
)
def test_a_zone_that_comes_back_rests_from_what_it_was_rolled_before(lists: list[Names]) -> None:
    zones = lists[-1]
    now = through(rolled(*lists[0]), *lists)
    assert last_uses(now, *zones)[zones.index("neck")] == 1


def test_a_zone_that_is_taken_off_the_list_does_not_count_for_those_before_it() -> None:
    now = through(rolled("face", "neck", "chest"), ZONES[:3], ZONES[:2], ZONES[:1])
    assert last_uses(now, "face") == [0]


def test_nor_does_it_for_those_that_the_owner_named_only_once_there_was_a_list() -> None:
    now = through(rolled("face", "neck", "chest"), ZONES[:3], ZONES[:2])
    assert last_uses(now, "face", "neck") == [0, 1]


def test_zones_that_have_come_rest_from_their_own_uses_where_these_are_the_later_ones() -> None:
    now = through(rolled("face", "neck"), ("face", "neck"), ("neck", "face"))
    now = after((20 * DAY + 100, USED), start=now, zone=1)
    assert last_uses(now, "neck", "face") == [1, 20]


def test_a_list_that_is_set_again_changes_nothing() -> None:
    now = through(rolled("face", "neck"), *[("face", "neck")] * 3)
    assert last_uses(now, "face", "neck") == [0, 1]


@pytest.mark.parametrize(("kept", "days"), [(1, [5000, 6000]), (0, [6000, 6000])])
def test_clinic_sessions_keep_their_places_as_uses_do(kept: int, days: list[int]) -> None:
    now = after((9000, clinic(5000)), start=after((0, rules_set(by("face", "neck")))))
    now = after((9000, clinic(6000)), start=now, zone=1)
    zones = ("face", "chest") if kept else ("neck", "face")
    now = through(now, ("face", "neck"), zones)
    rests = [state.rested_at(now, by(*zones), zone) for zone in (0, 1)]
    assert rests == [day + CLINIC_REST for day in days]


def test_an_earlier_session_of_skin_that_lost_its_name_does_not_take_the_place_of_a_later() -> None:
    now = after((9000, clinic(6000)), (9000, rules_set(by("neck"))), (9000, clinic(5000)))
    now = through(now, ("neck",), ("face",))
    assert state.rested_at(now, by("face"), 0) == 6000 + CLINIC_REST


def test_skin_that_lost_its_name_was_rolled_with_the_longest_needle_of_any() -> None:
    now = after((0, rules_set(with_zones(LONGEST, "face", "neck"))), (100, USED))
    now = after((200, rules_set(by("face", "neck"), ("face", "neck"))), start=now)
    now = after((DAY, USED), start=now, zone=1)
    now = through(now, ("face", "neck"), ("neck", "face"))
    rests = [state.rested_at(now, by("neck", "face"), zone) for zone in (0, 1)]
    assert rests == [DAY + LONGEST_REST] * 2


def test_the_needle_of_skin_that_lost_its_name_does_not_rest_a_zone_that_was_kept() -> None:
    now = after((0, rules_set(with_zones(LONGEST, "face", "neck"))))
    now = after((100, USED), start=now, zone=1)
    now = after((200, rules_set(by("face"), ("face", "neck"))), (DAY, USED), start=now)
    assert state.rested_at(now, by("face"), 0) == DAY + 7 * DAY


def test_a_longer_needle_of_skin_that_has_rested_since_rests_no_other() -> None:
    """As for a zone that keeps its name: once the long rest is over, a use rests by its own."""
    now = after((0, rules_set(LONGEST)), (100, USED), (200, rules_set(by("neck"))))
    year = 365 * DAY
    now = after((year + 100, USED), start=now)
    now = through(now, ("neck",), ("chest",))
    assert last_uses(now, "chest") == [365]


def test_a_longer_needle_of_skin_that_lost_its_name_is_not_forgotten_before_it_has_rested() -> None:
    now = after((0, rules_set(LONGEST)), (100, USED), (200, rules_set(by("neck"))))
    last = 100 + LONGEST_REST - 1
    now = after((last, USED), start=now)
    now = through(now, ("neck",), ("chest",))
    assert state.rested_at(now, by("chest"), 0) == last + LONGEST_REST


@pytest.mark.parametrize(
    ("ago", "rest"), [(LONGEST_REST - 1, LONGEST_REST), (LONGEST_REST, SHORT.rest_s)]
)
def test_a_use_whose_skin_lost_its_name_forgets_a_longer_needle_only_once_it_has_rested(
    ago: int, rest: int
) -> None:
    now = after((0, rules_set(LONGEST)), (100, USED), (200, rules_set(by("neck"))))
    now = after((100 + ago - 60, USE), (100 + ago - 30, rules_set(by("chest"))), start=now)
    now = after((100 + ago, USED), start=now)
    assert state.rested_at(now, by("chest"), 0) == 100 + ago + rest


def test_each_place_has_a_past_with_a_needle_of_its_own() -> None:
    """The belly with a long needle, and then the chest with a short one, both taken off."""
    now = after((0, rules_set(with_zones(LONGEST, *ZONES))))
    now = after((100, USED), start=now, zone=3)
    now = after((200, rules_set(by(*ZONES[:3]), ZONES)), start=now)
    now = after((DAY, USED), start=now, zone=1)
    now = through(now, ZONES[:3], ZONES[:1], ZONES)
    rests = [state.rested_at(now, by(*ZONES), zone) for zone in range(4)]
    assert rests == [0, *[DAY + LONGEST_REST] * 3]
    now = after((0, rules_set(with_zones(LONGEST, *ZONES))))
    now = after((100, USED), start=now, zone=3)
    now = after((200, rules_set(by(*ZONES[:3]), ZONES)), start=now)
    now = after((DAY, USED), start=now, zone=1)
    rests = [state.rested_at(now, by(*ZONES[:3]), zone) for zone in range(3)]
    assert rests == [0, DAY + SHORT.rest_s, 0]


@given(st.lists(st.permutations(ZONES).flatmap(
    lambda zones: st.integers(1, 4).map(lambda count: tuple(zones[:count]))
), min_size=1, max_size=6))  # fmt: skip
def test_no_way_from_list_to_list_shortens_a_rest(lists: list[Names]) -> None:
    first = ("face", "neck", "chest")
    now = rolled(*first)
    for number in range(1, len(lists) + 1):
        zones = lists[number - 1]
        days = last_uses(through(now, first, *lists[:number]), *zones)
        for day, zone in enumerate(first):
            if zone in zones:
                assert days[zones.index(zone)] >= day


@pytest.mark.parametrize("end", [USED, BOOT], ids=["by hand", "by power"])
@pytest.mark.parametrize(
    ("lists", "rests"),
    [
        ([("neck", "face")], [340, 340]),
        ([("face", "neck", "chest")], [0, 340, 0]),
        ([("face", "chest")], [0, 340]),
        ([("face",)], [0]),
        ([("face",), ("face", "neck")], [0, 340]),
        ([("neck", "face"), ("face", "neck")], [340, 340]),
        ([("neck", "face"), ("neck", "chest")], [340, 340]),
    ],
)
def test_a_use_rests_its_skin_though_the_list_changed_before_its_end(
    end: What, lists: list[Names], rests: list[int]
) -> None:
    first = ("face", "neck")
    now = after((100, USE), start=after((0, rules_set(by(*first)))), zone=1)
    now = after((340, end), start=through(now, first, *lists), zone=1)
    rules = by(*lists[-1])
    found = [state.rested_at(now, rules, zone) for zone in range(len(rules.zones))]
    assert found == [rest and rest + SHORT.rest_s for rest in rests]
    assert (now.uses, now.head_uses, now.dirty) == (1, 1, True)


def test_a_use_after_one_whose_skin_lost_its_name_is_of_its_zone_again() -> None:
    first = ("face", "neck")
    for ended in (USED, MISTAKEN, BOOT):
        now = after((100, USE), start=after((0, rules_set(by(*first)))), zone=1)
        now = after((200, ended), start=through(now, first, ("face", "chest")), zone=1)
        now = after((300, USE), (20 * DAY + 100, USED), start=now)
        assert state.rested_at(now, by("face", "chest"), 0) == 27 * DAY + 100


def test_cleaning_is_overdue_an_hour_after_a_use_whose_skin_lost_its_name() -> None:
    now = after((0, USE), (100, rules_set(by("neck"))), (300, USED))
    assert everything(state.judge(now, by("neck"), 301)) == (
        state.CLEAN_ME, state.FOREVER, state.NORMAL, 300 + 60 * MINUTE,
    )  # fmt: skip


def test_a_clock_that_was_ahead_does_not_shorten_a_rest_after_another_list_of_zones() -> None:
    """The use was dated by a clock that was right, and so stays put."""
    year = 400 * DAY
    rules = with_zones(RULES, "neck")
    now = after((0, BOOT), (year, clock_set(5)), (year + 100, USED), (year + 200, BOOT))
    now = after((2 * year, clock_set(year + 300)), (2 * year, rules_set(rules)), start=now)
    now = after((year + 400, clock_set(2 * year)), start=now)
    assert state.rested_at(now, rules, 0) == year + 100 + REST


def test_what_was_dated_surely_and_unsurely_of_skin_without_a_name_stays_apart() -> None:
    """The face by a clock that was right, the neck by one that had lost a hundred days."""
    first, second = ("face", "neck"), ("chest", "belly")
    rules = with_zones(RULES, *second)
    now = after((0, BOOT), (1000 * DAY, clock_set(5)), start=after((0, rules_set(by(*first)))))
    now = after((1000 * DAY, USED), (1001 * DAY, BOOT), start=now)
    now = after((1002 * DAY, USED), start=now, zone=1)
    now = after((1003 * DAY, rules_set(rules, first)), start=now)
    assert state.rested_at(now, rules, 0) == 1002 * DAY + REST
    ahead = after((1103 * DAY, clock_set(1003 * DAY)), start=now)
    assert state.rested_at(ahead, rules, 0) == 1102 * DAY + REST
    back = after((998 * DAY, clock_set(1003 * DAY)), start=now)
    assert state.rested_at(back, rules, 0) == 998 * DAY + REST


def test_what_was_unsure_stays_put_once_a_clock_that_was_right_has_lost_power() -> None:
    now = after((0, BOOT), (100, USED), (200, rules_set(by("neck"))), (1000 * DAY, clock_set(200)))
    now = after((1001 * DAY, BOOT), (1002 * DAY, USED), start=now)
    now = through(now, ("neck",), ("chest",))
    assert state.rested_at(now, by("chest"), 0) == 1002 * DAY + SHORT.rest_s
    now = after((1102 * DAY, clock_set(1002 * DAY)), start=now)
    assert state.rested_at(now, by("chest"), 0) == 1102 * DAY + SHORT.rest_s
    assert now.at[state.PAST_USE : state.PAST_USE + 4] == [1000 * DAY - 100] * 4


def test_a_reaction_of_one_zone_is_not_closed_as_that_of_another_on_another_list() -> None:
    now = after((0, rules_set(by("face", "neck"))))
    now = after((10, reaction(1, 10)), start=now, zone=1)  # of the neck
    now = through(now, ("face", "neck"), ("neck", "face"))
    now = after((30, reaction(1, 30)), (40, reaction(0, 40)), start=now, zone=1)  # of the face
    assert phase(now, 50) == state.HELD


# Lost rules, and those that came with the case


def lost(now: State, time: int = 10 * DAY) -> State:
    """Return the state after a start that has found the owner's rules lost."""
    return after((time, BOOT), (time, keeping(SHORT)), start=now)


def test_where_the_rules_are_lost_every_zone_rests_until_all_have() -> None:
    now = rolled(*ZONES)
    assert [state.rested_at(lost(now), SHORT, zone) for zone in range(4)] == [10 * DAY + 100] * 4
    assert last_uses(now, *ZONES) == [0, 1, 2, 3]


@pytest.mark.parametrize("zones", [("face", "neck"), ("neck",), ("scalp", *ZONES[:3])])
def test_the_rules_told_again_let_no_zone_rest_less(zones: Names) -> None:
    told = after((10 * DAY, keeping(by(*zones))), start=lost(rolled(*ZONES)))
    assert last_uses(told, *zones) == [3] * len(zones)


def test_the_rules_told_again_let_a_zone_rest_from_its_own_uses_from_there_on() -> None:
    told = after((10 * DAY, keeping(by("face", "neck"))), start=lost(rolled("face", "neck")))
    told = after((20 * DAY + 100, USED), start=told, zone=1)
    assert last_uses(told, "face", "neck") == [1, 20]


def test_where_the_rules_are_lost_clinic_sessions_of_all_zones_count() -> None:
    now = after((9000, clinic(5000)), start=rolled(*ZONES), zone=2)
    now = lost(after((9000, clinic(4000)), start=now))
    assert state.rested_at(now, SHORT, 0) == 5000 + CLINIC_REST
    assert state.resting_for(now, SHORT, 0) == events.AFTER_CLINIC


def test_where_the_rules_are_lost_every_zone_rests_by_the_longest_needle() -> None:
    now = after((0, rules_set(with_zones(LONGEST, "face", "neck"))), (100, USED))
    now = after((200, rules_set(by("face", "neck"), ("face", "neck"))), start=now)
    now = lost(after((DAY, USED), start=now, zone=1))
    assert state.rested_at(now, SHORT, 0) == DAY + LONGEST_REST


def test_where_the_rules_are_lost_skin_that_had_lost_its_name_counts_too() -> None:
    now = through(rolled("face", "neck"), ("face", "neck"), ("face",))
    assert state.rested_at(lost(now), SHORT, 0) == DAY + 100 + 7 * DAY


def test_after_lost_rules_every_zone_rests_from_the_last_use_of_any() -> None:
    now = after((11 * DAY + 100, USED), start=lost(rolled("face", "neck")))  # of whatever skin
    now = after((12 * DAY, keeping(by("face", "neck"))), start=now)
    assert last_uses(now, "face", "neck") == [11, 11]


def test_after_lost_rules_every_zone_rests_from_the_last_clinic_session_of_any() -> None:
    now = after((9000, clinic(5000)), start=lost(rolled("face", "neck")))  # of whatever skin
    now = after((12 * DAY, keeping(by("face", "neck"))), start=now)
    rests = [state.rested_at(now, by("face", "neck"), zone) for zone in (0, 1)]
    assert rests == [5000 + CLINIC_REST] * 2


def test_a_use_that_the_loss_of_the_rules_ends_rests_every_zone() -> None:
    now = after((15 * DAY, USE), start=rolled("face", "neck"), zone=1)
    now = lost(now, 15 * DAY + 100)
    told = after((16 * DAY, keeping(by("face", "neck"))), start=now)
    assert last_uses(told, "face", "neck") == [15, 15]


def test_a_use_by_the_rules_that_came_with_the_case_rests_every_zone_that_is_named() -> None:
    now = after((100, USED), (200, keeping(by(*ZONES))))
    assert last_uses(now, *ZONES) == [0] * 4


# Case time and true time


def test_setting_the_clock_moves_what_happened_before_it_in_the_same_boot() -> None:
    now = after((0, BOOT), (100, USE), (340, USED), (1_000_000, clock_set(500)))
    assert state.rested_at(now, RULES, 0) == 1_000_000 - (500 - 340) + REST


def test_what_a_set_clock_stamped_stays_put_after_a_power_cut() -> None:
    now = after((0, BOOT), (1000, clock_set(5)), (2000, USE), (2300, USED))
    now = after((2400, BOOT), (90000, clock_set(2500)), start=now)
    assert state.rested_at(now, RULES, 0) == 2300 + REST


def test_what_an_unset_clock_stamped_moves_even_after_a_power_cut() -> None:
    now = after((0, BOOT), (100, USE), (340, USED), (400, BOOT), (90000, clock_set(500)))
    assert state.rested_at(now, RULES, 0) == 340 + (90000 - 500) + REST


def test_nothing_has_happened_later_than_now() -> None:
    now = after((0, BOOT), (9000, clock_set(5)), (9100, USE), (9300, USED), (9400, BOOT))
    now = after((1000, clock_set(9500)), start=now)
    assert state.rested_at(now, RULES, 0) == 1000 + REST


class Skin:
    """What has truly been done to one area of skin, by the name that it had then."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.uses: list[tuple[int, int]] = []
        """The true end of each, and its needle."""
        self.clinics: list[int] = []


class World:
    """A case in a world whose true time is known: the case's clock loses what power cuts take.

    Skin is known by its name here, and not by its place in the owner's list. Under the rules
    that came with the case any skin is rolled, and logged as the first zone.
    """

    def __init__(self, power_cuts: bool) -> None:
        self.power_cuts = power_cuts
        self.true = 250_000_000
        self.case = 0
        self.boots = 0
        self.state = State()
        self.rules = policy.for_needle(policy.DEFAULT_NEEDLE_UM)
        self.needle = 0
        """The needle's length; 0 until the owner tells it."""
        self.here: list[list[Skin]] = [[]]
        """The skin in each place of the list: one, or all that was ever meant where none is."""
        self.skins: list[Skin] = []
        """All there ever was: skin that comes back to the list is in it twice."""
        self.past: list[list[Skin]] = [[], [], [], []]
        """What else counts in each place: skin that has lost its name there."""
        self.reacting: list[int] = []
        self.reactions_closed: list[int] = []
        self.write(BOOT)

    def write(self, what: What, zone: int = 0) -> None:
        self.boots += what[0] == events.BOOT
        self.state = state.fold(
            self.state,
            Event(*what, zone=zone, seq=self.state.seq + 1, boot=self.boots, time=self.case),
        )

    def rested_at(self, skins: list[Skin]) -> int:
        """Return the true time from which all this skin may be rolled again."""
        uses = [use for skin in skins for use in skin.uses]
        ends = [0]
        ends += [end + self.rules.rest_s for end, _ in uses]
        ends += [
            end + policy.default_rest_s(needle)
            for end, needle in uses
            if needle > self.rules.needle_um
        ]
        ends += [end + self.rules.clinic_rest_s for skin in skins for end in skin.clinics]
        ends += [end + self.rules.reaction_rest_s for end in self.reactions_closed]
        return max(ends)

    def truly_rested_at(self, zone: int) -> int:
        """Return the true time from which the skin of this place may be rolled again."""
        if not self.rules.revision:  # it may be any
            return self.rested_at(self.skins)
        name = self.rules.zones[zone]
        return self.rested_at([skin for skin in self.skins if skin.name == name])

    def known_as_rested_at(self, zone: int) -> int:
        """Return the true time until which the case has to let this place rest, and no longer."""
        return self.rested_at([*self.here[zone], *self.past[zone]])

    def live(self, seconds: int) -> None:
        """Let powered time pass, and look closely at the true end of each rest."""
        stops = {seconds}
        for zone in range(len(self.rules.zones)):
            for end in (self.truly_rested_at(zone), self.known_as_rested_at(zone)):
                moments = (end - self.true - 1, end - self.true)
                stops |= {moment for moment in moments if 0 <= moment <= seconds}
        lived = 0
        for stop in sorted(stops):
            self.true += stop - lived
            self.case += stop - lived
            lived = stop
            self.look()

    def look(self) -> None:
        """Hold the promise: never a go-ahead before the skin has truly rested."""
        assert self.case <= self.true
        standing = state.judge(self.state, self.rules, self.case)
        if self.reacting:
            assert standing.phase not in (state.PREPARE, state.READY)
        for zone in range(len(self.rules.zones)):
            truly_rested = self.true >= self.truly_rested_at(zone)
            rested = self.case >= state.rested_at(self.state, self.rules, zone)
            assert truly_rested or not rested
            assert truly_rested or not standing.rested >> zone & 1
            if not self.power_cuts:
                assert rested == (self.true >= self.known_as_rested_at(zone))

    def place(self, zone: int) -> tuple[int, Skin]:
        """Return a place in the list of the rules in force, and the skin that is meant by it."""
        if not self.rules.revision:
            skin = Skin(ZONES[zone])
            self.here[0].append(skin)
            self.skins.append(skin)
            return 0, skin
        zone %= len(self.rules.zones)
        return zone, self.here[zone][0]

    def change(self, rules: Policy) -> None:
        """Put other rules in force."""
        chosen = self.rules.revision and rules.revision
        kept = policy.kept_zones(self.rules.zones, rules.zones) if chosen else 0
        gone = [skin for skins in (*self.here[kept:], *self.past[kept:]) for skin in skins]
        self.past[kept:] = [gone] * (4 - kept)
        new = [Skin(name) for name in rules.zones[kept:] if rules.revision]
        self.here[kept:] = [[skin] for skin in new] or [[]]
        self.skins += new
        self.rules = rules
        self.needle = rules.needle_um
        self.write(keeping(rules, kept))
        self.look()

    def rename(self, zones: Names) -> None:
        """Name other zones, and leave the rules as they are."""
        self.change(with_zones(self.rules.changed(revision=1), *zones))

    def lose_rules(self) -> None:
        """Start without the owner's rules, which the flash has lost."""
        self.write(BOOT)
        if self.rules.revision:
            self.change(policy.for_needle(self.needle))

    def use(self, seconds: int, zone: int, how: int, then: Policy | None) -> None:
        """Roll, and perhaps let the host change the rules in the middle of it.

        Against the rest of all zones it may be any, whichever the log says.
        """
        name = ZONES[zone]
        zone, skin = self.place(zone)
        if how == events.OVERRIDE:
            skin = Skin(name)
            self.skins.append(skin)
            self.past = [[*skins, skin] for skins in self.past]
        needle = self.needle
        self.write((events.USE_STARTED, {"how": how, "digest": self.rules.digest}), zone)
        if then:
            self.change(then)
        self.live(seconds)
        if seconds < state.CANCEL_S:
            self.write(MISTAKEN, zone)
            return
        skin.uses.append((self.true, needle))
        self.write(USED, zone)
        self.look()

    def cut(self, off: int, lost: int, zone: int | None, then: Policy | None = None) -> None:
        """Lose power, in the middle of a use or not; `lost` seconds were not on flash yet."""
        if not self.power_cuts:
            return
        skin, needle = Skin(""), self.needle
        if zone is not None:
            zone, skin = self.place(zone)
            self.write(USE, zone)
            self.live(20)
            if then:
                self.change(then)
        self.true += off
        self.case = max(self.case - lost, self.state.time)
        # Rolling on in the dark cannot be seen: at the latest it ended when power came back.
        skin.uses.append((self.true, needle))
        self.write(BOOT)
        self.look()

    def lose(self, zone: int) -> None:
        """Roll, and lose what was logged of it."""
        if self.power_cuts:
            before = self.state
            self.use(60, zone, events.IN_TURN, None)
            self.state = before
            self.write(boot_with(64))
            self.look()

    def lag(self, seconds: int) -> None:
        """Let the case's clock fall behind, as one does that is slow."""
        if self.power_cuts:
            self.true += seconds
            self.look()

    def sync(self) -> None:
        """Let a truthful host set the clock."""
        old, self.case = self.case, self.true
        self.write(clock_set(old))
        self.look()

    def clean(self, purpose: int) -> None:
        self.write((events.SOAK_STARTED, {"purpose": purpose}))
        self.live(600)
        self.write((events.SOAK_ENDED, {"purpose": purpose, "how": events.SOAK_DONE}))
        self.look()

    def clinic(self, zone: int, ago: int) -> None:
        """Tell of a session that long ago, as a host does that has set the clock."""
        self.sync()
        zone, skin = self.place(zone)
        skin.clinics.append(self.true - ago)
        self.write(clinic(self.true - ago), zone)
        self.look()

    def react(self, zone: int) -> None:
        self.reacting.append(zone)
        self.write(reaction(1, self.case), zone)
        self.look()

    def calm(self, which: int, ago: int) -> None:
        """Tell that a reaction has been gone for that long, whatever its zone is called by now."""
        if self.reacting:
            self.sync()
            zone = self.reacting.pop(which % len(self.reacting))
            self.reactions_closed.append(self.true - ago)
            self.write(reaction(0, self.true - ago), zone)
            self.look()


SHORT_REST = SHORT.changed(revision=1, rest_h=72, short_rest=1)
WITHOUT_SOAKS = SHORT_REST.changed(soak_before_min=0, soak_after_min=0)
LONG_NEEDLE = LONGEST.changed(revision=1, soak_before_min=0, soak_after_min=0)
KINDS_OF_RULES = (
    SHORT_REST,
    WITHOUT_SOAKS,
    SHORT.changed(revision=1, rest_h=1200, clinic_rest_h=1300, reaction_rest_h=1250),
    RULES.changed(revision=1, soak_before_min=0, soak_after_min=0),
    LONG_NEEDLE,
)
ANY_LIST = st.permutations(ZONES).flatmap(
    lambda zones: st.integers(1, 4).map(lambda count: tuple(zones[:count]))
)
GROWING_LISTS = st.integers(1, 4).map(lambda count: ZONES[:count])
LISTS = GROWING_LISTS | ANY_LIST
SOME_RULES = st.builds(
    lambda rules, zones: with_zones(rules, *zones), st.sampled_from(KINDS_OF_RULES), LISTS
)
LONG = st.integers(0, 5 * DAY) | st.sampled_from([0, 1, 15 * MINUTE, DAY, 30 * DAY])
HOW = st.sampled_from([events.IN_TURN, events.OVERRIDE])
STEPS_WITHOUT_RULES = (
    st.tuples(st.just("live"), LONG),
    st.tuples(st.just("sync")),
    st.tuples(st.just("use"), st.integers(0, 1800), ZONE, HOW, st.none()),
    st.tuples(st.just("cut"), LONG, st.integers(0, 900), ZONE | st.none()),
    st.tuples(st.just("clean"), st.sampled_from([BEFORE_USE, AFTER_USE])),
    st.tuples(st.just("clinic"), ZONE, LONG),
    st.tuples(st.just("react"), ZONE),
    st.tuples(st.just("calm"), ZONE, LONG),
)
STEPS_OF_A_DAY = (
    *STEPS_WITHOUT_RULES,
    st.tuples(st.just("rename"), LISTS),
    st.tuples(st.just("lose_rules")),
)
STEPS_OF_A_LIFE = (
    *STEPS_OF_A_DAY,
    st.tuples(st.just("use"), st.integers(0, 1800), ZONE, HOW, SOME_RULES),
    st.tuples(st.just("cut"), LONG, st.integers(0, 900), ZONE, SOME_RULES),
    st.tuples(st.just("change"), SOME_RULES),
    st.tuples(st.just("lose"), ZONE),
    st.tuples(st.just("lag"), LONG),
)
Steps = list[tuple[Any, ...]]


def live_through(world: World, steps: Steps, rules: Policy, before: Steps | None = None) -> None:
    """Let it all happen: what was before the owner told any rules, and what came then."""
    for name, *numbers in [*(before or []), ("change", rules), *steps]:
        getattr(world, name)(*numbers)


TWO_ZONES = with_zones(WITHOUT_SOAKS, "face", "neck")


@given(st.lists(st.one_of(*STEPS_OF_A_LIFE), max_size=25), SOME_RULES)
@example([("cut", 0, 0, 0), ("live", 4 * DAY)], WITHOUT_SOAKS)
@example([("use", 300, 0, 1, None), ("cut", 40 * DAY, 0, None), ("sync",)], WITHOUT_SOAKS)
@example([("sync",), ("use", 300, 0, 1, None), ("cut", DAY, 0, 0), ("sync",)], WITHOUT_SOAKS)
@example([("use", 300, 1, 1, None), ("cut", 40 * DAY, 0, None), ("sync",)], TWO_ZONES)
@example(
    [("use", 300, 0, 1, None), ("change", SHORT_REST), ("use", 300, 0, 2, None), ("live", 9 * DAY)],
    LONG_NEEDLE,
)
@example(
    [
        ("use", 300, 0, 1, None),
        ("change", TWO_ZONES),
        ("use", 300, 1, 2, None),
        ("change", with_zones(WITHOUT_SOAKS, "neck", "face")),
        ("live", 9 * DAY),
    ],
    with_zones(LONG_NEEDLE, "face", "neck"),
)
@example([("lose", 0), ("change", WITHOUT_SOAKS), ("live", 9 * DAY)], LONG_NEEDLE)
@example([("use", 300, 1, 1, None), ("lose_rules",), ("live", 9 * DAY)], TWO_ZONES)
@example(
    [("lose_rules",), ("use", 300, 1, 1, None), ("change", TWO_ZONES), ("live", 9 * DAY)], TWO_ZONES
)
@example(
    [
        ("lose_rules",),
        ("clinic", 1, 0),
        ("lose_rules",),
        ("change", TWO_ZONES),
        ("live", 30 * DAY),
    ],
    TWO_ZONES,
)
@example([("lose_rules",), ("use", 300, 1, 1, TWO_ZONES), ("live", 9 * DAY)], TWO_ZONES)
@example([("lose_rules",), ("cut", DAY, 0, 1, TWO_ZONES), ("live", 9 * DAY)], TWO_ZONES)
@example([("use", 300, 1, 1, LONG_NEEDLE), ("rename", ("face", "neck"))], TWO_ZONES)
@example([("cut", 0, 0, 1, WITHOUT_SOAKS), ("rename", ("face", "neck"))], TWO_ZONES)
def test_rest_never_ends_before_the_skin_has_truly_rested(steps: Steps, rules: Policy) -> None:
    live_through(World(power_cuts=True), steps, rules)


@given(st.lists(st.one_of(*STEPS_OF_A_LIFE), max_size=12), SOME_RULES)
@example([("use", 300, 1, 1, None), ("live", 2 * DAY)], TWO_ZONES)
@example([("use", 300, 1, 1, TWO_ZONES), ("live", 9 * DAY)], TWO_ZONES)
@example([("cut", 0, 0, 1, TWO_ZONES), ("rename", ("neck", "face"))], TWO_ZONES)
@example([("clinic", 2, 0)], TWO_ZONES)
def test_nor_from_what_was_rolled_before_the_owner_named_it(steps: Steps, rules: Policy) -> None:
    live_through(World(power_cuts=True), [("live", 30 * DAY)], rules, before=steps)


@given(
    st.lists(st.one_of(*STEPS_WITHOUT_RULES), max_size=4),
    st.lists(st.one_of(*STEPS_OF_A_DAY), max_size=25),
    SOME_RULES,
)
@example(
    [],
    [("use", 300, 2, 1, None), ("rename", ("face", "neck")), ("live", DAY)],
    with_zones(WITHOUT_SOAKS, "face", "neck", "chest"),
)
@example(
    [("use", 300, 0, 1, None)],
    [("use", 300, 1, 1, None), ("rename", ("face",)), ("lose_rules",), ("live", 9 * DAY)],
    TWO_ZONES,
)
def test_with_power_and_a_set_clock_rest_ends_to_the_second(
    before: Steps, steps: Steps, rules: Policy
) -> None:
    """Of the zone, and of all that the case cannot tell from it."""
    live_through(World(power_cuts=False), steps, rules, before)


class Twins:
    """A case, and beside it one of its kind for each skin, in whose log no list ever changes.

    Clocks may be wrong here, in whatever way: the case has to be wrong like its twins.
    """

    def __init__(self) -> None:
        self.rules = by(*policy.DEFAULT_ZONES)
        self.state = State()
        self.blank = State()  # of skin to which nothing has happened
        self.twins: list[State] = [State() for _ in range(4)]
        self.here = [0, 1, 2, 3]  # the twin for each place
        self.past: list[list[int]] = [[], [], [], []]
        self.time = 0
        self.boots = 1
        self.using = -1

    def write(self, what: What, zone: int = 0, twins: list[int] | None = None) -> None:
        """Log what happened to the skin of these twins, or to the case as a whole."""
        event = Event(*what, zone=zone, boot=self.boots, time=self.time)
        self.state = state.fold(self.state, event)
        its_own = Event(*what, boot=self.boots, time=self.time)
        for number in range(len(self.twins)) if twins is None else twins:
            self.twins[number] = state.fold(self.twins[number], its_own)
        if twins is None:
            self.blank = state.fold(self.blank, its_own)

    def live(self, seconds: int) -> None:
        self.time += seconds

    def boot(self, forgotten: int) -> None:
        self.time = max(self.time - forgotten, self.state.time)
        self.boots += 1
        self.using = -1
        self.write(BOOT)

    def lose(self) -> None:
        """Start, and leave out what may have been a use of any skin that has a place."""
        before = self.blank
        self.boots += 1
        self.using = -1
        self.write(boot_with(64))
        self.blank = state.fold(before, Event(*BOOT, boot=self.boots, time=self.time))

    def clock(self, seconds: int) -> None:
        old = self.time
        self.time = max(old + seconds, 0)
        self.write(clock_set(old))

    def start(self, zone: int) -> None:
        if self.using < 0:
            zone %= len(self.rules.zones)
            self.using = self.here[zone]
            self.write(USE, zone, [self.using])

    def end(self, how: What) -> None:
        if self.using >= 0:
            self.write(how, self.state.zone, [self.using])
            self.using = -1

    def clinic(self, zone: int, ago: int) -> None:
        zone %= len(self.rules.zones)
        self.write(clinic(max(self.time - ago, 0)), zone, [self.here[zone]])

    def react(self, is_open: int) -> None:
        self.write(reaction(is_open, self.time))

    def rename(self, zones: Names) -> None:
        self.change(zones, policy.kept_zones(self.rules.zones, zones))

    def lose_rules(self) -> None:
        self.boot(0)
        self.change(policy.DEFAULT_ZONES, 0)

    def change(self, zones: Names, kept: int) -> None:
        gone = [*self.here[kept:], *(twin for twins in self.past[kept:] for twin in twins)]
        self.past[kept:] = [gone] * (4 - kept)
        first = len(self.twins)
        self.twins += [self.blank.copy() for _ in range(kept, 4)]
        self.here[kept:] = range(first, len(self.twins))
        self.rules = by(*zones)
        self.state = state.fold(
            self.state, Event(*keeping(self.rules, kept), boot=self.boots, time=self.time)
        )

    def look(self) -> None:
        self.state = state.unpack(state.pack(self.state))
        for zone in range(len(self.rules.zones)):
            counted = [self.here[zone], *self.past[zone]]
            rests = [state.rested_at(self.twins[twin], SHORT, 0) for twin in counted]
            assert state.rested_at(self.state, self.rules, zone) == max(rests)


STEPS_OF_TWINS = (
    st.tuples(st.just("live"), LONG),
    st.tuples(st.just("boot"), st.integers(0, 900)),
    st.tuples(st.just("lose")),
    st.tuples(st.just("clock"), st.integers(-50 * DAY, 50 * DAY)),
    st.tuples(st.just("start"), ZONE),
    st.tuples(st.just("end"), st.sampled_from([USED, USED, MISTAKEN])),
    st.tuples(st.just("clinic"), ZONE, LONG),
    st.tuples(st.just("react"), st.integers(0, 1)),
    st.tuples(st.just("rename"), LISTS),
    st.tuples(st.just("lose_rules")),
)


@given(st.lists(st.one_of(*STEPS_OF_TWINS), max_size=40))
@example([("rename", ZONES[:3]), ("start", 2), ("live", 60), ("end", USED), ("rename", ZONES[:2])])
@example([("rename", ZONES[:2]), ("start", 1), ("rename", ZONES[:1]), ("live", 60), ("end", USED)])
@example(
    [("rename", ZONES[:2]), ("start", 1), ("end", USED), ("lose_rules",), ("rename", ZONES[:2])]
)
def test_a_list_of_zones_moves_no_moment_whatever_the_clock_does(steps: Steps) -> None:
    twins = Twins()
    for name, *numbers in steps:
        getattr(twins, name)(*numbers)
        twins.look()


def test_a_rest_after_a_boot_whose_record_was_lost_is_no_shorter() -> None:
    """The use below happened on a clock that had lost 100 days without anybody noticing."""
    now = after((0, BOOT), (1000, clock_set(0)))
    lost = 100 * DAY
    now = after((2000, USE), (2300, USED), start=now, boots_lost=1)  # truly at 2300 + lost
    now = after((3000, BOOT), start=now)
    now = after((3100 + lost, clock_set(3100)), start=now)
    assert state.rested_at(now, RULES, 0) >= 2300 + lost + REST


# The moment of the next change


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
]
"""What happens together in a life, so that all phases are met about as often."""


@st.composite
def any_standing(draw: st.DrawFn) -> tuple[State, Policy, int]:
    """Return a state, rules, and a moment near or far after its last record."""
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


@pytest.mark.parametrize("name", sorted(state.ACTIONS))
def test_the_moments_below_are_of_every_phase(name: str) -> None:
    # The first that comes will do, and the same on every run.
    quick = settings(max_examples=2000, phases=[Phase.generate], derandomize=True, database=None)
    find(any_standing(), lambda case: state.judge(*case).phase == name, settings=quick)


@given(any_standing(), st.data())
def test_nothing_changes_before_the_moment_of_change(
    case: tuple[State, Policy, int], data: st.DataObject
) -> None:
    now, rules, time = case
    standing = state.judge(now, rules, time)
    for moment in (
        standing.changes - 1,
        data.draw(st.integers(time, max(time, standing.changes - 1))),
    ):
        if moment >= time:
            assert vars(state.judge(now, rules, moment)) == vars(standing)


@given(any_standing())
def test_something_changes_at_the_moment_of_change(case: tuple[State, Policy, int]) -> None:
    now, rules, time = case
    standing = state.judge(now, rules, time)
    then = state.judge(now, rules, standing.changes)
    if standing.changes == state.FOREVER:
        return
    if standing.phase in (state.SOAKING, state.IN_USE) and standing.changes == standing.until:
        # These end with a record; until it is written they go on.
        assert (then.phase, then.until) == (standing.phase, standing.until)
    else:
        assert standing.changes > time
        assert (then.phase, then.stage, then.rested) != (
            standing.phase, standing.stage, standing.rested,
        )  # fmt: skip


@given(any_standing())
def test_a_phase_ends_when_it_says(case: tuple[State, Policy, int]) -> None:
    now, rules, time = case
    standing = state.judge(now, rules, time)
    assert standing.changes <= standing.until
    if standing.until < state.FOREVER and standing.phase not in (state.SOAKING, state.IN_USE):
        assert state.judge(now, rules, standing.until).phase != standing.phase


# The table of gestures


def test_every_phase_has_a_row_and_every_row_a_phase() -> None:
    phases = {
        state.RESTING, state.PREPARE, state.SOAKING, state.DRYING, state.READY, state.ASKING,
        state.IN_USE, state.CLEAN_ME, state.HEAD_EXPIRED, state.HELD,
    }  # fmt: skip
    assert set(state.ACTIONS) == phases


@pytest.mark.parametrize("name", sorted(state.ACTIONS))
def test_every_phase_has_a_way_out(name: str) -> None:
    """By a gesture that does something, by time, or, when held, by the host that holds it."""
    idle = {state.NOTHING, state.COUNT, state.REFUSE}
    assert set(state.ACTIONS[name]) - idle or name in (state.DRYING, state.HELD)


@given(any_standing())
def test_a_refusal_has_a_reason_that_can_be_recorded(case: tuple[State, Policy, int]) -> None:
    standing = state.judge(*case)
    (field,) = [field for field in events.KINDS[events.REFUSED].fields if field.name == "reason"]
    refuses = state.REFUSE in state.ACTIONS[standing.phase]
    assert (standing.reason in field.names) == refuses
    assert bool(standing.reason) == refuses


@given(any_standing())
def test_where_a_use_may_start_some_zone_has_rested_and_no_zone_that_there_is_not(
    case: tuple[State, Policy, int],
) -> None:
    standing = state.judge(*case)
    assert standing.rested < 1 << len(case[1].zones)
    if standing.phase in (state.PREPARE, state.READY):
        assert standing.rested


@pytest.mark.parametrize(
    ("zones", "starts"),
    [
        (
            1,
            {
                (state.READY, events.PRESS),
                (state.READY, events.LONG_PRESS),
                (state.ASKING, events.PRESS),
                (state.RESTING, events.VERY_LONG_PRESS),
            },
        ),
        (
            4,
            {
                (state.READY, events.LONG_PRESS),
                (state.ASKING, events.PRESS),
                (state.RESTING, events.VERY_LONG_PRESS),
            },
        ),
    ],
)
def test_a_use_can_start_only_when_ready_or_by_overriding_a_rest(
    zones: int, starts: set[tuple[str, int]]
) -> None:
    found = {
        (name, gesture)
        for name in state.ACTIONS
        for gesture in (events.PRESS, events.LONG_PRESS, events.VERY_LONG_PRESS)
        if state.action(name, gesture, zones)
        in (state.START_USE, state.TELL_USE, state.OVERRIDE_REST)
    }
    assert found == starts


@pytest.mark.parametrize("gesture", [events.PRESS, events.LONG_PRESS, events.VERY_LONG_PRESS])
def test_an_action_is_looked_up_by_phase_and_gesture(gesture: int) -> None:
    for name, row in state.ACTIONS.items():
        assert state.action(name, gesture) == row[gesture - 1]


def test_with_several_zones_a_press_when_ready_chooses_one() -> None:
    assert state.action(state.READY, events.PRESS, 2) == state.NEXT_ZONE


def test_with_several_zones_nothing_else_is_different() -> None:
    for name, row in state.ACTIONS.items():
        if name != state.READY:
            gestures = (events.PRESS, events.LONG_PRESS, events.VERY_LONG_PRESS)
            assert tuple(state.action(name, gesture, 4) for gesture in gestures) == row
