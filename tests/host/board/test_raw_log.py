"""Logs read from the raw blocks of a flash: what lives there is found, and damage bends nothing."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.host.raw_logs import START, STEP_S, RawLog, flip
from tests.micropython.suite import vectors

from rollcore import blocks, events, slots, snapshot
from rollcore.blocks import BLOCK_SIZE, DONE_AT, MARK_AT, OPENING_AT, PAGE_SIZE
from rollcore.memory import State
from rollhost.board import raw_log
from rollhost.board.raw_log import FlashLogs, Log

OTHER_ID = b"another."


def lived_in() -> RawLog:
    """A log of three blocks, with a checkpoint and some records behind it."""
    log = RawLog()
    log.start()
    log.use()
    log.fill(200)
    log.use()
    log.fill(40)
    log.checkpoint(acked=100)
    log.use()
    log.fill(5)
    return log


def only(found: FlashLogs) -> Log:
    """Return the only log of a flash."""
    (log,) = found.logs
    return log


def records(log: Log) -> dict[int, bytes]:
    """Return the records of a log by seq."""
    return {slot.seq: slot.raw for slot in log.slots if slot.is_record}


def state_of(log: RawLog) -> State:
    """Return the state that is read from a log's blocks."""
    return raw_log.newest_state(only(raw_log.read(log.raw))).state


# A whole log.


def test_block_that_is_written_from_the_specification_alone_is_read() -> None:
    def sealed(raw: bytes, seed: int = 0) -> bytes:
        return raw + struct.pack("<I", zlib.crc32(raw, seed))

    place = 0x1A5
    golden = [bytes.fromhex(row[-1]) for row in vectors.RECORDS]
    nonce = bytes(range(0xA0, 0xA8))
    mark = sealed(struct.pack("<4sBBH8sI8s", b"RCLG", 2, 1, 7, vectors.LOG_ID, 0, nonce))
    empty = snapshot.pack(State())
    chain = vectors.FIRST_CHAIN
    opening = sealed(
        struct.pack("<HHII200s8s", place, 0, 1, chain, empty, OTHER_ID), zlib.crc32(mark[:28])
    )
    block = b"\xff" * 64 + mark + opening + b"".join(golden)
    log = only(raw_log.read({place: block + b"\xff" * (4096 - len(block))}))
    assert (log.generation, log.log_id, log.follows) == (7, vectors.LOG_ID, OTHER_ID)
    assert [slot.raw for slot in log.slots] == golden
    assert log.last == len(golden)
    known = raw_log.newest_state(log)
    assert snapshot.pack(known.state).hex() == vectors.SNAPSHOT
    assert (known.time, known.places) == (200006559, [place])


def test_records_of_all_blocks_come_in_order_and_add_up_to_the_state() -> None:
    made = lived_in()
    found = raw_log.read(dict(reversed(made.raw.items())))
    log = only(found)
    assert records(log) == made.records
    assert [block.number for block in log.living] == [0, 1, 2]
    assert log.count(slots.WHOLE) == log.last == len(made.records)
    assert found.places == sorted(made.blocks)
    assert raw_log.newest_state(log).state == made.state
    for place in list(made.blocks):
        if place < made.place_of(1):
            del made.blocks[place]  # without a checkpoint, from the opening
    assert state_of(made) == made.state


def test_nothing_is_found_on_a_flash_without_marks() -> None:
    assert raw_log.read({}) == FlashLogs()
    found = raw_log.read({7: bytes(BLOCK_SIZE), 9: b"\xff" * BLOCK_SIZE})
    assert (found.logs, found.current, found.unreadable) == ([], None, [7, 9])


def test_case_time_goes_on_from_the_newest_checkpoint_or_record() -> None:
    log = RawLog()
    log.start()
    log.checkpoint(later_s=500)
    assert raw_log.newest_state(only(raw_log.read(log.raw))).time == START + 500
    log.fill(1)
    assert raw_log.newest_state(only(raw_log.read(log.raw))).time == START + STEP_S


def test_logs_are_told_apart_and_the_newest_generation_counts() -> None:
    old, new = lived_in(), RawLog(100, OTHER_ID, 2, lived_in().state, vectors.LOG_ID)
    new.start()
    found = raw_log.read({**new.raw, **old.raw})
    assert [log.generation for log in found.logs] == [2, 1]
    assert found.current
    assert found.current.follows == old.log_id
    assert records(found.logs[1]) == old.records
    assert raw_log.newest_state(found.current).state == new.state


