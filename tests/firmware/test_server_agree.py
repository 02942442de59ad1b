"""The server: what makes case and host agree: the state, corrections, other logs, sure clocks."""

import pytest
from tests.firmware.server_line import TWO_ZONES, Line, grow_log, tell_zones
from tests.firmware.whole_case import DAY, NOW, soak

from rollcore import events, messages, snapshot, state
from rollcore.blocks import OPENING_AT, SLOTS
from rollcore.events import ALL_ZONES
from rollcore.memory import PAST_CLINIC, PAST_USE, State
from rollcore.rest import rested_at


def roll_on(line: Line) -> None:
    """Let a use begin, of a roller that is soaked first."""
    soak(line.case)
    line.case.wait(600)
    line.case.long_press()
    assert line.case.app.journal.state.using


# The state


def test_state_of_now_is_that_of_the_last_record(line: Line) -> None:
    line.ask("time", sure=1, time=NOW, force=0)
    answer = line.ask("state", seq=0)
    assert answer.integer("seq") == line.case.last_seq == 2
    assert snapshot.unpack(answer.raw("raw")) == line.case.app.journal.state


@pytest.mark.parametrize("seq", [1, SLOTS, SLOTS + 1, SLOTS + 3])
def test_state_before_a_record_is_that_before_its_block(line: Line, seq: int) -> None:
    grow_log(line, SLOTS + 3)
    last = 0 if seq <= SLOTS else SLOTS
    now = State()
    for event in line.case.log()[:last]:
        now = state.fold(now, event)
    answer = line.ask("state", seq=seq)
    assert (answer.integer("seq"), snapshot.unpack(answer.raw("raw"))) == (last, now)


@pytest.mark.parametrize("records", [1, SLOTS - 1, SLOTS])
def test_state_before_the_next_record_is_that_before_its_block(line: Line, records: int) -> None:
    """A block that is full has no next slot: the state before the next block is that of now."""
    grow_log(line, records)
    answer = line.ask("state", seq=records + 1)
    assert answer.integer("seq") == (SLOTS if records == SLOTS else 0)
    if records == SLOTS:
        assert snapshot.unpack(answer.raw("raw")) == line.case.app.journal.state


def test_state_before_a_record_that_the_log_does_not_have_is_refused(line: Line) -> None:
    code, words = line.error("state", seq=3)
    assert (code, words) == (messages.BAD_RANGE, "there are records from 1 to 1")


def test_state_in_an_opening_with_one_flipped_bit_is_put_right(line: Line) -> None:
    whole = line.ask("state", seq=1)
    line.case.flash.flip(line.case.ground.block_of(1), OPENING_AT + 30)
    assert line.ask("state", seq=1).fields == whole.fields


def test_state_in_a_damaged_opening_is_refused(line: Line) -> None:
    for bit in (0, 3):
        line.case.flash.flip(line.case.ground.block_of(1), OPENING_AT + 30, bit)
    code, words = line.error("state", seq=1)
    assert (code, words) == (messages.BAD_STORAGE, "the state before that record is damaged")
    assert line.ask("state", seq=0).integer("seq") == 1


# Corrections


def test_correction_sets_the_field_of_a_log_that_ends_where_it_was_computed(line: Line) -> None:
    line.ask("time", sure=1, time=NOW, force=0)
    carry(line, NOW - DAY, zone=0)
    carry(line, NOW - DAY, zone=0, what=events.CARRIED_CLINIC)
    assert line.case.phase == state.RESTING
    seq = line.case.last_seq
    for number, moment in enumerate((PAST_USE, PAST_CLINIC)):
        fields = {"token": 9, "field": moment, "value": events.CORRECTED_NEVER, "extra": 0}
        assert line.ask("corrected", seq=seq + number, **fields).fields == {"token": 9}
        assert line.case.news(seq + number) == [("corrected", fields)]
    assert line.case.phase == state.PREPARE


