"""What a case does where somebody uses it wrongly, as the table in README.md says."""

from tests.firmware.whole_case import DAY, NOW, SHORT, WholeCase

from rollcore import events, state
from rollcore.events import FROM_HOST
from rollcore.state import CLEAN_ME, NORMAL, PREPARE, READY, SOAKING, WARN


def set_up(case: WholeCase) -> None:
    """Give the case a clock and rules; nothing was rolled yet."""
    assert case.app.set_policy(SHORT) == ""
    case.app.set_clock(NOW, FROM_HOST, events.SYNCHRONISED)
    assert case.phase == PREPARE


def roll(case: WholeCase) -> None:
    """Soak, let dry and roll for a minute."""
    case.press()
    case.wait(20 * 60)
    assert case.phase == READY
    case.press()
    case.wait(60)
    case.press()


def names(case: WholeCase, since: int) -> set[str]:
    """Return the kinds of what was logged after a record."""
    return {name for name, _ in case.news(since)}


def test_case_shows_no_green_and_starts_no_use_without_the_soak_before(case: WholeCase) -> None:
    set_up(case)
    before = case.last_seq
    for touch in (case.long_press, case.press, case.press):
        touch()
        assert case.phase in (PREPARE, SOAKING)
    case.wait(30 * DAY)
    assert "use_started" not in names(case, before)


def test_case_takes_no_other_use_until_the_soak_after_is_done(case: WholeCase) -> None:
    set_up(case)
    roll(case)
    assert (case.phase, case.app.standing.stage) == (CLEAN_ME, NORMAL)
    case.wait(59 * 60)
    assert case.app.standing.stage == NORMAL
    case.wait(2 * 60)
    assert case.app.standing.stage == WARN
    case.wait(60 * DAY)
    before = case.last_seq
    for touch in (case.press, case.long_press, case.press):
        touch()
        assert case.phase in (CLEAN_ME, SOAKING)
    assert "use_started" not in names(case, before)


def test_head_that_was_changed_without_telling_counts_on(case: WholeCase) -> None:
    set_up(case)
    roll(case)
    case.press()
    case.wait(40 * 60)
    case.wait(SHORT.head_s - DAY)
    assert case.app.journal.state.head_uses == 1
    case.wait(DAY)
    assert case.phase == state.HEAD_EXPIRED
