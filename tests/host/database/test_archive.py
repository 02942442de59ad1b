"""What the database keeps: records, those that came damaged, and rules."""

import itertools
import struct
from binascii import crc32
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.firmware.logs import boot_data, log_of, records_of
from tests.host.database_files import CHAIN
from tests.host.status_logs import BOOT, ID

from rollcore import events, policy
from rollcore.events import RECORD_SIZE, Event, first_chain
from rollhost.database.archive import Archive
from rollhost.database.open import open_archive
from rollhost.database.slot_reader import read_all
from rollhost.output.records import event_sentence


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], tuple[Archive, int]]]:
    """Return a database with a new log in it, as often as asked."""
    with open_archive(tmp_path_factory.mktemp("shelf") / "a.db", create=True) as archive:
        numbers = itertools.count(1)

        def new_log() -> tuple[Archive, int]:
            case_id = archive.keep_case("5c1f", "pico", "0.1.0")
            return archive, archive.keep_log(case_id, f"{next(numbers):016x}")

        archive._db.execute("PRAGMA synchronous = OFF")  # hundreds of examples, for nobody to keep
        yield new_log


NewLog = Callable[[], tuple[Archive, int]]


def kept(archive: Archive, log_id: int) -> list[bytes]:
    """Return the raw records of a log that could be read."""
    rows = archive._db.execute(
        "SELECT raw FROM records WHERE log_id = ? ORDER BY seq", (log_id,)
    ).fetchall()
    return [row[0] for row in rows]


def in_quarantine(archive: Archive, log_id: int) -> list[tuple[int, bytes, int, str]]:
    """Return seq, bytes, chain and reason of the records of a log that could not be read."""
    return archive._db.execute(
        "SELECT seq, raw, chain, reason FROM quarantine WHERE log_id = ? ORDER BY seq", (log_id,)
    ).fetchall()


def three_records() -> list[bytes]:
    """Return a boot, a refusal and another boot."""
    return records_of(
        [
            Event(events.BOOT, boot_data(), seq=1, boot=1),
            Event(
                events.REFUSED,
                {"gesture": 2, "reason": 1, "until": 9, "digest": 5},
                seq=2,
                boot=1,
                uptime=5,
            ),
            Event(events.BOOT, boot_data(cause=2, torn=3), seq=3, boot=2),
        ],
        CHAIN,
    )


def sealed(body: bytes, chain: int) -> bytes:
    """Return a record with this body and the checksum that fits."""
    return body + struct.pack("<I", crc32(body, chain))