def test_correction_for_another_end_of_the_log_is_refused(two_zones: Line) -> None:
    seq = two_zones.case.last_seq
    for wrong in (0, seq - 1, seq + 1, 0xFFFFFFFF):
        code, words = two_zones.error("corrected", seq=wrong, token=9, field=0, value=NOW, extra=0)
        assert (code, words) == (messages.BAD_SEQ, f"the log ends with record {seq}")
    assert two_zones.case.news(seq) == []


def test_correction_asked_again_is_logged_once_and_another_field_beside_it(
    two_zones: Line,
) -> None:
    seq = two_zones.case.last_seq
    first = {"token": 9, "field": 0, "value": NOW, "extra": 0}
    for _ in range(2):
        assert two_zones.ask("corrected", seq=seq, **first).verb == "told"
    second = {"token": 9, "field": 66, "value": 500, "extra": 0}
    assert two_zones.error("corrected", seq=seq, **second)[0] == messages.BAD_SEQ
    assert two_zones.ask("corrected", seq=seq + 1, **second).verb == "told"
    assert two_zones.case.news(seq) == [("corrected", first), ("corrected", second)]


@pytest.mark.parametrize(
    ("field", "extra"),
    [(26, 0), (63, 0), (69, 0), (255, 0), (256, 0), (66, 8), (64, 65536), (68, 256)],
)
def test_correction_of_an_unknown_field_is_refused(line: Line, field: int, extra: int) -> None:
    code, _ = line.error("corrected", seq=1, token=9, field=field, value=0, extra=extra)
    assert (code, line.case.last_seq) == (messages.BAD_REQUEST, 1)


# Other logs


def carry(line: Line, at: int, zone: int = ALL_ZONES, what: int = 1, needle_um: int = 0) -> bool:
    """Tell a fact of another log; return whether it was logged."""
    before = line.case.last_seq
    answer = line.ask("carried", origin=77, zone=zone, what=what, at=at, needle_um=needle_um)
    assert answer.fields == {"token": 77}
    return line.case.last_seq > before


def ends(line: Line) -> list[int]:
    """Return when the rest of each zone ends."""
    known = line.case.app.journal.state
    return [rested_at(known, TWO_ZONES, zone) for zone in range(2)]


def test_carried_use_rests_the_case_at_once(two_zones: Line) -> None:
    assert two_zones.case.phase == state.PREPARE
    assert carry(two_zones, NOW - 10)
    assert two_zones.case.phase == state.RESTING
    assert two_zones.case.log()[-1].zone == ALL_ZONES
    assert ends(two_zones) == [NOW - 10 + TWO_ZONES.rest_s] * 2


def test_carried_fact_is_logged_only_where_it_makes_a_rest_end_later(two_zones: Line) -> None:
    assert carry(two_zones, NOW - DAY, zone=1)
    assert not carry(two_zones, NOW - DAY, zone=1)
    assert not carry(two_zones, NOW - 2 * DAY, zone=1)
    assert carry(two_zones, NOW - DAY, zone=ALL_ZONES)
    assert carry(two_zones, NOW - DAY, zone=0, needle_um=1000)
    assert not carry(two_zones, NOW - DAY, zone=0, needle_um=1000)
    assert carry(two_zones, NOW - 2 * DAY, zone=0, what=events.CARRIED_CLINIC)


def test_carried_use_ahead_of_the_clock_counts_as_now_and_is_logged_once(two_zones: Line) -> None:
    assert carry(two_zones, NOW + 30 * DAY)
    two_zones.case.wait(3)
    assert not carry(two_zones, NOW + 30 * DAY)
    assert max(ends(two_zones)) <= NOW + 3 + TWO_ZONES.rest_s


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"origin": 0}, messages.BAD_REQUEST),
        ({"what": 0}, messages.BAD_REQUEST),
        ({"what": 3}, messages.BAD_REQUEST),
        ({"needle_um": 65536}, messages.BAD_REQUEST),
        ({"zone": 2}, messages.BAD_RANGE),
        ({"zone": 254}, messages.BAD_RANGE),
        ({"zone": 256}, messages.BAD_RANGE),
    ],
    ids=str,
)
def test_impossible_carried_fact_is_refused(
    two_zones: Line, changes: dict[str, int], code: str
) -> None:
    fact = {"origin": 77, "zone": 0, "what": 1, "at": NOW - DAY, "needle_um": 0, **changes}
    before = two_zones.case.last_seq
    assert two_zones.error("carried", **fact)[0] == code
    assert two_zones.case.news(before) == []


