"""The one way to flash: what is logged, and a flash that takes nothing."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.firmware.day_table import RED
from tests.firmware.flaky_flash import FlakyFlash
from tests.firmware.whole_case import (
    DAY,
    LOG_ID,
    MINUTE,
    NOW,
    WholeCase,
    bring_to,
    make_foreign,
)
from tests.micropython.suite import old_log

from rollcase import journal, lamp
from rollcase.clock import STORE_EVERY_S, Clock
from rollcase.journal import Journal
from rollcase.recorder import Recorder
from rollcase.server import Server
from rollcore import events, frames, messages, policy, state
from rollcore.events import FROM_HOST, Event
from rollcore.messages import Message
from rollcore.state import SAFE_AFTER

# The recorder alone


def recorder_in(directory: Path, cause: int = events.POWER_ON) -> Recorder:
    """Return the recorder of a case in this folder, which has just been switched on."""
    log = Journal(str(directory), lambda: LOG_ID)
    return Recorder(log, Clock(NOW, 0), policy.for_needle(500), cause, lambda line: None)


def test_start_is_logged_once(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)
    assert [recorder.start(), recorder.start()] == [True, False]
    assert (recorder.journal.next, recorder.started, recorder.why_not) == (2, True, "")


def test_logged_event_is_stamped_with_boot_uptime_and_case_time(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)
    recorder.start()
    recorder.clock.advance(7000)
    assert recorder.log(events.BATTERY_LOW, {"millivolts": 3000}) == ""
    _, _, raw = recorder.journal.read(2, 1)
    logged = events.decode(raw)
    assert (logged.boot, logged.uptime, logged.time) == (1, 7, NOW + 7)


def test_clock_follows_a_logged_setting_and_no_other(flash: FlakyFlash, tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)
    recorder.start()
    data = {"old": NOW, "source": FROM_HOST, "forced": 0, "sure": 0}
    flash.broken = "flush"
    assert recorder.log(events.CLOCK_SET, data, time=NOW + 99) == recorder.fault != ""
    assert recorder.clock.time == NOW
    flash.broken = ""
    assert recorder.log(events.CLOCK_SET, data, time=NOW + 99) == recorder.fault == ""
    assert recorder.clock.time == NOW + 99


def test_recorder_leaves_word_of_each_change(flash: FlakyFlash, tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)

    def change_after(call: Callable[[], object]) -> bool:
        recorder.changed = False
        call()
        return recorder.changed

    assert change_after(recorder.start)
    assert not change_after(recorder.start)
    assert change_after(lambda: recorder.log(events.BATTERY_LOW, {"millivolts": 3000}))
    flash.broken = "flush"
    assert change_after(lambda: recorder.log(events.BATTERY_LOW, {"millivolts": 3000}))
    flash.broken = ""
    assert change_after(recorder.look_again)
    assert change_after(lambda: recorder.log_policy(policy.for_needle(250), 0))
    assert change_after(lambda: recorder.log_failure({"file": 0, "error": 0, "line": 0}))


def test_failures_of_the_flash_are_counted(flash: FlakyFlash, tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)
    flash.broken = "open"
    for number in (1, 2):
        assert not recorder.start()
        assert (recorder.failures, recorder.started, recorder.why_not) == (
            number,
            False,
            recorder.fault,
        )


def test_failure_before_the_start_is_logged_is_a_fault_without_a_record(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)
    recorder.log_failure({"file": 0, "error": 0, "line": 0})
    assert (recorder.fault, recorder.journal.next) == ("the firmware has failed", 1)


def test_safe_mode_logs_its_start_and_nothing_else(tmp_path: Path) -> None:
    for _ in range(SAFE_AFTER):
        recorder = recorder_in(tmp_path, events.SOFT_RESET)
        recorder.start()
        recorder.log_failure({"file": 0, "error": 0, "line": 0})
    recorder = recorder_in(tmp_path, events.SOFT_RESET)
    assert not recorder.start()
    assert (recorder.safe, recorder.started) == (True, True)
    assert "in a row" in recorder.why_not


# Records that the flash does not take


@pytest.mark.parametrize("call", ["write", "flush"])
@pytest.mark.parametrize("phase", [state.PREPARE, state.READY, state.IN_USE, state.CLEAN_ME])
def test_gesture_that_the_flash_does_not_take_has_no_effect(
    flash: FlakyFlash, tmp_path: Path, phase: str, call: str
) -> None:
    case = WholeCase(tmp_path)
    bring_to(case, phase)
    before, at = case.app.journal.state.copy(), case.last_seq
    flash.broken = call
    case.press()
    assert case.phase == lamp.FAULT
    assert "flash" in case.app.fault
    assert case.app.journal.state == before
    assert case.last_seq == at
    flash.broken = ""
    case.press()
    assert case.app.fault == ""
    assert case.last_seq == at + 1
    assert case.phase not in (lamp.FAULT, phase)


def test_fault_is_shown_as_sos(flash: FlakyFlash, tmp_path: Path) -> None:
    case = WholeCase(tmp_path)
    case.app.set_clock(NOW, FROM_HOST, False)
    flash.broken = "write"
    case.tick(0, True)
    case.wait_ms(200, True)
    case.tick(0, False)
    case.wait_ms(45)
    lit = [ms for colour, ms in case.watch(5600) if colour == RED]
    assert lit == [150] * 3 + [450] * 3 + [150] * 3


def test_record_is_on_flash_before_the_lamp_follows(flash: FlakyFlash, tmp_path: Path) -> None:
    case = WholeCase(tmp_path)
    seen: list[tuple[str, int]] = []
    flash.watchers.append(lambda: seen.append((case.phase, case.app.journal.state.seq)))
    before = case.last_seq
    for name in (state.PREPARE, state.SOAKING):
        assert case.phase == name
        case.press() if name == state.PREPARE else case.long_press()
    assert seen == [(state.PREPARE, before), (state.SOAKING, before + 1)]


def test_soak_end_that_the_flash_did_not_take_is_logged_a_minute_later(
    flash: FlakyFlash, tmp_path: Path
) -> None:
    case = WholeCase(tmp_path)
    bring_to(case, state.SOAKING)
    started = case.log()[-1].time
    flash.broken = "write"
    case.wait(started + 600 - case.app.clock.time)
    assert case.phase == lamp.FAULT
    flash.broken = ""
    case.wait(59)
    assert case.phase == lamp.FAULT
    case.wait(1)
    assert case.phase == state.DRYING
    assert case.log()[-1].time == started + 660


def test_fault_ends_after_a_minute_without_repeating_the_gesture(
    flash: FlakyFlash, tmp_path: Path
) -> None:
    case = WholeCase(tmp_path)
    flash.broken = "write"
    case.press()
    assert case.phase == lamp.FAULT
    before = case.last_seq
    flash.broken = ""
    case.wait(59)
    assert case.phase == lamp.FAULT
    case.wait(1)
    assert (case.app.fault, case.phase) == ("", state.PREPARE)
    assert case.news(before) == []
    case.press()
    assert case.phase == state.SOAKING


def test_fault_stays_while_the_log_is_full(
    monkeypatch: pytest.MonkeyPatch, case: WholeCase
) -> None:
    while case.last_seq < journal.SEGMENT_RECORDS:
        case.app.journal.append(Event(events.HEAD_NEW, {"uses": 0, "token": 0}, boot=1))
    blocks = list(os.statvfs(case.directory))
    blocks[3] = journal.RESERVE_BLOCKS - 1
    monkeypatch.setattr(os, "statvfs", lambda _: blocks)
    case.press()
    assert "full" in case.app.fault
    case.wait(10 * MINUTE)
    assert "full" in case.app.fault
    assert case.phase == lamp.FAULT
    blocks[3] = journal.RESERVE_BLOCKS
    case.wait(MINUTE)
    assert (case.app.fault, case.phase) == ("", state.PREPARE)


@pytest.mark.parametrize(
    "place", [4, 5, 24], ids=["format of the segment", "size of the state", "format of the state"]
)
def test_log_of_another_firmware_is_a_lasting_fault_and_stays_unchanged(
    case: WholeCase, place: int
) -> None:
    """If that firmware is put back, it finds its log and clock as they were."""
    case.app.set_clock(NOW, FROM_HOST, False)
    case.app.set_policy(policy.for_needle(250))
    case.wait(STORE_EVERY_S + 10)
    make_foreign(case, place)
    before = {path.name: path.read_bytes() for path in case.directory.iterdir()}
    case.switch_on()
    case.press()
    case.wait(2 * STORE_EVERY_S)
    assert case.app.set_policy(policy.for_needle(500)) != ""
    assert case.app.set_clock(NOW + DAY, FROM_HOST, False) != ""
    assert case.phase == lamp.FAULT
    assert case.app.fault == case.app.journal.trouble() == case.app.journal.unusable != ""
    assert {path.name: path.read_bytes() for path in case.directory.iterdir()} == before


def test_log_of_format_1_stays_unchanged_and_the_case_says_how_it_comes_home(
    tmp_path: Path,
) -> None:
    (tmp_path / old_log.NAME).write_bytes(old_log.segment())
    case = WholeCase(tmp_path)
    case.press()
    case.wait(2 * STORE_EVERY_S)
    assert case.phase == lamp.FAULT
    assert case.app.set_clock(NOW, FROM_HOST, False) == case.app.fault
    assert "another version of the firmware" in case.app.fault
    assert "host rescue" in case.app.fault
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        old_log.NAME: old_log.segment()
    }


def test_fault_gives_no_ordinary_answer(flash: FlakyFlash, tmp_path: Path) -> None:
    case = WholeCase(tmp_path)
    case.app.set_clock(NOW, FROM_HOST, False)
    bring_to(case, state.RESTING)
    flash.broken = "write"
    case.long_press()
    assert case.phase == lamp.FAULT
    assert (RED, 60) not in case.watch(2000)


@pytest.fixture
def unlogged(flash: FlakyFlash, tmp_path: Path) -> WholeCase:
    """Return a case in use that lost power, and whose flash works again after the start."""
    case = WholeCase(tmp_path)
    case.app.set_clock(NOW, FROM_HOST, False)
    bring_to(case, state.IN_USE)
    flash.broken = "write"
    case.switch_on()
    assert case.phase == lamp.FAULT
    flash.broken = ""
    return case


def test_boot_that_the_flash_did_not_take_is_logged_a_minute_later(unlogged: WholeCase) -> None:
    at = unlogged.last_seq
    unlogged.wait(61)
    assert [name for name, _ in unlogged.news(at)] == ["boot"]
    assert unlogged.phase == state.CLEAN_ME


def test_press_before_the_boot_is_logged_logs_only_the_boot(unlogged: WholeCase) -> None:
    """The press was meant for a phase that the power cut has ended."""
    at = unlogged.last_seq
    unlogged.press()
    assert [name for name, _ in unlogged.news(at)] == ["boot"]
    assert unlogged.phase == state.CLEAN_ME
    assert unlogged.app.journal.state.end_known is False


def test_clock_is_set_after_the_boot_is_logged(unlogged: WholeCase) -> None:
    at = unlogged.last_seq
    assert unlogged.app.set_clock(NOW + DAY, FROM_HOST, False) == ""
    unlogged.wait(120)
    assert [name for name, _ in unlogged.news(at)] == ["boot", "clock_set"]
    assert unlogged.app.journal.state.clock_set is True


def test_policy_is_set_after_the_boot_is_logged(unlogged: WholeCase) -> None:
    at = unlogged.last_seq
    assert unlogged.app.set_policy(policy.for_needle(250)) == ""
    unlogged.wait(120)
    assert [name for name, _ in unlogged.news(at)] == ["boot", "policy_set"]


def test_readiness_ends_even_if_the_flash_did_not_take_the_boot(
    flash: FlakyFlash, tmp_path: Path
) -> None:
    case = WholeCase(tmp_path)
    bring_to(case, state.READY)
    flash.broken = "write"
    case.switch_on()
    flash.broken = ""
    case.wait(1200)
    assert case.phase == state.PREPARE


def test_boot_that_was_not_logged_is_logged_after_an_acknowledgement(
    flash: FlakyFlash, tmp_path: Path
) -> None:
    case = WholeCase(tmp_path)
    case.app.set_clock(NOW, FROM_HOST, False)
    bring_to(case, state.READY)
    flash.broken = "write"
    case.switch_on()
    flash.broken = ""
    case.app.ack(case.last_seq)
    case.wait(120)
    assert case.phase == state.PREPARE
    assert case.app.journal.state.clock_set is False
    assert case.log()[-1].name == "boot"


def test_new_head_before_the_boot_is_logged_counts_the_open_use(
    unlogged: WholeCase,
) -> None:
    server = Server(unlogged.app, "e661a4d1", "pico")
    body = messages.encode(Message(1, "head", {"token": 5}), messages.REQUESTS)
    server.receive(frames.encode(body))
    assert b" told " in server.answer()
    assert unlogged.news(0)[-1] == ("head_new", {"uses": 1, "token": 5})
