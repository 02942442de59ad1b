"""Records: decoded as encoded, laid out as documented, and damage is noticed."""

import builtins
import struct
import zlib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.firmware.logs import any_event, log_of, records_of
from tests.micropython.suite import vectors

from rollcore import events
from rollcore.events import KINDS, Event, Field, RecordError

CHAIN = st.integers(0, 0xFFFFFFFF)
FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"
FILES, ERRORS = dict(events.FILES), dict(events.ERRORS)


@given(any_event(), CHAIN)
def test_encoded_event_decodes_to_the_same(event: Event, chain: int) -> None:
    raw = events.encode(event, chain)
    assert len(raw) == events.RECORD_SIZE
    assert events.decode(raw) == event
    assert events.intact(raw, chain)
    assert events.seq_of(raw) == event.seq


def test_golden_log_has_one_record_of_every_kind() -> None:
    assert sorted(row[0] for row in vectors.RECORDS) == sorted(KINDS)


@pytest.mark.parametrize("row", vectors.RECORDS, ids=lambda row: KINDS[row[0]].name)
def test_record_of_each_kind_is_its_golden_bytes(
    row: tuple[int, tuple[tuple[str, int], ...], int, int, int, int, str],
) -> None:
    kind, data, zone, boot, uptime, time, golden = row
    seq = vectors.RECORDS.index(row) + 1
    before = vectors.FIRST_CHAIN
    if seq > 1:
        before = int.from_bytes(bytes.fromhex(vectors.RECORDS[seq - 2][-1])[28:], "little")
    event = Event(kind, dict(data), zone, seq, boot, uptime, time)
    assert events.encode(event, before).hex() == golden
    assert events.decode(bytes.fromhex(golden)) == event


@pytest.mark.parametrize("row", vectors.NEWER, ids=lambda row: KINDS[row[0]].name)
def test_record_with_newer_fields_is_its_golden_bytes(
    row: tuple[int, tuple[tuple[str, int], ...], int, int, int, int, str],
) -> None:
    kind, data, zone, boot, uptime, time, golden = row
    event = Event(kind, dict(data), zone, vectors.NEWER_SEQ, boot, uptime, time)
    assert events.encode(event, vectors.NEWER_CHAIN).hex() == golden
    assert events.decode(bytes.fromhex(golden)) == event


def test_largest_numbers_are_their_golden_bytes() -> None:
    kind, data, zone, boot, uptime, time, golden = vectors.LARGEST
    event = Event(kind, dict(data), zone, 0xFFFFFFFF, boot, uptime, time)
    assert events.encode(event, vectors.LARGEST_CHAIN).hex() == golden
    assert events.decode(bytes.fromhex(golden)) == event


def test_log_starts_from_the_crc_of_its_id() -> None:
    assert events.first_chain(vectors.LOG_ID) == vectors.FIRST_CHAIN == zlib.crc32(vectors.LOG_ID)


@pytest.mark.parametrize("number", sorted(vectors.FIELDS))
def test_kinds_fields_and_numbers_keep_their_meaning(number: int) -> None:
    name, fields = vectors.FIELDS[number]
    kind = KINDS[number]
    assert (kind.name, len(kind.fields)) == (name, len(fields))
    for field, (field_name, size, names) in zip(kind.fields, fields, strict=True):
        assert (field.name, struct.calcsize(field.code)) == (field_name, size)
        assert names.items() <= field.names.items()


def test_every_kind_has_its_meaning_written_down() -> None:
    assert sorted(vectors.FIELDS) == sorted(KINDS)


def files_of_the_firmware() -> list[str]:
    """Return every file in which the firmware can fail."""
    return sorted(
        path.relative_to(FIRMWARE).as_posix()
        for path in FIRMWARE.rglob("*.py")
        if path.name != "__init__.py"
    )


def test_files_of_the_firmware_all_have_a_number() -> None:
    assert "rollcase/hal/watchdog.py" in files_of_the_firmware()
    assert set(files_of_the_firmware()) - set(FILES.values()) == set()


def test_every_number_of_a_file_is_of_one_that_there_is() -> None:
    assert set(FILES.values()) - set(files_of_the_firmware()) == {"elsewhere"}


def test_number_of_a_removed_file_is_not_given_to_another() -> None:
    """Old logs may hold the number of a removed file; it reads like an unknown number."""
    assert 48 not in FILES


def test_files_have_one_number_each() -> None:
    assert [name for name, count in Counter(FILES.values()).items() if count > 1] == []


def test_file_name_is_not_the_end_of_another() -> None:
    """A file in a traceback is recognised by the end of its path."""
    names = FILES.values()
    assert [
        name for name in names if any(other.endswith(name) for other in {*names} - {name})
    ] == []


