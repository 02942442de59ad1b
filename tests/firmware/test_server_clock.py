"""The server: the clock is set."""

import pytest
from tests.firmware.server_line import Line, grow_log
from tests.firmware.whole_case import DAY, NOW, bring_to

from rollcore import events, frames, messages, state
from rollcore.memory import FOREVER


def test_host_that_does_not_say_how_sure_it_is_has_to_be_updated(line: Line) -> None:
    code, words = line.error("clock", **{"time": NOW, "force": 0})
    assert (code, "update the host program" in words) == (messages.BAD_CLOCK, True)
    assert line.ask("status").integer("time") == 0
    assert line.case.log()[-1].data == {"heard": NOW, "source": 1, "why": events.UNSURE}
    assert line.ask("clock", **{"time": NOW, "force": 1}).integer("new") == NOW
    assert line.case.log()[-1].data == {"old": 0, "source": 1, "forced": 1, "sure": 0}


def test_clock_setting_answers_with_the_old_time(line: Line) -> None:
    line.case.wait(60)
    assert line.ask("time", time=NOW, sure=1, force=0).fields == {"old": 60, "new": NOW}
    assert line.ask("status").integer("clock_set") == 1


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (NOW - 601, "has only counted since"),
        (NOW + 400 * DAY + 1, "400 days"),
        (5, "before this product"),
    ],
)
def test_clock_jump_is_refused_unless_forced(line: Line, time: int, words: str) -> None:
    line.ask("time", time=NOW, sure=1, force=0)
    code, why_not = line.error("time", time=time, sure=1, force=0)
    assert (code, words in why_not) == (messages.BAD_CLOCK, True)
    assert line.ask("status").integer("time") == NOW
    assert line.ask("time", time=time, sure=1, force=1).fields == {"old": NOW, "new": time}
    assert line.case.log()[-1].data == {
        "old": NOW,
        "source": events.FROM_HOST,
        "forced": 1,
        "sure": 1,
    }


def test_force_other_than_1_does_not_force_the_clock(line: Line) -> None:
    line.ask("time", time=NOW, sure=1, force=0)
    assert line.error("time", time=NOW - DAY, sure=1, force=2)[0] == messages.BAD_CLOCK


def test_clock_setting_that_the_flash_does_not_take_is_an_error_of_storage(line: Line) -> None:
    line.case.flash.broken = True
    assert line.error("time", time=NOW, sure=1, force=0)[0] == messages.BAD_STORAGE
    line.case.flash.broken = False
    assert line.ask("status").integer("time") == 0
    assert line.ask("time", time=NOW, sure=1, force=0).integer("new") == NOW


def test_boot_that_the_flash_does_not_take_keeps_the_clock_from_being_set(line: Line) -> None:
    line.case.flash.broken = True
    line.case.switch_on()
    line = Line(line.case)
    assert line.error("time", time=NOW, sure=1, force=0)[0] == messages.BAD_STORAGE


def test_clock_jump_is_refused_as_one_even_with_a_broken_flash(line: Line) -> None:
    """The host offers to force a refused jump; that must stay so while the flash is broken."""
    line.ask("time", time=NOW, sure=1, force=0)
    line.case.flash.broken = True
    line.case.press()
    assert line.ask("status").word("fault") != ""
    assert line.error("time", time=NOW - DAY, sure=1, force=0)[0] == messages.BAD_CLOCK


@pytest.mark.parametrize("time", [FOREVER - 1, FOREVER, 1 << 31, (1 << 32) - 1])
def test_case_goes_on_after_any_time_from_the_host(line: Line, time: int) -> None:
    """With the clock set to any time the case goes on, logs, and starts again."""
    line.send(frames.encode(b"1 clock %d 1" % time))
    bring_to(line.case, state.CLEAN_ME)
    grow_log(line, 60)
    line.case.switch_on()
    assert line.case.phase == state.CLEAN_ME
    assert line.case.app.fault == ""
