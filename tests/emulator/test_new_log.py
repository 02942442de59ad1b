"""A log that cannot go on is followed by one that knows the same: `install`, `rescue --new-log`."""

import json
import random
import shutil
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pytest
from littlefs import LittleFSError
from tests.conftest import Host
from tests.emulator.bench import (
    BLOCKS,
    OWN,
    STOCK,
    Files,
    Recorded,
    Run,
    changed,
    files_on,
    flash_with,
    flash_with_log,
    in_folder,
    known_on,
    log_on,
    logs_on,
    mounted,
    needs_images,
    powered,
    ready_to_switch,
    record,
    records,
    running,
)
from tests.emulator.lived_logs import (
    NOTHING,
    RULES,
    expected_of,
    lived_in,
    older,
    without_file_system,
    without_files,
)
from tests.emulator.pico import BLOCK
from tests.emulator.protocol_pico import PluggedPico
from tests.end_to_end.story import stored
from tests.host.older_logs import policy_file, segments_of
from tests.host.raw_logs import RawLog

from rollcore import blocks, events, segments, snapshot, state
from rollcore.memory import State

pytestmark = [needs_images, pytest.mark.usefixtures("confirmed")]


def assert_goes_on_from(pico: PluggedPico, known: State) -> None:
    """Assert that the log of a case begins with this state, and that the case knows it."""
    now = known.copy()
    for raw in records(pico):
        state.apply(now, events.decode(raw))
    told = snapshot.unpack(pico.ask("state", seq=0).raw("raw"))
    assert told == now
    assert pico.ask("status").word("fault") == ""
    assert pico.ask("policy").word("policy") == RULES.text


def only_log(flash: bytes) -> tuple[int, bytes]:
    """Return generation of the only log on a flash, and the id of the log before it."""
    (log,) = logs_on(flash).logs
    return log.generation, log.follows


# Install.


def test_log_lives_on_behind_a_stock_format(run: Run, home: Path, new: Files) -> None:
    flash, log = lived_in(in_folder("firmware-01d01d01", new))
    pico = powered(without_file_system(flash))
    assert files_on(pico.flash) == {}  # MicroPython has formatted it
    told = run(pico, "install")
    assert told.code == 0, told.err
    assert told.out.splitlines()[1:4] == [
        f"Brought {len(log.records)} new records home, read from the flash itself.",
        "The file system has lost 3 files of the log, which is alive all the same."
        " All of it is at home.",
        "A new log has begun, with what the case knows.",
    ]
    assert stored(home / "rollcase.db") == [raw.hex() for raw in log.records.values()]
    assert only_log(pico.flash) == (2, log.log_id)
    # The policy was nowhere but on the flash that was formatted.
    assert "Its rules are neither on the board nor here" in told.out
    assert "the policy cannot be read" in pico.ask("status").word("fault")


def test_case_goes_on_behind_a_stock_format_with_rules_that_are_at_home(
    run: Run, home: Path, new: Files, host: Host
) -> None:
    flash, _ = lived_in(in_folder("firmware-01d01d01", new))
    pico = powered(changed(flash, NOTHING))
    known = known_on(pico.flash)
    assert known == expected_of(lived_in({})[1])
    assert host("policy", "set").returncode != 99  # the database is made
    keep_rules(home)
    pico = powered(without_file_system(pico.flash))
    told = run(pico, "install", "--json")
    assert told.code == 0, told.err
    assert_goes_on_from(pico, known)
    log = logs_on(pico.flash).current
    assert log
    assert json.loads(told.out)["new_log"] == log.log_id.hex()
    assert run(pico, "sync").code == 0
    assert logs_on(pico.flash).current


def keep_rules(home: Path) -> None:
    """Put `RULES` into the database."""
    from rollhost.database.open import open_archive

    with open_archive(home / "rollcase.db", create=True) as archive, archive.transaction():
        archive.keep_policy(RULES)


@pytest.mark.parametrize("lost", ["one", "all"])
def test_log_that_has_lost_files_is_brought_home_and_followed(
    run: Run, home: Path, new: Files, lost: str
) -> None:
    flash, log = lived_in({**NOTHING, **ready_to_switch(new), "/mine.txt": b"my own"})
    known = known_on(flash)
    names = [f"/log/1-000/{number:05d}" for number in range(3)]
    pico = powered(without_files(flash, *(names[1:2] if lost == "one" else names)))
    told = run(pico, "install", "--replace", "--no-sync")
    assert (told.code, told.err.splitlines()[0]) == (
        2,
        f"host: The file system has lost {'1 file' if lost == 'one' else '3 files'} of the log,"
        " which is alive all the same. So the log has to come home first.",
    )
    assert logs_on(pico.flash).current
    told = run(pico, "install", "--replace")
    assert told.code == 0, told.err
    assert stored(home / "rollcase.db") == [raw.hex() for raw in log.records.values()]
    assert only_log(pico.flash) == (2, log.log_id)
    assert_goes_on_from(pico, known)
    assert files_on(pico.flash)["/mine.txt"] == b"my own"
    assert not [path for path in files_on(pico.flash) if path.startswith("/log/1-")]


