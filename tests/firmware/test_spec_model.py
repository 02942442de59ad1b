"""What `rollcore` writes, a decoder made from the documents alone reads, and the reverse."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.firmware import spec_model
from tests.firmware.logs import any_event, log_of, records_of
from tests.micropython.suite import vectors

from rollcore import blocks, events, frames, messages, slots, snapshot
from rollcore.blocks import Done, Mark, Opening, Page
from rollcore.events import Event
from rollcore.memory import State
from rollcore.messages import Message
from rollcore.state import fold

MARK = Mark(blocks.LOG, 1, vectors.LOG_ID, 0, bytes(range(8)))
CHAIN = events.first_chain(vectors.LOG_ID)
BLANK = b"\xff" * events.RECORD_SIZE
BLOCK = 7
"""The flash block of these tests."""


def state_after(log: list[Event]) -> bytes:
    """Return the packed state that a log adds up to."""
    state = State()
    for event in log:
        state = fold(state, event)
    return snapshot.pack(state)


def block_of(records: list[bytes], done: bytes = BLANK) -> bytes:
    """Return the 4,096 bytes of a log's first block with these records in its first slots."""
    mark = blocks.pack_mark(MARK)
    opening = blocks.pack_opening(Opening(BLOCK, 1, CHAIN, state_after([])), mark)
    slots = b"".join(records).ljust(blocks.SLOTS * events.RECORD_SIZE, b"\xff")
    return b"\xff" * blocks.MARK_AT + mark + opening + slots + done


def flipped(raw: bytes, bit: int) -> bytes:
    """Return the bytes with one bit flipped."""
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@given(any_event(latest=0x7FFFFFFF))
def test_model_reads_any_record(event: Event) -> None:
    event.seq = max(event.seq, 1)
    raw = events.encode(event, 77)
    assert spec_model.record_crc_fits(raw, 77)
    read = spec_model.record(raw)
    assert (read.kind, read.zone, read.boot, read.uptime, read.time, read.seq, read.fields) == (
        event.name, event.zone, event.boot, event.uptime, event.time, event.seq, event.data
    )  # fmt: skip


@pytest.mark.parametrize("row", vectors.RECORDS, ids=lambda row: events.KINDS[row[0]].name)
def test_model_reads_golden_record(row: tuple[int, tuple[tuple[str, int], ...], object]) -> None:
    read = spec_model.record(bytes.fromhex(str(row[-1])))
    assert read.kind == events.KINDS[row[0]].name
    assert read.fields == dict(row[1])


@given(log_of(0, 12, latest=0x7FFFFFFF))
def test_model_reads_any_packed_state(log: list[Event]) -> None:
    read = spec_model.packed_state(state_after(log))
    state = snapshot.unpack(state_after(log))
    assert read.numbers["seq"] == state.seq
    assert read.moments == state.at
    assert read.needles == state.needles
    assert read.numbers["hold_reason"] == state.hold_reason
    assert read.numbers["reactions"] == state.reactions
    assert read.numbers["head_uses"] == state.head_uses
    assert read.numbers["digest"] == state.policy_digest
    assert sum(bit << moment for moment, bit in enumerate(read.loose)) == state.loose
    assert (read.numbers["clamped"], read.numbers["clamped_to"]) == (
        state.clamped, state.clamped_to
    )  # fmt: skip


def test_model_reads_mark_opening_done_and_page() -> None:
    raw_mark = blocks.pack_mark(MARK)
    mark = spec_model.mark(raw_mark)
    assert (mark.what, mark.generation, mark.log, mark.number, mark.nonce) == (
        MARK.what, MARK.generation, MARK.log_id, MARK.number, MARK.nonce
    )  # fmt: skip
    opening = blocks.pack_opening(Opening(BLOCK, 1, CHAIN, state_after([])), raw_mark)
    assert spec_model.opening(opening, mark).numbers["first"] == 1
    done = blocks.pack_done(Done(BLOCK, 40), raw_mark)
    assert spec_model.done(done, mark)["acknowledged"] == 40
    page = blocks.pack_page(Page(BLOCK, 3, 0, CHAIN, 12, 0, state_after([])), vectors.LOG_ID)
    assert spec_model.page(page, vectors.LOG_ID, BLOCK).numbers["serial"] == 3


