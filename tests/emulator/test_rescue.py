"""`host rescue` on emulated Picos, with stock MicroPython and with the product's image."""

import itertools
import json
from pathlib import Path

import pytest
from tests.conftest import Host
from tests.emulator.bench import (
    BLOCKS,
    OWN,
    Run,
    changed,
    flash_with,
    flash_with_log,
    logs_on,
    needs_images,
    powered,
    records,
)
from tests.emulator.pico import BLOCK
from tests.end_to_end.story import stored
from tests.host.older_logs import clock_file, policy_file, segments_of
from tests.host.raw_logs import RawLog

from rollcore import policy, segments
from rollcore.blocks import MARK_AT
from rollcore.events import RECORD_SIZE

pytestmark = [needs_images, pytest.mark.usefixtures("confirmed")]


@pytest.fixture
def broken(used: bytes) -> bytes:
    """The flash of a case whose firmware does not start."""
    return changed(used, {"/main.py": b"import rollcase_that_is_not_there"})


def records_in(flash: bytes) -> list[str]:
    """Return the records of the newest log on a flash, in hex."""
    log = logs_on(flash).current
    assert log
    return [slot.raw.hex() for slot in log.slots if slot.is_record]


def blocks_in(folder: Path) -> dict[int, bytes]:
    """Return the flash blocks that were saved in a folder, by their number on the flash."""
    found = folder.glob("*-block*")
    return {int(path.name.rpartition("block")[2]): path.read_bytes() for path in found}


def blocks_of(flash: bytes) -> dict[int, bytes]:
    """Return the blocks of all logs on a flash."""
    return {place: flash[place * BLOCK :][:BLOCK] for place in logs_on(flash).places}


def test_rescue_brings_home_what_the_board_holds_and_changes_nothing(
    run: Run, broken: bytes, home: Path, host: Host
) -> None:
    pico = powered(broken)
    told = run(pico, "rescue", "--to", str(home / "saved"))
    assert told.code == 0, told.err
    assert pico.flash == broken
    assert blocks_in(home / "saved") == blocks_of(broken)
    inside = records_in(broken)
    assert stored(home / "rollcase.db") == inside
    (log,) = logs_on(broken).logs
    assert told.out.splitlines() == [
        f"1 block of board ffffff saved in {home / 'saved'}.",
        f"Log {log.log_id.hex()}: {len(inside)} records.",
        f"{len(inside)} records new in the database.",
    ]
    assert len(host("log").stdout.splitlines()) == len(inside)
    assert host("status").returncode == 0
    told = run(pico, "rescue", "--to", str(home / "again"), "--json")
    document = json.loads(told.out)
    assert (document["new"], document["without_file"]) == (0, [])


def test_sync_goes_on_where_a_rescue_ended(run: Run, broken: bytes, home: Path) -> None:
    pico = powered(broken)
    assert run(pico, "rescue", "--to", str(home / "saved")).code == 0
    assert run(pico, "install").code == 0
    assert run(pico, "sync").code == 0
    assert stored(home / "rollcase.db") == [raw.hex() for raw in records(pico)]


def test_rescue_loses_only_what_is_damaged(run: Run, home: Path) -> None:
    def fill(log: RawLog) -> None:
        log.start()
        log.fill(260)
        log.checkpoint()

    flash, log = flash_with_log({}, fill)
    damaged = bytearray(flash)
    place, at = log.at(200)
    damaged[place * BLOCK + at + 12] ^= 0x70
    for seq, bit in ((7, 1), (120, 0x11)):
        place, at = log.at(seq)
        damaged[place * BLOCK + at + 20] ^= bit
    damaged[log.places[2] * BLOCK + 64] ^= 1  # its mark
    pico = powered(bytes(damaged))
    told = run(pico, "rescue", "--to", str(home / "saved"))
    assert told.code == 5, told.err
    assert told.out.splitlines()[1:] == [
        f"Log {log.log_id.hex()}: 260 records, flipped bits put right in 3 places, 1 record"
        " damaged.",
        "261 records new in the database.",
        "1 record of these in quarantine, as it came.",
    ]
    del log.records[200]
    assert stored(home / "rollcase.db") == [raw.hex() for raw in log.records.values()]
    assert blocks_in(home / "saved") == blocks_of(bytes(damaged))


def test_older_log_comes_home_with_the_files_beside_it(run: Run, home: Path) -> None:
    log = RawLog()
    log.start()
    log.fill(99)
    name, rules = policy_file(policy.for_needle(250))
    files = {**segments_of(log, 2), "clock": clock_file(100, 5), name: rules}
    pico = powered(flash_with({f"/log/{name}": raw for name, raw in files.items()}))
    told = run(pico, "rescue", "--to", str(home / "saved"))
    assert (told.code, told.err) == (
        0,
        "This log cannot go on. A new one that knows the same: host install\n",
    )
    assert {path.name: path.read_bytes() for path in (home / "saved").iterdir()} == files
    assert stored(home / "rollcase.db") == [raw.hex() for raw in log.records.values()]