def with_flipped_root(flash: bytes, dice: random.Random) -> bytes:
    """Return that flash with one flipped bit in littlefs' root by which files of the log vanish."""
    names = {path for path in files_on(flash) if path.startswith("/log/1-")}
    written = [at for at in range(2 * BLOCK) if flash[at] != 0xFF]
    assert names
    while True:
        image = bytearray(flash)
        image[dice.choice(written)] ^= 1 << dice.randrange(8)
        with suppress(LittleFSError):  # with some, littlefs finds nothing at all
            if not names <= files_on(bytes(image)).keys():
                return bytes(image)


@pytest.fixture(scope="module")
def held(old: Files) -> bytes:
    """The flash of a case that is on hold, all of it made by its firmware on stock MicroPython."""
    pico = PluggedPico(STOCK, flash_with(in_folder("firmware-01d01d01", old)))
    pico.boot()
    tell_hold(pico)
    return pico.flash


def tell_hold(pico: PluggedPico) -> None:
    """Give a case `RULES`, the time and a hold, and the time to store them."""
    pico.ask("rule", policy=RULES.text)
    pico.ask("time", time=220_000_000, sure=1, force=0)
    pico.ask("hold", token=9, reason=events.SUNBURN, until=0)
    pico.run(4000)


def assert_is_held(pico: PluggedPico) -> None:
    """Assert that a case still knows what `tell_hold` has told it."""
    case = snapshot.unpack(pico.ask("state", seq=0).raw("raw"))
    assert case.hold_reason == events.SUNBURN
    assert case.time >= 220_000_000
    assert pico.ask("policy").word("policy") == RULES.text
    assert pico.ask("status").word("fault") == ""


@pytest.mark.parametrize("seed", [1, 2])
def test_flipped_bit_in_the_root_takes_nothing_back(
    run: Run, held: bytes, home: Path, seed: int
) -> None:
    """littlefs takes the damaged half of its root for a cut write, and goes back in silence."""
    pico = PluggedPico(STOCK, with_flipped_root(held, random.Random(seed)))
    pico.run(2000)
    keep_rules(home)  # they are lost with the files: the file system was all that had them
    told = run(pico, "install", "--replace")
    assert told.code == 0, told.err
    before, after = logs_on(held).current, logs_on(pico.flash).current
    assert before
    assert after
    assert (after.generation, after.follows) == (2, before.log_id)
    whole = [slot.raw.hex() for slot in before.slots]
    assert stored(home / "rollcase.db")[: len(whole)] == whole
    assert_is_held(pico)


@pytest.mark.parametrize("number", [1, 2])
def test_older_log_is_followed_once_the_new_firmware_is_complete(
    run: Run, home: Path, new: Files, number: int
) -> None:
    flash, log = older(number, {**NOTHING, **ready_to_switch(new)})
    pico = powered(flash)
    told = run(pico, "install", "--replace")
    assert told.code == 0, told.err
    assert "The log on this board is of an older format. All of it is at home." in told.out
    assert stored(home / "rollcase.db") == [raw.hex() for raw in log.records.values()]
    assert only_log(pico.flash) == (1, log.log_id)
    assert_goes_on_from(pico, expected_of(log, 900))
    left = {path.rpartition("/")[2] for path in log_on(files_on(pico.flash))}
    assert left == {"00000", "00001", "checkpoint", policy_file(RULES)[0]} & left
    assert not [name for name in left if name.endswith(".seg")]


def test_older_log_under_firmware_that_cannot_read_it_comes_home_in_an_install(
    run: Run, home: Path, current: bytes
) -> None:
    flash, log = older(2, files_on(current))
    pico = powered(flash)
    assert pico.ask("status").word("code") == "storage"
    told = run(pico, "install")
    assert told.code == 0, told.err
    raw = [raw.hex() for raw in log.records.values()]
    assert stored(home / "rollcase.db")[: len(raw)] == raw
    assert_goes_on_from(pico, expected_of(log, 900))


