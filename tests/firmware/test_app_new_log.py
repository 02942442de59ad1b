"""A log whose files are lost: everything still goes home, and then a new log is born with it."""

import pytest
from tests.firmware.server_line import LOG, Line
from tests.firmware.whole_case import (
    DAY,
    MINUTE,
    NOW,
    WholeCase,
    bring_to,
    log_id,
    roll,
    soak,
    tell,
    with_rules,
    with_zones,
)

from rollcase import lamp
from rollcase.block_store import HURT, name_of
from rollcore import events, messages, policy, snapshot, state
from rollcore.blocks import SLOTS
from rollcore.events import FROM_HOST
from rollcore.memory import State

FIRST, SECOND, SPARE = (name_of(1, number) for number in range(3))


def grow_to(case: WholeCase, seq: int) -> None:
    """Tell the case of no hold until this is its last record, and do the upkeep."""
    while case.last_seq < seq:
        assert tell(case, events.HOLD_SET, reason=events.NO_HOLD, until=0) == ""
    case.wait(5)


def lose(case: WholeCase, name: str) -> None:
    """Let littlefs lose a file of the log, and cut the power."""
    case.files.forget(name)
    case.switch_on()


@pytest.fixture
def hurt(case: WholeCase) -> WholeCase:
    """Return a case that has seen that the file of its last block is lost."""
    assert case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED) == ""
    with_rules(case, soak_before_min=0)
    lose(case, FIRST)
    case.app.set_clock(NOW + 10, FROM_HOST, events.SYNCHRONISED)
    case.wait(5)
    assert case.app.fault == case.app.journal.hurt == HURT
    return case


# Noticed


@pytest.mark.parametrize("name", [FIRST, SECOND])
def test_lost_file_of_a_block_that_is_needed_is_a_lasting_fault(case: WholeCase, name: str) -> None:
    grow_to(case, SLOTS + 5)
    lose(case, name)
    assert case.phase == state.PREPARE  # until it is idle
    case.wait(5)
    assert (case.phase, case.app.fault) == (lamp.FAULT, HURT)
    case.wait(DAY)
    case.switch_on()
    case.wait(5)
    assert (case.phase, case.app.fault) == (lamp.FAULT, HURT)


def test_lost_file_of_an_acknowledged_block_is_no_fault(case: WholeCase) -> None:
    grow_to(case, SLOTS + 5)
    case.app.ack(SLOTS)
    case.wait(2 * MINUTE)
    lose(case, FIRST)
    case.wait(5)
    assert (case.phase, case.app.fault) == (state.PREPARE, "")
    assert case.app.journal.first == SLOTS + 1


def test_lost_file_of_a_block_that_has_not_begun_is_made_anew(case: WholeCase) -> None:
    grow_to(case, SLOTS + 5)
    assert SPARE in case.files.names()
    lose(case, SPARE)
    case.wait(5)
    assert case.app.fault == ""
    assert SPARE in case.files.names()


def test_no_file_is_made_and_no_block_erased_while_files_are_lost(hurt: WholeCase) -> None:
    names, erases = hurt.files.names(), list(hurt.flash.erases)
    hurt.wait(3 * DAY)
    grow_to(hurt, SLOTS)
    hurt.app.ack(hurt.last_seq)
    hurt.wait(DAY)
    assert (hurt.files.names(), hurt.flash.erases) == (names, erases)


# What still works


def test_no_use_starts_while_files_are_lost(hurt: WholeCase) -> None:
    assert hurt.app.standing.phase == state.READY
    before = hurt.last_seq
    hurt.press()
    hurt.wait(10 * MINUTE)
    assert hurt.news(before) == []
    assert (hurt.phase, hurt.app.fault) == (lamp.FAULT, HURT)


def in_use_with_lost_files(case: WholeCase) -> None:
    """Start a use before the case has seen that a file is lost."""
    assert case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED) == ""
    with_rules(case, soak_before_min=0)
    lose(case, FIRST)
    case.press()
    assert case.phase == state.IN_USE
    case.wait(5)
    assert (case.phase, case.app.fault) == (lamp.FAULT, HURT)


def test_running_use_ends_with_a_press_while_files_are_lost(case: WholeCase) -> None:
    in_use_with_lost_files(case)
    case.wait(120)
    case.press()
    ended = case.log()[-1]
    assert (ended.name, ended.data["how"]) == ("use_ended", events.BY_BUTTON)
    assert 120 <= ended.data["seconds"] <= 130
    assert case.app.standing.phase == state.CLEAN_ME


def test_running_use_times_out_in_time_while_files_are_lost(case: WholeCase) -> None:
    in_use_with_lost_files(case)
    started = case.log()[-1].time
    case.wait(40 * MINUTE)
    ended = case.log()[-1]
    assert (ended.data["how"], ended.time - started) == (events.TIMED_OUT, 30 * MINUTE)