def test_headless_segment_of_an_older_log_comes_home(run: Run, home: Path) -> None:
    log = RawLog()
    log.start()
    log.fill(3 * segments.RECORDS - 1)
    files = segments_of(log, 1)
    middle, last = sorted(files)[1:]
    headless = bytearray(files.pop(middle))
    headless[9] ^= 1
    flipped = bytearray(files[last])
    flipped[segments.HEAD_SIZE + 5 * RECORD_SIZE + 12] ^= 0x70
    files = {**files, middle + ".bad": bytes(headless), last: bytes(flipped) + b"torn"}
    pico = powered(flash_with({f"/log/{name}": raw for name, raw in files.items()}))
    told = run(pico, "rescue", "--to", str(home / "saved"))
    assert told.code == 5, told.err
    assert told.out.splitlines()[1:] == [
        f"{len(log.records)} records new in the database.",
        "1 record of these in quarantine, as it came.",
    ]
    del log.records[2 * segments.RECORDS + 6]
    assert stored(home / "rollcase.db") == [raw.hex() for raw in log.records.values()]


def test_policies_are_saved_by_their_folders(run: Run, home: Path) -> None:
    name, rules = policy_file(policy.for_needle(250))
    pico = powered(flash_with({f"/log/a/{name}": rules, f"/log/b/{name}": rules[:9]}))
    assert run(pico, "rescue", "--to", str(home / "saved")).code == 0
    assert (home / "saved" / "a" / name).read_bytes() == rules
    assert (home / "saved" / "b" / name).read_bytes() == rules[:9]


def test_rescue_folder_in_use_is_not_written_into(run: Run, broken: bytes, home: Path) -> None:
    (home / "mine").mkdir()
    (home / "mine" / "0000000001.seg").write_bytes(b"mine")
    told = run(powered(broken), "rescue", "--to", str(home / "mine"))
    assert told.code == 2
    assert told.err.startswith(f"host: {home / 'mine'} is there already.")
    assert (home / "mine" / "0000000001.seg").read_bytes() == b"mine"


def test_file_names_on_a_board_do_not_lead_out_of_the_rescue_folder(run: Run, home: Path) -> None:
    pico = powered(flash_with({"/log/..hidden": b"1", "/log/a b": b"2", "/log/good": b"3"}))
    assert run(pico, "rescue", "--to", str(home / "saved")).code == 0
    assert [path.name for path in (home / "saved").iterdir()] == ["good"]


def test_board_without_a_log_is_told(run: Run, home: Path) -> None:
    told = run(powered(), "rescue", "--to", str(home / "saved"))
    assert (told.code, told.out) == (0, "There is no log on board ffffff.\n")
    assert not (home / "saved").exists()
    assert not (home / "rollcase.db").exists()


def test_flash_that_cannot_be_mounted_is_saved_whole_and_its_records_come_home(
    run: Run, used: bytes, home: Path
) -> None:
    """This runs on the product's image: stock MicroPython would format the flash."""
    pico = powered(b"\0" * (2 * BLOCK) + used[2 * BLOCK :], OWN)
    assert pico.run(2000, lambda: bool(pico.lamp))
    told = run(pico, "rescue", "--to", str(home / "saved"))
    assert told.code == 0, told.err
    flash = (home / "saved" / "flash.img").read_bytes()
    assert pico.flash == flash
    assert blocks_in(home / "saved") == blocks_of(flash)
    assert stored(home / "rollcase.db") == records_in(flash)
    assert records_in(flash)[:7] == records_in(used)
    assert told.out.splitlines()[0] == (
        f"The flash of board ffffff cannot be read as files. All of it is in"
        f" {home / 'saved' / 'flash.img'}."
    )
    assert "host rescue --new-log" in told.err


def test_marks_with_flipped_bits_are_found_on_the_board(run: Run, home: Path) -> None:
    """The board looks for them itself: reading all of its flash would take long."""
    flash, log = flash_with_log({}, RawLog.start)
    image = bytearray(flash)
    places = [place for place in range(40, BLOCKS) if place != log.places[0]]
    for place, pair in zip(places, itertools.combinations(range(48), 2), strict=False):
        image[place * BLOCK : (place + 1) * BLOCK] = log.blocks[log.places[0]]
        for bit in pair:
            image[place * BLOCK + MARK_AT + (bit >> 3)] ^= 1 << (bit & 7)
    pico = powered(bytes(image))
    told = run(pico, "rescue", "--to", str(home / "saved"), "--json")
    assert sorted(blocks_in(home / "saved")) == sorted([log.places[0], *places])
    assert [log["records"] for log in json.loads(told.out)["logs"]] == [1]
