"""A log all of whose blocks are lost: the next one is born with what a checkpoint knows."""

from collections.abc import Callable

import pytest
from boards.virtual.flash import BLOCK_SIZE
from tests.firmware.server_line import LOG, Line
from tests.firmware.whole_case import (
    DAY,
    LOG_ID,
    MINUTE,
    NOW,
    WholeCase,
    bring_to,
    fill,
    log_id,
    soak,
    with_zones,
)

from rollcase.block_store import HURT, name_of
from rollcase.checkpoints import NAMES
from rollcore import events, policy, state
from rollcore.blocks import CHECKPOINT, MARK_AT, MARK_SIZE, PAGE_SIZE, SLOTS, Mark, pack_mark
from rollcore.events import FROM_HOST
from rollcore.memory import HEAD_SINCE, USE_END, State

FIRST, SECOND = name_of(1, 0), name_of(2, 0)

HOLD = {"reason": events.COLD_SORE, "until": NOW + 9 * DAY, "token": 8}

Damage = Callable[[WholeCase, str], None]


class PowerCut(Exception):
    """The power is cut before a program or an erase."""


def wipe(case: WholeCase, name: str) -> None:
    case.flash.replace(case.files.block_of(name), 0, b"\xff" * BLOCK_SIZE)


def clear_mark(case: WholeCase, name: str) -> None:
    case.flash.replace(case.files.block_of(name), MARK_AT, bytes(MARK_SIZE))


def flip_three_bits_of_the_mark(case: WholeCase, name: str) -> None:
    for at in (4, 9, 30):
        case.flash.flip(case.files.block_of(name), MARK_AT + at)


DAMAGES = [wipe, clear_mark, flip_three_bits_of_the_mark]


def spoil_pages_of(case: WholeCase, name: str) -> None:
    """Spoil all pages of a file of checkpoints."""
    if name in case.files.names():
        block = case.files.block_of(name)
        case.flash.replace(block, PAGE_SIZE, bytes(BLOCK_SIZE - PAGE_SIZE))


def live_in(case: WholeCase) -> None:
    """Let a case have a clock, rests, a hold, a reaction and uses of a head, in a checkpoint."""
    assert case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED) == ""
    assert case.app.set_policy(with_zones(policy.for_needle(500), "face", "neck")) == ""
    bring_to(case, state.READY)
    case.long_press()
    case.wait(120)
    case.press()
    soak(case)
    told = {"at": NOW - DAY, "red": 1, "token": 77}
    assert case.app.tell(events.REACTION_OPENED, told, 1) == ""
    assert case.app.tell(events.HOLD_SET, HOLD, 1) == ""
    case.wait(20 * MINUTE)


def is_known(case: WholeCase) -> bool:
    """Return whether the case knows anything of what `live_in` did, all of it then."""
    known = case.app.journal.state
    found = {
        known.hold_reason == HOLD["reason"],
        known.reactions == 1,
        known.head_uses == 1,
        known.policy_digest != 0,
    }
    assert len(found) == 1
    return found.pop()


def rests(case: WholeCase) -> bool:
    """Return whether a use that nobody saw is assumed, of each zone."""
    known = case.app.journal.state
    ends = {known.at[USE_END + zone] for zone in range(events.ZONES)}
    return ends == {known.time} and known.dirty and not known.end_known


@pytest.fixture
def lived_in(case: WholeCase) -> WholeCase:
    live_in(case)
    return case


@pytest.mark.parametrize("damage", DAMAGES)
def test_case_that_has_lost_its_only_block_knows_what_its_checkpoint_says(
    lived_in: WholeCase, damage: Damage
) -> None:
    before, now = lived_in.app.journal.state.copy(), lived_in.app.clock.time
    damage(lived_in, FIRST)
    lived_in.switch_on()
    journal = lived_in.app.journal
    (start,) = lived_in.log()
    assert (start.name, start.seq, start.data["lost"]) == ("boot", 1, 1)
    assert (start.boot, journal.state.boot) == (before.boot + 1, before.boot + 1)
    assert is_known(lived_in)
    assert rests(lived_in)
    assert journal.state.tokens == before.tokens
    assert journal.state.hold_until == before.hold_until
    assert journal.state.at[HEAD_SINCE] == before.at[HEAD_SINCE]
    assert journal.state.policy_digest == lived_in.app.policy.digest == before.policy_digest
    assert now - 15 * MINUTE <= start.time <= now
    assert lived_in.app.fault == ""
    assert lived_in.phase == state.CLEAN_ME
    assert (journal.log_id, journal.acked) == (log_id(2), 0)
    # Not all of the lost log is at home.
    assert journal.follows == bytes(8)
    assert {FIRST, SECOND} <= set(lived_in.files.names())
    soak(lived_in)
    lived_in.wait(30 * MINUTE)
    assert lived_in.phase == state.HELD