def test_soak_starts_and_ends_in_time_while_files_are_lost(case: WholeCase) -> None:
    in_use_with_lost_files(case)
    case.wait(60)
    case.press()
    case.press()
    started = case.log()[-1]
    case.wait(11 * MINUTE)
    ended = case.log()[-1]
    assert [started.name, ended.name] == ["soak_started", "soak_ended"]
    assert (ended.data["how"], ended.time - started.time) == (events.SOAK_DONE, 10 * MINUTE)


def test_host_gets_and_tells_everything_while_files_are_lost(hurt: WholeCase) -> None:
    line = Line(hurt)
    assert line.ask("status").word("fault") == HURT
    whole = line.ask("get", seq=1, count=hurt.last_seq)
    assert len(whole.raw("raw")) == 32 * hurt.last_seq
    before = hurt.last_seq
    assert line.ask("hold", token=5, reason=events.ACNE, until=0).verb == "told"
    assert line.ask("time", time=hurt.app.clock.time + 60, sure=1, force=0).verb == "clock"
    assert [name for name, _ in hurt.news(before)] == ["hold_set", "clock_set"]
    assert line.ask("ack", log=LOG, seq=hurt.last_seq).integer("seq") == hurt.last_seq


def test_no_policy_is_set_while_files_are_lost(hurt: WholeCase) -> None:
    before = hurt.last_seq
    assert hurt.app.set_policy(policy.for_needle(500)) == HURT
    assert (hurt.news(before), hurt.app.policy.needle_um) == ([], 250)
    assert Line(hurt).error("rule", policy=policy.for_needle(500).text) == (
        messages.BAD_STORAGE,
        HURT,
    )


def test_policy_waits_for_no_upkeep_to_see_that_files_are_lost(case: WholeCase) -> None:
    """A policy is written right after a start only if no file of the log is lost."""
    lose(case, FIRST)
    assert case.app.set_policy(policy.for_needle(250)) == HURT


# A new log


def test_new_log_begins_only_when_everything_is_acknowledged(hurt: WholeCase) -> None:
    line = Line(hurt)
    line.ask("ack", log=LOG, seq=hurt.last_seq - 1)
    code, words = line.error("newlog", log=LOG, keep=1)
    assert (code, "not everything" in words) == (messages.BAD_STORAGE, True)
    assert line.ask("status").word("log") == LOG
    line.ask("ack", log=LOG, seq=hurt.last_seq)
    assert line.ask("newlog", log=LOG, keep=1).word("log") == log_id(2).hex()


def renewed(case: WholeCase, keep: int = 1) -> Line:
    """Acknowledge everything, and let the case begin a new log."""
    line = Line(case)
    line.ask("ack", log=LOG, seq=case.last_seq)
    assert line.ask("newlog", log=LOG, keep=keep).word("log") == log_id(2).hex()
    return line


def test_new_log_ends_the_fault_and_outlives_a_power_cut(hurt: WholeCase) -> None:
    renewed(hurt)
    for _ in range(2):
        assert (hurt.app.fault, hurt.phase) == ("", state.READY)
        hurt.switch_on()
        hurt.app.set_clock(NOW + 100, FROM_HOST, events.SYNCHRONISED)
        hurt.wait(5)
    assert hurt.app.journal.log_id == log_id(2)
    roll(hurt)
    assert hurt.phase == state.CLEAN_ME
    assert hurt.app.set_policy(policy.for_needle(500)) == ""


def test_new_log_is_empty_and_follows_the_one_before(hurt: WholeCase) -> None:
    line = renewed(hurt)
    status = line.ask("status")
    assert (status.integer("first"), status.integer("next"), status.integer("acked")) == (1, 1, 0)
    assert line.ask("get", seq=1, count=9).raw("raw") == b""
    assert hurt.app.journal.follows.hex() == LOG


def lived_in(case: WholeCase) -> None:
    """Let a case have rests, a hold, tokens of reactions, uses of a head, and zones."""
    assert case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED) == ""
    assert case.app.set_policy(with_zones(policy.for_needle(500), "face", "neck")) == ""
    bring_to(case, state.READY)
    case.long_press()
    case.wait(120)
    case.press()
    soak(case)
    told = {"at": NOW - DAY, "red": 1, "token": 77}
    assert case.app.tell(events.REACTION_OPENED, told, 1) == ""
    assert case.app.tell(events.HOLD_SET, {"reason": 3, "until": NOW + 9 * DAY, "token": 8}) == ""