def flipped(raw: bytes, *bits: int) -> bytes:
    """Return the bytes with these bits flipped."""
    found = bytearray(raw)
    for bit in bits:
        found[bit // 8] ^= 1 << bit % 8
    return bytes(found)


class TestRecords:
    @given(log=log_of(1, 12))
    def test_view_for_other_programs_says_what_the_bytes_say(
        self, shelf: NewLog, log: list[Event]
    ) -> None:
        archive, log_id = shelf()
        raw = records_of(log, CHAIN)
        with archive.transaction():
            archive.keep_records(log_id, 1, CHAIN, b"".join(raw))
        rows = archive._db.execute(
            "SELECT seq, kind, zone, boot, uptime_s, case_time, fields FROM record_heads"
            " WHERE log_id = ? ORDER BY seq",
            (log_id,),
        )
        for (*head, fields), event, record in zip(rows, log, raw, strict=True):
            time = event.time + events.CASE_EPOCH
            assert head == [event.seq, event.kind, event.zone, event.boot, event.uptime, time]
            assert bytes.fromhex(fields) == record[16:28]

    @given(log=log_of(1, 12))
    def test_log_reads_back_as_it_was(self, shelf: NewLog, log: list[Event]) -> None:
        archive, log_id = shelf()
        raw = records_of(log, CHAIN)
        assert archive.keep_records(log_id, 1, CHAIN, b"".join(raw)) == (len(log), 0)
        assert [events.decode(raw) for raw in archive.raw_records(log_id)] == log
        assert kept(archive, log_id) == raw

    @given(log=log_of(1, 12), damaged=st.sets(st.integers(0, 11)), bit=st.integers(0, 28 * 8 - 3))
    def test_damaged_records_go_to_quarantine_and_do_not_stop_others(
        self, shelf: NewLog, log: list[Event], damaged: set[int], bit: int
    ) -> None:
        archive, log_id = shelf()
        damaged = {index for index in damaged if index < len(log)}
        raw = records_of(log, CHAIN)
        for index in damaged:
            raw[index] = flipped(raw[index], bit, bit + 1, bit + 2)
        new, quarantined = archive.keep_records(log_id, 1, CHAIN, b"".join(raw))
        assert (new, quarantined) == (len(log), len(damaged))
        assert [(seq - 1, each) for seq, each, _, _ in in_quarantine(archive, log_id)] == [
            (index, raw[index]) for index in sorted(damaged)
        ]
        assert [events.decode(raw) for raw in archive.raw_records(log_id)] == [
            event for index, event in enumerate(log) if index not in damaged
        ]
        assert archive.flipped(log_id) == {}

    @given(
        log=log_of(3, 12),
        at=st.integers(0, 11),
        bits=st.sets(st.integers(0, 31), min_size=3, max_size=3),
    )
    def test_damaged_checksum_costs_only_that_record(
        self, shelf: NewLog, log: list[Event], at: int, bits: set[int]
    ) -> None:
        archive, log_id = shelf()
        at %= len(log)
        raw = records_of(log, CHAIN)
        raw[at] = flipped(raw[at], *(28 * 8 + bit for bit in bits))
        archive.keep_records(log_id, 1, CHAIN, b"".join(raw))
        lost = {seq - 1 for seq, _, _, _ in in_quarantine(archive, log_id)}
        assert lost == {at}

    @given(
        log=log_of(1, 12),
        damage=st.dictionaries(
            st.integers(0, 11), st.sets(st.integers(0, 255), min_size=1, max_size=2)
        ),
    )
    def test_flipped_bits_are_put_right_and_kept_as_they_came(
        self, shelf: NewLog, log: list[Event], damage: dict[int, set[int]]
    ) -> None:
        archive, log_id = shelf()
        right = records_of(log, CHAIN)
        # After two records in a row with flipped bits nobody knows what the second is chained to.
        damage = {
            index: bits
            for index, bits in damage.items()
            if index < len(log) and index - 1 not in damage
        }
        raw = [flipped(record, *damage.get(index, ())) for index, record in enumerate(right)]
        found = read_all(1, CHAIN, b"".join(raw))
        kept = archive.keep_slots(log_id, found)
        assert (kept.events, kept.quarantined, kept.corrected) == (log, 0, len(damage))
        assert archive.raw_records(log_id) == right
        assert archive.flipped(log_id) == {index + 1: raw[index] for index in sorted(damage)}

    @pytest.mark.parametrize("bits", [(), (0,), (77, 255)])
    def test_blank_slots_are_no_records(self, shelf: NewLog, bits: tuple[int, ...]) -> None:
        archive, log_id = shelf()
        first, second, _ = three_records()
        blank = flipped(b"\xff" * RECORD_SIZE, *bits)
        event = events.decode(second)
        event.seq = 3
        [third] = records_of([event], events.crc_of(first))
        raw = first + blank + third + blank
        assert archive.keep_records(log_id, 1, CHAIN, raw) == (2, 0)
        assert kept(archive, log_id) == [first, third]
        assert archive.highest_seq(log_id) == 3

    def test_torn_slot_is_no_record(self, shelf: NewLog) -> None:
        """The next record is chained to the one before it."""
        archive, log_id = shelf()
        first, second, _ = three_records()
        torn = second[:16] + b"\xff" * 16
        event = events.decode(second)
        event.seq = 3
        [third] = records_of([event], events.crc_of(first))
        assert archive.keep_records(log_id, 1, CHAIN, first + torn + third) == (2, 0)
        assert kept(archive, log_id) == [first, third]

    @pytest.mark.parametrize(("known", "aside"), [(1, 0), (2, 1), (None, 1)])
    def test_last_slot_that_does_not_fit_is_torn_unless_it_was_known_to_be_whole(
        self, shelf: NewLog, known: int | None, aside: int
    ) -> None:
        archive, log_id = shelf()
        first, second, _ = three_records()
        raw = first + second[:16] + b"\xff" * 16
        assert archive.keep_records(log_id, 1, CHAIN, raw, known) == (1 + aside, aside)

    def test_repeated_block_adds_nothing(self, shelf: NewLog) -> None:
        archive, log_id = shelf()
        raw = three_records()
        raw[1] = bytes(RECORD_SIZE)
        block = b"".join(raw)
        assert archive.keep_records(log_id, 1, CHAIN, block) == (3, 2)
        before = kept(archive, log_id), in_quarantine(archive, log_id)
        assert archive.keep_records(log_id, 1, CHAIN, block) == (0, 0)
        assert (kept(archive, log_id), in_quarantine(archive, log_id)) == before

    def test_overlapping_block_adds_only_new_records(self, shelf: NewLog) -> None:
        archive, log_id = shelf()
        raw = three_records()
        archive.keep_records(log_id, 1, CHAIN, b"".join(raw[:2]))
        chain = events.crc_of(raw[0])
        assert archive.keep_records(log_id, 2, chain, b"".join(raw[1:])) == (1, 0)
        assert kept(archive, log_id) == raw

    def test_record_of_an_unknown_kind_goes_to_quarantine_with_the_reason(
        self, shelf: NewLog
    ) -> None:
        archive, log_id = shelf()
        first, second, third = three_records()
        chain = events.crc_of(first)
        second = sealed(second[:4] + b"\x63" + second[5:28], chain)
        third = sealed(third[:28], events.crc_of(second))
        block = first + second + third
        assert archive.keep_records(log_id, 1, CHAIN, block) == (3, 1)
        assert in_quarantine(archive, log_id) == [(2, second, chain, "kind 99 is not known here")]
        assert kept(archive, log_id) == [first, third]

    def test_fault_in_an_unknown_file_is_kept_and_reads_elsewhere(self, shelf: NewLog) -> None:
        archive, log_id = shelf()
        data = {"file": 1, "error": 9, "line": 30}
        raw = events.encode(Event(events.FAULT, data, seq=1, boot=1), CHAIN)
        newer = sealed(raw[:16] + b"\xc8" + raw[17:28], CHAIN)
        assert archive.keep_records(log_id, 1, CHAIN, newer) == (1, 0)
        assert kept(archive, log_id) == [newer]
        assert event_sentence(events.decode(newer), 0).endswith("OSError in elsewhere, line 30")

    def test_record_with_a_wrong_seq_goes_to_quarantine(self, shelf: NewLog) -> None:
        archive, log_id = shelf()
        first, second, third = three_records()
        chain = events.crc_of(first)
        second = sealed(struct.pack("<I", 7) + second[4:28], chain)
        third = sealed(third[:28], events.crc_of(second))
        block = first + second + third
        assert archive.keep_records(log_id, 1, CHAIN, block) == (3, 1)
        assert in_quarantine(archive, log_id) == [(2, second, chain, "it says it is number 7")]
        assert kept(archive, log_id) == [first, third]

    def test_swap_of_two_records_is_noticed(self, shelf: NewLog) -> None:
        archive, log_id = shelf()
        first, second, third = three_records()
        archive.keep_records(log_id, 1, CHAIN, second + first + third)
        assert [row[0] for row in in_quarantine(archive, log_id)][:1] == [1]
        assert kept(archive, log_id) == [third]

    def test_highest_seq_counts_quarantined_records(self, shelf: NewLog) -> None:
        archive, log_id = shelf()
        block = b"".join([*three_records()[:2], bytes(RECORD_SIZE)])
        archive.keep_records(log_id, 1, CHAIN, block)
        assert archive.highest_seq(log_id) == 3

    def test_logs_of_one_case_are_kept_apart(self, shelf: NewLog) -> None:
        archive, one = shelf()
        _, other = shelf()
        archive.keep_records(one, 1, CHAIN, b"".join(three_records()))
        archive.keep_records(other, 1, CHAIN, three_records()[0])
        assert (archive.highest_seq(one), archive.highest_seq(other)) == (3, 1)


MINE = policy.for_needle(250).changed(revision=1)


class TestRules:
    def test_policy_is_kept_once(self, archive: Archive) -> None:
        rules = policy.for_needle(300)
        with archive.transaction():
            archive.keep_policy(rules)
            archive.keep_policy(rules)
        assert {digest: known.text for digest, known in archive.policies().items()} == {
            rules.digest: rules.text
        }


def test_record_that_a_newer_version_can_read_leaves_quarantine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = dict(events.KINDS)
    with open_archive(tmp_path / "a.db", create=True) as archive:
        with archive.transaction():
            log_id = archive.keep_log(archive.keep_case("5c1f", "pico", "0.1.0"), ID.hex())
        raw = events.encode(Event(events.BOOT, BOOT, seq=1), first_chain(ID))
        monkeypatch.delitem(events.KINDS, events.BOOT)
        with archive.transaction():
            assert archive.keep_records(log_id, 1, first_chain(ID), raw) == (1, 1)
            assert archive.read_again(log_id) == 0
        monkeypatch.setattr(events, "KINDS", known)
        with archive.transaction():
            assert archive.read_again(log_id) == 1
        assert (archive.quarantined(), archive.raw_records(log_id)) == (0, [raw])


def test_case_is_called_by_its_name_or_the_last_six_characters_of_its_device(
    shelf: Callable[[], tuple[Archive, int]],
) -> None:
    archive, _ = shelf()
    case = archive.cases()[0]._replace(device="5c1f0a2b3c4d5e6f", name=None, board="pico")
    assert case.title == "4d5e6f"
    assert case._replace(name="bathroom").title == "bathroom"
    assert case._replace(board="virtual").title == "4d5e6f (virtual)"