def test_loss_of_a_log_is_told_once(lived_in: WholeCase) -> None:
    wipe(lived_in, FIRST)
    lived_in.switch_on()
    lived_in.wait(2 * MINUTE)
    lived_in.switch_on()
    assert [event.data["lost"] for event in lived_in.log()] == [1, 0]
    assert lived_in.app.journal.log_id == log_id(2)
    assert is_known(lived_in)


def test_long_log_that_has_lost_all_blocks_goes_on_from_its_checkpoint(
    lived_in: WholeCase,
) -> None:
    fill(lived_in, lived_in.app.journal.left - 2 * SLOTS)
    assert lived_in.app.tell(events.HOLD_SET, {**HOLD, "token": 9}, 0) == ""
    lived_in.wait(2 * MINUTE)
    for name in lived_in.files.names():
        if name not in NAMES:
            wipe(lived_in, name)
    lived_in.switch_on()
    assert is_known(lived_in)
    assert [event.data["lost"] for event in lived_in.log()] == [1]


def test_lost_log_without_a_whole_checkpoint_counts_as_a_use(lived_in: WholeCase) -> None:
    for name in NAMES:
        spoil_pages_of(lived_in, name)
    wipe(lived_in, FIRST)
    lived_in.switch_on()
    assert not is_known(lived_in)
    assert rests(lived_in)
    assert [event.data["lost"] for event in lived_in.log()] == [1]
    assert SECOND in lived_in.files.names()


def test_lost_log_without_checkpoints_is_missed_by_its_file_in_any_generation(
    lived_in: WholeCase,
) -> None:
    """Its records may have gone with its mark."""
    Line(lived_in).ask("ack", log=LOG, seq=lived_in.last_seq)
    Line(lived_in).ask("newlog", log=LOG, keep=1)
    lived_in.wait(2 * MINUTE)
    lived_in.flash.image[:] = b"\xff" * len(lived_in.flash.image)
    lived_in.switch_on()
    assert rests(lived_in)
    assert [event.data["lost"] for event in lived_in.log()] == [1]
    assert name_of(3, 0) in lived_in.files.names()


def test_flash_whose_marks_a_host_has_cleared_has_lost_nothing(lived_in: WholeCase) -> None:
    for name in lived_in.files.names():
        clear_mark(lived_in, name)
        lived_in.files.remove(name)
    lived_in.switch_on()
    assert lived_in.app.journal.state.at == State().at
    assert [event.data["lost"] for event in lived_in.log()] == [0]


def test_log_with_files_counts_beside_a_checkpoint_that_names_a_later_one(
    lived_in: WholeCase,
) -> None:
    """It is left of an earlier life of the flash."""
    mark = Mark(CHECKPOINT, 5, log_id(9), 0, bytes(8))
    lived_in.flash.replace(60, MARK_AT, pack_mark(mark))
    lived_in.switch_on()
    assert lived_in.app.journal.log_id == LOG_ID
    assert is_known(lived_in)


def test_first_start_that_was_cut_anywhere_has_lost_nothing(case: WholeCase) -> None:
    for number in range(10):
        case.flash.image[:] = b"\xff" * len(case.flash.image)
        case.files._blocks = {}
        was_cut = cut_before(case, number, case.switch_on)
        case.switch_on()
        assert {event.data["lost"] for event in case.log()} == {0}, number
        if not was_cut:
            assert number > 2
            return
    raise AssertionError("the start does not end")


def test_flipped_bit_in_the_checkpoint_of_a_lost_log_is_put_right(lived_in: WholeCase) -> None:
    block = lived_in.files.block_of(NAMES[1])
    pages = [
        at
        for at in range(PAGE_SIZE, BLOCK_SIZE, PAGE_SIZE)
        if lived_in.flash.read(block, at, 4) == b"RCCP"
    ]
    lived_in.flash.flip(block, pages[-1] + 100)
    wipe(lived_in, FIRST)
    lived_in.switch_on()
    assert is_known(lived_in)
    (start,) = lived_in.log()
    assert (start.data["corrected"], start.data["lost"]) == (1, 1)


