"""The screen of a virtual case: it fits its terminal, and answers a press in words."""

import pytest
from rich.style import Style
from tests.firmware.logs import boot_data

from rollcore import events, policy
from rollhost.output import lamp_text
from rollhost.sim.screen import Paper, View, frame


@pytest.mark.parametrize("size", [(80, 24), (72, 19), (30, 5), (1, 1), (200, 60)])
@pytest.mark.parametrize(
    "colours",
    [lamp_text.FULL, lamp_text.SIXTEEN, lamp_text.NONE],
    ids=["all colours", "16 colours", "no colour"],
)
@pytest.mark.parametrize("is_unicode", [True, False], ids=["Unicode", "ASCII"])
def test_frame_fits_its_terminal(size: tuple[int, int], colours: int, is_unicode: bool) -> None:
    view = View("/dev/pts/1", "kept in " + "x" * 100, "host sync", colour=0xFF7000)
    view.hear({"event": "lamp", "pattern": "soaking", "stage": 0, "at": 0.0}, 0)
    for number in range(30):
        view.hear({"event": "fault", "words": f"no {number} " + "y" * 300, "at": 9e5}, 0)
    lines = frame(view, Paper(*size, colours, is_unicode))
    assert len(lines) == size[1]
    assert max(line.cell_len for line in lines) <= size[0]
    if not is_unicode:
        assert all(line.plain.isascii() for line in lines)


SIZES = [(80, 24), (64, 24), (70, 18), (80, 16), (60, 20), (60, 15), (40, 10)]


def drawn(view: View, paper: Paper) -> str:
    return "\n".join(line.plain for line in frame(view, paper))


def colours_in(view: View, paper: Paper) -> set[str]:
    styles = [
        style
        for line in frame(view, paper)
        for style in (line.style, *(span.style for span in line.spans))
    ]
    assert all("#" not in style for style in styles if isinstance(style, str))
    return {style.color.name for style in styles if isinstance(style, Style) and style.color}


@pytest.mark.parametrize("size", SIZES)
def test_lamp_phase_keys_and_port_are_there_down_to_a_small_terminal(
    size: tuple[int, int],
) -> None:
    view = View("/dev/pts/1", "forgotten", "ROLLCASE_NOW=2026-12-18T20:30Z host sync")
    view.hear({"event": "lamp", "pattern": "drying", "stage": 0, "at": 0.0}, 0)
    dark = drawn(view, Paper(*size))
    for words in ("Drying", "space press", "h     hold", "l     long hold", "c     cut", "q "):
        assert words in dark
    for words in ("m +1", "j +1", "d +1", "w +1", "/dev/pts/1", view.sync):
        assert words in dark


@pytest.mark.parametrize("size", [(80, 24), (64, 24), (70, 18)])
def test_lamp_that_asks_for_a_sync_says_so_in_place_of_the_clock(size: tuple[int, int]) -> None:
    view = View("/dev/pts/1", "", "host sync")
    for clock_set in (False, True):
        view.clock_set = clock_set
        for sync_me in (True, False):
            shown = {"event": "lamp", "pattern": "drying", "stage": 0, "sync_me": sync_me}
            view.hear(shown, 0)
            text = drawn(view, Paper(*size))
            assert (lamp_text.SYNC_ME in text) == sync_me
            assert (lamp_text.CLOCK_UNSET in text) == (not sync_me and not clock_set)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("is_unicode", [True, False], ids=["Unicode", "ASCII"])
def test_lamp_can_be_read_without_any_colour(size: tuple[int, int], is_unicode: bool) -> None:
    view = View("/dev/pts/1", "", "host sync")
    view.hear({"event": "lamp", "pattern": "soaking", "stage": 0, "at": 0.0}, 0)
    paper = Paper(*size, lamp_text.NONE, is_unicode)
    seen = set()
    for colour in (0, 0x402000, 0x804000, 0xFF7000):
        view.colour = colour
        assert colours_in(view, paper) == set()
        seen.add(drawn(view, paper))
    assert len(seen) == 4


