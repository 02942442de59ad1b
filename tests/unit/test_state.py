"""The state machine: what a log adds up to, and what is allowed when."""

import struct
from typing import Any

import pytest
from hypothesis import Phase, example, find, given, settings
from hypothesis import strategies as st
from tests.micropython.suite import vectors
from tests.unit.logs import any_event, log_of

from rollcore import events, policy, state
from rollcore.events import AFTER_USE, BEFORE_USE, Event
from rollcore.policy import FIELDS, Policy
from rollcore.state import Standing, State

RULES = policy.for_needle(500)
REST = 28 * 86400
MINUTE = 60
DAY = 86400

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
NEW_HEAD = (events.HEAD_NEW, {"uses": 1})

What = tuple[int, dict[str, int]]


def hold(until: int, reason: int = events.ACNE) -> What:
    return (events.HOLD_SET, {"reason": reason, "until": until})


def clock_set(old: int) -> What:
    return (events.CLOCK_SET, {"old": old, "source": events.FROM_HOST, "forced": 0})


def after(*happened: tuple[int, What], start: State | None = None, boots_lost: int = 0) -> State:
    """Return the state after these: each a case time and what happened then."""
    now = start or State()
    boot = max(now.boot + boots_lost, 1)
    for time, (kind, data) in happened:
        if kind == events.BOOT and now.seq:
            boot += 1
        now = state.fold(now, Event(kind, data, seq=now.seq + 1, boot=boot, time=time))
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
    return Policy(numbers)


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


@given(log_of(1, 20, LATEST), st.data())
def test_a_snapshot_in_between_changes_nothing(log: list[Event], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(log)))
    whole = in_two = State()
    for place, event in enumerate(log):
        if place == cut:
            in_two = state.unpack(state.pack(in_two))
        whole = state.fold(whole, event)
        in_two = state.fold(in_two, event)
    assert in_two == whole
    assert state.unpack(state.pack(whole)) == whole


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
    now.at = [10, -1, 12, 13, 14, 15, 16, 17]
    now.clock_set, now.dirty, now.end_known = True, True, False
    now.soaking, now.soaked, now.using, now.zone, now.hold_reason = 1, 2, 1, 3, 8
    now.loose, now.needle_um, now.head_uses, now.uses = 0xA5, 1000, 7, 300
    now.policy_digest, now.hold_until = 0x11223344, 0xFFFFFFFE
    expected = struct.pack("<BIHI", 1, 0x01020304, 0x0506, 0x0708090A)
    expected += struct.pack("<8i", 10, -1, 12, 13, 14, 15, 16, 17)
    expected += bytes([1, 1, 2, 1, 3, 1, 0, 8])
    expected += struct.pack("<4HII", 0xA5, 1000, 7, 300, 0x11223344, 0xFFFFFFFE)
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
    assert state.rested_at(now, RULES) == 5000 + REST
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
    assert state.rested_at(lost, RULES) == 50 * DAY + REST
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
    assert state.rested_at(now, RULES) == 90000 - (2500 - 2000) + REST


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


def test_the_latest_use_of_any_zone_rests() -> None:
    now = State()
    for zone, time in ((2, 1000), (0, 5000), (3, 400)):
        now = state.fold(now, Event(*USED, zone=zone, time=time))
    assert state.rested_at(now, RULES) == 5000 + REST


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
    now = after((0, (events.HEAD_NEW, {"uses": 0})))
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


# Case time and true time


def test_setting_the_clock_moves_what_happened_before_it_in_the_same_boot() -> None:
    now = after((0, BOOT), (100, USE), (340, USED), (1_000_000, clock_set(500)))
    assert state.rested_at(now, RULES) == 1_000_000 - (500 - 340) + REST


def test_what_a_set_clock_stamped_stays_put_after_a_power_cut() -> None:
    now = after((0, BOOT), (1000, clock_set(5)), (2000, USE), (2300, USED))
    now = after((2400, BOOT), (90000, clock_set(2500)), start=now)
    assert state.rested_at(now, RULES) == 2300 + REST