def test_log_whose_first_opening_was_not_written_has_not_begun() -> None:
    old, new = lived_in(), RawLog(100, OTHER_ID, 2)
    block = new.blocks[100]
    for cut in (OPENING_AT, OPENING_AT + 100, OPENING_AT + 160):
        block[cut : blocks.SLOTS_AT] = b"\xff" * (blocks.SLOTS_AT - cut)
        found = raw_log.read({**new.raw, **old.raw})
        assert only(found).generation == 1
        assert 100 in found.places


def test_done_block_no_longer_lives_and_still_comes_home() -> None:
    made = lived_in()
    made.done(0, 117)
    log = only(raw_log.read(made.raw))
    assert [block.number for block in log.living] == [1, 2]
    assert records(log) == made.records
    flip(made.blocks[made.place_of(1)], DONE_AT, 3, 77)
    assert len(only(raw_log.read(made.raw)).living) == 2
    flip(made.blocks[made.place_of(1)], DONE_AT, 100)
    assert len(only(raw_log.read(made.raw)).living) == 3


def test_copy_that_a_tool_has_made_does_not_count() -> None:
    made = lived_in()
    original = made.place_of(1)
    for copy in (3, 300):
        made.blocks[copy] = made.blocks[original][:]
        found = raw_log.read(made.raw)
        assert records(only(found)) == made.records
        assert found.places == sorted(made.blocks.keys() - {copy})
        del made.blocks[copy]
    # Also where the original has gone.
    made.blocks[300] = made.blocks.pop(original)
    assert [block.number for block in only(raw_log.read(made.raw)).blocks] == [1, 2]


def test_original_is_known_by_its_copy_where_its_own_opening_is_damaged() -> None:
    made = lived_in()
    original = made.place_of(1)
    made.blocks[3] = made.blocks[original][:]
    flip(made.blocks[original], OPENING_AT, 0, 1, 2, 900)
    log = only(raw_log.read(made.raw))
    assert log.blocks[0].place == original
    assert records(log) == made.records


def test_done_of_another_block_says_nothing() -> None:
    made = lived_in()
    mark = bytes(made.blocks[20][MARK_AT:OPENING_AT])
    made.blocks[20][DONE_AT:] = blocks.pack_done(blocks.Done(21, 117), mark)
    assert len(only(raw_log.read(made.raw)).living) == 3


def test_copy_with_the_most_records_counts_where_no_opening_says_which() -> None:
    made = lived_in()
    made.use()
    original = made.last_place
    older = bytearray(made.blocks[original])
    older[made.at(len(made.records))[1] :] = b"\xff" * (4096 - made.at(len(made.records))[1])
    for copy in (3, 300):
        made.blocks[copy] = older
        for place in (original, copy):
            flip(made.blocks[place], OPENING_AT, 0, 1, 2, 900)
        assert records(only(raw_log.read(made.raw))) == made.records
        for place in (original, copy):
            flip(made.blocks[place], OPENING_AT, 0, 1, 2, 900)
        del made.blocks[copy]


# Damage.


def test_opening_of_the_next_block_tells_a_cut_write_from_damage() -> None:
    for damage, what in ((b"", slots.DAMAGED), (b"torn" * 8, slots.TORN)):
        made = RawLog()
        made.start()
        made.fill(blocks.SLOTS - 2)
        if damage:
            made.spoil(damage)
        else:
            made.fill(1)
            made.flip(blocks.SLOTS, 40, 50, 60)
        made.fill(1)
        log = only(raw_log.read(made.raw))
        assert [(slot.seq, slot.what) for slot in log.slots if slot.what != slots.WHOLE] == [
            (blocks.SLOTS, what)
        ]


def test_checkpoint_hangs_on_a_record_whose_crc_is_damaged_by_the_next_one() -> None:
    made = RawLog()
    made.start()
    made.use()
    made.fill(4)
    made.checkpoint()
    made.fill(4)
    made.flip(7, 225, 230, 240)
    assert state_of(made) == made.state


