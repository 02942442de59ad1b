"""The documents' words on the trials are those of results.json."""

import json

import pytest
from tests.generated_section import replaced
from tests.trust import document
from tests.trust.run import RESULTS

ROWS = json.loads(RESULTS.read_text("utf-8"))


def test_table_of_the_page_is_made_from_the_results() -> None:
    page = document.PAGE.read_text("utf-8")
    assert document.page_with_section(page, ROWS) == page


def test_sentence_of_readme_is_made_from_the_results() -> None:
    readme = document.README.read_text("utf-8")
    assert document.readme_with_section(readme, ROWS) == readme


def test_sentence_of_readme_names_the_kinds_in_which_something_went_wrong() -> None:
    well = {"kind": "noise", "tried": 1200, "lost": 0, "doubled": 0, "bent": 0, "failed": 0}
    cuts = {**well, "kind": "cuts", "tried": 5000, "lost": 2, "bent": 1000}
    assert document.in_short([well, well, cuts]).splitlines() == [
        "7,400 trials of 2 kinds, 5,000 of them",
        "*cuts*, came to this:",
        "2 records lost (in *cuts*);",
        "0 records doubled;",
        "1,000 rests, holds or limits too short (in *cuts*);",
        "0 other failures.",
    ]


@pytest.mark.parametrize("text", ["", "<!-- The end of x -->\n", "<!-- X: made by y -->\n"])
def test_document_without_both_comments_of_a_section_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not there once"):
        replaced(text, "X", "y", "new")


def test_line_of_a_kind_sums_its_trials_and_tells_the_least_share() -> None:
    row = {"kind": "noise", "tried": 1200, "lost": 1, "doubled": 0, "bent": 2, "failed": 0}
    row["before"] = 30_000
    lines = (
        document.section([{**row, "share": 1}, {**row, "share": 0.25}]).strip().strip().splitlines()
    )
    assert lines[-1] == "| noise | 2,400 | 25 % | 2 | 0 | 4 | 0 | 60,000 |"