@given(log_of(1, 6, latest=0x7FFFFFFF))
def test_model_reads_any_block(log: list[Event]) -> None:
    records = records_of(log, CHAIN)
    found = spec_model.block(block_of(records), BLOCK)
    assert [slot.what for slot in found.slots[: len(log)]] == ["record"] * len(log)
    assert [slot.record.fields for slot in found.slots if slot.record] == [
        event.data for event in log
    ]
    assert {slot.what for slot in found.slots[len(log) :]} == {"blank"}


@given(log_of(3, 3, latest=0x7FFFFFFF), st.integers(0, 8 * events.RECORD_SIZE - 1))
def test_model_and_code_put_the_same_bit_right(log: list[Event], bit: int) -> None:
    records = records_of(log, CHAIN)
    damaged = flipped(records[1], bit)
    seed = events.crc_of(records[0])
    assert blocks.corrected(damaged, seed) == spec_model.one_bit_mended(damaged, seed) == records[1]
    found = spec_model.block(block_of([records[0], damaged, records[2]]), BLOCK)
    assert found.slots[1].what == "corrected"


@given(st.binary(min_size=32, max_size=32), st.integers(0, 0xFFFFFFFF))
@example(bytes(32), 0)
def test_model_and_code_agree_on_any_bytes(raw: bytes, seed: int) -> None:
    assert blocks.corrected(raw, seed) == (
        raw if spec_model.crc_fits(raw, seed) else spec_model.bits_mended(raw, seed)
    )


BITS = st.integers(0, 8 * 32 - 1)


@given(st.integers(0, 0xFFFFFFFF), st.binary(min_size=28, max_size=28), BITS, BITS)
def test_model_and_code_put_the_same_two_bits_right(
    seed: int, payload: bytes, first: int, second: int
) -> None:
    raw = blocks.sealed(payload, seed)
    damaged = flipped(flipped(raw, first), second)
    assert blocks.corrected(damaged, seed) == raw
    assert first == second or spec_model.two_bits_mended(damaged, seed) == raw


@given(BITS, BITS)
def test_model_puts_two_bits_of_mark_and_done_right(first: int, second: int) -> None:
    mark = blocks.pack_mark(MARK)
    raw = block_of([], blocks.pack_done(Done(BLOCK, 40), mark))
    for at in (blocks.MARK_AT, blocks.DONE_AT):
        damaged = flipped(flipped(raw, 8 * at + first), 8 * at + second)
        found = spec_model.block(damaged, BLOCK)
        assert found.mark.log == vectors.LOG_ID
        assert found.done == {"block": BLOCK, "zero": 0, "acknowledged": 40}


WORDS = {
    "record": slots.WHOLE,
    "unreadable": slots.WHOLE,
    "corrected": slots.CORRECTED,
    "gone": slots.SKIPPED,
    "torn": slots.TORN,
    "damaged": slots.DAMAGED,
}
"""What the model calls a slot, and what the code does."""

HURTS = st.lists(
    st.tuples(
        st.sampled_from(["whole", "whole", "flipped", "blank", "gone", "torn", "damaged"]),
        st.integers(0, 1 << 64),
    ),
    min_size=1,
    max_size=7,
)


