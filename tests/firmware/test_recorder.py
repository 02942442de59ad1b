"""The one way to flash: what is logged, and a flash that takes nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.firmware.day_table import RED
from tests.firmware.memory_flash import Ground
from tests.firmware.server_line import whole
from tests.firmware.whole_case import (
    DAY,
    FOREIGN,
    LOG_ID,
    MINUTE,
    NOW,
    SMALLEST,
    WholeCase,
    bring_to,
    fill,
    make_foreign,
)

from rollcase import lamp
from rollcase.clock import Clock
from rollcase.journal import CLOCK_EVERY_S, Journal
from rollcase.recorder import Recorder
from rollcase.server import Server
from rollcore import events, frames, messages, policy, state
from rollcore.blocks import MARK_SIZE
from rollcore.events import FROM_HOST
from rollcore.messages import Message
from rollcore.state import SAFE_AFTER

# The recorder alone


def recorder_on(ground: Ground, cause: int = events.POWER_ON) -> Recorder:
    """Return the recorder of a case on this flash, which has just been switched on."""
    log = Journal(ground.flash, ground.files, lambda: LOG_ID)
    return Recorder(log, Clock(NOW, 0), policy.for_needle(500), cause, lambda line: None)


def test_start_is_logged_once(ground: Ground) -> None:
    recorder = recorder_on(ground)
    assert [recorder.start(), recorder.start()] == [True, False]
    assert (recorder.journal.next, recorder.started, recorder.why_not) == (2, True, "")


def test_logged_event_is_stamped_with_boot_uptime_and_case_time(ground: Ground) -> None:
    recorder = recorder_on(ground)
    recorder.start()
    recorder.clock.advance(7000)
    assert recorder.log(events.BATTERY_LOW, {"millivolts": 3000}) == ""
    _, _, raw = recorder.journal.read(2, 1)
    logged = events.decode(raw)
    assert (logged.boot, logged.uptime, logged.time) == (1, 7, NOW + 7)


def test_clock_follows_a_logged_setting_and_no_other(ground: Ground) -> None:
    recorder = recorder_on(ground)
    recorder.start()
    data = {"old": NOW, "source": FROM_HOST, "forced": 0, "sure": 0}
    ground.flash.broken = True
    assert recorder.log(events.CLOCK_SET, data, time=NOW + 99) == recorder.fault != ""
    assert recorder.clock.time == NOW
    ground.flash.broken = False
    assert recorder.log(events.CLOCK_SET, data, time=NOW + 99) == recorder.fault == ""
    assert recorder.clock.time == NOW + 99


def test_recorder_leaves_word_of_each_change(ground: Ground) -> None:
    recorder = recorder_on(ground)

    def change_after(call: Callable[[], object]) -> bool:
        recorder.changed = False
        call()
        return recorder.changed

    assert change_after(recorder.start)
    assert not change_after(recorder.start)
    assert change_after(lambda: recorder.log(events.BATTERY_LOW, {"millivolts": 3000}))
    ground.flash.broken = True
    assert change_after(lambda: recorder.log(events.BATTERY_LOW, {"millivolts": 3000}))
    ground.flash.broken = False
    assert change_after(recorder.look_again)
    assert change_after(lambda: recorder.log_policy(policy.for_needle(250), 0))
    assert change_after(lambda: recorder.log_failure({"file": 0, "error": 0, "line": 0}))


def test_failures_of_the_flash_are_counted(ground: Ground) -> None:
    recorder = recorder_on(ground)
    ground.flash.broken = True
    for number in (1, 2):
        assert not recorder.start()
        assert (recorder.failures, recorder.started, recorder.why_not) == (
            number,
            False,
            recorder.fault,
        )


def test_failure_before_the_start_is_logged_is_a_fault_without_a_record(ground: Ground) -> None:
    recorder = recorder_on(ground)
    recorder.log_failure({"file": 0, "error": 0, "line": 0})
    assert (recorder.fault, recorder.journal.next) == ("the firmware has failed", 1)


def test_safe_mode_logs_its_start_and_nothing_else(ground: Ground) -> None:
    for _ in range(SAFE_AFTER):
        recorder = recorder_on(ground, events.SOFT_RESET)
        recorder.start()
        recorder.log_failure({"file": 0, "error": 0, "line": 0})
    recorder = recorder_on(ground, events.SOFT_RESET)
    assert not recorder.start()
    assert (recorder.safe, recorder.started) == (True, True)
    assert "in a row" in recorder.why_not


# Records that the flash does not take


@pytest.mark.parametrize(("failure", "spoiled"), [("broken", 0), ("spoiling", 3)])
@pytest.mark.parametrize("phase", [state.PREPARE, state.READY, state.IN_USE, state.CLEAN_ME])
def test_gesture_that_the_flash_does_not_take_has_no_effect(
    case: WholeCase, phase: str, failure: str, spoiled: int
) -> None:
    """A slot into which a part of the record went is not used again, nor is its number."""
    bring_to(case, phase)
    before, at = case.app.journal.state.copy(), case.last_seq
    setattr(case.flash, failure, True)
    case.press()
    assert case.phase == lamp.FAULT
    assert "flash" in case.app.fault
    assert case.app.journal.state == before
    setattr(case.flash, failure, False)
    case.press()
    assert case.app.fault == ""
    assert case.last_seq == at + spoiled + 1
    assert len(case.news(at)) == 1
    assert case.phase not in (lamp.FAULT, phase)


def test_start_tells_of_the_slots_that_the_flash_has_spoiled(case: WholeCase) -> None:
    case.flash.spoiling = True
    case.press()
    case.flash.spoiling = False
    case.press()
    case.switch_on()
    boot = case.log()[-1]
    assert (boot.name, boot.data["torn"], boot.data["lost"]) == ("boot", 3, 0)
    case.switch_on()
    assert case.log()[-1].data["torn"] == 0


def test_fault_is_shown_as_sos(case: WholeCase) -> None:
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    case.flash.broken = True
    case.tick(0, True)
    case.wait_ms(200, True)
    case.tick(0, False)
    case.wait_ms(45)
    lit = [ms for colour, ms in case.watch(5600) if colour == RED]
    assert lit == [150] * 3 + [450] * 3 + [150] * 3


def test_record_is_on_flash_before_the_lamp_follows(case: WholeCase) -> None:
    seen: list[tuple[str, int]] = []
    case.wait(CLOCK_EVERY_S)  # until there is no upkeep
    case.flash.watchers.append(lambda: seen.append((case.phase, case.app.journal.state.seq)))
    before = case.last_seq
    for name in (state.PREPARE, state.SOAKING):
        assert case.phase == name
        case.press() if name == state.PREPARE else case.long_press()
    assert seen == [(state.PREPARE, before), (state.SOAKING, before + 1)]


def test_soak_end_that_the_flash_did_not_take_is_logged_a_minute_later(case: WholeCase) -> None:
    bring_to(case, state.SOAKING)
    started = case.log()[-1].time
    case.flash.broken = True
    case.wait(started + 600 - case.app.clock.time)
    assert case.phase == lamp.FAULT
    case.flash.broken = False
    case.wait(59)
    assert case.phase == lamp.FAULT
    case.wait(1)
    assert case.phase == state.DRYING
    assert case.log()[-1].time == started + 660


def test_fault_ends_after_a_minute_without_repeating_the_gesture(case: WholeCase) -> None:
    case.flash.broken = True
    case.press()
    assert case.phase == lamp.FAULT
    before = case.last_seq
    case.flash.broken = False
    case.wait(59)
    assert case.phase == lamp.FAULT
    case.wait(1)
    assert (case.app.fault, case.phase) == ("", state.PREPARE)
    assert case.news(before) == []
    case.press()
    assert case.phase == state.SOAKING


def test_fault_stays_while_the_log_is_full(tmp_path: Path) -> None:
    case = WholeCase(tmp_path, ground=Ground(SMALLEST))
    tools = ["a/tool", "b/tool", "c/tool"]
    for name in tools:
        case.files.make(name, bytes(MARK_SIZE))
    fill(case, 0)
    case.press()
    assert "full" in case.app.fault
    case.wait(10 * MINUTE)
    assert "full" in case.app.fault
    assert case.phase == lamp.FAULT
    for name in tools:
        case.files.remove(name)
    case.wait(MINUTE)
    assert (case.app.fault, case.phase) == ("", state.PREPARE)


@pytest.mark.parametrize("what", FOREIGN)
def test_log_of_another_firmware_is_a_lasting_fault_and_stays_unchanged(
    case: WholeCase, what: str
) -> None:
    """If that firmware is put back, it finds its log and clock as they were."""
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    case.app.set_policy(policy.for_needle(250))
    case.wait(CLOCK_EVERY_S + 10)
    make_foreign(case, what)
    before = on_flash(case)
    case.switch_on()
    case.press()
    case.wait(2 * CLOCK_EVERY_S)
    assert case.app.set_policy(policy.for_needle(500)) != ""
    assert case.app.set_clock(NOW + DAY, FROM_HOST, events.SYNCHRONISED) != ""
    assert case.phase == lamp.FAULT
    assert "another version of the firmware" in case.app.fault
    assert case.app.fault == case.app.journal.trouble() == case.app.journal.unusable
    assert on_flash(case) == before


def test_log_of_format_1_stays_unchanged_and_the_case_says_how_it_comes_home(
    tmp_path: Path, ground: Ground
) -> None:
    ground.files.older = True
    case = WholeCase(tmp_path, ground=ground)
    case.press()
    case.wait(2 * CLOCK_EVERY_S)
    assert case.phase == lamp.FAULT
    assert case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED) == case.app.fault
    assert "another version of the firmware" in case.app.fault
    assert "host rescue" in case.app.fault
    assert on_flash(case) == (b"\xff" * len(ground.flash.image), {})


def on_flash(case: WholeCase) -> tuple[bytes, dict[str, bytes]]:
    """Return all that is on the flash of a case, and in the files of its policy."""
    files = [path for path in case.directory.rglob("*") if path.is_file()]
    return bytes(case.flash.image), {str(path): path.read_bytes() for path in files}


def test_fault_gives_no_ordinary_answer(case: WholeCase) -> None:
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    bring_to(case, state.RESTING)
    case.flash.broken = True
    case.long_press()
    assert case.phase == lamp.FAULT
    assert (RED, 60) not in case.watch(2000)


@pytest.fixture
def unlogged(case: WholeCase) -> WholeCase:
    """Return a case in use that lost power, and whose flash works again after the start."""
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    bring_to(case, state.IN_USE)
    case.flash.broken = True
    case.switch_on()
    assert case.phase == lamp.FAULT
    case.flash.broken = False
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
    assert unlogged.app.set_clock(NOW + DAY, FROM_HOST, events.SYNCHRONISED) == ""
    unlogged.wait(120)
    assert [name for name, _ in unlogged.news(at)] == ["boot", "clock_set"]
    assert unlogged.app.journal.state.clock_set is True


def test_policy_is_set_after_the_boot_is_logged(unlogged: WholeCase) -> None:
    at = unlogged.last_seq
    assert unlogged.app.set_policy(policy.for_needle(250)) == ""
    unlogged.wait(120)
    assert [name for name, _ in unlogged.news(at)] == ["boot", "policy_set"]


def test_readiness_ends_even_if_the_flash_did_not_take_the_boot(case: WholeCase) -> None:
    bring_to(case, state.READY)
    case.flash.broken = True
    case.switch_on()
    case.flash.broken = False
    case.wait(1200)
    assert case.phase == state.PREPARE


def test_boot_that_was_not_logged_is_logged_after_an_acknowledgement(case: WholeCase) -> None:
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    bring_to(case, state.READY)
    case.flash.broken = True
    case.switch_on()
    case.flash.broken = False
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
    assert b" told " in whole(server.answer())
    assert unlogged.news(0)[-1] == ("head_new", {"uses": 1, "token": 5})
