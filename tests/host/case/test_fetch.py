"""Bringing a log home from a flash with flipped bits, cut writes and damage, with many cuts."""

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.firmware.logs import log_of, records_of
from tests.host.bringing_home import NOW, bring_home, contents, flip, hang_up_after
from tests.host.scripted_case import (
    FLASH,
    HANG_UP,
    LOG_ID,
    ScriptedCase,
    answer,
    only,
    slot_on_flash,
    spoil_record,
)

from rollcore import events, messages, slots
from rollcore.events import RECORD_SIZE, Event, first_chain
from rollcore.messages import Message
from rollhost.case import fetch as fetch_module
from rollhost.database import slot_reader
from rollhost.database.open import open_archive
from rollhost.database.slot_reader import SlotReader, read_all
from rollhost.errors import CaseError

pytestmark = pytest.mark.in_process

SEED = first_chain(LOG_ID)


def records_of_archive(path: Path) -> list[bytes]:
    """Return the records of the only log in a database."""
    with open_archive(path) as archive:
        [log_id] = archive.logs(1)
        return archive.raw_records(log_id)


# How answers are joined.

EDGES = [b"\xff" * RECORD_SIZE, b"\xff" * 9 + b"\xfe" + b"\xff" * 22]


@st.composite
def flash_slots(draw: st.DrawFn) -> bytes:
    """Return the slots of a log: records, some flipped, torn or damaged, and blank ones."""
    log = draw(st.lists(log_of(1, 1).map(lambda log: log[0]), min_size=1, max_size=10))
    found: list[bytes] = []
    chain = SEED
    for event in log:
        event.seq = len(found) + 1
        raw = events.encode(event, chain)
        what = draw(st.sampled_from(["whole"] * 4 + ["flipped", "torn", "damaged", "blank"]))
        if what == "blank":
            found.append(draw(st.sampled_from(EDGES)))
            continue
        if what != "torn":
            chain = events.crc_of(raw)
        broken = bytearray(raw)
        if what == "flipped":
            bit = draw(st.integers(0, 255))
            broken[bit // 8] ^= 1 << bit % 8
        elif what == "torn":
            broken[draw(st.integers(1, 31)) :] = b""
            broken += b"\xff" * (RECORD_SIZE - len(broken))
        elif what == "damaged":
            broken[draw(st.integers(0, 31))] ^= 0x55
        found.append(bytes(broken))
    return b"".join(found)


class TestReader:
    @given(raw=flash_slots(), cuts=st.sets(st.integers(1, 9)), known=st.integers(0, 10))
    def test_slots_are_read_the_same_wherever_the_answers_are_cut(
        self, raw: bytes, cuts: set[int], known: int
    ) -> None:
        reader = SlotReader(1, SEED)
        edges = [0, *sorted(cut for cut in cuts if cut < len(raw) // RECORD_SIZE)]
        found = []
        for start, end in zip(edges, [*edges[1:], len(raw) // RECORD_SIZE], strict=True):
            found += reader.feed(start + 1, None, raw[start * RECORD_SIZE : end * RECORD_SIZE])
        found += reader.end(known)
        whole, _ = slots.walk(raw, 1, SEED, known)
        assert [vars(read.slot) for read in found] == [vars(slot) for slot in whole]
        for read in found:
            assert read.raw == raw[(read.slot.seq - 1) * RECORD_SIZE :][:RECORD_SIZE]

    def test_next_block_tells_whether_the_last_slot_of_one_was_whole(self) -> None:
        first, second, third = records_of(
            [Event(events.LID, {"what": 1}, seq=seq) for seq in (1, 2, 3)], SEED
        )
        damaged = second[:8] + b"\x55" * 8 + second[16:28] + bytes(4)
        reader = SlotReader(1, SEED)
        found = reader.feed(1, SEED, first + damaged)
        # The opening of the next block has the CRC that nobody can read in the slot any more.
        found += reader.feed(3, events.crc_of(second), third)
        assert [read.slot.what for read in found] == [slots.WHOLE, slots.DAMAGED, slots.WHOLE]

    def test_cut_write_that_looks_like_a_flipped_bit_is_told_by_the_next_block(self) -> None:
        first, second, _ = records_of(
            [Event(events.LID, {"what": 1}, seq=seq, uptime=seq) for seq in (1, 2, 3)], SEED
        )
        cut = bytearray(second)
        cut[31] |= 1 << 7 if not cut[31] >> 7 else 1 << 6 if not cut[31] >> 6 & 1 else 1
        [third] = records_of(
            [Event(events.LID, {"what": 1}, seq=3, uptime=3)], events.crc_of(first)
        )
        reader = SlotReader(1, SEED)
        found = reader.feed(1, SEED, first + bytes(cut))
        found += reader.feed(3, events.crc_of(first), third)
        assert [read.slot.what for read in found] == [slots.WHOLE, slots.TORN, slots.WHOLE]

    def test_slots_before_a_gap_are_not_taken_for_a_cut_write(self) -> None:
        first, second, third = records_of(
            [Event(events.LID, {"what": 1}, seq=seq) for seq in (1, 2, 3)], SEED
        )
        reader = SlotReader(1, SEED)
        found = reader.feed(1, SEED, first + second[:16] + bytes(16))
        found += reader.feed(9, events.crc_of(second), third[:0])
        assert [read.slot.what for read in found] == [slots.WHOLE, slots.DAMAGED]

    def test_case_that_sends_only_damage_is_not_kept_back_for_ever(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(slot_reader, "MOST_UNDECIDED", 8)
        reader = SlotReader(1, SEED)
        damage = bytes(range(RECORD_SIZE)) * 5
        found = [len(reader.feed(first, 77, damage)) for first in range(1, 31, 5)]
        assert sum(found) == 20


# Flipped bits.


class TestFlippedBits:
    @pytest.mark.parametrize("seq", [1, 60, 117, 118, 122])
    @pytest.mark.parametrize("bits", [(0,), (37,), (255,), (64, 230)])
    def test_flipped_bits_in_a_record_are_put_right_and_said(
        self, case: ScriptedCase, home: Path, seq: int, bits: tuple[int, ...]
    ) -> None:
        case.log(121)
        bring_home(case, home / "right.db")
        right = records_of_archive(home / "right.db")
        flip(case, slot_on_flash(case.directory / FLASH, seq), *bits)
        outcome = bring_home(case, home / "a.db")
        assert (outcome.put_right, outcome.quarantined, outcome.back_to) == (1, 0, None)
        assert records_of_archive(home / "a.db") == right
        with open_archive(home / "a.db") as archive:
            assert list(archive.flipped(1)) == [seq]

    @pytest.mark.parametrize("bits", [(0,), (37,), (255,), (64, 230)])
    def test_flipped_bit_in_the_last_record_here_is_no_fork(
        self, case: ScriptedCase, home: Path, bits: tuple[int, ...]
    ) -> None:
        case.log(10)
        bring_home(case, home / "a.db")
        flip(case, slot_on_flash(case.directory / FLASH, case.app.journal.next - 1), *bits)
        case.log(2)
        outcome = bring_home(case, home / "a.db")
        assert (outcome.new, outcome.back_to, outcome.new_log) == (2, None, "")
        assert len(records_of_archive(home / "a.db")) == 14

    def test_damage_in_the_last_record_here_is_no_fork(
        self, case: ScriptedCase, home: Path
    ) -> None:
        case.log(10)
        bring_home(case, home / "a.db")
        spoil_record(case.directory, case.app.journal.next - 1)
        for new in (2, 0):
            case.log(new)
            outcome = bring_home(case, home / "a.db")
            assert (outcome.new, outcome.back_to, outcome.quarantined) == (new, None, 0)

    @pytest.mark.slow
    def test_no_flipped_bit_on_the_flash_stops_a_sync_or_makes_another_log(
        self, home: Path
    ) -> None:
        """Of every kind of bytes some bits: all of them are tried elsewhere."""
        with ScriptedCase(home / "flash") as case:
            case.log(130)
            bring_home(case, home / "right.db")
            while case.app.tend():
                pass
            case.app.journal.checkpoint(NOW, 0)
        right = records_of_archive(home / "right.db")
        whole = (home / "flash" / FLASH).read_bytes()
        written = [at for at in range(0, len(whole), 16) if whole[at : at + 16] != b"\xff" * 16]
        draw = random.Random(4)
        for trial, at in enumerate(draw.sample(written, 60)):
            changed = bytearray(whole)
            bit = draw.randrange(128)
            changed[at + bit // 8] ^= 1 << bit % 8
            folder = home / f"flash {trial}"
            shutil.copytree(home / "flash", folder)
            (folder / FLASH).write_bytes(changed)
            shutil.copy(home / "right.db", home / f"known {trial}.db")
            with ScriptedCase(folder) as case:
                for name in ("known", "new"):
                    path = home / f"{name} {trial}.db"
                    outcome = bring_home(case, path)
                    assert (outcome.back_to, outcome.quarantined) == (None, 0), (at, bit)
                    assert records_of_archive(path)[: len(right)] == right, (at, bit)
            shutil.rmtree(folder)


# Cut writes.


def tear(case: ScriptedCase) -> int:
    """Let the power be cut in the middle of a record; return its number. The case has to end."""
    seq = case.app.journal.next
    case.log(1)
    at = slot_on_flash(case.directory / FLASH, seq)
    with (case.directory / FLASH).open("r+b") as file:
        file.seek(at + 16)
        file.write(b"\xff" * 16)
    return seq


class TestCutWrites:
    def test_cut_write_is_no_record_and_nothing_is_missing(self, home: Path) -> None:
        with ScriptedCase(home / "flash") as case:
            case.log(3)
            torn = tear(case)
        with ScriptedCase(home / "flash") as case:
            outcome = bring_home(case, home / "a.db")
        assert (outcome.quarantined, outcome.broken["torn"]) == (0, 1)
        with open_archive(home / "a.db") as archive:
            seqs = [events.seq_of(raw) for raw in archive.raw_records(1)]
            assert seqs == [seq for seq in range(1, torn + 3) if seq != torn]

    def test_last_slot_that_does_not_fit_is_decided_by_the_next_record(
        self, case: ScriptedCase, home: Path
    ) -> None:
        """Until then it is acknowledged: only such a log can be followed by a new one."""
        case.log(3)
        bring_home(case, home / "a.db")
        case.log(1)
        last = case.app.journal.next - 1
        spoil_record(case.directory, last)
        outcome = bring_home(case, home / "a.db")
        assert (outcome.new, outcome.quarantined) == (0, 0)
        assert case.app.journal.acked == last
        case.log(1)
        outcome = bring_home(case, home / "a.db")
        assert (outcome.new, outcome.quarantined) == (2, 1)


# The line.


@pytest.mark.slow
@pytest.mark.parametrize("lost", [1, 2])
def test_block_that_is_lost_on_the_line_is_asked_for_again(
    case: ScriptedCase, home: Path, lost: int
) -> None:
    """The next one comes all the same, and looks as if the case had no more of the one before."""
    case.log(300)
    answers = iter(range(1, 1000))

    def script(request: Message, right: bytes) -> bytes:
        if request.verb == "get" and next(answers) == lost:
            return right.replace(b"records", b"recordz")
        return right

    case.script = script
    bring_home(case, home / "a.db")
    seqs = [events.seq_of(raw) for raw in records_of_archive(home / "a.db")]
    assert seqs == list(range(1, case.app.journal.next))


# Interruptions.


@pytest.fixture
def small_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit after a few records."""
    monkeypatch.setattr(fetch_module, "COMMIT_RECORDS", 50)


@pytest.mark.slow
@pytest.mark.usefixtures("small_commits")
def test_sync_cut_after_any_answer_ends_in_the_same_database(home: Path) -> None:
    """Of a log with all that can be in slots, at the edges of blocks, too."""
    with ScriptedCase(home / "flash") as case:
        case.log(400)
        for seq in (1, 30, 117, 118, 235):
            flip(case, slot_on_flash(case.directory / FLASH, seq), 7)
        for seq in (50, 116, 234, 236):
            spoil_record(case.directory, seq)
        tear(case)
    with ScriptedCase(home / "flash") as case:
        case.log(5)
    shutil.copytree(home / "flash", home / "once")
    with ScriptedCase(home / "once") as case:
        bring_home(case, home / "once.db")
        answers = case.answers
    expected = contents(home / "once.db")
    assert len(expected["flipped"]) == 5
    assert len(expected["quarantine"]) == 4
    for cut in range(1, answers):
        folder, path = home / f"flash {cut}", home / f"{cut}.db"
        shutil.copytree(home / "flash", folder)
        # The start that the first case has logged is the second one's, too.
        with ScriptedCase(folder) as case:
            case.script = hang_up_after(cut)
            with pytest.raises(CaseError):
                bring_home(case, path)
            shutil.copytree(folder, home / f"again {cut}")
        with ScriptedCase(home / f"again {cut}") as case:
            bring_home(case, path)
        found = contents(path)
        for table in ("logs", "flipped", "quarantine", "cases"):
            assert found[table] == expected[table], (cut, table)
        # The last state is of after the sync, and this case was started once more.
        assert len(found["case_states"]) == len(expected["case_states"]), cut
        assert set(expected["records"][:400]) <= set(found["records"]), cut


@pytest.mark.parametrize("log", ["x", "0102030405060708aabbccdd", "010203040506070G"])
def test_log_whose_id_is_none_leaves_the_database_without_a_log(
    case: ScriptedCase, home: Path, log: str
) -> None:
    def lie(request: Message, right: bytes) -> bytes:
        names = [name for name, _ in messages.ANSWERS["status"]]
        fields: dict[str, object] = {**dict.fromkeys(names, 1), "log": log, "fault": ""}
        return answer(request, "status", **fields)

    case.script = only("status", lie)
    with pytest.raises(CaseError, match="an id that makes no sense"):
        bring_home(case, home / "a.db")
    with open_archive(home / "a.db") as archive:
        assert archive.logs(1) == []


def test_status_question_is_answered_before_anything_is_written(
    case: ScriptedCase, home: Path
) -> None:
    case.script = only("status", lambda request, right: HANG_UP)
    with pytest.raises(CaseError):
        bring_home(case, home / "a.db")
    with open_archive(home / "a.db") as archive:
        assert archive.cases() == []


def test_blank_and_whole_slots_are_read_as_they_lie() -> None:
    """`read_all` is what a rescue uses, with no answers to join."""
    [raw] = records_of([Event(events.LID, {"what": 1}, seq=1)], SEED)
    found = read_all(1, SEED, raw + b"\xff" * RECORD_SIZE)
    assert [(read.slot.seq, read.slot.what) for read in found] == [(1, slots.WHOLE)]