def test_what_an_unset_clock_stamped_moves_even_after_a_power_cut() -> None:
    now = after((0, BOOT), (100, USE), (340, USED), (400, BOOT), (90000, clock_set(500)))
    assert state.rested_at(now, RULES) == 340 + (90000 - 500) + REST


def test_nothing_has_happened_later_than_now() -> None:
    now = after((0, BOOT), (9000, clock_set(5)), (9100, USE), (9300, USED), (9400, BOOT))
    now = after((1000, clock_set(9500)), start=now)
    assert state.rested_at(now, RULES) == 1000 + REST


class World:
    """A case in a world whose true time is known: the case's clock loses what power cuts take."""

    def __init__(self, rules: Policy, power_cuts: bool) -> None:
        self.rules = rules
        self.power_cuts = power_cuts
        self.true = 250_000_000
        self.case = 0
        self.boots = 0
        self.state = State()
        self.used_until: int | None = None
        self.write(BOOT)

    def write(self, what: What, zone: int = 0) -> None:
        self.boots += what[0] == events.BOOT
        self.state = state.fold(
            self.state,
            Event(*what, zone=zone, seq=self.state.seq + 1, boot=self.boots, time=self.case),
        )
        self.look()

    def live(self, seconds: int) -> None:
        """Let powered time pass, and look closely at the true end of the rest."""
        stops = [seconds]
        if self.used_until is not None:
            end = self.used_until + self.rules.rest_s - self.true
            stops += [moment for moment in (end - 1, end) if 0 <= moment <= seconds]
        lived = 0
        for stop in sorted(stops):
            self.true += stop - lived
            self.case += stop - lived
            lived = stop
            self.look()

    def look(self) -> None:
        """Hold the promise: never a go-ahead before the skin has truly rested."""
        assert self.case <= self.true
        if self.used_until is None:
            return
        truly_rested = self.true - self.used_until >= self.rules.rest_s
        rested = self.case >= state.rested_at(self.state, self.rules)
        allowed = phase(self.state, self.case, self.rules) in (state.PREPARE, state.READY)
        assert truly_rested or not rested
        assert truly_rested or not allowed
        if not self.power_cuts:
            assert rested == truly_rested

    def use(self, seconds: int, zone: int, how: int) -> None:
        self.write((events.USE_STARTED, {"how": how, "digest": 0}), zone)
        self.live(seconds)
        if seconds < state.CANCEL_S:
            self.write(MISTAKEN, zone)
            return
        self.used_until = self.true
        self.write(USED, zone)

    def cut(self, off: int, lost: int, using: bool) -> None:
        """Lose power, in the middle of a use or not; `lost` seconds were not on flash yet."""
        if not self.power_cuts:
            return
        if using:
            self.write(USE)
            self.live(20)
        self.true += off
        self.case = max(self.case - lost, self.state.time)
        if using:
            # Rolling on in the dark cannot be seen: at the latest it ended when power came back.
            self.used_until = self.true
        self.write(BOOT)

    def sync(self) -> None:
        """Let a truthful host set the clock."""
        old, self.case = self.case, self.true
        self.write(clock_set(old))

    def clean(self, purpose: int) -> None:
        self.write((events.SOAK_STARTED, {"purpose": purpose}))
        self.live(600)
        self.write((events.SOAK_ENDED, {"purpose": purpose, "how": events.SOAK_DONE}))


LONG = st.integers(0, 5 * DAY) | st.sampled_from([0, 1, 15 * MINUTE, DAY, 30 * DAY])
STEP = st.one_of(
    st.tuples(st.just("live"), LONG),
    st.tuples(st.just("sync")),
    st.tuples(
        st.just("use"),
        st.integers(0, 1800),
        st.integers(0, 3),
        st.sampled_from([events.IN_TURN, events.OVERRIDE]),
    ),
    st.tuples(st.just("cut"), LONG, st.integers(0, 900), st.booleans()),
    st.tuples(st.just("clean"), st.sampled_from([BEFORE_USE, AFTER_USE])),
)
SHORT_REST = policy.for_needle(250).changed(rest_h=72, short_rest=1)
WITHOUT_SOAKS = SHORT_REST.changed(soak_before_min=0, soak_after_min=0)
Steps = list[tuple[Any, ...]]


