"""The report's marks and signs: told apart in every eye and in forced colours."""

from itertools import combinations

import pytest
from PIL import Image
from tests.browser.conftest import Show
from tests.browser.samples import Sample
from tests.browser.view import Vision

from rollhost.report import charts

VISIONS: tuple[Vision, ...] = ("protanopia", "deuteranopia", "tritanopia", "achromatopsia")


class TestColours:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_marks_of_a_chart_differ_by_shape_in_all_eyes(
        self, samples: dict[str, Sample], show: Show, scheme: str
    ) -> None:
        view = show(samples["new"].page, color_scheme=scheme)
        view.page.evaluate(SIGNS, SHOWN)
        for vision in VISIONS:
            expect_told_apart(view.picture(vision, "#signs"))

    def test_marks_of_a_chart_differ_in_forced_colours(
        self, samples: dict[str, Sample], show: Show
    ) -> None:
        view = show(samples["new"].page, forced_colors=True)
        view.page.evaluate(SIGNS, SHOWN)
        expect_told_apart(view.picture(of="#signs"))

    @pytest.mark.parametrize("name", ["a_year", "ten_years"])
    def test_every_sign_of_a_legend_shows_in_forced_colours(
        self, samples: dict[str, Sample], show: Show, name: str
    ) -> None:
        view = show(samples[name].page, forced_colors=True)
        signs = view.page.locator(".legend li")
        assert signs.count() > 10
        for number in range(signs.count()):
            picture = view.picture(of=f".legend li svg >> nth={number}")
            says = signs.nth(number).inner_text()
            assert len(shape(picture, Image.new("RGB", picture.size, "white"))) > 10, says


CALENDAR = (charts.USE, charts.USES, charts.LOOSE, charts.EARLY, charts.CLINIC, charts.REACTION)
REST = ("dot", charts.EARLY)
SOAKS = ("dot", charts.LATE, charts.NEVER)
SHOWN = ("none", "dot", *charts.MARKS)

SIGN = 64
"""Px. As large as a mark and the day around it are drawn to be looked at."""

# Draws each mark on a day, beside one that has none.
SIGNS = f"""names => {{
    const drawn = names.map((name, place) => `<g transform="translate(${{16 * place + 2}} 2)">
        <rect class="cell" width="12" height="12" />${{
            name === "none" ? ""
            : name === "dot" ? '<circle class="dot" cx="6" cy="6" r="3.5" />'
            : `<use href="#m-${{name}}" />`}}</g>`);
    const width = 16 * names.length;
    document.querySelector("main").insertAdjacentHTML("afterbegin",
        `<svg id="signs" viewBox="0 0 ${{width}} 16" width="${{width / 16 * {SIGN}}}"
            height="{SIGN}">${{drawn.join("")}}</svg>`);
}}"""


def expect_told_apart(signs: Image.Image) -> None:
    """Expect each mark to stand out, and no two of a chart to be of about one shape."""
    signs = signs.resize((SIGN * len(SHOWN), SIGN))
    none, *marked = (signs.crop((x, 0, x + SIGN, SIGN)) for x in range(0, signs.width, SIGN))
    shapes = {name: shape(pixels, none) for name, pixels in zip(SHOWN[1:], marked, strict=True)}
    for name, found in shapes.items():
        assert len(found) > SIGN * SIGN / 20, name
    for chart in (CALENDAR, REST, SOAKS):
        for one, other in combinations(chart, 2):
            differ = len(shapes[one] ^ shapes[other]) / len(shapes[one] | shapes[other])
            assert differ > 0.1, (one, other, differ)


def shape(picture: Image.Image, ground: Image.Image) -> set[int]:
    """Return the pixels that stand out from the ground as drawings have to (WCAG 1.4.11)."""
    pixels = zip(lights(picture), lights(ground), strict=True)
    return {
        place
        for place, (one, other) in enumerate(pixels)
        if (max(one, other) + 0.05) / (min(one, other) + 0.05) >= 3
    }


def lights(picture: Image.Image) -> list[float]:
    """Return the relative luminance of each pixel (WCAG 2.1)."""
    data = picture.tobytes()
    return [
        0.2126 * LINEAR[red] + 0.7152 * LINEAR[green] + 0.0722 * LINEAR[blue]
        for red, green, blue in zip(data[::3], data[1::3], data[2::3], strict=True)
    ]


LINEAR = [
    value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4
    for value in (byte / 255 for byte in range(256))
]
