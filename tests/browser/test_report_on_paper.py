"""The report on paper: one page for a dermatologist."""

import re
from collections import Counter
from unicodedata import normalize

import pytest
from tests.browser.conftest import FOR_DOCTOR, Show
from tests.browser.samples import Sample
from tests.browser.view import A4, size

PAPER_WIDTH, PAPER_HEIGHT = 680, 1017
"""CSS px between the margins of the paper."""

HEIGHT = "one => one.getBoundingClientRect().height"


class TestOnPaper:
    @pytest.mark.parametrize("name", ["two_months", "a_year", "ten_years", "full"])
    def test_printed_report_is_one_page(
        self, samples: dict[str, Sample], show: Show, name: str
    ) -> None:
        (paper,) = show(samples[name].page).printed().pages
        assert size(paper) == A4

    @pytest.mark.parametrize(("name", "photos"), [("ten_years", 2), ("a_year", 2), ("full", 0)])
    def test_printed_report_with_photos_is_one_page(
        self, samples: dict[str, Sample], show: Show, name: str, photos: int
    ) -> None:
        view = show(samples[name].page.with_name(FOR_DOCTOR), media="print", width=PAPER_WIDTH)
        (paper,) = view.printed().pages
        assert size(paper) == A4
        boxes = [image.bounding_box() for image in view.page.locator("#doctor img").all()]
        assert len(boxes) == photos
        if photos:
            older, newer = boxes
            assert older is not None
            assert newer is not None
            assert (older["y"], older["height"]) == (newer["y"], newer["height"])
            assert older["x"] + older["width"] < newer["x"]
            assert older["height"] > 150

    def test_photos_are_printed_only_when_asked_for(
        self, samples: dict[str, Sample], show: Show
    ) -> None:
        assert show(samples["ten_years"].page).page.locator("#doctor img").count() == 0

    def test_sheet_is_well_filled(self, samples: dict[str, Sample], show: Show) -> None:
        for name in ("a_year", "ten_years", "full"):
            view = show(samples[name].page, media="print", width=PAPER_WIDTH)
            height = view.page.locator("#doctor .sheet").evaluate(HEIGHT)
            assert PAPER_HEIGHT * 0.7 < height < PAPER_HEIGHT, name

    @pytest.mark.parametrize("name", ["new", "a_year", "several", "hostile"])
    def test_printed_page_is_the_complete_page_for_the_dermatologist(
        self, samples: dict[str, Sample], show: Show, name: str
    ) -> None:
        view = show(samples[name].page, media="print", width=PAPER_WIDTH)
        view.expect_to_fit(PAPER_WIDTH)
        words = view.page.locator("#doctor .sheet").inner_text().split()
        assert len(words) > 60
        assert view.page.locator("body").inner_text().split() == words
        printed = [page.extract_text() for page in view.printed().pages]
        assert letters(printed) == letters(words)

    def test_printed_page_is_black_on_white_from_any_theme(
        self, samples: dict[str, Sample], show: Show
    ) -> None:
        view = show(samples["ten_years"].page, media="print", color_scheme="dark")
        seen = view.page.locator("#doctor .sheet *").evaluate_all(
            "all => all.filter(one => one.checkVisibility()).map(one => getComputedStyle(one))"
            "    .flatMap(one => [one.color, one.fill])"
        )
        levels = [
            max(map(int, re.findall(r"\d+", colour)[:3])) for colour in seen if "rgb" in colour
        ]
        assert len(levels) > 200
        assert max(levels) <= 0x33
        most = max(view.picture().getcolors(1 << 24) or [])
        assert most[1] == (255, 255, 255)

    def test_printed_page_leaves_out_private_notes(
        self, samples: dict[str, Sample], show: Show
    ) -> None:
        view = show(samples["a_year"].page)
        assert "nearly gone" in view.page.locator("#skin").inner_text()
        printed = " ".join(" ".join(page.extract_text() for page in view.printed().pages).split())
        for words in ("red and itchy along the jaw", "Spreading redness", "a cream for a week"):
            assert words in printed
        for words in ("nearly gone", "new alcohol", "after 14"):
            assert words not in printed


def letters(texts: list[str]) -> Counter[str]:
    """Return how often each letter is in texts, in whatever order. Paper has some two in one."""
    return Counter("".join(normalize("NFKC", "".join(texts)).split()))