def hurt_slots(log: list[Event], hurts: list[tuple[str, int]]) -> list[bytes]:
    """Return slots with these records in them, each hurt as it says.

    A record after one that was torn, blank or gone is chained to the one before that.
    """
    found: list[bytes] = []
    chain = CHAIN
    for seq, (event, (hurt, choice)) in enumerate(zip(log, hurts, strict=False), 1):
        event.seq = seq
        raw = events.encode(event, chain)
        bits = [choice >> shift & 0xFF for shift in (0, 8)]
        if hurt in ("blank", "gone", "torn"):
            end = 4 + choice % 28
            raw = BLANK if hurt != "torn" else raw[:end] + BLANK[end:]
            for bit in bits if hurt == "gone" else []:
                raw = (
                    raw[: bit // 8] + bytes([raw[bit // 8] & ~(1 << bit % 8)]) + raw[bit // 8 + 1 :]
                )
            found.append(raw)
            continue
        chain = events.crc_of(raw)
        if hurt == "flipped":
            for bit in {*bits}:
                raw = flipped(raw, bit)
        elif hurt == "damaged":
            raw = bytes(byte ^ 0x5A for byte in raw[:20]) + raw[20:]
        found.append(raw)
    return found


@settings(max_examples=150, deadline=None)
@given(log_of(7, 7, latest=0x7FFFFFFF), HURTS, st.integers(0, 7), st.booleans())
def test_model_and_code_read_the_same_in_hurt_slots(
    log: list[Event], hurts: list[tuple[str, int]], known: int, is_chain_known: bool
) -> None:
    raws = hurt_slots(log, hurts)
    chain = CHAIN if is_chain_known else None
    model = spec_model.slots(raws, 1, chain, known)
    code, _ = slots.walk(b"".join(raws), 1, chain, known)
    assert [(slot.seq, WORDS[slot.what]) for slot in model if slot.what != "blank"] == [
        (slot.seq, slot.what) for slot in code
    ]


@pytest.mark.parametrize(
    ("verbs", "layouts", "rows"),
    [
        (messages.REQUESTS, spec_model.QUESTIONS, vectors.REQUESTS),
        (messages.ANSWERS, spec_model.ANSWERS, vectors.ANSWERS),
    ],
    ids=["questions", "answers"],
)
def test_model_reads_every_golden_message(
    verbs: dict[str, tuple[tuple[str, int], ...]],
    layouts: dict[str, str],
    rows: tuple[tuple[int, str, tuple[tuple[str, object], ...], bytes], ...],
) -> None:
    assert set(layouts) == set(verbs) == {row[1] for row in rows}
    for number, verb, fields, body in rows:
        read = spec_model.message(spec_model.frame(frames.encode(body)), layouts)
        assert Message(read.id, read.verb, dict(read.fields)) == Message(number, verb, dict(fields))


@pytest.mark.parametrize(("head", "raw", "frame", "inside"), vectors.RAW_FRAMES)
def test_model_reads_every_golden_frame_with_raw_bytes(
    head: bytes, raw: bytes, frame: bytes, inside: bytes
) -> None:
    assert spec_model.raw_frame(frame) == inside


# The moments of a state, by their numbers in SPEC.md.


@pytest.mark.parametrize("zone", [0, 1, 2, 3])
def test_use_of_each_zone_has_its_own_moment_and_needle(zone: int) -> None:
    log = [
        Event(events.POLICY_SET, {"digest": 5, "needle_um": 250, "kept": 0}, 0, 1, 1, 1, 1000),
        Event(events.USE_STARTED, {"how": 1, "digest": 5}, zone, 2, 1, 2, 2000),
        Event(events.USE_ENDED, {"how": 1, "seconds": 240}, zone, 3, 1, 3, 2240),
    ]
    read = spec_model.packed_state(state_after(log))
    assert read.numbers["zone"] == zone
    assert [place for place, at in enumerate(read.moments[:8]) if at != -1] == [zone]
    assert (read.moments[zone], read.needles[zone], read.loose[zone]) == (2240, 250, True)
    assert read.needles[:zone] + read.needles[zone + 1 :] == [0] * 7
    assert read.moments[8] == 2000


@pytest.mark.parametrize("zone", [0, 1, 2, 3])
def test_clinic_of_each_zone_has_its_own_moment(zone: int) -> None:
    told = {"at": 1500, "needle_um": 1500, "token": 7}
    log = [Event(events.CLINIC, told, zone, 1, 1, 1, 2000)]
    read = spec_model.packed_state(state_after(log))
    assert [place for place, at in enumerate(read.moments) if at != -1] == [4 + zone]
    assert read.moments[4 + zone] == 1500


def lid(what: int, seq: int, time: int) -> Event:
    """Return the record of a lid that was moved: 1 opened, 2 closed, 3 not used."""
    return Event(events.LID, {"what": what}, 0, seq, 1, seq, time)


def test_lid_has_the_moment_of_its_last_opening_and_the_flag_of_a_question() -> None:
    opened = [lid(1, 1, 1000), lid(1, 3, 1200)]
    read = spec_model.packed_state(state_after(opened))
    assert [place for place, at in enumerate(read.moments) if at != -1] == [13]
    assert (read.moments[13], read.numbers["flags"] >> 3 & 1) == (1200, 0)
    closed = spec_model.packed_state(state_after([*opened, lid(2, 4, 1300)]))
    assert (closed.moments[13], closed.numbers["flags"] >> 3 & 1) == (1200, 1)
    answered = spec_model.packed_state(state_after([*opened, lid(2, 4, 1300), lid(3, 5, 1400)]))
    assert (answered.moments[13], answered.numbers["flags"] >> 3 & 1) == (1200, 0)
