"""A flash as today's firmware has left it, byte by byte: any later firmware has to read it.

`golden_flash.txt` is never made again. Each line has a flash block, an offset in it, and 32 bytes;
all else is blank. In it are a log of one block, its checkpoint, and the next block's mark.
"""

from pathlib import Path

import pytest
from tests.firmware import spec_model
from tests.firmware.memory_flash import Ground, MemoryFiles
from tests.firmware.whole_case import WholeCase

from rollcase import policy_store
from rollcore import blocks, events, policy, snapshot, state
from rollcore.blocks import BLOCK_SIZE
from rollcore.memory import State

GOLDEN = Path(__file__).with_name("golden_flash.txt")

RULES = (
    "1;revision=0;needle_um=250;rest_h=72;short_rest=1;clinic_rest_h=672;reaction_rest_h=336;"
    "soak_before_min=10;dry_before_min=10;ready_min=30;soak_after_min=10;dry_after_min=30;"
    "overdue_min=60;warn_min=5;stop_min=10;head_warn_uses=8;head_uses=10;head_days=90;"
    "zones=face,neck"
)
DIGEST = 2901913820

RECORDS = [
    # kind, zone, uptime, case time, fields
    ("boot", 0, 0, 0, {"cause": 1, "torn": 0, "corrected": 0, "lost": 0, "skipped": 0}),
    ("clock_set", 0, 0, 205000000, {"old": 0, "source": 1, "forced": 0, "sure": 1}),
    ("policy_set", 0, 0, 205000000, {"digest": DIGEST, "needle_um": 250, "kept": 0}),
    ("soak_started", 0, 0, 205000000, {"purpose": 1}),
    ("soak_ended", 0, 600, 205000600, {"purpose": 1, "how": 1}),
    ("use_started", 0, 1202, 205001202, {"how": 1, "digest": DIGEST}),
    ("use_ended", 0, 1322, 205001322, {"how": 1, "seconds": 120}),
    ("soak_started", 0, 1323, 205001323, {"purpose": 2}),
    ("soak_ended", 0, 1923, 205001923, {"purpose": 2, "how": 1}),
    ("clinic", 1, 3723, 205003723, {"at": 204913600, "needle_um": 1500, "token": 1009}),
    ("hold_set", 0, 3723, 205003723, {"reason": 5, "until": 205777600, "token": 1010}),
    ("refused", 0, 3725, 205003725,
     {"gesture": 2, "reason": 3, "until": 205777600, "digest": DIGEST}),
    ("lid", 0, 3725, 205003725, {"what": 1}),
]  # fmt: skip

LOG, NEXT, CHECKPOINT = 2, 3, 4
"""The flash blocks of the log's first and second block, and of the checkpoint."""


@pytest.fixture
def golden() -> Ground:
    """Return the golden flash, and the files that its marks name."""
    ground = Ground(24)
    for line in GOLDEN.read_text("utf-8").splitlines():
        block, at, raw = line.split()
        ground.flash.replace(int(block), int(at), bytes.fromhex(raw))
    ground.files = MemoryFiles(ground.flash)
    return ground


def block_of(golden: Ground, number: int) -> bytes:
    return golden.flash.read(number, 0, BLOCK_SIZE)


def test_model_of_the_specification_reads_each_record(golden: Ground) -> None:
    block = spec_model.block(block_of(golden, LOG), LOG)
    assert (block.mark.generation, block.mark.number) == (1, 0)
    assert block.mark.log == bytes(range(1, 9))
    assert (block.mark_corrected, block.opening_is, block.done_is) == (False, "right", "blank")
    read = [slot.record for slot in block.slots if slot.record is not None]
    assert [(row.kind, row.zone, row.uptime, row.time, row.fields) for row in read] == RECORDS
    assert [(row.seq, row.boot) for row in read] == [(seq, 1) for seq in range(1, 14)]
    assert {slot.what for slot in block.slots[13:]} == {"blank"}


def test_model_of_the_specification_reads_the_checkpoint(golden: Ground) -> None:
    raw = block_of(golden, CHECKPOINT)
    assert spec_model.mark(raw[64:96]).what == 2
    pages = [raw[at : at + 256] for at in range(256, BLOCK_SIZE, 256)]
    written = [page for page in pages if page != b"\xff" * 256]
    read = [spec_model.page(page, bytes(range(1, 9)), CHECKPOINT) for page in written]
    assert [page.numbers["serial"] for page in read] == list(range(1, len(read) + 1))
    last = read[-1]
    assert (last.numbers["seq"], last.numbers["acked"]) == (13, 0)
    known = last.state
    assert (known.moments[0], known.moments[5], known.moments[13]) == (
        205001322, 204913600, 205003725
    )  # fmt: skip
    numbers = ("hold_reason", "hold_until", "digest", "head_uses", "uses", "last_token")
    assert [known.numbers[name] for name in numbers] == [5, 205777600, DIGEST, 1, 1, 1010]


def test_firmware_goes_on_where_the_golden_log_ends(golden: Ground, tmp_path: Path) -> None:
    rules = policy.parse(RULES)
    assert rules.digest == DIGEST
    directory = tmp_path / "case"
    directory.mkdir()
    policy_store.store(str(directory), rules)
    case = WholeCase(directory, ground=golden)
    assert (case.app.fault, case.app.policy.text) == ("", RULES)
    log = case.log()
    assert [(e.name, e.zone, e.uptime, e.time, e.data) for e in log[:13]] == RECORDS
    assert [(e.seq, e.boot, e.name) for e in log[13:]] == [(14, 2, "boot")]
    assert log[13].data == {"cause": 1, "torn": 0, "corrected": 0, "lost": 0, "skipped": 0}
    assert (case.phase, case.app.standing.until) == (state.HELD, 205777600)


def test_firmware_writes_the_same_bytes_again(golden: Ground) -> None:
    raw = block_of(golden, LOG)
    mark = blocks.unpack_mark(raw[64:96])
    assert mark is not None
    assert blocks.pack_mark(mark) == raw[64:96]
    opening = blocks.Opening(LOG, 1, events.first_chain(mark.log_id), snapshot.pack(State()))
    assert blocks.pack_opening(opening, raw[64:96]) == raw[96:320]
    chain, now = events.first_chain(mark.log_id), State()
    for seq, (name, zone, uptime, time, data) in enumerate(RECORDS, 1):
        (kind,) = (kind.number for kind in events.KINDS.values() if kind.name == name)
        event = events.Event(kind, data, zone, seq, 1, uptime, time)
        written = events.encode(event, chain)
        assert written == raw[320 + 32 * (seq - 1) :][:32], name
        chain, now = events.crc_of(written), state.fold(now, event)
    last = block_of(golden, CHECKPOINT).rstrip(b"\xff")[-256:]
    assert snapshot.pack(now) == last[28:228]