def test_every_error_with_a_number_is_an_exception() -> None:
    for number, name in ERRORS.items():
        assert number == 0 or issubclass(getattr(builtins, name), Exception)


def test_errors_have_one_number_each() -> None:
    assert len(set(ERRORS.values())) == len(ERRORS)


def test_number_in_a_field_has_one_word() -> None:
    fields = [field for kind in KINDS.values() for field in kind.fields]
    assert [field.name for field in fields if len(field.words) != len(field.names)] == []


def test_every_kind_leaves_room_for_its_crc() -> None:
    assert max(kind.size for kind in KINDS.values()) <= 12


@given(any_event(), CHAIN)
def test_layout_is_the_one_in_the_docstring(event: Event, chain: int) -> None:
    raw = events.encode(event, chain)
    places = (("seq", 0, 4), ("kind", 4, 1), ("zone", 5, 1), ("boot", 6, 2), ("uptime", 8, 4))
    for name, offset, size in (*places, ("time", 12, 4)):
        assert int.from_bytes(raw[offset : offset + size], "little") == getattr(event, name)
    fields = b"".join(
        event.data[name].to_bytes(size, "little") for name, size, _ in vectors.FIELDS[event.kind][1]
    )
    assert raw[16:28] == fields.ljust(12, b"\0")
    assert struct.unpack("<I", raw[28:])[0] == zlib.crc32(raw[:28], chain) == events.crc_of(raw)


def test_case_time_counts_from_the_year_2020_in_utc() -> None:
    from datetime import datetime, timezone

    start = datetime.fromtimestamp(events.CASE_EPOCH, timezone.utc)
    assert start == datetime(2020, 1, 1, tzinfo=timezone.utc)