def test_marks_of_another_format_are_told_apart_from_damaged_ones() -> None:
    made = lived_in()
    for place, number in ((50, 3), (51, 2)):
        newer = bytearray(made.blocks[20])
        newer[MARK_AT + 4] = number
        newer[MARK_AT + 5] = 9 if number == 2 else 1
        newer[MARK_AT + 28 : MARK_AT + 32] = struct.pack(
            "<I", zlib.crc32(newer[MARK_AT : MARK_AT + 28])
        )
        made.blocks[place] = newer
    flip(made.blocks[21], MARK_AT, 60, 70, 80)
    found = raw_log.read(made.raw)
    assert (found.newer, found.unreadable) == ([50, 51], [21])


@pytest.mark.parametrize("what", [blocks.LOG, blocks.CHECKPOINT])
def test_mark_with_one_wrong_bit_or_two_is_looked_at(what: int) -> None:
    mark = RawLog().mark(what, 3)
    for first in range(48):
        for second in range(first, 256):
            changed = bytearray(mark)
            flip(changed, 0, first, *([second] if second > first else []))
            assert raw_log.may_be_mark(bytes(changed)), (first, second)
    assert not raw_log.may_be_mark(b"\xff" * 32)
    assert not raw_log.may_be_mark(bytes(32))
    assert not raw_log.may_be_mark(b"littlefs/..........")


@given(st.data())
def test_one_wrong_bit_in_anything_that_is_written_changes_nothing(data: st.DataObject) -> None:
    made = lived_in()
    page = made.checkpoints[0]
    parts = [
        *((place, MARK_AT, 32) for place in made.blocks),
        *((place, OPENING_AT, 224) for place in made.blocks if place != page),
        *((*made.at(seq), 32) for seq in made.records),
        (page, PAGE_SIZE, PAGE_SIZE),
    ]
    place, at, size = data.draw(st.sampled_from(parts))
    flip(made.blocks[place], at, data.draw(st.integers(0, 8 * size - 1)))
    log = only(raw_log.read(made.raw))
    assert records(log) == made.records
    assert log.corrected + log.count(slots.CORRECTED) == 1
    assert raw_log.newest_state(log).state == made.state


@given(st.data())
def test_wrong_bits_anywhere_lose_little_and_shorten_no_rest(data: st.DataObject) -> None:
    """Up to forty bits of all blocks, written or blank."""
    made = lived_in()
    bit = st.tuples(st.sampled_from(sorted(made.blocks)), st.integers(0, 8 * BLOCK_SIZE - 1))
    for place, number in data.draw(st.lists(bit, max_size=40)):
        flip(made.blocks[place], 0, number)
    logs = raw_log.read(made.raw).logs
    for log in logs:
        if log.log_id == made.log_id:
            found = records(log)
            assert all(raw == made.records.get(seq, b"") for seq, raw in found.items())
            known = raw_log.newest_state(log)
            # Where the last records are lost with their block, a use is assumed to have ended at
            # the newest time that is known.
            last = min(max(made.state.at[0:4]), known.time)
            assert max(known.state.at[0:4]) >= last


def test_block_whose_opening_is_damaged_goes_on_from_the_block_before() -> None:
    made = lived_in()
    for number, place in enumerate(range(made.place_of(1), made.last_place + 1)):
        block = made.blocks[place][:]
        flip(made.blocks[place], OPENING_AT, 5, 99)
        log = only(raw_log.read(made.raw))
        assert log.blocks[number].opening is None
        assert records(log) == made.records
        assert raw_log.newest_state(log).state == made.state
        made.blocks[place] = block


def test_state_is_folded_from_an_older_opening_where_the_newest_is_damaged() -> None:
    made = lived_in()
    del made.blocks[made.checkpoints[0]]
    flip(made.blocks[made.last_place], OPENING_AT, 5, 99)
    assert state_of(made) == made.state


def test_damage_behind_the_checkpoint_counts_as_a_use() -> None:
    made = lived_in()
    made.flip(len(made.records) - 2, 40, 50, 60)
    log = only(raw_log.read(made.raw))
    assert log.count(slots.DAMAGED) == 1
    known = raw_log.newest_state(log)
    assert known.state.at[0:4] == [known.time] * 4
    assert known.state.dirty


def test_damage_before_the_checkpoint_changes_nothing() -> None:
    made = lived_in()
    made.flip(150, 40, 50, 60)
    assert only(raw_log.read(made.raw)).count(slots.DAMAGED) == 1
    assert state_of(made) == made.state