def test_log_that_fills_a_formatted_flash_comes_home(run: Run, home: Path) -> None:
    def fill(log: RawLog) -> None:
        log.start()
        log.fill(300 * blocks.SLOTS)
        log.checkpoint()

    flash, log = flash_with_log({}, fill)
    pico = powered(without_file_system(flash))
    told = run(pico, "install")
    assert told.code == 0, told.err
    assert stored(home / "rollcase.db") == [raw.hex() for raw in log.records.values()]
    assert only_log(pico.flash) == (2, log.log_id)


def test_log_of_a_newer_format_is_not_touched(run: Run, home: Path) -> None:
    flash, log = lived_in(NOTHING)
    image = bytearray(flash)
    for place in log.blocks:
        at = place * BLOCK + blocks.MARK_AT
        mark = bytearray(image[at : at + 28])
        mark[4] = blocks.FORMAT + 1
        image[at : at + 32] = blocks.sealed(bytes(mark), 0)
    pico = powered(bytes(image))
    told = run(pico, "install", "--replace")
    assert (told.code, told.err.splitlines()[0]) == (
        1,
        "host: The log on this board was written by a newer version.",
    )
    assert pico.flash == bytes(image)
    told = run(pico, "rescue", "--to", str(home / "saved"))
    assert told.code == 0
    assert pico.flash == bytes(image)


# Rescue, on the product's image.


def test_rescue_makes_a_flash_that_cannot_be_mounted_new(run: Run, home: Path) -> None:
    flash, log = lived_in({})
    keep_rules(home)
    pico = powered(without_file_system(flash), OWN)
    assert pico.run(2000, lambda: bool(pico.lamp))
    told = run(pico, "rescue", "--new-log", "--to", str(home / "saved"))
    assert told.code == 0, told.err
    assert told.out.splitlines()[-2:] == [
        "The flash has no file system that can be read. All of it is at home.",
        "A new log has begun, with what the case knows.",
    ]
    image = (home / "saved" / "flash.img").read_bytes()
    known = known_on(image)
    assert known.uses == log.state.uses
    assert only_log(pico.flash) == (2, log.log_id)
    pico.run(2000)
    assert_goes_on_from(pico, known)


def test_case_whose_log_is_hurt_goes_on_after_a_rescue(run: Run, home: Path) -> None:
    """All of it is made by the firmware itself."""
    pico = PluggedPico(OWN)
    pico.boot()
    tell_hold(pico)
    log = logs_on(pico.flash).current
    assert log
    pico = PluggedPico(OWN, without_files(pico.flash, "/log/1-000/00000"))
    pico.boot()
    pico.run(4000)
    assert "littlefs has lost a part of the log" in pico.ask("status").word("fault")
    told = run(pico, "rescue", "--new-log", "--to", str(home / "saved"))
    assert told.code == 0, told.err
    known = logs_on(pico.flash).current
    assert known
    assert known.follows == log.log_id
    pico.run(2000)
    assert_is_held(pico)


def test_older_log_on_the_image_is_followed_and_makes_room(run: Run, home: Path) -> None:
    flash, log = older(2, {})
    room = BLOCKS - mounted(flash).used_block_count
    pico = powered(changed(flash, {"/photos": bytes(BLOCK * (room - 10))}), OWN)
    pico.run(1000)
    assert pico.ask("status").word("code") == "storage"
    told = run(pico, "rescue", "--new-log", "--to", str(home / "saved"))
    assert told.code == 0, told.err
    assert stored(home / "rollcase.db") == [raw.hex() for raw in log.records.values()]
    assert not [path for path in files_on(pico.flash) if path.endswith(segments.SUFFIX)]
    pico.run(2000)
    assert_goes_on_from(pico, expected_of(log, 900))


def test_log_that_can_go_on_is_not_followed(run: Run, home: Path) -> None:
    pico = PluggedPico(OWN)
    pico.boot()
    before = logs_on(pico.flash).current
    told = run(pico, "rescue", "--new-log", "--to", str(home / "saved"))
    assert (told.code, told.err) == (0, "The log on it can go on: no new one was begun.\n")
    after = logs_on(pico.flash).current
    assert before
    assert after
    assert after.log_id == before.log_id