def test_new_log_is_born_with_what_the_case_knows(case: WholeCase) -> None:
    lived_in(case)
    before = case.app.journal.state.copy()
    now, rules, zones = case.app.clock.time, case.app.policy.text, case.app.standing.phase
    line = renewed(case)
    before.seq, before.time = 0, now
    assert case.app.journal.state == before
    answer = line.ask("state", seq=1)
    assert (answer.integer("seq"), snapshot.unpack(answer.raw("raw"))) == (0, before)
    assert (case.app.clock.time, case.app.policy.text, case.app.standing.phase) == (
        now,
        rules,
        zones,
    )
    line.ask("hold", token=8, reason=3, until=NOW + 9 * DAY)  # told again
    assert case.last_seq == 0
    case.switch_on()
    after = case.app.journal.state
    assert [event.name for event in case.log()] == ["boot"]
    assert (after.head_uses, after.hold_reason, after.tokens) == (
        before.head_uses,
        before.hold_reason,
        before.tokens,
    )
    assert (case.app.clock.time, case.app.policy.text) == (now, rules)
    assert case.phase == zones


def test_new_log_asked_for_again_is_the_same(case: WholeCase) -> None:
    line = renewed(case)
    names = case.files.names()
    for _ in range(2):
        assert line.ask("newlog", log=LOG, keep=1).word("log") == log_id(2).hex()
        assert (case.app.journal.log_id, case.last_seq) == (log_id(2), 0)
        assert case.files.names() == names
    case.switch_on()
    before = case.last_seq
    assert Line(case).ask("newlog", log=LOG, keep=1).word("log") == log_id(2).hex()
    assert case.last_seq == before


@pytest.mark.parametrize("log", ["0000000000000000", "x", LOG.upper() + "x"])
def test_new_log_in_place_of_another_log_is_refused(case: WholeCase, log: str) -> None:
    assert Line(case).error("newlog", log=log, keep=1)[0] == messages.BAD_LOG
    assert case.app.journal.log_id.hex() == LOG


@pytest.mark.parametrize("keep", [2, 4294967295])
def test_new_log_with_an_impossible_keep_is_refused(case: WholeCase, keep: int) -> None:
    line = Line(case)
    line.ask("ack", log=LOG, seq=1)
    assert line.error("newlog", log=LOG, keep=keep)[0] == messages.BAD_REQUEST
    assert case.app.journal.log_id.hex() == LOG


def test_new_log_that_the_flash_does_not_take_leaves_the_log(case: WholeCase) -> None:
    lived_in(case)
    before = case.app.journal.state.copy()
    line = Line(case)
    line.ask("ack", log=LOG, seq=case.last_seq)
    case.flash.broken = True
    assert line.error("newlog", log=LOG, keep=1)[0] == messages.BAD_STORAGE
    case.flash.broken = False
    assert (case.app.journal.log_id.hex(), case.app.journal.state) == (LOG, before)
    assert line.ask("newlog", log=LOG, keep=1).verb == "log"
    assert case.app.journal.follows.hex() == LOG


def test_files_of_the_log_before_are_removed_when_the_case_is_idle(case: WholeCase) -> None:
    grow_to(case, 2 * SLOTS)
    renewed(case)
    assert {FIRST, SECOND} <= set(case.files.names())
    case.wait(5)
    assert {FIRST, SECOND, SPARE} & set(case.files.names()) == set()
    case.switch_on()
    assert case.app.journal.log_id == log_id(2)


def test_log_of_another_owner_is_empty_and_the_head_is_out(case: WholeCase) -> None:
    lived_in(case)
    now, boot = case.app.clock.time, case.app.journal.state.boot
    line = renewed(case, keep=0)
    expected = State()
    expected.time, expected.boot, expected.clock_set = now, boot, True
    expected.sure = True
    expected.head_out = 1 + events.HEAD_SHARED
    assert case.app.journal.state == expected
    assert case.app.policy.text == policy.for_needle(500).text
    assert case.phase == state.HEAD_EXPIRED
    assert line.ask("policy").word("policy") == policy.for_needle(500).text
    case.switch_on()
    assert case.phase == state.HEAD_EXPIRED
    assert case.app.policy.text == policy.for_needle(500).text
    case.very_long_press()
    assert case.phase == state.PREPARE


def test_new_log_of_a_case_that_is_well_is_taken_too(case: WholeCase) -> None:
    renewed(case)
    case.wait(DAY)
    assert (case.app.fault, case.phase) == ("", state.PREPARE)


def test_safe_mode_begins_no_new_log(safe: Line) -> None:
    safe.ask("ack", log=LOG, seq=safe.case.last_seq)
    assert safe.error("newlog", log=LOG, keep=1)[0] == messages.BAD_STORAGE
    assert safe.case.app.journal.log_id.hex() == LOG