def test_damage_that_a_start_has_told_of_is_not_counted_again() -> None:
    made = RawLog()
    made.start()
    made.use()
    made.fill(3)
    made.flip(5, 40, 50, 60)
    made.start(lost=1)
    made.fill(10)
    assert state_of(made) == made.state


def test_cut_write_at_the_end_is_nothing_and_a_record_in_a_checkpoint_is_damage() -> None:
    made = lived_in()
    seq = made.spoil(b"\x07" * 20 + b"\xff" * 12)
    log = only(raw_log.read(made.raw))
    assert [slot.seq for slot in log.slots if slot.what == slots.TORN] == [seq]
    assert log.last == seq - 1
    assert raw_log.newest_state(log).state == made.state
    made = lived_in()
    made.checkpoint()
    made.flip(len(made.records), 40, 50, 60)
    assert only(raw_log.read(made.raw)).count(slots.DAMAGED) == 1


def test_records_of_an_unknown_kind_change_nothing() -> None:
    made = RawLog()
    made.start()
    body = bytearray(struct.pack("<IBBHII", 2, 200, 0, 1, 9, START) + bytes(12))
    made.spoil(bytes(body) + struct.pack("<I", zlib.crc32(body, made.chain)))
    log = only(raw_log.read(made.raw))
    assert log.count(slots.WHOLE) == 2
    assert raw_log.newest_state(log).state.seq == 2


def test_lost_block_counts_as_a_use() -> None:
    made = lived_in()
    del made.blocks[made.checkpoints[0]]
    # The newest opening is damaged, and so is the way to the one before it.
    flip(made.blocks[made.last_place], OPENING_AT, 5, 99)
    del made.blocks[made.last_place - 1]
    known = raw_log.newest_state(only(raw_log.read(made.raw)))
    assert known.state.at[0:4] == [known.time] * 4


def test_newest_block_that_is_lost_is_known_by_the_checkpoint() -> None:
    made = RawLog()
    made.start()
    made.fill(230)
    made.use()
    made.fill(3)
    made.add(events.HOLD_SET, {"reason": events.SUNBURN, "until": 0, "token": 9})
    made.checkpoint(later_s=40)
    del made.blocks[made.last_place]
    known = raw_log.newest_state(only(raw_log.read(made.raw)))
    assert known.state.hold_reason == events.SUNBURN
    assert known.state.at[0:4] == [known.time] * 4  # what was behind the checkpoint is not known
    assert known.time == made.state.time + 40


def test_checkpoint_alone_is_a_log_and_says_what_it_adds_up_to() -> None:
    made = lived_in()
    page = made.checkpoints[0]
    log = only(raw_log.read({page: made.raw[page]}))
    assert (log.has_begun, log.blocks) == (True, [])
    assert raw_log.newest_state(log).state.uses >= 2
    born = RawLog(born=lived_in().state)
    page = born.checkpoint()
    log = only(raw_log.read({page: born.raw[page]}))
    assert raw_log.newest_state(log).state.uses == born.state.uses == 3


def test_checkpoint_of_another_place_or_log_does_not_count() -> None:
    made = lived_in()
    page = made.checkpoints[0]
    made.use()
    made.blocks[page - 5] = made.blocks.pop(page)
    log = only(raw_log.read(made.raw))
    assert log.pages == []
    assert raw_log.newest_state(log).state == made.state


def test_newest_checkpoint_that_hangs_on_the_log_counts() -> None:
    made = lived_in()
    for _ in range(40):
        made.fill(1)
        made.checkpoint()
    log = only(raw_log.read(made.raw))
    assert [page.serial for page in log.pages] == list(range(41, 15, -1))[: len(log.pages)]
    assert raw_log.newest_state(log).state == made.state
    for page in made.checkpoints:
        made.blocks[page] = bytearray(b"\xff" * BLOCK_SIZE)
    assert state_of(made) == made.state


def test_log_without_any_beginning_rests_from_now_on() -> None:
    made = lived_in()
    del made.blocks[made.checkpoints[0]]
    for place in list(made.blocks)[:-1]:
        del made.blocks[place]
    flip(made.blocks[made.last_place], OPENING_AT, 5, 99)
    known = raw_log.newest_state(only(raw_log.read(made.raw)))
    assert known.state.at[0:4] == [known.time] * 4
    assert known.time == made.state.time
    assert known.state.boot == made.state.boot
