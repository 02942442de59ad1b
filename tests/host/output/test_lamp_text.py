"""The lamp in words, in the README's table and in its picture: as the firmware shows it."""

import pytest
from docs import lamps
from tests.conftest import ROOT

from rollcase import lamp
from rollcore import state
from rollhost.output import lamp_text


def test_every_phase_has_words_for_its_lamp_and_button() -> None:
    assert set(lamp_text.LAMP) == {*state.ACTIONS, lamp_text.FAULT}
    for phase, stages in lamp.PATTERNS.items():
        assert len(lamp_text.LAMP[phase]) == len(stages)
    for phase, (press, hold, long_hold) in state.ACTIONS.items():
        said = lamp_text.gestures(phase)
        assert bool(said[0]) == (press != state.NOTHING)
        assert bool(said[1]) == (hold != state.NOTHING)
        if long_hold == state.NOTHING and hold != state.NOTHING:
            assert said[2] == "as hold"
        else:
            assert bool(said[2]) == (long_hold != state.NOTHING)
    assert lamp_text.gestures(lamp_text.FAULT) == ("", "", "")


def test_readme_table_matches_lamp_looks_and_gestures() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    table = readme.partition("## What the lamp says")[2].partition("\n| lamp |")[2]
    rows = [
        [cell.strip() for cell in row.split("|")[1:-1]]
        for row in table.partition("\n\n")[0].splitlines()[2:]
    ]
    expected = []
    for phase, stages in lamp_text.LAMP.items():
        said = ["–" if text in ("", "as hold") else text for text in lamp_text.gestures(phase)]
        expected += [[look.words, *said] for look in stages]
    assert [[row[0], *row[2:]] for row in rows] == expected


def test_picture_of_the_lamp_is_up_to_date() -> None:
    assert lamps.FILE.read_text("utf-8") == lamps.draw(), "run: make docs"


def test_picture_of_the_first_power_up_is_up_to_date() -> None:
    assert lamps.POWER_UP_FILE.read_text("utf-8") == lamps.draw_power_up(), "run: make docs"


def test_page_on_the_first_power_up_has_what_a_new_case_shows_second_by_second() -> None:
    page = (ROOT / "boards" / "power-up.md").read_text("utf-8")
    table = page.partition("\n| seconds |")[2].partition("\n\n")[0].splitlines()[2:]
    runs: list[list[int]] = []  # colour, ms
    for colour, ms in lamp.pattern_of(state.PREPARE, state.NORMAL, False):
        if runs and runs[-1][0] == colour:
            runs[-1][1] += ms
        else:
            runs.append([colour, ms])
    rows, begins = [], 0
    for colour, ms in runs:
        hue, led = (lamp_text.hue_of(colour), "on") if colour else ("dark", "dark")
        rows.append(f"| {begins / 1000:.2f} to {(begins + ms) / 1000:.2f} | {hue} | {led} |")
        assert lamp.is_lit(colour) == (led == "on")
        begins += ms
    assert table == rows


def test_page_on_the_first_power_up_says_how_the_plain_led_shows_a_soak() -> None:
    page = (ROOT / "boards" / "power-up.md").read_text("utf-8")
    pattern = lamp.pattern_of(state.SOAKING, state.NORMAL, True)
    lit = sum(ms for colour, ms in pattern if lamp.is_lit(colour))
    dark = sum(ms for _, ms in pattern) - lit
    assert f"on for {lit / 1000:g} s and off for {dark / 1000:g} s" in page


def test_picture_shows_every_message_of_the_lamp() -> None:
    drawn = [pattern for _, _, pattern, _ in lamps.rows()]
    for stages in lamp.PATTERNS.values():
        assert all(pattern in drawn for pattern in stages)
    for asks in (lamp.CLOCK_UNSET, lamp.SYNC_ME):
        assert any(pattern[-len(asks) :] == asks for pattern in drawn)


@pytest.mark.parametrize("number", [0, 1, 7, 10, 28, 99, 150])
def test_lamp_answers_take_the_stated_time(number: int) -> None:
    counted = sum(ms for _, ms in lamp.count(number, lamp.RED)) / 1000
    assert lamp_text.count(state.RESTING, (number,))[1] == pytest.approx(counted)
    both = counted + sum(ms for _, ms in lamp.count(3, lamp.WHITE)) / 1000
    assert lamp_text.count(state.HEAD_EXPIRED, (number, 3))[1] == pytest.approx(both)
    refused = sum(ms for _, ms in lamp.REFUSED) / 1000
    assert lamp_text.REFUSED[1] == pytest.approx(refused, abs=0.1)


@pytest.mark.parametrize(
    ("phase", "numbers", "words"),
    [
        ("soaking", (7,), "7 minutes left: 7 short flashes"),
        ("drying", (1,), "1 minute left: 1 short flash"),
        ("resting", (21,), "21 days left: 2 long, 1 short flashes"),
        ("resting", (10,), "10 days left: 1 long flash"),
        ("head expired", (10, 36), "10 uses (1 long), 36 days (3 long, 6 short, white)"),
    ],
)
def test_lamp_answer_is_shown_in_words(phase: str, numbers: tuple[int, ...], words: str) -> None:
    assert lamp_text.count(phase, numbers)[0] == words