def test_sixteen_colours_are_chosen_by_hand() -> None:
    # What lies nearest to amber would be red.
    amber = [0xFF7000, 0xC06000, 0x804000, 0x402000, 0x1A0B00]
    assert {lamp_text.ink(lamp_text.hue_of(colour), lamp_text.SIXTEEN) for colour in amber} == {
        "yellow"
    }
    for colour, hue in ((0xFF0000, "red"), (0xFFFFFF, "white"), (0xFFE8C0, "white")):
        assert lamp_text.hue_of(colour) == hue
    for colour, hue in ((0x00FF00, "green"), (0x00FFFF, "cyan"), (0xFF00FF, "magenta")):
        assert lamp_text.hue_of(colour) == hue
    view = View("", "", "", colour=0xFF7000)
    view.hear({"event": "lamp", "pattern": "soaking", "stage": 0, "at": 0.0}, 0)
    for size in ((80, 24), (40, 10)):
        assert colours_in(view, Paper(*size, lamp_text.SIXTEEN)) == {"yellow"}


class Story:
    """A case's log as its view hears it, and the view."""

    def __init__(self) -> None:
        self.view = View("", "", "")
        self.seq = 0

    def log(self, at: float, kind: int, **data: int) -> None:
        self.seq += 1
        event = events.Event(
            kind, data, 0, seq=self.seq, boot=1, uptime=int(at), time=1000 + int(at)
        )
        happening = {"event": "log", "at": at, "raw": events.encode(event, 0).hex()}
        self.view.elapsed_s = at
        self.view.hear(happening, 0)

    def shows(self, pattern: str) -> None:
        self.view.hear({"event": "lamp", "pattern": pattern, "stage": 0}, 0)

    def answer_to_press(self, at: float) -> str:
        self.view.hear_press(at)
        return self.view.answer


def soaking(story: Story) -> None:
    story.log(1, events.SOAK_STARTED, purpose=events.BEFORE_USE)
    story.shows("soaking")


def test_press_is_answered_with_the_minutes_left_for_a_while() -> None:
    story = Story()
    story.log(0, events.BOOT, **boot_data())
    story.shows("prepare")
    assert story.answer_to_press(0.5) == ""
    soaking(story)
    assert story.answer_to_press(190) == "7 minutes left: 7 short flashes"
    story.view.elapsed_s = 194.2
    assert story.view.answer
    story.view.elapsed_s = 194.4
    assert story.view.answer == ""


def test_rest_days_are_counted_by_the_policy_of_the_needle() -> None:
    rules = policy.for_needle(250).changed(revision=3)
    story = Story()
    story.log(0, events.BOOT, **boot_data())
    story.log(1, events.POLICY_SET, digest=rules.digest, needle_um=250, kept=1)
    story.log(2, events.USE_STARTED, how=events.IN_TURN, digest=rules.digest)
    story.log(100, events.USE_ENDED, how=events.BY_BUTTON, seconds=98)
    soak_and_dry(story)
    assert story.answer_to_press(86400) == "7 days left: 7 short flashes"
    story.log(
        86500,
        events.REFUSED,
        gesture=events.LONG_PRESS,
        reason=events.STILL_RESTING,
        until=0,
        digest=0,
    )
    assert story.view.answer == "no: a red flicker"
    story.log(86501, events.POLICY_SET, digest=rules.digest ^ 1, needle_um=250, kept=1)
    assert story.answer_to_press(86510) == lamp_text.UNKNOWN_COUNT[0]


def soak_and_dry(story: Story) -> None:
    story.log(200, events.SOAK_STARTED, purpose=events.AFTER_USE)
    story.log(800, events.SOAK_ENDED, purpose=events.AFTER_USE, how=events.SOAK_DONE)
    story.shows("resting")


def test_case_joined_later_answers_in_flashes() -> None:
    story = Story()
    story.seq = 20
    story.log(0, events.BOOT, **boot_data())
    soaking(story)
    assert story.answer_to_press(190) == lamp_text.UNKNOWN_COUNT[0]


def test_power_cut_ends_an_answer() -> None:
    story = Story()
    story.log(0, events.BOOT, **boot_data())
    soaking(story)
    assert story.answer_to_press(5)
    story.view.hear({"event": "boot", "boot": 2, "at": 5.5}, 0)
    assert story.view.answer == ""
