"""When a board needs a new log, and what that begins with. How it is begun: tests/emulator."""

import pytest
from tests.host.older_logs import policy_file, segments_of
from tests.host.raw_logs import RawLog
from tests.micropython.suite import vectors

from rollcore import blocks, policy
from rollcore.blocks import Mark
from rollcore.events import CASE_EPOCH
from rollhost.board import new_log, room
from rollhost.board.bring_home import keep_in
from rollhost.board.new_log import Birth
from rollhost.board.rescue import Saved, file_of
from rollhost.database.archive import Archive
from rollhost.errors import RollcaseError

RULES = policy.for_needle(250).changed(revision=3)
NOW = CASE_EPOCH + 300_000_000


def lived_in() -> RawLog:
    """A log of four blocks, whose policy is `RULES`."""
    log = RawLog()
    log.start()
    log.add(3, {"digest": RULES.digest, "needle_um": RULES.needle_um, "kept": 0})
    log.use()
    log.fill(400)
    log.checkpoint(acked=300, later_s=70)
    log.use()
    return log


def read(log: RawLog | None, files: dict[str, bytes] | None = None) -> Saved:
    """Return what was read from a board with this log and these files."""
    return Saved("e661a4d1", "Raspberry Pi Pico", log.raw if log else {}, files or {})


def plan(archive: Archive, saved: Saved) -> Birth | None:
    """Return the new log that the board needs, once what was read is at home."""
    keep_in(archive, saved, "pico", NOW)
    return new_log.plan(archive, saved)


def test_log_whose_files_are_all_there_goes_on(archive: Archive) -> None:
    assert plan(archive, read(lived_in())) is None
    assert plan(archive, read(None)) is None


def test_log_that_has_lost_a_file_is_followed_by_one_that_knows_the_same(archive: Archive) -> None:
    log = lived_in()
    saved = read(log)
    saved.missing = ["1-000/00001"]
    birth = plan(archive, saved)
    assert birth
    assert (birth.why, birth.generation, birth.follows) == ("lost files", 2, log.log_id)
    time = log.state.time
    log.state.seq = 0
    assert (birth.state, birth.state.time) == (log.state, time)
    assert birth.kept == [log.checkpoints[0], log.places[-1]]
    assert sorted(birth.old) == sorted(log.blocks)
    assert all(birth.old[place] == raw[64:96] for place, raw in log.raw.items())


def test_log_without_a_file_system_or_without_a_block_is_followed_too(archive: Archive) -> None:
    saved = read(lived_in())
    saved.mounted = False
    birth = plan(archive, saved)
    assert birth
    assert birth.why == "no file system"
    log = lived_in()
    page = log.checkpoints[0]
    birth = plan(archive, Saved("e661a4d1", "", {page: log.raw[page]}))
    assert birth
    assert (birth.why, birth.state.uses, birth.generation) == ("lost files", 1, 2)


def test_case_time_goes_on_from_the_checkpoint(archive: Archive) -> None:
    log = lived_in()
    log.checkpoint(later_s=500)
    saved = read(log)
    saved.missing = ["1-000/00001"]
    birth = plan(archive, saved)
    assert birth
    assert birth.state.time == log.state.time + 500


def test_older_log_is_followed_by_the_first_generation(archive: Archive) -> None:
    log = lived_in()
    birth = plan(archive, read(None, segments_of(log, 2)))
    assert birth
    assert (birth.why, birth.generation, birth.follows) == ("older log", 1, log.log_id)
    assert (birth.kept, birth.old) == ([], {})
    log.state.seq = 0
    assert birth.state == log.state


def test_new_log_that_was_begun_and_not_used_is_begun_again(archive: Archive) -> None:
    """The power was cut, and the firmware that knows the older log has run on."""
    older, born = lived_in(), RawLog(100, b"another.", 1, None, vectors.LOG_ID)
    birth = plan(archive, read(born, segments_of(older, 2)))
    assert birth
    assert (birth.generation, birth.follows) == (2, older.log_id)
    assert sorted(birth.old) == [100]
    born.start()
    assert plan(archive, read(born, segments_of(older, 2))) is None


