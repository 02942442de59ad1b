"""The report on paper: one page for a dermatologist."""

import re
from collections import Counter
from unicodedata import normalize

import pytest
from tests.browser.conftest import Show
from tests.browser.samples import Sample
from tests.browser.view import A4, size

PAPER_WIDTH = 680
"""CSS px between the margins of the paper."""


class TestOnPaper:
    @pytest.mark.parametrize("name", ["a_month", "a_year", "ten_years"])
    def test_printed_report_is_one_page(
        self, samples: dict[str, Sample], show: Show, name: str
    ) -> None:
        (paper,) = show(samples[name].page).printed().pages
        assert size(paper) == A4

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
        assert "red and itchy" in view.page.locator("#skin").inner_text()
        printed = "".join(page.extract_text() for page in view.printed().pages)
        assert "spreading redness" in printed
        for words in ("itchy", "nearly gone", "new alcohol", "after 14"):
            assert words not in printed


def letters(texts: list[str]) -> Counter[str]:
    """Return how often each letter is in texts, in whatever order. Paper has some two in one."""
    return Counter("".join(normalize("NFKC", "".join(texts)).split()))