def live_through(world: World, steps: Steps) -> None:
    for name, *numbers in steps:
        getattr(world, name)(*numbers)


@given(st.lists(STEP, max_size=25), st.sampled_from([SHORT_REST, WITHOUT_SOAKS]))
@example([("cut", 0, 0, True), ("live", 4 * DAY)], WITHOUT_SOAKS)
@example([("use", 300, 0, 1), ("cut", 40 * DAY, 0, False), ("sync",)], WITHOUT_SOAKS)
@example([("sync",), ("use", 300, 0, 1), ("cut", DAY, 0, True), ("sync",)], WITHOUT_SOAKS)
def test_rest_never_ends_before_the_skin_has_truly_rested(steps: Steps, rules: Policy) -> None:
    live_through(World(rules, power_cuts=True), steps)


@given(st.lists(STEP, max_size=25), st.sampled_from([SHORT_REST, WITHOUT_SOAKS]))
def test_with_power_and_a_set_clock_rest_ends_to_the_second(steps: Steps, rules: Policy) -> None:
    live_through(World(rules, power_cuts=False), steps)


def test_a_rest_after_a_boot_whose_record_was_lost_is_no_shorter() -> None:
    """The use below happened on a clock that had lost 100 days without anybody noticing."""
    now = after((0, BOOT), (1000, clock_set(0)))
    lost = 100 * DAY
    now = after((2000, USE), (2300, USED), start=now, boots_lost=1)  # truly at 2300 + lost
    now = after((3000, BOOT), start=now)
    now = after((3100 + lost, clock_set(3100)), start=now)
    assert state.rested_at(now, RULES) >= 2300 + lost + REST


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
]
"""What happens together in a life, so that all phases are met about as often."""


@st.composite
def any_standing(draw: st.DrawFn) -> tuple[State, Policy, int]:
    """Return a state, rules, and a moment near or far after its last record."""
    log: list[Event] = draw(log_of(0, 3))
    for episode in draw(st.lists(st.sampled_from(EPISODES), max_size=4)):
        log += [Event(*what) for what in episode]
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
            assert everything(state.judge(now, rules, moment)) == everything(standing)


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
        assert (then.phase, then.stage) != (standing.phase, standing.stage)


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
        state.RESTING, state.PREPARE, state.SOAKING, state.DRYING, state.READY, state.IN_USE,
        state.CLEAN_ME, state.HEAD_EXPIRED, state.HELD,
    }  # fmt: skip
    assert set(state.ACTIONS) == phases


@pytest.mark.parametrize("name", sorted(state.ACTIONS))
def test_every_phase_has_a_way_out(name: str) -> None:
    """By a gesture that does something, by time, or, when held, by the host that holds it."""
    idle = {state.NOTHING, state.COUNT, state.REFUSE}
    assert set(state.ACTIONS[name]) - idle or name in (state.DRYING, state.HELD)


@pytest.mark.parametrize("name", sorted(state.ACTIONS))
def test_a_refusal_has_a_reason(name: str) -> None:
    refuses = state.REFUSE in state.ACTIONS[name]
    assert (name in state.REASONS) == refuses


def test_every_reason_can_be_recorded_and_is_another() -> None:
    (reason,) = [field for field in events.KINDS[events.REFUSED].fields if field.name == "reason"]
    assert sorted(state.REASONS.values()) == sorted(reason.names)


def test_a_use_can_start_only_when_ready_or_by_overriding_a_rest() -> None:
    starts = {
        (name, gesture)
        for name, row in state.ACTIONS.items()
        for gesture, what in enumerate(row, events.PRESS)
        if what in (state.START_USE, state.OVERRIDE_REST)
    }
    assert starts == {
        (state.READY, events.PRESS),
        (state.READY, events.HOLD),
        (state.RESTING, events.LONG_HOLD),
    }


@pytest.mark.parametrize("gesture", [events.PRESS, events.HOLD, events.LONG_HOLD])
def test_an_action_is_looked_up_by_phase_and_gesture(gesture: int) -> None:
    for name, row in state.ACTIONS.items():
        assert state.action(name, gesture) == row[gesture - 1]