@pytest.mark.parametrize("path", ["a/", "b/", ""])
def test_policy_in_force_comes_from_the_board(archive: Archive, path: str) -> None:
    name, raw = policy_file(RULES)
    saved = read(lived_in(), {path + name: raw})
    saved.missing = ["1-000/00001"]
    birth = plan(archive, saved)
    assert birth
    assert birth.policy
    assert birth.policy.text == RULES.text
    assert not birth.lacks_policy


def test_policy_comes_from_the_database_where_the_board_has_lost_it(archive: Archive) -> None:
    name, raw = policy_file(RULES)
    other, _ = policy_file(policy.for_needle(500))
    saved = read(lived_in(), {"a/" + name: raw[:-1] + b"?", "b/" + name: b"", "a/" + other: raw})
    saved.missing = ["1-000/00001"]
    birth = plan(archive, saved)
    assert birth
    assert birth.policy is None
    assert birth.lacks_policy
    with archive.transaction():
        archive.keep_policy(RULES)
    birth = plan(archive, saved)
    assert birth
    assert birth.policy
    assert birth.policy.digest == RULES.digest


def test_new_log_is_noted_with_what_it_follows(archive: Archive) -> None:
    log = lived_in()
    saved = read(log)
    saved.missing = ["1-000/00001"]
    birth = plan(archive, saved)
    assert birth
    birth.log_id = b"another."
    new_log.note(archive, saved, birth, NOW)
    (case,) = archive.cases()
    assert archive.log_name(case.log_id or 0) == b"another.".hex()
    facts = archive.log_facts(case.log_id or 0)
    assert (facts.generation, facts.follows) == (2, log.log_id.hex())
    assert [seq for seq, _ in facts.states] == [0]


def test_log_of_a_newer_format_is_left_alone() -> None:
    log = lived_in()
    new_log.check_known(read(log))
    mark = bytearray(blocks.pack_mark(Mark(blocks.LOG, 1, log.log_id, 0, bytes(8))))
    mark[4] = blocks.FORMAT + 1
    log.blocks[3] = bytearray(b"\xff" * 64 + blocks.sealed(bytes(mark[:28]), 0) + bytes(4000))
    with pytest.raises(RollcaseError, match="was written by a newer version"):
        new_log.check_known(read(log))


def test_new_log_of_a_fork_follows_the_fork(archive: Archive) -> None:
    keep_in(archive, read(lived_in()), "pico", NOW)
    fork = RawLog()
    fork.start()
    fork.fill(5)
    saved = read(fork)
    saved.missing = ["1-000/00000"]
    birth = plan(archive, saved)
    assert birth
    birth.log_id = b"another."
    new_log.note(archive, saved, birth, NOW)
    (case,) = archive.cases()
    _, forked, born = archive.logs(case.id)
    assert archive.log_facts(born).follows == archive.log_name(forked)


# What may go.


def test_oldest_blocks_may_go_up_to_the_last_record_that_is_at_home() -> None:
    log = lived_in()
    saved = read(log)
    for home, numbers in ((0, []), (116, []), (117, [0]), (300, [0, 1]), (999, [0, 1, 2])):
        spare = room.spare(saved, home)
        assert [file.place for file in spare] == [log.places[number] for number in numbers]
        current = saved.logs.current
        assert current
        assert [file.name for file in spare] == [file_of(current, number) for number in numbers]
    mark = log.raw[log.places[0]][64:96]
    done = blocks.unpack_done(room.spare(saved, 300)[0].done, mark)
    assert done == blocks.Done(log.places[0], 300)


def test_blocks_that_the_state_is_read_from_stay() -> None:
    log = lived_in()
    log.blocks[log.checkpoints[0]] = bytearray(b"\xff" * 4096)
    log.blocks[log.places[-1]][96 + 20] ^= 0x11  # its opening; the state is folded from earlier on
    assert [file.place for file in room.spare(read(log), 999)] == log.places[:2]


def test_block_without_a_file_cannot_go() -> None:
    saved = read(lived_in())
    saved.missing = ["1-000/00000"]
    assert [file.name for file in room.spare(saved, 300)] == ["1-000/00001"]


def test_all_segments_but_the_last_may_go() -> None:
    files = segments_of(lived_in(), 2)
    names = sorted(files)
    spare = room.spare(read(None, files), 0)
    assert [file.name for file in spare] == names[:-1]
    assert not any(file.done for file in spare)