# Clocks


@pytest.mark.parametrize("sure", [events.SYNCHRONISED, events.CONFIRMED, events.GIVEN])
def test_sure_setting_is_logged_with_its_reason(line: Line, sure: int) -> None:
    assert line.ask("time", time=NOW, sure=sure, force=0).fields == {"old": 0, "new": NOW}
    assert line.case.news(1) == [
        ("clock_set", {"old": 0, "source": events.FROM_HOST, "forced": 0, "sure": sure})
    ]


@pytest.mark.parametrize("sure", [0, 6, 255, 4294967295])
def test_time_that_is_not_sure_is_not_set(line: Line, sure: int) -> None:
    assert line.error("time", time=NOW, sure=sure, force=0)[0] == messages.BAD_REQUEST
    assert line.case.news(1) == []


def test_sure_jump_is_refused_unless_forced(two_zones: Line) -> None:
    back = NOW - DAY
    assert two_zones.error("time", time=back, sure=1, force=0)[0] == messages.BAD_CLOCK
    assert two_zones.ask("time", time=back, sure=1, force=1).fields == {"old": NOW, "new": back}


def test_heard_time_leaves_the_clock_and_is_logged_once_a_run(line: Line) -> None:
    line.case.wait(100)
    assert line.ask("heard", time=NOW).fields == {"old": 100, "new": 100}
    assert line.case.news(1) == [
        ("clock_heard", {"heard": NOW, "source": events.FROM_HOST, "why": events.UNSURE})
    ]
    line.case.wait(DAY)
    line.ask("heard", time=NOW + DAY + 60)
    assert line.case.last_seq == 2
    line.ask("heard", time=NOW + DAY + 61)
    assert line.case.last_seq == 3
    assert line.ask("status").integer("clock_set") == 0


def test_heard_time_is_logged_again_in_the_next_run(line: Line) -> None:
    line.ask("heard", time=NOW)
    line.case.switch_on()
    before = line.case.last_seq
    Line(line.case).ask("heard", time=NOW)
    assert [name for name, _ in line.case.news(before)] == ["clock_heard"]


# A flash that takes nothing


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("time", {"time": NOW, "sure": 1, "force": 1}),
        ("heard", {"time": NOW}),
        ("carried", {"origin": 1, "zone": 0, "what": 1, "at": NOW - 9, "needle_um": 0}),
        ("corrected", {"seq": 3, "token": 1, "field": 0, "value": 0, "extra": 0}),
    ],
)
def test_what_a_broken_flash_does_not_take_is_refused_as_storage(
    line: Line, verb: str, fields: dict[str, int]
) -> None:
    tell_zones(line)
    line.case.wait(10)
    line.case.flash.broken = True
    assert line.error(verb, **fields)[0] == messages.BAD_STORAGE
    line.case.flash.broken = False
    assert line.ask(verb, **fields).verb != "error"


def test_head_that_a_host_calls_worn_out_while_it_is_used_does_not_stop_the_case(
    line: Line,
) -> None:
    tell_zones(line)
    roll_on(line)
    told = {"token": 9, "field": events.CORRECTED_HEAD, "value": 0xFFFF, "extra": 0}
    assert line.ask("corrected", seq=line.case.last_seq, **told).verb == "told"
    line.case.wait(60)
    line.case.press()
    line.case.wait(3600)  # a checkpoint is kept meanwhile
    line.case.switch_on()
    known = line.case.app.journal.state
    assert (known.head_uses, known.uses) == (0xFFFF, 1)
    assert line.case.app.fault == ""
