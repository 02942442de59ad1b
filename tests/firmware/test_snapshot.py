"""`snapshot.pack` and `snapshot.unpack`: a state as bytes, and back."""

import struct

import pytest
from hypothesis import given
from tests.firmware.logs import SIZES, log_of
from tests.firmware.states import BOOT, LATEST, What, after, clock_set, phase, reaction
from tests.micropython.suite import vectors

from rollcore import events, snapshot, state
from rollcore.events import Event
from rollcore.memory import State


@given(log_of(1, 20, LATEST))
def test_state_is_the_same_with_a_snapshot_after_each_record(log: list[Event]) -> None:
    whole = in_parts = State()
    for event in log:
        whole = state.fold(whole, event)
        in_parts = state.fold(in_parts, event)
        assert in_parts == whole
        in_parts = snapshot.unpack(snapshot.pack(in_parts))


ALL_ONES: list[What] = [
    (
        kind.number,
        {f.name: max(f.names) if f.names else SIZES[f.code] - 1 for f in kind.fields},
    )
    for kind in events.KINDS.values()
]
"""Each kind with the largest number in every field."""


@pytest.mark.parametrize("what", ALL_ONES, ids=lambda what: events.KINDS[what[0]].name)
def test_largest_numbers_of_each_kind_fit_a_snapshot(what: What) -> None:
    now = after((1000, BOOT), (LATEST, what), (LATEST, clock_set(0)), (LATEST, what), zone=3)
    assert snapshot.unpack(snapshot.pack(now)) == now


def test_golden_log_adds_up_to_the_golden_snapshot() -> None:
    now = State()
    for *_, golden in vectors.RECORDS:
        now = state.fold(now, events.decode(bytes.fromhex(golden)))
    assert snapshot.pack(now).hex() == vectors.SNAPSHOT
    assert snapshot.unpack(bytes.fromhex(vectors.SNAPSHOT)) == now


def test_snapshot_is_laid_out_as_the_specification_says() -> None:
    # Built here by hand, number by number.
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
    now.tokens = [0x31323334, 0, 0x41424344, 0x51525354]
    now.red, now.seen, now.red_unnamed, now.head_out = 0b1001, 0b0101, 5, 8
    now.heard_ahead = -3600
    now.clamped, now.clamped_to = 0x1234567, 0x61626364
    expected = struct.pack("<BBHII", 2, 0b001011, 0x0506, 0x01020304, 0x0708090A)
    expected += struct.pack("<26iI", 10, -1, *range(12, 36), 0x2812AA5)
    expected += struct.pack("<8H", 250, 0, 500, 1000, 750, 100, 200, 400)
    expected += struct.pack("<HH", 1000, 300)
    expected += bytes([1, 2, 1, 3, 2, 8, 9, 254])
    expected += struct.pack("<HHI", 7, 0, 300)
    expected += struct.pack("<3I", 0xF1223344, 0xFFFFFFFE, 0xFFFFFFFD)
    expected += struct.pack("<4I", 0x31323334, 0, 0x41424344, 0x51525354)
    expected += bytes([0b01011001, 8, 5, 0])
    expected += struct.pack("<iII", -3600, 0x1234567, 0x61626364)
    assert snapshot.pack(now) == expected
    assert snapshot.unpack(expected) == now
    assert len(expected) == snapshot.SIZE == 200


@pytest.mark.parametrize(
    ("bit", "name"),
    list(
        enumerate(["clock_set", "dirty", "end_known", "asked", "override_asked", "heard", "sure"])
    ),
    ids=str,
)
def test_flag_of_a_snapshot_has_its_bit(bit: int, name: str) -> None:
    now = State()
    now.end_known = False
    assert snapshot.pack(now)[1] == 0
    setattr(now, name, True)
    assert snapshot.pack(now)[1] == 1 << bit
    assert snapshot.unpack(snapshot.pack(now)) == now


@pytest.mark.parametrize(
    "raw",
    [b"", b"\1", bytes.fromhex(vectors.SNAPSHOT)[:-1], bytes.fromhex(vectors.SNAPSHOT) + b"\0",
     b"\3" + bytes.fromhex(vectors.SNAPSHOT)[1:], bytes.fromhex(vectors.OLD_SNAPSHOT)],
    ids=["empty", "head only", "short", "long", "of another version", "of the version before"],
)  # fmt: skip
def test_bytes_that_are_no_snapshot_raise_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError, match="snapshot"):
        snapshot.unpack(raw)


def test_more_reactions_than_can_be_counted_fit_a_snapshot() -> None:
    now = State()
    for _ in range(300):
        now = after((0, reaction(1, 0)), start=now)
    assert snapshot.unpack(snapshot.pack(now)) == now
    assert phase(now, 1 << 29) == state.HELD


@pytest.mark.parametrize("kind", [kind.number for kind in events.KINDS.values()])
def test_state_after_records_of_any_time_and_count_can_be_packed(kind: int) -> None:
    """Such a log is no case's own, but it may come over the line."""
    fields = events.KINDS[kind].fields
    data = {f.name: max(f.names) if f.names else SIZES[f.code] - 1 for f in fields}
    now = State()
    now.head_uses, now.uses, now.using = 0xFFFF, 0xFFFFFFFF, events.IN_TURN
    for time in (0xFFFFFFFF, 0x80000000, 0xFFFFFFFF):
        state.apply(now, Event(kind, dict(data), 0, 1, 1, 0, time))
        setting = {"old": 0, "source": events.FROM_HOST, "forced": 0, "sure": 1}
        state.apply(now, Event(events.CLOCK_SET, setting, 0, 2, 1, 0, time))
        assert snapshot.unpack(snapshot.pack(now)) == now


@pytest.mark.parametrize(
    ("name", "last"), [("zone", events.ZONES - 1), ("elsewhere", events.ZONES)]
)
def test_state_of_a_place_that_there_is_not_is_no_snapshot(name: str, last: int) -> None:
    known = State()
    setattr(known, name, last)
    assert getattr(snapshot.unpack(snapshot.pack(known)), name) == last
    setattr(known, name, last + 1)
    assert not snapshot.is_snapshot(snapshot.pack(known))
    with pytest.raises(ValueError, match="not a snapshot"):
        snapshot.unpack(snapshot.pack(known))