@given(any_event(), CHAIN, st.integers(0, 8 * events.RECORD_SIZE - 1))
def test_flipped_bit_is_noticed(event: Event, chain: int, bit: int) -> None:
    raw = bytearray(events.encode(event, chain))
    raw[bit // 8] ^= 1 << bit % 8
    assert not events.intact(bytes(raw), chain)


@given(log_of(2, 6), st.data())
def test_dropped_record_is_noticed(log: list[Event], data: st.DataObject) -> None:
    raws = records_of(log, vectors.FIRST_CHAIN)
    gone = data.draw(st.integers(0, len(raws) - 2))
    assert not chained(raws[:gone] + raws[gone + 1 :])


@given(log_of(2, 6), st.data())
def test_swapped_records_are_noticed(log: list[Event], data: st.DataObject) -> None:
    raws = records_of(log, vectors.FIRST_CHAIN)
    first, second = data.draw(
        st.lists(st.integers(0, len(raws) - 1), min_size=2, max_size=2, unique=True)
    )
    raws[first], raws[second] = raws[second], raws[first]
    assert not chained(raws)


@given(log_of(1, 6))
def test_whole_log_is_chained(log: list[Event]) -> None:
    assert chained(records_of(log, vectors.FIRST_CHAIN))


@given(log_of(0, 6), st.binary(max_size=31))
def test_log_is_split_into_its_records_and_a_torn_tail_is_none(
    log: list[Event], tail: bytes
) -> None:
    raws = records_of(log, vectors.FIRST_CHAIN)
    chains = [vectors.FIRST_CHAIN, *(events.crc_of(raw) for raw in raws)]
    found = list(events.split(b"".join(raws) + tail, vectors.FIRST_CHAIN))
    assert found == [(raw, chain, True) for raw, chain in zip(raws, chains, strict=False)]


@given(log_of(1, 6), st.data())
def test_damage_at_any_byte_costs_one_record(log: list[Event], data: st.DataObject) -> None:
    raw = bytearray(b"".join(records_of(log, vectors.FIRST_CHAIN)))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    whole = [intact for _, _, intact in events.split(bytes(raw), vectors.FIRST_CHAIN)]
    assert whole == [number != place // 32 for number in range(len(log))]


@given(log_of(1, 1))
def test_record_of_another_log_is_noticed(log: list[Event]) -> None:
    (raw,) = records_of(log, events.first_chain(b"another."))
    assert not events.intact(raw, vectors.FIRST_CHAIN)


@pytest.mark.parametrize("size", [0, 1, 28, 31, 33, 64])
def test_record_of_another_size_is_not_intact(size: int) -> None:
    assert not events.intact(bytes(size), 0)


@given(st.binary(max_size=64))
@example(bytes(32))
@example(b"\xff" * 32)
def test_random_bytes_are_a_record_or_a_record_error(raw: bytes) -> None:
    events.intact(raw, 0)
    try:
        event = events.decode(raw)
    except RecordError:
        return
    assert events.encode(event, 0)[:28] == raw[:28]


@given(st.integers(0, 255), st.binary(min_size=12, max_size=12))
def test_random_fields_are_a_record_or_a_record_error(kind: int, fields: bytes) -> None:
    raw = struct.pack("<IBBHII", 1, kind, 0, 1, 2, 3) + fields + bytes(4)
    try:
        event = events.decode(raw)
    except RecordError:
        return
    assert events.encode(event, 0)[:28] == raw[:28]


@pytest.mark.parametrize("size", [0, 1, 16, 31, 33, 64])
def test_decoding_another_size_than_32_bytes_is_a_record_error(size: int) -> None:
    with pytest.raises(RecordError, match=f"32 bytes, not {size}"):
        events.decode(bytes(size))


@pytest.mark.parametrize("kind", sorted(set(range(256)) - set(KINDS)))
def test_unknown_kind_is_a_record_error(kind: int) -> None:
    with pytest.raises(RecordError, match=f"kind {kind} is not known"):
        events.decode(struct.pack("<IBBHII", 1, kind, 0, 1, 2, 3).ljust(32, b"\0"))
    with pytest.raises(RecordError, match=f"kind {kind} is not known"):
        events.encode(Event(kind), 0)


@pytest.mark.parametrize("row", vectors.RECORDS, ids=lambda row: KINDS[row[0]].name)
def test_bytes_after_the_last_field_are_a_record_error(
    row: tuple[int, tuple[tuple[str, int], ...], int, int, int, int, str],
) -> None:
    for place in range(16 + KINDS[row[0]].size, 28):
        raw = bytearray.fromhex(row[-1])
        raw[place] = 1
        with pytest.raises(RecordError, match="after its last field"):
            events.decode(bytes(raw))


NAMED = [
    pytest.param(kind.number, field, id=f"{kind.name}.{field.name}")
    for kind in KINDS.values()
    for field in kind.fields
    if field.names and not field.others
]
UNNAMED = [
    pytest.param(kind.number, field, id=f"{kind.name}.{field.name}")
    for kind in KINDS.values()
    for field in kind.fields
    if not field.names or field.others
]


def golden_event(kind: int) -> Event:
    """Return the golden log's event of this kind, for the test to change."""
    for row in vectors.RECORDS:
        if row[0] == kind:
            return events.decode(bytes.fromhex(row[-1]))
    raise AssertionError(kind)


@pytest.mark.parametrize(("kind", "field"), NAMED)
def test_value_without_a_name_is_a_record_error(kind: int, field: Field) -> None:
    for value in {-1, *range(300)} - set(field.names):
        event = golden_event(kind)
        event.data[field.name] = value
        with pytest.raises(RecordError, match=f"{field.name} cannot be {value}"):
            events.encode(event, 0)


@pytest.mark.parametrize(
    ("kind", "name", "word"),
    [
        (events.FAULT, "file", "elsewhere"),
        (events.FAULT, "error", "another error"),
        (events.HOLD_SET, "reason", "another reason"),
        (events.HEAD_OUT, "reason", "another reason"),
    ],
    ids=["file of a fault", "error of a fault", "reason of a hold", "reason of a head out"],
)
def test_number_of_a_newer_version_is_read_as_another(kind: int, name: str, word: str) -> None:
    """A newer firmware or host may number files, errors and reasons that are unknown here."""
    (field,) = [field for field in KINDS[kind].fields if field.name == name]
    event = golden_event(kind)
    for number in set(range(256)) - set(field.names):
        event.data[name] = number
        raw = events.encode(event, 0)
        assert events.decode(raw) == event
        assert field.shown(events.decode(raw).data[name]) == word


@pytest.mark.parametrize(("kind", "field"), UNNAMED)
def test_value_too_large_for_its_place_is_a_record_error(kind: int, field: Field) -> None:
    bound = {"B": 1 << 8, "H": 1 << 16, "I": 1 << 32}[field.code]
    for value in (-1, bound, bound * 256):
        event = golden_event(kind)
        event.data[field.name] = value
        with pytest.raises(RecordError, match=f"{field.name} does not fit"):
            events.encode(event, 0)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_missing_and_a_foreign_field_are_record_errors(kind: int) -> None:
    missing = golden_event(kind)
    name, value = missing.data.popitem()
    with pytest.raises(RecordError, match="fields, not"):
        events.encode(missing, 0)
    missing.data["foreign"] = value
    with pytest.raises(RecordError, match=name):
        events.encode(missing, 0)
    foreign = golden_event(kind)
    foreign.data["foreign"] = 0
    with pytest.raises(RecordError, match="fields, not"):
        events.encode(foreign, 0)


@pytest.mark.parametrize(
    ("name", "bound"),
    [("seq", 1 << 32), ("boot", 1 << 16), ("uptime", 1 << 32), ("time", 1 << 32), ("zone", 4)],
)
def test_header_field_out_of_its_range_is_a_record_error(name: str, bound: int) -> None:
    for value in (-1, bound):
        event = golden_event(events.BOOT)
        setattr(event, name, value)
        with pytest.raises(RecordError, match=name):
            events.encode(event, 0)


def test_carried_record_alone_may_be_about_all_zones() -> None:
    for kind in KINDS:
        event = golden_event(kind)
        event.zone = events.ALL_ZONES
        if kind == events.CARRIED:
            assert events.decode(events.encode(event, 0)) == event
            continue
        with pytest.raises(RecordError, match="zone 255"):
            events.encode(event, 0)


@pytest.mark.parametrize("zone", [4, 254, 255])
def test_zone_that_no_policy_can_name_is_not_decoded(zone: int) -> None:
    raw = bytearray.fromhex(vectors.RECORDS[0][-1])
    raw[5] = zone
    with pytest.raises(RecordError, match=f"zone {zone}"):
        events.decode(bytes(raw))


def chained(raws: list[bytes]) -> bool:
    """Say whether each record fits the one before it, from the golden log's start."""
    chain = vectors.FIRST_CHAIN
    for raw in raws:
        if not events.intact(raw, chain):
            return False
        chain = events.crc_of(raw)
    return True


# The numbers of a fault are in logs for years: none gets a second meaning.

FILES = {
    0: "elsewhere", 1: "main.py", 2: "rollcase/app.py", 3: "rollcase/loop.py",
    4: "rollcase/small_files.py", 5: "rollcase/clock.py", 6: "rollcase/faults.py",
    7: "rollcase/gestures.py", 8: "rollcase/journal.py", 9: "rollcase/lamp.py",
    10: "rollcase/server.py", 11: "rollcase/policy_store.py", 12: "rollcase/sounds.py",
    13: "rollcase/parts.py", 14: "rollcase/display.py", 15: "rollcase/orders.py",
    16: "rollcase/recorder.py", 17: "rollcase/timekeeper.py", 18: "rollcase/block_store.py",
    19: "rollcase/block_files.py", 20: "rollcore/events.py", 21: "rollcore/frames.py",
    22: "rollcore/messages.py", 23: "rollcore/policy.py", 24: "rollcore/segments.py",
    25: "rollcore/state.py", 26: "rollcore/uses.py", 27: "rollcore/memory.py",
    28: "rollcore/rest.py", 29: "rollcore/snapshot.py", 30: "rollcore/blocks.py",
    31: "rollcore/reactions.py", 32: "rollcore/slots.py", 40: "rollcase/hal/battery.py",
    41: "rollcase/hal/buzzer.py", 42: "rollcase/hal/ds3231.py", 43: "rollcase/hal/rgb_lamp.py",
    44: "rollcase/hal/latch.py", 45: "rollcase/hal/levels.py", 46: "rollcase/hal/lid.py",
    47: "rollcase/hal/serial.py", 49: "rollcase/hal/trace.py", 50: "rollcase/hal/button.py",
    51: "rollcase/hal/i2c.py", 52: "rollcase/hal/identity.py", 53: "rollcase/hal/pause.py",
    54: "rollcase/hal/pixel_lamp.py", 55: "rollcase/hal/plain_lamp.py",
    56: "rollcase/hal/reset.py", 57: "rollcase/hal/supply.py", 58: "rollcase/hal/ticks.py",
    59: "rollcase/hal/traceback.py", 60: "rollcase/hal/watchdog.py", 61: "rollcase/hal/flash.py",
    80: "rollcase/checkpoints.py", 81: "rollcase/heads.py", 82: "rollcase/raw_flash.py",
    83: "boot.py",
}  # fmt: skip

ERRORS = {
    0: "another error", 1: "AssertionError", 2: "AttributeError", 3: "ImportError",
    4: "IndexError", 5: "KeyError", 6: "MemoryError", 7: "NameError", 8: "NotImplementedError",
    9: "OSError", 10: "OverflowError", 11: "RuntimeError", 12: "StopIteration", 13: "TypeError",
    14: "UnicodeError", 15: "ValueError", 16: "ZeroDivisionError",
}  # fmt: skip


def test_number_of_a_file_or_error_in_a_fault_never_gets_a_second_meaning() -> None:
    assert dict(events.FILES).items() >= FILES.items()
    assert dict(events.ERRORS).items() >= ERRORS.items()
    assert len(dict(events.FILES)) == len(events.FILES)
    assert len(dict(events.ERRORS)) == len(events.ERRORS)
