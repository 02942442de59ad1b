"""The drawings in boards/ are what boards/draw.py makes of each board.py today."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from boards import declared, pins, soldering, template
from boards.declared import FOLDER, read
from boards.draw import (
    BUZZER_OHMS,
    DRAWINGS,
    GREEN_BLUE_OHMS,
    PIXEL_OHMS,
    RED_OHMS,
    Build,
    builds,
    draw,
    pictures,
)

PAGES = "\n".join(path.read_text("utf-8") for path in sorted(FOLDER.glob("*.md")))
"""What the pages about the boards say."""

BUILDS = builds()
PICTURES = pictures()

SVG = "{http://www.w3.org/2000/svg}"


def of(name: str, **changes: Any) -> str:
    """Return the drawing of a board, or of one that differs from it."""
    return draw(Build("", "", read(name)._replace(**changes)))


@pytest.mark.parametrize("name", PICTURES)
def test_drawing_is_up_to_date(name: str) -> None:
    assert (DRAWINGS / name).read_text("utf-8") == PICTURES[name], "run: make docs"


def test_every_drawing_is_made_and_shown() -> None:
    files = {path.name for path in DRAWINGS.iterdir()}
    assert files == set(PICTURES)
    assert files == set(re.findall(r"\(drawings/([^)]*)\)", PAGES))


def test_every_board_that_can_be_built_is_drawn() -> None:
    assert {build.board.NAME for build in BUILDS} == set(pins.BOARDS) - {"virtual"}


def test_every_board_is_drawn_with_an_rgb_lamp_of_both_kinds() -> None:
    kinds = [
        (pins.BOARDS[build.board.NAME].title, build.board.RGB_COMMON_ANODE)
        for build in BUILDS
        if build.board.RGB and not build.board.LATCH
    ]
    models = {model.title for model in pins.BOARDS.values()}
    assert sorted(kinds) == sorted((title, anode) for title in models for anode in (False, True))


@pytest.mark.parametrize("name", PICTURES)
def test_drawing_needs_nothing_from_elsewhere(name: str) -> None:
    svg = PICTURES[name]
    ElementTree.fromstring(svg)
    assert re.findall(r"https?:[^\"]*", svg) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<script|<image|href|url\(|@import|@font-face", svg)


def test_drawing_follows_the_pins() -> None:
    assert "one leg to GP14 (pin 19), the other to GND (pin 18)" in of("pico")
    assert "one leg to GP2 (pin 4), the other to GND (pin 3)" in of("pico", BUTTON=2)
    assert "one leg to GP22 (pin 29), the other to GND (pin 28)" in of("pico", BUTTON=22)
    svg = of("pico_rgb", RGB=(19, 20, 21))
    assert "red leg: through 330 Ω to GP19 (pin 25)" in svg
    assert "green leg: through 100 Ω to GP20 (pin 26)" in svg
    assert "blue leg: through 100 Ω to GP21 (pin 27)" in svg
    assert "longest leg: to GND (pin 23)" in svg


def test_longest_leg_of_a_common_anode_goes_to_3_3_v() -> None:
    svg = of("pico_rgb", RGB_COMMON_ANODE=True)
    assert "longest leg: to 3V3(OUT) (pin 36)" in svg
    assert "RGB_COMMON_ANODE = True" in svg


def test_other_parts_follow_their_pins() -> None:
    svg = of("pico", PIXEL=26)
    assert "DIN: through 330 Ω to GP26 (pin 31)" in svg
    assert "VCC (or VDD, or 5V): to VSYS (pin 39)" in svg
    assert "the lamp: an LED" not in svg
    svg = of("pico", RTC=(1, 26, 27))
    assert "SDA: to GP26 (pin 31)" in svg
    assert "SCL: to GP27 (pin 32)" in svg
    assert "VCC: to 3V3(OUT) (pin 36)" in svg
    svg = of("pico", LID=2, LATCH=27, BUZZER=7)
    assert "Lid switch: one leg to GP2 (pin 4), the other to GND (pin 3)" in svg
    assert "+ to VBUS (pin 40), − to GND (pin 38), IN to GP27 (pin 32)" in svg
    assert "one leg through 100 Ω to GP7 (pin 10), the other to GND (pin 8)" in svg


def test_battery_is_behind_a_switch_and_a_diode() -> None:
    svg = PICTURES["pico_battery.svg"]
    said = [
        "Battery +: to one contact of the switch.",
        "Switch, other contact: to the end of the diode without the ring.",
        "Diode, end with the ring: to VSYS (pin 39). Not to VBUS above it.",
        "Battery −: to GND (pin 38).",
    ]
    assert sorted(said, key=svg.find) == said
    assert svg.find(said[0]) >= 0


def test_lid_switch_is_on_at_the_level_that_board_py_says() -> None:
    assert "on while the lid is shut" in of("pico", LID=9)
    svg = of("pico", LID=9, LID_OPEN_HIGH=False)
    assert "off while the lid is shut" in svg
    assert "LID = 9; LID_OPEN_HIGH = False" in svg


@pytest.mark.parametrize("build", BUILDS, ids=[build.file for build in BUILDS])
def test_drawing_says_all_that_has_to_be_changed_in_board_py(build: Build) -> None:
    said = re.search(r">And in board.py: (.*)</text>", draw(build))
    changed: dict[str, Any] = (
        {} if said is None else declared.constants(said[1].replace("; ", "\n"))
    )
    assert read(build.board.NAME)._replace(**changed) == build.board


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"BUTTON": 22, "RGB": (18, 20, 21)}, "two parts want the same place"),
        ({"RGB": (14, 17, 16), "BUTTON": 2}, "both sides"),
        ({"RGB": (2, 3, 4), "RGB_COMMON_ANODE": True}, "on the other side"),
        ({"BUTTON_ACTIVE_LOW": False}, "not in the picture"),
        ({"RGB": None, "LED": 15}, "not in the picture"),
        ({"PIXEL": 9}, "on the other side"),
        ({"RTC": (0, 4, 5)}, "on the other side"),
        ({"RTC": (1, 6, 27)}, "both sides"),
        ({"LATCH": 9}, "both sides"),
        ({"LID": 13}, "two parts want the same place"),
        ({"LATCH": 19}, "two parts want the same place"),
    ],
)
def test_drawing_of_a_board_that_does_not_fit_is_refused(
    changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        of("pico_rgb", **changes)


def test_pins_that_the_pages_name_are_where_it_says() -> None:
    named = re.findall(r"([A-Z0-9()]+) \(pin (\d+)\)", PAGES)
    assert len(named) >= 4
    for name, number in named:
        assert pins.HEADER[int(number) - 1] == name


def test_pages_name_the_resistors_that_are_drawn() -> None:
    drawn = {RED_OHMS, GREEN_BLUE_OHMS, PIXEL_OHMS, BUZZER_OHMS}
    assert {int(ohms) for ohms in re.findall(r"(\d+) Ω", PAGES)} == drawn


def test_current_of_each_colour_is_what_its_resistor_lets_through() -> None:
    sums = re.findall(r"\(([\d.]+) V − ([\d.]+) V\) ÷ (\d+) Ω = (\d+) mA", PAGES)
    assert [int(ohms) for _, _, ohms, _ in sums] == [RED_OHMS, GREEN_BLUE_OHMS]
    for pin, led, ohms, current in sums:
        assert round(1000 * (float(pin) - float(led)) / int(ohms)) == int(current)


def test_headers_begin_with_two_corners_that_face_each_other() -> None:
    corners = {1, 20, 21, 40}
    assert {*soldering.FIRST, *soldering.NEXT} == corners
    assert abs(soldering.FIRST[0] - soldering.FIRST[1]) == 20
    svg = PICTURES["soldering_headers.svg"]
    for number in corners:
        assert f"pin {number}, {pins.HEADER[number - 1]}" in svg


# The paper template.


PAPERS = [pytest.param(name, paper, id=paper.name) for name, paper in template.PAPERS.items()]


def numbers(shape: ElementTree.Element, name: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?[\d.]+", shape.get(name, ""))]


@pytest.mark.parametrize(("name", "paper"), PAPERS)
def test_template_has_the_size_of_its_paper_and_one_unit_is_one_mm(
    name: str, paper: template.Paper
) -> None:
    page = ElementTree.fromstring(PICTURES[f"{name}.svg"])
    assert (page.get("width"), page.get("height")) == (f"{paper.width:g}mm", f"{paper.height:g}mm")
    assert numbers(page, "viewBox") == [0, 0, paper.width, paper.height]
    assert "transform" not in PICTURES[f"{name}.svg"]


@pytest.mark.parametrize(("name", "paper"), PAPERS)
def test_template_has_a_line_of_50_mm_each_way(name: str, paper: template.Paper) -> None:
    page = ElementTree.fromstring(PICTURES[f"{name}.svg"])
    lines = [numbers(line, "points") for line in page.iterfind(f"{SVG}polyline[@class='check']")]
    long = [(to_x - x, to_y - y) for x, y, to_x, to_y in lines if to_x - x + to_y - y > 5]
    assert long == [pytest.approx((50, 0)), pytest.approx((0, 50))]


@pytest.mark.parametrize(("name", "paper"), PAPERS)
def test_template_has_the_board_and_its_holes_at_true_size(
    name: str, paper: template.Paper
) -> None:
    page = ElementTree.fromstring(PICTURES[f"{name}.svg"])
    board = next(
        box
        for box in page.iterfind(f"{SVG}rect[@class='cut']")
        if (*numbers(box, "width"), *numbers(box, "height")) == (21, 51)
    )
    (left,), (top,) = numbers(board, "x"), numbers(board, "y")
    holes = [
        (float(hole.get("cx", "")) - left, float(hole.get("cy", "")) - top)
        for hole in page.iterfind(f"{SVG}circle[@class='cut']")
        if hole.get("r") == "1.05"
    ]
    expected = [(x, y) for y in (2.0, 49.0) for x in (4.8, 16.2)]
    assert holes == [pytest.approx(place) for place in expected]


@pytest.mark.parametrize(("name", "paper"), PAPERS)
def test_template_leaves_the_edges_that_printers_leave_white(
    name: str, paper: template.Paper
) -> None:
    page = ElementTree.fromstring(PICTURES[f"{name}.svg"])
    for line in page.iterfind(f"{SVG}polyline"):
        points = numbers(line, "points")
        assert min(points) >= template.MARGIN
        assert max(points[::2]) <= paper.width - template.MARGIN
        assert max(points[1::2]) <= paper.height - template.MARGIN
