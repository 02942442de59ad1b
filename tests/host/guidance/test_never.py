"""The Never list: which line of it a person is shown after which use, and where it stands whole."""

import html
from itertools import pairwise

import pytest
from tests.conftest import ROOT
from tests.host.report_pages import facts_of

from rollhost.database.archive import Archive
from rollhost.guidance.expectations import EXPECTATIONS
from rollhost.guidance.never import NEVER, reminder
from rollhost.report import page


def test_first_twelve_uses_are_each_followed_by_another_line_than_the_one_before() -> None:
    shown = [reminder(number) for number in range(1, 13)]
    assert None not in shown
    assert all(before != after for before, after in pairwise(shown))
    assert set(shown) == set(NEVER)


@pytest.mark.parametrize("uses", [0, 13, 14, 1000])
def test_later_uses_and_none_are_followed_by_no_line(uses: int) -> None:
    assert reminder(uses) is None


@pytest.mark.parametrize(
    "words",
    ["tap water", "towel", "boil", "spray", "wet", "share", "flame", "hands", "on the skin"],
)
def test_never_list_names_what_is_known_to_go_wrong(words: str) -> None:
    assert [rule for rule in NEVER if words in rule]


@pytest.mark.parametrize("document", ["README.md", "docs/first-month.md"])
def test_never_list_stands_whole_in_document(document: str) -> None:
    text = " ".join((ROOT / document).read_text("utf-8").split())
    assert [rule for rule in NEVER if rule not in text] == []


def test_never_list_and_what_to_expect_stand_whole_in_the_report(archive: Archive) -> None:
    text = html.unescape(page.html(facts_of(archive, 1_795_255_200), {}))
    assert [rule for rule in NEVER if rule[1:] not in text] == []
    assert EXPECTATIONS in text


def test_what_to_expect_stands_in_the_readme() -> None:
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert EXPECTATIONS in text