def test_case_knows_the_same_wherever_the_power_is_cut_in_the_start_after_the_loss(
    lived_in: WholeCase,
) -> None:
    wipe(lived_in, FIRST)
    image, files = bytes(lived_in.flash.image), dict(lived_in.files._blocks)
    for number in range(100):
        lived_in.flash.image[:] = image
        lived_in.files._blocks = dict(files)
        was_cut = cut_before(lived_in, number, lambda: start_and_tend(lived_in))
        lived_in.switch_on()
        lived_in.wait(2 * MINUTE)
        assert is_known(lived_in), number
        assert lived_in.app.journal.state.at[USE_END] >= NOW, number
        assert sum(event.data.get("lost", 0) for event in lived_in.log()) == 1, number
        if not was_cut:
            assert number > 5
            return
    raise AssertionError("the start does not end")


def start_and_tend(case: WholeCase) -> None:
    case.switch_on()
    case.wait(2 * MINUTE)


def cut_before(case: WholeCase, number: int, do: Callable[[], object]) -> bool:
    """Do something, and cut the power before its program or erase `number`; return whether."""
    left = [number]

    def watch() -> None:
        if not left[0]:
            raise PowerCut
        left[0] -= 1

    case.flash.watchers.append(watch)
    try:
        do()
    except PowerCut:
        return True
    finally:
        case.flash.watchers.remove(watch)
    return False


# Another owner


def lend(case: WholeCase) -> None:
    """Begin a log that knows nothing of the one before."""
    case.app.ack(case.last_seq)
    assert Line(case).ask("newlog", log=LOG, keep=0).word("log") != LOG


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("seconds", [2, 2 * MINUTE, 3 * DAY])
def test_lost_log_of_another_owner_brings_nothing_of_the_one_before_back(
    lived_in: WholeCase, damage: Damage, seconds: int
) -> None:
    """The blocks of the one before are on the flash yet, and so are its checkpoints."""
    lend(lived_in)
    lived_in.wait(seconds)
    damage(lived_in, SECOND)
    lived_in.switch_on()
    lived_in.wait(5)
    known = lived_in.app.journal.state
    assert lived_in.app.journal.log_id == log_id(3)
    assert (known.hold_reason, known.reactions, known.head_uses) == (0, 0, 0)
    assert known.policy_digest == 0
    assert known.head_out == 1 + events.HEAD_SHARED
    assert rests(lived_in)
    assert lived_in.app.fault != HURT


def test_checkpoint_of_the_log_before_counts_for_nothing_beside_a_file_of_a_later_log(
    lived_in: WholeCase,
) -> None:
    """As when the power is cut before the later log has a checkpoint."""
    pages = {
        name: lived_in.files.block_of(name) for name in NAMES if name in lived_in.files.names()
    }
    before = {block: lived_in.flash.read(block, 0, BLOCK_SIZE) for block in pages.values()}
    first = lived_in.files.block_of(FIRST)
    lend(lived_in)
    lived_in.wait(5)
    for name in NAMES:
        if name in lived_in.files.names():
            wipe(lived_in, name)
    for block, raw in before.items():
        lived_in.flash.replace(block, 0, raw)
    lived_in.flash.replace(first, 0, b"\xff" * BLOCK_SIZE)
    wipe(lived_in, SECOND)
    lived_in.switch_on()
    assert not is_known(lived_in)
    assert rests(lived_in)


def test_power_cut_while_a_log_begins_for_another_owner_never_brings_the_one_before_back(
    lived_in: WholeCase,
) -> None:
    image, files = bytes(lived_in.flash.image), dict(lived_in.files._blocks)
    outcomes = set()
    for number in range(100):
        lived_in.flash.image[:] = image
        lived_in.files._blocks = dict(files)
        lived_in.switch_on()
        was_cut = cut_before(lived_in, number, lambda: lend_and_tend(lived_in))
        lived_in.switch_on()
        has_begun = lived_in.app.journal.log_id != LOG_ID
        assert is_known(lived_in) != has_begun, number
        lived_in.wait(2 * MINUTE)
        generation = 2 if has_begun else 1
        wipe(lived_in, name_of(generation, 0))
        lived_in.switch_on()
        known = lived_in.app.journal.state
        assert (known.head_uses, known.reactions) == ((0, 0) if has_begun else (1, 1)), number
        assert rests(lived_in), number
        outcomes.add(has_begun)
        if not was_cut:
            assert outcomes == {False, True}
            return
    raise AssertionError("the new log does not begin")


def lend_and_tend(case: WholeCase) -> None:
    lend(case)
    case.wait(2 * MINUTE)
