"""What the case shows: patterns, answers, tones, and when they change next."""

import pytest

from rollcase import lamp, sounds
from rollcase.display import Display
from rollcore import state


class Watched:
    """A display that a test watches, with the lines that it traced."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.display = Display(0, self.said.append)

    def colours(self, ms: int) -> list[int]:
        """Return each colour of the next `ms`, once each time it begins."""
        seen: list[int] = []
        for _ in range(ms // 10):
            colour = self.display.colour()
            if not seen or seen[-1] != colour:
                seen.append(colour)
            self.display.ticks += 10
        return seen


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_phase_is_shown_with_its_pattern_and_traced_once(watched: Watched) -> None:
    for _ in range(2):
        watched.display.show(state.CLEAN_ME, state.NORMAL, True, 0)
    assert watched.colours(860) == [lamp.AMBER, lamp.OFF]
    assert watched.said == ["lamp clean_me 0"]


@pytest.mark.parametrize(
    "change", [(state.DRYING, 0, True, 0), (state.IN_USE, 1, True, 0), (state.IN_USE, 0, False, 0),
               (state.IN_USE, 0, True, 1), (state.IN_USE, 0, True, 0, True)]
)  # fmt: skip
def test_pattern_begins_anew_with_each_change(
    watched: Watched, change: tuple[str, int, bool, int] | tuple[str, int, bool, int, bool]
) -> None:
    watched.display.show(state.IN_USE, 0, True, 0)
    watched.colours(500)
    watched.display.show(*change)
    assert len(watched.said) == 2
    assert watched.display.colour() == lamp.OFF  # the gap before a new pattern


def test_sync_is_asked_for_behind_a_phase_and_traced(watched: Watched) -> None:
    for sync_me in (True, True, False):
        watched.display.show(state.DRYING, 0, False, 0, sync_me)
    assert watched.said == ["lamp drying 0 sync_me", "lamp drying 0"]
    watched.display.show(state.DRYING, 0, False, 0, True)
    asked = [colour for colour in watched.colours(4160) if colour != lamp.OFF]
    assert asked == [lamp.CYAN, lamp.BLUE, lamp.BLUE]


def test_sync_is_asked_for_again_behind_an_answer_and_a_dark_lamp(watched: Watched) -> None:
    watched.display.show(state.DRYING, 0, False, 0, True)
    watched.display.go_dark()
    assert watched.colours(3000) == [lamp.OFF]
    watched.display.answer(lamp.NOTED)
    asked = [colour for colour in watched.colours(4680) if colour != lamp.OFF]
    assert asked == [lamp.WHITE, lamp.CYAN, lamp.BLUE, lamp.BLUE]


def test_answer_is_shown_once_and_then_the_phase_again(watched: Watched) -> None:
    watched.display.show(state.DRYING, 0, True, 0)
    watched.display.answer(lamp.NOTED)
    assert watched.colours(1100) == [lamp.OFF, lamp.WHITE, lamp.OFF, lamp.CYAN, lamp.OFF]


def test_fault_gives_no_other_answer(watched: Watched) -> None:
    watched.display.show(lamp.FAULT, 0, True, 0)
    watched.display.answer(lamp.AGAIN)
    assert set(watched.colours(6000)) == {lamp.RED, lamp.OFF}
    watched.display.count(state.SOAKING, (3,))
    assert set(watched.colours(6000)) == {lamp.RED, lamp.OFF}


@pytest.mark.parametrize(
    ("phase", "numbers", "flashes"),
    [
        (state.RESTING, (2,), [lamp.RED] * 2),
        (state.SOAKING, (3,), [lamp.AMBER] * 3),
        (state.HEAD_EXPIRED, (1, 2), [lamp.MAGENTA, lamp.WHITE, lamp.WHITE]),
        (state.HELD, (), [lamp.WHITE]),
    ],
)
def test_numbers_are_counted_in_the_colour_of_the_phase(
    watched: Watched, phase: str, numbers: tuple[int, ...], flashes: list[int]
) -> None:
    watched.display.show(state.PREPARE, 0, True, 0)
    watched.display.count(phase, numbers)
    assert [c for c in watched.colours(4000) if c not in (lamp.OFF, lamp.BLUE)] == flashes


def test_pattern_after_an_answer_waits_for_it(watched: Watched) -> None:
    watched.display.show(state.DRYING, 0, True, 0)
    watched.display.answer(lamp.AGAIN)
    watched.display.then(lamp.BATTERY)
    lit = [colour for colour in watched.colours(3500) if colour != lamp.OFF]
    assert lit == [lamp.WHITE, lamp.WHITE, lamp.RED, lamp.RED, lamp.RED, lamp.CYAN]


def test_tone_changes_are_waited_for_as_the_lamps_are(watched: Watched) -> None:
    display = watched.display
    display.show(state.DRYING, 0, True, 0)
    assert (display.tone(), display.wait_ms()) == (0, 500)
    display.sound(sounds.DONE)
    assert (display.tone(), display.wait_ms()) == (880, 120)
    display.ticks = 120
    assert (display.tone(), display.wait_ms()) == (0, 80)
    display.ticks = 400
    assert display.tone() == 0
