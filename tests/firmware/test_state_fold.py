"""`state.fold` and `state.apply`: what a log adds up to.

Power cuts, lost records, faults in a row, tokens.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.firmware.logs import any_event, log_of
from tests.firmware.states import (
    BOOT,
    BROKEN_OFF,
    DAY,
    FAULT,
    MINUTE,
    MISTAKEN,
    NEW_HEAD,
    OPENED,
    REST,
    RULES,
    SOAK_AFTER,
    SOAK_BEFORE,
    SOAKED_AFTER,
    SOAKED_BEFORE,
    USE,
    USED,
    What,
    after,
    any_policy,
    boot_by,
    boot_with,
    clinic,
    clock_set,
    everything,
    hold,
    phase,
    policy_set,
    reaction,
)

from rollcore import events, state
from rollcore.events import Event
from rollcore.memory import FOREVER, State
from rollcore.policy import Policy
from rollcore.rest import rested_at

# What a log adds up to


@given(log_of(0, 20))
def test_fold_is_deterministic(log: list[Event]) -> None:
    first = second = State()
    for event in log:
        first = state.fold(first, event)
    for event in log:
        second = state.fold(second, event)
    assert first == second


@given(log_of(1, 20))
def test_fold_leaves_the_state_before_unchanged(log: list[Event]) -> None:
    now = State()
    for event in log:
        before = vars(now.copy()), list(now.at), list(now.needles)
        after_it = state.fold(now, event)
        assert (vars(now), now.at, now.needles) == before
        assert after_it is not now
        now = after_it


@given(log_of(1, 20))
def test_log_applied_in_place_adds_up_to_the_folded_state(log: list[Event]) -> None:
    folded, applied = State(), State()
    for event in log:
        folded = state.fold(folded, event)
        state.apply(applied, event)
        assert applied == folded


@given(log_of(1, 20), any_event(), any_policy(), st.integers(0, 1 << 32))
def test_every_event_can_be_folded_into_every_state(
    log: list[Event], event: Event, rules: Policy, time: int
) -> None:
    now = State()
    for earlier in log:
        now = state.fold(now, earlier)
    now = state.fold(now, event)
    assert (now.seq, now.boot, now.time) == (event.seq, event.boot, event.time)
    assert state.judge(now, rules, time).phase in state.ACTIONS


def test_use_counts_unless_it_was_cancelled() -> None:
    assert after((100, USE), (340, USED)).uses == 1
    mistaken = after((100, USE), (103, MISTAKEN))
    assert (mistaken.uses, mistaken.head_uses, mistaken.dirty) == (0, 0, False)
    assert phase(mistaken, 200) == state.PREPARE


def test_new_head_starts_from_no_uses() -> None:
    now = after((100, USE), (340, USED), (1000, NEW_HEAD))
    assert (now.head_uses, now.uses) == (0, 1)


def test_unannounced_head_is_as_old_as_its_first_use() -> None:
    now = after((100, USE), (340, USED), (9000, USE), (9300, USED))
    assert state.head_expires_at(now, RULES) == 340 + 90 * DAY


# Losing power


def test_boot_breaks_a_soak() -> None:
    assert phase(after((0, SOAK_BEFORE), (5, BOOT)), 10) == state.PREPARE
    used = after((0, USE), (300, USED), (310, SOAK_AFTER), (400, BOOT))
    assert phase(used, 410) == state.CLEAN_ME


def test_boot_ends_a_use_and_its_end_is_unknown() -> None:
    now = after((100, USE), (5000, BOOT))
    assert not now.end_known
    assert (now.using, now.uses, now.dirty) == (0, 1, True)
    assert rested_at(now, RULES, 0) == 5000 + REST
    assert phase(now, 5001) == state.CLEAN_ME


def test_end_of_the_next_use_is_known_again() -> None:
    now = after((100, USE), (5000, BOOT), (6000, USE), (6300, USED))
    assert now.end_known


def test_readiness_ends_at_a_boot() -> None:
    soaked = after((0, SOAK_BEFORE), (600, SOAKED_BEFORE))
    for moment, before in ((700, state.DRYING), (1300, state.READY)):
        assert phase(soaked, moment) == before
        assert phase(after((moment, BOOT), start=soaked), moment) == state.PREPARE


def test_boot_beyond_the_highest_boot_number_still_ends_readiness() -> None:
    kind, data = SOAKED_BEFORE
    soaked = state.fold(State(), Event(kind, data, boot=events.MAX_BOOT, time=600))
    again = state.fold(soaked, Event(*BOOT, boot=events.MAX_BOOT, time=700))
    assert phase(soaked, 1300) == state.READY
    assert phase(again, 1300) == state.PREPARE


def test_soak_after_use_survives_a_boot() -> None:
    now = after((0, USE), (300, USED), (310, SOAK_AFTER), (910, SOAKED_AFTER), (920, BOOT))
    assert phase(now, 930) == state.DRYING
    assert phase(now, 910 + 30 * MINUTE) == state.RESTING


@pytest.mark.parametrize(
    "first", [USE, hold(0), NEW_HEAD, SOAK_AFTER], ids=lambda what: events.KINDS[what[0]].name
)
def test_boot_without_its_record_counts_as_a_boot(first: What) -> None:
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


@pytest.mark.parametrize("torn", [32, 33, 0xFFFF])
def test_lost_record_starts_the_rest_of_every_zone(torn: int) -> None:
    now = after((100, USE), (340, USED), (350, SOAK_AFTER), (950, SOAKED_AFTER))
    lost = after((50 * DAY, boot_with(torn)), start=now)
    assert lost.at[: events.ZONES] == [50 * DAY] * events.ZONES
    assert (lost.dirty, lost.end_known) == (True, False)
    assert rested_at(lost, RULES, 0) == 50 * DAY + REST
    assert everything(state.judge(lost, RULES, 50 * DAY)) == (
        state.CLEAN_ME, FOREVER, state.NORMAL, 50 * DAY + 60 * MINUTE,
    )  # fmt: skip
    clean = after((50 * DAY + 700, SOAKED_AFTER), start=lost)
    assert phase(clean, 50 * DAY + REST - 1) == state.RESTING
    assert phase(clean, 50 * DAY + REST) == state.PREPARE


def test_lost_record_starts_a_rest_even_without_a_known_use() -> None:
    """This is a new log, begun because nothing of the old one could be read."""
    lost = after((0, boot_with(2048)))
    assert phase(lost, 10) == state.CLEAN_ME
    assert phase(lost, 10, RULES.changed(soak_after_min=0)) == state.RESTING


@pytest.mark.parametrize("torn", [0, 1, 31])
def test_boot_that_lost_less_than_a_record_is_an_ordinary_boot(torn: int) -> None:
    used = ((100, USE), (340, USED), (350, SOAK_AFTER), (950, SOAKED_AFTER))
    for happened in (used, ((0, SOAK_BEFORE), (600, SOAKED_BEFORE)), ((0, USE),), ()):
        now = after(*happened)
        assert after((5000, boot_with(torn)), start=now) == after((5000, BOOT), start=now)


def test_readiness_ends_when_a_record_was_lost() -> None:
    """Even where the policy asks for no soak after use, the earlier soak does not count."""
    rules = RULES.changed(soak_after_min=0)
    now = after((0, SOAK_BEFORE), (600, SOAKED_BEFORE), (1300, boot_with(32)))
    assert now.soaked == 0
    assert phase(now, 1300 + REST, rules) == state.PREPARE


def test_soak_before_a_lost_record_does_not_clean_the_lost_use() -> None:
    now = after((0, USE), (300, USED), (310, SOAK_AFTER), (910, SOAKED_AFTER), (920, boot_with(32)))
    assert now.soaked == 0
    assert phase(now, 930) == state.CLEAN_ME
    assert phase(now, 930, RULES.changed(soak_after_min=0)) == state.RESTING


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
        (policy_set(RULES), 3),
        ((events.BATTERY_LOW, {"millivolts": 2900}), 3),
    ],
    ids=["power on", "restart", "watchdog", "use", "soak before", "soak after", "soak broken off",
         "start of a use", "start of a soak", "clock", "hold", "head", "lid", "rules", "battery"],
)  # fmt: skip
def test_count_of_faults_in_a_row_after_each_kind_of_record_between(
    between: What, faults: int
) -> None:
    assert after((10, FAULT), (20, FAULT), (30, between), (40, FAULT)).faults == faults


@pytest.mark.parametrize(("uptime", "faults"), [(0, 3), (599, 3), (600, 1), (1 << 31, 1)])
def test_fault_after_ten_minutes_without_one_begins_a_new_row(uptime: int, faults: int) -> None:
    now = after((10, FAULT), (20, FAULT))
    assert state.fold(now, Event(*FAULT, boot=1, uptime=uptime)).faults == faults


def test_count_of_faults_stops_at_its_highest_number() -> None:
    now = State()
    for _ in range(300):
        now = state.fold(now, Event(*FAULT, boot=1))
    assert now.faults == 255
    assert state.fold(now, Event(*boot_by(events.WATCHDOG), boot=2)).faults == 255


# Tokens of entries


def test_state_keeps_the_token_of_the_last_entry() -> None:
    assert after((0, clinic(0, 5)), (1, reaction(1, 1, 9))).token == 9


def test_records_without_a_token_leave_the_token() -> None:
    assert after((0, clinic(0, 5)), (1, NEW_HEAD), (2, BOOT), (3, USE), (4, USED)).token == 5


def test_release_of_one_reason_leaves_the_hold_until_the_host_says_what_stands() -> None:
    held = after((1, hold(0, events.ISOTRETINOIN)))
    of_one = after((2, hold(events.ISOTRETINOIN, events.NO_HOLD)), start=held)
    of_all = after((2, hold(0, events.NO_HOLD)), start=held)
    assert (of_one.hold_reason, of_one.hold_until) == (events.ISOTRETINOIN, 0)
    assert (of_all.hold_reason, of_all.hold_until) == (events.NO_HOLD, 0)