def test_rescue_begins_no_log_for_firmware_that_would_not_find_it(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flash, _ = lived_in(NOTHING)
    told = run(powered(flash), "rescue", "--new-log", "--to", str(home / "saved"))
    assert told.code == 1
    assert "has its firmware as files" in told.err
    monkeypatch.setattr(blocks, "FORMAT", 3)
    told = run(powered(image=OWN), "rescue", "--new-log", "--to", str(home / "saved"))
    assert told.code == 1
    assert "is of another version than this program" in told.err


# Power cuts.


def cuts(recorded: Recorded) -> list[tuple[tuple[int, bool], bytes]]:
    """Return the flash after writes of a command and in the middle of writes: a third of all.

    What the firmware writes before it is stopped, and once it runs again, is not among them. All
    places are tried by ``make trust ARGS="--only install"``.
    """
    first = recorded.boundaries[0]
    before = logs_on(recorded.flash_after(first)).current
    found: list[tuple[tuple[int, bool], bytes]] = []
    for place, flash in islice(recorded.flashes(first), 0, None, 3):
        log = logs_on(flash).current
        if before and log and log.log_id != before.log_id and log.slots:
            return found
        found.append((place, flash))
    return found


def generations(recorded: Recorded) -> list[int]:
    """Return the generation of the log after each write, which has to know the same each time."""
    known = known_on(recorded.flash_after(recorded.boundaries[0]))
    found = []
    for place, flash in cuts(recorded):
        assert known_on(flash) == known, place
        log = logs_on(flash).current
        assert log
        found.append(log.generation)
    assert found == sorted(found)
    assert set(found) == {1, 2}
    return found


def test_power_cut_at_any_write_leaves_a_log_that_knows_the_same_behind_a_format(
    home: Path,
) -> None:
    keep_rules(home)
    flash, _ = lived_in({})
    recorded = record(powered(without_file_system(flash)), "install")
    born = generations(recorded).index(2)
    # The rules that the state names are there from the first moment on.
    name, rules = policy_file(RULES)
    for _, image in cuts(recorded)[born:]:
        files = files_on(image)
        assert rules in (files.get(f"/log/a/{name}"), files.get(f"/log/b/{name}"))


@pytest.fixture(scope="module")
def rescued(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recorded, RawLog, Path]:
    """A rescue that begins a new log, the log before it, and the database that it left."""
    home = tmp_path_factory.mktemp("rescued")
    keep_rules(home)
    flash, log = lived_in({})
    pico = powered(without_file_system(flash), OWN)
    assert pico.run(2000, lambda: bool(pico.lamp))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROLLCASE_DB", str(home / "rollcase.db"))
        recorded = record(pico, "rescue", "--new-log", "--to", str(home / "saved"))
    return recorded, log, home / "rollcase.db"


def test_power_cut_at_any_write_leaves_a_log_that_knows_the_same_in_a_rescue(
    rescued: tuple[Recorded, RawLog, Path],
) -> None:
    recorded, _, _ = rescued
    born = generations(recorded).index(2)
    # The firmware finds the same: before the new log begins, in its first moment, and later on.
    places = cuts(recorded)
    for place, image in (places[0], places[born // 2], places[born - 1], *places[born::3]):
        known = known_on(image)
        case = PluggedPico(OWN, image)
        case.boot()
        start = events.decode(records(case)[-1])
        assert start.kind == events.BOOT
        state.apply(known, start)
        assert snapshot.unpack(case.ask("state", seq=0).raw("raw")) == known, place


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_rescue_that_was_cut_is_done_again(
    run: Run, rescued: tuple[Recorded, RawLog, Path], home: Path, share: float
) -> None:
    recorded, log, database = rescued
    shutil.copy(database, home / "rollcase.db")
    places = cuts(recorded)
    _, image = places[int(len(places) * share)]
    pico = powered(image, OWN)
    pico.run(3000)
    told = run(pico, "rescue", "--new-log", "--to", str(home / "again"))
    assert told.code == 0, told.err
    pico.run(3000)
    case = snapshot.unpack(pico.ask("state", seq=0).raw("raw"))
    assert (case.hold_reason, case.reactions, case.uses) == (events.SUNBURN, 1, 1)
    assert pico.ask("status").word("fault") == ""
    current = logs_on(pico.flash).current
    assert current
    assert current.log_id != log.log_id


def test_power_cut_at_any_write_leaves_firmware_with_a_log_that_it_knows(
    home: Path, new: Files
) -> None:
    """The old firmware knows the segments alone, the new one the blocks."""
    old = {**new, "rollcore/gone.mpy": b"old"}
    flash, log = older(2, in_folder("firmware-01d01d01", old))
    pico = PluggedPico(STOCK, flash)
    recorded = record(pico, "install")
    parts = segments_of(log, 2)
    known = expected_of(log, 900)
    seen = []
    for place, image in cuts(recorded):
        files = files_on(image)
        is_new = running(files) == new
        assert is_new or running(files) == old, place
        if is_new:
            assert known_on(image) == known, place
        else:
            for name, raw in parts.items():
                assert files[f"/log/{name}"] == raw, place
        seen.append(is_new)
    assert seen == sorted(seen)
    assert set(seen) == {False, True}
